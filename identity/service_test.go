package identity_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"cordboard/clocktest"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/store/storetest"
)

const password = "brass cord switchboard"

var cheap = identity.HashParams{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// harness is a Service over a real store, with a clock of its own and one user.
type harness struct {
	t     *testing.T
	dir   string // the store's directory
	store *store.Store
	*identity.Service
	user store.User

	clock *clocktest.Clock
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	b := &harness{t: t, dir: t.TempDir(), clock: clocktest.New(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC))}
	b.store = storetest.OpenWith(t, store.Config{Dir: b.dir, Now: b.clock.Now, WriteWait: 100 * time.Millisecond})
	var err error
	b.Service, err = identity.New(t.Context(), identity.Config{
		Store:              b.store,
		Log:                slog.New(slog.DiscardHandler),
		Hash:               cheap,
		StrangersPerMinute: 1_000_000,
		Now:                b.clock.Now,
	})
	b.must(err)
	b.user = b.add("ines@example.com", "Ines Okonjo", store.RoleAdmin)
	return b
}

func (b *harness) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *harness) add(email, name, role string) store.User {
	b.t.Helper()
	hash, err := identity.HashPassword(password, cheap)
	b.must(err)
	_, err = b.store.AddUser(
		b.t.Context(),
		store.Actor{Email: "test"},
		store.User{Email: email, Name: name, Role: role, PasswordHash: hash},
	)
	b.must(err)
	u, err := b.store.UserByEmail(b.t.Context(), email)
	b.must(err)
	return u
}

// actor returns the user as an actor for the audit log.
func (b *harness) actor() store.Actor {
	return store.Actor{ID: b.user.ID, Email: b.user.Email, Name: b.user.Name, Role: b.user.Role}
}

// signIn adds a session with the given token hash for the user.
func (b *harness) signIn(hash string) store.Session {
	b.t.Helper()
	_, err := b.store.SignIn(b.t.Context(), b.actor(), store.Session{
		TokenHash: hash,
		User:      b.user,
		Method:    store.AuthPassword,
		ExpiresAt: b.clock.Now().Add(10 * time.Hour),
	})
	b.must(err)
	session, err := b.Sessions.ByToken(b.t.Context(), hash)
	b.must(err)
	return session
}

// outcomes returns the number of audit rows for an action, by outcome.
func (b *harness) outcomes(action string) map[string]int {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 1000, store.AuditQuery{})
	b.must(err)
	found := map[string]int{}
	for _, e := range p.Events {
		if e.Action == action {
			found[e.Outcome]++
		}
	}
	return found
}

func (b *harness) check(user store.User, typed string, limits []identity.Limit) identity.PasswordResult {
	b.t.Helper()
	result, err := b.Passwords.Check(b.t.Context(), identity.PasswordCheck{
		User:     user,
		Password: typed,
		Limits:   limits,
		By:       b.actor(),
		Failure:  store.Event{Action: "session.signin"},
	})
	b.must(err)
	return result
}

// TestPasswordCheck checks when a password is accepted, and that each failure is audited.
func TestPasswordCheck(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	disabled := b.user
	disabled.Disabled = true
	limits := identity.SignInLimits(b.user.Email, "203.0.113.5", "")
	for _, tt := range []struct {
		name  string
		user  store.User
		typed string
		ok    bool
	}{
		{"correct", b.user, password, true},
		{"wrong", b.user, "wrong", false},
		{"other letters", b.user, strings.ToUpper(password), false},
		{"empty", b.user, "", false},
		{"far too long", b.user, strings.Repeat("a", 1<<20), false},
		{"disabled", disabled, password, false},
		{"unknown user", store.User{}, password, false},
	} {
		if got := b.check(tt.user, tt.typed, limits); got.OK != tt.ok || got.Wait != 0 {
			t.Errorf("%s: got %+v, want %t", tt.name, got, tt.ok)
		}
	}
	if got := b.outcomes("session.signin"); got[store.OutcomeFailed] != 6 || len(got) != 1 {
		t.Errorf("the log has %v, want 6 failures", got)
	}
}

// TestPasswordCheckAlso checks that a problem returned by Also counts as a failure, that an error from Also is passed
// on, and that Also isn't called for a wrong password.
func TestPasswordCheckAlso(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	limits := identity.SignInLimits(b.user.Email, "203.0.113.5", "")
	calls := 0
	check := func(typed string, problem identity.Problem, err error) (identity.PasswordResult, error) {
		return b.Passwords.Check(t.Context(), identity.PasswordCheck{
			User:     b.user,
			Password: typed,
			Limits:   limits,
			By:       b.actor(),
			Failure:  store.Event{Action: "session.confirm"},
			Also: func() (identity.Problem, error) {
				calls++
				return problem, err
			},
			AlsoText: func(p identity.Problem) string { return "sentence about " + string(p) },
		})
	}
	if got, err := check("wrong", "", nil); err != nil || got.OK || calls != 0 {
		t.Errorf("with a wrong password: %+v, %v and %d calls", got, err, calls)
	}
	wrong := identity.ProblemCodeWrong
	if got, err := check(password, wrong, nil); err != nil || got.OK || got.Problem != wrong {
		t.Errorf("with a problem: %+v, %v", got, err)
	}
	newest, err := b.store.AuditEvents(t.Context(), 1, 1, store.AuditQuery{})
	b.must(err)
	if got := newest.Events[0].Detail(); got != "sentence about code-wrong" {
		t.Errorf("with a problem: the log has %q, want the sentence from AlsoText", got)
	}
	broken := errors.New("disk")
	if _, err := check(password, "", broken); !errors.Is(err, broken) {
		t.Errorf("with an error: %v", err)
	}
	if got, err := check(password, "", nil); err != nil || !got.OK || calls != 3 {
		t.Errorf("with both right: %+v, %v and %d calls", got, err, calls)
	}
	if got := b.outcomes("session.confirm"); got[store.OutcomeFailed] != 2 {
		t.Errorf("the log has %v, want 2 failures", got)
	}
}

// TestThrottle checks that ten failures block an email address for 15 minutes everywhere except in browsers that its
// owner has used, and that failures dated in the future don't count.
func TestThrottle(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	stranger := identity.SignInLimits(b.user.Email, "203.0.113.5", "")
	for i := range 10 {
		if got := b.check(b.user, "wrong", stranger); got.Wait != 0 {
			t.Fatalf("failure %d must wait %s", i+1, got.Wait)
		}
	}
	if got := b.check(b.user, password, stranger); got.OK || got.Wait <= 14*time.Minute || got.Wait > 15*time.Minute {
		t.Errorf("after ten failures: %+v, want to wait 15 minutes", got)
	}
	elsewhere := identity.SignInLimits(strings.ToUpper(b.user.Email), "198.51.100.7", "")
	if got := b.check(b.user, password, elsewhere); got.OK {
		t.Error("the name isn't stopped from another address")
	}
	known := identity.SignInLimits(b.user.Email, "203.0.113.5", "nonce")
	if got := b.check(b.user, password, known); !got.OK {
		t.Errorf("the owner's browser is locked out: %+v", got)
	}
	b.clock.Add(15*time.Minute + time.Second)
	if got := b.check(b.user, password, stranger); !got.OK {
		t.Errorf("a quarter of an hour later: %+v", got)
	}
	b.clock.Add(-time.Hour) // the failures are in the future now
	if got := b.check(b.user, password, stranger); !got.OK {
		t.Errorf("failures of a wrong clock count: %+v", got)
	}
}

// TestThrottleByAddress checks that an IP address must wait after failures for twenty email addresses, and that its
// neighbor doesn't have to.
func TestThrottleByAddress(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	for i := range 20 {
		limits := identity.SignInLimits(fmt.Sprintf("user%d@example.com", i), "203.0.113.5", "")
		if got := b.check(store.User{}, "wrong", limits); got.Wait != 0 {
			t.Fatalf("name %d must wait %s", i+1, got.Wait)
		}
	}
	next := identity.SignInLimits("user20@example.com", "203.0.113.5", "")
	if got := b.check(store.User{}, "wrong", next); got.Wait == 0 {
		t.Error("the address isn't stopped after twenty names")
	}
	neighbor := identity.SignInLimits("user20@example.com", "203.0.113.6", "")
	if got := b.check(store.User{}, "wrong", neighbor); got.Wait != 0 {
		t.Errorf("a neighbor must wait %s", got.Wait)
	}
}

// TestNetworks checks which IP addresses are counted together.
func TestNetworks(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.5":              "203.0.113.0/24",
		"::ffff:203.0.113.5":       "203.0.113.0/24",
		"2001:db8:1:2:3:4:5:6":     "2001:db8:1::/48",
		"2001:db8:1:ffff::1":       "2001:db8:1::/48",
		"fe80::1%eth0":             "fe80::/48",
		"":                         "unknown",
		"not an address":           "unknown",
		"203.0.113.5:1234":         "unknown",
		"2001:db8:1:2:3:4:5:6:7:8": "unknown",
	} {
		if got := identity.NetworkOf(address); got != want {
			t.Errorf("NetworkOf(%q) = %q, want %q", address, got, want)
		}
	}
	same := func(x, y string) bool {
		return identity.Keys(identity.LinkLimits(x))[0] == identity.Keys(identity.LinkLimits(y))[0]
	}
	if !same("2001:db8::1", "2001:db8::ffff") || same("2001:db8::1", "2001:db8:0:1::1") ||
		same("203.0.113.5", "203.0.113.6") {
		t.Error("a /64 of IPv6 and an address of IPv4 must count as one, and nothing else")
	}
	if x, y := identity.CodeLimits(7, ""), identity.CodeLimits(8, ""); identity.Keys(x)[0] == identity.Keys(y)[0] {
		t.Error("two users share the limit on codes")
	}
}

// TestFactor follows a second factor from its setup to the replacement of its recovery codes.
func TestFactor(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	ctx := t.Context()
	if _, err := b.Factors.Pending(ctx, b.user.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Pending before setup: %v", err)
	}
	b.must(b.Factors.Begin(ctx, b.actor()))
	pending, err := b.Factors.Pending(ctx, b.user.ID)
	b.must(err)
	secret, err := b.Factors.Secret(pending)
	b.must(err)
	code := func() string {
		code, err := totp.GenerateCode(identity.SecretParam(secret), b.clock.Now())
		b.must(err)
		return code
	}
	wrong := "000000"
	if code() == wrong {
		wrong = "000001"
	}
	if codes, problem, err := b.Factors.Confirm(ctx, b.actor(), pending, wrong, ""); err != nil || problem == "" ||
		codes != nil {
		t.Errorf("Confirm with a wrong code = %v, %q, %v", codes, problem, err)
	}
	if got, err := b.Factors.Use(ctx, b.user, code()); err != nil || got.Problem == "" {
		t.Errorf("a code works before the setup is confirmed: %+v, %v", got, err)
	}
	first := code()
	recovery, problem, err := b.Factors.Confirm(ctx, b.actor(), pending, first, "")
	if err != nil || problem != "" || len(recovery) != 10 {
		t.Fatalf("Confirm = %d codes, %q, %v, want 10", len(recovery), problem, err)
	}
	if got, err := b.Factors.Use(ctx, b.user, first); err != nil || got.Problem != identity.ProblemCodeUsed {
		t.Errorf("the code of the setup works again: %+v, %v", got, err)
	}
	b.clock.Add(time.Minute)
	next := code()
	if got, err := b.Factors.Use(ctx, b.user, next[:3]+" "+next[3:]); err != nil || got.Problem != "" ||
		got.Method != store.AuthCode {
		t.Errorf("a code with a space: %+v, %v", got, err)
	}
	if got, err := b.Factors.Use(ctx, b.user, next); err != nil || got.Problem == "" {
		t.Errorf("a code works twice: %+v, %v", got, err)
	}
	b.clock.Add(-30 * time.Second)
	old := code()
	b.clock.Add(10 * time.Minute)
	if got, err := b.Factors.Use(ctx, b.user, old); err != nil || got.Problem == "" {
		t.Errorf("an old code works: %+v, %v", got, err)
	}
	typed := strings.ToLower(strings.ReplaceAll(recovery[0], "-", " "))
	if got, err := b.Factors.Use(ctx, b.user, typed); err != nil || got.Problem != "" ||
		got.Method != store.AuthRecoveryCode {
		t.Errorf("a recovery code as people type it: %+v, %v", got, err)
	}
	if got, err := b.Factors.Use(ctx, b.user, recovery[0]); err != nil || got.Problem == "" {
		t.Errorf("a recovery code works twice: %+v, %v", got, err)
	}
	fresh, err := b.Factors.NewCodes(ctx, b.actor(), "")
	b.must(err)
	if got, err := b.Factors.Use(ctx, b.user, recovery[1]); err != nil || got.Problem == "" {
		t.Errorf("a replaced recovery code works: %+v, %v", got, err)
	}
	if got, err := b.Factors.Use(ctx, b.user, fresh[9]); err != nil || got.Problem != "" {
		t.Errorf("a new recovery code: %+v, %v", got, err)
	}
	other := b.add("kim@example.com", "Kim", store.RoleViewer)
	if got, err := b.Factors.Use(ctx, other, fresh[8]); err != nil || got.Problem == "" {
		t.Errorf("a recovery code works for another user: %+v, %v", got, err)
	}
	b.clock.Add(time.Minute)
	if got, err := b.Factors.Use(ctx, other, code()); err != nil || got.Problem == "" {
		t.Errorf("a code works for another user: %+v, %v", got, err)
	}
}

// TestIsCode checks what counts as an attempt to guess a code.
func TestIsCode(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{
		"123456": true, "123 456": true, " 123456 ": true, "123-456": true,
		"ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ23": true,
		"abcd efgh ijkl mnop qrst uvwx yz23": true,
		"12345":                              false,
		"1234567":                            false,
		"12345a":                             false,
		"":                                   false,
		"ABCD-EFGH":                          false,
		"ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ29": false, // no letter looks like 9
		"ABCD-EFGH-1JKL-MN0P-QRST-UVWX-YZ23": true,  // digits in place of letters that look like them
	} {
		if got := identity.IsCode(typed); got != want {
			t.Errorf("IsCode(%q) = %t, want %t", typed, got, want)
		}
	}
}

// TestSessions checks how sessions become idle and how they end, and that NotifyEnded wakes waiting goroutines.
func TestSessions(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	ctx := t.Context()
	session := b.signIn("first")
	if b.Sessions.IsIdle(session) {
		t.Error("a new session is idle")
	}
	b.clock.Add(29 * time.Minute)
	b.Sessions.Touch("first")
	b.clock.Add(29 * time.Minute)
	if b.Sessions.IsIdle(session) {
		t.Error("a session that was used is idle")
	}
	b.Sessions.Flush(ctx)
	stored, err := b.Sessions.ByToken(ctx, "first")
	b.must(err)
	want := b.clock.Now().Add(-29 * time.Minute)
	if !stored.SeenAt.Equal(want) || !b.Sessions.LastSeen(stored).Equal(want) {
		t.Errorf("last use stored as %s, want %s", stored.SeenAt, want)
	}
	b.clock.Add(2 * time.Minute)
	if !b.Sessions.IsIdle(stored) {
		t.Error("after half an hour without use, the session isn't idle")
	}
	b.clock.Add(-2 * time.Hour)
	if !b.Sessions.IsIdle(stored) {
		t.Error("a session last used in the future isn't idle")
	}
	b.clock.Add(2 * time.Hour)
	ended := b.Sessions.Ended()
	b.must(b.Sessions.SignOut(ctx, b.actor(), stored))
	b.Sessions.NotifyEnded()
	<-ended
	if _, err := b.Sessions.ByToken(ctx, "first"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ByToken after signing out: %v", err)
	}
	b.signIn("second")
	b.signIn("third")
	b.signIn("fourth")
	b.must(b.Sessions.End(ctx, b.actor(), b.user.ID, "second", ""))
	b.must(b.Sessions.End(ctx, b.actor(), b.user.ID, "", "fourth"))
	for hash, want := range map[string]bool{"second": false, "third": false, "fourth": true} {
		if _, err := b.Sessions.ByToken(ctx, hash); (err == nil) != want {
			t.Errorf("session %s: %v", hash, err)
		}
	}
	if err := b.Sessions.End(ctx, b.actor(), b.user.ID, "nobody's", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ending a session that isn't there: %v", err)
	}
	b.must(b.Sessions.Drop(ctx, "fourth"))
	if _, err := b.Sessions.ByToken(ctx, "fourth"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("ByToken after Drop: %v", err)
	}
}

// TestDisable checks that disabling a user ends the user's sessions, that the last admin can't be disabled, and that a
// disabled user can be enabled.
func TestDisable(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	ctx := t.Context()
	b.signIn("first")
	if err := b.Sessions.Disable(ctx, b.actor(), b.user); !errors.Is(err, store.ErrLastAdmin) {
		t.Errorf("disabling the last admin: %v", err)
	}
	other := b.add("kim@example.com", "Kim", store.RoleAdmin)
	b.must(b.Sessions.Disable(ctx, b.actor(), b.user))
	if _, err := b.Sessions.ByToken(ctx, "first"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session of a disabled user: %v", err)
	}
	if err := b.Sessions.Disable(ctx, b.actor(), other); !errors.Is(err, store.ErrLastAdmin) {
		t.Errorf("disabling the other admin: %v", err)
	}
	disabled, err := b.store.UserByID(ctx, b.user.ID)
	b.must(err)
	if !disabled.Disabled {
		t.Error("the user isn't disabled")
	}
	b.must(b.Sessions.Enable(ctx, b.actor(), disabled))
	if u, err := b.store.UserByID(ctx, b.user.ID); err != nil || u.Disabled {
		t.Errorf("after enabling: %+v, %v", u, err)
	}
}

// TestPolicy checks which users need a second factor under the policy, and when they must enroll.
func TestPolicy(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	viewer := store.User{Role: store.RoleViewer}
	admin := store.User{Role: store.RoleAdmin}
	with := store.User{Role: store.RoleAdmin, UserFactor: store.UserFactor{Factor: true}}
	soon := b.clock.Now().Add(time.Hour)
	for _, tt := range []struct {
		required            string
		viewer, admin, with bool // whether each user needs a factor
		requires            bool // whether the policy applies to the admin with a factor
	}{
		{"", false, false, false, false},
		{"admins", false, true, false, true},
		{"all", true, true, false, true},
	} {
		b.must(b.Policy.Set(t.Context(), b.actor(), store.Policy{Required: tt.required, From: soon.Unix()}))
		for user, want := range map[*store.User]bool{&viewer: tt.viewer, &admin: tt.admin, &with: tt.with} {
			needs, from := b.Policy.NeedsFactor(*user)
			if needs != want || needs && !from.Equal(soon) {
				t.Errorf("%q: NeedsFactor(%s, %t) = %t, %s", tt.required, user.Role, user.Factor, needs, from)
			}
			if b.Policy.MustEnroll(*user) {
				t.Errorf("%q: %s must enroll before the date", tt.required, user.Role)
			}
		}
		if got := b.Policy.Requires(with); got != tt.requires {
			t.Errorf("%q: Requires(an admin with a factor) = %t", tt.required, got)
		}
	}
	b.clock.Add(time.Hour)
	if !b.Policy.MustEnroll(viewer) || b.Policy.MustEnroll(with) {
		t.Error("from the date on, exactly those without a factor must enroll")
	}
	b.must(b.Policy.Reload(t.Context()))
	if got := b.Policy.Get(); got.Required != "all" || got.From != soon.Unix() {
		t.Errorf("the stored policy is %+v", got)
	}
}

// TestBrowsers checks that a browser's mark is valid only for its user and only for 180 days, and that forged marks are
// rejected.
func TestBrowsers(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	mark := b.Browsers.Mark(7)
	nonce := b.Browsers.Known(mark, 7)
	if nonce == "" || b.Browsers.Known(mark, 8) != "" || b.Browsers.Known(b.Browsers.Mark(7), 7) == nonce {
		t.Errorf("Known = %q; it must be the user's and differ between browsers", nonce)
	}
	for _, forged := range []string{
		"", ".", "7", strings.Replace(mark, "7.", "8.", 1), mark + "x", mark[:len(mark)-1], strings.Repeat("a", 300),
		mark[:strings.LastIndexByte(mark, '.')], strings.ToLower(mark),
	} {
		for _, user := range []int64{7, 8} {
			if got := b.Browsers.Known(forged, user); got != "" {
				t.Errorf("Known(%.60q, %d) = %q", forged, user, got)
			}
		}
	}
	b.clock.Add(identity.KnownBrowserTTL)
	if b.Browsers.Known(mark, 7) == "" {
		t.Error("the browser is forgotten within its time")
	}
	b.clock.Add(time.Second)
	if b.Browsers.Known(mark, 7) != "" {
		t.Error("the browser is still known after its time")
	}
	b.clock.Add(-identity.KnownBrowserTTL - time.Hour)
	if b.Browsers.Known(mark, 7) != "" {
		t.Error("a mark of the future is known")
	}
}
