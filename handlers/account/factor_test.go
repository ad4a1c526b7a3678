package account_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
)

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.User("viewer")
	first := b.As("viewer")
	codes := first.Enroll(viewer.ID)
	if len(codes) != 10 || len(codes[0]) != 34 {
		t.Fatalf("recovery codes = %q", codes)
	}
	if strings.Contains(first.Get("/account").Text, codes[0]) ||
		strings.Contains(first.Get("/account/factor").Text, codes[0]) {
		t.Error("recovery codes are shown twice")
	}

	br := b.Browser()
	r := br.Post(
		"/signin",
		url.Values{"email": {"viewer@example.com"}, "password": {portaltest.Password}, "next": {"/pbxs?q=a"}},
	)
	if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther ||
		got != "/signin/code?next=%2Fpbxs%3Fq%3Da" {
		t.Fatalf("sign-in with the password alone = %d to %q, want 303 to the code page", r.StatusCode, got)
	}
	for _, path := range []string{"/pbxs", "/account", "/events", "/pbxs.csv"} {
		if got := br.Get(path).StatusCode; got == http.StatusOK {
			t.Errorf("GET %s works without the code", path)
		}
	}
	now := b.Code(viewer.ID, true, 0)
	for _, tt := range []struct{ name, code, want string }{
		{"nothing", "", "isn’t a valid code"},
		{"a wrong one", "000000", "Incorrect code"},
		{"two steps old", b.Code(viewer.ID, true, -2), "too old"},
		{"two steps ahead", b.Code(viewer.ID, true, 2), "Incorrect code"},
	} {
		if r := br.Post(
			"/signin/code",
			url.Values{"code": {tt.code}},
		); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(r.Text, tt.want) {
			t.Errorf("code: %s = %d, want 422 that says %q", tt.name, r.StatusCode, tt.want)
		}
	}
	r = br.Post("/signin/code", url.Values{"code": {now[:3] + " " + now[3:]}, "next": {"/pbxs?q=a"}})
	if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || got != "/pbxs?q=a" {
		t.Errorf("sign-in with the code = %d to %q, want 303 to /pbxs?q=a", r.StatusCode, got)
	}
	if got := br.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs after the code = %d, want 200", got)
	}

	other := b.Browser()
	other.SignIn("viewer@example.com", portaltest.Password)
	if r := other.Post(
		"/signin/code",
		url.Values{"code": {now}},
	); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Text, "already used") {
		t.Errorf("reused code = %d, want 422", r.StatusCode)
	}
	if r := other.Post(
		"/signin/code",
		url.Values{"code": {strings.ToLower(codes[3])}},
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("recovery code = %d, want 303", r.StatusCode)
	}
	third := b.Browser()
	third.SignIn("viewer@example.com", portaltest.Password)
	if r := third.Post(
		"/signin/code",
		url.Values{"code": {codes[3]}},
	); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Text, "already used") {
		t.Errorf("reused recovery code = %d, want 422", r.StatusCode)
	}
	if u := b.User("viewer"); u.CodesLeft != 9 {
		t.Errorf("%d recovery codes are left, want one less than at first", u.CodesLeft)
	}
}

// TestACodeWorksOnce checks that a code works only once, even if twenty browsers with the right password send it at the
// same time, and that each attempt is audited unless it gets 429.
func TestACodeWorksOnce(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"app", "recovery"} {
		t.Run(kind, func(t *testing.T) {
			b := portaltest.New(t, 0)
			viewer := b.User("viewer")
			codes := b.As("viewer").Enroll(viewer.ID)
			code := b.Code(viewer.ID, true, 0)
			if kind == "recovery" {
				code = codes[0]
			}
			const at = 20
			browsers := make([]*portaltest.Browser, at)
			for i := range browsers {
				browsers[i] = b.Browser()
				browsers[i].SignIn("viewer@example.com", portaltest.Password)
			}
			_, before := b.RowsSince(0)
			var done sync.WaitGroup
			var mu sync.Mutex
			in, refusals := 0, 0
			for _, br := range browsers {
				done.Go(func() {
					got := br.Post("/signin/code", url.Values{"code": {code}}).StatusCode
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
			rows, _ := b.RowsSince(before)
			if in != 1 || len(rows) != refusals {
				t.Errorf("%d of %d got in, want 1; got %d audit rows, want %d", in, at, len(rows), refusals)
			}
		})
	}
}

// TestGuessingCodes checks that an unknown browser can try only ten codes, even if it signs in with the password again
// after every five. The owner must still be able to sign in from a known browser.
func TestGuessingCodes(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.User("viewer")
	owner := b.As("viewer")
	owner.Enroll(viewer.ID)
	guess := func(br *portaltest.Browser) portaltest.Response {
		return br.Post("/signin/code", url.Values{"code": {"000000"}})
	}
	tries, thief := 0, b.Browser()
	for range 10 {
		thief.SignIn("viewer@example.com", portaltest.Password)
		for range store.MaxCodeAttempts {
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
	owner.Post("/signout", nil)
	owner.SignIn("viewer@example.com", portaltest.Password)
	if r := owner.Post(
		"/signin/code",
		url.Values{"code": {b.Code(viewer.ID, true, 0)}},
	); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the owner's sign-in in a known browser = %d, want 303", r.StatusCode)
	}
}

func TestHalfSessionsEnd(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.User("viewer")
	b.As("viewer").Enroll(viewer.ID)
	br := b.Browser()
	br.SignIn("viewer@example.com", portaltest.Password)
	b.Clock.Add(10*time.Minute + time.Second)
	r := br.Post("/signin/code", url.Values{"code": {b.Code(viewer.ID, true, 0)}})
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, "Start over with your password") {
		t.Errorf("a code after eleven minutes = %d, want 422", r.StatusCode)
	}
	if got := b.Browser().Get("/signin/code").Header.Get("Location"); got != "/signin" {
		t.Errorf("the code page without a password leads to %q, want /signin", got)
	}
}

// TestFactorChangesEndOtherSessions checks that setting up, replacing or removing a factor ends all other sessions, and
// that creating new recovery codes does, too.
func TestFactorChangesEndOtherSessions(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	id := b.User("viewer").ID
	this := b.As("viewer")
	alive := func(br *portaltest.Browser) bool { return br.Get("/account").StatusCode == http.StatusOK }
	second := func() *portaltest.Browser { br := b.Browser(); br.SignInFully("viewer"); return br }
	for _, change := range []struct {
		name string
		do   func()
	}{
		{"set up", func() { this.Enroll(id) }},
		{"replaced", func() { this.Enroll(id) }},
		{"codes", func() { this.Post("/account/factor/codes", nil) }},
		{"off", func() { this.Post("/account/factor/remove", nil) }},
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
	b := portaltest.New(t, 3)
	admin := b.As("admin")
	day := b.Clock.Now().AddDate(0, 0, 7).Format(time.DateOnly)
	if r := admin.Post(
		"/team/policy",
		url.Values{"required": {"admins"}, "from": {day}},
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST /team/policy = %d, want 303", r.StatusCode)
	}
	if r := admin.Get("/pbxs"); r.StatusCode != http.StatusOK ||
		!strings.Contains(r.Text, "your role requires a second factor to sign in") {
		t.Errorf("an admin isn't reminded before the day (status %d)", r.StatusCode)
	}
	b.Clock.Add(8 * 24 * time.Hour)
	admin = b.As("admin")
	for _, path := range []string{"/", "/pbxs", "/pbxs.csv", "/team", "/audit", "/account"} {
		if r := admin.Get(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/account/factor" {
			t.Errorf(
				"GET %s without the required second factor = %d to %q, want 303 to /account/factor",
				path,
				r.StatusCode,
				r.Header.Get("Location"),
			)
		}
	}
	if r := admin.Post("/team", url.Values{"email": {"x@example.com"}, "role": {"viewer"}}); r.Header.Get(
		"Location",
	) != "/account/factor" {
		t.Errorf("inviting without the required second factor = %d, want a redirect to /account/factor", r.StatusCode)
	}
	admin.Enroll(b.User("admin").ID)
	if r := admin.Get("/pbxs"); r.StatusCode != http.StatusOK {
		t.Errorf("GET /pbxs with the second factor = %d, want 200", r.StatusCode)
	}
	if r := admin.Post("/account/factor/remove", nil); r.StatusCode != http.StatusConflict ||
		!strings.Contains(r.Text, "can’t be turned off") {
		t.Errorf("removing the required second factor = %d, want 409", r.StatusCode)
	}
	operator := b.As("operator")
	if r := operator.Get("/pbxs"); r.StatusCode != http.StatusOK ||
		strings.Contains(r.Text, "your role requires a second factor to sign in") {
		t.Errorf("GET /pbxs as an operator, who needs no second factor = %d, want 200 and no reminder", r.StatusCode)
	}
}

// TestNewsHaveCodes checks that the store identifies notices by kind rather than by their wording, which may change,
// and that dismissed notices are removed.
func TestNewsHaveCodes(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.User(store.RoleViewer)
	codes := b.As(store.RoleViewer).Enroll(viewer.ID)
	br := b.Browser()
	br.SignIn(viewer.Email, portaltest.Password)
	if r := br.Post(
		"/signin/code",
		url.Values{"code": {codes[0]}, "with": {"recovery"}},
	); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("sign-in with a recovery code = %d, want 303", r.StatusCode)
	}
	news := func() []store.Notice {
		all, err := b.Store.Notices(t.Context(), b.User(store.RoleViewer))
		b.Must(err)
		return all
	}
	if got := news(); len(got) != 1 || got[0].Kind != store.NoticeRecoveryCode || got[0].Action != "session.signin" {
		t.Fatalf("notices = %+v, want one about the recovery code", got)
	}
	const says = "A recovery code was used to sign in"
	if !strings.Contains(br.Get("/account").Text, says) {
		t.Error("the page doesn't mention the recovery code")
	}
	b.Must(
		b.Store.SetRole(
			t.Context(),
			store.Actor{ID: b.User(store.RoleAdmin).ID, Name: "Ann"},
			viewer.ID,
			store.RoleOperator,
			"",
		),
	)
	if got := news(); len(got) != 2 || got[1].Kind != "user.role" {
		t.Errorf("notices after a role change = %+v, want two", got)
	}
	user := b.User(store.RoleViewer)
	b.Must(b.Store.AcknowledgeNotices(t.Context(), store.Actor{ID: user.ID, Email: user.Email}, user.NoticeSeq))
	if got := news(); len(got) != 0 {
		t.Errorf("notices after they were dismissed = %+v, want none", got)
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

// TestNewsIsReadAsShown checks that dismissing the notices on a page doesn't dismiss one that arrived after the page
// was loaded, and that a long list shows the newest notice.
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
		b.Must(b.Store.DisableUser(t.Context(), by, id))
		b.Must(b.Store.EnableUser(t.Context(), by, id))
	}
	b.Must(b.Store.OfferPassword(t.Context(), by, id, "i", b.Clock.Now().Add(time.Hour)))
	if r := b.As("viewer").Get("/account"); strings.Count(r.Text, "created a link") != 1 {
		t.Error("a long list of notices lacks the newest")
	}
}
