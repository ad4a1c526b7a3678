package pbxs

import (
	"slices"
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// sampleRow returns the row of a PBX in the list, with several kinds of cells.
func sampleRow() ui.Row {
	badge := ui.BadgeFor("pbxStatus", "Running")
	at := ui.Moment{Text: "17 Mar 2026", DateTime: "2026-03-17T13:32:00Z", Title: "17 Mar 2026, 13:32:00 UTC"}
	return ui.Row{ID: "7715", URL: "/pbxs/7715", Cells: []ui.Cell{
		{Column: "name", Value: "Acme", Text: "Acme", CellLinks: ui.CellLinks{Host: &ui.Host{Value: "acme.example.com"}}},
		{Column: "pbxStatus", Value: "Running", Badge: &badge},
		{Column: "usedExtensions", Value: "46", Meter: &ui.Meter{Used: "46", Capacity: "50", Note: "92%", Width: "92"}},
		{Column: "createTime", Value: "1773754320", Moment: &at},
		{Column: "extensionCapacity", Value: "50", Text: "50", Number: true},
		{Column: "group"},
	}}
}

// TestListStates compares the list and its related pages, in several states, with their golden files.
func TestListStates(t *testing.T) {
	t.Parallel()
	status := Facet{
		Key: "status", Label: "Status", More: 3, CanNegate: true, Negated: true, Clear: "/pbxs",
		Choices: []ui.Choice{{Value: "Running", Label: "Running", Count: "12", Selected: true}},
	}
	removed := sampleRow()
	removed.Gone = "Removed on 17 Mar 2026"
	list := PBXList{
		FilterBar: FilterBar{
			Search: "acme", Facets: []Facet{status}, ActiveFilters: 2, Clear: "/pbxs", MoreFilters: "/pbxs/filters",
			Chips: []ui.Chip{
				{Name: "Status", Text: "Running", URL: "/pbxs"}, {Name: "x", Text: "y", URL: "/pbxs", Ignored: true},
			},
			Ignored:      []string{"“x” isn’t a filter."},
			Instead:      []ui.Link{{Label: "status:running", URL: "/pbxs?q=status%3Arunning"}},
			HiddenFields: []ui.Hidden{{Name: "sort", Value: "-name"}},
		},
		Table: Table{
			Density: "compact", UnpinFirstColumn: true, Caption: "2 PBXs", Rows: []ui.Row{sampleRow(), removed},
			Columns: []ui.Column{
				{Name: "name", Label: "PBX", SortURL: "/pbxs?sort=-name", Sorted: "ascending"},
				{Name: "pbxStatus", Label: "Status"},
				{Name: "usedExtensions", Label: "Extensions", Sorted: "descending"},
				{Name: "createTime", Label: "Created"},
				{Name: "extensionCapacity", Label: "Capacity", Number: true},
				{Name: "group", Label: "Group"},
			},
		},
		Paging: Paging{
			Count: "2", CountSuffix: " of 480 PBXs, by name", Pager: ui.Pager{Range: "1–2 of 2"},
			Per: []ui.Choice{{Value: "50", Label: "50", Selected: true}},
		},
		Actions: Actions{
			Settings: "/pbxs/settings", SaveView: "/views", All: "/pbxs/selection",
			Export: []ui.Link{{Label: "CSV", URL: "/pbxs.csv"}},
		},
		Tabs: []ui.Tab{
			{Label: "All", URL: "/pbxs", Count: "480"},
			{Label: "Mine", URL: "/pbxs?view=7", Current: true, Modified: true},
		},
	}
	empty := PBXList{Table: Table{Empty: &ui.Empty{
		Art: "nothing", Title: "No PBX matches", Drop: &ui.Link{Label: "Drop Status", URL: "/pbxs"},
	}}}
	for name, c := range map[string]templ.Component{
		"list-full":  PBXTable(list),
		"list-empty": PBXTable(empty),
		"completions": Completions([]Completion{
			{Insert: "status:running", Label: "status:running", Note: "12 PBXs"}, {Insert: "status:", Label: "status:"},
		}),
		"completions-none": Completions(nil),
		"selection": SelectionPage(Selection{
			Count: "2 PBXs", Words: "Status is Running", Back: "/pbxs", Missing: "1 ID doesn’t belong to a PBX.",
			Columns: []CopyBox{{Name: "sn", Label: "Serial numbers", Text: "AB12\nCD34", Rows: "2"}},
			Export:  []ui.Link{{Label: "CSV", URL: "/pbxs.csv"}},
		}),
		"views-problem": Views(SavedViewsPage{
			Name: "Mine", Shared: true, Problem: "You have a view with this name.", Query: "status=Running",
			Words:   "Status is Running",
			Ignored: []string{"“x” isn’t a filter."}, Back: "/pbxs",
			Views: []ViewRow{
				{Key: "7", Name: "Mine", URL: "/pbxs?view=7", Words: "Status is Running", Of: "Yours", Own: true, Landing: true},
				{Key: "8", Name: "Theirs", URL: "/pbxs?view=8", Of: "Shared by Kim"},
			},
		}),
		"filters-full": Filters(FilterPage{
			Count: "2 PBXs match", Back: "/pbxs", Problems: []string{"“x” is not a number."},
			Facets: []Facet{status},
			Ranges: []RangeInput{
				{Name: "createTime", Label: "Created", Date: true, From: "2026-01-01", None: true},
				{Name: "extensionCapacity", Label: "Extensions", From: "10", To: "50", Other: "two ranges"},
			},
			Presences: []PresenceInput{
				{Name: "sn", Label: "Serial number", Any: true}, {Name: "url", Label: "Host", None: true},
			},
			HiddenFields: []ui.Hidden{{Name: "sort", Value: "-name"}},
		}),
		"filters-panel": FiltersPanel(FilterPage{Count: "1 PBX matches", Facets: []Facet{status}}),
		"settings-full": ListSettingsPage(ListSettings{
			Back: "/pbxs", Query: "status=Running", Freeze: true, Keys: true,
			Columns: []ColumnChoice{
				{Name: "name", Label: "PBX", Place: "1", Selected: true, Fixed: true}, {Name: "sn", Label: "Serial number"},
			},
			Density: []ui.Choice{{Value: "compact", Label: "Compact", Selected: true}},
			Times:   []ui.Choice{{Value: "both", Label: "Both", Selected: true}},
		}),
		"export-menu":     exportMenu(PBXList{Actions: Actions{Export: []ui.Link{{Label: "CSV", URL: "/pbxs.csv"}}}}),
		"facet-single":    facet(Facet{Key: "presence", Label: "Presence", Single: true}, "/pbxs/filters"),
		"bulk-of-nothing": bulk(PBXList{}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}

// TestActiveFilters checks the words beside a field that the list is filtered by.
func TestActiveFilters(t *testing.T) {
	choices := []ui.Choice{{Label: "A", Selected: true}, {Label: "B"}, {Label: "C"}}
	two := []ui.Choice{{Label: "A", Selected: true}, {Label: "B", Selected: true}}
	three := append(slices.Clone(two), ui.Choice{Label: "C", Selected: true})
	for want, filter := range map[string]interface{ Active() string }{
		"A":            &Facet{Choices: choices},
		"not A or B":   &Facet{Choices: two, Negated: true},
		"3 values":     &Facet{Choices: three},
		"not 3 values": &Facet{Choices: three, Negated: true},
		"B":            &Facet{Choices: []ui.Choice{{Label: "A"}, {Label: "B", Selected: true}}, Single: true},
		"two ranges":   &RangeInput{Other: "two ranges", From: "1"},
		"5":            &RangeInput{From: "5", To: "5"},
		"from 5":       &RangeInput{From: "5"},
		"to 5":         &RangeInput{To: "5"},
		"5 to 7":       &RangeInput{From: "5", To: "7"},
		"Reported":     &PresenceInput{Any: true},
		"Not reported": &PresenceInput{None: true},
	} {
		if filter.Active() != want {
			t.Errorf("%+v: %q, want %q", filter, filter.Active(), want)
		}
	}
	for _, filter := range []interface{ Active() string }{
		&Facet{Choices: choices, Single: true}, // the default
		&Facet{},
		&RangeInput{},
		&PresenceInput{},
	} {
		if filter.Active() != "" {
			t.Errorf("%+v: %q, want no words", filter, filter.Active())
		}
	}
}
