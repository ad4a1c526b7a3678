// Package batches renders plans for many PBXs, and the batches that they become.
package batches

import (
	"strings"

	"cordboard/views/ui"
)

// Page is the model of the page at /batches/{id}.
type Page struct {
	Identity
	Next

	Snapshot string // identifies the version of the data that the page shows
	Notice   *ui.Notice
	Facts    []ui.Fact
	Capacity []ui.Capacity
	Reading  string // how old the subscription's values are
	Progress *Progress
	Table    Table
}

// Table has the rows of one tab.
type Table struct {
	Tabs     []ui.Tab
	Rows     []Row
	Empty    string // why there are no rows; "" if there are
	Pager    ui.Pager
	FromFile bool // whether the rows are lines of a file
}

// Identity identifies a batch and has its state.
type Identity struct {
	ID    string
	Title string // such as "Stop 12 PBXs"
	Lead  string // what happens next, or what has happened
	State string
	Badge ui.Badge
	Done  string // number of rows with an outcome, without separators
	Total string // number of planned rows, without separators
}

// Progress is how far a batch has come.
type Progress struct {
	Text   string
	Parts  []ui.BarPart
	Legend []Legend
}

// Legend says what a part of the progress bar means. Class is the swatch's.
type Legend struct{ Class, Text string }

// Next has what the user can do with a batch.
type Next struct {
	Apply    string // label of the button that applies the plan; "" if it can't be applied
	Class    string // of that button
	Waves    string // label of the check box for waves; "" if they make no sense
	Warnings []Warning
	Approve  bool
	Pause    bool
	Resume   string // label of the button that continues; "" if there is none
	Stop     string // label of the button that stops; "" if there is none
	Again    string // label of the button that plans the failed rows again; "" if there is none
	Undo     string // label of the button that plans to undo; "" if there is none
	Exports  []ui.Link
}

// Warning is a warning that the user accepts by its key.
type Warning struct{ Key, Text string }

// Row is one row of a batch.
type Row struct {
	N       string
	Line    string // of the file; "" if the row isn't from a file
	State   string
	PBXID   string // "" if not known
	Name    string
	URL     string // of the PBX; "" if there is none
	Host    string
	Changes []Change
	Badge   ui.Badge
	Texts   []string // why the row isn't planned, what to consider, or what happened
	Number  string   // of the operation; "" if there is none
	Link    string   // URL of the operation
}

// Change is a field with its values before and after. For a new PBX, Before is "", and Label may be.
type Change struct{ Label, Before, After string }

// warned returns the keys of the shown warnings, so that the user acknowledges only those.
func warned(all []Warning) string {
	var keys []string
	for _, w := range all {
		keys = append(keys, w.Key)
	}
	return strings.Join(keys, " ")
}

// Form is the model of the page at /batches/new.
type Form struct {
	Action  string
	Query   string // the list's query string
	Title   string // such as "Stop 12 PBXs"
	Lead    string
	Words   string // the PBXs in words
	Back    string // URL of the list
	Notice  *ui.Notice
	Fields  []ui.FormField
	Section string // heading of the fields

	Searches bool // whether Enter searches for customers, rather than making a plan
}

// Upload is the model of the page at /pbxs/import.
type Upload struct {
	Notice  *ui.Notice
	Columns []ui.Fact // each column with what it takes
}

// DraftPage is the model of the page at /pbxs/import/{draft}.
type DraftPage struct {
	URL       string
	Name      string // of the file
	Lead      string
	Notice    *ui.Notice
	Good      string // label of the button that plans the good lines; "" if there are none
	Guessed   bool   // whether the encoding is a guess that the user should confirm
	Confirmed bool

	HeaderErrors bool // whether the columns need attention first

	Count   string // number of errors, without separators
	Shown   string // how many errors are shown
	Errors  []CellError
	Columns []ui.FormField // a select per column of the file
}

// CellError is what is wrong with a cell.
type CellError struct{ Line, Column, Cell, Text string }
