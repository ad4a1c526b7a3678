package tasks

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestPages checks each page with every field of its model set, with hostile text, and with an empty model.
func TestPages(t *testing.T) {
	t.Parallel()
	viewtest.Page(t, "tasks", Tasks)
	viewtest.Page(t, "form", Form)
}

// TestStates compares the list and the forms, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	due := ui.Moment{Text: "1 Mar 2026", DateTime: "2026-03-01T00:00:00Z"}
	for name, c := range map[string]templ.Component{
		"list": Tasks(Page{
			Open: []Task{{
				ID: "1", PBX: ui.Link{Label: "Alder", URL: "/pbxs/7"}, What: "plan", Title: "Plan: A → B", Due: &due,
				DueTone: "tone-bad", Assignee: "Kim", Meta: "Added by Ines.",
			}},
			Closed: []Task{{ID: "2", What: "other", Title: "Call", Meta: "Closed by Kim."}},
		}),
		"none": Tasks(Page{}),
		"form": Form(FormPage{
			Title: "New task", Back: ui.Link{Label: "Alder", URL: "/pbxs/7"}, URL: "/pbxs/7/tasks", SN: "AB12", Button: "Add",
			YCM: &ui.Link{Label: "Open YCM", URL: "https://ycm.example.com"}, Problem: "Nothing was added.",
			Fields: []ui.FormField{
				{Name: "what", Label: "What", Input: ui.Input{
					Type: "select", Options: []ui.Choice{{Value: "plan", Label: "Plan", Selected: true}},
				}},
				{Name: "note", Label: "Note", Value: "typed", Problem: "Too long.", Input: ui.Input{Type: "textarea"}},
				{Name: "value", Label: "New value", Hint: "As YCM shows it."},
			},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
