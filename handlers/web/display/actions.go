package display

import (
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views/ui"
)

// Action is a link to the form for a change of a PBX.
type Action struct {
	Label, Icon, URL string
	InMenu           bool // whether pages show it only in a menu
}

// actions lists what can be done with a PBX, the most likely first.
var actions = []struct {
	label, icon string
	kind        store.OperationKind
	isPossible  func(p *fleet.PBX) bool // for a PBX that isn't in transition; nil: always
}{
	{"Start", "circle-play", change.Start, func(p *fleet.PBX) bool { return p.Status() != fleet.StatusRunning }},
	{"Stop", "circle-stop", change.Stop, isNotStopped},
	{"Suspend", "clock", change.Suspend, isNotStopped},
	{"Resize", "gauge", change.Resize, nil},
	{"Edit", "pencil", change.Update, nil},
	{"Customers", "users", change.Customers, nil},
	{
		"Email activation link", "mail", change.Email,
		func(p *fleet.PBX) bool { return p.Activation() == fleet.Unactivated },
	},
	{"Delete", "trash-2", change.Delete, nil},
}

func isNotStopped(p *fleet.PBX) bool { return p.Status() != fleet.StatusStopped }

// Actions returns the changes that a PBX's status allows, the most likely ones first.
func Actions(p *fleet.PBX) (all []Action) {
	if p.IsGone() || p.Status().IsTransitional() {
		return nil
	}
	for _, a := range actions {
		if a.isPossible == nil || a.isPossible(p) {
			first := a.kind == change.Start || a.kind == change.Stop
			all = append(all, Action{a.label, a.icon, ui.PBXURL(p.CloudPBXID) + "/" + string(a.kind), !first})
		}
	}
	return all
}

// BulkActions returns what can be done with many PBXs at once. The value of each is its name in the form for many PBXs.
func BulkActions() (all []ui.BulkAction) {
	for _, a := range actions {
		label := a.label
		switch a.kind {
		case change.Update:
			label = "Set switches"
		case change.Email:
			label = "Email activation links"
		}
		all = append(all, ui.BulkAction{Name: string(a.kind), Label: label, Icon: a.icon})
	}
	return all
}

// ActionsNamed returns the labels of the actions that begin with a word, such as "stop" or "st".
func ActionsNamed(word string) (labels []string) {
	for _, a := range actions {
		if word != "" && strings.HasPrefix(fold.Text(a.label), fold.Text(word)) {
			labels = append(labels, a.label)
		}
	}
	return labels
}
