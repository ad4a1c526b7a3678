package identity_test

import (
	"errors"
	"testing"
	"time"

	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
)

// valid reports whether a session is valid.
func (b *harness) valid(hash string) bool {
	b.t.Helper()
	_, err := b.Sessions.ByToken(b.t.Context(), hash)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		b.t.Fatal(err)
	}
	return err == nil
}

// TestEndingWhileNothingCanBeWritten checks that each way of ending sessions takes effect immediately while the
// database is locked, and stays in effect. Once the database can be written again, the change must be written exactly
// once, with its audit entry, if any.
func TestEndingWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		end     func(b *harness) error
		left    []string // which of the sessions a1, a2 and b1 remain
		outcome string   // the action that is audited; "" means none
	}{
		{"sign-out", func(b *harness) error {
			return b.Sessions.SignOut(b.t.Context(), b.actor(), store.Session{TokenHash: "a1", User: b.user})
		}, []string{"a2", "b1"}, "session.signout"},
		{"drop", func(b *harness) error { return b.Sessions.Drop(b.t.Context(), "a1") }, []string{"a2", "b1"}, ""},
		{"all but one", func(b *harness) error {
			return b.Sessions.End(b.t.Context(), b.actor(), b.user.ID, "", "a2")
		}, []string{"a2"}, "session.end"},
		{"by prefix", func(b *harness) error {
			return b.Sessions.End(b.t.Context(), b.actor(), b.user.ID, "a", "")
		}, []string{"b1"}, "session.end"},
		{"disable", func(b *harness) error {
			return b.Sessions.Disable(b.t.Context(), b.actor(), b.user)
		}, nil, "user.disable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newHarness(t)
			b.add("kim@example.com", "Kim", store.RoleAdmin)
			for _, hash := range []string{"a1", "a2", "b1"} {
				b.signIn(hash)
			}
			check := func(when string) {
				t.Helper()
				left := map[string]bool{}
				for _, hash := range tt.left {
					left[hash] = true
				}
				for _, hash := range []string{"a1", "a2", "b1"} {
					if b.valid(hash) != left[hash] {
						t.Errorf("%s: session %s is valid: %t", when, hash, b.valid(hash))
					}
				}
			}
			release := storetest.Hold(t, b.dir)
			b.must(tt.end(b))
			check("at once")
			b.must(tt.end(b))             // a second click
			b.Sessions.Flush(t.Context()) // fails
			check("after a flush that failed")
			release()
			for range 2 { // the second flush has nothing to do
				b.Sessions.Flush(t.Context())
				check("after a flush")
			}
			if tt.outcome != "" && b.outcomes(tt.outcome)[store.OutcomeDone] != 1 {
				t.Errorf("audit entries of %s = %v, want 1 done", tt.outcome, b.outcomes(tt.outcome))
			}
			for _, hash := range []string{"a1", "a2", "b1"} {
				if _, err := b.store.SessionByToken(t.Context(), hash); (err == nil) != b.valid(hash) {
					t.Errorf("session %s in the database: %v, in effect: %t", hash, err, b.valid(hash))
				}
			}
		})
	}
}

// TestRefusedWhileNothingCanBeWritten checks that, while the database is locked, changes that are normally refused are
// still refused, and a policy that can't be stored doesn't take effect.
func TestRefusedWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	kim := b.add("kim@example.com", "Kim", store.RoleAdmin)
	b.signIn("a1")
	gone := kim
	gone.Disabled = true
	release := storetest.Hold(t, b.dir)
	defer release()
	if err := b.Sessions.Disable(t.Context(), b.actor(), gone); !errors.Is(err, store.ErrNoChange) {
		t.Errorf("disabling a disabled user = %v, want ErrNoChange", err)
	}
	b.must(b.Sessions.Disable(t.Context(), b.actor(), kim))
	if err := b.Sessions.Disable(t.Context(), b.actor(), b.user); !errors.Is(err, store.ErrLastAdmin) {
		t.Errorf("disabling the last admin = %v, want ErrLastAdmin", err)
	}
	if err := b.Sessions.End(t.Context(), b.actor(), b.user.ID, "nobody's", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ending sessions that aren't there = %v, want ErrNotFound", err)
	}
	if !b.valid("a1") {
		t.Error("a refused change ended a session")
	}
	if err := b.Policy.Set(t.Context(), b.actor(), store.Policy{Required: "all"}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Policy.Set = %v, want ErrUnavailable", err)
	}
	if got := b.Policy.Get().Required; got != "" {
		t.Errorf("the policy that couldn't be stored is in effect: %q", got)
	}
}

// TestEnabledBeforeItWasWritten checks that enabling a user who was disabled only in memory cancels the pending
// write.
func TestEnabledBeforeItWasWritten(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	kim := b.add("kim@example.com", "Kim", store.RoleViewer)
	release := storetest.Hold(t, b.dir)
	b.must(b.Sessions.Disable(t.Context(), b.actor(), kim))
	b.must(b.Sessions.Enable(t.Context(), b.actor(), kim))
	if err := b.Sessions.Enable(t.Context(), b.actor(), kim); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("enabling a user who isn't disabled = %v, want the database's ErrUnavailable", err)
	}
	release()
	b.Sessions.Flush(t.Context())
	if u, err := b.store.UserByID(t.Context(), kim.ID); err != nil || u.Disabled {
		t.Errorf("the user = %+v, %v, want enabled", u, err)
	}
	if got := b.outcomes("user.disable"); len(got) != 0 {
		t.Errorf("audit entries = %v, want none", got)
	}
}

// TestLastUseWhileNothingCanBeWritten checks that a session in use doesn't become idle while the database is
// locked, and that the latest time of use is written afterward.
func TestLastUseWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	session := b.signIn("a1")
	release := storetest.Hold(t, b.dir)
	for range 3 {
		b.clock.Add(20 * time.Minute)
		b.Sessions.Touch("a1")
		b.Sessions.Flush(t.Context())
	}
	if b.Sessions.IsIdle(session) {
		t.Error("the session is idle although it was just used")
	}
	used := b.clock.Now()
	release()
	b.clock.Add(time.Minute)
	b.Sessions.Flush(t.Context())
	stored, err := b.Sessions.ByToken(t.Context(), "a1")
	b.must(err)
	if !stored.SeenAt.Equal(used) {
		t.Errorf("last use stored as %s, want %s", stored.SeenAt, used)
	}
}

// TestChecksWhileNothingCanBeWritten checks that, while the database is locked, a correct password is accepted, but a
// wrong one causes an error, because the failure can't be counted. Setting up a second factor also fails.
func TestChecksWhileNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	defer storetest.Hold(t, b.dir)()
	check := identity.PasswordCheck{
		User: b.user, Password: password, By: b.actor(), Failure: store.Event{Action: "session.signin"},
	}
	if result, err := b.Passwords.Check(t.Context(), check); err != nil || !result.OK {
		t.Errorf("the correct password = %+v, %v", result, err)
	}
	check.Password = "wrong"
	if result, err := b.Passwords.Check(t.Context(), check); !errors.Is(err, store.ErrUnavailable) || result.OK {
		t.Errorf("a wrong password = %+v, %v, want ErrUnavailable", result, err)
	}
	if err := b.Factors.Begin(t.Context(), b.actor()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Factors.Begin = %v, want ErrUnavailable", err)
	}
}

// TestHash checks that the hash of a new password matches only that password, that an error from the caller's function
// is passed on, and that a damaged hash causes an error.
func TestHash(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	var hash string
	b.must(b.Passwords.Hash(t.Context(), "", "lantern orchard gravel", func(h string) error { hash = h; return nil }))
	u := b.user
	u.PasswordHash = hash
	for typed, want := range map[string]bool{"lantern orchard gravel": true, "Lantern orchard gravel": false} {
		if got := b.check(u, typed, nil); got.OK != want {
			t.Errorf("check of %q = %+v, want %t", typed, got, want)
		}
	}
	no := errors.New("no")
	if err := b.Passwords.Hash(t.Context(), "", "x", func(string) error { return no }); !errors.Is(err, no) {
		t.Errorf("Hash = %v, want the caller's error", err)
	}
	u.PasswordHash = "not a hash"
	_, err := b.Passwords.Check(t.Context(), identity.PasswordCheck{User: u, Password: "x", By: b.actor()})
	if err == nil {
		t.Error("a check of a damaged hash = nil, want an error")
	}
}

// TestCodeLimits checks that an account must wait 15 minutes after ten guesses, and that each known browser has its own
// count.
func TestCodeLimits(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	fail := func(limits []identity.Limit, n int) {
		t.Helper()
		for range n {
			b.must(b.store.SignInFailed(
				t.Context(), b.actor(), store.Event{Action: "session.signin", Outcome: "failed"}, identity.Keys(limits)...,
			))
		}
	}
	waits := func(limits []identity.Limit) time.Duration {
		t.Helper()
		wait, err := b.Throttle.Wait(t.Context(), limits)
		b.must(err)
		return wait
	}
	fail(identity.CodeLimits(7, ""), 9)
	if waits(identity.CodeLimits(7, "")) != 0 {
		t.Error("a tenth guess must wait")
	}
	fail(identity.CodeLimits(7, ""), 1)
	if waits(identity.CodeLimits(7, "")) != 15*time.Minute {
		t.Errorf("after ten guesses the wait is %v, want 15 minutes", waits(identity.CodeLimits(7, "")))
	}
	if waits(identity.CodeLimits(8, "")) != 0 || waits(identity.CodeLimits(7, "browser")) != 0 {
		t.Error("another account, or a known browser, must wait")
	}
	fail(identity.CodeLimits(7, "browser"), 10)
	if waits(identity.CodeLimits(7, "browser")) == 0 || waits(identity.CodeLimits(7, "other")) != 0 {
		t.Error("a known browser's guesses count for that browser only")
	}
	b.clock.Add(15*time.Minute + time.Second)
	if wait := waits(identity.CodeLimits(7, "")); wait != 0 {
		t.Errorf("after the wait, it is still %v", wait)
	}
}
