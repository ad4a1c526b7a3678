// Package pbx renders the page of each PBX.
package pbx

import "cordboard/views/ui"

// Page is the model of a PBX's page, with every field that YCM reported.
type Page struct {
	Identity
	Record

	Snapshot        string // ID of the snapshot that the page shows
	Fresh           ui.Freshness
	Back            string
	Meters          []NamedMeter
	Timeline        ui.Timeline
	Charts          Charts
	Actions         []Action // what the user may do with the PBX
	More            []Action // further actions, in a menu
	CreateOperation *ui.Link // link to the operation that created the PBX
	Desk
}

// Desk is what somebody who works on the PBX has to know and to do.
type Desk struct {
	Standing  *Standing // an open operation, a suspension or a deletion; nil if there is none
	Status    *Standing // the state of the PBX, if Standing is nil
	Customers Customers
	Renewal   Renewal
	Tasks     Tasks
	Notes     []ui.Note
	NoteForm  ui.NoteForm
}

// Customers are the PBX's customers.
type Customers struct {
	All  []Customer
	Age  string // when they were read
	Text string // if there are none
}

// Customer is a customer with contacts.
type Customer struct {
	Link               ui.Link
	Email, Phone, Gone string
}

// Renewal is how far the PBX's renewal is, and what is snoozed.
type Renewal struct {
	Facts   []ui.LabelledCell
	URL     string // of the form that changes it; "" if the user can't
	Snoozes []Snooze
}

// Snooze is a reason for attention that is hidden until a day.
type Snooze struct {
	What string // its code, for the form that ends the snooze
	Text string
	PBX  string // ID
}

// Tasks are the PBX's open tasks.
type Tasks struct {
	Open []Task
	URL  string // of the form for a new one; "" if the user can't add one
}

// Task is an open task.
type Task struct{ ID, Title, Due string }

// Standing is what a user must know about the PBX first.
type Standing struct {
	Tone, Icon string
	Text, Note string
	Action     *Action // the remedy; nil if there is none
	Link       *ui.Link
}

// Action is a link to something that the user may do with the PBX.
type Action struct{ Label, Icon, URL string }

// Identity identifies the PBX.
type Identity struct {
	Name    string
	ID      string
	SN      string
	Host    string
	HostURL string    // "" if YCM's url isn't a bare host name
	Gone    string    // such as "Removed on 17 Mar 2026"; "" if the PBX is in YCM
	Badges  []ui.Cell // the fields that have a badge beside the name
}

// Record has the PBX's fields by section, its switches, and the dates that Cordboard recorded.
type Record struct {
	Dates    []ui.LabelledCell // those that matter for renewals; Sections has all of them
	Sections []Section
	Switches []ui.LabelledCell
	Seen     []ui.Fact
	Raw      string // YCM's record as indented JSON
}

// NamedMeter is a meter cell with its resource's name.
type NamedMeter struct {
	Label string
	Cell  ui.Cell
	Left  string
}

// Section is a group of fields.
type Section struct {
	Title string
	Cells []ui.LabelledCell
}

// Charts are a PBX's counters over time.
type Charts struct {
	Interval string // such as "Peak per hour"
	Ranges   ui.Ranges
	Recorded bool   // whether there are readings outside the range, too
	Times    string // of the charts' values, for the script
	Charts   []Chart
	Table    *ChartTable // the same numbers, instead of Charts; nil for charts
}

// Chart is one counter over time.
type Chart struct {
	Counter string // YCM's name for the counter
	Label   string
	Peak    string
	Plot    ui.Chart
	Gaps    string // such as "3 hours without a reading"; "" for none
}

// ChartTable has one column for each counter.
type ChartTable struct {
	Heads []string
	Rows  []ChartRow
}

// ChartRow has the values of the counters at one time. They are "" if there was no reading.
type ChartRow struct {
	Time   string
	Values []string
}
