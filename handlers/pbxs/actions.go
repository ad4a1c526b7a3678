package pbxs

import (
	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

// changeActions returns links to the forms for the changes that a PBX's status allows: the most likely ones, and those
// in the menu.
func changeActions(p *fleet.PBX) (first, more []views.Action) {
	if p.IsGone() || p.Status().IsTransitional() {
		return nil, nil
	}
	to := func(label, icon string, kind store.OperationKind) views.Action {
		return views.Action{Label: label, Icon: icon, URL: ui.PBXURL(p.CloudPBXID) + "/" + string(kind)}
	}
	if p.Status() != fleet.StatusRunning {
		first = append(first, to("Start", "circle-play", change.Start))
	}
	if p.Status() != fleet.StatusStopped {
		first = append(first, to("Stop", "circle-stop", change.Stop))
		more = append(more, to("Suspend", "clock", change.Suspend))
	}
	more = append(
		more,
		to("Resize", "gauge", change.Resize),
		to("Edit", "pencil", change.Update),
		to("Delete", "trash-2", change.Delete),
	)
	return first, more
}
