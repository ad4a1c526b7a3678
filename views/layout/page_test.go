package layout

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "app", App)
	viewtest.Page(t, "failure", Failure)
	viewtest.Page(t, "lead-on", LeadOn)
	viewtest.Page(t, "bare", Bare)
}
