package desk

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "overview", Overview)
	viewtest.Page(t, "blocks", Blocks)
	viewtest.Page(t, "palette", func(groups []PaletteGroup) templ.Component { return Palette(groups) })
	viewtest.Page(t, "palette-page", func(groups []PaletteGroup) templ.Component { return PalettePage("search", groups) })
	viewtest.Page(t, "keys", func(struct{}) templ.Component { return KeysPage() })
}
