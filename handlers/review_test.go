package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
)

// TestRoleLossRevokesInvitations checks that links created by an admin stop working when that admin is disabled or
// loses the role.
func TestRoleLossRevokesInvitations(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *portaltest.Portal, id int64) error{
		"disabled": func(b *portaltest.Portal, id int64) error {
			return b.Store.SetDisabled(
				b.T.Context(),
				store.Actor{},
				id,
				true,
			)
		},
		"role": func(b *portaltest.Portal, id int64) error {
			return b.Store.SetRole(
				b.T.Context(),
				store.Actor{},
				id,
				"viewer",
				"",
			)
		},
	} {
		b := portaltest.New(t, 0)
		rogue, _ := b.AddColleague(store.RoleAdmin)
		br := b.Browser()
		br.SignIn(rogue.Email, portaltest.Password)
		join := portaltest.LinkIn(t, br.Post("/team", url.Values{"email": {"back@example.com"}, "role": {"admin"}}))
		password := portaltest.LinkIn(t, br.Post(fmt.Sprintf("/team/%d/password", b.User("admin").ID), nil))
		b.Must(end(b, rogue.ID))
		for _, token := range []string{join, password} {
			if r := b.Browser().Get("/link?token=" + token); r.StatusCode != http.StatusGone {
				t.Errorf("%s: a former admin's link = %d, want 410", name, r.StatusCode)
			}
		}
	}
}

// TestManyCodesAtOnce sends two hundred codes at once for one pending session, and checks that no more than
// MaxCodeAttempts of them are tried.
func TestManyCodesAtOnce(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.As("viewer").Enroll(b.User("viewer").ID)
	thief := b.Browser()
	thief.SignIn("viewer@example.com", portaltest.Password)
	_, before := b.RowsSince(0)
	var done sync.WaitGroup
	for i := range 200 {
		done.Go(func() { thief.Post("/signin/code", url.Values{"code": {fmt.Sprintf("%06d", i)}}) })
	}
	done.Wait()
	if rows, _ := b.RowsSince(before); len(rows) > store.MaxCodeAttempts {
		t.Errorf("%d codes were tried, want at most %d", len(rows), store.MaxCodeAttempts)
	}
}

// TestCodesToComeTellNothing checks that a future code gets the same response as any wrong code.
func TestCodesToComeTellNothing(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	id := b.User("viewer").ID
	b.As("viewer").Enroll(id)
	thief := b.Browser()
	thief.SignIn("viewer@example.com", portaltest.Password)
	later := thief.Post("/signin/code", url.Values{"code": {b.Code(id, true, 15)}})
	wrong := thief.Post("/signin/code", url.Values{"code": {"000000"}})
	text := func(r portaltest.Response) string { return strings.TrimSpace(r.Doc(t).Find("#code-problem").Text()) }
	if text(later) != text(wrong) || text(wrong) == "" {
		t.Errorf("answer to a future code = %q, to a wrong code = %q", text(later), text(wrong))
	}
}

// TestSignInsUnderWay checks sign-ins whose password was correct but whose session isn't stored yet. They must not
// create a session if, meanwhile, the password was changed, the account was disabled or a second factor was set up.
func TestSignInsUnderWay(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	u := b.User("viewer")
	session := func(u store.User, n int) store.Session {
		return store.Session{
			TokenHash: fmt.Sprintf("%064d", n),
			User:      u,
			Method:    store.AuthPassword,
			ExpiresAt: b.Clock.Now().Add(time.Hour),
		}
	}
	_, err := b.Store.SignIn(t.Context(), store.Actor{}, session(u, 1))
	b.Must(err)
	changed := u
	changed.PasswordHash += "x"
	withFactor := u
	withFactor.Factor = true
	for i, v := range []store.User{changed, withFactor} {
		if _, err := b.Store.SignIn(t.Context(), store.Actor{}, session(v, 2+i)); err == nil {
			t.Errorf("case %d: a user who changed got a session", i)
		}
	}
	b.Must(b.Store.SetDisabled(t.Context(), store.Actor{}, u.ID, true))
	if _, err := b.Store.SignIn(t.Context(), store.Actor{}, session(u, 5)); err == nil {
		t.Error("a disabled user got a session")
	}
	// A full session is created only if its pending session still exists.
	o := b.User("operator")
	b.As("operator").Enroll(o.ID)
	o = b.User("operator")
	half := session(o, 6)
	half.AwaitingSecondFactor = true
	_, err = b.Store.SignIn(t.Context(), store.Actor{}, half)
	b.Must(err)
	b.Must(b.Store.EndSessions(t.Context(), store.Actor{}, o.ID, "", ""))
	whole := session(o, 7)
	whole.Replaces = half.TokenHash
	if _, err := b.Store.SignIn(t.Context(), store.Actor{}, whole); err == nil {
		t.Error("an ended pending session became a full one")
	}
}

// TestConfirmedRefusalsAreRecorded checks a refused form that also confirms the password. Both the confirmation and the
// refusal must be recorded.
func TestConfirmedRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As("admin")
	b.Clock.Add(web.RecentAuthWindow + time.Second)
	_, before := b.RowsSince(0)
	r := admin.Post(
		fmt.Sprintf("/team/%d/role", b.User("admin").ID),
		url.Values{"role": {"viewer"}, "confirmPassword": {portaltest.Password}},
	)
	if rows, _ := b.RowsSince(before); r.StatusCode != http.StatusConflict ||
		!slices.Equal(rows, []string{"session.confirm done", "user.role refused"}) {
		t.Errorf("status = %d with rows %q", r.StatusCode, rows)
	}
}

// TestSecondClicks submits each of two forms twice at once: the form that confirms the password, and the one that
// changes it. The browser must stay signed in.
func TestSecondClicks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path string
		form url.Values
	}{
		{"/confirm", url.Values{"confirmPassword": {portaltest.Password}, "next": {"/account"}}},
		{"/account/password", url.Values{"oldPassword": {portaltest.Password}, "newPassword": {"lantern orchard gravel"}}},
	} {
		for range 5 {
			b := portaltest.New(t, 0)
			br := b.As("viewer")
			b.Clock.Add(web.RecentAuthWindow + time.Second)
			var done sync.WaitGroup
			for range 2 {
				done.Go(func() { br.Post(tt.path, tt.form) })
			}
			done.Wait()
			if got := br.Get("/account").StatusCode; got != http.StatusOK {
				t.Fatalf("%s: GET /account after two clicks = %d, want 200", tt.path, got)
			}
		}
	}
}

// TestUnknownEmailIsNotLogged checks that input that isn't an email address is never logged. People sometimes type
// their password there, and the log is kept forever.
func TestUnknownEmailIsNotLogged(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Browser().
		Post("/signin", url.Values{"email": {portaltest.Password}, "password": {""}, "reason": {"approved by the CEO"}})
	p, err := b.Store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{})
	b.Must(err)
	if e := p.Events[0]; e.Actor.Email != "(no address)" || strings.Contains(e.TargetName, portaltest.Password) ||
		e.Actor.Reason != "" {
		t.Errorf("audit event = %+v", e)
	}
}

// TestNewsIsReadAsShown checks that dismissing the notices on a page doesn't dismiss one that arrived after the page
// was loaded, and that a long list shows the newest notices.
func TestNewsIsReadAsShown(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	id := b.User("viewer").ID
	by := store.Actor{ID: b.User("admin").ID, Name: "The admin"}
	b.Must(b.Store.SetRole(t.Context(), by, id, "operator", ""))
	br := b.As("viewer")
	upTo, _ := br.Get("/account").Doc(t).Find("input[name=upTo]").Attr("value")
	b.Must(b.Store.OfferPassword(t.Context(), by, id, "h", b.Clock.Now().Add(time.Hour)))
	br.Post("/account/told", url.Values{"upTo": {upTo}})
	if r := br.Get("/account"); !strings.Contains(r.Text, "created a link to reset your password") ||
		strings.Contains(r.Text, "changed your role") {
		t.Error("a new notice is missing, or a dismissed one is shown again")
	}
	for range 15 {
		b.Must(b.Store.SetDisabled(t.Context(), by, id, true))
		b.Must(b.Store.SetDisabled(t.Context(), by, id, false))
	}
	b.Must(b.Store.OfferPassword(t.Context(), by, id, "i", b.Clock.Now().Add(time.Hour)))
	if r := b.As("viewer").Get("/account"); strings.Count(r.Text, "created a link") != 1 {
		t.Error("a long list of notices lacks the newest")
	}
}

// TestPolicyHoldsTheStreamToo checks that a user who must set up a second factor gets no events.
func TestPolicyHoldsTheStreamToo(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As("viewer")
	b.Must(b.Store.SetTwoFactorPolicy(t.Context(), store.Actor{}, store.Policy{Required: "all", From: 1}))
	b.Must(b.Site.Identity.Policy.Reload(t.Context()))
	if r := viewer.Get("/events"); r.StatusCode != http.StatusNoContent {
		t.Errorf("GET /events = %d, want 204", r.StatusCode)
	}
}

// TestSecretsOfAnotherKey checks that the portal doesn't start without the right key. If it started, every code would
// get status 500.
func TestSecretsOfAnotherKey(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.As("viewer").Enroll(b.User("viewer").ID)
	b.SQL(`UPDATE factors SET secret = 'v1.00000000.' || substr(secret, 13)`)
	_, err := identity.New(t.Context(), identity.Config{Store: b.Store, Log: b.Logger(), Hash: portaltest.CheapHash})
	if err == nil || !strings.Contains(err.Error(), "restore it") {
		t.Errorf("identity.New = %v, want an error about the missing key", err)
	}
}

// TestSlowExportsHoldNobodyUp starts more downloads than there are read connections, and reads none of them to the end.
// Other pages must still be served.
func TestSlowExportsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	for range 2000 {
		b.Must(
			b.Store.Audit(
				t.Context(),
				store.Actor{},
				store.Event{Action: "user.test", Outcome: "done", Detail: strings.Repeat("detail ", 70)},
			),
		)
	}
	admin := b.As("admin")
	for range 6 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Web.URL+"/audit.jsonl", nil)
		b.Must(err)
		r.Header.Set("Accept-Encoding", "identity")
		resp, err := admin.Do(r)
		b.Must(err)
		defer resp.Body.Close() //nolint:errcheck // the body is left unread on purpose
	}
	if got := b.As("viewer").Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs = %d, want 200", got)
	}
	b.Web.CloseClientConnections()
}
