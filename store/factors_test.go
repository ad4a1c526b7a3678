package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
)

// begin stores an unconfirmed factor with the given secret, and returns the factor.
func (w *world) begin(secret string) store.Factor {
	w.Helper()
	w.must(w.BeginFactor(w.Context(), actorOf(w.user), func(id int64) (string, error) {
		return fmt.Sprintf("sealed %s of %d", secret, id), nil
	}))
	f, err := w.PendingFactor(w.Context(), w.user.ID)
	w.must(err)
	return f
}

// enroll sets up a factor with the given recovery codes, and returns the factor.
func (w *world) enroll(codes ...string) store.Factor {
	w.Helper()
	f := w.begin("secret")
	w.must(w.ConfirmFactor(w.Context(), actorOf(w.user), f, 100, codes, ""))
	f, err := w.ActiveFactor(w.Context(), w.user.ID)
	w.must(err)
	return f
}

// reload returns the user as currently stored.
func (w *world) reload() store.User {
	w.Helper()
	u, err := w.UserByID(w.Context(), w.user.ID)
	w.must(err)
	return u
}

// TestFactorSetUp follows a second factor from the first try to its replacement and removal.
func TestFactorSetUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.ActiveFactor(t.Context(), w.user.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("factor at first = %v, want ErrNotFound", err)
	}
	first := w.begin("first")
	second := w.begin("second") // The user has started again.
	if !strings.HasPrefix(second.Secret, "sealed second") || second.Confirmed {
		t.Errorf("second try = %+v after %+v", second, first)
	}
	if w.reload().Factor {
		t.Error("an unconfirmed factor counts")
	}
	keep, other := w.signIn("keep"), w.signIn("other")
	if err := w.ConfirmFactor(t.Context(), actorOf(w.user), first, 1, nil, keep); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("confirming the replaced try = %v, want ErrNotFound", err)
	}
	w.must(w.ConfirmFactor(t.Context(), actorOf(w.user), second, 7, []string{"a", "b"}, keep))
	if err := w.ConfirmFactor(t.Context(), actorOf(w.user), second, 8, nil, keep); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("confirming twice = %v, want ErrNotFound", err)
	}
	f, err := w.ActiveFactor(t.Context(), w.user.ID)
	if err != nil || f.Step != 7 || !f.UsedAt.Equal(w.clock.Now()) || f.ID != second.ID {
		t.Errorf("confirmed factor = %+v, %v", f, err)
	}
	if u := w.reload(); !u.Factor || u.CodesLeft != 2 || !w.valid(keep) || w.valid(other) {
		t.Errorf("user = %+v; kept session works: %t, the other: %t", u.UserFactor, w.valid(keep), w.valid(other))
	}
	e := w.last()
	if diff := cmp.Diff([]store.Change{{Field: "twoFactor", Before: "off", After: "on"}}, e.Changes); diff != "" ||
		e.Action != "factor.confirm" || e.Detail() != "1 session ended" {
		t.Errorf("audit row = %s %q (-want +got):\n%s", e.Action, e.Detail(), diff)
	}

	third := w.begin("third")
	if !w.reload().Factor {
		t.Error("the factor stops counting while another one is set up")
	}
	w.must(w.ConfirmFactor(t.Context(), actorOf(w.user), third, 9, []string{"c"}, keep))
	if e := w.last(); !strings.Contains(e.Detail(), "replaced the previous factor") {
		t.Errorf("audit row of the replacement = %q", e.Detail())
	}
	if secrets, err := w.SealedSecrets(t.Context()); err != nil || len(secrets) != 1 || secrets[0] != third.Secret {
		t.Errorf("secrets = %q, %v, want only the newest", secrets, err)
	}
	w.must(w.RemoveFactor(t.Context(), actorOf(w.user), w.user.ID, "factor.remove", keep))
	if u := w.reload(); u.Factor || u.CodesLeft != 0 || w.last().Action != "factor.remove" {
		t.Errorf("after the removal: %+v, last row %s", u.UserFactor, w.last().Action)
	}
	if err := w.RemoveFactor(t.Context(), actorOf(w.user), w.user.ID, "x", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removing twice = %v, want ErrNotFound", err)
	}
	if err := w.NewCodes(t.Context(), actorOf(w.user), []string{"x"}, ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("recovery codes without a factor = %v, want ErrNotFound", err)
	}
}

// TestSealFails checks that if a new factor's secret can't be sealed, the earlier unconfirmed factor stays in place and
// nothing is recorded.
func TestSealFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, before := w.begin("first"), w.rows()
	broken := errors.New("no key")
	if err := w.BeginFactor(t.Context(), actorOf(w.user), func(int64) (string, error) { return "", broken }); !errors.Is(
		err, broken) {
		t.Errorf("BeginFactor = %v, want %v", err, broken)
	}
	if f, err := w.PendingFactor(t.Context(), w.user.ID); err != nil || f.ID != first.ID || w.rows() != before {
		t.Errorf("factor = %+v, %v with %d more rows, want the first try and none", f, err, w.rows()-before)
	}
}

// TestProofsWorkOnce checks that each code works only once, that codes of earlier time steps don't work, and that a
// step from a clock that was ahead doesn't lock the user out.
func TestProofsWorkOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.enroll("hash-1", "hash-2") // step 100
	other := addUser(t, w.Store, "bo@example.com", store.RoleViewer)
	step := func(n, newest int64) store.MFAProof { return store.MFAProof{FactorID: f.ID, Step: n, Newest: newest} }
	for i, tt := range []struct {
		user  int64
		proof store.MFAProof
		want  error
	}{
		{w.user.ID, store.MFAProof{}, nil},
		{w.user.ID, step(100, 101), store.ErrCodeUsed},
		{w.user.ID, step(99, 101), store.ErrCodeUsed},
		{other.ID, step(101, 101), store.ErrCodeUsed}, // another user's factor
		{w.user.ID, step(101, 101), nil},
		{w.user.ID, step(101, 101), store.ErrCodeUsed},
		{w.user.ID, step(9000, 9000), nil}, // the clock is ahead
		{w.user.ID, step(102, 103), nil},   // the clock is right again; step 9000 is still in the future
		{w.user.ID, step(102, 103), store.ErrCodeUsed},
		{w.user.ID, store.MFAProof{RecoveryHash: "made up"}, store.ErrCodeUsed},
		{other.ID, store.MFAProof{RecoveryHash: "hash-1"}, store.ErrCodeUsed},
		{w.user.ID, store.MFAProof{RecoveryHash: "hash-1"}, nil},
		{w.user.ID, store.MFAProof{RecoveryHash: "hash-1"}, store.ErrCodeUsed},
	} {
		if err := w.UseProof(t.Context(), tt.user, tt.proof); !errors.Is(err, tt.want) {
			t.Errorf("proof %d %+v = %v, want %v", i, tt.proof, err, tt.want)
		}
	}
	if left := w.reload().CodesLeft; left != 1 {
		t.Errorf("recovery codes left = %d, want 1", left)
	}
	w.must(w.NewCodes(t.Context(), actorOf(w.user), []string{"x", "y", "z"}, ""))
	if err := w.UseProof(t.Context(), w.user.ID, store.MFAProof{RecoveryHash: "hash-2"}); !errors.Is(
		err, store.ErrCodeUsed) {
		t.Errorf("a replaced recovery code = %v, want ErrCodeUsed", err)
	}
	if e := w.last(); w.reload().CodesLeft != 3 || e.Detail() != "3 new codes; unused codes replaced: 1" {
		t.Errorf("codes left = %d, audit row %q", w.reload().CodesLeft, e.Detail())
	}
}

// TestOneCodeAtOnce checks that only one of many simultaneous uses of a code succeeds.
func TestOneCodeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.enroll("recovery")
	for _, proof := range []store.MFAProof{{FactorID: f.ID, Step: 101, Newest: 101}, {RecoveryHash: "recovery"}} {
		var good atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				switch err := w.UseProof(t.Context(), w.user.ID, proof); {
				case err == nil:
					good.Add(1)
				case !errors.Is(err, store.ErrCodeUsed):
					t.Errorf("UseProof = %v, want nil or ErrCodeUsed", err)
				}
			})
		}
		all.Wait()
		if good.Load() != 1 {
			t.Errorf("%d of 20 uses of %+v succeeded, want 1", good.Load(), proof)
		}
	}
}

// TestWrongCodesEndTheSession checks that a pending session ends after the maximum number of wrong codes.
func TestWrongCodesEndTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enroll()
	pending := w.session("pending")
	pending.AwaitingSecondFactor = true
	_, err := w.SignIn(t.Context(), actorOf(w.user), pending)
	w.must(err)
	e := store.Event{Action: "session.signin", Outcome: store.OutcomeFailed, Notes: store.Messages("wrong code")}
	for n := 1; n <= store.MaxCodeAttempts; n++ {
		left, err := w.CodeFailed(t.Context(), actorOf(w.user), e, pending.TokenHash, "name")
		if err != nil || left != store.MaxCodeAttempts-n || w.valid(pending.TokenHash) != (left > 0) {
			t.Errorf("wrong code %d = %d left, %v; the session works: %t", n, left, err, w.valid(pending.TokenHash))
		}
		if s, err := w.SessionByToken(t.Context(), pending.TokenHash); err == nil && s.Tries != n {
			t.Errorf("tries after wrong code %d = %d", n, s.Tries)
		}
	}
	times, err := w.Failures(t.Context(), "name", w.clock.Now().Add(-time.Minute), w.clock.Now())
	if err != nil || len(times) != store.MaxCodeAttempts {
		t.Errorf("failures counted = %d, %v, want %d", len(times), err, store.MaxCodeAttempts)
	}
	before := w.rows()
	if _, err := w.CodeFailed(t.Context(), store.Actor{}, e, "made up"); !errors.Is(err, store.ErrNotFound) ||
		w.rows() != before {
		t.Errorf("a wrong code of no session = %v with %d rows, want ErrNotFound and none", err, w.rows()-before)
	}
}

// TestFailuresFade checks that failures count only within the window, and that failures recorded while the clock was
// ahead don't count when their time comes.
func TestFailuresFade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	began := w.clock.Now()
	fail := func() {
		w.Helper()
		w.must(w.SignInFailed(t.Context(), store.Actor{}, store.Event{Action: "session.signin", Outcome: "failed"}, "k"))
	}
	counted := func() int {
		w.Helper()
		times, err := w.Failures(t.Context(), "k", w.clock.Now().Add(-15*time.Minute), w.clock.Now())
		w.must(err)
		return len(times)
	}
	for i, tt := range []struct {
		at   time.Duration
		want int
	}{{0, 1}, {time.Minute, 2}, {14 * time.Minute, 3}, {15 * time.Minute, 3}, {16 * time.Minute, 3}, {time.Hour, 1}} {
		w.clock.Set(began.Add(tt.at))
		fail()
		if got := counted(); got != tt.want {
			t.Errorf("step %d at %v: %d failures count, want %d", i, tt.at, got, tt.want)
		}
	}
	w.clock.Set(began.AddDate(1, 0, 0))
	fail()
	w.clock.Set(began.Add(time.Hour + time.Second))
	fail() // removes the failure dated next year
	w.clock.Set(began.AddDate(1, 0, 0))
	if got := counted(); got != 0 {
		t.Errorf("%d failures count a year later, want 0", got)
	}
}

// TestPolicy checks what a change to the policy stores and records.
func TestPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		p    store.Policy
		want []store.Change
	}{
		{store.Policy{}, nil},
		{
			store.Policy{Required: "admins", From: 100, Day: "2026-04-01"},
			[]store.Change{{"required", "nobody", "admins"}, {"from", "", "2026-04-01"}},
		},
		{
			store.Policy{Required: "all", From: 100, Day: "2026-04-01"},
			[]store.Change{{"required", "admins", "all"}},
		},
		{store.Policy{}, []store.Change{{"required", "all", "nobody"}, {"from", "2026-04-01", ""}}},
	} {
		w.must(w.SetTwoFactorPolicy(t.Context(), actorOf(w.user), tt.p))
		if got, err := w.TwoFactorPolicy(t.Context()); err != nil || got != tt.p {
			t.Errorf("policy = %+v, %v, want %+v", got, err, tt.p)
		}
		if diff := cmp.Diff(tt.want, w.last().Changes); diff != "" || w.last().Action != "settings.two-factor" {
			t.Errorf("changes to %+v (-want +got):\n%s", tt.p, diff)
		}
	}
}

// TestPrefs checks that preferences are stored, and that only changed ones are recorded.
func TestPrefs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	set := func(change func(*store.User)) []store.Change {
		w.Helper()
		w.must(w.SetPrefs(t.Context(), actorOf(w.user), "account.edit", change))
		return w.last().Changes
	}
	got := set(func(u *store.User) {
		u.Prefs = store.Prefs{Theme: "dark", Cols: []string{"name", "sn"}, UnpinFirstColumn: true, KeysOff: true}
		u.TimeZone = "Europe/Berlin"
	})
	want := []store.Change{
		{"cols", "", "name sn"},
		{"freeze", "on", "off"},
		{"keys", "on", "off"},
		{"theme", "", "dark"},
		{"timeZone", "", "Europe/Berlin"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := set(func(u *store.User) { u.Prefs.Theme = "light" }); len(got) != 1 || got[0].Before != "dark" {
		t.Errorf("changes of the theme alone = %+v", got)
	}
	if got := set(func(*store.User) {}); len(got) != 0 {
		t.Errorf("changes of nothing = %+v", got)
	}
	if p := w.reload().Prefs; p.Theme != "light" || len(p.Cols) != 2 || !p.UnpinFirstColumn || !p.KeysOff {
		t.Errorf("stored preferences = %+v", p)
	}
	err := w.SetPrefs(t.Context(), store.Actor{ID: 999}, "account.edit", func(*store.User) {})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SetPrefs of no user = %v, want ErrNotFound", err)
	}
}
