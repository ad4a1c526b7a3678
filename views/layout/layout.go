// Package layout renders the frame around a page, error pages, and pages without a frame.
package layout

import "cordboard/views/ui"

// Layout is the model of the frame around every page.
type Layout struct {
	Title       string
	Path        string // of the page; marks the current place in the navigation
	Wide        bool   // the page is a list
	User        *User  // nil if no one is signed in
	Sandbox     bool
	Fresh       ui.Freshness
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
	Open              string // "2 open" operations; "" for none
}

// ErrorPage is the model of an error page.
type ErrorPage struct {
	Status    int
	Title     string
	Text      string
	RequestID string // Cordboard's
	Action    ui.Link
}
