package handlers_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"cordboard/fleet/batches"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/store/storetest"
)

// newBatch stores a running batch whose first half is done, and returns its path.
func newBatch(b *portaltest.Portal, rows int) string {
	b.T.Helper()
	p := batches.Plan{Kind: change.Stop, Source: store.BatchSource{Words: "All PBXs"}}
	for i := range rows {
		p.Rows = append(p.Rows, store.BatchRow{
			State: store.RowPlanned,
			Target: store.Target{
				Key: fmt.Sprintf("pbx:%d", i+1), Name: fmt.Sprintf("PBX number %d", i), CloudPBXID: int64(i + 1),
			},
			Request: store.OperationRequest{
				Body: json.RawMessage(`{}`), Takes: store.Resources{1},
				Changes: []store.FieldChange{{Field: "pbxStatus", Before: "Running", After: "Stopped"}},
			},
		})
	}
	by := store.Actor{ID: 1, Name: "Ines"}
	one, err := b.Fleet.Batches.Make(b.T.Context(), by, "large", p)
	b.Must(err)
	_, err = b.Store.ChangeBatch(b.T.Context(), mirror.DefaultAccount, one.ID, by,
		func(one *store.Batch, _ store.Pending) (store.Event, error) {
			one.State, one.Applied = store.BatchRunning, store.BatchStep{By: by, At: b.Clock.Now()}
			return store.Event{}, nil
		})
	b.Must(err)
	for n := range rows / 2 {
		row := p.Rows[n]
		o, err := b.Store.AddOperation(b.T.Context(), store.Operation{
			ID: fmt.Sprintf("large-%d", n+1), Account: mirror.DefaultAccount, Kind: change.Stop, By: by,
			Target: row.Target, Request: row.Request, Batch: store.RowRef{ID: one.ID, N: n + 1},
		}, func(*store.Operation, store.Pending) error { return nil }, func(*store.Operation) store.Event {
			return store.Event{Action: "pbx.stop", Outcome: store.OutcomeAsked}
		})
		b.Must(err)
		_, err = b.Store.ChangeOperation(b.T.Context(), o.ID, by, func(o *store.Operation) (store.Event, error) {
			o.State, o.Times.FinishedAt = store.StateDone, b.Clock.Now()
			return store.Event{}, nil
		})
		b.Must(err)
	}
	return "/batches/" + one.ID
}

// TestBatchPage checks that the page of a running batch is small. With -attack-timed, the batch has 5,000 rows, and the
// page must take at most 20 ms.
func TestBatchPage(t *testing.T) {
	t.Parallel()
	rows, requests := 120, 1
	if *portaltest.Timed {
		rows, requests = 5_000, 300
	}
	b := portaltest.New(t, 10)
	path := newBatch(b, rows)
	for _, page := range []string{path, path + "?rows=done&page=2"} {
		request := signed(b, store.RoleOperator, page)
		var times []time.Duration
		var size int
		for range requests {
			w := httptest.NewRecorder()
			start := time.Now()
			b.Server.ServeHTTP(w, request)
			if times = append(times, time.Since(start)); w.Code != http.StatusOK {
				t.Fatalf("GET %s = %d", page, w.Code)
			}
			var small bytes.Buffer
			packed := gzip.NewWriter(&small)
			_, err := packed.Write(w.Body.Bytes())
			b.Must(err)
			b.Must(packed.Close())
			size = small.Len()
		}
		if size > 30<<10 {
			t.Errorf("%s has %d bytes compressed, want at most 30 kB", page, size)
		}
		if slices.Sort(times); *portaltest.Timed {
			p99 := float64(times[len(times)*99/100].Microseconds()) / 1000
			storetest.Figure(t, "batch of 5,000 rows, "+page+" (p99 in ms)", p99, 20, storetest.AtMost)
		}
	}
}
