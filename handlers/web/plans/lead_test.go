package plans

import (
	"strings"
	"testing"
	"time"

	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/views/ui"
)

var (
	noon  = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	clock = ui.Clock{Now: noon, Zone: time.UTC}
)

// applied returns a batch of twelve rows that was applied, in a state.
func applied(state store.BatchState, why store.BatchReason) store.Batch {
	b := store.Batch{Number: 3, Kind: change.Stop, State: state, Total: 12, MadeAt: noon}
	b.Applied = store.BatchStep{By: store.Actor{Name: "Ines"}, At: noon}
	b.Run.Why, b.Run.MaxFailed = why, 5
	return b
}

// left returns the counts of a batch of which four rows are left, one is being sent, and one is unknown and still being
// checked.
var left = store.RowCounts{
	States: map[string]int{
		"planned": 4, "submitted": 1, "unknown": 1, "done": 3, "refused": 2, "not-sent": 1, "unchanged": 7,
	},
	Open: 2,
}

// TestLead checks what a batch's page says first in each state.
func TestLead(t *testing.T) {
	t.Parallel()
	plan := func(state store.BatchState, total int) store.Batch {
		b := store.Batch{Kind: change.Stop, State: state, Total: total}
		b.Expires = noon.Add(time.Hour)
		return b
	}
	own := plan(store.BatchWaiting, 12)
	own.By.ID = 7
	for _, tt := range []struct {
		batch store.Batch
		badge string
		want  string
	}{
		{
			plan(store.BatchPlanned, 12), "Planned",
			"Nothing has been sent. You can apply this plan until 13:00 UTC.",
		},
		{plan(store.BatchPlanned, 0), "Planned", "No row can be carried out. The rows below say why."},
		{
			plan(store.BatchWaiting, 12), "Waiting for approval",
			"Nothing has been sent. Approve this plan if it’s right. Then it can be applied for an hour.",
		},
		{own, "Waiting for approval", "Nothing has been sent. Another operator or admin has to approve this plan."},
		{
			plan(store.BatchExpired, 12), "Expired",
			"Nothing was sent. The plan wasn’t applied within an hour, so it may be out of date. Make a new one.",
		},
		{plan(store.BatchStopped, 12), "Discarded", "Nothing was sent. The plan was discarded."},
		{
			applied(store.BatchRunning, ""), "Running",
			"You can leave this page. Users’ own requests come first, so the batch may take a while.",
		},
		{
			applied(store.BatchPaused, store.BatchByUser), "Paused",
			"Nothing is sent until somebody continues. 4 PBXs left.",
		},
		{
			applied(store.BatchPaused, store.BatchWave), "Paused",
			"A wave has ended. Check it, then continue with the next one. 4 PBXs left.",
		},
		{
			applied(store.BatchStopped, store.BatchFailures), "Stopped itself",
			"It stopped itself, because 5 consecutive rows failed. Find out why before you continue. 4 PBXs left.",
		},
		{
			applied(store.BatchStopped, store.BatchYCMDown), "Stopped itself",
			"It stopped itself, because YCM can’t be reached. You can continue once it can. 4 PBXs left.",
		},
		{
			applied(store.BatchStopped, store.BatchByUser), "Stopped",
			"It was stopped for good. 4 PBXs not changed.",
		},
		{
			applied(store.BatchDone, ""), "Done",
			"3 of 12 PBXs weren’t done, and the outcome of 1 is unknown. The rows below say why.",
		},
	} {
		if got := Lead(&tt.batch, left, 7, clock); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.batch.State, tt.batch.Run.Why, got, tt.want)
		}
		if got := Badge(&tt.batch, store.RowCounts{}).Word; got != tt.badge {
			t.Errorf("%s: the badge says %q, want %q", tt.batch.State, got, tt.badge)
		}
	}
}

// TestLeadsWithCounts checks what a page says first about rows that aren't possible or have no outcome yet.
func TestLeadsWithCounts(t *testing.T) {
	t.Parallel()
	one := store.Batch{Kind: change.Stop, State: store.BatchPlanned, Total: 12}
	one.Expires = noon.Add(time.Hour)
	rows := store.RowCounts{States: map[string]int{"not-applicable": 1}}
	end := "13:00 UTC. 1 row isn’t possible. The rows below say why."
	if got := Lead(&one, rows, 7, clock); !strings.HasSuffix(got, end) {
		t.Errorf("the plan: %q", got)
	}
	one.State = store.BatchDone
	want := "Everything that was planned was done. 1 row wasn’t possible. The rows below say why."
	if got := Lead(&one, rows, 7, clock); got != want {
		t.Errorf("the batch: %q, want %q", got, want)
	}
	one.State = store.BatchRunning
	rows = store.RowCounts{States: map[string]int{"unknown": 2}, Open: 2}
	want = "The last 2 rows are being sent or checked."
	if got := Lead(&one, rows, 7, clock); got != want {
		t.Errorf("a batch without planned rows: %q, want %q", got, want)
	}
}

// TestWaves checks how the waves are described.
func TestWaves(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{
		6: "In waves: 5 PBXs, then the rest", 55: "In waves: 5 PBXs, then the rest",
		56: "In waves: 5 PBXs, then 50, then the rest",
	} {
		if got := Waves(total); got != want {
			t.Errorf("of %d rows: %q, want %q", total, got, want)
		}
	}
}
