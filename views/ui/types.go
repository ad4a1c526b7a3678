package ui

import "strings"

// Tab is one tab of a page, such as a view of the list.
type Tab struct {
	Label, URL, Count string
	Current, Modified bool
}

// Part is a part of a string. Hit marks parts that match the search.
type Part struct {
	Text string
	Hit  bool
}

// BulkAction is something that can be done with many PBXs at once.
type BulkAction struct{ Name, Label, Icon string }

// Choice is an option that a user can choose.
type Choice struct {
	Value, Label string
	Count        string
	Selected     bool
}

// Chip shows one filter or search of a list. Its URL leads to the list without it.
type Chip struct {
	Name, Text, URL string
	Ignored         bool // whether it has no effect because it isn't valid
}

// Cell is one field of a PBX or of the subscription. Everything in it except Column and Value
// determines how the field is shown.
type Cell struct {
	SecondLine
	CellLinks

	Column string // YCM's name for the field
	Value  string // as YCM reports it; "" if it was not reported
	Text   string
	Parts  []Part // Text split at the search hits; nil if there are none
	Number bool
	Mono   bool
	Muted  bool
	Badge  *Badge
	Moment *Moment
	Meter  *Meter
}

// CellLinks are what a cell refers to.
type CellLinks struct {
	Host  *Host      // shown below the PBX's name; nil for none
	Part  *CellPart  // the field that Text or Moment shows, if the column stands for several; nil for none
	Links []CellLink // shown instead of Text
}

// CellPart is a field that a cell shows although the column has another name.
type CellPart struct{ Column, Value string }

// CellLink is one of several links in a cell.
type CellLink struct {
	Text, URL string
	Parts     []Part // Text split at the search hits; nil if there are none
}

// Row is a row of a list: a PBX or a customer.
type Row struct {
	ID    string
	URL   string
	Gone  string // such as "Removed on 17 Mar 2026"; "" if YCM has it
	Menu  string // URL of the menu with what the user may do; "" if there is none
	Edit  *Link  // the form that changes the row; nil if there is none
	Cells []Cell

	HTML   string            // the whole row, if it has been rendered already
	Labels map[string]string // labels of columns where rows are cards; what has none speaks for itself
}

// SecondLine is the second line of a cell.
type SecondLine struct {
	Small string
	Tone  string // the tone of Small and Icon
	Icon  string
}

// Host is a PBX's host name. It is shown below the PBX's name unless it has its own column.
type Host struct {
	Value string
	Parts []Part
}

// Meter is a resource's usage and capacity.
type Meter struct {
	CapacityColumn string // YCM's name for the capacity field, if that field has no column of its own
	CapacityValue  string
	Used, Capacity string
	Note           string // such as "92%" or "3 over"
	Tone           string // tone-warn if nearly full, tone-bad if full or over capacity, else ""
	Icon           string
	Width          string // out of 100; "" for no bar
}

// Empty explains why a list or page has nothing to show.
type Empty struct {
	Title, Text string
	Art         string // the picture: first, none or nothing
	Progress    string // progress of the first sync
	Width       string // width of the progress bar, out of 100
	Action      *Link
	Drop        *Link // link to a list with a likely correction, or without a filter; shown only if Action is set
}

// Notice is a notice about the form as a whole.
type Notice struct {
	Tone, Icon  string
	Title, Text string
	Link        *Link
	RequestID   string // YCM's requestId; "" if there is none
}

// LabelledCell is a cell with its label.
type LabelledCell struct {
	Label string
	Cell  Cell
}

// Plain returns a formatted number without its commas, for attributes.
func Plain(s string) string { return strings.ReplaceAll(s, ",", "") }

// TimelineEntry is one event in a PBX's timeline.
type TimelineEntry struct {
	PBX       *Link  // the PBX, in the timeline of several PBXs
	Kind      string // changed, appeared, gone, returned or done; "" if seen in the first sync
	Field     string // YCM's name for the field that changed
	Icon      string
	Tone      string
	Title     string
	Change    *Change
	Meta      string // when it happened and, if known, who did it
	RequestID string // YCM's request ID
	Audit     *Link
}

// Timeline is one page of a history, newest day first.
type Timeline struct {
	Days   []TimelineDay
	Older  string // URL of the next page, which has older entries; "" for none
	Newest string // URL of the first page; "" if this is the first page
}

// TimelineDay contains the entries of one day, newest first.
type TimelineDay struct {
	Title   string
	Entries []TimelineEntry
}

// Note is what somebody noted about a PBX or a customer.
type Note struct {
	Text, By string
	At       Moment
}

// Change is the value of a field before and after a change.
type Change struct{ Old, New string }

// Freshness is the sync state and the age of the data.
type Freshness struct {
	State   string // never, running, current, stale or failing
	Text    string // such as "As of" or "Data from"
	At      *Moment
	Ago     string
	Tone    string // such as "tone-warn"
	Icon    string // "" means the live dot
	Summary string // for the bottom of the navigation
	Banner  *Banner
}

// Banner describes a problem that affects the whole page.
type Banner struct {
	Title, Text string
	Facts       []Fact
	Copy        string // text to copy for support
}

// Fact is a name and a value.
type Fact struct {
	Name, Value string
	Mono        bool
}

// Hidden is a hidden form field.
type Hidden struct{ Name, Value string }

// Page is one item of a pager. If URL is "" and Current is false, the item is not a link.
type Page struct {
	Label   string
	URL     string
	Current bool
}

// Pager contains the links to a list's pages.
type Pager struct {
	Range          string // such as "1–50 of 480"
	Previous, Next string // URLs; "" for none
	Pages          []Page
}

// Link is a link with its label.
type Link struct {
	Label, URL string
	Spoken     string // label for screen readers; "" means Label
}

// BarPart is one part of a bar, from X to X plus Width.
type BarPart struct{ Class, X, Width string }

// SessionRow is one of a user's active sessions.
type SessionRow struct {
	Mark    string // identifies the session in forms
	Device  string
	Icon    string
	Address string
	Method  string // authentication method
	Since   Moment
	Seen    string
	This    bool
}

// ExpiryEntry is an expiry date of a PBX or of the subscription.
type ExpiryEntry struct {
	ID    string // the PBX's ID; "" for the subscription
	Name  string
	URL   string
	Which string // such as "PBX date 24 Feb 2026"
	Badge Badge  // time until expiry
}

// ExpiryBadge returns the badge for an expiry date. days is the number of days until that date, and words is the
// badge's text.
func ExpiryBadge(days int64, words string) Badge {
	b := Badge{Class: "badge-outline", Icon: "calendar-clock", Word: capital(words)}
	switch {
	case days < 0:
		b.Class, b.Icon = "badge-overdue", "circle-alert"
	case days <= 30:
		b.Class, b.Icon = "badge-soon", "clock"
	}
	return b
}

// NavIcon returns the icon that the navigation shows for the sync state.
func (f Freshness) NavIcon() string {
	if f.Icon == "" {
		return "circle-check"
	}
	return f.Icon
}
