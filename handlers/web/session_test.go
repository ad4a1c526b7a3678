package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
)

// TestSignInsUnderWay checks a sign-in that has passed the password check, but hasn't stored its session yet. It must
// not create a session if, in the meantime, the user's password or second factor changed, the account was disabled, or
// the pending session was ended.
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
	b.Must(b.Store.DisableUser(t.Context(), store.Actor{}, u.ID))
	if _, err := b.Store.SignIn(t.Context(), store.Actor{}, session(u, 5)); err == nil {
		t.Error("a disabled user got a session")
	}
	// A full session is created only if its pending session still exists.
	o := b.User("operator")
	b.As("operator").Enroll(o.ID)
	o = b.User("operator")
	pending := session(o, 6)
	pending.AwaitingSecondFactor = true
	_, err = b.Store.SignIn(t.Context(), store.Actor{}, pending)
	b.Must(err)
	b.Must(b.Store.EndSessions(t.Context(), store.Actor{}, o.ID, "", ""))
	whole := session(o, 7)
	whole.Replaces = pending.TokenHash
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

// TestPolicyHoldsTheStreamToo checks that a user who must set up a second factor gets no events.
func TestPolicyHoldsTheStreamToo(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As("viewer")
	b.Must(b.Store.SetTwoFactorPolicy(t.Context(), store.Actor{}, store.Policy{Required: "all", From: 1}))
	b.Must(b.Identity.Policy.Reload(t.Context()))
	if r := viewer.Get("/events"); r.StatusCode != http.StatusNoContent {
		t.Errorf("GET /events = %d, want 204", r.StatusCode)
	}
}

// TestPortalsOfOneMachine checks that portals on different ports of the same machine use different cookie names.
func TestPortalsOfOneMachine(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, port := range []string{"", "9001", "9002"} {
		b := portaltest.New(t, 0, func(c *web.Config) { c.CookiePort = port })
		for _, c := range b.Browser().SignIn("viewer@example.com", portaltest.Password).Cookies() {
			if names[c.Name] {
				t.Errorf("two portals share the cookie name %s", c.Name)
			}
			names[c.Name] = true
		}
	}
	if len(names) != 6 || !names["cordboard"] || !names["cordboard-9001"] {
		t.Errorf("cookie names = %v", names)
	}
}

// TestALoweredRoleCountsAtOnce checks that a lower role applies from the next request on, even in an existing session.
func TestALoweredRoleCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	br := b.As("operator")
	var hash string
	for _, c := range br.Cookies() {
		if c.Name == "cordboard" {
			hash = store.HashToken(c.Value)
		}
	}
	if got := br.Get("/operations").StatusCode; got != http.StatusOK {
		t.Fatalf("GET /operations = %d, want 200", got)
	}
	b.Must(b.Store.SetRole(t.Context(), store.Actor{}, b.User("operator").ID, store.RoleViewer, hash))
	if got := br.Get("/operations").StatusCode; got != http.StatusForbidden {
		t.Errorf("GET /operations with the lower role = %d, want 403", got)
	}
	if got := br.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs with the lower role = %d, want 200", got)
	}
}

// TestQueryIsNoForm checks that forms take values from the body only, never from the URL, and that a form changes only
// its own fields.
func TestQueryIsNoForm(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	if got := b.Browser().
		Post("/signin?email=viewer@example.com&password="+url.QueryEscape(portaltest.Password), nil).
		StatusCode; got != http.StatusUnprocessableEntity {
		t.Errorf("sign-in with values in the URL = %d, want 422", got)
	}
	admin := b.As("admin")
	if got := admin.Post(
		fmt.Sprintf("/team/%d/role?role=admin", b.User("viewer").ID),
		nil,
	).StatusCode; got != http.StatusUnprocessableEntity ||
		b.User("viewer").Role != "viewer" {
		t.Errorf("role change with values in the URL = %d, want 422", got)
	}
	admin.Post(
		"/account",
		url.Values{"theme": {"dark"}, "role": {"viewer"}, "id": {"3"}, "email": {"x@example.com"}, "disabled": {"1"}},
	)
	if u := b.User("admin"); u.Role != "admin" || u.Prefs.Theme != "dark" || b.User("viewer").Prefs.Theme != "" {
		t.Errorf("a form changed more than its fields: %+v", u)
	}
}

func TestBehindHTTPS(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, func(c *web.Config) { c.PublicURL = "https://cordboard.example.com" })
	r := b.Browser().SignIn("viewer@example.com", portaltest.Password)
	names := []string{}
	for _, c := range r.Cookies() {
		names = append(names, c.Name)
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s has the wrong attributes: %+v", c.Name, c)
		}
	}
	slices.Sort(names)
	if want := []string{"__Host-cordboard", "__Host-kb"}; !slices.Equal(names, want) {
		t.Errorf("cookies = %q, want %q", names, want)
	}
	if got := r.Header.Get("Strict-Transport-Security"); got != "max-age=31536000; includeSubDomains" {
		t.Errorf("Strict-Transport-Security = %q", got)
	}
	if got := b.Browser().
		Post("/signin", nil, "Origin", "https://cordboard.example.com", "Sec-Fetch-Site", "cross-site").
		StatusCode; got == http.StatusForbidden {
		t.Error("a request from the portal's own public URL is refused as cross-site")
	}
}
