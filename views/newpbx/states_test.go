package newpbx

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares parts of the form, and the page of presets, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	choices := []ui.Choice{{Value: "1", Label: "Frankfurt", Selected: true}, {Value: "2", Label: "London"}}
	place := PlaceFields{
		Region: ui.FormField{Name: "regionId", Label: "Region", Value: "1", Input: ui.Input{Options: choices}},
		Firmware: ui.FormField{
			Name: "versionId", Label: "Firmware",
			Source: ui.Source{ReloadOf: "firmwares", Failed: "YCM is not responding."},
		},
		Domain:  ui.FormField{Name: "domainId", Label: "Domain", Problem: "Choose a domain."},
		Changed: "The domain was changed, because London doesn’t offer it.",
	}
	live := Live{
		Place: &place,
		Host: HostPreview{
			Sub: "acme", Domain: "pbx.example.com", Text: "Taken", Note: "by PBX 7715", Tone: "tone-bad",
			Icon: "circle-x",
		},
		Capacity: []CapacityPreview{
			{
				Resource: "extensionCapacity", Label: "Extensions", Now: "90 of 100", After: "110 of 100", Short: true,
				Used: "90", This: "10",
			},
			{Resource: "recordingCapacity", Label: "Recording", Now: "not reported", After: "not reported"},
		},
		Free: "500 minutes are free.", Age: "As of 13:32:00 UTC", Summary: "2 checks, 1 problem",
		Checks: []FormCheck{
			{Tone: "tone-ok", Icon: "circle-check", Text: "The name is new.", State: "ok"}, {Text: "Not checked yet."},
		},
	}
	customers := CustomersField{
		FormField: ui.FormField{Name: "customerIds", Label: "Customers", Problem: "Choose at most 50."},
		Search:    "ann",
		Chosen:    []CustomerChoice{{ID: "1", Name: "Ann Ash", Email: "ann@example.com"}},
		Found:     []CustomerChoice{{ID: "2", Name: "Ann Oak", Email: "oak@example.com"}},
		More:      "12 more match.",
	}
	for name, c := range map[string]templ.Component{
		"preflight":         Preflight(live),
		"preflight-nothing": Preflight(Live{Warned: true}),
		"follows":           Follows(live),
		"customers":         customersField(customers),
		"customers-none":    CustomerOptions(nil, "No customer matches."),
		"notice": formNotice(&FormNotice{
			Tone: "tone-bad", Icon: "circle-x", Title: "Not submitted", Text: "Nothing was changed.",
			List:      []string{"One", "Two"},
			RequestID: "theirs", Focus: true,
		}),
		"notice-reference": formNotice(&FormNotice{
			Tone: "tone-bad", Icon: "circle-alert", Title: "Something went wrong", Text: "Nothing was sent.", Reference: "own",
		}),
		"problems": problems([]FormProblem{{Field: "name", Label: "Name", Text: "Enter a name.", Key: "k1"}}),
		"warnings": warnings([]FormProblem{{Field: "name", Label: "Name", Text: "The name is in use.", Key: "k2"}}),
		"switch":   ui.SwitchRow(ui.FormField{Name: "im", Label: "Chat", Input: ui.Input{On: true}}, ""),
		"segments": segments(ui.FormField{
			Name: "plan", Label: "Plan", Problem: "Choose one.", Input: ui.Input{Options: choices},
		}),
		"presets": Presets(PresetsPage{Presets: []PresetRow{
			{Key: "7", Name: "Small", URL: "/pbxs/new?preset=7", Words: "5 extensions", Of: "Yours", Own: true},
			{Key: "8", Name: "Large", URL: "/pbxs/new?preset=8", Of: "Shared by Kim"},
		}}),
		"presets-none": Presets(PresetsPage{}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
