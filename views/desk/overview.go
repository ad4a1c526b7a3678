// Package desk renders the overview and the command palette.
package desk

import "cordboard/views/ui"

// OverviewPage is the model of the overview: what needs attention, the state of the fleet and what changed.
type OverviewPage struct {
	Snapshot string
	Fresh    ui.Freshness
	Lead     string // "480 PBXs"
	CanNew   bool
	Empty    *ui.Empty // nothing has been synced yet
	Main     []Block
	Side     []Block
	Clear    []string // titles of blocks that have nothing to show
}

// Block is a part of the overview. Exactly one of Attention, Status, Capacity, News and Freshness is set.
type Block struct {
	Key, Title string
	All        *ui.Link  // to the complete list
	Note       string    // beside the title
	Foot       []ui.Link // sentences; those with a URL are links
	Wide       bool      // takes a full row

	Attention *Attention
	Status    *StatusBlock
	Capacity  []CapacityLine
	News      *News
	Freshness []FreshnessLine
}

// Attention is a list of items that need attention.
type Attention struct {
	Icon, Tone string
	Count      string // number of PBXs or operations, without commas
	Items      []AttentionItem
}

// AttentionItem is one of the first items of the list. Badge or Meter shows the reason.
type AttentionItem struct {
	ID, Name, URL, Sub string
	Badge              *ui.Badge
	Meter              *ui.Meter
}

// StatusBlock is the fleet by PBX status.
type StatusBlock struct {
	Parts []ui.BarPart
	Stats []Stat
}

// Stat is a number with its label.
type Stat struct{ Label, Icon, Tone, Value, Note, URL string }

// CapacityLine is the summary of one resource of the subscription.
type CapacityLine struct {
	Resource, Label, Left string
	Meter                 ui.Meter
}

// News is what changed since the user's last visit.
type News struct {
	Since string
	Sums  []string // "2 first seen", "Firmware: 12"
	Items []NewsItem
}

// NewsItem is one change.
type NewsItem struct {
	Entry     ui.TimelineEntry
	Name, URL string // of the PBX
	At        ui.Moment
	Ago       string
}

// FreshnessLine is the age of one kind of data.
type FreshnessLine struct {
	Name, Sub   string
	Class, Icon string
	At          *ui.Moment // nil: never
	Ago         string
}

// BlocksPage is the model of the page on which users hide and order the blocks.
type BlocksPage struct {
	Blocks []BlockChoice
}

// BlockChoice is one block that can be hidden or moved.
type BlockChoice struct {
	Key, Title, Note string
	Hidden           bool
	First, Last      bool
}
