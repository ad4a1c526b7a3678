// Package plans has the texts about plans and batches that pages of several subjects show.
package plans

import (
	"fmt"

	"cordboard/fleet/batches"
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

// Done returns the number of a batch's rows that have an outcome.
func Done(b *store.Batch, counts store.RowCounts) int {
	if b.Applied.At.IsZero() {
		return 0
	}
	return b.Total - counts.States[string(store.RowPlanned)] - counts.Open
}

// DoneWords returns the sentence about a batch that is done.
func DoneWords(b *store.Batch, counts store.RowCounts) string {
	failed, unknown := Failed(counts), counts.States[string(store.StateUnknown)]
	all, n := PBXs(b.Total), func(n int) string { return ui.Number(int64(n)) }
	were := "weren’t"
	if failed == 1 {
		were = "wasn’t"
	}
	switch {
	case failed == 0 && unknown == 0:
		if not := notPossible(counts, "wasn’t", "weren’t"); not != "" {
			return "Everything that was planned was done." + not
		}
		return "Everything was done."
	case unknown == 0:
		return fmt.Sprintf("%s of %s %s done. The rows below say why.", n(failed), all, were)
	case failed == 0:
		return fmt.Sprintf("The outcome of %s of %s is unknown. The rows below say why.", n(unknown), all)
	}
	return fmt.Sprintf("%s of %s %s done, and the outcome of %s is unknown. The rows below say why.", n(failed), all, were,
		n(unknown))
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
	switch {
	case b.State != store.BatchStopped:
	case b.Applied.At.IsZero():
		known.Word = "Discarded"
	case batches.CanResume(b):
		known = ui.Badge{Class: "badge-soon", Icon: "triangle-alert", Word: "Stopped itself"}
	}
	return known
}

// droppedTexts says why rows dropped out.
var droppedTexts = map[store.FailureKind]string{
	store.FailureChanged: "Dropped out: the PBX was changed in YCM after the plan was made. Nothing was sent.",
	store.FailureGone:    "Dropped out: YCM no longer has the PBX. Nothing was sent.",
	store.FailureExists:  "Dropped out: the host name is taken in YCM. Nothing was sent.",
}

// OutcomeText says what happened to a row, unless that is clear from its state.
func OutcomeText(o *store.Operation) string {
	switch {
	case batches.HasDropped(o):
		return droppedTexts[o.Answer.Kind]
	case o.State == store.StateRefused && o.Answer.Code != 0:
		return fmt.Sprintf("YCM said: %s (%d). Nothing was changed.", o.Answer.Message, o.Answer.Code)
	case o.State == store.StateRefused:
		return "YCM refused the request. Nothing was changed."
	case o.State == store.StateNotSent:
		return "YCM couldn’t be read, or Cordboard stopped before it sent the request. Nothing was sent."
	case o.State == store.StateUnknown && !o.IsOpen():
		return "YCM gave no conclusive answer, and nothing in YCM can show what happened."
	case o.State == store.StateUnknown:
		return "YCM gave no conclusive answer. Cordboard is checking YCM."
	case o.State == store.StateNotDone:
		return "YCM gave no conclusive answer and shows no change."
	}
	return ""
}
