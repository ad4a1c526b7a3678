package newpbx

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model. It checks
// parts that are rendered on their own only with hostile text.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "form", Form)
	viewtest.Page(t, "presets", Presets)
	viewtest.Part(t, "preflight", Preflight)
	viewtest.Part(t, "follows", Follows)
}
