package display

import (
	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/views/ui"
)

// Action is a link to the form for a change of a PBX.
type Action struct {
	Label, Icon, URL string
	InMenu           bool // whether pages show it only in a menu
}

// Actions returns the changes that a PBX's status allows, the most likely ones first.
func Actions(p *fleet.PBX) (all []Action) {
	if p.IsGone() || p.Status().IsTransitional() {
		return nil
	}
	add := func(label, icon string, kind store.OperationKind) {
		first := kind == change.Start || kind == change.Stop
		all = append(all, Action{label, icon, ui.PBXURL(p.CloudPBXID) + "/" + string(kind), !first})
	}
	if p.Status() != fleet.StatusRunning {
		add("Start", "circle-play", change.Start)
	}
	if p.Status() != fleet.StatusStopped {
		add("Stop", "circle-stop", change.Stop)
		add("Suspend", "clock", change.Suspend)
	}
	add("Resize", "gauge", change.Resize)
	add("Edit", "pencil", change.Update)
	add("Customers", "users", change.Customers)
	if p.Activation() == fleet.Unactivated {
		add("Email activation link", "mail", change.Email)
	}
	add("Delete", "trash-2", change.Delete)
	return all
}
