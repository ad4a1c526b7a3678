package batches

import (
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

// formFields has the fields of each form for many PBXs, without those for customers and the reason.
var formFields = map[store.OperationKind][]ui.FormField{
	change.Suspend: {
		{
			Name: "note", Label: "Note", Input: ui.Input{MaxLength: "1000"},
			Hint: "What the team should know while the PBXs are suspended. Required, unless you give a reason.",
		},
		{
			Name: "reviewOn", Label: "Review on", Input: ui.Input{Type: "date"}, Required: true,
			Hint: "On this day, the PBXs come up for review.",
		},
	},
	change.Resize: {
		number("extensionCapacity", "Such as 50, +10 or -5."),
		number("concurrentCallCapacity", "Typically a quarter of the extensions."),
		toggle("recordingStatus"),
		number("recordingCapacity", "In minutes. YCM doesn’t allow lowering this."),
		number("transcriptionCapacity", "In minutes, in addition to the plan’s."),
	},
	change.Update: {
		toggle("passwordlessLogin"),
		toggle("allowSuperiorPasswordlessLogin"),
		toggle("im"),
		toggle("upgradeInPbx"),
		toggle("provisioningViaTemplate"),
	},
	change.Customers: {{
		Name: change.Mode, Label: "What to do",
		Input: ui.Input{Type: "select", Options: []ui.Choice{
			{Value: change.ModeAdd, Label: "Add these customers"},
			{Value: change.ModeRemove, Label: "Remove these customers"},
			{Value: change.ModeSet, Label: "Replace all customers with these"},
		}},
	}},
}

func number(name, hint string) ui.FormField {
	return ui.FormField{Name: name, Hint: hint, Optional: true}
}

func toggle(name string) ui.FormField {
	return ui.FormField{Name: name, Input: ui.Input{Type: "select", Options: []ui.Choice{
		{Label: "Leave as it is"}, {Value: input.On, Label: "Enabled"}, {Value: input.Off, Label: "Disabled"},
	}}}
}

// fields returns the form's fields with their values and problems.
func (h *Plans) fields(s formState) []ui.FormField {
	all := slices.Clone(formFields[s.kind])
	if s.kind == change.Customers {
		all = append(all, h.customerFields(s)...)
	}
	all = append(all, ui.FormField{
		Name: "reason", Hint: "For example, a ticket number. Stored in the audit log.", Optional: true,
		Input: ui.Input{MaxLength: "200"},
	})
	for i := range all {
		f := &all[i]
		f.Value = s.inputs.Get(f.Name)
		if f.Label == "" {
			f.Label = display.FormLabels[f.Name]
		}
		if f.Type == "select" {
			f.Options = slices.Clone(f.Options)
			for n := range f.Options {
				f.Options[n].Selected = f.Options[n].Value == f.Value
			}
		}
		for _, p := range s.problems {
			if p.Field == f.Name {
				f.Problem = display.Finding(p)
			}
			if p.Field == "" && i == 0 {
				f.Problem = display.Finding(p)
			}
		}
	}
	return all
}

// foundMost is the maximum number of customers that a search shows.
const foundMost = 20

// customerFields returns the search for customers, and the chosen and found ones as check boxes.
func (h *Plans) customerFields(s formState) []ui.FormField {
	box := ui.FormField{Name: change.CustomerIDs, Input: ui.Input{Type: "checks"}}
	options := h.c.Catalog.Options(fleet.Customers)
	seen := map[int64]bool{}
	add := func(o fleet.Option, on bool) {
		if seen[o.ID] {
			return
		}
		seen[o.ID] = true
		label := o.Name
		if o.Email != "" {
			label += ", " + o.Email
		}
		word := strconv.FormatInt(o.ID, 10)
		box.Options = append(box.Options, ui.Choice{Value: word, Label: label, Selected: on})
	}
	for _, word := range input.All(s.inputs, change.CustomerIDs) {
		if id, err := strconv.ParseInt(word, 10, 64); err == nil {
			known, ok := options.ByID(id)
			if !ok {
				known = fleet.Option{ID: id, Name: "Customer " + word}
			}
			add(known, true)
		}
	}
	search := ui.FormField{
		Name: "customerSearch", Label: "Find customers", Hint: "By name or email address.", Input: ui.Input{Type: "search"},
	}
	if text := input.Get(s.inputs, search.Name); text != "" {
		found, n := options.Find(text, foundMost)
		for _, o := range found {
			add(o, false)
		}
		box.Hint = ui.Count(int64(n), "customer", "customers") + " found."
		if n > foundMost {
			box.Hint += fmt.Sprintf(" The first %d are shown.", foundMost)
		}
	}
	return []ui.FormField{search, box}
}
