package audit

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares several states of the log with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	at := ui.Moment{Text: "17 Mar 2026, 13:32", DateTime: "2026-03-17T13:32:00Z", Title: "17 Mar 2026, 13:32:00 UTC"}
	row := Row{
		Seq: "1,284", At: at, RequestID: "theirs", OurID: "ours", Hash: "0123456789abcdef0123456789abcdef",
		Copy: "Entry 1284",
		EntryActor: EntryActor{
			Actor: "Ines", Email: "ines@example.com", Role: "admin", ActorURL: "/audit?q=a", PersonURL: "/team/1",
			Address: "203.0.113.5", Session: "abcdef",
		},
		EntryAction: EntryAction{
			Action: "user.role", Target: "Bo", TargetURL: "/team/2", Detail: "1 session ended", Reason: "CB-1", Outcome: "done",
			Badge: ui.OutcomeBadge("done"), Changes: []ChangeRow{{"role", "viewer", "admin"}, {"name", "", "Bo"}},
		},
	}
	nobody := Row{Seq: "1", At: at, EntryAction: EntryAction{Action: "link.use", Outcome: "of tomorrow"}}
	for name, c := range map[string]templ.Component{
		"entries": AuditLog(Page{
			Scope: "You see the whole log.", Search: "bo", Count: "2 entries", Zone: "Europe/Berlin",
			Exports:  []ui.Link{{Label: "CSV", URL: "/audit.csv"}},
			Chips:    []ui.Chip{{Name: "Outcome", Text: "done", URL: "/audit"}, {Name: "actor", Text: "x", Ignored: true}},
			Ignored:  []string{"“x” was ignored."},
			Outcomes: []ui.Link{{Label: "Done 2", URL: "/audit?q=outcome%3Adone"}},
			Proof: Proof{
				Tone: "tone-ok", Icon: "circle-check", Title: "Chain verified up to entry 1,284", Head: row.Hash, At: at,
			},
			Rows: []Entries{{Row: row, Earlier: []Row{nobody}}, {Row: nobody}},
		}),
		"tampered": AuditLog(Page{
			Scope: "You see entries about PBXs.", Count: "0 entries",
			Proof: Proof{
				Tone: "tone-bad", Icon: "circle-alert", Title: "The log was changed at entry 7",
				Text: "Restore a backup.",
			},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
