package ui

import "strings"

// Tab is a link to a view of the list.
type Tab struct {
	Label, URL, Count string
	Current, Modified bool
}

// Part is a part of a text. Hit marks parts that match the search.
type Part struct {
	Text string
	Hit  bool
}

// Choice is an option that can be chosen.
type Choice struct {
	Value, Label string
	Count        string
	On           bool
}

// Chip is a filter in use. Its URL is the list without it.
type Chip struct {
	Name, Text, URL string
	Ignored         bool // it has no effect because it isn't valid
}

// Cell is one field of one PBX. The fields below Value determine how it is shown.
type Cell struct {
	Column string // YCM's name of the field
	Value  string // as YCM reports it; "" if it was not reported

	Text   string
	Parts  []Part // Text in parts, if the search matched it
	Small  string // second line
	Tone   string // of the second line, together with Icon
	Icon   string
	Number bool
	Mono   bool
	Muted  bool
	Badge  *Badge
	Moment *Moment
	Meter  *Meter
	Host   *Host // second line of the name
}

// Host is the host name, which is shown below the name unless it has its own column.
type Host struct {
	Value string
	Parts []Part
}

// Meter is the usage of a resource and its capacity.
type Meter struct {
	CapacityColumn string // YCM's name of the field, if the capacity has no column of its own
	CapacityValue  string
	Used, Capacity string
	Note           string // "92%", "3 over"
	Tone           string // tone-warn from 80%, tone-bad from 95%
	Icon           string
	Width          string // out of 100; "" for no bar
}

// Empty explains why there are no rows. There are four reasons, and each has its own text.
type Empty struct {
	Title, Text string
	Art         string // first, none, nothing
	Progress    string // of the first sync
	Width       string // of its bar, out of 100
	Action      *Link
	Drop        *Link // to the list without one filter
}

// LabelledCell is a field with its label.
type LabelledCell struct {
	Label string
	Cell  Cell
}

// Plain returns a formatted number without its commas, for attributes.
func Plain(s string) string { return strings.ReplaceAll(s, ",", "") }

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

// Freshness is the age of the mirror.
type Freshness struct {
	State   string // never, running, current, stale, failing
	Text    string // "As of", "Data from"
	At      *Moment
	Ago     string
	Tone    string // "tone-warn"
	Icon    string // "" shows the live dot
	Summary string // for the foot of the navigation
	Banner  *Banner
}

// Banner is a problem that affects the whole page.
type Banner struct {
	Title, Text string
	Facts       []Fact
	Copy        string // for support
}

// Fact is a name and a value.
type Fact struct {
	Name, Value string
	Mono        bool
}

// Hidden is a hidden field of a form.
type Hidden struct{ Name, Value string }

// Page is one item of a pager. It is not a link if URL is "".
type Page struct {
	Label   string
	URL     string
	Current bool
}

// Pager contains the links to the pages of a list.
type Pager struct {
	Range          string // "1-50 of 480"
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

// SessionRow is one signed-in session.
type SessionRow struct {
	Mark    string // identifies the session in a form
	Device  string
	Icon    string
	Address string
	Door    string // authentication method
	Since   Moment
	Seen    string
	This    bool
}

// ExpiryEntry is a PBX or the subscription.
type ExpiryEntry struct {
	ID    string // of the PBX; "" for the subscription
	Name  string
	URL   string
	Which string // "PBX date 24 Feb 2026"
	Badge Badge  // time until expiry
}

// ExpiryBadge returns the badge for an expiry date that is days away. words is its text.
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

// NavIcon returns the icon of the state for the navigation.
func (f Freshness) NavIcon() string {
	if f.Icon == "" {
		return "circle-check"
	}
	return f.Icon
}
