// Package pbxs renders the list of PBXs, the page of each, and the form of a new one.
package pbxs

import "cordboard/views/ui"

// FilterPage is the model of the filter builder, which shows every filter in one form.
type FilterPage struct {
	Search    string
	Count     string // "47 PBXs match"
	Back      string // URL of the list with the current filters
	Problems  []string
	Facets    []Facet
	Ranges    []RangeInput
	Presences []PresenceInput
	Kept      []ui.Hidden
}

// RangeInput is the input for a range of numbers or dates.
type RangeInput struct {
	Name, Label string
	Date        bool
	From, To    string
	None        bool // includes PBXs for which YCM doesn't report the field
	// Other describes a filter that this input can't show. It is kept unless a range is given.
	Other string
}

// PresenceInput is the input for whether YCM reports a field at all.
type PresenceInput struct {
	Name, Label string
	Any, None   bool
}

// ListSettings is the model of the page with the columns and the appearance of the list.
type ListSettings struct {
	Back    string
	Query   string // of the list that the user came from
	Columns []ColumnChoice
	Density []ui.Choice
	Times   []ui.Choice
	Freeze  bool
	Keys    bool // keyboard shortcuts
}

// ColumnChoice is a column that can be shown or hidden and moved.
type ColumnChoice struct {
	Name, Label string
	Place       string
	On, Fixed   bool
}

// SavedViewsPage is the model of the page that lists and saves views.
type SavedViewsPage struct {
	Name    string
	Shared  bool
	Problem string
	Query   string   // the query to save
	Words   string   // Query in words
	Ignored []string // sentences about the parts of Query that have no effect
	Back    string
	Views   []ViewRow
}

// ViewRow is one view.
type ViewRow struct {
	Key, Name, URL string
	Words          string // its query in words
	Of             string // its owner
	Landing, Own   bool
}

// Selection is the model of the page for a set of PBXs.
type Selection struct {
	Count   string // "47 PBXs"
	Words   string // the selection in words
	Back    string
	Columns []CopyBox
	Export  []ui.Link
	Missing string // a sentence about IDs that aren't PBXs
}

// CopyBox contains one field of all PBXs in a selection, one per line.
type CopyBox struct{ Name, Label, Text, Rows string }

// Completion is one completion of a word in the search box: the text to insert and how it is shown.
type Completion struct{ Insert, Label, Note string }
