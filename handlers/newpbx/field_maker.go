package newpbx

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
)

// fieldMaker builds a form's fields with their findings.
type fieldMaker struct {
	form               create.Form
	problems, warnings []input.Finding
	// judged means that the form was validated, and that its posted values are shown even if they are invalid.
	judged bool
}

// unrequired are the fields that aren't always required.
var unrequired = []string{
	"reason",
	"transcriptionCapacity",
	"expirationDate",
	"allowRunAfterExpirationDate",
	"provisioningViaTemplate",
	"provisionTemplateId",
}

func (f fieldMaker) field(name, hint string) ui.FormField {
	v := ui.FormField{
		Name:     name,
		Label:    display.FormLabels[name],
		Hint:     hint,
		Problem:  textOf(f.problems, name),
		Warning:  textOf(f.warnings, name),
		Required: !slices.Contains(unrequired, name),
	}
	if values := f.form[name]; len(values) > 0 {
		v.Value = values[0] // as typed
	}
	return v
}

func (f fieldMaker) text(name, hint string, most int) ui.FormField {
	v := f.field(name, hint)
	v.MaxLength = strconv.Itoa(most)
	return v
}

func (f fieldMaker) optional(v ui.FormField) ui.FormField {
	v.Optional = true
	return v
}

func (f fieldMaker) mono(v ui.FormField) ui.FormField {
	v.Class = "input-mono"
	return v
}

func (f fieldMaker) number(name, hint, unit string) ui.FormField {
	v := f.text(name, hint, 9)
	v.Class, v.Unit = "input-num", unit
	return v
}

// date returns a date field. If the value is not a date, it returns a text field, because a date field wouldn't show
// the value.
func (f fieldMaker) date(name, hint string) ui.FormField {
	v := f.field(name, hint)
	v.Type = "date"
	if _, err := time.Parse(time.DateOnly, strings.TrimSpace(v.Value)); err != nil && v.Value != "" {
		v.Type = "text"
	}
	return v
}

func (f fieldMaker) toggle(name, hint string) ui.FormField {
	v := f.field(name, hint)
	v.On = f.form.IsOn(name)
	return v
}

// segments returns a choice between options. A value that isn't among them becomes an additional option.
func (f fieldMaker) segments(name, hint string, options ...ui.Choice) ui.FormField {
	v := f.field(name, hint)
	v.Options = f.chosen(name, options)
	return v
}

func (f fieldMaker) chosen(name string, options []ui.Choice) []ui.Choice {
	value, found := f.form.Get(name), false
	for i := range options {
		options[i].Selected = options[i].Value == value
		found = found || options[i].Selected
	}
	if !found && value != "" {
		options = append(options, ui.Choice{Value: value, Label: "“" + list.Shorten(value) + "”", Selected: true})
	}
	return options
}
