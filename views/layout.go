// Package views turns plain view models into HTML. A view model is text and flags that are ready to show; nothing here
// asks the clock, the store or YCM.
package views

// Layout is what stands around every page.
type Layout struct {
	Title    string
	Path     string // of the page, to mark the current place in the navigation
	Wide     bool   // a list
	User     *User  // nil: nobody is signed in
	Sandbox  bool
	Fresh    Freshness
	KeysOff  bool     // no keyboard shortcuts
	Theme    string   // light, dark; "": the system's
	Warning  string   // of the portal itself, such as a disk that fills up
	News     []string // what others did to the reader's account
	NewsUpTo int64
	Remind   string // that a second factor will be needed
}

// User is who reads the page.
type User struct {
	Name, Email, Role string
	CanSeeAudit       bool
	CanCreate         bool
	IsAdmin           bool
	Here              string // how many PBXs there are, for the navigation
	Open              string // "2 open" creations; "" for none
}

// Freshness is how old the mirror is.
type Freshness struct {
	State   string // never, running, current, stale, failing
	Text    string // "As of", "Data from"
	At      *Moment
	Ago     string
	Tone    string // "tone-warn"
	Icon    string // "" draws the live dot
	Summary string // for the navigation's foot
	Banner  *Banner
}

// Banner is trouble that the whole page should know of.
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

// Hidden is a form's field that people don't see.
type Hidden struct{ Name, Value string }

// Page is one link of a pager; URL "" is a place where nothing leads.
type Page struct {
	Label   string
	URL     string
	Current bool
}

// Pager leads through the pages of a list.
type Pager struct {
	Range          string // "1–50 of 480"
	Previous, Next string // URLs; "" for none
	Pages          []Page
}

// ErrorPage says why there is no page.
type ErrorPage struct {
	Status    int
	Title     string
	Text      string
	RequestID string // ours
	Action    Link
}

// Link is a way on.
type Link struct {
	Label, URL string
	Spoken     string // for who doesn't see what is around it; "" is the label
}
