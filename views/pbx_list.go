package views

// PBXListPage is the list at /pbxs.
type PBXListPage struct {
	CanCreate bool
	Fresh     Freshness
	Back      string // this page, for coming back to it after Refresh
	List      PBXList
}

// PBXList is what changes when filters, order or page do.
type PBXList struct {
	Snapshot string // which one the rows are of
	Search   string
	Kept     []Hidden // what the filter form carries along unseen
	Facets   []Facet
	InUse    int // filters, not counting the search
	Chips    []Chip
	Clear    string // URL without filters
	Ignored  []string
	Instead  []Link // what may have been meant

	Tabs        []Tab
	MoreFilters string // URL of the builder
	Settings    string // URL of columns, density and times
	SaveView    string // URL of saved views
	Export      []Link
	All         string // URL of the selection of all that match
	Density     string // compact, or as usual
	Loose       bool   // the first column scrolls with the others

	SelectionKept []Hidden // what the selection's form carries along
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

// Facet is a filter of a few words.
type Facet struct {
	Key, Label string
	Single     bool // one of them, such as presence
	Choices    []Choice
	More       int    // words that are not among the choices
	CanNegate  bool   // the builder offers to leave the ticked ones out
	Negated    bool   // they are left out
	Clear      string // URL without it
}

// Tab leads to a view of the list.
type Tab struct {
	Label, URL, Count string
	Current, Modified bool
}

// Part is a piece of a text; Hit ones are what a search looked for.
type Part struct {
	Text string
	Hit  bool
}

// Choice is a box to tick.
type Choice struct {
	Value, Label string
	Count        string
	On           bool
}

// Chip is a filter in use; its URL is the list without it.
type Chip struct {
	Name, Text, URL string
	Ignored         bool // it filters nothing, since it isn't understood
}

// Column is a head of the table.
type Column struct {
	Name    string // YCM's
	Label   string
	SortURL string
	Sorted  string // ascending, descending or ""
	Number  bool
}

// PBXRow is one PBX.
type PBXRow struct {
	ID    string
	URL   string
	Gone  string // "Gone since 17 Mar 2026", or ""
	Cells []Cell
}

// Cell is one field of one PBX. Which of the rest is set says how it is drawn.
type Cell struct {
	Column string // YCM's name of the field
	Value  string // as YCM has it; "" was not reported

	Text   string
	Parts  []Part // the Text in pieces, if a search hit it
	Small  string // second line
	Tone   string // of the second line, with its Icon
	Icon   string
	Number bool
	Mono   bool
	Muted  bool
	Badge  *Badge
	Moment *Moment
	Meter  *Meter
	Host   *Host // the name's second line
}

// Host is the PBX's host name below its name, unless it has a column of its own.
type Host struct {
	Value string
	Parts []Part
}

// Meter is a resource: how much of how much.
type Meter struct {
	CapacityColumn string // YCM's name, if the capacity has no column of its own
	CapacityValue  string
	Used, Capacity string
	Note           string // "92 %", "3 over"
	Tone           string // tone-warn from 80 %, tone-bad from 95 %
	Icon           string
	Width          string // of 100; "" draws no bar
}

// Empty says why there are no rows. There are four reasons, and each has its own.
type Empty struct {
	Title, Text string
	Art         string // first, none, nothing
	Progress    string // of the first reading
	Width       string // of its bar, of 100
	Action      *Link
	Drop        *Link // the one filter to leave out
}
