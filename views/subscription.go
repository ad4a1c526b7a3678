package views

// SubscriptionPage is the hosting package as YCM last told it, and what comes of it.
type SubscriptionPage struct {
	Snapshot   string    // names what the page shows
	Fresh      Freshness // the package's own
	Lead       string    // "P-Series Hosting Package, as YCM told it at", or that it never did
	ReadAt     *Moment   // nil: never
	Trouble    *Banner
	Rows       []LedgerRow
	Ages       string   // of both sides
	Notes      []string // causes of differences, a sentence each
	Facts      []LabelledCell
	Frozen     string // "120 extensions are frozen"; "" for none
	Open       string // what open attempts hold; "" for nothing
	OpenURL    string // "" for who may not see them
	Plans      []PlanRow
	Switching  *Link // PBXs on the way to another plan
	History    History
	Sizes      []SizeRow
	SizesHint  string
	FullHead   string // "From 95 %"
	NearlyHead string
	Giving     []Giving
	PlansAt    string // that the plans are older than the rest; "" otherwise
	Reclaim    []Reclaim
	Largest    []Consumer
	LargestAt  string // the list, by extensions
	RequestID  string
}

// LedgerRow is one resource of the package.
type LedgerRow struct {
	Resource, Label string
	Cells           []LedgerCell
	Left            string // "6,090 of 40,000 available"
	Used            string // "86 % used", where that is worth a look: with Tone and Icon
	Tone, Icon      string
	Hint            string // "5,125 hours are available."
	Bar             Bar
}

// LedgerCell is one number of it; Value is without commas, "" if it can't be known.
type LedgerCell struct {
	Column, Value, Text string
	Tone                string // of what needs a look
}

// Bar is a graphic of parts, in a box of 1000 × 10, with its legend.
type Bar struct {
	Parts  []BarPart
	Legend []Swatch
}

// BarPart is from X, as wide as Width.
type BarPart struct{ Class, X, Width string }

// Swatch names a part.
type Swatch struct{ Class, Text string }

// PlanRow counts PBXs and extensions of a plan.
type PlanRow struct{ Plan, PBXs, Extensions string }

// History is the package over time.
type History struct {
	Spans  []Tab // 30, 90, 365 days
	Export string
	Note   string // of the sandbox; "" otherwise
	Charts []HistoryChart
	Days   []string    // heads of the table
	Every  string      // which days it has; "" for all
	Rows   []NumberRow // the table
}

// NumberRow is a line of a table of numbers.
type NumberRow struct {
	Label string
	Cells []string
}

// HistoryChart is one resource over time, and to come. Paths are SVG's, in a box of 600 × 160.
type HistoryChart struct {
	Resource, Label  string
	Top, Middle, Low string // of the axis
	From, Now, To    string // days; To is "" without a forecast
	NowAt            string // where today is, in the box
	Line             string // path of what was used
	Limit            string // path of the package's total
	Range            string // path of the forecast's range; "" for none
	Mid              string // path of its middle
	Forecast         string // in words
	Tone, Icon       string // of the words
	Summary          string // for who doesn't see it
}

// SizeRow is how the fleet uses a resource.
type SizeRow struct {
	Label string
	Cells []Link // with the list that has them; URL "" where there is none
}

// Reclaim is what could be taken back of a resource.
type Reclaim struct{ Value, Text, Noun, URL string }

// Giving is a PBX that could give back some of its extensions.
type Giving struct{ Name, URL, Peak, Capacity, Back string }

// Consumer is one of the largest PBXs.
type Consumer struct {
	Name, URL               string
	Meter                   Meter
	Calls, Recording, Share string
}
