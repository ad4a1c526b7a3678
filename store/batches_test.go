package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
	"cordboard/store/storetest"
)

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// addBatch stores a plan to stop PBXs 7001 and 7002; a third row has nothing to change.
func addBatch(t *testing.T, s *store.Store, id string) store.Batch {
	t.Helper()
	rows := []store.BatchRow{
		batchRow(7001, store.RowPlanned), batchRow(7002, store.RowPlanned), batchRow(7003, store.RowUnchanged),
	}
	b, err := s.AddBatch(t.Context(), store.Batch{
		ID: id, Account: "default", Kind: "stop", State: store.BatchPlanned, MadeAt: noon, Total: 2,
		BatchDetail: store.BatchDetail{By: store.Actor{ID: 7, Name: "Ines"}, Expires: noon.Add(time.Hour)},
	}, rows)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func batchRow(pbx int64, state store.RowState) store.BatchRow {
	return store.BatchRow{
		State:    state,
		Target:   store.Target{Key: fmt.Sprintf("pbx:%d", pbx), Name: "PBX", CloudPBXID: pbx},
		Request:  store.OperationRequest{Body: json.RawMessage(`{}`), Takes: store.Resources{10, 2}},
		Problems: []json.RawMessage{json.RawMessage(`{"code":"x"}`)},
	}
}

// setBatch sets a batch's state.
func setBatch(t *testing.T, s *store.Store, id string, state store.BatchState) {
	t.Helper()
	if _, err := s.ChangeBatch(t.Context(), "default", id, store.Actor{ID: 7},
		func(b *store.Batch, _ store.Pending) (store.Event, error) {
			b.State = state
			return store.Event{}, nil
		}); err != nil {
		t.Fatal(err)
	}
}

// startRow stores the operation of a row.
func startRow(t *testing.T, s *store.Store, id string, row *store.BatchRow) error {
	t.Helper()
	_, err := s.AddOperation(t.Context(), store.Operation{
		ID: fmt.Sprintf("%s-%d", id, row.N), Account: "default", Kind: "stop",
		Target: row.Target, Request: row.Request, Batch: store.RowRef{ID: id, N: row.N},
	}, anyTarget, asked)
	return err
}

// TestBatches checks that a batch's rows are returned in order, that a row is carried out at most once and only while
// the batch is running, and what its rows reserve until then.
func TestBatches(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	want := addBatch(t, s, "b1")
	if got, err := s.Batch(t.Context(), "default", "b1"); err != nil || cmp.Diff(want, got) != "" {
		t.Errorf("Batch: %v (-want +got):\n%s", err, cmp.Diff(want, got))
	}
	held := func() store.Resources {
		t.Helper()
		open, err := s.OperationsOpen(t.Context(), "default")
		if err != nil {
			t.Fatal(err)
		}
		return open.Held
	}
	row, err := s.NextBatchRow(t.Context(), want.Number)
	if err != nil || row.N != 1 || row.Target.CloudPBXID != 7001 {
		t.Fatalf("NextBatchRow = %d for PBX %d, %v", row.N, row.Target.CloudPBXID, err)
	}
	if err := startRow(t, s, "b1", &row); !errors.Is(err, store.ErrNotRunning) {
		t.Errorf("a row of a plan: %v, want ErrNotRunning", err)
	}
	if got := held(); got != (store.Resources{}) {
		t.Errorf("a plan holds %v, want nothing", got)
	}
	setBatch(t, s, "b1", store.BatchRunning)
	if got, want := held(), (store.Resources{20, 4}); got != want {
		t.Errorf("a running batch holds %v, want %v", got, want)
	}
	if err := startRow(t, s, "b1", &row); err != nil {
		t.Fatal(err)
	}
	if got, want := held(), (store.Resources{10, 2}); got != want {
		t.Errorf("after its first row, the batch holds %v, want %v", got, want)
	}
	again := row
	again.Target.Key = "pbx:other"
	_, err = s.AddOperation(t.Context(), store.Operation{
		ID: "b1-again", Account: "default", Kind: "stop", Target: again.Target, Batch: store.RowRef{ID: "b1", N: 1},
	}, anyTarget, asked)
	if !errors.Is(err, store.ErrNotRunning) {
		t.Errorf("a second operation of a row: %v, want ErrNotRunning", err)
	}
	counts, err := s.BatchCounts(t.Context(), want.Number)
	if diff := cmp.Diff(store.RowCounts{
		States: map[string]int{"submitted": 1, "planned": 1, "unchanged": 1}, Open: 1,
	}, counts); err != nil || diff != "" {
		t.Errorf("BatchCounts: %v (-want +got):\n%s", err, diff)
	}
	rows, err := s.BatchRows(t.Context(), want.Number, 0, 10)
	if err != nil || len(rows) != 3 || rows[0].Outcome == nil || rows[0].Outcome.Batch.ID != "b1" ||
		rows[1].Outcome != nil || cmp.Diff(rows[2].Problems, batchRow(7003, "").Problems) != "" {
		t.Errorf("BatchRows = %+v, %v", rows, err)
	}
	for state, numbers := range map[string][]int{"submitted": {1}, "planned": {2}, "unchanged": {3}, "done": nil} {
		var got []int
		rows, err := s.BatchRows(t.Context(), want.Number, 0, 10, state)
		for i := range rows {
			got = append(got, rows[i].N)
		}
		if diff := cmp.Diff(numbers, got); err != nil || diff != "" {
			t.Errorf("rows that are %s: %v (-want +got):\n%s", state, err, diff)
		}
	}
	if ops, err := s.OperationsOfBatch(t.Context(), "b1", 0, 5); err != nil || len(ops) != 1 || ops[0].ID != "b1-1" {
		t.Errorf("OperationsOfBatch = %v, %v", ops, err)
	}
	setBatch(t, s, "b1", store.BatchStopped)
	if got := held(); got != (store.Resources{}) {
		t.Errorf("a stopped batch holds %v, want nothing", got)
	}
}

// TestExpiredPlans checks that plans expire, and that their rows are deleted later. A batch that was applied stays.
func TestExpiredPlans(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	for id, state := range map[string]store.BatchState{
		"plan": store.BatchPlanned, "waits": store.BatchWaiting, "runs": store.BatchRunning,
	} {
		addBatch(t, s, id)
		setBatch(t, s, id, state)
	}
	for _, tt := range []struct {
		now, old time.Time
		state    store.BatchState
		rows     int
	}{
		{noon.Add(59 * time.Minute), noon, store.BatchPlanned, 3},
		{noon.Add(time.Hour), noon, store.BatchExpired, 3},
		{noon.Add(time.Hour), noon.Add(time.Second), store.BatchExpired, 0},
	} {
		if err := s.ExpireBatches(t.Context(), "default", tt.now, tt.old); err != nil {
			t.Fatal(err)
		}
		plan, err := s.Batch(t.Context(), "default", "plan")
		rows, rowsErr := s.BatchRows(t.Context(), plan.Number, 0, 10)
		if err != nil || rowsErr != nil || plan.State != tt.state || len(rows) != tt.rows {
			t.Errorf("at %s: the plan is %s with %d rows, %v, %v; want %s with %d", tt.now, plan.State, len(rows), err,
				rowsErr, tt.state, tt.rows)
		}
	}
	active, err := s.BatchesIn(t.Context(), "default", 10, store.BatchWaiting, store.BatchRunning)
	if err != nil || len(active) != 2 {
		t.Errorf("%d batches are waiting or running, %v, want 2", len(active), err)
	}
}

// TestPagesOfBatches checks the pages of the list of batches.
func TestPagesOfBatches(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	for i, account := range []string{"default", "default", "other", "default"} {
		b := store.Batch{
			ID: fmt.Sprint("b", i), Account: account, Kind: "create", State: store.BatchPlanned, MadeAt: noon,
		}
		if _, err := s.AddBatch(t.Context(), b, nil); err != nil {
			t.Fatal(err)
		}
	}
	for offset, want := range map[int]string{0: "b3 b1", 2: "b0", 3: ""} {
		found, total, err := s.Batches(t.Context(), "default", offset, 2)
		var ids []string
		for i := range found {
			ids = append(ids, found[i].ID)
		}
		if got := strings.Join(ids, " "); err != nil || total != 3 || got != want {
			t.Errorf("from %d: %q of %d, %v, want %q of 3", offset, got, total, err, want)
		}
	}
}

// TestBatchOfDigest checks that a file is known again only after a plan from it was applied.
func TestBatchOfDigest(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	b := store.Batch{ID: "b1", Account: "default", Kind: "create", State: store.BatchPlanned, MadeAt: noon}
	b.Source.Digest = "d1"
	if _, err := s.AddBatch(t.Context(), b, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.BatchOfDigest(t.Context(), "default", "d1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a plan: %v, want ErrNotFound", err)
	}
	setBatch(t, s, "b1", store.BatchStopped) // that is, discarded
	if _, err := s.BatchOfDigest(t.Context(), "default", "d1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a discarded plan: %v, want ErrNotFound", err)
	}
	if _, err := s.ChangeBatch(t.Context(), "default", "b1", store.Actor{ID: 7},
		func(b *store.Batch, _ store.Pending) (store.Event, error) {
			b.State, b.Applied.At = store.BatchRunning, noon
			return store.Event{}, nil
		}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.BatchOfDigest(t.Context(), "default", "d1"); err != nil || got.ID != "b1" {
		t.Errorf("a running batch: %q, %v", got.ID, err)
	}
}
