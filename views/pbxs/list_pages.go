// Package pbxs renders the list of PBXs, the pages for its filters, settings, views and selections, and each PBX's
// page.
package pbxs

import "cordboard/views/ui"

// FilterPage is the model of the filter builder, which shows every filter in one form.
type FilterPage struct {
	Count        string // such as "47 PBXs match"
	Back         string // URL of the list with the current filters
	Problems     []string
	Facets       []Facet
	Ranges       []RangeInput
	Presences    []PresenceInput
	HiddenFields []ui.Hidden
}

// RangeInput is the input for a range of numbers or dates.
type RangeInput struct {
	Name, Label string
	Date        bool
	From, To    string
	None        bool // whether to find only PBXs for which YCM doesn't report the field
	// Other describes a filter that this input can't show. The filter stays in effect unless the user sets From, To or
	// None.
	Other string
}

// Active returns the filter in words, or "" if the list isn't filtered by the field.
func (r *RangeInput) Active() string {
	switch {
	case r.Other != "":
		return r.Other
	case r.None:
		return notReported
	case r.From == r.To:
		return r.From
	case r.To == "":
		return "from " + r.From
	case r.From == "":
		return "to " + r.To
	}
	return r.From + " to " + r.To
}

const notReported = "Not reported"

// PresenceInput is the input that filters by whether YCM reports a field.
type PresenceInput struct {
	Name, Label string
	Any, None   bool
}

// Active returns the filter in words, or "" if the list isn't filtered by whether YCM reports the field.
func (p *PresenceInput) Active() string {
	switch {
	case p.Any:
		return "Reported"
	case p.None:
		return notReported
	}
	return ""
}

// ListSettings is the model of the page that sets the list's columns and appearance.
type ListSettings struct {
	Back    string
	Page    string // URL of this page
	Query   string // the query of the list that the user came from
	Columns []ColumnChoice
	Density []ui.Choice
	Times   []ui.Choice
	Freeze  bool
	Keys    bool // whether keyboard shortcuts are on
}

// ColumnChoice is a column that can be moved and, unless it is fixed, shown or hidden.
type ColumnChoice struct {
	Name, Label     string
	Place           string
	Selected, Fixed bool
}

// SavedViewsPage is the model of the page that lists and saves views.
type SavedViewsPage struct {
	Name    string
	Shared  bool
	Problem string
	Query   string   // the query to save
	Words   string   // Query in words
	Ignored []string // sentences about parts of the list's query that were ignored
	Back    string
	Views   []ViewRow
}

// ViewRow is one view.
type ViewRow struct {
	Key, Name, URL string
	Words          string // the view's query in words
	Of             string // such as "Shared by Kim" or "Built in"
	Landing, Own   bool
}

// Selection is the model of the page for a set of PBXs.
type Selection struct {
	Count   string // such as "47 PBXs"
	Words   string // the selection in words
	Back    string
	Columns []CopyBox
	Export  []ui.Link
	Missing string          // sentences about what was ignored or left out
	Bulk    []ui.BulkAction // what the user can do with the selection
	Query   []ui.Hidden     // hidden fields of the selection's query
}

// CopyBox contains the values of one field for the selected PBXs, one value per line.
type CopyBox struct{ Name, Label, Text, Rows string }

// Completion is one completion of a word in the search box: the text to insert, and the label and note to display.
type Completion struct{ Insert, Label, Note string }
