package handlers

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"cordboard/identity"
	"cordboard/store"
)

// totpStep is how long a code is valid, in seconds.
const totpStep = 30

// code returns the code that the user's app shows now, or will show the given number of steps later. If confirmed is
// false, the code is for the factor that is being set up.
func (b *bench) code(userID int64, confirmed bool, steps int) string {
	b.t.Helper()
	get := b.server.site.Identity.Factors.Pending
	if confirmed {
		get = b.server.site.Identity.Factors.Active
	}
	f, err := get(b.t.Context(), userID)
	b.must(err)
	secret, err := b.server.site.Identity.Factors.Secret(f)
	b.must(err)
	code, err := totp.GenerateCode(
		identity.SecretParam(secret),
		b.clock.Now().Add(time.Duration(steps)*totpStep*time.Second),
	)
	b.must(err)
	return code
}

// enroll sets up a second factor for the signed-in user, and returns the recovery codes.
func (br *browser) enroll(userID int64) []string {
	br.b.t.Helper()
	if r := br.post("/account/factor", nil); r.StatusCode != http.StatusSeeOther {
		br.b.t.Fatalf("begin second factor = %d, want 303\n%s", r.StatusCode, r.body)
	}
	r := br.post("/account/factor/confirm", url.Values{"code": {br.b.code(userID, false, 0)}}).followed()
	if r.StatusCode != http.StatusOK {
		br.b.t.Fatalf("confirm second factor = %d, want 200\n%s", r.StatusCode, r.body)
	}
	var codes []string
	for _, n := range r.doc(br.b.t).Find("#codes li").EachIter() {
		codes = append(codes, n.Text())
	}
	br.b.clock.add(totpStep * time.Second) // the code can't be used again
	return codes
}

// linkIn returns the token of the link that the page shows once.
func linkIn(t testing.TB, r response) string {
	t.Helper()
	text, _ := r.followed().doc(t).Find("#link [data-copy]").Attr("data-copy")
	u, err := url.Parse(text)
	if err != nil || u.Query().Get("token") == "" {
		t.Fatalf("the page shows no link (status %d):\n%s", r.StatusCode, r.body)
	}
	return u.Query().Get("token")
}

// newest returns the log's rows after the given row number as "action outcome", oldest first, and the number of the
// last row.
func (b *bench) newest(after int64) (rows []string, last int64) {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 1000, store.AuditQuery{})
	b.must(err)
	for _, e := range p.Events {
		last = max(last, e.Seq)
		if e.Seq > after {
			rows = append([]string{e.Action + " " + e.Outcome}, rows...)
		}
	}
	return rows, last
}

// change is one use of a route that changes something.
type change struct {
	route  string
	role   string
	form   func(b *bench, br *browser) (string, url.Values)
	bad    url.Values
	badAs  string
	rows   []string
	status int
}

func fixed(path string, pairs ...string) func(*bench, *browser) (string, url.Values) {
	return func(*bench, *browser) (string, url.Values) {
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Add(pairs[i], pairs[i+1])
		}
		return path, form
	}
}

// other adds a colleague, and returns the user and the path of the user's page.
func (b *bench) other(role string) (store.User, string) {
	b.t.Helper()
	hash, err := identity.HashPassword(testPassword, cheapHash)
	b.must(err)
	all, err := b.store.Users(b.t.Context())
	b.must(err)
	u, err := b.store.AddUser(
		b.t.Context(),
		store.Actor{Email: "test"},
		store.User{
			Email:        fmt.Sprintf("other%d@example.com", len(all)),
			Name:         "Other",
			Role:         role,
			PasswordHash: hash,
		},
	)
	b.must(err)
	return u, fmt.Sprintf("/team/%d", u.ID)
}

func colleague(path string, pairs ...string) func(*bench, *browser) (string, url.Values) {
	return func(b *bench, br *browser) (string, url.Values) {
		_, page := b.other(store.RoleViewer)
		return fixed(page+path, pairs...)(b, br)
	}
}

var stateChanges = []change{
	{
		route: "POST /overview/settings",
		role:  "viewer",
		form:  fixed("/overview/settings", "block", "news", "do", "hide"),
		bad:   url.Values{"block": {"nonsense"}},
	},
	{route: "POST /pbxs/settings", role: "viewer", form: fixed("/pbxs/settings", "cols", "name", "density", "compact")},
	{
		route: "POST /views",
		role:  "viewer",
		form:  fixed("/views", "name", "Mine", "query", "type=Trial"),
		bad:   url.Values{"name": {""}},
	},
	{route: "POST /views/delete", role: "viewer", form: func(b *bench, _ *browser) (string, url.Values) {
		v, err := b.store.PutSaved(
			b.t.Context(),
			store.Actor{},
			store.ListViews,
			store.Saved{OwnerID: b.user("viewer").ID, Name: "Going", Query: "type=Trial"},
		)
		b.must(err)
		return "/views/delete", url.Values{"view": {fmt.Sprint(v.ID)}}
	}, bad: url.Values{"view": {"999999"}}},
	{
		route: "POST /views/landing",
		role:  "viewer",
		form:  fixed("/views/landing", "view", "expiring"),
		bad:   url.Values{"view": {"999999"}},
	},
	{
		route:  "POST /presets",
		role:   "operator",
		form:   fixed("/presets", "presetName", "Small", "extensionCapacity", "5"),
		bad:    url.Values{"presetName": {""}},
		status: http.StatusOK,
	},
	{route: "POST /presets/delete", role: "operator", form: func(b *bench, _ *browser) (string, url.Values) {
		v, err := b.store.PutSaved(
			b.t.Context(),
			store.Actor{},
			store.Presets,
			store.Saved{OwnerID: b.user("operator").ID, Name: "Going", Query: "extensionCapacity=5"},
		)
		b.must(err)
		return "/presets/delete", url.Values{"preset": {fmt.Sprint(v.ID)}}
	}, bad: url.Values{"preset": {"999999"}}},
	// The worker, which isn't running here, would write the outcome.
	{route: "POST /pbxs", role: "operator", form: func(b *bench, br *browser) (string, url.Values) {
		form := goodForm(fmt.Sprintf("acme%d", b.clock.Now().Unix()))
		b.clock.add(time.Second)
		form.Set("attempt", br.form())
		return "/pbxs", form
	}, bad: url.Values{"name": {""}}, rows: []string{"pbx.create asked"}},

	{
		route: "POST /account",
		role:  "viewer",
		form:  fixed("/account", "theme", "dark", "timeZone", "Europe/Berlin", "dates", "iso"),
		bad:   url.Values{"timeZone": {"Mars/Olympus"}},
	},
	{
		route: "POST /account/told",
		role:  "viewer",
		form:  fixed("/account/told", "upTo", "1"),
		bad:   url.Values{"upTo": {""}},
	},
	{
		route: "POST /account/password",
		role:  "viewer",
		form:  fixed("/account/password", "oldPassword", testPassword, "newPassword", "lantern orchard gravel"),
		bad:   url.Values{"newPassword": {"short"}},
		rows:  []string{"user.password done"},
	},
	{route: "POST /account/sessions", role: "operator", form: func(b *bench, _ *browser) (string, url.Values) {
		b.as("operator")
		return "/account/sessions", url.Values{"end": {"others"}}
	}, bad: url.Values{"end": {"nonsense"}}},
	{route: "POST /account/factor", role: "operator", form: fixed("/account/factor")},
	{route: "POST /account/factor/confirm", role: "operator", form: func(b *bench, br *browser) (string, url.Values) {
		br.post("/account/factor", nil)
		return "/account/factor/confirm", url.Values{"code": {b.code(b.user("operator").ID, false, 0)}}
	}, bad: url.Values{"code": {"000000"}}},
	{route: "POST /account/factor/codes", role: "operator", form: fixed("/account/factor/codes")},
	{route: "POST /account/factor/remove", role: "operator", form: fixed("/account/factor/remove")},

	{
		route: "POST /team",
		role:  "admin",
		form:  fixed("/team", "email", "new@example.com", "role", "viewer", "reason", "CB-1"),
		bad:   url.Values{"role": {"owner"}},
	},
	{route: "POST /team/withdraw", role: "admin", form: func(b *bench, br *browser) (string, url.Values) {
		r := br.post("/team", url.Values{"email": {"gone@example.com"}, "role": {"viewer"}}).followed()
		var id string
		for _, n := range r.doc(b.t).Find("button[name=invitation]").EachIter() {
			id, _ = n.Attr("value")
		}
		return "/team/withdraw", url.Values{"invitation": {id}}
	}, bad: url.Values{"invitation": {"999999"}}},
	{
		route: "POST /team/policy",
		role:  "admin",
		form:  fixed("/team/policy", "required", "all", "from", "2099-01-01"),
		bad:   url.Values{"required": {"some"}},
	},
	{
		route: "POST /team/{id}/role",
		role:  "admin",
		form:  colleague("/role", "role", "operator"),
		bad:   url.Values{"role": {"owner"}},
	},
	{route: "POST /team/{id}/disable", role: "admin", form: colleague("/disable")},
	{route: "POST /team/{id}/enable", role: "admin", form: func(b *bench, _ *browser) (string, url.Values) {
		u, page := b.other("viewer")
		b.must(b.store.SetDisabled(b.t.Context(), store.Actor{}, u.ID, true))
		return page + "/enable", nil
	}},
	{route: "POST /team/{id}/password", role: "admin", form: colleague("/password")},
	{route: "POST /team/{id}/factor", role: "admin", form: func(b *bench, _ *browser) (string, url.Values) {
		u, page := b.other("viewer")
		br := b.browser()
		br.signIn(u.Email, testPassword)
		br.enroll(u.ID)
		return page + "/factor", nil
	}},
	{route: "POST /team/{id}/sessions", role: "admin", form: func(b *bench, _ *browser) (string, url.Values) {
		u, page := b.other("viewer")
		b.browser().signIn(u.Email, testPassword)
		return page + "/sessions", url.Values{"end": {"others"}}
	}, bad: url.Values{"end": {"nonsense"}}},

	{route: "POST /link", form: func(b *bench, _ *browser) (string, url.Values) {
		u, _ := b.other("viewer")
		token := "token" + fmt.Sprint(u.ID)
		b.must(
			b.store.OfferPassword(
				b.t.Context(),
				store.Actor{},
				u.ID,
				store.HashToken(token),
				b.clock.Now().Add(time.Hour),
			),
		)
		return "/link", url.Values{"token": {token}, "newPassword": {"lantern orchard gravel"}}
	}, bad: url.Values{"newPassword": {"short"}}, rows: []string{"user.password done"}},
	{
		route: "POST /signin",
		form:  fixed("/signin", "email", "operator@example.com", "password", testPassword),
		bad:   url.Values{"password": {"wrong"}},
		badAs: "session.signin failed",
	},
	{route: "POST /signin/code", form: func(b *bench, br *browser) (string, url.Values) {
		u, _ := b.other("viewer")
		first := b.browser()
		first.signIn(u.Email, testPassword)
		first.enroll(u.ID)
		br.signIn(u.Email, testPassword)
		return "/signin/code", url.Values{"code": {b.code(u.ID, true, 0)}}
	}, bad: url.Values{"code": {"000000"}}, badAs: "session.signin failed", rows: []string{"session.signin done"}},
	{
		route: "POST /confirm",
		role:  "viewer",
		form:  fixed("/confirm", "confirmPassword", testPassword, "next", "/account"),
		bad:   url.Values{"confirmPassword": {"wrong"}},
		badAs: "session.confirm failed",
	},
	{route: "POST /signout", role: "viewer", form: fixed("/signout")},
}

// TestEachChangeLeavesItsRows checks every route that changes something. Each must write exactly its rows when it
// succeeds, is refused or is denied. If the log can't be written, nothing may change. The effects of YCM faults and
// kill -9 on a create operation are tested in exactly_once_test.go of fleet/operations and of cmd/cordboard.
func TestEachChangeLeavesItsRows(t *testing.T) {
	t.Parallel()
	tested := map[string]bool{"POST /setup": true} // in TestSetupLeavesItsRows, which needs a portal without users
	for _, c := range stateChanges {
		tested[c.route] = true
		t.Run(c.route, func(t *testing.T) { testRows(t, c) })
	}
	for _, r := range newBench(t, 0).allRoutes() {
		selfRecorded := r.method == http.MethodPost && r.path == "/signin/code"
		if r.method == http.MethodPost && (r.action != "" || selfRecorded) && !tested[r.name()] {
			t.Errorf("%s changes something, and isn't tested", r.name())
		}
	}
}

// revoking are the routes that end sessions or lock users out. They work even while nothing can be written, and write
// their row as soon as writing is possible again.
var revoking = map[string]bool{
	"POST /signout":            true,
	"POST /account/sessions":   true,
	"POST /team/{id}/sessions": true,
	"POST /team/{id}/disable":  true,
}

func testRows(t *testing.T, c change) {
	b := newBench(t, 3)
	route := b.routeNamed(c.route)
	action := route.action
	b.as("operator").enroll(b.user("operator").ID) // needed by the routes that change the operator's factor
	if c.route == "POST /signin" {
		b.must(b.store.RemoveFactor(t.Context(), store.Actor{}, b.user("operator").ID, "test", ""))
	}
	br := b.browser()
	if c.role != "" {
		br.signInFully(c.role)
	}
	expect := func(what string, path string, form url.Values, status func(int) bool, want ...string) {
		t.Helper()
		_, before := b.newest(0)
		r := br.post(path, form)
		rows, _ := b.newest(before)
		if !status(r.StatusCode) || !slices.Equal(rows, want) {
			t.Errorf(
				"%s: status = %d with rows %q, want %q\n%.2000s",
				what,
				r.StatusCode,
				rows,
				want,
				r.doc(t).Find("#error, #problem, .problem").Text(),
			)
		}
	}
	is := func(want int) func(int) bool { return func(got int) bool { return got == want } }
	refused := func(got int) bool { return got >= 400 && got < 500 }

	if route.role == operator || route.role == admin { // users with a lower role are denied
		path, form := c.form(b, br)
		viewer := b.as("viewer")
		_, before := b.newest(0)
		r := viewer.post(path, form)
		if rows, _ := b.newest(before); r.StatusCode != http.StatusForbidden ||
			!slices.Equal(rows, []string{action + " denied"}) {
			t.Errorf("denied: status = %d with rows %q, want 403 with one denied row", r.StatusCode, rows)
		}
	}
	if c.bad != nil {
		path, form := c.form(b, br)
		for k, v := range c.bad {
			form[k] = v
		}
		want := c.badAs
		if want == "" {
			want = action + " refused"
		}
		expect("refused", path, form, refused, want)
	}
	path, form := c.form(b, br)
	unbreak := b.breakAudit()
	_, before := b.newest(0)
	r := br.post(path, form)
	if revoking[c.route] {
		rows, _ := b.newest(before)
		unbreak()
		b.server.site.Identity.Sessions.Flush(t.Context())
		if later, _ := b.newest(before); r.StatusCode != http.StatusSeeOther || len(rows) > 0 ||
			!slices.Equal(later, []string{action + " done"}) {
			t.Errorf(
				"without a log: status = %d with rows %q, then %q; want 303 and one row once the log can be written",
				r.StatusCode,
				rows,
				later,
			)
		}
		if c.route == "POST /signout" {
			br.signInFully(c.role)
		} else {
			path, form = c.form(b, br)
		}
		expect("done", path, form, is(http.StatusSeeOther), action+" done")
		return
	}
	if r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a log: status = %d, want 503", r.StatusCode)
	}
	unbreak()
	// A repeated request fails on these routes because the first one has used up the code.
	if c.route != "POST /account/factor/confirm" && c.route != "POST /signin/code" {
		status := c.status
		if status == 0 {
			status = http.StatusSeeOther
		}
		want := c.rows
		if want == nil {
			want = []string{action + " done"}
		}
		if c.route == "POST /confirm" || c.route == "POST /signin" || c.role == "" {
			br = b.browser() // the previous response replaced the cookie
			if c.role != "" {
				br.signInFully(c.role)
			}
		}
		expect("done", path, form, is(status), want...)
		return
	}
	br = b.browser()
	if c.role != "" {
		br.signInFully(c.role)
	}
	path, form = c.form(b, br)
	want := c.rows
	if want == nil {
		want = []string{action + " done"}
	}
	expect("done", path, form, func(got int) bool { return got == 200 || got == 303 }, want...)
}

// signInFully signs in, with a code if the user has a second factor.
func (br *browser) signInFully(role string) {
	br.b.t.Helper()
	email := role + "@example.com"
	br.signIn(email, testPassword)
	if u := br.b.user(role); u.Factor {
		br.b.clock.add(2 * totpStep * time.Second)
		if r := br.post(
			"/signin/code",
			url.Values{"code": {br.b.code(u.ID, true, 0)}},
		); r.StatusCode != http.StatusSeeOther {
			br.b.t.Fatalf("POST /signin/code = %d, want 303\n%s", r.StatusCode, r.body)
		}
		br.b.clock.add(2 * totpStep * time.Second)
	}
}

// breakAudit makes every write to the log fail until mend is called.
func (b *bench) breakAudit() (mend func()) {
	b.t.Helper()
	b.sql(`CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END`)
	return func() { b.sql(`DROP TRIGGER broken`) }
}

// sql runs a query on the database, bypassing the store.
func (b *bench) sql(query string) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.dir, "cordboard.db"))
	b.must(err)
	_, err = db.ExecContext(b.t.Context(), query)
	b.must(err)
	b.must(db.Close())
}

func TestSetupLeavesItsRows(t *testing.T) {
	t.Parallel()
	b := emptyBench(t)
	form := url.Values{"token": {"wrong"}, "email": {"ines@example.com"}, "name": {"Ines"}, "password": {testPassword}}
	b.browser().post("/setup", form)
	form.Set("token", b.server.SetupToken())
	b.browser().post("/setup", form)
	if rows, _ := b.newest(0); !slices.Equal(
		rows,
		[]string{"user.add refused", "user.add done", "session.signin done"},
	) {
		t.Errorf("set-up wrote rows %q", rows)
	}
}

// TestRefusalsDontFillTheLog checks that one user's denied requests write a limited number of rows per minute.
func TestRefusalsDontFillTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	viewer := b.as("viewer")
	for range 60 + 20 {
		viewer.get("/team")
	}
	rows := b.events("page")
	if len(rows) != 60 || rows[0] != "page.open denied" {
		t.Errorf("got %d rows, the first %q", len(rows), rows[:1])
	}
	if !strings.Contains(b.log.String(), "refusal not recorded") {
		t.Error("the log doesn't mention the omitted refusals")
	}
}
