package actions

import (
	"fmt"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/actions"
	"cordboard/views/ui"
)

// Form is a form at /pbxs/{cloudPbxId}/{Name}. Kind is the kind of its operations.
type Form struct {
	Name, Kind store.OperationKind
	Recent     bool // whether it requires a recent sign-in
}

// Forms lists all forms.
var Forms = []Form{
	{Name: change.Start, Kind: change.Start},
	{Name: change.Stop, Kind: change.Stop},
	{Name: change.Suspend, Kind: change.Stop},
	{Name: change.Resize, Kind: change.Resize},
	{Name: change.Update, Kind: change.Update},
	{Name: change.Customers, Kind: change.Customers},
	{Name: change.Email, Kind: change.Email},
	{Name: change.Delete, Kind: change.Delete, Recent: true},
}

// words has the texts of each form. The title is completed with the PBX's name.
var words = map[store.OperationKind]views.Words{
	change.Start: {
		Title:  "Start %s",
		Lead:   "The PBX’s users can sign in and make calls again.",
		Button: "Start PBX",
		Class:  "btn-primary",
	},
	change.Stop: {
		Title:  "Stop %s",
		Lead:   "The PBX’s users are locked out until it is started again.",
		Button: "Stop PBX",
		Class:  "btn-danger",
	},
	change.Suspend: {
		Title: "Suspend %s",
		Lead: "This stops the PBX, so its users are locked out until it is started again. Its page says why, and when to " +
			"review this.",
		Button: "Suspend PBX",
		Class:  "btn-danger",
	},
	change.Resize: {
		Title:    "Resize %s",
		Heading:  "Size",
		Lead:     "YCM replaces the whole size, so Cordboard sends the values that you leave unchanged, too.",
		Button:   "Resize PBX",
		Class:    "btn-primary",
		Editable: true,
	},
	change.Update: {
		Title:    "Edit %s",
		Heading:  "Name and switches",
		Lead:     "YCM replaces the name and all switches, so Cordboard sends those that you leave unchanged, too.",
		Button:   "Save in YCM",
		Class:    "btn-primary",
		Editable: true,
	},
	change.Customers: {
		Title:    "Customers of %s",
		Heading:  "Customers",
		Lead:     "YCM replaces the whole list, so Cordboard sends the customers that you keep, too.",
		Button:   "Save in YCM",
		Class:    "btn-primary",
		Editable: true,
	},
	change.Email: {
		Title:   "Email the activation link of %s",
		Heading: "Recipients",
		Lead: "YCM emails the link, which is valid for seven days. Each request sends the email again. If the response " +
			"is lost, Cordboard can’t find out whether it was sent.",
		Button: "Send email",
		Class:  "btn-primary",
	},
	change.Delete: {
		Title:   "Delete %s",
		Heading: "Confirmation",
		Lead:    "This deletes the PBX with all of its data in YCM. Nothing can undo it. Cordboard keeps the last record.",
		Button:  "Delete PBX",
		Class:   "btn-danger",
	},
}

func wordsOf(kind store.OperationKind, p *fleet.PBX) views.Words {
	w := words[kind]
	if w.Heading == "" {
		w.Heading = "Details"
	}
	w.URL = ui.PBXURL(p.CloudPBXID) + "/" + string(kind)
	w.Title = fmt.Sprintf(w.Title, display.Name(p))
	return w
}
