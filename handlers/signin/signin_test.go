package signin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/identity"
	"cordboard/store"
)

func TestSignInLeadsBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	for _, tt := range []struct{ next, want string }{
		{"/pbxs?q=a%20b&status=Running", "/pbxs?q=a%20b&status=Running"},
		{"", "/"},
		{"https://evil.example", "/"},
		{"//evil.example", "/"},
		{`/\evil.example`, "/"},
		{"/\tevil", "/"},
		{"javascript:alert(1)", "/"},
		{"/signout", "/"},
		{"/signin?next=/signin", "/"},
		{"/" + strings.Repeat("x", 20_000), "/"},
	} {
		r := b.Browser().
			Post("/signin", url.Values{"email": {"viewer@example.com"}, "password": {portaltest.Password}, "next": {tt.next}})
		if got := r.Header.Get("Location"); r.StatusCode != http.StatusSeeOther || got != tt.want {
			t.Errorf("sign-in with next=%q = %d to %q, want %q", tt.next, r.StatusCode, got, tt.want)
		}
	}
	r := b.Browser().Get("/pbxs?q=a+b")
	if got, want := r.Header.Get("Location"), "/signin?next=%2Fpbxs%3Fq%3Da%2Bb"; got != want {
		t.Errorf("GET /pbxs signed out leads to %q, want %q", got, want)
	}
}

func TestWrongSignInsLookAlike(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	hash, err := identity.HashPassword(portaltest.Password, portaltest.CheapHash)
	b.Must(err)
	if _, err := b.Store.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "x@example.com",
			Name:         "x",
			Role:         "viewer",
			PasswordHash: hash,
		},
	); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]bool{}
	for _, tt := range [][2]string{
		{"viewer@example.com", "wrong"},
		{"nobody@example.com", portaltest.Password},
		{"viewer@example.com", strings.Repeat("x", 300)},
		{"viewer@example.com", ""},
	} {
		r := b.Browser().SignIn(tt[0], tt[1])
		if r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("sign-in as %s with %q = %d, want 422", tt[0], tt[1], r.StatusCode)
		}
		bodies[strings.ReplaceAll(r.Text, tt[0], "EMAIL")] = true
		if strings.Contains(r.Text, portaltest.Password) {
			t.Error("the page repeats the password")
		}
	}
	if len(bodies) != 1 {
		t.Errorf("got %d different answers, want one", len(bodies))
	}
	want := []string{"session.signin failed", "session.signin failed", "session.signin failed", "session.signin failed"}
	if got := b.Events(); !slices.Equal(got, want) {
		t.Errorf("audit log = %q, want four failed sign-ins", got)
	}
	if log := b.Log.String(); strings.Contains(log, portaltest.Password) ||
		strings.Contains(log, "wrong") && strings.Contains(log, "password=") {
		t.Error("the log contains a password")
	}
}

func TestSignOutEndsTheSessionForGood(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	br := b.As(store.RoleViewer)
	if got := br.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Fatalf("GET /pbxs = %d, want 200", got)
	}
	u, err := url.Parse(b.Web.URL)
	b.Must(err)
	cookies := br.Jar.Cookies(u)
	r := br.Post("/signout", nil)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/signin" ||
		r.Header.Get("Clear-Site-Data") != `"cache", "storage"` {
		t.Errorf(
			"sign-out = %d to %q, Clear-Site-Data %q",
			r.StatusCode,
			r.Header.Get("Location"),
			r.Header.Get("Clear-Site-Data"),
		)
	}
	br.Jar.SetCookies(u, cookies) // as a thief who has copied them would
	if got := br.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
		t.Errorf("GET /pbxs with the old cookie = %d, want 303", got)
	}
	if got, want := b.Events(), []string{"session.signin done", "session.signout done"}; !slices.Equal(got, want) {
		t.Errorf("audit log = %q, want %q", got, want)
	}
}

// TestRequestsInFlightBringNoSessionBack checks that a request in flight during sign-out doesn't bring the session
// back, even if the request changes the session's data after the sign-out. The test does this with 100 sessions.
func TestRequestsInFlightBringNoSessionBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	back := 0
	for i := range 100 {
		br := b.As(store.RoleViewer)
		started, release := make(chan struct{}), make(chan struct{})
		slow := b.Site.Sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(started)
			<-release
			b.Site.Sessions.Put(r.Context(), "touched", i)
			w.WriteHeader(http.StatusOK)
		}))
		u, err := url.Parse(b.Web.URL)
		b.Must(err)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.Web.URL+"/slow", nil)
		b.Must(err)
		cookies := br.Jar.Cookies(u)
		for _, c := range cookies {
			request.AddCookie(c)
		}
		var done sync.WaitGroup
		done.Go(func() { slow.ServeHTTP(&discard{header: http.Header{}}, request) })
		<-started
		if got := br.Post("/signout", nil).StatusCode; got != http.StatusSeeOther {
			t.Fatalf("sign-out = %d, want 303", got)
		}
		close(release)
		done.Wait()
		br.Jar.SetCookies(u, cookies)
		if br.Get("/pbxs").StatusCode == http.StatusOK {
			back++
		}
	}
	if back != 0 {
		t.Errorf("%d of 100 sessions came back, want 0", back)
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func TestSessionsEndByThemselves(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	idle := b.As(store.RoleViewer)
	used := b.As(store.RoleOperator)
	status := func(br *portaltest.Browser) int { return br.Get("/pbxs").StatusCode }
	for range 4 { // one hour, with a request every 15 minutes
		b.Clock.Add(15 * time.Minute)
		if got := status(used); got != http.StatusOK {
			t.Fatalf("a session in use = %d, want 200", got)
		}
		b.Identity.Sessions.Flush(t.Context())
	}
	if got := status(idle); got != http.StatusSeeOther {
		t.Errorf("an idle session = %d, want 303", got)
	}
	for range 40 {
		b.Clock.Add(15 * time.Minute)
		status(used)
	}
	if got := status(used); got != http.StatusSeeOther {
		t.Errorf("an 11-hour session = %d, want 303", got)
	}
}

func TestSessionIDChangesAtSignIn(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	br := b.As(store.RoleViewer)
	u, err := url.Parse(b.Web.URL)
	b.Must(err)
	old := br.Jar.Cookies(u)
	if got := br.SignIn("admin@example.com", portaltest.Password).StatusCode; got != http.StatusSeeOther {
		t.Fatalf("sign-in = %d, want 303", got)
	}
	thief := b.Browser()
	thief.Jar.SetCookies(u, old)
	if got := thief.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
		t.Errorf("the old session ID still works: %d, want 303", got)
	}
}

func TestRoleCountsFromTheDatabase(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	br := b.As(store.RoleViewer)
	if got := br.Get("/audit").StatusCode; got != http.StatusForbidden {
		t.Errorf("GET /audit as a viewer = %d, want 403", got)
	}
	if got := br.Post("/sync", url.Values{"role": {"admin"}}).StatusCode; got != http.StatusSeeOther {
		t.Errorf("POST /sync = %d, want 303", got)
	}
	if got := br.Get("/audit?role=admin").StatusCode; got != http.StatusForbidden {
		t.Errorf("GET /audit?role=admin = %d, want 403", got)
	}
}

func TestThrottleByName(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, portaltest.TrustEveryone)
	owner := b.Browser()
	if got := owner.SignInFrom(
		"198.51.100.7",
		"viewer@example.com",
		portaltest.Password,
	).StatusCode; got != http.StatusSeeOther {
		t.Fatalf("sign-in = %d, want 303", got)
	}
	for _, name := range []string{"viewer@example.com", "nobody@example.com"} {
		for i := range 10 {
			if got := b.Browser().
				SignInFrom(fmt.Sprintf("203.0.113.%d", i), name, "wrong").
				StatusCode; got != http.StatusUnprocessableEntity {
				t.Fatalf("failure %d of %s = %d, want 422", i+1, name, got)
			}
		}
		r := b.Browser().SignInFrom("203.0.113.99", name, portaltest.Password)
		if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "900" {
			t.Errorf(
				"attempt 11 of %s = %d, Retry-After %q, want 429 and 900",
				name,
				r.StatusCode,
				r.Header.Get("Retry-After"),
			)
		}
	}
	if got := owner.SignInFrom(
		"198.51.100.7",
		"viewer@example.com",
		portaltest.Password,
	).StatusCode; got != http.StatusSeeOther {
		t.Errorf("the owner's sign-in in a known browser = %d, want 303", got)
	}
	b.Clock.Add(15*time.Minute + time.Second)
	if got := b.Browser().
		SignInFrom("203.0.113.99", "viewer@example.com", portaltest.Password).
		StatusCode; got != http.StatusSeeOther {
		t.Errorf("sign-in after 15 minutes = %d, want 303", got)
	}
}

func TestThrottleByAddress(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, portaltest.TrustEveryone)
	for i := range 20 { // all in one IPv6 /64
		if got := b.Browser().
			SignInFrom(fmt.Sprintf("2001:db8::%x", i+1), fmt.Sprintf("n%d@example.com", i), "wrong").
			StatusCode; got != http.StatusUnprocessableEntity {
			t.Fatalf("failure %d = %d, want 422", i+1, got)
		}
	}
	if got := b.Browser().
		SignInFrom("2001:db8::ffff", "viewer@example.com", portaltest.Password).
		StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("attempt 21 from the network = %d, want 429", got)
	}
	if got := b.Browser().
		SignInFrom("2001:db8:0:1::1", "viewer@example.com", portaltest.Password).
		StatusCode; got != http.StatusSeeOther {
		t.Errorf("sign-in from the neighboring network = %d, want 303", got)
	}
}

func TestThrottleOfAKnownBrowser(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	br := b.As(store.RoleViewer)
	for i := range 10 {
		if got := br.SignIn("viewer@example.com", "wrong").StatusCode; got != http.StatusUnprocessableEntity {
			t.Fatalf("failure %d = %d, want 422", i+1, got)
		}
	}
	if got := br.SignIn("viewer@example.com", portaltest.Password).StatusCode; got != http.StatusTooManyRequests {
		t.Errorf("attempt 11 = %d, want 429", got)
	}
	// Forged cookies have no effect: other browsers have the shared limit, which isn't reached yet.
	u, err := url.Parse(b.Web.URL)
	b.Must(err)
	for _, forged := range []string{"1.1773754320.AAAA.bad", "x", "1..", strings.Repeat("1", 500)} {
		other := b.Browser()
		other.Jar.SetCookies(u, []*http.Cookie{{Name: "kb", Value: forged}})
		if got := other.SignIn("viewer@example.com", "wrong").StatusCode; got != http.StatusUnprocessableEntity {
			t.Errorf("sign-in with a forged mark = %d, want 422 and the shared limit", got)
		}
	}
}

// TestManyAttemptsAtOnce makes 60 sign-in attempts at once. At most ten may reach the password check, plus those that
// are already being checked on other CPU cores when the tenth fails.
func TestManyAttemptsAtOnce(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	var mu sync.Mutex
	count := map[int]int{}
	var done sync.WaitGroup
	for range 60 {
		done.Go(func() {
			got := b.Browser().SignIn("viewer@example.com", "wrong").StatusCode
			mu.Lock()
			defer mu.Unlock()
			count[got]++
		})
	}
	done.Wait()
	if count[422] > 10+max(1, runtime.NumCPU()-1)-1 || count[422]+count[429] != 60 {
		t.Errorf("answers = %v, want at most ten 422, and 429 for the rest", count)
	}
}

func TestForwardedAddressNeedsATrustedProxy(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Browser().SignInFrom("203.0.113.5", "viewer@example.com", "wrong")
	p, err := b.Store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{})
	b.Must(err)
	if got := p.Events[0].Actor.Address; got != "127.0.0.1" {
		t.Errorf("address = %q, want the peer's", got)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	b := portaltest.NewEmpty(t)
	br := b.Browser()
	for _, path := range []string{"/", "/pbxs", "/signin", "/audit"} {
		if r := br.Get(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/setup" {
			t.Errorf("GET %s = %d to %q, want 303 to /setup", path, r.StatusCode, r.Header.Get("Location"))
		}
	}
	token := b.Server.SetupToken()
	form := func(change ...string) url.Values {
		v := url.Values{"token": {token}, "email": {"ines@example.com"}, "name": {"Ines"}, "password": {portaltest.Password}}
		for i := 0; i < len(change); i += 2 {
			v.Set(change[i], change[i+1])
		}
		return v
	}
	for _, tt := range []struct{ name, field, value, want string }{
		{"no token", "token", "", "Incorrect token"},
		{"a wrong token", "token", token[1:], "Incorrect token"},
		{"no address", "email", "ines", "valid email address"},
		{"an address with a line break", "email", "a@b.c\r\nBcc: x", "valid email address"},
		{"no name", "name", " ", "Enter a name"},
		{"a short password", "password", "12345678901", "at least 12 characters"},
		{"a long password", "password", strings.Repeat("x", 257), "256 bytes"},
		{"an easy password", "password", "cordboard-admin", "too easy to guess"},
		{"the address as password", "password", "ines@example.com", "too easy to guess"},
	} {
		r := br.Post("/setup", form(tt.field, tt.value))
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, tt.want) {
			t.Errorf("%s = %d, want 422 that says %q", tt.name, r.StatusCode, tt.want)
		}
	}
	if has, err := b.Store.HasUsers(t.Context()); has || err != nil {
		t.Fatalf("a refused set-up added a user (error %v)", err)
	}
	var mu sync.Mutex
	made := 0
	var done sync.WaitGroup
	for i := range 5 { // several people at once
		done.Go(func() {
			r := b.Browser().Post("/setup", form("email", fmt.Sprintf("i%d@example.com", i)))
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("Location") == "/" {
				made++
			}
		})
	}
	done.Wait()
	users, err := b.Store.Users(t.Context())
	if made != 1 || len(users) != 1 || err != nil || users[0].Role != store.RoleAdmin {
		t.Errorf("%d set-ups worked and there are %d users (error %v), want one admin", made, len(users), err)
	}
	if b.Server.SetupToken() != "" {
		t.Error("SetupToken still returns the token")
	}
	if got := b.Browser().Post("/setup", form()).StatusCode; got != http.StatusNotFound {
		t.Errorf("POST /setup afterwards = %d, want 404", got)
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

// TestCodesToComeTellNothing checks that a code that isn't valid yet gets the same error message as a wrong code.
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

// TestUnknownEmailIsNotLogged checks that input that isn't an email address isn't written to the audit log. People
// sometimes type their password into the email field, and the audit log is kept forever.
func TestUnknownEmailIsNotLogged(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.Browser().
		Post("/signin", url.Values{"email": {portaltest.Password}, "password": {""}, "reason": {"approved by the CEO"}})
	p, err := b.Store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{})
	b.Must(err)
	if e := p.Events[0]; e.Actor.Email != "(not an email address)" ||
		strings.Contains(e.TargetName, portaltest.Password) || e.Actor.Reason != "" {
		t.Errorf("audit event = %+v", e)
	}
}
