package team

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares the team page and a member's page, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	until := ui.Moment{Text: "20 Mar 2026", DateTime: "2026-03-20T12:00:00Z", Title: "20 Mar 2026, 12:00:00 UTC"}
	link := &OneTimeLink{For: "kim@example.com", URL: "https://x.example/link?token=T", Until: "20 Mar 2026", What: "join"}
	roles := []ui.Choice{{Value: "viewer", Label: "Viewer", Selected: true}, {Value: "admin", Label: "Admin"}}
	for name, c := range map[string]templ.Component{
		"team-invitations": Team(Page{
			Summary:        "2 people",
			InvitationForm: InvitationForm{Email: "kim", Reason: "CB-1", Roles: roles},
			PolicyForm:     PolicyForm{Policy: roles, From: "2026-04-01", Without: "1 person has no second factor yet"},
			Members: []Member{
				{Name: "Ines", Email: "ines@example.com", URL: "/team/1", Role: "admin", Factor: true, FactorWords: "App"},
				{
					Name: "Bo", Email: "bo@example.com", URL: "/team/2", Role: "viewer", Disabled: true, FactorMissing: true,
					Seen: "Never",
				},
			},
			Invitations: []Invitation{{ID: "7", Email: "kim@example.com", Role: "viewer", By: "Ines", Until: until}},
			Done:        "The invitation was created.",
			Link:        link,
			Problems:    map[string]string{"email": "This isn’t an email address."},
		}),
		"team-alone": Team(Page{
			Summary: "1 person", Members: []Member{{Name: "Ines", Email: "ines@example.com", Role: "admin"}},
		}),
		"member-disabled": MemberPageBody(MemberPage{
			Identity: Identity{Name: "Bo", Email: "bo@example.com", Role: "viewer", URL: "/team/2", Disabled: true},
			RoleForm: RoleForm{Roles: roles, RoleTyped: "admin", Reason: "CB-2"},
			Facts:    []ui.Fact{{Name: "Last visit", Value: "Never"}},
			Problem:  "The last admin can’t be demoted.",
			AuditURL: "/audit?q=a", AboutURL: "/audit?q=b",
		}),
		"member-link": MemberPageBody(MemberPage{
			Identity: Identity{Name: "Bo", Email: "bo@example.com", Role: "viewer", URL: "/team/2", Factor: true},
			RoleForm: RoleForm{Roles: roles},
			Sessions: []ui.SessionRow{{
				Mark: "abc", Device: "Firefox on Linux", Icon: "laptop", Method: "password", Since: until,
			}},
			Done: "The link was created.",
			Link: link,
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}

// TestRights checks that each right has a description and one of the three roles, and that the rights are listed from
// the lowest role to the highest.
func TestRights(t *testing.T) {
	t.Parallel()
	last := 0
	for _, r := range rights {
		if r.what == "" || r.from < last || r.from > 2 {
			t.Errorf("right %+v after a right of role %d", r, last)
		}
		last = r.from
	}
}
