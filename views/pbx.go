package views

import "strings"

// PBXPage is the page of one PBX: every field that YCM reported.
type PBXPage struct {
	Snapshot string // which one this is of
	Fresh    Freshness
	Back     string
	Name     string
	ID       string
	SN       string
	Host     string
	HostURL  string // "" if YCM's url is no bare host name
	Gone     string // since when, or ""
	Badges   []Badge
	Meters   []NamedMeter
	Sections []Section
	Switches []LabelledCell
	Seen     []Fact
	Timeline Timeline
	Charts   Charts
	Clone    string // URL; "" for who may not
	Creation *Link  // the attempt that it came from
	Raw      string // YCM's record, indented
}

// NamedMeter is a Meter with its resource's name.
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

// plain is a number without its commas, for attributes.
func plain(s string) string { return strings.ReplaceAll(s, ",", "") }

// Timeline is what happened to a PBX, newest day first.
type Timeline struct {
	Days   []TimelineDay
	Older  string // URL of what came before; "" if this is all
	Newest string // URL of the first page, if this is a later one
}

// TimelineDay is a day's entries, newest first.
type TimelineDay struct {
	Title   string
	Entries []TimelineEntry
}

// TimelineEntry is one thing that happened.
type TimelineEntry struct {
	Kind      string // changed, appeared, gone, returned, done
	Field     string // YCM's name, of a change
	Icon      string
	Tone      string
	Title     string
	Change    *Change
	Meta      string // when and by whom
	RequestID string // YCM's
	Audit     *Link
}

// Change is a field's value before and after.
type Change struct{ Old, New string }

// Charts are a PBX's counters over time.
type Charts struct {
	Interval string // what one step is
	Other    Link   // to the other scale
	Charts   []Chart
}

// Chart is one counter. Path is SVG's, in a box of 300 × 64.
type Chart struct {
	Counter string // YCM's name
	Label   string
	Path    string
	Peak    string
	Limit   string // the capacity, drawn as a line at the height LimitAt; "" for none
	LimitAt string
	From    string
	To      string
	Gaps    string // how many steps nobody looked at; "" for none
	Summary string // for who doesn't see it
}
