package e2e

import (
	"net/url"
	"testing"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

func TestSetUp(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]option{"with JavaScript": nil, "without JavaScript": {withoutJavaScript}} {
		t.Run(name, func(t *testing.T) {
			p := emptyPortal(t, ycmtest.Config{PBXs: 3})
			p.sync()
			tb := p.open(opts...)
			tb.allow("/setup")

			tb.visit("/pbxs")
			tb.sees(tb.heading("Set up Cordboard"))
			tb.isAt("/setup")
			must(t, tb.GetByLabel("Setup token").Fill("guessed"))
			must(t, tb.GetByLabel("Email").Fill("ines@example.com"))
			must(t, tb.GetByLabel("Name").Fill("Ines Okonjo"))
			must(t, tb.GetByLabel("Password").Fill(password))
			tb.press("Create account")
			tb.reads("Incorrect token")
			must(t, tb.expect.Locator(tb.GetByLabel("Email")).ToHaveValue("ines@example.com"))

			tb.visit("/setup?" + url.Values{"token": {p.server.SetupToken()}}.Encode())
			must(t, tb.GetByLabel("Email").Fill("ines@example.com"))
			must(t, tb.GetByLabel("Name").Fill("Ines Okonjo"))
			must(t, tb.GetByLabel("Password").Fill("short"))
			tb.press("Create account")
			tb.reads("The password must have at least 12 characters.")
			must(t, tb.GetByLabel("Password").Fill(password))
			tb.press("Create account")
			tb.sees(tb.heading("Overview"))
			tb.reads("3 PBXs")

			tb.visit("/setup")
			tb.sees(tb.heading("Page not found"))
		})
	}
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]option{"with JavaScript": nil, "without JavaScript": {withoutJavaScript}} {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t)
			tb := p.open(opts...)
			tb.allow("/signin")

			tb.visit("/pbxs?status=Stopped")
			tb.sees(tb.heading("Sign in"))
			tb.signIn("admin@example.com", "not the password")
			tb.reads("Incorrect email or password.")
			must(t, tb.expect.Locator(tb.GetByLabel("Email")).ToHaveValue("admin@example.com"))
			must(t, tb.expect.Locator(tb.GetByLabel("Password")).ToHaveValue(""))

			tb.signIn("Admin@Example.com", password)
			tb.isAt("/pbxs?status=Stopped")

			must(t, tb.Locator("summary").Filter(hasText("The admin")).Click())
			tb.press("Sign out")
			tb.sees(tb.heading("Sign in"))
			_, err := tb.GoBack()
			must(t, err)
			tb.sees(tb.heading("Sign in"))

			log, err := p.store.AuditEvents(t.Context(), 1, 50, store.AuditQuery{Objects: []string{"session"}})
			must(t, err)
			got := ""
			for _, e := range log.Events {
				got = e.Action + " " + e.Outcome + "; " + got
			}
			if want := "session.signin failed; session.signin done; session.signout done; "; got != want {
				t.Errorf("audit log = %q, want %q", got, want)
			}
		})
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	viewer := p.as(store.RoleViewer)
	if n, err := viewer.link("Audit log").Count(); err != nil || n != 0 {
		t.Errorf("a viewer sees %d links to the audit log (error %v), want none", n, err)
	}
	viewer.allow("/audit")
	viewer.visit("/audit")
	viewer.sees(viewer.heading("Your role doesn’t allow this"))

	admin := p.as(store.RoleAdmin)
	must(t, admin.link("Audit log").Click())
	admin.sees(admin.heading("Audit log"))
	must(
		t,
		admin.expect.Locator(admin.Locator(`[data-audit-seq] [data-col="action"]`).First()).
			ToHaveText("session.signin"),
	)
}
