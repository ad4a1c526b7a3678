package operations

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares an operation's page in several states, and the list of operations, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	at := ui.Moment{Text: "13:32:00 UTC", DateTime: "2026-03-17T13:32:00Z", Title: "17 Mar 2026, 13:32:00 UTC"}
	badge := ui.BadgeFor("pbxStatus", "Running")
	identity := func(kind, state string) Identity {
		return Identity{
			ID: "one", Number: "12", Kind: kind, Label: ui.KindLabel(kind), State: state, PBXID: "7715", Name: "Acme",
			Badge: ui.OperationBadge(kind, state),
		}
	}
	steps := []OperationStep{
		{Label: "Recorded", Icon: "circle-check", Tone: "tone-ok", Done: true},
		{Label: "Sent to YCM", Icon: "loader", Current: true, Turning: true},
	}
	for name, c := range map[string]templ.Component{
		"unknown": Operation(OperationPage{
			Identity: identity("create", "unknown"), Steps: steps, Text: "The outcome is unknown.", Open: true,
			Next: Next{CanCheck: true, Others: []ui.Link{{Label: "Create another", URL: "/pbxs/new"}}, AuditURL: "/audit"},
			Facts: []OperationFact{
				{Name: "Submitted", Moment: &at, Small: "2 h ago"},
				{Name: "Status now", Badge: &badge},
				{Name: "Host name", Value: "acme.example.com", Copy: true},
				{Name: "PBX", Value: "Acme", Link: "/pbxs/7715"},
				{Name: "requestId"},
			},
		}),
		"refused": Operation(OperationPage{
			Identity: identity("create", "refused"),
			Refusal:  &Refusal{Title: "YCM refused the request: NO (7)", Text: "Nothing was changed."},
			Next:     Next{Main: &ui.Link{Label: "Edit and try again", URL: "/pbxs/new?from=one"}, Copy: "Operation 12"},
			Request:  Request{Warnings: []string{"The name is in use."}, Body: "{}", Reusable: true},
		}),
		"measured": Operation(OperationPage{
			Identity: identity("delete", "done"), Steps: steps[:1], Text: "Done.",
			Measured: &Measured{
				Rows: []ui.Capacity{
					{Resource: "extensionCapacity", Label: "Extensions", Left: "706", After: "856"},
					{Resource: "concurrentCallCapacity", Label: "Calls", Left: "5", After: "5"},
				},
				Text: "As YCM reported it.",
			},
		}),
		"another-kind": Operation(OperationPage{Identity: identity("rename", "done"), Steps: steps[:1], Text: "Done."}),
		"pages": Operations(Page{
			Tabs: []ui.Tab{{Label: "All", URL: "/operations", Current: true}, {Label: "Open", URL: "/operations?state=open"}},
			Rows: []OperationRow{
				{
					Identity: identity("create", "done"), URL: "/operations/one", Host: "acme.example.com", At: at, Ago: "2 h ago",
					By: "Ines", Size: "20 extensions", PBX: &ui.Link{Label: "Running", URL: "/pbxs/7715"},
				},
				{Identity: identity("rename", "not-done"), URL: "/operations/two", At: at, By: "Bo"},
			},
			Pager: ui.Pager{Range: "1–2 of 60", Next: "/operations?page=2"},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
