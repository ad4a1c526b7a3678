package layout

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every part shown, with hostile texts, and empty.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "app", App)
	viewtest.Page(t, "failure", Failure)
	viewtest.Page(t, "lead-on", LeadOn)
	viewtest.Page(t, "bare", Bare)
}
