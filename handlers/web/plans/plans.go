package display

import (
	"fmt"

	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/store"
	"cordboard/views/ui"
)

// batchTitles has the title of plans of each kind of form. It is completed with a number of PBXs, such as "12 PBXs".
var batchTitles = map[store.OperationKind]string{
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

// BatchTitle returns the title of a plan for a number of PBXs.
func BatchTitle(kind store.OperationKind, pbxs int) string {
	return fmt.Sprintf(batchTitles[kind], ui.Count(int64(pbxs), "PBX", "PBXs"))
}

// batchBadges has the badges of batches.
var batchBadges = map[store.BatchState]ui.Badge{
	store.BatchPlanned: {Class: "badge-outline", Icon: "clock", Word: "Planned"},
	store.BatchWaiting: {Class: "badge-soon", Icon: "hourglass", Word: "Waiting for approval"},
	store.BatchRunning: {Class: "badge-sending", Icon: "loader", Word: "Running"},
	store.BatchPaused:  {Class: "badge-soon", Icon: "clock", Word: "Paused"},
	store.BatchStopped: {Class: "badge-stopped", Icon: "circle-stop", Word: "Stopped"},
	store.BatchDone:    {Class: "badge-success", Icon: "circle-check", Word: "Done"},
	store.BatchExpired: {Class: "badge-outline", Icon: "circle-slash", Word: "Expired"},
}

// BatchBadge returns a batch's badge. A plan that was stopped before it was applied is discarded.
func BatchBadge(b *store.Batch) ui.Badge {
	known := batchBadges[b.State]
	if b.State == store.BatchStopped && b.Applied.At.IsZero() {
		known.Word = "Discarded"
	}
	return known
}
