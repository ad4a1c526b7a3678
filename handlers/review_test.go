package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
)

// TestLinksOfWhoIsNoAdmin checks that links created by an admin stop working when that admin is disabled or loses the
// role.
func TestLinksOfWhoIsNoAdmin(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(b *bench, id int64) error{
		"disabled": func(b *bench, id int64) error {
			return b.store.SetDisabled(
				b.t.Context(),
				store.Actor{},
				id,
				true,
			)
		},
		"role": func(b *bench, id int64) error {
			return b.store.SetRole(
				b.t.Context(),
				store.Actor{},
				id,
				"viewer",
				"",
			)
		},
	} {
		b := newBench(t, 0)
		rogue, _ := b.other(store.RoleAdmin)
		br := b.browser()
		br.signIn(rogue.Email, testPassword)
		join := linkIn(t, br.post("/team", url.Values{"email": {"back@example.com"}, "role": {"admin"}}))
		password := linkIn(t, br.post(fmt.Sprintf("/team/%d/password", b.user("admin").ID), nil))
		b.must(end(b, rogue.ID))
		for _, token := range []string{join, password} {
			if r := b.browser().get("/link?token=" + token); r.StatusCode != http.StatusGone {
				t.Errorf("%s: a former admin's link = %d, want 410", name, r.StatusCode)
			}
		}
	}
}

// TestManyCodesAtOnce sends two hundred codes at once for one pending session, and checks that no more than the
// permitted number are tried.
func TestManyCodesAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.as("viewer").enroll(b.user("viewer").ID)
	thief := b.browser()
	thief.signIn("viewer@example.com", testPassword)
	_, before := b.newest(0)
	var done sync.WaitGroup
	for i := range 200 {
		done.Go(func() { thief.post("/signin/code", url.Values{"code": {fmt.Sprintf("%06d", i)}}) })
	}
	done.Wait()
	if rows, _ := b.newest(before); len(rows) > store.MostTries {
		t.Errorf("%d codes were tried, want at most %d", len(rows), store.MostTries)
	}
}

// TestCodesToComeTellNothing checks that a future code gets the same response as any wrong code.
func TestCodesToComeTellNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.user("viewer").ID
	b.as("viewer").enroll(id)
	thief := b.browser()
	thief.signIn("viewer@example.com", testPassword)
	later := thief.post("/signin/code", url.Values{"code": {b.code(id, true, 15)}})
	wrong := thief.post("/signin/code", url.Values{"code": {"000000"}})
	text := func(r response) string { return strings.TrimSpace(r.doc(t).Find("#code-problem").Text()) }
	if text(later) != text(wrong) || text(wrong) == "" {
		t.Errorf("answer to a future code = %q, to a wrong code = %q", text(later), text(wrong))
	}
}

// TestSignInsUnderWay checks sign-ins with a correct password whose session isn't stored yet. They must not create a
// session if the password has changed, the account was disabled or a second factor was set up meanwhile.
func TestSignInsUnderWay(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	u := b.user("viewer")
	session := func(u store.User, n int) store.Session {
		return store.Session{
			TokenHash: fmt.Sprintf("%064d", n),
			User:      u,
			Door:      store.DoorPassword,
			ExpiresAt: b.clock.Now().Add(time.Hour),
		}
	}
	_, err := b.store.SignIn(t.Context(), store.Actor{}, session(u, 1))
	b.must(err)
	changed := u
	changed.PasswordHash += "x"
	withFactor := u
	withFactor.Factor = true
	for i, v := range []store.User{changed, withFactor} {
		if _, err := b.store.SignIn(t.Context(), store.Actor{}, session(v, 2+i)); err == nil {
			t.Errorf("case %d: a user who changed got a session", i)
		}
	}
	b.must(b.store.SetDisabled(t.Context(), store.Actor{}, u.ID, true))
	if _, err := b.store.SignIn(t.Context(), store.Actor{}, session(u, 5)); err == nil {
		t.Error("a disabled user got a session")
	}
	// A full session is created only if its pending session still exists.
	o := b.user("operator")
	b.as("operator").enroll(o.ID)
	o = b.user("operator")
	half := session(o, 6)
	half.Half = true
	_, err = b.store.SignIn(t.Context(), store.Actor{}, half)
	b.must(err)
	b.must(b.store.EndSessions(t.Context(), store.Actor{}, o.ID, "", ""))
	whole := session(o, 7)
	whole.Replaces = half.TokenHash
	if _, err := b.store.SignIn(t.Context(), store.Actor{}, whole); err == nil {
		t.Error("an ended pending session became a full one")
	}
}

// TestConfirmedRefusalsAreRecorded checks a refused form that also confirms the password. Both the confirmation and the
// refusal must be recorded.
func TestConfirmedRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	admin := b.as("admin")
	b.clock.add(web.RecentAuthWindow + time.Second)
	_, before := b.newest(0)
	r := admin.post(
		fmt.Sprintf("/team/%d/role", b.user("admin").ID),
		url.Values{"role": {"viewer"}, "confirmPassword": {testPassword}},
	)
	if rows, _ := b.newest(before); r.StatusCode != http.StatusConflict ||
		!slices.Equal(rows, []string{"session.confirm done", "user.role refused"}) {
		t.Errorf("status = %d with rows %q", r.StatusCode, rows)
	}
}

// TestSecondClicks posts the same form twice at once: the form that confirms the password, and the one that changes it.
// The browser must stay signed in.
func TestSecondClicks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path string
		form url.Values
	}{
		{"/confirm", url.Values{"confirmPassword": {testPassword}, "next": {"/account"}}},
		{"/account/password", url.Values{"oldPassword": {testPassword}, "newPassword": {"lantern orchard gravel"}}},
	} {
		for range 5 {
			b := newBench(t, 0)
			br := b.as("viewer")
			b.clock.add(web.RecentAuthWindow + time.Second)
			var done sync.WaitGroup
			for range 2 {
				done.Go(func() { br.post(tt.path, tt.form) })
			}
			done.Wait()
			if got := br.get("/account").StatusCode; got != http.StatusOK {
				t.Fatalf("%s: GET /account after two clicks = %d, want 200", tt.path, got)
			}
		}
	}
}

// TestWhatIsTypedAsAnAddress checks that input that isn't an email address is never logged. People sometimes type their
// password there, and the log is kept forever.
func TestWhatIsTypedAsAnAddress(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.browser().
		post("/signin", url.Values{"email": {testPassword}, "password": {""}, "reason": {"approved by the CEO"}})
	p, err := b.store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{})
	b.must(err)
	if e := p.Events[0]; e.Actor.Email != "(no address)" || strings.Contains(e.TargetName, testPassword) ||
		e.Actor.Reason != "" {
		t.Errorf("audit event = %+v", e)
	}
}

// TestNewsIsReadAsShown checks that a notice that arrives after the page was loaded is shown again, and that a long
// list shows the newest notices.
func TestNewsIsReadAsShown(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.user("viewer").ID
	by := store.Actor{ID: b.user("admin").ID, Name: "The admin"}
	b.must(b.store.SetRole(t.Context(), by, id, "operator", ""))
	br := b.as("viewer")
	upTo, _ := br.get("/account").doc(t).Find("input[name=upTo]").Attr("value")
	b.must(b.store.OfferPassword(t.Context(), by, id, "h", b.clock.Now().Add(time.Hour)))
	br.post("/account/told", url.Values{"upTo": {upTo}})
	if r := br.get("/account"); !strings.Contains(r.body, "created a link to reset your password") ||
		strings.Contains(r.body, "changed your role") {
		t.Error("a new notice is missing, or a dismissed one is shown again")
	}
	for range 15 {
		b.must(b.store.SetDisabled(t.Context(), by, id, true))
		b.must(b.store.SetDisabled(t.Context(), by, id, false))
	}
	b.must(b.store.OfferPassword(t.Context(), by, id, "i", b.clock.Now().Add(time.Hour)))
	if r := b.as("viewer").get("/account"); strings.Count(r.body, "created a link") != 1 {
		t.Error("a long list of notices lacks the newest")
	}
}

// TestPolicyHoldsTheStreamToo checks that a user who must set up a second factor gets no events.
func TestPolicyHoldsTheStreamToo(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	viewer := b.as("viewer")
	b.must(b.store.SetTwoFactorPolicy(t.Context(), store.Actor{}, store.Policy{Required: "all", From: 1}))
	b.must(b.server.site.Identity.Policy.Reload(t.Context()))
	if r := viewer.get("/events"); r.StatusCode != http.StatusNoContent {
		t.Errorf("GET /events = %d, want 204", r.StatusCode)
	}
}

// TestSecretsOfAnotherKey checks that the portal doesn't start without the right key. If it did, every code would get a
// 500.
func TestSecretsOfAnotherKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.as("viewer").enroll(b.user("viewer").ID)
	b.sql(`UPDATE factors SET secret = 'v1.00000000.' || substr(secret, 13)`)
	_, err := identity.New(t.Context(), identity.Config{Store: b.store, Log: b.logger(), Hash: cheapHash})
	if err == nil || !strings.Contains(err.Error(), "restore it") {
		t.Errorf("identity.New = %v, want an error about the missing key", err)
	}
}

// TestSlowExportsHoldNobodyUp starts more downloads than there are read connections, and reads none of them to the end.
// Other pages must still be served.
func TestSlowExportsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	for range 2000 {
		b.must(
			b.store.Audit(
				t.Context(),
				store.Actor{},
				store.Event{Action: "user.test", Outcome: "done", Detail: strings.Repeat("detail ", 70)},
			),
		)
	}
	admin := b.as("admin")
	for range 6 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.web.URL+"/audit.jsonl", nil)
		b.must(err)
		r.Header.Set("Accept-Encoding", "identity")
		resp, err := admin.Do(r)
		b.must(err)
		defer resp.Body.Close() //nolint:errcheck // the body is left unread on purpose
	}
	if got := b.as("viewer").get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs = %d, want 200", got)
	}
	b.web.CloseClientConnections()
}
