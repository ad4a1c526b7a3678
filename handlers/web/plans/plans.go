// Package plans has the texts about plans and batches that pages of several subjects show.
package plans

import (
	"fmt"

	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/store"
	"cordboard/views/ui"
)

// titles has the title of plans of each kind of form. It is completed with a number of PBXs, such as "12 PBXs".
var titles = map[store.OperationKind]string{
	change.Start:     "Start %s",
	change.Stop:      "Stop %s",
	change.Suspend:   "Suspend %s",
	change.Resize:    "Resize %s",
	change.Update:    "Set switches of %s",
	change.Customers: "Change customers of %s",
	change.Email:     "Email activation links of %s",
	change.Delete:    "Delete %s",
	create.Name:      "Create %s",
}

// Title returns the title of a plan for a number of PBXs.
func Title(kind store.OperationKind, pbxs int) string {
	return fmt.Sprintf(titles[kind], ui.Count(int64(pbxs), "PBX", "PBXs"))
}

// badges has the badges of batches.
var badges = map[store.BatchState]ui.Badge{
	store.BatchPlanned: {Class: "badge-outline", Icon: "clock", Word: "Planned"},
	store.BatchWaiting: {Class: "badge-soon", Icon: "hourglass", Word: "Waiting for approval"},
	store.BatchRunning: {Class: "badge-sending", Icon: "loader", Word: "Running"},
	store.BatchPaused:  {Class: "badge-soon", Icon: "clock", Word: "Paused"},
	store.BatchStopped: {Class: "badge-stopped", Icon: "circle-stop", Word: "Stopped"},
	store.BatchDone:    {Class: "badge-success", Icon: "circle-check", Word: "Done"},
	store.BatchExpired: {Class: "badge-outline", Icon: "circle-slash", Word: "Expired"},
}

// Failed returns the number of a batch's rows that weren't done.
func Failed(counts store.RowCounts) (n int) {
	for _, state := range []store.OperationState{store.StateRefused, store.StateNotSent, store.StateNotDone} {
		n += counts.States[string(state)]
	}
	return n
}

// Badge returns the badge of a batch of which the given number of rows weren't done. A plan that was stopped before it
// was applied is discarded.
func Badge(b *store.Batch, failed int) ui.Badge {
	known := badges[b.State]
	if b.State == store.BatchDone && failed > 0 {
		known = ui.Badge{Class: "badge-soon", Icon: "triangle-alert", Word: "Done with failures"}
		if failed == b.Total {
			known = ui.Badge{Class: "badge-failed", Icon: "circle-alert", Word: "Nothing done"}
		}
	}
	if b.State == store.BatchStopped && b.Applied.At.IsZero() {
		known.Word = "Discarded"
	}
	return known
}
