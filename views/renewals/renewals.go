// Package renewals renders the renewals desk, and the forms that change renewals, owners and snoozes.
package renewals

import "cordboard/views/ui"

// Page is the model of the page at /expiries.
type Page struct {
	Fresh     ui.Freshness
	Title     string // of the window
	Back      string // URL of this page, to return to
	CanChange bool
	Owners    []ui.Choice // whom the selected PBXs can be assigned to
	Snapshot  string      // ID of the data on the page
	Zone      string
	Today     ui.Moment
	Tabs      []Tab
	Filter    Filter
	List      List
	Board     Board
}

// Tab is a named part of the list.
type Tab struct {
	ui.Tab
	Key string // such as overdue; "" for all
}

// Filter has the filters and the sentences about what was ignored.
type Filter struct {
	Search                      string
	Months, Owners, States, Due []ui.Choice
	Hidden                      []ui.Hidden
	Words, Clear                string // the other filters in words, and the URL without any filter
	Ignored                     []string
}

// List has the rows of the page.
type List struct {
	Caption     string
	Columns     []ui.Column
	Rows        []ui.Row
	Empty       *ui.Empty
	Count       string
	CountSuffix string
	Pager       ui.Pager
	Export      []ui.Link
}

// FormPage is the model of a form about one or several PBXs.
type FormPage struct {
	Title, Lead string
	Back        ui.Link // where the form comes from
	PBXs        []ui.Link
	More        string // how many more PBXs there are
	URL, Button string
	Hidden      []ui.Hidden
	Fields      []ui.FormField
	Problem     string
}

// filterTrigger makes each filter apply at once.
const filterTrigger = "submit, change from:#expires, change from:#owner, change from:#renewal, change from:#due, " +
	"input changed delay:250ms from:#q"

// nameClass returns the class of the column with the names, which stays in place while the others scroll.
func (p Page) nameClass() string {
	if p.CanChange {
		return "pin pin-2 col-name"
	}
	return "pin col-name"
}
