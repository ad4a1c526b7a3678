package lists

import (
	"strings"

	"cordboard/fold"
	"cordboard/views/ui"
)

// maxTitle is how much of a query the title of the window has, in characters.
const maxTitle = 60

// Title returns the window's title for a list: first the words of its query, if any, and then the page's name.
func Title(page string, words ...string) string {
	var all []string
	for _, w := range words {
		if w != "" {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		return page
	}
	return fold.FirstRunes(strings.Join(all, ", "), maxTitle) + " · " + page
}

// Quoted returns a search for Title.
func Quoted(search string) string {
	if search == "" {
		return ""
	}
	return "“" + search + "”"
}

// Chosen returns the label of the selected choice, or "" if it is the one for any value.
func Chosen(choices []ui.Choice) string {
	for _, c := range choices {
		if c.Selected && c.Value != "" {
			return c.Label
		}
	}
	return ""
}

// CurrentTab returns the label of the current tab, or "" if it is the first one, which has everything.
func CurrentTab(tabs []ui.Tab) string {
	for i, t := range tabs {
		if t.Current && i > 0 {
			return t.Label
		}
	}
	return ""
}
