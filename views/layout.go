// Package views renders plain view models as HTML. A view model consists of text and flags that are ready to
// show. Nothing here uses the clock, the store or YCM.
package views

// Layout is the model of the frame around every page.
type Layout struct {
	Title       string
	Path        string // of the page; marks the current place in the navigation
	Wide        bool   // the page is a list
	User        *User  // nil if no one is signed in
	Sandbox     bool
	Fresh       Freshness
	KeysOff     bool     // keyboard shortcuts are off
	Theme       string   // light or dark; "" follows the system
	Warning     string   // about the portal itself, such as a disk that is nearly full
	Notices     []string // changes that others made to the user's account
	NoticesUpTo int64
	Remind      string // reminder that a second factor will be required
}

// User is the signed-in user.
type User struct {
	Name, Email, Role string
	CanSeeAudit       bool
	CanCreate         bool
	IsAdmin           bool
	Here              string // number of PBXs in YCM, for the navigation
	Open              string // "2 open" creations; "" for none
}

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

// ErrorPage is the model of an error page.
type ErrorPage struct {
	Status    int
	Title     string
	Text      string
	RequestID string // Cordboard's
	Action    Link
}

// Link is a link with its label.
type Link struct {
	Label, URL string
	Spoken     string // label for screen readers; "" means Label
}
