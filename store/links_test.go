package store_test

import (
	"errors"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestInvitations checks which invitations are refused, and each way in which an invitation can end.
func TestInvitations(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	ctx := t.Context()
	admin := addUser(t, s, "ann@example.com", "admin")
	until := c.Now().Add(24 * time.Hour)
	invite := func(email, role, token string) error {
		return s.Invite(ctx, actorOf(admin), email, role, store.HashToken(token), until)
	}
	if err := invite("bo@example.com", "owner", "t0"); !errors.Is(err, store.ErrNoRole) {
		t.Errorf("a role that doesn't exist: %v", err)
	}
	if err := invite("ANN@example.com", "viewer", "t0"); !errors.Is(err, store.ErrEmailTaken) {
		t.Errorf("an address of the team: %v", err)
	}
	if err := invite("bo@example.com", "viewer", "t1"); err != nil {
		t.Fatal(err)
	}
	if err := invite("Bo@Example.com", "operator", "t2"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.LinkByToken(ctx, store.HashToken("t1")); !errors.Is(err, store.ErrLinkWithdrawn) {
		t.Errorf("the link of before: %v", err)
	}
	l, err := s.LinkByToken(ctx, store.HashToken("t2"))
	if err != nil || l.Kind != store.JoinLink || l.Role != "operator" || l.MadeBy == "" {
		t.Errorf("LinkByToken = %+v, %v", l, err)
	}
	if _, err := s.LinkByToken(ctx, store.HashToken("made up")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a made-up link: %v", err)
	}
	if all, err := s.Invitations(ctx); err != nil || len(all) != 1 || all[0].Email != "Bo@Example.com" {
		t.Errorf("Invitations = %+v, %v", all, err)
	}
	u, err := s.Join(ctx, store.Actor{}, store.HashToken("t2"), store.User{
		Name: "Bo", PasswordHash: "h", Email: "other@example.com", Role: "admin",
	})
	if err != nil || u.Role != "operator" || u.Email != "Bo@Example.com" {
		t.Errorf("Join = %+v, %v, want what the link says", u, err)
	}
	if _, err := s.Join(ctx, store.Actor{}, store.HashToken("t2"), store.User{Name: "Eve", PasswordHash: "h"}); !errors.Is(
		err, store.ErrLinkUsed) {
		t.Errorf("joining twice: %v", err)
	}
	if err := invite("kim@example.com", "viewer", "t3"); err != nil {
		t.Fatal(err)
	}
	kim, err := s.LinkByToken(ctx, store.HashToken("t3"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw(ctx, actorOf(admin), kim.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Withdraw(ctx, actorOf(admin), kim.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("withdrawing twice: %v", err)
	}
	if _, err := s.Join(ctx, store.Actor{}, store.HashToken("t3"), store.User{Name: "Kim", PasswordHash: "h"}); !errors.Is(
		err, store.ErrLinkWithdrawn) {
		t.Errorf("joining with a withdrawn link: %v", err)
	}
	if err := invite("lee@example.com", "viewer", "t4"); err != nil {
		t.Fatal(err)
	}
	c.Set(until.Add(time.Second))
	if _, err := s.Join(ctx, store.Actor{}, store.HashToken("t4"), store.User{Name: "Lee", PasswordHash: "h"}); !errors.Is(
		err, store.ErrLinkExpired) {
		t.Errorf("joining a day later: %v", err)
	}
	if all, err := s.Invitations(ctx); err != nil || len(all) != 0 {
		t.Errorf("Invitations = %+v, %v, want none that still works", all, err)
	}
}

// TestPasswordLinks checks that a link sets the password only once, ends the sessions, and doesn't work for a disabled
// user.
func TestPasswordLinks(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	ctx := t.Context()
	admin, bo := addUser(t, s, "ann@example.com", "admin"), addUser(t, s, "bo@example.com", "viewer")
	offer := func(token string) error {
		return s.OfferPassword(ctx, actorOf(admin), bo.ID, store.HashToken(token), c.Now().Add(time.Hour))
	}
	if err := offer("p1"); err != nil {
		t.Fatal(err)
	}
	if err := offer("p2"); err != nil {
		t.Fatal(err)
	}
	_, err := s.ResetPassword(ctx, store.Actor{}, store.HashToken("p1"), "new")
	if !errors.Is(err, store.ErrLinkWithdrawn) {
		t.Errorf("the link of before: %v", err)
	}
	if _, err := s.SignIn(ctx, actorOf(bo), store.Session{
		TokenHash: "session", User: bo, Method: store.AuthPassword, ExpiresAt: c.Now().Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	u, err := s.ResetPassword(ctx, store.Actor{}, store.HashToken("p2"), "new")
	if err != nil || u.ID != bo.ID {
		t.Fatalf("ResetPassword = %+v, %v", u, err)
	}
	if read, err := s.UserByID(ctx, bo.ID); err != nil || read.PasswordHash != "new" || !read.PasswordAt.Equal(c.Now()) {
		t.Errorf("the user is %+v, %v", read, err)
	}
	if _, err := s.SessionByToken(ctx, "session"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session of before: %v", err)
	}
	if _, err := s.ResetPassword(ctx, store.Actor{}, store.HashToken("p2"), "newer"); !errors.Is(err, store.ErrLinkUsed) {
		t.Errorf("using the link twice: %v", err)
	}
	if err := offer("p3"); err != nil {
		t.Fatal(err)
	}
	if err := s.DisableUser(ctx, actorOf(admin), bo.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ResetPassword(ctx, store.Actor{}, store.HashToken("p3"), "newer"); err == nil {
		t.Error("a disabled user sets a password")
	}
	if err := offer("p4"); !errors.Is(err, store.ErrDisabled) {
		t.Errorf("offering a disabled user a password: %v", err)
	}
	if err := s.OfferPassword(ctx, actorOf(admin), 999, store.HashToken("p5"), c.Now().Add(time.Hour)); !errors.Is(
		err, store.ErrNotFound) {
		t.Errorf("offering nobody a password: %v", err)
	}
}

// TestRoles checks the rules for setting a role: it must exist and differ from the current one, and at least one admin
// must remain. It also checks which role changes lead to notices.
func TestRoles(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	ctx := t.Context()
	admin, bo := addUser(t, s, "ann@example.com", "admin"), addUser(t, s, "bo@example.com", "viewer")
	by := actorOf(admin)
	for _, tt := range []struct {
		id   int64
		role string
		want error
	}{
		{bo.ID, "owner", store.ErrNoRole},
		{bo.ID, "viewer", store.ErrNoChange},
		{admin.ID, "viewer", store.ErrLastAdmin},
		{999, "viewer", store.ErrNotFound},
		{bo.ID, "operator", nil},
		{bo.ID, "admin", nil},
		{admin.ID, "viewer", nil},
		{bo.ID, "viewer", store.ErrLastAdmin},
	} {
		if err := s.SetRole(ctx, by, tt.id, tt.role, ""); !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("SetRole(%d, %s) = %v, want %v", tt.id, tt.role, err, tt.want)
		}
	}
	if err := s.DisableUser(ctx, by, bo.ID); !errors.Is(err, store.ErrLastAdmin) {
		t.Errorf("disabling the last admin: %v", err)
	}
	if err := s.EnableUser(ctx, by, admin.ID); !errors.Is(err, store.ErrNoChange) {
		t.Errorf("enabling a user who is enabled: %v", err)
	}
	u, err := s.UserByID(ctx, admin.ID)
	if err != nil {
		t.Fatal(err)
	}
	notices, err := s.Notices(ctx, u)
	if err != nil || len(notices) != 0 { // the change was the user's own
		t.Errorf("Notices = %+v, %v, want none about what the user did", notices, err)
	}
	u, err = s.UserByID(ctx, bo.ID)
	if err != nil {
		t.Fatal(err)
	}
	notices, err = s.Notices(ctx, u)
	if err != nil || len(notices) != 2 {
		t.Errorf("Notices = %+v, %v, want the two changes of the role", notices, err)
	}
	by = actorOf(u)
	if err := s.AcknowledgeNotices(ctx, by, u.NoticeSeq); err != nil {
		t.Fatal(err)
	}
	if u, err = s.UserByID(ctx, bo.ID); err != nil || u.AcknowledgedSeq != u.NoticeSeq {
		t.Errorf("after acknowledging: %+v, %v", u.UserNotices, err)
	}
}

// TestFailures checks that failures are counted per key and within a period.
func TestFailures(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	fail := func(keys ...string) {
		t.Helper()
		if err := s.SignInFailed(t.Context(), store.Actor{}, store.Event{
			Action: "session.signin", Outcome: store.OutcomeFailed,
		}, keys...); err != nil {
			t.Fatal(err)
		}
	}
	start := c.Now()
	fail("a", "b")
	c.Add(time.Minute)
	fail("a")
	c.Add(time.Minute)
	for _, tt := range []struct {
		key         string
		since, upTo time.Time
		want        int
	}{
		{"a", start.Add(-time.Hour), c.Now(), 2},
		{"b", start.Add(-time.Hour), c.Now(), 1},
		{"c", start.Add(-time.Hour), c.Now(), 0},
		{"a", start.Add(30 * time.Second), c.Now(), 1},
		{"a", start.Add(-time.Hour), start.Add(30 * time.Second), 1},
	} {
		got, err := s.Failures(t.Context(), tt.key, tt.since, tt.upTo)
		if err != nil || len(got) != tt.want {
			t.Errorf("Failures(%s, %s, %s) = %v, %v, want %d", tt.key, tt.since, tt.upTo, got, err, tt.want)
		}
	}
}
