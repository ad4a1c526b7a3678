package capacity

import "cordboard/views/ui"

// SubscriptionPage is the model of the page about the subscription as YCM last reported it.
type SubscriptionPage struct {
	Snapshot string       // identifies the version of the data that the page shows
	Fresh    ui.Freshness // of the subscription
	// Lead is the text before ReadAt, such as "P-Series Hosting Package, as reported by YCM at", or a sentence if
	// YCM has never reported the subscription.
	Lead       string
	ReadAt     *ui.Moment // nil if it has never been read
	Trouble    *ui.Banner
	Rows       []LedgerRow
	Ages       string   // of both the subscription and the fleet
	Notes      []string // causes of differences, one sentence each
	Facts      []ui.LabelledCell
	Frozen     string // "120 extensions are frozen"; "" for none
	Open       string // capacity that open operations hold; "" for none
	OpenURL    string // "" for users who may not see them
	Plans      []PlanRow
	Switching  *ui.Link // PBXs that are changing plan
	History    History
	Sizes      []SizeRow
	SizesHint  string
	FullHead   string // "From 95%"
	NearlyHead string
	Giving     []Giving
	PlansAt    string // sentence if the plans are older than the rest; else ""
	Reclaim    []Reclaim
	Largest    []Consumer
	LargestAt  string // the list, by extensions
	RequestID  string
}

// LedgerRow is one resource of the subscription.
type LedgerRow struct {
	Resource, Label string
	Cells           []LedgerCell
	Left            string // "6,090 of 40,000 available"
	Used            string // "86% used" with Tone and Icon, if usage is high
	Tone, Icon      string
	Hint            string // "5,125 hours are available."
	Bar             Bar
}

// LedgerCell is one number of a resource. Value has no commas and is "" if the number is unknown.
type LedgerCell struct {
	Column, Value, Text string
	Tone                string // of numbers that need attention
}

// Bar is a bar of several parts in a box of 1000 x 10, with its legend.
type Bar struct {
	Parts  []ui.BarPart
	Legend []Swatch
}

// Swatch is the legend of one part of a bar.
type Swatch struct{ Class, Text string }

// PlanRow is the number of PBXs and extensions on a plan.
type PlanRow struct{ Plan, PBXs, Extensions string }

// History is the subscription over time.
type History struct {
	Spans  []ui.Tab // 30, 90, 365 days
	Export string
	Note   string // note for the sandbox; else ""
	Charts []HistoryChart
	Days   []string    // column heads of the table
	Every  string      // sentence about the days in the table; "" if it has all
	Rows   []NumberRow // the table
}

// NumberRow is a row of a table of numbers.
type NumberRow struct {
	Label string
	Cells []string
}

// HistoryChart is the history and forecast of one resource. Paths are SVG paths in a box of 600 x 160.
type HistoryChart struct {
	Resource, Label  string
	Top, Middle, Low string // of the axis
	From, Now, To    string // days; To is "" without a forecast
	NowAt            string // x coordinate of today in the box
	Line             string // path of the usage
	Limit            string // path of the subscription's total
	Range            string // path of the forecast's range; "" for none
	Mid              string // path of the middle of the range
	Forecast         string // in words
	Tone, Icon       string // of Forecast
	Summary          string // for screen readers
}

// SizeRow is the number of PBXs by usage of one resource.
type SizeRow struct {
	Label string
	Cells []ui.Link // numbers with the lists of their PBXs; URL is "" if there is no list
}

// Reclaim is the reclaimable capacity of one resource.
type Reclaim struct{ Value, Text, Noun, URL string }

// Giving is a PBX with reclaimable extensions.
type Giving struct{ Name, URL, Peak, Capacity, Back string }

// Consumer is one of the largest PBXs.
type Consumer struct {
	Name, URL               string
	Meter                   ui.Meter
	Calls, Recording, Share string
}
