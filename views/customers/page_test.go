package customers

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "customers", Customers)
	viewtest.Page(t, "customer", Customer)
	viewtest.Page(t, "form", Form)
}

// TestStates compares the list, a customer's page and the forms, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	row := ui.Row{ID: "7", URL: "/customers/7", Gone: "Removed on 17 Mar 2026", Cells: []ui.Cell{
		{Column: "name", Value: "Acme", Text: "Acme", CellLinks: ui.CellLinks{Host: &ui.Host{Value: "Ann Ash"}}},
		{Column: "email"},
		{Column: "pbxs", Value: "2", Text: "2", Number: true, CellLinks: ui.CellLinks{
			Links: []ui.CellLink{{Text: "2", URL: "/pbxs?customer=7"}},
		}},
	}}
	for name, c := range map[string]templ.Component{
		"list-full": Table(List{
			Filter: Filter{
				Search: "acme", Expires: []ui.Choice{{Value: "7d", Label: "Within 7 days", Selected: true}}, Clear: "/customers",
				Ignored: []string{"“x” isn’t a filter."}, HiddenFields: []ui.Hidden{{Name: "list", Value: "gone"}},
			},
			Paging: Paging{
				Count: "1", CountSuffix: " of 40 customers", Pager: ui.Pager{Range: "1–1 of 1"},
				Per: []ui.Choice{{Value: "50", Label: "50"}}, Export: []ui.Link{{Label: "CSV", URL: "/customers.csv"}},
			},
			Progress: "The customers of 3 PBXs haven’t been read yet.",
			Tabs:     []ui.Tab{{Label: "All", URL: "/customers", Count: "40", Current: true}},
			Columns: []ui.Column{
				{Name: "name", Label: "Customer", SortURL: "/customers?sort=-name", Sorted: "ascending"},
				{Name: "email", Label: "Email"},
				{Name: "pbxs", Label: "PBXs", Number: true, Sorted: "descending"},
			},
			Rows: []ui.Row{row},
		}),
		"list-empty": Table(List{Empty: &ui.Empty{Art: "nothing", Title: "Nothing matches"}}),
		"customer-owned": Customer(CustomerPage{Owner: Owner{
			Name: "Ines", URL: "/customers/7/owner",
			Choices: []ui.Choice{{Value: "i@example.com", Label: "Ines", Selected: true}},
		}}),
		"customer-gone": Customer(CustomerPage{
			Head: Head{Name: "Acme", ID: "7", Person: "Ann Ash", Gone: "Removed on 17 Mar 2026"},
			PBXs: PBXs{Text: "This customer has no PBX."},
		}),
		"form-changed": Form(FormPage{
			Words: Words{Title: "Edit Acme", URL: "/customers/7", Button: "Save in YCM", Class: "btn-primary"},
			ID:    "7", Name: "Acme",
			AsOf: "sealed", Attempt: "one", Sendable: true,
			Findings: Findings{
				Meanwhile: []Change{{Field: "city", Label: "City", Before: "empty", After: "Graz"}},
				Warnings:  []Finding{{Field: "email", Label: "Email", Text: "Taken.", Key: "email-taken"}},
			},
			Fields: []ui.FormField{{Name: "email", Label: "Email", Value: "a@b.example"}},
		}),
		"customer-full": Customer(CustomerPage{
			Head: Head{Name: "Acme", ID: "7", Actions: []Action{{Label: "Edit", Icon: "pencil", URL: "/customers/7/edit"}}},
			Back: "/customers/7", Open: &ui.Link{Label: "1 open operation", URL: "/operations"},
			Facts: []Fact{{Name: "email", Label: "Email", Value: "ann@acme.example"}},
			Sums: []Sum{
				{Name: "pbxs", Label: "PBXs", Value: "2", Cell: ui.Cell{Text: "2"}},
				{Name: "extensionCapacity", Label: "Extensions", Value: "50", Cell: ui.Cell{
					Meter: &ui.Meter{Used: "46", Capacity: "50", Width: "92"},
				}},
			},
			PBXs: PBXs{
				Columns: []ui.Column{{Name: "name", Label: "PBX"}, {Name: "activeCalls", Label: "Calls", Number: true}},
				Rows:    []ui.Row{{ID: "7715", URL: "/pbxs/7715", Cells: []ui.Cell{{Column: "name", Text: "Alder"}}}},
				All:     ui.Link{Label: "Show all (2)", URL: "/pbxs?customer=7"},
			},
		}),
		"form-new": Form(FormPage{
			Words:    Words{Title: "New customer", URL: "/customers", Button: "Create customer"},
			Sendable: true,
			Judged:   true,
			Findings: Findings{Problems: []Finding{{Text: "Gone."}, {Field: "email", Label: "Email", Text: "Enter it."}}},
		}),
		"form-busy": Form(FormPage{Notice: &ui.Notice{
			Tone: "tone-warn", Icon: "hourglass", Title: "Kim is changing this customer", Text: "Nothing was sent.",
			Link: &ui.Link{Label: "Show operation 7", URL: "/operations/x"}, RequestID: "theirs",
		}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
