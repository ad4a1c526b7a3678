package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestSettings checks what the settings form stores, and that a rejected form stores nothing and says why.
func TestSettings(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	good := url.Values{
		"theme": {"dark"}, "density": {"comfortable"}, "dates": {"iso"}, "landing": {"all"}, "keys": {"yes"},
		"timeZone": {"Asia/Kathmandu"},
	}
	if r := viewer.Post("/account", good); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/account?done=settings" {
		t.Fatalf("saving the settings = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	u := b.User(store.RoleViewer)
	if p := u.Prefs; p.Theme != "dark" || p.Density != "comfortable" || p.Dates != "iso" ||
		p.Landing != "all" || p.KeysOff ||
		u.TimeZone != "Asia/Kathmandu" {
		t.Errorf("stored: %+v, %s", p, u.TimeZone)
	}
	if page := viewer.Get("/pbxs"); !strings.Contains(page.Text, `data-theme="dark"`) {
		t.Error("the theme isn't in effect")
	}
	for name, tt := range map[string]struct{ field, value, want string }{
		"no such zone":   {"timeZone", "Mars/Olympus", "Choose a time zone from the list"},
		"the machine's":  {"timeZone", "Local", "Choose a time zone from the list"},
		"a path":         {"timeZone", "../../etc/passwd", "Choose a time zone from the list"},
		"an endless one": {"timeZone", strings.Repeat("Europe/", 30), "Choose a time zone from the list"},
		"no such view":   {"landing", "999999", "This view no longer exists"},
		"no such format": {"dates", "roman", "Choose a date format from the list"},
	} {
		form := portaltest.With(good, map[string]string{tt.field: tt.value, "theme": "light"})
		r := viewer.Post("/account", form)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, tt.want) {
			t.Errorf("%s = %d, want 422 that says %q", name, r.StatusCode, tt.want)
		}
		if got := b.User(store.RoleViewer); got.Prefs.Theme != "dark" || got.TimeZone != "Asia/Kathmandu" {
			t.Errorf("%s: the rejected form changed %+v, %s", name, got.Prefs, got.TimeZone)
		}
	}
	odd := portaltest.With(good, map[string]string{"theme": "pink", "density": "tiny", "keys": "", "timeZone": ""})
	if r := viewer.Post("/account", odd); r.StatusCode != http.StatusSeeOther {
		t.Errorf("unknown looks = %d, want the defaults", r.StatusCode)
	}
	if u := b.User(store.RoleViewer); u.Prefs.Theme != "" || u.Prefs.Density != "" || !u.Prefs.KeysOff ||
		u.TimeZone != "" {
		t.Errorf("after unknown looks: %+v, %q", u.Prefs, u.TimeZone)
	}
}

// TestZones checks that the menu lists each time zone once, and that it includes the user's own zone even if that zone
// isn't a common one.
func TestZones(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.As(store.RoleViewer)
	b.Must(b.Store.SetPrefs(t.Context(), store.Actor{ID: b.User(store.RoleViewer).ID}, "test", func(u *store.User) {
		u.TimeZone = "Antarctica/Troll"
	}))
	seen := map[string]int{}
	options := viewer.Get("/account").Doc(t).Find("select[name=timeZone] option")
	for _, o := range options.EachIter() {
		seen[portaltest.Attr(o, "value")]++
	}
	if len(seen) < 40 || seen["Antarctica/Troll"] != 1 || seen[""] != 1 || seen["UTC"] != 1 {
		t.Errorf("%d zones, the user's own %d times", len(seen), seen["Antarctica/Troll"])
	}
	for zone, n := range seen {
		if n != 1 {
			t.Errorf("%s is listed %d times", zone, n)
		}
	}
	if got := portaltest.Attr(options.Filter("[selected]"), "value"); got != "Antarctica/Troll" {
		t.Errorf("selected zone = %s", got)
	}
}

// TestChangePassword checks reasons to reject a change, and that a successful change ends the user's other sessions.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer, elsewhere := b.As(store.RoleViewer), b.As(store.RoleViewer)
	change := func(old, password string) portaltest.Response {
		return viewer.Post("/account/password", url.Values{"oldPassword": {old}, "newPassword": {password}})
	}
	for name, tt := range map[string]struct{ old, password, want string }{
		"wrong":     {"wrong", "lantern orchard gravel", "Incorrect password. Nothing was changed."},
		"the same":  {portaltest.Password, portaltest.Password, "The new password must differ from the current one."},
		"too short": {portaltest.Password, "short", "12 characters"},
		"empty":     {"", "", "Incorrect password"},
	} {
		if r := change(tt.old, tt.password); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(r.Text, tt.want) {
			t.Errorf("%s = %d, want 422 that says %q", name, r.StatusCode, tt.want)
		}
	}
	if got := elsewhere.Get("/account").StatusCode; got != http.StatusOK {
		t.Errorf("a session elsewhere after rejected changes = %d, want 200", got)
	}
	if r := change(portaltest.Password, "lantern orchard gravel"); r.Header.Get("Location") != "/account?done=password" {
		t.Fatalf("a good change = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if got := viewer.Get("/account?done=password"); !strings.Contains(got.Text, "All other devices were signed out.") {
		t.Errorf("the page doesn't say what happened: %d", got.StatusCode)
	}
	if got := elsewhere.Get("/account").StatusCode; got != http.StatusSeeOther {
		t.Errorf("a session elsewhere after the change = %d, want 303", got)
	}
	for password, want := range map[string]int{
		portaltest.Password: http.StatusUnprocessableEntity, "lantern orchard gravel": http.StatusSeeOther,
	} {
		if got := b.Browser().SignIn("viewer@example.com", password).StatusCode; got != want {
			t.Errorf("sign-in with %q = %d, want %d", password, got, want)
		}
	}
	for range 12 {
		change("wrong", "another good password")
	}
	r := change("lantern orchard gravel", "another good password")
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" ||
		!strings.Contains(r.Text, "Too many incorrect passwords. Nothing was changed.") {
		t.Errorf("a change after many wrong passwords = %d, want 429", r.StatusCode)
	}
}

// TestOwnSessions checks that a user can end one or all of their other sessions, and that the current one stays.
func TestOwnSessions(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	here, one, two := b.As(store.RoleViewer), b.As(store.RoleViewer), b.As(store.RoleViewer)
	in := func(br *portaltest.Browser) bool { return br.Get("/account").StatusCode == http.StatusOK }
	if rows := here.Get("/account").Doc(t).Find("li[data-session]"); rows.Length() != 3 {
		t.Errorf("%d sessions are listed, want 3", rows.Length())
	}
	if r := here.Post("/account/sessions", url.Values{"end": {one.SessionMark()}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("ending one session = %d, want 303", r.StatusCode)
	}
	if !in(here) || in(one) || !in(two) {
		t.Errorf("after ending one: here %t, one %t, two %t", in(here), in(one), in(two))
	}
	if r := here.Post("/account/sessions", url.Values{"end": {"others"}}); r.StatusCode != http.StatusSeeOther {
		t.Errorf("ending the others = %d, want 303", r.StatusCode)
	}
	if !in(here) || in(two) {
		t.Errorf("after ending the others: here %t, two %t", in(here), in(two))
	}
	for _, end := range []string{"others", "", "nonsense", b.As(store.RoleAdmin).SessionMark()} {
		if r := here.Post("/account/sessions", url.Values{"end": {end}}); r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("ending %q = %d, want a refusal", end, r.StatusCode)
		}
	}
}

// TestWithoutAFactor checks that forms about a second factor are rejected if the user has none, and that beginning the
// setup shows a QR code.
func TestWithoutAFactor(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.As(store.RoleViewer)
	for path, want := range map[string]string{
		"/account/factor/codes":   "You have no second factor, so nothing was changed.",
		"/account/factor/remove":  "You have no second factor, so nothing was changed.",
		"/account/factor/confirm": "No setup is in progress, so nothing was changed.",
	} {
		if r := viewer.Post(path, url.Values{"code": {"123456"}}); r.StatusCode != http.StatusConflict ||
			!strings.Contains(r.Text, want) {
			t.Errorf("POST %s = %d, want 409 that says %q", path, r.StatusCode, want)
		}
	}
	if r := viewer.Get("/account/factor/codes?shown=made-up"); r.Header.Get("Location") != "/account" {
		t.Errorf("codes that were never made = %d to %s, want the account", r.StatusCode, r.Header.Get("Location"))
	}
	if r := viewer.Post("/account/told", url.Values{"upTo": {"x"}}); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("acknowledging no notice = %d, want 422", r.StatusCode)
	}
	viewer.Post("/account/factor", nil)
	page := viewer.Get("/account/factor").Doc(t)
	if path := portaltest.Attr(page.Find("svg.qr path"), "d"); strings.Count(path, "M") < 100 {
		t.Errorf("QR code = %.60s, want one", path)
	}
}
