package batches

import (
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/store"
)

// kindWords has the texts about one kind of form for many PBXs.
type kindWords struct {
	button string // of the button that applies a plan; completed with a number of PBXs, such as "12 PBXs"
	lead   string // what the form means
	class  string // of the button
}

var words = map[store.OperationKind]kindWords{
	change.Start: {
		button: "Start %s", class: "btn-primary",
		lead: "The PBXs’ users can sign in and make calls again.",
	},
	change.Stop: {
		button: "Stop %s", class: "btn-danger",
		lead: "The PBXs’ users are locked out until they are started again.",
	},
	change.Suspend: {
		button: "Suspend %s", class: "btn-danger",
		lead: "This stops the PBXs. Their pages say why, and when to review this.",
	},
	change.Resize: {
		button: "Resize %s", class: "btn-primary",
		lead: "A number replaces the current one. A number with a sign, such as +10 or -5, is added to it. What you leave " +
			"empty stays as it is.",
	},
	change.Update: {
		button: "Set switches of %s", class: "btn-primary",
		lead: "Switches that you don’t choose stay as they are, and so do the names.",
	},
	change.Customers: {
		button: "Change customers of %s", class: "btn-primary",
		lead: "Add customers to those that each PBX has, remove some of them, or replace all of them.",
	},
	change.Email: {
		button: "Send emails for %s", class: "btn-primary",
		lead: "Each PBX’s customers get its activation link, which is valid for seven days.",
	},
	change.Delete: {
		button: "Delete %s", class: "btn-danger",
		lead: "This deletes the PBXs with all of their data in YCM. Nothing can undo it.",
	},
	create.Name: {button: "Create %s", class: "btn-primary"},
}
