package batches

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "batch", Batch)
	viewtest.Page(t, "new", New)
	viewtest.Page(t, "import", Import)
	viewtest.Page(t, "draft", Draft)
}

// TestStates compares the pages, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	planned := Row{
		N: "1", State: "planned", PBXID: "7", Name: "Alder", URL: "/pbxs/7",
		Changes: []Change{{Label: "Status", Before: "Running", After: "Stopped"}},
		Badge:   ui.Badge{Class: "badge-outline", Icon: "clock", Word: "Planned"},
		Texts:   []string{"The PBX has 2 calls in progress."},
	}
	created := Row{
		N: "2", Line: "3", State: "done", PBXID: "8", Name: "Birch", URL: "/pbxs/8", Host: "birch.example.com",
		Changes: []Change{{Label: "Plan", After: "Ultimate Plan"}}, Number: "12", Link: "/operations/x-2",
		Badge: ui.Badge{Class: "badge-created", Icon: "circle-check", Word: "Created"},
	}
	for name, c := range map[string]templ.Component{
		"plan": Batch(Page{
			Identity: Identity{ID: "x", Title: "Stop 1 PBX", Lead: "Nothing has been sent.", State: "planned", Total: "1"},
			Next: Next{
				Apply: "Stop 1 PBX", Class: "btn-danger", Waves: "In waves: 5 PBXs, then the rest", Stop: "Discard the plan",
				Warnings: []Warning{{Key: "delete", Text: "This deletes 1 PBX."}},
				Exports:  []ui.Link{{Label: "CSV", URL: "/batches/x/rows.csv"}},
			},
			Facts:    []ui.Fact{{Name: "PBXs", Value: "Status Running"}},
			Capacity: []ui.Capacity{{Resource: "extensionCapacity", Label: "Extensions", Left: "9", After: "4"}},
			Table: Table{
				Tabs: []ui.Tab{{Label: "All", URL: "/batches/x", Count: "1", Current: true}}, Rows: []Row{planned},
			},
		}),
		"running": Batch(Page{
			Identity: Identity{ID: "x", Title: "Create 2 PBXs", State: "running", Done: "1", Total: "2"},
			Next:     Next{Pause: true, Stop: "Stop for good"},
			Progress: &Progress{
				Text: "1 of 2 PBXs", Parts: []ui.BarPart{{Class: "bar-ok", X: "0", Width: "500"}},
				Legend: []Legend{{Class: "swatch-ok", Text: "1 done"}},
			},
			Table: Table{FromFile: true, Rows: []Row{created}},
		}),
		"ended": Batch(Page{
			Identity: Identity{ID: "x", Title: "Stop 2 PBXs", State: "stopped", Done: "1", Total: "2"},
			Next:     Next{Approve: true, Resume: "Continue", Again: "Plan 1 PBX again", Undo: "Plan to undo 1 PBX"},
			Table:    Table{Empty: "No rows to show."},
		}),
		"resume": Batch(Page{
			Identity: Identity{ID: "x", Title: "Resize 2 PBXs", State: "stopped", Done: "1", Total: "2"},
			Next:     Next{Resume: "Continue", Warnings: []Warning{{Key: "short", Text: "Too few extensions."}}},
		}),
		"import": Import(Upload{Columns: []ui.Fact{{Name: "name", Value: "Required."}}}),
		"draft": Draft(DraftPage{
			URL: "/pbxs/import/x", Name: "new.csv", Lead: "1 of 2 lines can be planned.", Good: "Plan the 1 good line",
			Guessed: true, Count: "1", Shown: "1 error",
			Errors: []CellError{{Line: "3", Column: "plan", Cell: "Basic", Text: "“Basic” isn’t valid."}},
			Columns: []ui.FormField{{Name: "column-0", Label: "plan", Hint: "Such as Basic", Input: ui.Input{
				Type: "select", Options: []ui.Choice{{Label: "Ignore"}, {Value: "plan", Label: "Plan", Selected: true}},
			}}},
		}),
		"draft-good": Draft(DraftPage{URL: "/pbxs/import/x", Name: "new.csv", Count: "0", Shown: "0 errors"}),
		"form": New(Form{
			Action: "resize", Query: "status=Running", Title: "Resize 2 PBXs", Words: "Status Running", Back: "/pbxs",
			Section: "What to change",
			Fields: []ui.FormField{
				{Name: "extensionCapacity", Label: "Extensions", Value: "+5", Problem: "Too high."},
				{Name: "mode", Label: "What to do", Input: ui.Input{
					Type: "select", Options: []ui.Choice{{Value: "add", Label: "Add", Selected: true}},
				}},
				{Name: "customerSearch", Label: "Find customers", Input: ui.Input{Type: "search"}},
				{Name: "customerIds", Label: "Customers", Input: ui.Input{
					Type: "checks", Options: []ui.Choice{{Value: "7", Label: "Alder", Selected: true}},
				}},
			},
		}),
		"form-none": New(Form{Fields: []ui.FormField{{Name: "customerIds", Label: "Customers", Input: ui.Input{
			Type: "checks",
		}}}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
