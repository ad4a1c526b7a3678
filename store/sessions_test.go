package store_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/clocktest"
	"cordboard/store"
	"cordboard/store/storetest"
)

// world is a database with a clock and one user, for tests of sessions and factors.
type world struct {
	*testing.T
	*store.Store

	clock *clocktest.Clock
	user  store.User
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := newClock()
	w := &world{T: t, Store: storetest.New(t, clock.Now), clock: clock}
	w.user = addUser(t, w.Store, "ann@example.com", store.RoleOperator)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// session returns a one-hour session for the user, ready to be passed to SignIn.
func (w *world) session(token string) store.Session {
	w.Helper()
	u, err := w.UserByID(w.Context(), w.user.ID)
	w.must(err)
	return store.Session{
		TokenHash: store.HashToken(token), User: u, Method: store.AuthPassword, Device: "Firefox on Linux",
		Address: "192.0.2.7", ExpiresAt: w.clock.Now().Add(time.Hour),
	}
}

// signIn signs the user in and returns the session's hash.
func (w *world) signIn(token string) string {
	w.Helper()
	n := w.session(token)
	_, err := w.SignIn(w.Context(), actorOf(w.user), n)
	w.must(err)
	return n.TokenHash
}

// valid reports whether a session is valid.
func (w *world) valid(hash string) bool {
	w.Helper()
	_, err := w.SessionByToken(w.Context(), hash)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.Fatal(err)
	}
	return err == nil
}

// last returns the newest row of the audit log.
func (w *world) last() store.Event {
	w.Helper()
	p, err := w.AuditEvents(w.Context(), 1, 1, store.AuditQuery{})
	w.must(err)
	return p.Events[0]
}

// rows returns the number of rows in the audit log.
func (w *world) rows() int64 {
	w.Helper()
	head, err := w.AuditHead(w.Context())
	w.must(err)
	return head.Seq
}

// TestSignIn checks what a sign-in stores, records and clears.
func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	failed := store.Event{Action: "session.signin", Outcome: store.OutcomeFailed}
	w.must(w.SignInFailed(t.Context(), store.Actor{}, failed, "name", "address"))
	n := w.session("one")
	ended, err := w.SignIn(t.Context(), actorOf(w.user), n, "name")
	if err != nil || ended != 0 {
		t.Fatalf("SignIn = %d ended, %v, want 0", ended, err)
	}
	got, err := w.SessionByToken(t.Context(), n.TokenHash)
	w.must(err)
	want := n
	want.CreatedAt, want.SeenAt, want.ConfirmedAt = w.clock.Now(), w.clock.Now(), w.clock.Now()
	want.User.SeenAt = w.clock.Now() // set by the sign-in; BeforeAt stays zero on a first visit
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if e := w.last(); e.Action != "session.signin" || e.Detail() != "by password" || e.TargetName != "ann@example.com" {
		t.Errorf("audit row = %+v", e)
	}
	for key, want := range map[string]int{"name": 0, "address": 1} {
		times, err := w.Failures(t.Context(), key, w.clock.Now().Add(-time.Hour), w.clock.Now())
		if err != nil || len(times) != want {
			t.Errorf("failures of the %s = %v, %v, want %d", key, times, err, want)
		}
	}
}

// TestSignInOfAChangedUser checks that a sign-in stores and records nothing if the user changed after the password was
// checked.
func TestSignInOfAChangedUser(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(w *world, n *store.Session) error{
		"another password": func(_ *world, n *store.Session) error { n.User.PasswordHash = "other"; return nil },
		"a factor":         func(_ *world, n *store.Session) error { n.User.Factor = true; return nil },
		"disabled": func(w *world, _ *store.Session) error {
			return w.DisableUser(w.Context(), store.Actor{}, w.user.ID)
		},
	} {
		w := newWorld(t)
		n := w.session("one")
		w.must(change(w, &n))
		before := w.rows()
		if _, err := w.SignIn(t.Context(), actorOf(w.user), n, "name"); !errors.Is(err, store.ErrUserChanged) {
			t.Errorf("%s: SignIn = %v, want ErrUserChanged", name, err)
		}
		if w.valid(n.TokenHash) || w.rows() != before {
			t.Errorf("%s: the refused sign-in left a session or a row", name)
		}
	}
}

// TestMostSessions checks that a sign-in beyond the limit ends the least recently used session, that pending sessions
// don't count, and that the user is notified.
func TestMostSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var hashes []string
	for i := range store.MaxSessions {
		w.clock.Add(time.Second)
		hashes = append(hashes, w.signIn(fmt.Sprint(i)))
	}
	pending := w.session("pending")
	pending.AwaitingSecondFactor = true
	if ended, err := w.SignIn(t.Context(), actorOf(w.user), pending); ended != 0 || err != nil {
		t.Errorf("pending session = %d ended, %v, want none", ended, err)
	}
	w.must(w.TouchSessions(t.Context(), map[string]time.Time{hashes[0]: w.clock.Now().Add(time.Second)}))
	w.clock.Add(2 * time.Second)
	if ended, err := w.SignIn(t.Context(), actorOf(w.user), w.session("more")); ended != 1 || err != nil {
		t.Errorf("one more sign-in = %d ended, %v, want 1", ended, err)
	}
	for i, hash := range hashes {
		if w.valid(hash) != (i != 1) {
			t.Errorf("session %d is valid: %t", i, w.valid(hash))
		}
	}
	if e := w.last(); !strings.Contains(e.Detail(), "limit is 10 sessions") {
		t.Errorf("audit row = %q, want it to name the limit", e.Detail())
	}
	u, err := w.UserByID(t.Context(), w.user.ID)
	w.must(err)
	if all, err := w.Notices(t.Context(), u); err != nil || len(all) != 1 || all[0].Kind != store.NoticeOldestSession {
		t.Errorf("notices = %+v, %v, want one about the oldest session", all, err)
	}
}

// TestSecondStep checks that a pending session isn't listed and can be completed exactly once. It also checks its audit
// row and the notice about the recovery code.
func TestSecondStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.enroll("code")
	pending := w.session("pending")
	pending.AwaitingSecondFactor = true
	_, err := w.SignIn(t.Context(), actorOf(w.user), pending)
	w.must(err)
	if e := w.last(); e.Action != "session.password" || !strings.Contains(e.Detail(), "pending") {
		t.Errorf("audit row of the pending session = %s %q", e.Action, e.Detail())
	}
	if n, err := w.SessionByToken(t.Context(), pending.TokenHash); err != nil || !n.AwaitingSecondFactor {
		t.Errorf("pending session = %+v, %v", n, err)
	}
	if all, err := w.SessionsOf(t.Context(), w.user.ID); err != nil || len(all) != 0 {
		t.Errorf("SessionsOf with a pending session = %+v, %v, want none", all, err)
	}
	whole := w.session("whole")
	whole.Method, whole.Replaces = store.AuthRecoveryCode, pending.TokenHash
	_, err = w.SignIn(t.Context(), actorOf(w.user), whole)
	w.must(err)
	if w.valid(pending.TokenHash) || !w.valid(whole.TokenHash) {
		t.Error("the whole session didn't replace the pending one")
	}
	again := w.session("again")
	again.Replaces = pending.TokenHash
	if _, err := w.SignIn(t.Context(), actorOf(w.user), again); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("completing the pending session twice = %v, want ErrNotFound", err)
	}
	u, err := w.UserByID(t.Context(), w.user.ID)
	w.must(err)
	if all, err := w.Notices(t.Context(), u); err != nil || len(all) != 1 || all[0].Kind != store.NoticeRecoveryCode {
		t.Errorf("notices = %+v, %v, want one about the recovery code", all, err)
	}
}

// TestRenewSession checks that a renewed session keeps its data and expiry, that only the new token works, and that
// only a confirmation is recorded.
func TestRenewSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.signIn("old")
	w.must(w.KeepSessionData(t.Context(), old, []byte("data")))
	before, err := w.SessionByToken(t.Context(), old)
	w.must(err)
	rows := w.rows()
	for i, confirmed := range []bool{false, true} {
		w.clock.Add(time.Minute)
		next := store.HashToken(fmt.Sprint("new", i))
		if confirmed {
			w.must(w.ConfirmSession(t.Context(), actorOf(w.user), old, next))
		} else {
			w.must(w.RenewSession(t.Context(), old, next))
		}
		n, err := w.SessionByToken(t.Context(), next)
		w.must(err)
		data, err := w.SessionData(t.Context(), next)
		if err != nil || string(data) != "data" || w.valid(old) {
			t.Errorf("confirmed %t: data = %q, %v; the old token works: %t", confirmed, data, err, w.valid(old))
		}
		if !n.ExpiresAt.Equal(before.ExpiresAt) || !n.CreatedAt.Equal(before.CreatedAt) || n.Method != before.Method ||
			n.ConfirmedAt.Equal(w.clock.Now()) != confirmed {
			t.Errorf("confirmed %t: session = %+v", confirmed, n)
		}
		old = next
	}
	if w.rows() != rows+1 || w.last().Action != "session.confirm" {
		t.Errorf("renewing wrote %d rows, the last %s, want only the confirmation", w.rows()-rows, w.last().Action)
	}
	for _, hash := range []string{store.HashToken("old"), "made up"} {
		if err := w.RenewSession(t.Context(), hash, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("renewing an ended session = %v, want ErrNotFound", err)
		}
		if err := w.ConfirmSession(t.Context(), actorOf(w.user), hash, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("confirming an ended session = %v, want ErrNotFound", err)
		}
	}
}

// TestEndSessions checks which sessions are ended for a given prefix or exception, and what is recorded.
func TestEndSessions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, only, keep string // tokens
		want             []string
		detail           string
	}{
		{"all", "", "", nil, "3 sessions"},
		{"others", "", "b", []string{"b"}, "2 sessions"},
		{"one", "c", "", []string{"a", "b"}, "1 session"},
		{"itself, which is kept", "c", "c", []string{"a", "b", "c"}, ""},
	} {
		w := newWorld(t)
		other := addUser(t, w.Store, "bo@example.com", store.RoleViewer)
		hashes := map[string]string{"": ""}
		for _, token := range []string{"a", "b", "c"} {
			hashes[token] = w.signIn(token)
		}
		theirs := signIn(t, w.Store, other, "theirs", w.clock.Now().Add(time.Hour))
		only := hashes[tt.only]
		if only != "" {
			only = only[:16]
		}
		err := w.EndSessions(t.Context(), actorOf(other), w.user.ID, only, hashes[tt.keep])
		if (tt.detail == "") != errors.Is(err, store.ErrNotFound) || tt.detail != "" && err != nil {
			t.Errorf("%s: EndSessions = %v", tt.name, err)
		}
		var got []string
		for _, token := range []string{"a", "b", "c"} {
			if w.valid(hashes[token]) {
				got = append(got, token)
			}
		}
		if !slices.Equal(got, tt.want) || !w.valid(theirs) {
			t.Errorf("%s: left are %q, want %q; the other user's works: %t", tt.name, got, tt.want, w.valid(theirs))
		}
		if e := w.last(); tt.detail != "" && (e.Action != "session.end" || e.Detail() != tt.detail) {
			t.Errorf("%s: audit row = %s %q, want %q", tt.name, e.Action, e.Detail(), tt.detail)
		}
	}
	w := newWorld(t)
	if err := w.EndSessions(t.Context(), store.Actor{}, 999, "", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("EndSessions of no user = %v, want ErrNotFound", err)
	}
}

// TestSignOutTwice checks that only the sign-out that ends the session is recorded, and that EndSession records
// nothing.
func TestSignOutTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hash := w.signIn("one")
	before := w.rows()
	for range 2 {
		w.must(w.SignOut(t.Context(), actorOf(w.user), hash))
	}
	w.must(w.SignOut(t.Context(), actorOf(w.user), "made up"))
	if n := w.rows() - before; n != 1 || w.last().Action != "session.signout" || w.valid(hash) {
		t.Errorf("two sign-outs wrote %d rows, the last %s, want one", n, w.last().Action)
	}
	replaced := w.signIn("two")
	before = w.rows()
	w.must(w.EndSession(t.Context(), replaced))
	if w.valid(replaced) || w.rows() != before {
		t.Error("EndSession left the session, or recorded something")
	}
}

// TestSessionsOfAWrongClock checks that a session stored while the clock was ahead isn't trusted once the clock is
// right again.
func TestSessionsOfAWrongClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.Set(w.clock.Now().AddDate(1, 0, 0))
	hash := w.signIn("later")
	w.clock.Set(w.clock.Now().AddDate(-1, 0, 0))
	if w.valid(hash) {
		t.Error("a session of next year is valid")
	}
	if _, err := w.SessionData(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SessionData = %v, want ErrNotFound", err)
	}
}

// TestSessionsAgainstAModel performs random sign-ins, sign-outs, waits, and calls to EndSessions and TouchSessions. It
// compares the valid sessions with those in a map.
func TestSessionsAgainstAModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := 0
	rapid.Check(t, func(t *rapid.T) {
		_ = w.EndSessions(w.Context(), store.Actor{}, w.user.ID, "", "")
		expires := map[string]time.Time{}
		pick := func() string {
			if len(expires) == 0 {
				return "none"
			}
			return rapid.SampledFrom(slices.Sorted(maps.Keys(expires))).Draw(t, "session")
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				if len(expires) == store.MaxSessions {
					continue
				}
				tokens++
				expires[w.signIn(fmt.Sprint("model", tokens))] = w.clock.Now().Add(time.Hour)
			case 2:
				hash := pick()
				w.must(w.SignOut(w.Context(), actorOf(w.user), hash))
				delete(expires, hash)
			case 3:
				keep := pick()
				_ = w.EndSessions(w.Context(), store.Actor{}, w.user.ID, "", keep) // ErrNotFound if there is nothing to end
				maps.DeleteFunc(expires, func(hash string, _ time.Time) bool { return hash != keep })
			case 4:
				w.must(w.TouchSessions(w.Context(), map[string]time.Time{pick(): w.clock.Now()}))
			case 5:
				w.clock.Add(25 * time.Minute)
				maps.DeleteFunc(expires, func(_ string, at time.Time) bool { return !w.clock.Now().Before(at) })
			}
			all, err := w.SessionsOf(w.Context(), w.user.ID)
			w.must(err)
			var got []string
			for _, n := range all {
				got = append(got, n.TokenHash)
				if !w.valid(n.TokenHash) {
					t.Fatal("a listed session isn't valid")
				}
			}
			slices.Sort(got)
			if want := slices.Sorted(maps.Keys(expires)); !slices.Equal(got, want) {
				t.Fatalf("valid sessions = %d, want %d", len(got), len(want))
			}
		}
	})
}
