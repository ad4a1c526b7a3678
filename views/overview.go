package views

// OverviewPage is what a person sees first: what needs them, what there is, and what changed.
type OverviewPage struct {
	Snapshot string
	Fresh    Freshness
	Lead     string // "480 PBXs"
	CanNew   bool
	Empty    *Empty // nothing was read yet
	Main     []Block
	Side     []Block
	Clear    []string // titles of blocks that have nothing to say
}

// Block is a part of the overview. Exactly one of its matters is set.
type Block struct {
	Key, Title string
	All        *Link  // to what it is a part of
	Note       string // beside the title
	Foot       []Link // sentences, or links where they have a URL
	Wide       bool   // takes a line of its own

	Attention *Attention
	Status    *StatusBlock
	Capacity  []CapacityLine
	News      *News
	Freshness []FreshnessLine
}

// Attention is something that needs somebody.
type Attention struct {
	Icon, Tone string
	Count      string // PBXs or attempts, without commas
	Items      []AttentionItem
}

// AttentionItem is one of the first; Badge or Meter says why.
type AttentionItem struct {
	ID, Name, URL, Sub string
	Badge              *Badge
	Meter              *Meter
}

// StatusBlock is the fleet by its PBXs' status.
type StatusBlock struct {
	Parts []BarPart
	Stats []Stat
}

// Stat is a number with what it counts.
type Stat struct{ Label, Icon, Tone, Value, Note, URL string }

// CapacityLine is a resource of the package at a glance.
type CapacityLine struct {
	Resource, Label, Left string
	Meter                 Meter
}

// News is what changed since the person's last visit.
type News struct {
	Since string
	Sums  []string // "2 appeared", "Firmware: 12"
	Items []NewsItem
}

// NewsItem is one change.
type NewsItem struct {
	Entry     TimelineEntry
	Name, URL string // of the PBX
	At        Moment
	Ago       string
}

// FreshnessLine is how old something is.
type FreshnessLine struct {
	Name, Sub   string
	Class, Icon string
	At          *Moment // nil: never
	Ago         string
}

// BlocksPage is where a person hides and orders the blocks.
type BlocksPage struct {
	Blocks []BlockChoice
}

// BlockChoice is one of them.
type BlockChoice struct {
	Key, Title, Note string
	Hidden           bool
	First, Last      bool
}
