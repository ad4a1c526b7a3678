package display

import (
	"testing"
	"time"

	"cordboard/fleet/operations/create"
	"cordboard/store"
)

// TestBatchTitles checks that each kind of plan has a title that ends with the number of PBXs, and that each state has
// a badge.
func TestBatchTitles(t *testing.T) {
	t.Parallel()
	kinds := map[store.OperationKind]string{create.Name: "Create 1,200 PBXs"}
	for _, a := range BulkActions() {
		kinds[store.OperationKind(a.Name)] = ""
	}
	for kind, want := range kinds {
		got := BatchTitle(kind, 1200)
		if want != "" && got != want || len(got) < len("1,200 PBXs")+3 || got[len(got)-10:] != "1,200 PBXs" {
			t.Errorf("the title of %s is %q", kind, got)
		}
	}
	for _, state := range []store.BatchState{
		store.BatchPlanned, store.BatchWaiting, store.BatchRunning, store.BatchPaused, store.BatchStopped, store.BatchDone,
		store.BatchExpired,
	} {
		if got := BatchBadge(&store.Batch{State: state}); got.Word == "" || got.Icon == "" {
			t.Errorf("the badge of %s is %+v", state, got)
		}
	}
	stopped := store.Batch{State: store.BatchStopped}
	if got := BatchBadge(&stopped).Word; got != "Discarded" {
		t.Errorf("the badge of a discarded plan says %q", got)
	}
	stopped.Applied.At = time.Unix(1, 0)
	if got := BatchBadge(&stopped).Word; got != "Stopped" {
		t.Errorf("the badge of a stopped batch says %q", got)
	}
}
