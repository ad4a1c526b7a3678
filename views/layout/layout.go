// Package layout renders the frame around a page, error pages, and pages without a frame.
package layout

import "cordboard/views/ui"

// Layout is the model of the frame around every page.
type Layout struct {
	Title       string
	Path        string // the page's path; marks the current item in the navigation
	Wide        bool   // whether the page is a list
	User        User
	Sandbox     bool
	Fresh       ui.Freshness
	KeysOff     bool     // whether keyboard shortcuts are off
	Theme       string   // light or dark; "" means the system's theme
	Warning     string   // warning about the portal itself, such as a nearly full disk
	Notices     []string // changes that other people made to the user's account
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
