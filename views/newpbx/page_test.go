package newpbx

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every part shown, with hostile texts, and empty.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "form", Form)
	viewtest.Page(t, "presets", Presets)
	viewtest.Part(t, "preflight", Preflight)
	viewtest.Part(t, "follows", Follows)
}
