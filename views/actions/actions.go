// Package actions renders the forms that change one PBX.
package actions

import (
	"github.com/a-h/templ"

	"cordboard/views/ui"
)

// Page is the model of a form that changes a PBX.
type Page struct {
	PBX
	Words
	Stage

	Attempt  string // the one-time ID
	AsOf     string // the PBX as the page shows it, sealed
	Reviewed string // identifies the changes that the page shows; "" if there are none
	Notice   *ui.Notice
	Problems []Problem
	Warnings []Problem
	Fields   []ui.FormField
	Review   Review
}

// Stage is how far the user has come with the form.
type Stage struct {
	Live     bool // whether the user is typing, so the focus must stay where it is
	Judged   bool // whether the form was sent, so that its problems are news
	Searched bool // whether the user is typing in the search, so that there are other check boxes
}

// said returns the attributes of a message that is read out. Unless the user is typing, it also gets the focus.
func said(p Page) templ.Attributes {
	if p.Live {
		return templ.Attributes{"role": "status"}
	}
	return templ.Attributes{"role": "alert", "tabindex": "-1", "autofocus": true}
}

// PBX identifies the PBX.
type PBX struct {
	ID     string
	Name   string
	Badges []ui.Badge
}

// Words are the texts of one kind of change.
type Words struct {
	URL     string // of the form
	Title   string // such as "Stop Alder"
	Heading string // of the fields
	Lead    string // sentence that says what the change means for the PBX's users
	Button  string // such as "Stop PBX"
	Class   string // of the button

	Editable bool // whether the fields determine what will change
}

// Problem is a problem or warning, for the summary. Field is "" if it is about the PBX, not about a field. Key
// identifies a warning when the user accepts it.
type Problem struct{ Field, Label, Text, Key string }

// Review shows what will change.
type Review struct {
	Changes   []Change
	Meanwhile []Change // what changed in YCM since the user saw the PBX
	Facts     []ui.Fact
	Age       string // how old the values are
	Capacity  []ui.Capacity
	Reading   string // how old the subscription's values are
	Sendable  bool
	Remedy    *ui.Link // if it isn't sendable: what helps; may be nil
}

// Change is a field with its values before and after.
type Change struct {
	Field         string // YCM's name
	Label         string
	Before, After Value
}

// Value is a value of a field: a badge, or text.
type Value struct {
	Badge *ui.Badge
	Text  string
}

// Menu is the model of the menu of a PBX: what the user may do with it.
type Menu struct {
	Name  string
	Host  string // the host name, which can be copied; "" for none
	Items []MenuItem
}

// MenuItem is a link to a form or page.
type MenuItem struct{ Label, Icon, URL string }
