package e2e

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/playwright-community/playwright-go"

	"cordboard/fleet/account"
	"cordboard/fleet/mirror"
	"cordboard/handlers"
	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

const password = "brass cord switchboard"

// cheap makes password hashing fast, because strong hashes don't matter in these tests.
var cheap = identity.HashParams{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// portal is a complete portal for one test, with its own database and YCM.
type portal struct {
	t      *testing.T
	url    string
	ycm    *ycmtest.Server
	store  *store.Store
	fleet  *account.Account
	server *handlers.Server

	mu   sync.Mutex
	seen []string // requested paths

	ahead atomic.Int64 // nanoseconds by which the portal's clock is ahead of real time
}

func (p *portal) now() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }

// later moves the portal's clock forward.
func (p *portal) later(d time.Duration) { p.ahead.Add(int64(d)) }

// newPortal starts a portal with one user per role and a fleet of 480 PBXs, synced once.
func newPortal(t *testing.T) *portal { return portalOf(t, 480) }

// workingPortal starts a portal that has a small fleet, and that syncs and sends operations in the background.
func workingPortal(t *testing.T) *portal {
	p := portalOf(t, 40)
	p.run()
	return p
}

func portalOf(t *testing.T, pbxs int) *portal {
	p := emptyPortal(
		t,
		ycmtest.Config{Seed: 1, PBXs: pbxs, Provisioning: time.Second, Starting: time.Second},
		(*portal).aYear,
	)
	for _, role := range store.Roles {
		p.addUser(role)
	}
	p.sync()
	return p
}

// emptyPortal starts a portal that has no users and hasn't synced yet. The before functions can fill the store first.
func emptyPortal(t *testing.T, y ycmtest.Config, before ...func(*portal)) *portal {
	t.Helper()
	p := &portal{t: t, ycm: ycmtest.NewServer(t, y)}
	p.store = storetest.New(t, p.now)
	client, err := ycm.New(
		ycm.Config{
			URL:          p.ycm.URL,
			ClientID:     "client",
			ClientSecret: "secret",
			Limits:       ycm.Limits{CreateTimeout: time.Second},
		},
	)
	must(t, err)
	t.Cleanup(client.Close)
	for _, f := range before {
		f(p)
	}
	log := slog.New(slog.DiscardHandler)
	p.fleet, err = account.New(
		t.Context(),
		account.Config{YCM: client, Store: p.store, Log: log, ReconcileWindow: 2 * time.Second},
	)
	must(t, err)
	i, err := identity.New(t.Context(), identity.Config{Store: p.store, Log: log, Hash: cheap, Now: p.now})
	must(t, err)
	backend := web.Backend{Store: p.store, Account: p.fleet, Identity: i}
	site, err := web.New(backend, web.Config{Log: log, Now: p.now, YCMHost: "ycm.example.com"})
	must(t, err)
	p.server, err = handlers.New(t.Context(), site, backend)
	must(t, err)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.URL.Path)
		p.mu.Unlock()
		p.server.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
	})
	p.url = web.URL
	return p
}

// aYear stores a year of subscription readings.
func (p *portal) aYear() {
	var readings []store.SubscriptionReading
	for _, d := range p.ycm.Past().Packages {
		readings = append(
			readings,
			store.SubscriptionReading{Account: mirror.DefaultAccount, SeenAt: d.At, Subscription: d.Subscription},
		)
	}
	must(p.t, p.store.PutSubscription(p.t.Context(), readings...))
}

func (p *portal) addUser(role string) {
	p.t.Helper()
	hash, err := identity.HashPassword(password, cheap)
	must(p.t, err)
	_, err = p.store.AddUser(
		p.t.Context(),
		store.Actor{Email: "test"},
		store.User{
			Email:        role + "@example.com",
			Name:         "The " + role,
			Role:         role,
			PasswordHash: hash,
		},
	)
	must(p.t, err)
}

// sync syncs the fleet, and ignores errors.
func (p *portal) sync() {
	_, _ = p.fleet.Mirror.Sync(p.t.Context()) // the pages show the outcome
}

// run runs the fleet's background work until the test ends, so that Refresh works.
func (p *portal) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { p.fleet.Run(ctx) })
	p.t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

// option changes the settings of a browser context.
type option func(*playwright.BrowserNewContextOptions)

func withoutJavaScript(o *playwright.BrowserNewContextOptions) {
	o.JavaScriptEnabled = playwright.Bool(false)
}
func dark(o *playwright.BrowserNewContextOptions)  { o.ColorScheme = playwright.ColorSchemeDark }
func light(o *playwright.BrowserNewContextOptions) { o.ColorScheme = playwright.ColorSchemeLight }
func phone(o *playwright.BrowserNewContextOptions) {
	o.Viewport = &playwright.Size{Width: 390, Height: 844}
	o.HasTouch = playwright.Bool(true)
}

// tab is a browser page. Its test fails on script errors and console errors, except console errors about 4xx responses
// that the test has permitted with allow, event streams of ended sessions, and requests without a response. The browser
// aborts requests when the user leaves a page, and htmx logs that.
type tab struct {
	playwright.Page
	t      *testing.T
	portal *portal
	expect playwright.PlaywrightAssertions

	mu      sync.Mutex
	allowed []string // prefixes of URL paths that may return a 4xx status
	console []string
}

// watchFocus reports a swap that loses the focus as a console error, which fails the test: the focused element is gone,
// hidden or disabled, and no other one has the focus. A click beside everything also takes the focus away, but isn't
// meant.
const watchFocus = `
	let held = null;
	addEventListener("htmx:before:swap", () => { held = document.activeElement; }, true);
	addEventListener("htmx:after:swap", () => setTimeout(() => {
		if (!held || held === document.body || document.activeElement !== document.body) return;
		if (held.isConnected && held.checkVisibility() && !held.disabled) return;
		console.error("a swap lost the focus", held.outerHTML.slice(0, 200));
	}, 200), true);`

// watchShifts reports a page whose content moves by itself as a console error, which fails the test. As Core Web Vitals
// do, it adds up the shifts of a burst; the limit is a fifth of what they call good. After the user's first input,
// shifts may result from it and don't count.
const watchShifts = `
	{
		let sum = 0, first = 0, last = 0, used = false;
		for (const kind of ["pointerdown", "keydown", "input"]) addEventListener(kind, () => { used = true; }, true);
		new PerformanceObserver((list) => {
			for (const shift of list.getEntries()) {
				if (used || shift.hadRecentInput) continue;
				const at = shift.startTime;
				if (at - last > 1000 || at - first > 5000) [sum, first] = [0, at];
				[sum, last] = [sum + shift.value, at];
				const text = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(",");
				const name = (s) => (s.node?.outerHTML ?? s.node?.nodeName ?? "").slice(0, 100) + " from " +
					text(s.previousRect) + " to " + text(s.currentRect);
				if (sum > 0.02) console.error("layout shift", sum.toFixed(3), shift.sources.map(name).join(" | "));
			}
		}).observe({ type: "layout-shift", buffered: true });
	}`

func (p *portal) open(opts ...option) *tab {
	p.t.Helper()
	o := playwright.BrowserNewContextOptions{
		BaseURL:  playwright.String(p.url),
		Viewport: &playwright.Size{Width: 1440, Height: 900},

		ReducedMotion: playwright.ReducedMotionReduce, // drawing animations takes time that the tests don't have
	}
	for _, opt := range opts {
		opt(&o)
	}
	ctx, err := browser.NewContext(o)
	must(p.t, err)
	if os.Getenv("E2E_TRACE") != "" {
		must(p.t, ctx.Tracing().Start(playwright.TracingStartOptions{Snapshots: playwright.Bool(true)}))
	}
	page, err := ctx.NewPage()
	must(p.t, err)
	page.SetDefaultTimeout(20_000)
	must(p.t, page.AddInitScript(playwright.Script{Content: playwright.String(watchFocus + watchShifts)}))
	tb := &tab{Page: page, t: p.t, portal: p, expect: playwright.NewPlaywrightAssertions(20_000)}
	page.OnConsole(func(m playwright.ConsoleMessage) {
		tb.note(m.Type() + ": " + m.Text())
		if m.Type() == "error" && !strings.Contains(m.Text(), "TypeError: Failed to fetch") &&
			!tb.isAllowed(m.Location().URL) && !tb.isEndedStream(m) {
			p.t.Errorf("console error: %s (%s)", m.Text(), m.Location().URL)
		}
	})
	page.OnPageError(func(err error) { p.t.Errorf("script error: %v", err) })
	p.t.Cleanup(func() {
		if p.t.Failed() {
			tb.save()
		}
		must(p.t, ctx.Close())
	})
	return tb
}

// note keeps a line of the browser's console. If the test fails, save writes these lines to a file.
func (tb *tab) note(line string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.console = append(tb.console, line)
}

// save writes the evidence of a failed journey to e2e/traces: a screenshot, the HTML, the console and, if E2E_TRACE is
// set, the trace. If the page doesn't respond, some of these are missing.
func (tb *tab) save() {
	base := filepath.Join("traces", strings.ReplaceAll(tb.t.Name(), "/", "_"))
	if err := os.MkdirAll("traces", 0o750); err != nil {
		tb.t.Log(err)
		return
	}
	if os.Getenv("E2E_TRACE") != "" {
		if err := tb.Context().Tracing().Stop(base + ".zip"); err != nil {
			tb.t.Log(err)
		}
	}
	if _, err := tb.Screenshot(playwright.PageScreenshotOptions{Path: playwright.String(base + ".png")}); err != nil {
		tb.t.Log(err)
	}
	html, err := tb.Content()
	if err != nil {
		tb.t.Log(err)
	}
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for name, text := range map[string]string{".html": html, ".console": strings.Join(tb.console, "\n")} {
		if err := os.WriteFile(base+name, []byte(text), 0o600); err != nil {
			tb.t.Log(err)
		}
	}
	tb.t.Logf("at %s; screenshot, HTML and console: e2e/%s.*", tb.URL(), base)
}

// allow permits 4xx responses at paths with these prefixes.
func (tb *tab) allow(paths ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.allowed = append(tb.allowed, paths...)
}

func (tb *tab) isAllowed(url string) bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	path := strings.TrimPrefix(url, tb.portal.url)
	return slices.ContainsFunc(tb.allowed, func(a string) bool { return strings.HasPrefix(path, a) })
}

// isEndedStream reports whether m is about an event stream that was rejected because its session had ended. A page
// opens its stream after it has loaded, so a journey can end the session before the stream opens.
func (tb *tab) isEndedStream(m playwright.ConsoleMessage) bool {
	return m.Location().URL == tb.portal.url+"/events" && strings.Contains(m.Text(), "401")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
