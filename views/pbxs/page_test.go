package pbxs

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "list", PBXs)
	viewtest.Page(t, "filters", Filters)
	viewtest.Page(t, "settings", ListSettingsPage)
	viewtest.Page(t, "views", Views)
	viewtest.Page(t, "selection", SelectionPage)
	viewtest.Page(t, "completions", Completions)
}
