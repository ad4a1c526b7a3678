package changes

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks the page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "changes", Changes)
}

// TestStates compares the page, in several states, with its golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	one := Entry{TimelineEntry: ui.TimelineEntry{
		Kind: "changed", Field: "name", Icon: "pencil", Title: "Name", Meta: "Outside Cordboard",
		PBX: &ui.Link{Label: "Alder", URL: "/pbxs/7"}, Change: &ui.Change{Old: "A", New: "B"},
	}, New: true}
	several := Entry{TimelineEntry: ui.TimelineEntry{
		Kind: "changed", Field: "version", Icon: "circle-arrow-up", Title: "60 PBXs: firmware",
		Change: &ui.Change{New: "84.20"}, Audit: &ui.Link{Label: "audit entry 5", URL: "/audit?q=no%3A5"},
	}, Items: []Item{{PBX: ui.Link{Label: "Alder", URL: "/pbxs/7"}, Old: "84.19"}}, More: "and 59 more"}
	for name, c := range map[string]templ.Component{
		"none": Changes(Page{Result: Result{Period: "Today", Count: "0", CountSuffix: " changes"}}),
		"slow": Changes(Page{Problem: "The search took too long."}),
		"many": Changes(Page{Result: Result{
			Period: "Today", Count: "61", CountSuffix: " changes on this page", Older: "/changes?before=7", Newest: "/changes",
			Days: []Day{{
				Title: "Today", Date: "2026-03-17", Entries: []Entry{one, several},
				Daily: &ui.Link{Label: "9 changes", URL: "/changes?field=lastBackupTime"},
			}},
		}}),
		"filtered": Changes(Page{Filter: Filter{
			PBXFilter: PBXFilter{Search: "acme", Words: "Status Running", Without: "/changes?q=acme", PBXs: "/pbxs?q=acme"},
			Several:   "Name, Firmware", From: "2026-03-01", Clear: "/changes",
		}, Ignored: []string{"“x” was ignored."}}),
		"saving": Changes(Page{
			Tabs:   []ui.Tab{{Label: "Mine", URL: "/changes?view=3", Current: true, Modified: true}},
			Saving: Saving{ID: "3", Name: "Mine", Shared: true, Problem: "Enter a name for the view."},
		}),
		"shared": Changes(Page{Saving: Saving{Of: "Shared by Ines"}}),
		"choices": Changes(Page{Filter: Filter{
			Days:   []ui.Choice{{Value: "7", Label: "Last 7 days", Selected: true}},
			Fields: []ui.Choice{{Label: "All changes"}}, Made: []ui.Choice{{Label: "Anywhere"}},
		}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
