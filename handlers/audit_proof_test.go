package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cordboard/handlers/audit"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestProofIsShown checks that the audit page shows how far the chain was verified. If the last entry is then deleted,
// which leaves a consistent chain, the page must show at which entry the audit log was changed, and the server's log
// must report the failure.
func TestProofIsShown(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	operator := b.As("operator")
	if r := operator.Get("/audit"); !strings.Contains(r.Text, "is being verified") {
		t.Error("the page claims a result before the first verification")
	}
	p := audit.NewProver(b.Server.Audit())
	p.Tick(t.Context())
	head, err := b.Store.AuditHead(t.Context())
	b.Must(err)
	if r := operator.Get(
		"/audit",
	); !strings.Contains(r.Doc(t).Find("#proof").Text(), fmt.Sprintf("Chain verified up to entry %d", head.Seq)) ||
		!strings.Contains(r.Text, head.Hash) {
		t.Errorf("the page shows: %s", r.Doc(t).Find("#proof").Text())
	}
	if want := fmt.Sprintf("seq=%d hash=%s", head.Seq, head.Hash); !strings.Contains(b.Log.String(), want) {
		t.Errorf("the log lacks %s", want)
	}
	b.SQL(`DROP TRIGGER audit_events_no_delete`)
	b.SQL(`DELETE FROM audit_events WHERE seq = (SELECT max(seq) FROM audit_events)`)
	b.Clock.Add(time.Minute)
	p.Tick(t.Context())
	if got := operator.Get("/audit").
		Doc(t).
		Find("#proof").
		Text(); !strings.Contains(got, fmt.Sprintf("changed at entry %d", head.Seq)) {
		t.Errorf("after the tail was cut off, the page shows: %s", got)
	}
	if !strings.Contains(b.Log.String(), "level=ERROR msg=\"verify audit log\"") {
		t.Error("the log doesn't report the failed verification")
	}
}

// TestHeadsInTheLog checks that the audit log's latest hash is logged every hundred rows, every minute if there are new
// rows, and when LogHead is called with always set, as at shutdown, but no more often.
func TestHeadsInTheLog(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	p := audit.NewProver(b.Server.Audit())
	heads := func() int { return strings.Count(b.Log.String(), `msg="audit head"`) }
	row := func(n int) {
		for range n {
			b.Must(
				b.Store.Audit(context.Background(), store.Actor{}, store.Event{Action: "user.test", Outcome: "done"}),
			)
		}
	}
	p.Tick(t.Context())
	for i, step := range []struct {
		rows int
		wait time.Duration
		want int
	}{{0, 0, 1}, {99, 0, 1}, {1, 0, 2}, {0, time.Hour, 2}, {1, 0, 3}, {1, 0, 3}, {0, time.Minute, 4}} {
		row(step.rows)
		b.Clock.Add(step.wait)
		p.Tick(t.Context())
		if got := heads(); got != step.want {
			t.Errorf("step %d: got %d heads, want %d", i, got, step.want)
		}
	}
	row(1)
	p.LogHead(t.Context(), true)
	if heads() != 5 {
		t.Error("the last head isn't logged at the end")
	}
}
