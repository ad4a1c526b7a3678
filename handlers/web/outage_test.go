package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm/ycmtest"
)

// TestLockedDatabase checks the portal while another program holds the database's write lock. Each request that writes
// must fail. With -attack-timed, it must do so after a single wait, however many writes it makes and however many other
// requests are waiting. Reading must still work, and /readyz must report the problem.
func TestLockedDatabase(t *testing.T) {
	b := portaltest.New(t, 5)
	admin, viewer := b.As("admin"), b.As("viewer")
	id := fmt.Sprint(b.User("operator").ID)
	release := storetest.Hold(t, b.Dir)
	type request struct {
		br   *portaltest.Browser
		path string
		form url.Values
	}
	requests := []request{
		{viewer, "/account", url.Values{"theme": {"dark"}}},
		{viewer, "/pbxs/settings", url.Values{"cols": {"name"}}},
		{viewer, "/views", url.Values{"name": {"Mine"}, "query": {"status=Running"}}},
		{admin, "/team/" + id + "/role", url.Values{"role": {"viewer"}}},
		{admin, "/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}},
		{b.Browser(), "/signin", url.Values{"email": {"viewer@example.com"}, "password": {portaltest.Password}}},
		{b.Browser(), "/signin", url.Values{"email": {"viewer@example.com"}, "password": {"wrong"}}},
	}
	var all sync.WaitGroup
	took := make([]time.Duration, len(requests))
	for i, q := range requests {
		all.Go(func() {
			start := time.Now()
			if got := q.br.Post(q.path, q.form).StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("POST %s = %d, want 503", q.path, got)
			}
			took[i] = time.Since(start)
		})
	}
	start := time.Now()
	ready := b.Browser().Get("/readyz")
	readyTook := time.Since(start)
	if ready.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET /readyz = %d %s, want 503", ready.StatusCode, ready.Text)
	}
	detail := fmt.Sprint("/pbxs/", b.YCM.IDs()[0])
	for _, path := range []string{"/pbxs", "/pbxs?q=a&sort=-createTime", detail, "/", "/account", "/healthz"} {
		if got := viewer.Get(path).StatusCode; got != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, got)
		}
	}
	all.Wait()
	t.Logf("/readyz took %v; the posts took %v", readyTook, took)
	if *portaltest.Timed {
		storetest.Figure(t, "readyz while another program holds the lock (s)", readyTook.Seconds(), 1, storetest.AtMost)
		storetest.Figure(
			t,
			"slowest post meanwhile, beyond one wait (s)",
			(slices.Max(took) - portaltest.WriteWait).Seconds(),
			1,
			storetest.AtMost,
		)
	}
	release()
	b.Clock.Add(2 * time.Second)
	if got := b.Browser().Get("/readyz").StatusCode; got != http.StatusOK {
		t.Errorf("GET /readyz after the lock = %d, want 200", got)
	}
	if got := viewer.Post("/account", url.Values{"theme": {"dark"}}).StatusCode; got != http.StatusSeeOther {
		t.Errorf("POST /account after the lock = %d, want 303", got)
	}
}

// TestKeepingPeopleOutNeedsNoRoom checks that sessions can be ended and users locked out while nothing can be written.
// Each change must be written once writing is possible again, and must outlast a restart.
func TestKeepingPeopleOutNeedsNoRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		act    func(b *portaltest.Portal, admin, victim *portaltest.Browser) portaltest.Response
		events []string // expected in the audit log at the end
	}{
		{
			"sign out",
			func(_ *portaltest.Portal, _, victim *portaltest.Browser) portaltest.Response {
				return victim.Post("/signout", nil)
			},
			[]string{"session.signout done"},
		},
		{"an admin ends a session", func(b *portaltest.Portal, admin, victim *portaltest.Browser) portaltest.Response {
			return admin.Post(fmt.Sprintf("/team/%d/sessions", b.User("viewer").ID), url.Values{"end": {victim.SessionMark()}})
		}, []string{"session.end done"}},
		{"an admin ends all sessions", func(b *portaltest.Portal, admin, _ *portaltest.Browser) portaltest.Response {
			return admin.Post(fmt.Sprintf("/team/%d/sessions", b.User("viewer").ID), url.Values{"end": {"others"}})
		}, []string{"session.end done"}},
		{"an admin disables the account", func(b *portaltest.Portal, admin, _ *portaltest.Browser) portaltest.Response {
			return admin.Post(fmt.Sprintf("/team/%d/disable", b.User("viewer").ID), nil)
		}, []string{"user.disable done"}},
		{"one's own other sessions", func(b *portaltest.Portal, _, _ *portaltest.Browser) portaltest.Response {
			return b.Second.Post("/account/sessions", url.Values{"end": {"others"}})
		}, []string{"session.end done"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := portaltest.New(t, 3)
			admin, victim := b.As("admin"), b.As("viewer")
			b.Second = b.As("viewer")
			cookies := victim.Cookies()
			before := len(b.Events())
			release := storetest.Hold(t, b.Dir)
			if r := tt.act(b, admin, victim); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("status = %d, want 303\n%s", r.StatusCode, r.Text)
			}
			u, err := url.Parse(b.Web.URL)
			b.Must(err)
			victim.Jar.SetCookies(u, cookies) // as an attacker who copied them would
			signedOut := func(when string) {
				t.Helper()
				if got := victim.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
					t.Errorf("%s the session still works: %d", when, got)
				}
			}
			signedOut("at once")
			b.Identity.Sessions.Flush(t.Context())
			signedOut("after a try to write")
			release()
			b.Identity.Sessions.Flush(t.Context())
			signedOut("after it was written")
			if got := b.Events()[before:]; !slices.Equal(got, tt.events) {
				t.Errorf("events = %q, want %q", got, tt.events)
			}
			b.Web.Close()
			b.Serve()
			u, err = url.Parse(b.Web.URL)
			b.Must(err)
			victim.Jar.SetCookies(u, cookies)
			signedOut("after a restart")
		})
	}
}

// TestDisabledAndEnabledWithoutRoom checks that a user who has been enabled again isn't disabled by an earlier write
// that is still pending.
func TestDisabledAndEnabledWithoutRoom(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	admin, victim := b.As("admin"), b.As("viewer")
	path := fmt.Sprintf("/team/%d/", b.User("viewer").ID)
	release := storetest.Hold(t, b.Dir)
	for range 3 { // The second and third requests change nothing.
		admin.Post(path+"disable", nil)
	}
	if got := victim.Get("/pbxs").StatusCode; got != http.StatusSeeOther {
		t.Errorf("GET /pbxs while disabled = %d, want 303", got)
	}
	if got := admin.Post(path+"enable", nil).StatusCode; got != http.StatusSeeOther {
		t.Errorf("enabling the user = %d, want 303", got)
	}
	if got := victim.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs once enabled = %d, want 200", got)
	}
	release()
	b.Identity.Sessions.Flush(t.Context())
	if b.User("viewer").Disabled {
		t.Error("the waiting write disabled the user")
	}
}

// TestDatabaseThatIsNotOursAnyMore checks that a portal refuses changes, and reports that it isn't ready, after one of
// its database files was deleted, replaced or renamed. Reading must still work.
func TestDatabaseThatIsNotOursAnyMore(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(dir string) error{
		"deleted":     func(dir string) error { return os.Remove(filepath.Join(dir, store.DatabaseName)) },
		"log deleted": func(dir string) error { return os.Remove(filepath.Join(dir, store.DatabaseName+"-wal")) },
		"replaced": func(dir string) error {
			path := filepath.Join(dir, store.DatabaseName)
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.WriteFile(path, content, 0o600)
		},
		"renamed": func(dir string) error {
			return os.Rename(filepath.Join(dir, store.DatabaseName), filepath.Join(dir, "old.db"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := portaltest.New(t, 3)
			viewer := b.As("viewer")
			b.Must(lose(b.Dir))
			if r := b.Browser().Get("/readyz"); r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("GET /readyz = %d %s, want 503", r.StatusCode, r.Text)
			}
			if got := viewer.Post(
				"/account",
				url.Values{"theme": {"dark"}},
			).StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("POST /account = %d, want 503", got)
			}
			if got := b.Browser().
				SignIn("viewer@example.com", portaltest.Password).
				StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("sign-in = %d, want 503", got)
			}
			if got := viewer.Get("/pbxs").StatusCode; got != http.StatusOK {
				t.Errorf("GET /pbxs = %d, want 200", got)
			}
		})
	}
}

// TestPagesWhileYCMIsSilent checks that 200 requests for a list and 200 for the sign-in page, all at the same time, are
// served while a sync waits for YCM, which doesn't respond.
func TestPagesWhileYCMIsSilent(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 100)
	viewer := b.As("viewer")
	b.YCM.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.HangUnprocessed})
	ctx, stop := context.WithCancel(t.Context())
	var pass sync.WaitGroup
	pass.Go(func() { _, _ = b.Fleet.Mirror.Sync(ctx) }) // hangs until the test ends
	defer pass.Wait()
	defer stop()
	var done sync.WaitGroup
	var bad atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	requests := 200
	if testing.Short() {
		requests = 50
	}
	for range requests {
		done.Go(func() {
			if viewer.Get("/pbxs?q=a").StatusCode != http.StatusOK {
				bad.Add(1)
			}
		})
		done.Go(func() {
			start := time.Now()
			if b.Browser().Get("/signin").StatusCode != http.StatusOK {
				bad.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(start))
		})
	}
	done.Wait()
	slices.Sort(took)
	t.Logf("the sign-in page's p99 is %v", took[len(took)*99/100])
	if bad.Load() > 0 {
		t.Errorf("%d pages failed, want 0", bad.Load())
	}
}
