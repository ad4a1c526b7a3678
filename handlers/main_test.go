package handlers

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet/fleettest"
	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// writeWait is short because tests that hold the database's lock wait for all of it.
const writeWait = 2 * time.Second

const testPassword = "brass cord switchboard"

var cheapHash = identity.HashParams{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// clock is a clock that advances only when add is called.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lockedBuffer is a log that is safe to read while it is being written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bench is a portal for one test.
type bench struct {
	t      testing.TB
	clock  *clock
	ycm    *ycmtest.Server
	store  *store.Store
	dir    string // the store's directory
	fleet  *fleettest.Fleet
	server *Server
	web    *httptest.Server
	log    *lockedBuffer
	second *browser // a second browser of the same user
}

// newBench starts a portal with n PBXs, synced once, and a user of each role ("viewer@example.com", ...).
func newBench(t testing.TB, n int, change ...func(*web.Config)) *bench {
	t.Helper()
	b := prepare(t, n)
	b.addUsers()
	b.serve(change...)
	return b
}

// benchOf is like newBench, but with the given YCM configuration.
func benchOf(t testing.TB, n int, c ycmtest.Config, change ...func(*web.Config)) *bench {
	t.Helper()
	b := prepareOf(t, n, c)
	b.addUsers()
	b.serve(change...)
	return b
}

func (b *bench) addUsers() {
	b.t.Helper()
	hash, err := identity.HashPassword(testPassword, cheapHash)
	b.must(err)
	for _, role := range store.Roles {
		_, err := b.store.AddUser(
			b.t.Context(),
			store.Actor{Email: "test"},
			store.User{
				Email:        role + "@example.com",
				Name:         "The " + role,
				Role:         role,
				PasswordHash: hash,
			},
		)
		b.must(err)
	}
}

// emptyBench starts a portal without users.
func emptyBench(t testing.TB) *bench {
	t.Helper()
	b := prepare(t, 0)
	b.serve()
	return b
}

// prepare returns a portal with n PBXs that isn't being served yet. It calls the functions in before, and then syncs
// once.
func prepare(t testing.TB, n int, before ...func(*bench)) *bench {
	t.Helper()
	return prepareOf(t, n, ycmtest.Config{}, before...)
}

func prepareOf(t testing.TB, n int, c ycmtest.Config, before ...func(*bench)) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{now: time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC)}, log: &lockedBuffer{}}
	c.Seed, c.PBXs, c.Now = 1, n, b.clock.Now
	b.ycm = ycmtest.NewServer(t, c)
	b.dir = t.TempDir()
	b.store = storetest.OpenWith(t, store.Config{Dir: b.dir, Now: b.clock.Now, WriteWait: writeWait})
	for _, f := range before {
		f(b)
	}
	client, err := ycm.New(ycm.Config{
		URL:          b.ycm.URL,
		ClientID:     "client",
		ClientSecret: "secret",
	})
	b.must(err)
	t.Cleanup(client.Close)
	b.fleet = fleettest.New(t, fleettest.Config{
		YCM:             client,
		Store:           b.store,
		Now:             b.clock.Now,
		Log:             b.logger(),
		PrecheckTimeout: 2 * time.Second,
	})
	if n > 0 {
		_, err = b.fleet.Mirror.Sync(t.Context())
		b.must(err)
	}
	return b
}

func (b *bench) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b.log, nil)) }

func (b *bench) serve(change ...func(*web.Config)) {
	c := web.Config{
		Store:   b.store,
		Fleet:   web.Fleet(*b.fleet),
		Log:     b.logger(),
		Now:     b.clock.Now,
		SignIn:  web.SignIn{Hash: cheapHash, StrangersAMinute: 1_000_000},
		YCMHost: "ycm.example.com",
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	b.server, err = New(b.t.Context(), c)
	b.must(err)
	b.web = httptest.NewServer(b.server)
	b.t.Cleanup(b.web.Close)
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// browser is an HTTP client that stores cookies and doesn't follow redirects.
type browser struct {
	*http.Client
	b *bench
}

func (b *bench) browser() *browser {
	jar, err := cookiejar.New(nil)
	b.must(err)
	return &browser{
		&http.Client{
			Jar:           jar,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		b,
	}
}

// as returns a browser that is signed in with the role. If role is "", it isn't signed in.
func (b *bench) as(role string) *browser {
	b.t.Helper()
	br := b.browser()
	if role != "" {
		if r := br.signIn(role+"@example.com", testPassword); r.StatusCode != http.StatusSeeOther {
			b.t.Fatalf("sign-in as %s = %d\n%s", role, r.StatusCode, r.body)
		}
	}
	return br
}

// user returns the test user with the role.
func (b *bench) user(role string) store.User {
	b.t.Helper()
	u, err := b.store.UserByEmail(b.t.Context(), role+"@example.com")
	b.must(err)
	return u
}

// cookies returns the cookies that the browser sends to the portal.
func (br *browser) cookies() []*http.Cookie {
	u, err := url.Parse(br.b.web.URL)
	br.b.must(err)
	return br.Jar.Cookies(u)
}

// mark returns the value by which forms identify the browser's session.
func (br *browser) mark() string {
	br.b.t.Helper()
	for _, c := range br.cookies() {
		if c.Name == "cordboard" {
			return store.HashToken(c.Value)[:12]
		}
	}
	br.b.t.Fatal("not signed in")
	return ""
}

type response struct {
	*http.Response
	body string
	br   *browser
}

// followed returns the page that a redirect leads to, or the response itself if it isn't a redirect.
func (r response) followed() response {
	if to := r.Header.Get("Location"); to != "" {
		return r.br.get(to)
	}
	return r
}

// doc returns the response's parsed HTML.
func (r response) doc(t testing.TB) *goquery.Document {
	t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (br *browser) do(method, path string, form url.Values, headers ...string) response {
	br.b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(br.b.t.Context(), method, br.b.web.URL+path, body)
	br.b.must(err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := br.Do(r)
	br.b.must(err)
	content, err := io.ReadAll(resp.Body)
	br.b.must(err)
	br.b.must(resp.Body.Close())
	return response{resp, string(content), br}
}

func (br *browser) get(path string, headers ...string) response {
	br.b.t.Helper()
	return br.do(http.MethodGet, path, nil, headers...)
}

func (br *browser) post(path string, form url.Values, headers ...string) response {
	br.b.t.Helper()
	if form == nil {
		form = url.Values{}
	}
	return br.do(http.MethodPost, path, form, headers...)
}

func (br *browser) signIn(email, password string) response {
	br.b.t.Helper()
	return br.post("/signin", url.Values{"email": {email}, "password": {password}})
}

// events returns the audit log as "action outcome", oldest first, without the events that added users.
func (b *bench) events(objects ...string) []string {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 1000, store.AuditQuery{Objects: objects})
	b.must(err)
	var found []string
	for _, e := range p.Events {
		if e.Action != "user.add" {
			found = append([]string{e.Action + " " + e.Outcome}, found...)
		}
	}
	return found
}

// goodForm returns a form that the fake YCM accepts.
func goodForm(subDomain string) url.Values {
	return url.Values{
		"name": {
			"Acme",
		},
		"plan":                   {"Enterprise Plan"},
		"extensionCapacity":      {"20"},
		"concurrentCallCapacity": {"5"},
		"recordingCapacity":      {"0"},
		"regionId": {
			"1",
		},
		"subDomain":   {subDomain},
		"domainId":    {"11"},
		"versionId":   {"788"},
		"type":        {"Commercial"},
		"customerIds": {"50086182"},
	}
}

// form opens a new form and returns its one-time ID.
func (br *browser) form() string {
	br.b.t.Helper()
	id, ok := br.get("/pbxs/new").doc(br.b.t).Find(`input[name=attempt]`).Attr("value")
	if !ok {
		br.b.t.Fatal("the form has no one-time ID")
	}
	return id
}

// attempt posts a form that starts an operation, and returns its ID.
func (b *bench) attempt(br *browser, form url.Values) string {
	b.t.Helper()
	id := br.form()
	form.Set("attempt", id)
	r := br.post("/pbxs", form)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/operations/"+id {
		b.t.Fatalf("POST /pbxs = %d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.body)
	}
	return id
}
