package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/store"
)

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	viewer := b.user("viewer")
	first := b.as("viewer")
	codes := first.enroll(viewer.ID)
	if len(codes) != 10 || len(codes[0]) != 34 {
		t.Fatalf("recovery codes = %q", codes)
	}
	if strings.Contains(first.get("/account").body, codes[0]) ||
		strings.Contains(first.get("/account/factor").body, codes[0]) {
		t.Error("recovery codes are shown twice")
	}

	br := b.browser()
	r := br.post(
		"/signin",
		url.Values{"email": {"viewer@example.com"}, "password": {testPassword}, "next": {"/pbxs?q=a"}},
	)
	if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther ||
		got != "/signin/code?next=%2Fpbxs%3Fq%3Da" {
		t.Fatalf("sign-in with the password alone = %d to %q, want 303 to the code page", r.StatusCode, got)
	}
	for _, path := range []string{"/pbxs", "/account", "/events", "/pbxs.csv"} {
		if got := br.get(path).StatusCode; got == http.StatusOK {
			t.Errorf("GET %s works without the code", path)
		}
	}
	now := b.code(viewer.ID, true, 0)
	for _, tt := range []struct{ name, code, want string }{
		{"nothing", "", "isn’t a valid code"},
		{"a wrong one", "000000", "Incorrect code"},
		{"two steps old", b.code(viewer.ID, true, -2), "too old"},
		{"two steps ahead", b.code(viewer.ID, true, 2), "Incorrect code"},
	} {
		if r := br.post(
			"/signin/code",
			url.Values{"code": {tt.code}},
		); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(r.body, tt.want) {
			t.Errorf("code: %s = %d, want 422 that says %q", tt.name, r.StatusCode, tt.want)
		}
	}
	r = br.post("/signin/code", url.Values{"code": {now[:3] + " " + now[3:]}, "next": {"/pbxs?q=a"}})
	if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || got != "/pbxs?q=a" {
		t.Errorf("sign-in with the code = %d to %q, want 303 to /pbxs?q=a", r.StatusCode, got)
	}
	if got := br.get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs after the code = %d, want 200", got)
	}

	other := b.browser()
	other.signIn("viewer@example.com", testPassword)
	if r := other.post(
		"/signin/code",
		url.Values{"code": {now}},
	); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.body, "already used") {
		t.Errorf("reused code = %d, want 422", r.StatusCode)
	}
	if r := other.post(
		"/signin/code",
		url.Values{"code": {strings.ToLower(codes[3])}},
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("recovery code = %d, want 303", r.StatusCode)
	}
	third := b.browser()
	third.signIn("viewer@example.com", testPassword)
	if r := third.post(
		"/signin/code",
		url.Values{"code": {codes[3]}},
	); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.body, "already used") {
		t.Errorf("reused recovery code = %d, want 422", r.StatusCode)
	}
	if u := b.user("viewer"); u.CodesLeft != 9 {
		t.Errorf("%d recovery codes are left, want one less than at first", u.CodesLeft)
	}
}

// TestACodeWorksOnce sends one code from twenty browsers at once, each with the right password.
func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"app", "recovery"} {
		t.Run(kind, func(t *testing.T) {
			b := newBench(t, 0)
			viewer := b.user("viewer")
			codes := b.as("viewer").enroll(viewer.ID)
			code := b.code(viewer.ID, true, 0)
			if kind == "recovery" {
				code = codes[0]
			}
			const at = 20
			browsers := make([]*browser, at)
			for i := range browsers {
				browsers[i] = b.browser()
				browsers[i].signIn("viewer@example.com", testPassword)
			}
			_, before := b.newest(0)
			var done sync.WaitGroup
			var mu sync.Mutex
			in, refusals := 0, 0
			for _, br := range browsers {
				done.Go(func() {
					got := br.post("/signin/code", url.Values{"code": {code}}).StatusCode
					mu.Lock()
					defer mu.Unlock()
					if got == http.StatusSeeOther {
						in++
					}
					if got != http.StatusTooManyRequests {
						refusals++
					}
				})
			}
			done.Wait()
			rows, _ := b.newest(before)
			if in != 1 || len(rows) != refusals {
				t.Errorf("%d of %d got in, want 1; got %d audit rows, want %d", in, at, len(rows), refusals)
			}
		})
	}
}

// TestGuessingCodes checks that five wrong codes end a session that awaits its second factor, and that ten block the
// account's codes for fifteen minutes. The owner must still be able to sign in from a known browser.
func TestGuessingCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	viewer := b.user("viewer")
	owner := b.as("viewer")
	owner.enroll(viewer.ID)
	guess := func(br *browser) response { return br.post("/signin/code", url.Values{"code": {"000000"}}) }
	tries, thief := 0, b.browser()
	for range 10 {
		thief.signIn("viewer@example.com", testPassword)
		for range store.MostTries {
			r := guess(thief)
			if r.StatusCode == http.StatusTooManyRequests {
				break
			}
			tries++
		}
	}
	if tries != 10 {
		t.Errorf("%d codes were tried, want 10", tries)
	}
	if r := guess(thief); r.StatusCode == http.StatusSeeOther {
		t.Errorf("the pending session still works after wrong codes: %d", r.StatusCode)
	}
	owner.post("/signout", nil)
	owner.signIn("viewer@example.com", testPassword)
	if r := owner.post(
		"/signin/code",
		url.Values{"code": {b.code(viewer.ID, true, 0)}},
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the owner's sign-in in a known browser = %d, want 303", r.StatusCode)
	}
}

func TestHalfSessionsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	viewer := b.user("viewer")
	b.as("viewer").enroll(viewer.ID)
	br := b.browser()
	br.signIn("viewer@example.com", testPassword)
	b.clock.add(10*time.Minute + time.Second)
	r := br.post("/signin/code", url.Values{"code": {b.code(viewer.ID, true, 0)}})
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.body, "Start over with your password") {
		t.Errorf("a code after eleven minutes = %d, want 422", r.StatusCode)
	}
	if got := b.browser().get("/signin/code").Header.Get("Location"); got != "/signin" {
		t.Errorf("the code page without a password leads to %q, want /signin", got)
	}
}

// TestFactorChangesEndOtherSessions covers setting up a factor, replacing it, creating new recovery codes, and removing
// it.
func TestFactorChangesEndOtherSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	id := b.user("viewer").ID
	this := b.as("viewer")
	alive := func(br *browser) bool { return br.get("/account").StatusCode == http.StatusOK }
	second := func() *browser { br := b.browser(); br.signInFully("viewer"); return br }
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"set up", func() { this.enroll(id) }},
		{"replaced", func() { this.enroll(id) }},
		{"codes", func() { this.post("/account/factor/codes", nil) }},
		{"off", func() { this.post("/account/factor/remove", nil) }},
	} {
		other := second()
		this = second() // so that its sign-in is recent
		if !alive(other) {
			t.Fatalf("%s: the second browser isn't signed in", change.name)
		}
		change.do()
		if alive(other) || !alive(this) {
			t.Errorf(
				"%s: the other session is alive: %v, want false; this one: %v, want true",
				change.name,
				alive(other),
				alive(this),
			)
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	admin := b.as("admin")
	day := b.clock.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	if r := admin.post(
		"/team/policy",
		url.Values{"required": {"admins"}, "from": {day}},
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST /team/policy = %d, want 303", r.StatusCode)
	}
	if r := admin.get("/pbxs"); r.StatusCode != http.StatusOK ||
		!strings.Contains(r.body, "your role requires a second factor to sign in") {
		t.Errorf("an admin isn't reminded before the day (status %d)", r.StatusCode)
	}
	b.clock.add(8 * 24 * time.Hour)
	admin = b.as("admin")
	for _, path := range []string{"/", "/pbxs", "/pbxs.csv", "/team", "/audit", "/account"} {
		if r := admin.get(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/account/factor" {
			t.Errorf(
				"GET %s without the required second factor = %d to %q, want 303 to /account/factor",
				path,
				r.StatusCode,
				r.Header.Get("Location"),
			)
		}
	}
	if r := admin.post("/team", url.Values{"email": {"x@example.com"}, "role": {"viewer"}}); r.Header.Get(
		"Location",
	) != "/account/factor" {
		t.Errorf("inviting without the required second factor = %d, want a redirect to /account/factor", r.StatusCode)
	}
	admin.enroll(b.user("admin").ID)
	if r := admin.get("/pbxs"); r.StatusCode != http.StatusOK {
		t.Errorf("GET /pbxs with the second factor = %d, want 200", r.StatusCode)
	}
	if r := admin.post("/account/factor/remove", nil); r.StatusCode != http.StatusConflict ||
		!strings.Contains(r.body, "can’t be turned off") {
		t.Errorf("removing the required second factor = %d, want 409", r.StatusCode)
	}
	operator := b.as("operator")
	if r := operator.get("/pbxs"); r.StatusCode != http.StatusOK ||
		strings.Contains(r.body, "your role requires a second factor to sign in") {
		t.Errorf("GET /pbxs as an operator, who needs no second factor = %d, want 200 and no reminder", r.StatusCode)
	}
}

// TestNewsHaveCodes checks that notices are identified by codes, so that the log's sentences can be reworded.
func TestNewsHaveCodes(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	viewer := b.user(store.RoleViewer)
	codes := b.as(store.RoleViewer).enroll(viewer.ID)
	br := b.browser()
	br.signIn(viewer.Email, testPassword)
	if r := br.post(
		"/signin/code",
		url.Values{"code": {codes[0]}, "with": {"recovery"}},
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in with a recovery code = %d, want 303", r.StatusCode)
	}
	news := func() []store.Notice {
		all, err := b.store.Notices(t.Context(), b.user(store.RoleViewer))
		b.must(err)
		return all
	}
	if got := news(); len(got) != 1 || got[0].Kind != store.NoticeRecoveryCode || got[0].Action != "session.signin" {
		t.Fatalf("notices = %+v, want one about the recovery code", got)
	}
	const says = "A recovery code was used to sign in"
	if !strings.Contains(br.get("/account").body, says) {
		t.Error("the page doesn't mention the recovery code")
	}
	b.must(
		b.store.SetRole(
			t.Context(),
			store.Actor{ID: b.user(store.RoleAdmin).ID, Name: "Ann"},
			viewer.ID,
			store.RoleOperator,
			"",
		),
	)
	if got := news(); len(got) != 2 || got[1].Kind != "user.role" {
		t.Errorf("notices after a role change = %+v, want two", got)
	}
	user := b.user(store.RoleViewer)
	b.must(b.store.AcknowledgeNotices(t.Context(), store.Actor{ID: user.ID, Email: user.Email}, user.NoticeSeq))
	if got := news(); len(got) != 0 {
		t.Errorf("notices after they were dismissed = %+v, want none", got)
	}
}
