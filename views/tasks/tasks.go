// Package tasks renders the list of tasks, and the forms that add a task or a note.
package tasks

import "cordboard/views/ui"

// Page is the model of the page at /tasks.
type Page struct {
	Open   []Task
	Closed []Task
}

// Task is a row of the list.
type Task struct {
	ID       string
	PBX      ui.Link
	What     string // YCM's name of the member, or other
	Title    string
	Due      *ui.Moment
	DueTone  string
	Assignee string
	Meta     string // who created or closed it, and when
}

// FormPage is the model of the form that adds a task to a PBX, and of the one that adds a note.
type FormPage struct {
	Title   string
	Back    ui.Link // the PBX or customer
	URL     string  // to which the form is posted
	Lead    string
	YCM     *ui.Link // YCM's own page; nil if there is none
	SN      string   // the PBX's serial number, to find it in YCM
	Fields  []ui.FormField
	Problem string // "" if there is none
	Button  string
}
