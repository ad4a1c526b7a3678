package views

// PBXListPage is the list at /pbxs.
type PBXListPage struct {
	Fresh Freshness
	Back  string // this page, for coming back to it after Refresh
	List  PBXList
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

	Columns     []Column
	Choices     []Choice // all columns, for the View menu
	ColumnsKept []Hidden // what the View form carries along
	ResetCols   string   // URL with the usual columns

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
	Clear      string // URL without it
}

// Choice is a box to tick.
type Choice struct {
	Value, Label string
	Count        string
	On           bool
}

// Chip is a filter in use; its URL is the list without it.
type Chip struct{ Name, Text, URL string }

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
type Host struct{ Value string }

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
}
