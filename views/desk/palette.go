package desk

import "cordboard/views/ui"

// PaletteGroup is a heading in the command palette with the results below it.
type PaletteGroup struct {
	Title string
	Items []PaletteItem
}

// PaletteItem is one result in the command palette.
type PaletteItem struct {
	Icon, Label, Note, URL string
	Parts                  []ui.Part
}
