package desk

import "cordboard/views/ui"

// PaletteGroup is a heading of the palette with the results below it.
type PaletteGroup struct {
	Title string
	Items []PaletteItem
}

// PaletteItem is one result of the palette.
type PaletteItem struct {
	Icon, Label, Note, URL string
	Parts                  []ui.Part
}
