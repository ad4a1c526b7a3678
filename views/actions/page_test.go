package actions

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks the page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "action", Action)
	viewtest.Page(t, "menu", MenuPage)
	viewtest.Page(t, "menu-dialog", MenuDialog)
}
