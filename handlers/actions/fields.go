package actions

import (
	"slices"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

// fieldLabels has the labels of the fields that the form for a new PBX doesn't have.
var fieldLabels = map[string]string{
	"note":        "Note",
	"reviewOn":    "Review on",
	"confirmName": "The PBX’s name",
}

// formFields has the fields of each form, without the reason.
var formFields = map[store.OperationKind][]ui.FormField{
	change.Suspend: {
		{
			Name: "note", Hint: "What the team should know while the PBX is suspended.",
			Input: ui.Input{MaxLength: "1000"},
		},
		{
			Name: "reviewOn", Hint: "On this day, the PBX comes up for review.", Required: true,
			Input: ui.Input{Type: "date"},
		},
	},
	change.Resize: {
		number("extensionCapacity", "1 to 500.", ""),
		number("concurrentCallCapacity", "Typically a third of the extensions.", ""),
		toggle("recordingStatus", "Turning it off keeps the minutes reserved."),
		number("recordingCapacity", "YCM doesn’t allow fewer than now.", "minutes"),
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

// fields returns the form's fields with their values and problems.
func fields(s state) []ui.FormField {
	all := append(slices.Clone(formFields[s.Kind]), ui.FormField{
		Name: "reason", Hint: "For example, a ticket number. Stored in the audit log.", Optional: true,
		Input: ui.Input{MaxLength: "200"},
	})
	for i := range all {
		f := &all[i]
		f.Label, f.Value = fieldLabels[f.Name], s.draft.Form.Get(f.Name)
		if f.Label == "" {
			f.Label = display.FormLabels[f.Name]
		}
		if f.Name == "confirmName" {
			f.Hint = "To confirm, type: " + s.draft.PBX.Text(fleet.FieldName)
		}
		f.On = f.Value == input.On
		if s.judged {
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
