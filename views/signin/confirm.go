// Package signin renders sign-in, set-up and links.
package signin

import "cordboard/views/ui"

// ConfirmPage is the model of the page that asks a signed-in user to confirm their identity.
type ConfirmPage struct {
	Action      string // where the form is sent, with the Hidden fields
	Email       string
	Hidden      []ui.Hidden
	Code        bool // the user has a second factor
	Minutes     string
	Cancel      string // URL to go to without confirming
	Problem     string
	CodeProblem string
}

// DownloadPage is the model of the page that stays open when a download starts.
type DownloadPage struct {
	URL  string
	Back ui.Link
}
