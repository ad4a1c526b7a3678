package views

// PBXListPage is the model of the page at /pbxs.
type PBXListPage struct {
	CanCreate bool
	Fresh     Freshness
	Back      string // URL of this page, to return to after a refresh
	List      PBXList
}

// PBXList is the part of the page that changes with the filters, the order and the page number.
type PBXList struct {
	Snapshot string // ID of the snapshot that the rows come from
	Search   string
	Kept     []Hidden // hidden fields of the filter form
	Facets   []Facet
	InUse    int // number of filters in use, without the search
	Chips    []Chip
	Clear    string // URL without filters
	Ignored  []string
	Instead  []Link // links to likely corrections

	Tabs        []Tab
	MoreFilters string // URL of the filter builder
	Settings    string // URL of columns, density and times
	SaveView    string // URL of saved views
	Export      []Link
	All         string // URL of the selection of all matching PBXs
	Density     string // compact; "" is the default
	Loose       bool   // the first column scrolls with the others

	SelectionKept []Hidden // hidden fields of the selection form
	Columns       []Column

	Rows    []PBXRow
	Count   string // "47"
	Of      string // " of 480 PBXs, by name"
	Caption string
	Pager   Pager
	PerKept []Hidden
	Per     []Choice
	Empty   *Empty
}

// Facet is a filter with a few values.
type Facet struct {
	Key, Label string
	Single     bool // only one value can be chosen, as for presence
	Choices    []Choice
	More       int    // number of values that are not among the choices
	CanNegate  bool   // the builder offers to exclude the selected values
	Negated    bool   // the selected values are excluded
	Clear      string // URL without this filter
}

// Tab is a link to a view of the list.
type Tab struct {
	Label, URL, Count string
	Current, Modified bool
}

// Part is a part of a text. Hit marks parts that match the search.
type Part struct {
	Text string
	Hit  bool
}

// Choice is an option that can be chosen.
type Choice struct {
	Value, Label string
	Count        string
	On           bool
}

// Chip is a filter in use. Its URL is the list without it.
type Chip struct {
	Name, Text, URL string
	Ignored         bool // it has no effect because it isn't valid
}

// Column is a column of the table.
type Column struct {
	Name    string // YCM's name of the field
	Label   string
	SortURL string
	Sorted  string // ascending, descending or ""
	Number  bool
}

// PBXRow is one PBX in the list.
type PBXRow struct {
	ID    string
	URL   string
	Gone  string // "Removed on 17 Mar 2026", or ""
	Cells []Cell
}

// Cell is one field of one PBX. The fields below Value determine how it is shown.
type Cell struct {
	Column string // YCM's name of the field
	Value  string // as YCM reports it; "" if it was not reported

	Text   string
	Parts  []Part // Text in parts, if the search matched it
	Small  string // second line
	Tone   string // of the second line, together with Icon
	Icon   string
	Number bool
	Mono   bool
	Muted  bool
	Badge  *Badge
	Moment *Moment
	Meter  *Meter
	Host   *Host // second line of the name
}

// Host is the host name, which is shown below the name unless it has its own column.
type Host struct {
	Value string
	Parts []Part
}

// Meter is the usage of a resource and its capacity.
type Meter struct {
	CapacityColumn string // YCM's name of the field, if the capacity has no column of its own
	CapacityValue  string
	Used, Capacity string
	Note           string // "92%", "3 over"
	Tone           string // tone-warn from 80%, tone-bad from 95%
	Icon           string
	Width          string // out of 100; "" for no bar
}

// Empty explains why there are no rows. There are four reasons, and each has its own text.
type Empty struct {
	Title, Text string
	Art         string // first, none, nothing
	Progress    string // of the first sync
	Width       string // of its bar, out of 100
	Action      *Link
	Drop        *Link // to the list without one filter
}
