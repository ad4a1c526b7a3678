package layout

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares the frame in several states, two error pages, and the redirect page with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	viewer := User{Name: "Kim", Email: "kim@example.com", Role: "viewer", Here: "480"}
	admin := User{
		Name: "Ines", Email: "ines@example.com", Role: "admin", Here: "480", Open: "2 open", CanSeeAudit: true,
		CanCreate: true, IsAdmin: true,
	}
	failing := ui.Freshness{
		State: "failing", Text: "Data from", Ago: "2 h ago", Tone: "tone-warn", Icon: "unplug",
		Banner: &ui.Banner{Title: "YCM is not responding", Text: "Requests time out."},
	}
	for name, c := range map[string]templ.Component{
		"frame-viewer": App(Layout{
			Title: "PBXs", Path: "/pbxs", User: viewer, Fresh: ui.Freshness{State: "current", Text: "As of"},
		}),
		"frame-failing": App(Layout{Title: "Overview", Path: "/", User: admin, Fresh: failing, Theme: "dark", KeysOff: true}),
		"frame-notices": App(Layout{
			Title: "Team", Path: "/team", User: admin, Sandbox: true, Warning: "The disk is nearly full.",
			Notices: []string{"Ines changed your role."}, NoticesUpTo: 12, Remind: "A second factor will be required.",
		}),
		"failure": Failure(ErrorPage{
			Status: 404, Title: "Page not found", Text: "Nothing was changed.", RequestID: "REQ",
		}),
		"failure-of-server": Failure(ErrorPage{
			Status: 500, Title: "Something went wrong", Action: ui.Link{Label: "Back", URL: "/"},
		}),
		"lead-on": LeadOn("/pbxs?q=1"),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}
