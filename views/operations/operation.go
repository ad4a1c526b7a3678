// Package operations renders the pages about operations.
package operations

import "cordboard/views/ui"

// OperationPage is the model of an operation's page.
type OperationPage struct {
	Identity
	Request
	Next

	Snapshot string // identifies the version of the data that the page shows
	Steps    []OperationStep
	Text     string // what happened, whether anything changed, and what to do next
	Refusal  *Refusal
	Facts    []OperationFact
	Measured *Measured // nil: the operation doesn't change the subscription's capacity, or isn't done
	Open     bool      // whether more updates are expected: the operation is open, or its PBX isn't running yet
}

// Identity identifies an operation and has its state.
type Identity struct {
	ID         string
	Number     string
	Kind       string
	Label      string // what the operation does, such as "Create PBX"
	State      string
	PBXID      string
	CustomerID string // "" unless the operation is about a customer
	Name       string
	Badge      ui.Badge
}

// Request describes the operation's request to YCM.
type Request struct {
	Sent     []OperationFact // the requested settings
	Body     string          // the request as indented JSON
	Warnings []string        // the warnings that the user acknowledged
	Reusable bool            // whether the request can be saved as a preset
}

// Next has the user's possible next steps.
type Next struct {
	CanCheck bool
	Main     *ui.Link // link to the recommended next step
	Others   []ui.Link
	Copy     string // text to copy for support
	AuditURL string // URL of the audit log's entries about the operation's target
}

// OperationStep is one step of an operation.
type OperationStep struct {
	Label   string
	Icon    string
	Tone    string
	Done    bool
	Current bool
	Turning bool
}

// Measured is the subscription's available capacity before and after an operation.
type Measured struct {
	Rows []ui.Capacity
	Text string // when it was measured, and what else it counts
}

// Refusal explains why YCM refused an operation.
type Refusal struct{ Title, Text string }

// OperationFact is a name and a value, with an optional note below the value.
type OperationFact struct {
	Name, Value, Small string
	Copy               bool
	Moment             *ui.Moment
	Badge              *ui.Badge
	Link               string
}

// Page is the model of the list of operations.
type Page struct {
	Snapshot string
	Search   string
	Tab      string // the value of the tab in the URL; "" for all
	Tabs     []ui.Tab
	Rows     []OperationRow
	Pager    ui.Pager
	Batches  []BatchRow // the newest plans and batches
}

// BatchesPage is the model of the list of batches.
type BatchesPage struct {
	Snapshot string
	Rows     []BatchRow
	Pager    ui.Pager
}

// BatchRow is one plan or batch in a list.
type BatchRow struct {
	Number string
	URL    string
	Title  string // such as "Stop 12 PBXs"
	Words  string // what it was made from, such as the list's filter
	State  string
	Badge  ui.Badge
	Done   string // such as "3 of 12"; "" if it wasn't applied
	By     string
	At     ui.Moment
}

// OperationRow is one operation in the list.
type OperationRow struct {
	Identity

	URL  string
	Host string
	At   ui.Moment
	Ago  string
	By   string
	Size string
	PBX  *ui.Link
}
