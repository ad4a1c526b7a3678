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
