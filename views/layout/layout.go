// Package layout renders the frames around pages. It also renders error pages and a redirect page.
package layout

import (
	"net/url"

	"cordboard/views/ui"
)

// Layout is the model of the frame around pages for signed-in users.
type Layout struct {
	Title       string
	Path        string // the page's path; marks the current item in the navigation
	User        User
	Sandbox     bool
	Fresh       ui.Freshness
	KeysOff     bool   // whether keyboard shortcuts are off
	Theme       string // light or dark; "" means the system's theme
	Said        Said
	Warning     string   // warning about the portal itself, such as a nearly full disk
	Notices     []string // notices about the user's account, such as changes by other people
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
	Open              string // open operations, such as "2 open"; "" for none
}

// ErrorPage is the model of an error page.
type ErrorPage struct {
	Status    int
	Title     string
	Text      string
	RequestID string // Cordboard's request ID
	Action    ui.Link
}

// Said is what the user's last action did, and a form that undoes it.
type Said struct {
	Text   string     // "" for nothing
	Action string     // path that the form is posted to; "" for no form
	Form   url.Values // values of the form
}
