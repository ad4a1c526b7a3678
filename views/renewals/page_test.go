package renewals

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "renewals", Renewals)
	viewtest.Page(t, "form", Form)
}

// TestStates compares the desk and the forms, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	board := Board{
		Beyond: ui.Link{Label: "3", URL: "/expiries?expires=x", Spoken: "3 PBXs"},
		None:   ui.Link{Label: "0"},
		Buckets: []Bucket{
			{
				Key: "overdue", Title: "Overdue", Tone: "tone-bad", Icon: "circle-alert", Count: "1", PBXs: "1",
				All: ui.Link{Label: "All 1", URL: "/expiries?expires=overdue"},
				Entries: []ui.ExpiryEntry{{
					ID: "7715", Name: "Acme", URL: "/pbxs/7715", Which: "PBX date", Badge: ui.ExpiryBadge(-1, "yesterday"),
				}},
			},
			{Key: "today", Title: "Today", Icon: "clock", Count: "0"},
		},
		Months: []Month{
			{Label: "Mar 2026, from today", URL: "/expiries?expires=m", Count: "4", Width: "100"},
			{Label: "Apr 2026", Count: "0", Width: "0"},
		},
	}
	list := List{
		Caption: "Renewals.", Count: "1", CountSuffix: " PBX",
		Columns: []ui.Column{
			{Name: "name", Label: "PBX", SortURL: "/expiries?sort=name", Sorted: "descending"}, {Name: "owner"},
		},
		Rows: []ui.Row{{
			ID: "7715", URL: "/pbxs/7715", Labels: map[string]string{"owner": "Owner"},
			Edit: &ui.Link{Label: "Change", URL: "/pbxs/7715/renewal", Spoken: "Change Acme"},
			Cells: []ui.Cell{
				{Column: "name", Value: "Acme", Text: "Acme"},
				{Column: "owner", Value: "ines@example.com", Text: "Ines"},
			},
		}},
		Export: []ui.Link{{Label: "CSV", URL: "/expiries.csv"}},
	}
	for name, c := range map[string]templ.Component{
		"desk": Renewals(Page{
			Zone: "UTC", Board: board, List: list, CanChange: true, Back: "/expiries?owner=me",
			Owners: []ui.Choice{{Value: "1", Label: "Ines"}},
		}),
		"viewer": Renewals(Page{Zone: "UTC", Board: board, List: list}),
		"empty":  Renewals(Page{Zone: "UTC", Board: Board{Empty: true}}),
		"none": Renewals(Page{
			Tabs: []Tab{{Key: "overdue", Tab: ui.Tab{Label: "Overdue", URL: "/expiries?expires=overdue", Current: true}}},
			List: List{Count: "0", Empty: &ui.Empty{Art: "nothing", Title: "Nothing matches"}},
			Filter: Filter{
				Search: "acme", Words: "Region: x", Clear: "/expiries", Ignored: []string{"“x” was ignored."},
				Owners: []ui.Choice{{Value: "me", Label: "Me", Selected: true}},
			},
		}),
		"form": Form(FormPage{
			Title: "Renewal of Acme", Back: ui.Link{Label: "Acme", URL: "/pbxs/7"}, URL: "/pbxs/7/renewal", Button: "Save",
			Problem: "Nothing was changed.", Fields: []ui.FormField{
				{Name: "owner", Label: "Owner", Input: ui.Input{Type: "select"}},
				{Name: "next", Label: "Next step", Value: "Call", Problem: "Too long."},
			},
		}),
		"bulk": Form(FormPage{
			Title: "Renewal of 2 PBXs", PBXs: []ui.Link{{Label: "A", URL: "/pbxs/1"}, {Label: "B", URL: "/pbxs/2"}},
			More: "and 7 more", Hidden: []ui.Hidden{{Name: "ids", Value: "1"}},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
