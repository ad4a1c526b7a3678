package views

// FilterPage is the builder: every filter as one form.
type FilterPage struct {
	Search    string
	Count     string // "47 PBXs match"
	Back      string // the list, as it is
	Problems  []string
	Facets    []Facet
	Ranges    []RangeInput
	Presences []PresenceInput
	Kept      []Hidden
}

// RangeInput asks for the range of a number or date.
type RangeInput struct {
	Name, Label string
	Date        bool
	From, To    string
	None        bool   // those that YCM reports nothing for
	Other       string // a filter that this can't show, in words; kept unless a range is given
}

// PresenceInput asks whether YCM reports a field at all.
type PresenceInput struct {
	Name, Label string
	Any, None   bool
}

// ListSettings are the columns and looks of the list.
type ListSettings struct {
	Back    string
	Query   string // of the list that people come from
	Columns []ColumnChoice
	Density []Choice
	Times   []Choice
	Freeze  bool
	Keys    bool // keyboard shortcuts
}

// ColumnChoice is a column to tick and to give a place.
type ColumnChoice struct {
	Name, Label string
	Place       string
	On, Fixed   bool
}

// ViewsPage is where views are saved and kept in order.
type ViewsPage struct {
	Name    string
	Shared  bool
	Problem string
	Query   string   // to be saved
	Words   string   // the same, for people
	Ignored []string // sentences on what of it filters nothing
	Back    string
	Views   []ViewRow
}

// ViewRow is one view.
type ViewRow struct {
	Key, Name, URL string
	Words          string // what it finds
	Of             string // whose it is
	Landing, Own   bool
}

// Selection is a set of PBXs to do something with.
type Selection struct {
	Count   string // "47 PBXs"
	Words   string // what they are
	Back    string
	Columns []CopyBox
	Export  []Link
	Missing string // a sentence about ids that are no PBXs
}

// CopyBox is a field of all PBXs of a selection, a line each.
type CopyBox struct{ Name, Label, Text, Rows string }

// PaletteGroup is a heading of the palette with what was found below it.
type PaletteGroup struct {
	Title string
	Items []PaletteItem
}

// PaletteItem leads somewhere.
type PaletteItem struct {
	Icon, Label, Note, URL string
	Parts                  []Part
}

// Completion is one of them: what is put into the box, and how it reads.
type Completion struct{ Insert, Label, Note string }
