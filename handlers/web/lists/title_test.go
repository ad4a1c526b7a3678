package lists

import (
	"strings"
	"testing"

	"cordboard/views/ui"
)

// TestTitle checks the titles of lists.
func TestTitle(t *testing.T) {
	t.Parallel()
	tabs := []ui.Tab{{Label: "All"}, {Label: "Open", Current: true}}
	choices := []ui.Choice{{Label: "Any state"}, {Label: "Asked", Value: "asked", Selected: true}}
	first := []ui.Choice{{Label: "Any state", Selected: true}}
	for want, got := range map[string]string{
		"Tasks":                    Title("Tasks", "", Quoted(""), Chosen(first), CurrentTab(tabs[:1])),
		"Open, Asked, “x” · Tasks": Title("Tasks", CurrentTab(tabs), Chosen(choices), Quoted("x")),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Title("Tasks", strings.Repeat("é", 100)); len([]rune(got)) > maxTitle+len(" · Tasks") {
		t.Errorf("%q is too long", got)
	}
}
