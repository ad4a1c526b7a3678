package views

import "strings"

// PBXPage is the model of the page of one PBX, with every field that YCM reported.
type PBXPage struct {
	Snapshot string // ID of the snapshot that the page shows
	Fresh    Freshness
	Back     string
	Name     string
	ID       string
	SN       string
	Host     string
	HostURL  string // "" if YCM's url isn't a bare host name
	Gone     string // "Removed on 17 Mar 2026"; "" if it is in YCM
	Badges   []Badge
	Meters   []NamedMeter
	Sections []Section
	Switches []LabelledCell
	Seen     []Fact
	Timeline Timeline
	Charts   Charts
	Clone    string // URL; "" for users who may not create PBXs
	Creation *Link  // the operation that created it
	Raw      string // YCM's record, indented
}

// NamedMeter is a meter cell with the name of its resource.
type NamedMeter struct {
	Label string
	Cell  Cell
	Left  string
}

// Section is a group of fields.
type Section struct {
	Title string
	Cells []LabelledCell
}

// LabelledCell is a field with its label.
type LabelledCell struct {
	Label string
	Cell  Cell
}

// plain returns a formatted number without its commas, for attributes.
func plain(s string) string { return strings.ReplaceAll(s, ",", "") }

// Timeline is the history of a PBX, newest day first.
type Timeline struct {
	Days   []TimelineDay
	Older  string // URL of the older entries; "" if there are none
	Newest string // URL of the first page, if this is a later one
}

// TimelineDay contains the entries of one day, newest first.
type TimelineDay struct {
	Title   string
	Entries []TimelineEntry
}

// TimelineEntry is one event of a PBX.
type TimelineEntry struct {
	Kind      string // changed, appeared, gone, returned, done
	Field     string // YCM's name of the field that changed
	Icon      string
	Tone      string
	Title     string
	Change    *Change
	Meta      string // when and by whom
	RequestID string // YCM's
	Audit     *Link
}

// Change is the value of a field before and after a change.
type Change struct{ Old, New string }

// Charts are the counters of a PBX over time.
type Charts struct {
	Interval string // describes one step and the whole span
	Other    Link   // to the other time scale
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
