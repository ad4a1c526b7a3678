package web

import (
	"net/http"
	"net/url"
)

// CheckSelected returns an error if a form for selected rows was sent without any: its query would find all PBXs. It
// removes the field by which the form is recognized.
func CheckSelected(values url.Values) error {
	isForm := values.Get("selected") == "rows"
	values.Del("selected")
	if !isForm || values.Has("cloudPbxId") {
		return nil
	}
	return &HTTPError{ErrorAnswer: ErrorAnswer{
		Status: http.StatusUnprocessableEntity,
		Title:  "No PBXs are selected",
		Text:   "Nothing was changed. Go back and select at least one row.",
	}}
}
