package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// text returns the text in the selected part of a page, with each run of whitespace reduced to one space.
func text(t *testing.T, r portaltest.Response, selector string) string {
	t.Helper()
	return strings.Join(strings.Fields(r.Doc(t).Find(selector).Text()), " ")
}

// TestNavigation checks which navigation links each role has, and that the current page is marked.
func TestNavigation(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	everyone := []string{"/", "/pbxs", "/expiries", "/subscription"}
	for role, want := range map[string][]string{
		store.RoleViewer:   everyone,
		store.RoleOperator: append(everyone[:4:4], "/operations", "/audit"),
		store.RoleAdmin:    append(everyone[:4:4], "/operations", "/audit", "/team"),
	} {
		d := b.As(role).Get("/pbxs").Doc(t)
		links := map[string]bool{}
		for _, a := range d.Find("nav .nav-link").EachIter() {
			links[portaltest.Attr(a, "href")] = true
		}
		for _, path := range []string{"/", "/pbxs", "/expiries", "/subscription", "/operations", "/audit", "/team"} {
			wanted := false
			for _, w := range want {
				wanted = wanted || w == path
			}
			if links[path] != wanted {
				t.Errorf("%s: link to %s: %t, want %t", role, path, links[path], wanted)
			}
		}
		if current := d.Find("nav [aria-current=page]"); portaltest.Attr(current.First(), "href") != "/pbxs" {
			t.Errorf("%s: current page = %s, want /pbxs", role, portaltest.Attr(current.First(), "href"))
		}
	}
}

// TestFailingSync checks the banner that pages show while YCM can't be read, for three kinds of problems, and that a
// successful sync removes it.
func TestFailingSync(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	if banner := text(t, viewer.Get("/account"), "[data-sync-state=failing]"); banner != "" {
		t.Errorf("banner while all is well: %s", banner)
	}
	for _, tt := range []struct {
		fault ycmtest.Fault
		want  []string
	}{
		{ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, []string{"YCM denied access", "requestId"}},
		{ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, []string{"could not be read"}},
		{ycmtest.Fault{Kind: ycmtest.Error500}, []string{"Consecutive failures"}},
	} {
		b.YCM.Clear()
		tt.fault.Op = "listCloudPbxs"
		b.YCM.Inject(tt.fault)
		if _, err := b.Fleet.Mirror.Sync(t.Context()); err == nil {
			t.Fatalf("%s: the sync succeeded", tt.fault.Kind)
		}
		page := text(t, viewer.Get("/pbxs"), "body")
		for _, want := range append(tt.want, "Showing the fleet as of", "13:32:00", "You can still view") {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q", tt.fault.Kind, want)
			}
		}
	}
	b.YCM.Clear()
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	if page := text(t, viewer.Get("/pbxs"), "body"); strings.Contains(page, "Showing the fleet as of") {
		t.Error("the banner stays after a good sync")
	}
}

// TestEmptyLists checks the text of an empty list before the first sync, after that sync failed, for an account without
// PBXs, and for a search without matches.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	never := portaltest.New(t, 0)
	got := text(t, never.As(store.RoleViewer).Get("/pbxs"), "main")
	if !strings.Contains(got, "Syncing with YCM for the first time") {
		t.Errorf("before the first sync: %s", got)
	}
	never.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043})
	if _, err := never.Fleet.Mirror.Sync(t.Context()); err == nil {
		t.Fatal("the sync succeeded")
	}
	got = text(t, never.As(store.RoleViewer).Get("/pbxs"), "main")
	if !strings.Contains(got, "The fleet has never been synced") || !strings.Contains(got, "YCM denied access") {
		t.Errorf("when the first sync failed: %s", got)
	}
	never.YCM.Clear()
	_, err := never.Fleet.Mirror.Sync(t.Context())
	never.Must(err)
	got = text(t, never.As(store.RoleViewer).Get("/pbxs"), "main")
	if !strings.Contains(got, "the account has no Cloud PBXs") {
		t.Errorf("an account without PBXs: %s", got)
	}
	b := portaltest.New(t, 3)
	if got := text(t, b.As(store.RoleViewer).Get("/pbxs?q=zzz"), "main"); strings.Contains(got, "no Cloud PBXs") {
		t.Errorf("a search without matches: %s", got)
	}
}

// TestWarningsOfTheFrame checks the warnings about the disk and the second factor, and the sandbox label. Once the
// second factor is required, pages must redirect to its setup.
func TestWarningsOfTheFrame(t *testing.T) {
	t.Parallel()
	free, diskErr := uint64(499<<20), error(nil)
	b := portaltest.New(t, 3, func(c *web.Config) {
		c.DiskFree = func() (uint64, error) { return free, diskErr }
		c.Sandbox = true
	})
	viewer := b.As(store.RoleViewer)
	page := text(t, viewer.Get("/pbxs"), "body")
	if !strings.Contains(page, "Cordboard’s disk is nearly full: 499 MB left.") || !strings.Contains(page, "Sandbox") {
		t.Error("the page lacks the warning about the disk, or that this is the sandbox")
	}
	diskErr = errors.New("unknown")
	if page := text(t, viewer.Get("/pbxs"), "body"); strings.Contains(page, "nearly full") {
		t.Error("a figure that can't be read counts as a full disk")
	}
	from := b.Clock.Now().AddDate(0, 0, 7)
	b.Must(b.Identity.Policy.Set(t.Context(), store.Actor{}, store.Policy{Required: "all", From: from.Unix()}))
	page = text(t, viewer.Get("/pbxs"), "body")
	if !strings.Contains(page, "Starting 24 Mar 2026, your role requires a second factor") {
		t.Error("the page lacks the reminder of the second factor")
	}
	b.Clock.Add(time.Minute)
	b.Must(b.Identity.Policy.Set(
		t.Context(), store.Actor{}, store.Policy{Required: "all", From: b.Clock.Now().Unix()},
	))
	if r := viewer.Get("/pbxs"); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/account/factor" {
		t.Errorf("a page from that day on = %d to %q, want the set-up", r.StatusCode, r.Header.Get("Location"))
	}
	if r := viewer.Get("/account/factor"); r.StatusCode != http.StatusOK {
		t.Errorf("GET /account/factor = %d, want 200", r.StatusCode)
	}
}

// TestNoticesInWords checks the wording of the notices about changes that somebody else made to a user's account.
func TestNoticesInWords(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	id := b.User(store.RoleViewer).ID
	by := store.Actor{ID: b.User(store.RoleAdmin).ID, Name: "The admin", Reason: "CB-1"}
	nameless := store.Actor{Email: "command line"}
	b.As(store.RoleViewer).Enroll(id)
	b.Must(b.Store.SetRole(t.Context(), by, id, store.RoleOperator, ""))
	b.Must(b.Store.DisableUser(t.Context(), nameless, id))
	b.Must(b.Store.EnableUser(t.Context(), nameless, id))
	b.Must(b.Store.OfferPassword(t.Context(), by, id, "h", b.Clock.Now().Add(time.Hour)))
	b.Must(b.Store.RemoveFactor(t.Context(), by, id, "user.reset-2fa", ""))
	b.As(store.RoleViewer)
	b.Must(b.Store.EndSessions(t.Context(), by, id, "", ""))
	page := text(t, b.As(store.RoleViewer).Get("/account"), "body")
	for _, want := range []string{
		"The admin changed your role from viewer to operator; reason: CB-1.", "command line disabled your account.",
		"command line re-enabled your account.", "The admin created a link to reset your password; reason: CB-1.",
		"The admin removed your second factor; reason: CB-1.", "The admin signed you out (1 session); reason: CB-1.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestSessionEnds checks that a session ends after half an hour without use, and after its maximum lifetime even if it
// is in use. Background requests don't count as use.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, func(c *web.Config) { c.SessionMax = 2 * time.Hour })
	viewer := b.As(store.RoleViewer)
	in := func(headers ...string) bool {
		return viewer.Get("/account", headers...).StatusCode == http.StatusOK
	}
	for range 3 {
		b.Clock.Add(29 * time.Minute)
		if !in() {
			t.Fatal("a session in use ended")
		}
	}
	b.Clock.Add(29 * time.Minute)
	if !in("Cordboard-Background", "1") {
		t.Error("a page that updates itself isn't served")
	}
	b.Clock.Add(3 * time.Minute)
	if in() {
		t.Error("updates of an open page keep a session alive")
	}
	viewer = b.As(store.RoleViewer)
	for minute := 20; minute <= 140; minute += 20 {
		b.Clock.Add(20 * time.Minute)
		if left, want := in(), minute < 120; left != want {
			t.Errorf("after %d minutes of use the session is valid: %t, want %t", minute, left, want)
		}
	}
}

// TestExportsOfEveryTable checks the headers and the audit entry of every small export, that a HEAD request leaves no
// audit entry, and that nothing is exported if the export can't be audited.
func TestExportsOfEveryTable(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 12)
	viewer := b.As(store.RoleViewer)
	for name, path := range map[string]string{
		"expiries": "/expiries.csv", "sizes": "/sizes.csv", "subscription": "/subscription.csv?days=30",
	} {
		_, before := b.RowsSince(0)
		r := viewer.Get(path)
		if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != web.CSVType {
			t.Errorf("GET %s = %d, %s", path, r.StatusCode, r.Header.Get("Content-Type"))
			continue
		}
		want := fmt.Sprintf(`attachment; filename="%s-20260317T133200Z.csv"`, name)
		if got := r.Header.Get("Content-Disposition"); got != want {
			t.Errorf("%s: Content-Disposition = %s, want %s", name, got, want)
		}
		if r.Header.Get("Cordboard-As-Of") != "2026-03-17T13:32:00Z" || r.Header.Get("Cordboard-Sync-State") != "current" {
			t.Errorf("%s: as of %s, %s", name, r.Header.Get("Cordboard-As-Of"), r.Header.Get("Cordboard-Sync-State"))
		}
		if rows, _ := b.RowsSince(before); cmp.Diff([]string{name + ".export done"}, rows) != "" {
			t.Errorf("%s: audit rows %q", name, rows)
		}
		_, before = b.RowsSince(0)
		head := viewer.Send(http.MethodHead, path, nil)
		if rows, _ := b.RowsSince(before); head.StatusCode != http.StatusOK || head.Text != "" || len(rows) != 0 {
			t.Errorf("HEAD %s = %d with %d bytes and audit rows %q, want none", path, head.StatusCode, len(head.Text), rows)
		}
		mend := b.BreakAudit()
		if r := viewer.Get(path); r.StatusCode != http.StatusServiceUnavailable || strings.Contains(r.Text, "cloudPbxId,") {
			t.Errorf("GET %s without a log = %d, want 503 without data", path, r.StatusCode)
		}
		mend()
	}
}

// TestTooManyExports checks the limit on exports, which applies per user.
func TestTooManyExports(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	viewer := b.As(store.RoleViewer)
	limit := web.RateExport.PerMinute()
	for n := 1; n <= limit+2; n++ {
		r := viewer.Send(http.MethodHead, "/sizes.csv", nil)
		want := http.StatusOK
		if n > limit {
			want = http.StatusTooManyRequests
		}
		if r.StatusCode != want {
			t.Fatalf("export %d = %d, want %d", n, r.StatusCode, want)
		}
	}
	if r := viewer.Get("/sizes.csv"); r.Header.Get("Retry-After") != "10" ||
		!strings.Contains(r.Text, "Nothing was exported") {
		t.Errorf("one export too many: Retry-After %q", r.Header.Get("Retry-After"))
	}
	if r := b.As(store.RoleOperator).Get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("another user's export = %d, want 200", r.StatusCode)
	}
	b.Clock.Add(time.Minute)
	if r := viewer.Get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("an export a minute later = %d, want 200", r.StatusCode)
	}
}

// TestRecentSignIn checks that inviting a user more than ten minutes after signing in requires the password again, and
// that the submitted form isn't lost. Setting the clock back must not make the sign-in recent.
func TestRecentSignIn(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	admin := b.As(store.RoleAdmin)
	form := url.Values{"email": {"new@example.com"}, "role": {"viewer"}, "reason": {"CB-7"}}
	b.Clock.Add(web.RecentAuthWindow)
	if r := admin.Post("/team", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("an invitation within ten minutes = %d, want 303", r.StatusCode)
	}
	b.Clock.Add(time.Second)
	form.Set("email", "other@example.com")
	r := admin.Post("/team", form)
	if r.StatusCode == http.StatusSeeOther || !strings.Contains(r.Text, "confirmPassword") ||
		!strings.Contains(r.Text, "other@example.com") {
		t.Errorf("an invitation after ten minutes = %d, want a page that asks for the password", r.StatusCode)
	}
	form.Set("confirmPassword", "wrong")
	if r := admin.Post("/team", form); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the form with a wrong password = %d, want 422", r.StatusCode)
	}
	form.Set("confirmPassword", portaltest.Password)
	if r := admin.Post("/team", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the form with the right password = %d, want 303", r.StatusCode)
	}
	form = url.Values{"email": {"third@example.com"}, "role": {"viewer"}}
	if r := admin.Post("/team", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("an invitation right after the confirmation = %d, want 303", r.StatusCode)
	}
	b.Clock.Add(-24 * time.Hour) // as if the clock had been a day ahead
	if r := admin.Post("/team", form); r.StatusCode == http.StatusSeeOther &&
		!strings.HasPrefix(r.Header.Get("Location"), "/signin") {
		t.Errorf("an invitation after the clock went back = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
}

// TestRepeatedNotices checks that notices that say the same are one, with their number.
func TestRepeatedNotices(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	var last *portaltest.Browser
	for range store.MaxSessions + 3 {
		last = b.As(store.RoleViewer)
	}
	notices := last.Get("/keys").Doc(t).Find(".notice li")
	if notices.Length() != 1 || !strings.HasSuffix(strings.TrimSpace(notices.Text()), "was signed out. (3 times)") {
		t.Errorf("%d notices: %q", notices.Length(), notices.Text())
	}
}
