// Package changes renders the timeline of the fleet.
package changes

import "cordboard/views/ui"

// Page is the model of the page at /changes.
type Page struct {
	Title   string // for the window
	Fresh   ui.Freshness
	Back    string // URL of this page, to return to after a refresh
	Tabs    []ui.Tab
	Saving  Saving
	Filter  Filter
	Ignored []string
	Problem string // why no changes are shown; "" for none
	Result
}

// Result has the changes of one page, newest day first.
type Result struct {
	Period      string // such as "Last 7 days"
	Count       string // such as "47"
	CountSuffix string // such as " changes"
	Days        []Day
	Older       string // URL of the next page, which has older changes; "" for none
	Newest      string // URL of the first page; "" if this is the first page
	Export      string
}

// Saving is the form that saves the query as a view.
type Saving struct {
	ID      string // ID of the user's own view that is shown; "" for none
	Of      string // whose the shown view is; "" for none
	Query   string
	Name    string
	Shared  bool
	Problem string
}

// Filter has the values of the filters.
type Filter struct {
	PBXFilter

	Days, Fields, Made []ui.Choice
	Several            string // the chosen fields, if there are several
	From, To, By       string
	Hidden             []ui.Hidden
	Clear              string // URL without any filter; "" if there is none
}

// PBXFilter has the filters by PBX.
type PBXFilter struct {
	Search         string
	Words, Without string // the filters other than the search in words, and the URL without them; "" if there are none
	PBXs           string // URL of the list of the PBXs that match; "" if there is no filter by PBX
}

// Day has the entries of one day, newest first.
type Day struct {
	Title   string
	Date    string // such as 2026-03-17
	Entries []Entry
	Daily   *ui.Link // the changes that are left out because they occur every day
}

// Entry is a change, or several that belong together.
type Entry struct {
	ui.TimelineEntry

	New   bool   // whether it came after the user's last visit
	Items []Item // the PBXs of an entry for several
	More  string // how many more PBXs the entry has
}

// Item is a PBX of an entry for several, with the field's value before the change.
type Item struct {
	PBX ui.Link
	Old string
}
