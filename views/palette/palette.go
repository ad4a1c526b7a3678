// Package palette renders the command palette and the list of keyboard shortcuts.
package palette

import "cordboard/views/ui"

// Group is a heading in the command palette with the results below it.
type Group struct {
	Title string
	Items []Item
}

// Item is one result in the command palette.
type Item struct {
	Icon, Label, Note, URL string
	Parts                  []ui.Part

	// Post is the path of the form that a script sends instead of opening URL, with one field; "" for none.
	Post, Field, Value string
}
