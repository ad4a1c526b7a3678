package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestLockedDatabase checks the portal while another program holds the database's lock. Each request that writes must
// fail after a single wait, however many writes it makes and however many other requests are waiting. Reading must
// still work, and /readyz must report the problem.
func TestLockedDatabase(t *testing.T) {
	b := newBench(t, 5)
	admin, viewer := b.as("admin"), b.as("viewer")
	id := fmt.Sprint(b.user("operator").ID)
	release := storetest.Hold(t, b.dir)
	type request struct {
		br   *browser
		path string
		form url.Values
	}
	requests := []request{
		{viewer, "/account", url.Values{"theme": {"dark"}}},
		{viewer, "/pbxs/settings", url.Values{"cols": {"name"}}},
		{viewer, "/views", url.Values{"name": {"Mine"}, "query": {"status=Running"}}},
		{admin, "/team/" + id + "/role", url.Values{"role": {"viewer"}}},
		{admin, "/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}},
		{b.browser(), "/signin", url.Values{"email": {"viewer@example.com"}, "password": {testPassword}}},
		{b.browser(), "/signin", url.Values{"email": {"viewer@example.com"}, "password": {"wrong"}}},
	}
	var all sync.WaitGroup
	took := make([]time.Duration, len(requests))
	for i, q := range requests {
		all.Go(func() {
			start := time.Now()
			if got := q.br.post(q.path, q.form).StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("POST %s = %d, want 503", q.path, got)
			}
			took[i] = time.Since(start)
		})
	}
	start := time.Now()
	ready := b.browser().get("/readyz")
	readyTook := time.Since(start)
	if ready.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("GET /readyz = %d %s, want 503", ready.StatusCode, ready.body)
	}
	for _, path := range []string{"/pbxs", "/", "/account", "/healthz"} {
		if got := viewer.get(path).StatusCode; got != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, got)
		}
	}
	all.Wait()
	t.Logf("/readyz took %v; the posts took %v", readyTook, took)
	if *attackTimed {
		storetest.Figure(t, "readyz while another program holds the lock (s)", readyTook.Seconds(), 1, storetest.AtMost)
		storetest.Figure(
			t,
			"slowest post meanwhile, beyond one wait (s)",
			(slices.Max(took) - writeWait).Seconds(),
			1,
			storetest.AtMost,
		)
	}
	release()
	b.clock.add(2 * time.Second)
	if got := b.browser().get("/readyz").StatusCode; got != http.StatusOK {
		t.Errorf("GET /readyz after the lock = %d, want 200", got)
	}
	if got := viewer.post("/account", url.Values{"theme": {"dark"}}).StatusCode; got != http.StatusSeeOther {
		t.Errorf("POST /account after the lock = %d, want 303", got)
	}
}

// TestKeepingPeopleOutNeedsNoRoom checks that sessions can be ended and users locked out while nothing can be written.
// Each change must be written as soon as writing is possible again.
func TestKeepingPeopleOutNeedsNoRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		act    func(b *bench, admin, victim *browser) response
		events []string // expected in the log at the end
	}{
		{
			"sign out",
			func(_ *bench, _, victim *browser) response { return victim.post("/signout", nil) },
			[]string{"session.signout done"},
		},
		{"an admin ends a session", func(b *bench, admin, victim *browser) response {
			return admin.post(fmt.Sprintf("/team/%d/sessions", b.user("viewer").ID), url.Values{"end": {victim.mark()}})
		}, []string{"session.end done"}},
		{"an admin ends all sessions", func(b *bench, admin, _ *browser) response {
			return admin.post(fmt.Sprintf("/team/%d/sessions", b.user("viewer").ID), url.Values{"end": {"others"}})
		}, []string{"session.end done"}},
		{"an admin disables the account", func(b *bench, admin, _ *browser) response {
			return admin.post(fmt.Sprintf("/team/%d/disable", b.user("viewer").ID), nil)
		}, []string{"user.disable done"}},
		{"one's own other sessions", func(b *bench, _, _ *browser) response {
			return b.second.post("/account/sessions", url.Values{"end": {"others"}})
		}, []string{"session.end done"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, 3)
			admin, victim := b.as("admin"), b.as("viewer")
			b.second = b.as("viewer")
			cookies := victim.cookies()
			before := len(b.events())
			release := storetest.Hold(t, b.dir)
			if r := tt.act(b, admin, victim); r.StatusCode != http.StatusSeeOther {
				t.Fatalf("status = %d, want 303\n%s", r.StatusCode, r.body)
			}
			u, err := url.Parse(b.web.URL)
			b.must(err)
			victim.Jar.SetCookies(u, cookies) // like a thief who has copied them
			signedOut := func(when string) {
				t.Helper()
				if got := victim.get("/pbxs").StatusCode; got != http.StatusSeeOther {
					t.Errorf("%s the session still works: %d", when, got)
				}
			}
			signedOut("at once")
			b.server.site.Identity.Sessions.Flush(t.Context())
			signedOut("after a try to write")
			release()
			b.server.site.Identity.Sessions.Flush(t.Context())
			signedOut("after it was written")
			if got := b.events()[before:]; !slices.Equal(got, tt.events) {
				t.Errorf("events = %q, want %q", got, tt.events)
			}
			b.web.Close()
			b.serve()
			u, err = url.Parse(b.web.URL)
			b.must(err)
			victim.Jar.SetCookies(u, cookies)
			signedOut("after a restart")
		})
	}
}

// TestDisabledAndEnabledWithoutRoom checks that a user who has been enabled again isn't disabled by an earlier write
// that was still pending.
func TestDisabledAndEnabledWithoutRoom(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	admin, victim := b.as("admin"), b.as("viewer")
	path := fmt.Sprintf("/team/%d/", b.user("viewer").ID)
	release := storetest.Hold(t, b.dir)
	for range 3 { // The second and third requests change nothing.
		admin.post(path+"disable", nil)
	}
	if got := victim.get("/pbxs").StatusCode; got != http.StatusSeeOther {
		t.Errorf("GET /pbxs while disabled = %d, want 303", got)
	}
	if got := admin.post(path+"enable", nil).StatusCode; got != http.StatusSeeOther {
		t.Errorf("enabling the user = %d, want 303", got)
	}
	if got := victim.get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs once enabled = %d, want 200", got)
	}
	release()
	b.server.site.Identity.Sessions.Flush(t.Context())
	if b.user("viewer").Disabled {
		t.Error("the waiting write disabled the user")
	}
}

// TestDatabaseThatIsNotOursAnyMore checks that a portal whose files were deleted or replaced writes nothing and reports
// that it isn't ready.
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
			b := newBench(t, 3)
			viewer := b.as("viewer")
			b.must(lose(b.dir))
			if r := b.browser().get("/readyz"); r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("GET /readyz = %d %s, want 503", r.StatusCode, r.body)
			}
			if got := viewer.post(
				"/account",
				url.Values{"theme": {"dark"}},
			).StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("POST /account = %d, want 503", got)
			}
			if got := b.browser().
				signIn("viewer@example.com", testPassword).
				StatusCode; got != http.StatusServiceUnavailable {
				t.Errorf("sign-in = %d, want 503", got)
			}
			if got := viewer.get("/pbxs").StatusCode; got != http.StatusOK {
				t.Errorf("GET /pbxs = %d, want 200", got)
			}
		})
	}
}
