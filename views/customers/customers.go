// Package customers renders the list of customers and the page of each customer.
package customers

import "cordboard/views/ui"

// ListPage is the model of the page at /customers.
type ListPage struct {
	Fresh     ui.Freshness
	Back      string // URL of this page, to return to after a refresh
	CanCreate bool
	List      List
}

// List is the part of the page that changes with filters, sort order and page number.
type List struct {
	Filter
	Paging

	Progress string // how far the customers of the PBXs are known; "" if all are
	Tabs     []ui.Tab
	Title    string // of the window
	Caption  string
	Columns  []ui.Column
	Rows     []ui.Row
	Empty    *ui.Empty
}

// Filter has the search and the filters.
type Filter struct {
	Search       string
	Expires      []ui.Choice
	HiddenFields []ui.Hidden
	Clear        string // URL of the list without search and filter; "" if there are none
	Ignored      []string
}

// Paging has the number of matches, the links to the other pages, and the exports.
type Paging struct {
	Count                string
	CountSuffix          string // such as " of 40 customers"
	Pager                ui.Pager
	PageSizeHiddenFields []ui.Hidden
	Per                  []ui.Choice
	Export               []ui.Link
}

// CustomerPage is the model of a customer's page.
type CustomerPage struct {
	Head

	Fresh    ui.Freshness
	Back     string
	Snapshot string
	Facts    []Fact
	Sums     []Sum
	PBXs     PBXs
	Timeline ui.Timeline
	Owner    Owner
	Notes    []ui.Note
	NoteForm ui.NoteForm
	Open     *ui.Link // to the open operations on the customer's PBXs
}

// Head identifies a customer and offers what the user may do.
type Head struct {
	Name    string
	ID      string
	Person  string
	Gone    string // such as "Removed on 17 Mar 2026"; "" if YCM has the customer
	Actions []Action
}

// Action is a link to something that the user may do with the customer.
type Action struct{ Label, Icon, URL string }

// Fact is a member of the customer's record.
type Fact struct {
	Name  string // YCM's name
	Label string
	Value string
}

// Sum is what the customer's PBXs add up to.
type Sum struct {
	Name  string // YCM's name of the resource, or pbxs or expires
	Label string
	Value string
	Cell  ui.Cell
}

// PBXs are the customer's PBXs.
type PBXs struct {
	Columns []ui.Column
	Rows    []ui.Row
	All     ui.Link // to the list of PBXs with this customer's
	Text    string  // if there is no row
}

// FormPage is the model of the forms that create, change and delete a customer.
type FormPage struct {
	Words
	Findings

	ID       string // "" to create a customer
	Name     string
	Attempt  string // the one-time ID
	AsOf     string // the customer as the form shows it, sealed; "" if there is none
	Notice   *ui.Notice
	Fields   []ui.FormField
	Judged   bool     // whether the form was sent, so that its problems are news
	Sendable bool     // whether the form has a button that sends
	Remedy   *ui.Link // if it hasn't: what helps; may be nil
}

// Words are the texts of a form.
type Words struct {
	Title, Heading, Lead string
	URL                  string // to which the form is posted
	Button, Class        string
}

// Findings are what is wrong with a form, or was changed in YCM since it was opened.
type Findings struct {
	Problems  []Finding
	Warnings  []Finding
	Meanwhile []Change
}

// Finding is a sentence about a field, or about the customer if Field is "".
type Finding struct{ Field, Label, Text, Key string }

// Change is a member of the record with its values before and after.
type Change struct{ Field, Label, Before, After string }

// Owner is who looks after the customer. If URL is "", the user can't change that.
type Owner struct {
	Name, URL string
	Choices   []ui.Choice
}
