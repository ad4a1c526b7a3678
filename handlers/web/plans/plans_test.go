package plans

import (
	"testing"
	"time"

	"cordboard/fleet/operations/create"
	"cordboard/handlers/web/display"
	"cordboard/store"
)

// TestTitles checks that each kind of plan has a title that ends with the number of PBXs, and that each state has
// a badge.
func TestTitles(t *testing.T) {
	t.Parallel()
	kinds := map[store.OperationKind]string{create.Name: "Create 1,200 PBXs"}
	for _, a := range display.BulkActions() {
		kinds[store.OperationKind(a.Name)] = ""
	}
	for kind, want := range kinds {
		got := Title(kind, 1200)
		if want != "" && got != want || len(got) < len("1,200 PBXs")+3 || got[len(got)-10:] != "1,200 PBXs" {
			t.Errorf("the title of %s is %q", kind, got)
		}
	}
	for _, state := range []store.BatchState{
		store.BatchPlanned, store.BatchWaiting, store.BatchRunning, store.BatchPaused, store.BatchStopped, store.BatchDone,
		store.BatchExpired,
	} {
		if got := Badge(&store.Batch{State: state}, store.RowCounts{}); got.Word == "" || got.Icon == "" {
			t.Errorf("the badge of %s is %+v", state, got)
		}
	}
	for _, tt := range []struct {
		failed, unknown int
		want, words     string
	}{
		{0, 0, "Done", "Everything was done."},
		{3, 0, "Done with failures", "3 of 12 PBXs weren’t done. The rows below say why."},
		{12, 0, "Nothing done", "12 of 12 PBXs weren’t done. The rows below say why."},
		{0, 1, "Done, some unknown", "The outcome of 1 of 12 PBXs is unknown. The rows below say why."},
		{3, 1, "Done with failures", "3 of 12 PBXs weren’t done, and the outcome of 1 is unknown. The rows below say why."},
	} {
		b := store.Batch{State: store.BatchDone, Total: 12}
		counts := store.RowCounts{States: map[string]int{"refused": tt.failed, "unknown": tt.unknown}}
		if got := Badge(&b, counts).Word; got != tt.want {
			t.Errorf("with %d failures and %d unknown rows, the badge says %q, want %q", tt.failed, tt.unknown, got, tt.want)
		}
		if got := DoneWords(&b, counts); got != tt.words {
			t.Errorf("with %d failures and %d unknown rows, the page says %q, want %q", tt.failed, tt.unknown, got, tt.words)
		}
	}
	counts := store.RowCounts{States: map[string]int{"done": 5, "refused": 2, "not-sent": 1, "planned": 9}}
	if got := Failed(counts); got != 3 {
		t.Errorf("%d rows failed, want 3", got)
	}
	for state, want := range map[store.RowState]string{
		store.RowPlanned: "Planned", store.RowUnchanged: "Unchanged", store.RowNotApplicable: "Not possible",
	} {
		if got := RowBadge(state, false).Word; got != want {
			t.Errorf("the badge of a row that is %s says %q, want %q", state, got, want)
		}
	}
	if got := RowBadge(store.RowPlanned, true).Word; got != "Not sent" {
		t.Errorf("the badge of a row that was left says %q", got)
	}
	stopped := store.Batch{State: store.BatchStopped}
	if got := Badge(&stopped, store.RowCounts{}).Word; got != "Discarded" {
		t.Errorf("the badge of a discarded plan says %q", got)
	}
	stopped.Applied.At, stopped.Run.Why = time.Unix(1, 0), store.BatchByUser
	if got := Badge(&stopped, store.RowCounts{}).Word; got != "Stopped" {
		t.Errorf("the badge of a stopped batch says %q", got)
	}
}

// TestOutcomeText checks what a row says about each outcome.
func TestOutcomeText(t *testing.T) {
	t.Parallel()
	answer := func(state store.OperationState, a store.Answer) store.Operation {
		return store.Operation{State: state, Answer: a}
	}
	lost := answer(store.StateUnknown, store.Answer{Kind: store.FailureNoAnswer})
	lost.Reconciled.GivenUp = true
	for _, tt := range []struct {
		o    store.Operation
		want string
	}{
		{answer(store.StateDone, store.Answer{}), ""},
		{answer(store.StateSubmitted, store.Answer{}), ""},
		{
			answer(store.StateNotSent, store.Answer{Kind: store.FailureChanged}),
			"Dropped out: the PBX was changed in YCM after the plan was made. Nothing was sent.",
		},
		{
			answer(store.StateNotSent, store.Answer{Kind: store.FailureGone}),
			"Dropped out: YCM no longer has the PBX. Nothing was sent.",
		},
		{
			answer(store.StateNotSent, store.Answer{Kind: store.FailureExists}),
			"Dropped out: the host name is taken in YCM. Nothing was sent.",
		},
		{
			answer(store.StateNotSent, store.Answer{Kind: store.FailureUnavailable}),
			"YCM couldn’t be read, or Cordboard stopped before it sent the request. Nothing was sent.",
		},
		{
			answer(store.StateRefused, store.Answer{Kind: store.FailureExists, Code: 7, Message: "taken"}),
			"YCM said: taken (7). Nothing was changed.",
		},
		{answer(store.StateRefused, store.Answer{}), "YCM refused the request. Nothing was changed."},
		{
			answer(store.StateUnknown, store.Answer{Kind: store.FailureNoAnswer}),
			"YCM gave no conclusive answer. Cordboard is checking YCM.",
		},
		{lost, "YCM gave no conclusive answer, and nothing in YCM can show what happened."},
		{answer(store.StateNotDone, store.Answer{}), "YCM gave no conclusive answer and shows no change."},
	} {
		if got := OutcomeText(&tt.o); got != tt.want {
			t.Errorf("%s, %s: %q, want %q", tt.o.State, tt.o.Answer.Kind, got, tt.want)
		}
	}
}
