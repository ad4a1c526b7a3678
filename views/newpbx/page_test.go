package newpbx

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with everything shown, with hostile text, and with an empty model. Parts that are also
// rendered on their own are checked only with hostile text.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "form", Form)
	viewtest.Page(t, "presets", Presets)
	viewtest.Part(t, "preflight", Preflight)
	viewtest.Part(t, "follows", Follows)
}
