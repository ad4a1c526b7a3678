package signin

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/ui"
	"cordboard/views/viewtest"
)

// TestStates compares this package's pages, in several states, with their golden files.
func TestStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{
		"code":          Code(CodePage{Email: "ines@example.com", Next: "/pbxs?q=1"}),
		"code-wrong":    Code(CodePage{Email: "ines@example.com", Problem: "Incorrect code.", Left: "4 attempts"}),
		"code-recovery": Code(CodePage{Email: "ines@example.com", Recovery: true}),
		"join":          UseLink(LinkPage{Token: "T", Email: "kim@example.com", Role: "viewer", By: "Ines", Join: true}),
		"reset": UseLink(LinkPage{
			Token: "T", Email: "kim@example.com", Problems: map[string]string{"newPassword": "Too short."},
		}),
		"dead-link-signed-in": DeadLink("The link was already used.", true),
		"confirm": Confirm(ConfirmPage{
			Action: "/team", Email: "ines@example.com", Hidden: []ui.Hidden{{Name: "role", Value: "viewer"}}, Code: true,
			Minutes: "10 minutes", Why: "This changes access.", Cancel: "/team", CodeProblem: "Incorrect code.",
		}),
		"download": Download(DownloadPage{URL: "/audit.csv", Back: ui.Link{Label: "Back to the log", URL: "/audit"}}),
		"signin-sandbox": SignIn(SignInPage{
			Sandbox: true, Done: "Your password was changed.", Limits: "You stay signed in.",
		}),
		"setup-problems": Setup(SetupPage{Token: "wrong", Problems: map[string]string{"token": "Wrong token."}}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
}

// TestAddresses checks the link from the code form to the form for recovery codes.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/signin/code?with=recovery", "/pbxs?q=1": "/signin/code?next=%2Fpbxs%3Fq%3D1&with=recovery",
	} {
		if got := recoveryURL(next); got != want {
			t.Errorf("recoveryURL(%q) = %q, want %q", next, got, want)
		}
	}
}
