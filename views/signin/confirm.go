// Package signin renders the pages for sign-in, setup, one-time links, identity confirmation and downloads.
package signin

import "cordboard/views/ui"

// ConfirmPage is the model of the page that asks a signed-in user to confirm their identity.
type ConfirmPage struct {
	Action      string // URL to which the form is sent, with the Hidden fields
	Email       string
	Hidden      []ui.Hidden
	Code        bool // whether the user has a second factor
	Minutes     string
	Why         string // sentence about the action
	Cancel      string // URL to return to without confirming
	Problem     string
	CodeProblem string
}

// DownloadPage is the model of the page that stays open when a download starts.
type DownloadPage struct {
	URL  string
	Back ui.Link
}
