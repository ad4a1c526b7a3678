package pbxs

import "cordboard/views/ui"

// PBXPage is the model of the page of one PBX, with every field that YCM reported.
type PBXPage struct {
	Snapshot string // ID of the snapshot that the page shows
	Fresh    ui.Freshness
	Back     string
	Name     string
	ID       string
	SN       string
	Host     string
	HostURL  string // "" if YCM's url isn't a bare host name
	Gone     string // "Removed on 17 Mar 2026"; "" if it is in YCM
	Badges   []ui.Badge
	Meters   []NamedMeter
	Sections []Section
	Switches []ui.LabelledCell
	Seen     []ui.Fact
	Timeline Timeline
	Charts   Charts
	Clone    string   // URL; "" for users who may not create PBXs
	Creation *ui.Link // the operation that created it
	Raw      string   // YCM's record, indented
}

// NamedMeter is a meter cell with the name of its resource.
type NamedMeter struct {
	Label string
	Cell  ui.Cell
	Left  string
}

// Section is a group of fields.
type Section struct {
	Title string
	Cells []ui.LabelledCell
}

// Timeline is the history of a PBX, newest day first.
type Timeline struct {
	Days   []TimelineDay
	Older  string // URL of the older entries; "" if there are none
	Newest string // URL of the first page, if this is a later one
}

// TimelineDay contains the entries of one day, newest first.
type TimelineDay struct {
	Title   string
	Entries []ui.TimelineEntry
}

// Charts are the counters of a PBX over time.
type Charts struct {
	Interval string  // describes one step and the whole span
	Other    ui.Link // to the other time scale
	Charts   []Chart
}

// Chart is one counter over time. Path is an SVG path in a box of 300 x 64.
type Chart struct {
	Counter string // YCM's name
	Label   string
	Path    string
	Peak    string
	// Limit is the capacity, which is drawn as a line at the height LimitAt; "" for none.
	Limit   string
	LimitAt string
	From    string
	To      string
	Gaps    string // number of steps without a sample; "" for none
	Summary string // for screen readers
}
