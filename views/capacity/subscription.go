// Package capacity renders the capacity page.
package capacity

import "cordboard/views/ui"

// SubscriptionPage is the model of the page that shows the subscription as YCM last reported it, and its history.
type SubscriptionPage struct {
	Status
	Ledger
	PlanCounts
	Sizing

	Snapshot string       // identifies the version of the data that the page shows
	Fresh    ui.Freshness // the subscription's sync state and age
	History  History
}

// Status describes how old the numbers are, and whether YCM can be read.
type Status struct {
	// Lead is the text before ReadAt, such as "P-Series Hosting Package. YCM data as of ". If the subscription has never
	// been read, Lead says so.
	Lead      string
	ReadAt    *ui.Moment // nil if the subscription has never been read
	Trouble   *ui.Banner
	Ages      string // sentences about when the subscription and the fleet were read
	RequestID string
}

// Ledger has the subscription's capacity by resource, with notes and other facts.
type Ledger struct {
	Rows    []LedgerRow
	Notes   []string // amounts that don't add up, with likely causes
	Facts   []ui.LabelledCell
	Frozen  string // such as "120 extensions are frozen"; "" for none
	Open    string // a sentence about the capacity that open operations reserve; "" for none
	OpenURL string // URL of the open operations; "" for users who may not see them
}

// PlanCounts has the numbers of PBXs and extensions on each plan.
type PlanCounts struct {
	Plans     []PlanRow
	Switching *ui.Link // link to the PBXs whose plan is changing; nil for none
	PlansAt   string   // a sentence if the plans are older than the other data; otherwise ""
}

// Sizing shows how well PBXs' capacities fit their usage, and which PBXs are the largest.
type Sizing struct {
	Sizes      []SizeRow
	SizesHint  string
	FullHead   string // such as "95 to 100%"
	NearlyHead string
	Giving     []Giving
	Reclaim    []Reclaim
	Largest    []Consumer
	LargestAt  string // URL of the PBX list, sorted by extensions
}

// LedgerRow is one resource of the subscription.
type LedgerRow struct {
	Resource, Label string
	Cells           []LedgerCell
	Left            string // such as "6,090 of 40,000 available"
	Used            string // such as "86% used"; Used, Tone and Icon are set only if usage is high
	Tone, Icon      string
	Hint            string // such as "5,125 hours are available."
	Bar             Bar
}

// LedgerCell is one number in a resource's row. Value has no commas and is "" if the number is unknown.
type LedgerCell struct {
	Column, Value, Text string
	Tone                string // set for numbers that need attention
}

// Bar is a stacked bar in a box of 1000 x 10, with its legend.
type Bar struct {
	Parts  []ui.BarPart
	Legend []Swatch
}

// Swatch is the legend entry of one part of a bar.
type Swatch struct{ Class, Text string }

// PlanRow has the numbers of PBXs and extensions on a plan.
type PlanRow struct{ Plan, PBXs, Extensions string }

// History is the subscription's history and forecast.
type History struct {
	Ranges ui.Ranges
	Export string
	Note   string // note about the sandbox's sample data; "" outside the sandbox
	Times  string // the days of the charts' values, for the script
	Charts []HistoryChart
	Days   []string    // the table's column headings, without the first one
	Every  string      // sentence about which days the table includes; "" if it includes all
	Rows   []NumberRow // the table's rows
}

// NumberRow is a row of a table of numbers.
type NumberRow struct {
	Label string
	Cells []string
}

// HistoryChart is one resource's history and forecast.
type HistoryChart struct {
	Resource, Label string
	Plot            ui.Chart // without a line if there is no reading
	Forecast        string   // the forecast in words
	Tone, Icon      string   // the tone and icon of Forecast
}

// SizeRow has one resource's number of PBXs at each usage level, and its reclaimable amount.
type SizeRow struct {
	Label string
	Cells []ui.Link // numbers that link to lists of the PBXs; URL is "" if there is no list
}

// Reclaim is one resource's reclaimable capacity.
type Reclaim struct{ Value, Text, Noun, URL string }

// Giving is a PBX with reclaimable extensions.
type Giving struct{ Name, URL, Peak, Capacity, Back string }

// Consumer is one of the largest PBXs.
type Consumer struct {
	Name, URL               string
	Meter                   ui.Meter
	Calls, Recording, Share string
}
