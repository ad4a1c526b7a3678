package newpbx

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestFields compares the form's inputs and other small parts, in several states, with their golden files.
func TestFields(t *testing.T) {
	t.Parallel()
	regions := []ui.Choice{{Value: "", Label: "Choose a region"}, {Value: "1", Label: "Frankfurt", Selected: true}}
	field := func(change func(*ui.FormField)) ui.FormField {
		f := ui.FormField{Name: "regionId", Label: "Region", Value: "1", Input: ui.Input{Options: regions}}
		change(&f)
		return f
	}
	taken := HostPreview{Sub: "acme", Domain: "pbx.example.com", Text: "Taken", Tone: "tone-bad", Icon: "circle-x"}
	for name, c := range map[string]templ.Component{
		"select-required": selectField(field(func(f *ui.FormField) { f.Required = true })),
		"select-failed": selectField(field(func(f *ui.FormField) {
			f.Failed, f.ReloadOf = "YCM is not responding.", "regions"
		})),
		"firmware-moved": firmwareField(
			PlaceFields{Firmware: field(func(*ui.FormField) {}), Changed: "The firmware was changed."}, true,
		),
		"domain":         domainSelect(field(func(f *ui.FormField) { f.Name = "domainId" }), false),
		"switch-off":     ui.SwitchRow(field(func(f *ui.FormField) { f.Hint = "Off by default." }), "wide"),
		"switch-warned":  ui.SwitchRow(field(func(f *ui.FormField) { f.On, f.Warning = true, "This has no effect." }), ""),
		"host-empty":     hostPreview(HostPreview{}, false),
		"host-taken":     hostPreview(taken, true),
		"section":        formSection("size", "Size", "Capacities that the PBX takes from the subscription."),
		"summary":        checkSummary(Live{Summary: "3 checks passed"}, true),
		"customer":       customerBox(CustomerChoice{ID: "7", Name: "Ann <Ash>", Email: "ann@example.com"}, true),
		"customer-plain": customerBox(CustomerChoice{ID: "8", Name: "Bo"}, false),
		"save-preset": savePreset(Page{PresetMenu: PresetMenu{
			PresetName: "Trial", PresetShared: true, PresetProblem: "Taken.",
		}}),
		"no-notice": formNotice(nil),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
