// Package desk renders the overview.
package desk

import "cordboard/views/ui"

// OverviewPage is the model of the overview: items that need attention, the fleet's state, and recent changes.
type OverviewPage struct {
	Snapshot string
	Fresh    ui.Freshness
	Lead     string // such as "480 PBXs. Dates are in UTC."
	CanNew   bool
	Steps    []Step    // the first steps of a new portal; nil if they are done
	Empty    *ui.Empty // set if the account has no PBXs
	Lines    []Block   // what needs attention, the most urgent first
	Folded   []Block   // what else needs attention
	Main     []Block
	Side     []Block
	Clear    []string // titles of the blocks that have nothing to show
}

// Step is one of the first steps of a new portal.
type Step struct {
	Key, Title, Text string
	Done             bool
	Tone             string   // set if the step has failed
	Value, Max       string   // progress; "" if it isn't known
	Link             *ui.Link // leads to what the user has to do; nil if there is nothing
}

// Block is a section of the overview. At most one of Attention, Status, Capacity, News and Freshness is set. If none
// is, the block says that its data hasn't been synced yet.
type Block struct {
	Key, Title string
	All        *ui.Link  // link to the complete list or to more details
	Note       string    // text next to the title if All is nil
	Foot       []ui.Link // notes below the content; those with a URL are links
	Wide       bool      // whether the block takes a full row

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

// AttentionItem is one of the list's first items. Its Badge or Meter shows why it needs attention.
type AttentionItem struct {
	ID, Name, URL, Sub string
	Badge              *ui.Badge
	Meter              *ui.Meter
	Snooze             string // URL of the form that snoozes the reason; "" if that isn't possible
	Dismiss            string // URL that dismisses the reason; "" if that isn't possible
}

// StatusBlock has the number of PBXs in each status.
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

// News is the list of recent changes, usually those since the user's last visit.
type News struct {
	Since string
	Sums  []string // such as "2 first seen" or "Firmware: 12"
	Items []NewsItem
}

// NewsItem is one change.
type NewsItem struct {
	Entry     ui.TimelineEntry
	Name, URL string // the PBX's name and URL
	At        ui.Moment
	Ago       string
}

// FreshnessLine is the age of one kind of data.
type FreshnessLine struct {
	Name, Sub   string
	Class, Icon string
	At          *ui.Moment // nil if it has never been read
	Ago         string
}

// BlocksPage is the model of the page on which users hide and reorder blocks.
type BlocksPage struct {
	Blocks []BlockChoice
}

// BlockChoice is one block that can be hidden or moved.
type BlockChoice struct {
	Key, Title, Note string
	Hidden           bool
	First, Last      bool
}
