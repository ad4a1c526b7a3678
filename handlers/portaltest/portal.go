// Package portaltest runs a whole portal for a test: a database, a fake YCM, a clock, and browsers.
package portaltest

import (
	"context"
	"flag"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"cordboard/clocktest"
	"cordboard/fleet/account"
	"cordboard/handlers"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// WriteWait limits how long a write waits for the database's lock. It is short because tests that hold the lock
// always wait that long.
const WriteWait = 2 * time.Second

// Password is the password of the test users.
const Password = "brass cord switchboard" //nolint:gosec // of test users only

// CheapHash makes password hashing fast, because strong hashes don't matter in these tests.
var CheapHash = identity.HashParams{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Timed makes the attack tests compare measured times with their limits. Only `make soak` sets it, because the machine
// may be busy during an ordinary test run.
var Timed = flag.Bool("attack-timed", false, "check measured times against their limits")

// Portal is a portal for one test.
type Portal struct {
	T     testing.TB
	Clock *clocktest.Clock
	YCM   *ycmtest.Server
	Store *store.Store
	Dir   string // the store's directory
	Fleet *account.Account

	Identity *identity.Service // set by Identify or else by Serve

	Site   *web.Site
	Server *handlers.Server
	Web    *httptest.Server
	Log    *Log
	Second *Browser // a second browser of the same user; set by tests that need one
}

// New starts a portal with n PBXs, synced once, and one user with each role ("viewer@example.com", ...).
func New(t testing.TB, n int, change ...func(*web.Config)) *Portal {
	t.Helper()
	b := Prepare(t, n)
	b.AddUsers()
	b.Serve(change...)
	return b
}

// NewWith is like New, but with the given YCM configuration.
func NewWith(t testing.TB, n int, c ycmtest.Config, change ...func(*web.Config)) *Portal {
	t.Helper()
	b := PrepareWith(t, n, c)
	b.AddUsers()
	b.Serve(change...)
	return b
}

// AddUsers adds one user with each of the roles, or with every role if none is given.
func (b *Portal) AddUsers(roles ...string) {
	b.T.Helper()
	hash, err := identity.HashPassword(Password, CheapHash)
	b.Must(err)
	if len(roles) == 0 {
		roles = store.Roles
	}
	for _, role := range roles {
		_, err := b.Store.AddUser(
			b.T.Context(),
			store.Actor{Email: "test"},
			store.User{
				Email:        role + "@example.com",
				Name:         "The " + role,
				Role:         role,
				PasswordHash: hash,
			},
		)
		b.Must(err)
	}
}

// NewEmpty starts a portal without PBXs or users.
func NewEmpty(t testing.TB) *Portal {
	t.Helper()
	b := Prepare(t, 0)
	b.Serve()
	return b
}

// Prepare returns a portal that has n PBXs and isn't served yet. It first calls each of the before functions, and then
// syncs once if n isn't 0.
func Prepare(t testing.TB, n int, before ...func(*Portal)) *Portal {
	t.Helper()
	return PrepareWith(t, n, ycmtest.Config{}, before...)
}

// PrepareWith is like Prepare, but with the given YCM configuration. It overrides c's Seed, PBXs and Now.
func PrepareWith(t testing.TB, n int, c ycmtest.Config, before ...func(*Portal)) *Portal {
	t.Helper()
	return prepare(t, n, c, func(*account.Config) {}, before...)
}

// NewFor is like New, but change can adjust the account's configuration.
func NewFor(t testing.TB, n int, change func(*account.Config)) *Portal {
	t.Helper()
	b := prepare(t, n, ycmtest.Config{}, change)
	b.AddUsers()
	b.Serve()
	return b
}

func prepare(
	t testing.TB,
	n int,
	c ycmtest.Config,
	change func(*account.Config),
	before ...func(*Portal),
) *Portal {
	t.Helper()
	b := &Portal{T: t, Clock: clocktest.New(time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC)), Log: &Log{}}
	c.Seed, c.PBXs, c.Now = 1, n, b.Clock.Now
	b.YCM = ycmtest.NewServer(t, c)
	b.Dir = t.TempDir()
	b.Store = storetest.OpenWith(t, store.Config{Dir: b.Dir, Now: b.Clock.Now, WriteWait: WriteWait})
	for _, f := range before {
		f(b)
	}
	client, err := ycm.New(ycm.Config{
		URL:          b.YCM.URL,
		ClientID:     "client",
		ClientSecret: "secret",
	})
	b.Must(err)
	t.Cleanup(client.Close)
	config := account.Config{
		YCM:         client,
		Store:       b.Store,
		Now:         b.Clock.Now,
		Log:         b.Logger(),
		WarningText: display.Finding,

		PrecheckTimeout: 20 * time.Second, // so that a busy machine doesn't reach it
	}
	change(&config)
	b.Fleet, err = account.New(t.Context(), config)
	b.Must(err)
	if n > 0 {
		_, err = b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	return b
}

// Logger returns a logger that writes to Log.
func (b *Portal) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(b.Log, nil)) }

// Unlimited is a number of password checks per minute that no test reaches.
const Unlimited = 1_000_000

// Identify sets Identity, which hashes passwords with the given parameters and checks up to strangers passwords per
// minute for unknown browsers. Tests that need other values than CheapHash and Unlimited call it before Serve.
func (b *Portal) Identify(hash identity.HashParams, strangers int) {
	b.T.Helper()
	var err error
	b.Identity, err = identity.New(b.T.Context(), identity.Config{
		Store:              b.Store,
		Log:                b.Logger(),
		Hash:               hash,
		StrangersPerMinute: strangers,
		Now:                b.Clock.Now,
	})
	b.Must(err)
}

// Serve starts the portal. The change functions can adjust its configuration.
func (b *Portal) Serve(change ...func(*web.Config)) {
	c := web.Config{Log: b.Logger(), Now: b.Clock.Now, YCMHost: "ycm.example.com"}
	for _, f := range change {
		f(&c)
	}
	if b.Identity == nil {
		b.Identify(CheapHash, Unlimited)
	}
	backend := web.Backend{Store: b.Store, Account: b.Fleet, Identity: b.Identity}
	var err error
	b.Site, err = web.New(backend, c)
	b.Must(err)
	b.Server, err = handlers.New(b.T.Context(), b.Site, backend)
	b.Must(err)
	b.Web = httptest.NewServer(b.Server)
	b.T.Cleanup(b.Web.Close)
}

// Must fails the test if err isn't nil.
func (b *Portal) Must(err error) {
	b.T.Helper()
	if err != nil {
		b.T.Fatal(err)
	}
}

// Browser returns a browser that isn't signed in.
func (b *Portal) Browser() *Browser {
	jar, err := cookiejar.New(nil)
	b.Must(err)
	return &Browser{
		&http.Client{
			Transport:     b.Web.Client().Transport, // the default one is closed whenever any test's server is
			Jar:           jar,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		b,
	}
}

// As returns a browser that is signed in as the user with the role. If role is "", the browser isn't signed in.
func (b *Portal) As(role string) *Browser {
	b.T.Helper()
	br := b.Browser()
	if role != "" {
		if r := br.SignIn(role+"@example.com", Password); r.StatusCode != http.StatusSeeOther {
			b.T.Fatalf("sign-in as %s = %d\n%s", role, r.StatusCode, r.Text)
		}
	}
	return br
}

// User returns the test user with the role.
func (b *Portal) User(role string) store.User {
	b.T.Helper()
	u, err := b.Store.UserByEmail(b.T.Context(), role+"@example.com")
	b.Must(err)
	return u
}

// TOTPStep is the length of a TOTP time step, in seconds.
const TOTPStep = 30

// TrustEveryone is a configuration change for New. It lets every request set its client address in X-Forwarded-For.
func TrustEveryone(c *web.Config) {
	c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
}

// Work sends and reconciles operations in the background until the test ends.
func (b *Portal) Work() {
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { b.Fleet.Operations.Run(ctx) })
	b.T.Cleanup(func() {
		cancel()
		working.Wait()
	})
}

// NewWithRecords returns a portal with one PBX per record. A record's fields replace those of the fake PBX.
func NewWithRecords(t *testing.T, records ...map[string]any) *Portal {
	t.Helper()
	b := New(t, len(records))
	for i, id := range b.YCM.IDs() {
		b.YCM.Edit(id, func(r map[string]any) { maps.Copy(r, records[i]) })
	}
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	return b
}
