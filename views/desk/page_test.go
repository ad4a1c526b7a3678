package desk

import (
	"testing"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "overview", Overview)
	viewtest.Page(t, "blocks", Blocks)
}
