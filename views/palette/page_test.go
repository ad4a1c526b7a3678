package palette

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "palette", func(groups []Group) templ.Component { return Dialog(groups) })
	viewtest.Page(t, "palette-page", func(groups []Group) templ.Component { return Page("search", groups) })
	viewtest.Page(t, "keys", func(struct{}) templ.Component { return KeysPage() })
}

// TestStates compares states of the palette's results with golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{
		"items": Items([]Group{{Title: "PBXs", Items: []Item{
			{
				Icon: "server", Label: "Acme", Note: "Running", URL: "/pbxs/7715",
				Parts: []ui.Part{{Text: "Ac", Hit: true}, {Text: "me"}},
			},
		}}}),
		"nothing": Items(nil),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
