package actions

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// fieldLabels has the labels of the fields that the form for a new PBX doesn't have.
var fieldLabels = map[string]string{
	"customerSearch": "Find customers to add",
	"note":           "Note",
	"reviewOn":       "Review on",
	"confirmName":    "The PBX’s name",
}

// formFields has the fields of each form, without the reason.
var formFields = map[store.OperationKind][]ui.FormField{
	change.Suspend: {
		{
			Name: "note", Hint: "What the team should know while the PBX is suspended. Required, unless you give a reason.",
			Input: ui.Input{MaxLength: "1000"},
		},
		{
			Name: "reviewOn", Hint: "On this day, the PBX comes up for review.", Required: true,
			Input: ui.Input{Type: "date"},
		},
	},
	change.Resize: {
		number("extensionCapacity", "1 to 500.", ""),
		number("concurrentCallCapacity", "Typically a quarter of the extensions.", ""),
		toggle("recordingStatus", "Turning it off keeps the minutes reserved."),
		number("recordingCapacity", "YCM doesn’t allow lowering this.", "minutes"),
		number("transcriptionCapacity", "In addition to the plan’s minutes.", "minutes"),
	},
	change.Update: {
		{Name: "name", Hint: "Shown in YCM and here.", Required: true, Input: ui.Input{MaxLength: "255"}},
		toggle("passwordlessLogin", "You can open the PBX from YCM without its password."),
		toggle("allowSuperiorPasswordlessLogin", "Applies only while passwordless login is on."),
		toggle("im", "Needs firmware 84.12.0.32 or later."),
		toggle("upgradeInPbx", "The PBX’s administrator can upgrade its firmware."),
		toggle("provisioningViaTemplate", "Provisioning templates can be used for this PBX."),
	},
	change.Delete: {
		{Name: "confirmName", Required: true, Input: ui.Input{Class: "input-mono"}},
	},
}

func number(name, hint, unit string) ui.FormField {
	return ui.FormField{
		Name: name, Hint: hint, Required: name != "transcriptionCapacity",
		Input: ui.Input{Class: "input-num", Unit: unit},
	}
}

func toggle(name, hint string) ui.FormField {
	return ui.FormField{Name: name, Hint: hint, Input: ui.Input{Type: "switch"}}
}

// foundMost is the maximum number of customers that a search shows.
const foundMost = 10

// customerFields returns the PBX's customers as check boxes. The form that sets them also has those that a search
// finds.
func (h *Handler) customerFields(s state) []ui.FormField {
	box := ui.FormField{Name: change.CustomerIDs, Input: ui.Input{Type: "checks"}}
	chosen := s.draft.Form[change.CustomerIDs]
	if s.Kind == change.Email && s.fresh {
		for _, id := range s.draft.Owners.IDs {
			chosen = append(chosen, strconv.FormatInt(id, 10))
		}
	}
	seen := map[string]bool{}
	add := func(id int64, name, email string, on bool) {
		word := strconv.FormatInt(id, 10)
		if label := cmp.Or(name, "Customer "+word); !seen[word] {
			seen[word] = true
			if email != "" {
				label += ", " + email
			}
			box.Options = append(box.Options, ui.Choice{Value: word, Label: label, Selected: on})
		}
	}
	options := h.catalog.Options(fleet.Customers)
	for _, id := range s.draft.Owners.IDs {
		known, _ := options.ByID(id)
		add(id, cmp.Or(s.draft.Owners.Names[id], known.Name), known.Email,
			slices.Contains(chosen, strconv.FormatInt(id, 10)))
	}
	if s.Kind == change.Email {
		return []ui.FormField{box}
	}
	for _, word := range chosen {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			known, _ := options.ByID(id)
			add(id, cmp.Or(s.draft.Owners.Names[id], known.Name), known.Email, true)
		}
	}
	search := ui.FormField{
		Name: "customerSearch", Hint: "By name or email address.",
		Input: ui.Input{Type: "search"},
	}
	if text := input.Get(s.draft.Form, search.Name); text != "" {
		found, n := options.Find(text, foundMost)
		for _, o := range found {
			add(o.ID, o.Name, o.Email, false)
		}
		box.Hint = ui.Count(int64(n), "customer", "customers") + " found."
		if n > foundMost {
			box.Hint += fmt.Sprintf(" The first %d are shown.", foundMost)
		}
	}
	return []ui.FormField{search, box} // in this order, so that typing doesn't move the search
}

// fields returns the form's fields with their values and problems.
func (h *Handler) fields(s state) []ui.FormField {
	var own []ui.FormField
	if s.Kind == change.Customers || s.Kind == change.Email {
		own = h.customerFields(s)
	}
	all := append(append(own, formFields[s.Kind]...), ui.FormField{
		Name: "reason", Hint: "For example, a ticket number. Stored in the audit log.", Optional: true,
		Input: ui.Input{MaxLength: "200"},
	})
	for i := range all {
		f := &all[i]
		f.Label, f.Value = fieldLabels[f.Name], s.draft.Form.Get(f.Name)
		if f.Type == "checks" {
			f.Value = input.Get(s.draft.Form, "customerSearch") // what the boxes were found by
		}
		if f.Label == "" {
			f.Label = display.FormLabels[f.Name]
		}
		if f.Name == "confirmName" {
			f.Hint = "To confirm, type: " + change.ConfirmName(s.draft.PBX)
		}
		f.On = f.Value == input.On
		unread := func(p input.Finding) bool { return p.Field == f.Name && p.Code == change.FindingUnread }
		if s.judged || slices.ContainsFunc(s.draft.Problems, unread) {
			f.Problem = textOf(s.draft.Problems, f.Name)
		}
	}
	return all
}

// textOf returns the sentence about a field's first finding, or "" if there is none.
func textOf(findings []input.Finding, field string) string {
	for _, f := range findings {
		if f.Field == field {
			return display.Finding(f)
		}
	}
	return ""
}
