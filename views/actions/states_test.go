package actions

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares the form in several states with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	running, stopped := ui.BadgeFor("pbxStatus", "Running"), ui.BadgeFor("pbxStatus", "Stopped")
	base := Page{
		PBX: PBX{ID: "7715", Name: "Alder <b>", Badges: []ui.Badge{running}},
		Words: Words{
			URL: "/pbxs/7715/stop", Title: "Stop Alder <b>", Lead: "Users are locked out.", Button: "Stop PBX",
			Class: "btn-danger",
		},
		Attempt: "attempt",
		AsOf:    "sealed",
		Fields:  []ui.FormField{{Name: "reason", Label: "Reason", Value: "CB-1", Optional: true}},
		Review: Review{
			Changes: []Change{{"pbxStatus", "Status", Value{Badge: &running}, Value{Badge: &stopped}}},
			Facts:   []ui.Fact{{Name: "Calls in progress", Value: "2, 10 s ago"}},
			Age:     "YCM’s values of 13:32",
			Capacity: []ui.Capacity{{
				Resource: "extensionCapacity", Label: "Extensions", Left: "100", After: "80",
			}},
			Reading:  "Last reading minus open operations, 10 s ago.",
			Sendable: true,
		},
	}
	warned, refused, changed := base, base, base
	warned.Warnings = []Problem{{"activeCalls", "Calls", "The PBX has 2 calls in progress.", "activeCalls"}}
	refused.Review = Review{Capacity: []ui.Capacity{{
		Resource: "extensionCapacity", Label: "Extensions", Left: "10", After: "-10", Short: true,
	}}}
	refused.Problems = []Problem{{Text: "The PBX is stopped already."}}
	refused.Notice = &ui.Notice{
		Tone: "tone-warn", Icon: "hourglass", Title: "Ines is changing this PBX", Text: "Nothing was sent.",
		Link: &ui.Link{Label: "Show operation 12", URL: "/operations/one"}, RequestID: "their-id",
	}
	changed.Review.Meanwhile = []Change{{"name", "Name", Value{Text: "Alder"}, Value{Text: "Birch"}}}
	live := warned
	live.Live, live.Editable, live.Reviewed = true, true, "digest"
	live.Problems = []Problem{{"extensionCapacity", "Extensions", "“x” isn’t a whole number.", ""}}
	for name, c := range map[string]templ.Component{
		"live":    Panel(live),
		"form":    Action(base),
		"warned":  Action(warned),
		"refused": Action(refused),
		"changed": Action(changed),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
