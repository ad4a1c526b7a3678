// Package plans has the texts about plans and batches that pages of several subjects show.
package plans

import (
	"fmt"
	"strings"

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

// rowBadges has the badges of rows that aren't carried out.
var rowBadges = map[store.RowState]ui.Badge{
	store.RowPlanned:       {Class: "badge-outline", Icon: "clock", Word: "Planned"},
	store.RowUnchanged:     {Class: "badge-plain", Icon: "circle-minus", Word: "Unchanged"},
	store.RowNotApplicable: {Class: "badge-outline", Icon: "circle-slash", Word: "Not possible"},
}

// leftBadge is the badge of planned rows of a batch that has ended without them.
var leftBadge = ui.Badge{Class: "badge-outline", Icon: "circle-slash", Word: "Not sent"}

// RowBadge returns the badge of a row that isn't carried out. over reports whether its batch has ended.
func RowBadge(state store.RowState, over bool) ui.Badge {
	if over && state == store.RowPlanned {
		return leftBadge
	}
	return rowBadges[state]
}

// Failed returns the number of a batch's rows that weren't done.
func Failed(counts store.RowCounts) (n int) {
	for _, state := range []store.OperationState{store.StateRefused, store.StateNotSent, store.StateNotDone} {
		n += counts.States[string(state)]
	}
	return n
}

// DoneWords returns the sentence about a batch that is done.
func DoneWords(b *store.Batch, counts store.RowCounts) string {
	var parts []string
	if n := Failed(counts); n > 0 {
		parts = append(parts, ui.Number(int64(n))+" not done")
	}
	if n := counts.States[string(store.StateUnknown)]; n > 0 {
		parts = append(parts, ui.Number(int64(n))+" unknown")
	}
	if parts == nil {
		return "All was done."
	}
	return fmt.Sprintf("Of %s: %s. The rows below say why.", ui.Count(int64(b.Total), "PBX", "PBXs"),
		strings.Join(parts, ", "))
}

// Badge returns the badge of a batch with the given numbers of rows. A plan that was stopped before it was applied is
// discarded.
func Badge(b *store.Batch, counts store.RowCounts) ui.Badge {
	known := badges[b.State]
	failed, unknown := Failed(counts), counts.States[string(store.StateUnknown)]
	if b.State == store.BatchDone && unknown > 0 {
		known = ui.Badge{Class: "badge-soon", Icon: "triangle-alert", Word: "Done, some unknown"}
	}
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
