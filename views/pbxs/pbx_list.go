package pbxs

import (
	"strings"

	"cordboard/views/ui"
)

// PBXListPage is the model of the page at /pbxs.
type PBXListPage struct {
	CanCreate bool
	Fresh     ui.Freshness
	Back      string // URL of this page, to return to after a refresh
	List      PBXList
}

// PBXList is the part of the page that changes with filters, sort order and page number.
type PBXList struct {
	FilterBar
	Table
	Paging
	Actions

	Title    string // of the window
	Snapshot string // ID of the snapshot that the rows come from
	Unread   bool   // whether the fleet has never been read
	Tabs     []ui.Tab
}

// FilterBar has the search, the filters, and the notices about ignored parts of them.
type FilterBar struct {
	Search        string
	HiddenFields  []ui.Hidden // hidden fields of the filter form
	Facets        []Facet
	ActiveFilters int // number of active filters, not counting the search
	Chips         []ui.Chip
	Clear         string // URL of the list without the search and the filters
	Ignored       []string
	Instead       []ui.Link // links to likely corrections
	MoreFilters   string    // URL of the filter builder
}

// Table has the rows and how they are shown.
type Table struct {
	Density               string      // compact or comfortable
	UnpinFirstColumn      bool        // whether the first column scrolls with the others
	SelectionHiddenFields []ui.Hidden // hidden fields of the selection form
	Columns               []ui.Column
	Rows                  []ui.Row
	Caption               string
	Empty                 *ui.Empty
}

// Paging has the number of matches and the links to the other pages.
type Paging struct {
	Count                string // such as "47"
	CountSuffix          string // such as " of 480 PBXs, by name"
	Pager                ui.Pager
	PageSizeHiddenFields []ui.Hidden // hidden fields of the page-size form
	Per                  []ui.Choice
}

// Actions has the URLs of the actions on the whole list.
type Actions struct {
	Settings string // URL of the settings for columns, density and times
	SaveView string // URL of the page that saves views
	Export   []ui.Link
	All      string          // URL of the selection of all matching PBXs
	Bulk     []ui.BulkAction // what the user can do with the selected rows
}

// Facet is a filter that offers its values as choices.
type Facet struct {
	Key, Label string
	Single     bool // whether only one value can be chosen, as for presence
	Choices    []ui.Choice
	More       int    // number of values that are not among the choices
	CanNegate  bool   // whether the filter builder offers to exclude the selected values
	Negated    bool   // whether the selected values are excluded
	Clear      string // URL of the list without this filter
}

// Active returns the selected values in words, or "" if the list isn't filtered by the facet. If only one value can be
// chosen, the first one is the default.
func (f *Facet) Active() string {
	if f.Single && len(f.Choices) > 0 && f.Choices[0].Selected {
		return ""
	}
	var labels []string
	for _, c := range f.Choices {
		if c.Selected {
			labels = append(labels, c.Label)
		}
	}
	switch {
	case len(labels) == 0:
		return ""
	case len(labels) > 2:
		labels = []string{ui.Count(int64(len(labels)), "value", "values")}
	}
	if f.Negated {
		return "not " + strings.Join(labels, " or ")
	}
	return strings.Join(labels, " or ")
}

// NameClass has the classes of the cells in the column with the name.
const NameClass = "pin pin-2 col-name"
