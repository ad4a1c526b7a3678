package store_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestUsersByName checks that users are listed in order of name, and that they can be found by ID.
func TestUsersByName(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	for i, name := range []string{"Zoë", "Ömer", "anna", "Bo 10", "Bo 2"} {
		u := store.User{Email: fmt.Sprintf("u%d@example.com", i), Name: name, Role: store.RoleViewer, PasswordHash: "h"}
		if _, err := s.AddUser(t.Context(), store.Actor{}, u); err != nil {
			t.Fatal(err)
		}
	}
	users, err := s.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range users {
		names = append(names, u.Name)
		same, err := s.UserByID(t.Context(), u.ID)
		if diff := cmp.Diff(u, same); err != nil || diff != "" {
			t.Errorf("UserByID(%d): %v (-listed +by ID):\n%s", u.ID, err, diff)
		}
	}
	if want := []string{"anna", "Bo 2", "Bo 10", "Ömer", "Zoë"}; !slices.Equal(names, want) {
		t.Errorf("names = %q, want %q", names, want)
	}
	if _, err := s.UserByID(t.Context(), 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("UserByID of nobody = %v, want ErrNotFound", err)
	}
}

// TestRolesOfAdmins checks the errors of invalid changes to users, and that an enabled admin remains after each change.
func TestRolesOfAdmins(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	ctx := t.Context()
	ann, bo := addUser(t, s, "ann@example.com", store.RoleAdmin), addUser(t, s, "bo@example.com", store.RoleAdmin)
	kim := addUser(t, s, "kim@example.com", store.RoleViewer)
	for i, tt := range []struct {
		change func() error
		want   error
	}{
		{func() error { return s.SetRole(ctx, store.Actor{}, kim.ID, "owner", "") }, store.ErrNoRole},
		{func() error { return s.SetRole(ctx, store.Actor{}, kim.ID, store.RoleViewer, "") }, store.ErrNoChange},
		{func() error { return s.SetRole(ctx, store.Actor{}, 999, store.RoleViewer, "") }, store.ErrNotFound},
		{func() error { return s.EnableUser(ctx, store.Actor{}, kim.ID) }, store.ErrNoChange},
		{func() error { return s.DisableUser(ctx, store.Actor{}, bo.ID) }, nil},
		{func() error { return s.DisableUser(ctx, store.Actor{}, ann.ID) }, store.ErrLastAdmin},
		{func() error { return s.SetRole(ctx, store.Actor{}, ann.ID, store.RoleOperator, "") }, store.ErrLastAdmin},
		{func() error { return s.SetRole(ctx, store.Actor{}, bo.ID, store.RoleViewer, "") }, nil}, // disabled anyway
		{func() error { return s.SetRole(ctx, store.Actor{}, kim.ID, store.RoleAdmin, "") }, nil},
		{func() error { return s.SetRole(ctx, store.Actor{}, ann.ID, store.RoleOperator, "") }, nil},
		{func() error { return s.DisableUser(ctx, store.Actor{}, kim.ID) }, store.ErrLastAdmin},
		{func() error { return s.EnableUser(ctx, store.Actor{}, bo.ID) }, nil},
	} {
		if err := tt.change(); !errors.Is(err, tt.want) {
			t.Errorf("change %d = %v, want %v", i, err, tt.want)
		}
		admins := 0
		users, err := s.Users(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			if u.Role == store.RoleAdmin && !u.Disabled {
				admins++
			}
		}
		if admins == 0 {
			t.Fatalf("after change %d there is no admin", i)
		}
	}
}

// TestNoticesOfChanges checks which changes notify a user, how notices are acknowledged, and that only the newest 20
// are returned.
func TestNoticesOfChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := addUser(t, w.Store, "boss@example.com", store.RoleAdmin)
	kinds := func() (all []store.NoticeKind) {
		t.Helper()
		notices, err := w.Notices(t.Context(), w.reload())
		w.must(err)
		for _, n := range notices {
			all = append(all, n.Kind)
		}
		return all
	}
	w.must(w.SetPassword(t.Context(), actorOf(w.user), w.user.ID, "new", "")) // a user's own change causes no notice
	w.must(w.SetPrefs(t.Context(), actorOf(w.user), "account.edit", func(*store.User) {}))
	if got := kinds(); got != nil {
		t.Errorf("notices of one's own changes = %q", got)
	}
	w.must(w.SetRole(t.Context(), actorOf(boss), w.user.ID, store.RoleViewer, ""))
	w.must(w.SetPassword(t.Context(), actorOf(boss), w.user.ID, "other", ""))
	if got, want := kinds(), []store.NoticeKind{"user.role", "user.password"}; !slices.Equal(got, want) {
		t.Errorf("notices = %q, want %q", got, want)
	}
	seen := w.reload().NoticeSeq
	w.must(w.DisableUser(t.Context(), actorOf(boss), w.user.ID))
	w.must(w.AcknowledgeNotices(t.Context(), actorOf(w.user), seen))
	if got, want := kinds(), []store.NoticeKind{"user.disable"}; !slices.Equal(got, want) {
		t.Errorf("notices that came later = %q, want %q", got, want)
	}
	w.must(w.AcknowledgeNotices(t.Context(), actorOf(w.user), seen-1)) // an older page
	if got := kinds(); len(got) != 1 {
		t.Errorf("an older page brought back %q", got)
	}
	w.must(w.AcknowledgeNotices(t.Context(), actorOf(w.user), 1<<40)) // acknowledges only existing notices
	w.must(w.EnableUser(t.Context(), actorOf(boss), w.user.ID))
	if got, want := kinds(), []store.NoticeKind{"user.enable"}; !slices.Equal(got, want) {
		t.Errorf("notices after a form that claims too much = %q, want %q", got, want)
	}
	other, err := w.Notices(t.Context(), boss)
	if err != nil || len(other) != 0 {
		t.Errorf("notices of somebody else = %+v, %v", other, err)
	}
	for range 15 {
		w.must(w.DisableUser(t.Context(), actorOf(boss), w.user.ID))
		w.must(w.EnableUser(t.Context(), actorOf(boss), w.user.ID))
	}
	if got := kinds(); len(got) != 20 || got[19] != "user.enable" {
		t.Errorf("%d notices, want the newest 20", len(got))
	}
}

// TestChangesEndSessions checks which changes to a user end sessions and withdraw links, and what the log records.
func TestChangesEndSessions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change           func(w *world, keep string) error
		kept, other      bool // whether these sessions stay valid
		linkFor, linkBy  bool // whether the links for and by the user stay valid
		action, lastWord string
	}{
		"password": {func(w *world, keep string) error {
			return w.SetPassword(w.Context(), actorOf(w.user), w.user.ID, "new", keep)
		}, true, false, false, true, "user.password", "1 session ended"},
		"role": {func(w *world, keep string) error {
			return w.SetRole(w.Context(), store.Actor{}, w.user.ID, store.RoleViewer, keep)
		}, true, false, true, false, "user.role", "1 session ended"},
		"disable": {func(w *world, _ string) error {
			return w.DisableUser(w.Context(), store.Actor{}, w.user.ID)
		}, false, false, false, false, "user.disable", "2 sessions ended"},
		"link": {func(w *world, _ string) error {
			return w.OfferPassword(w.Context(), store.Actor{}, w.user.ID, "h", w.clock.Now().Add(time.Hour))
		}, true, true, false, true, "user.reset-password", "link created, valid until 2026-03-17 14:32 UTC"},
	} {
		w := newWorld(t)
		keep, other := w.signIn("keep"), w.signIn("other")
		until := w.clock.Now().Add(time.Hour)
		w.must(w.OfferPassword(t.Context(), store.Actor{}, w.user.ID, "for", until))
		w.must(w.Invite(t.Context(), actorOf(w.user), "new@example.com", store.RoleViewer, "by", until))
		w.must(tt.change(w, keep))
		if w.valid(keep) != tt.kept || w.valid(other) != tt.other {
			t.Errorf("%s: the kept session is valid: %t, the other: %t", name, w.valid(keep), w.valid(other))
		}
		_, forErr := w.LinkByToken(t.Context(), "for")
		_, byErr := w.LinkByToken(t.Context(), "by")
		if (forErr == nil) != tt.linkFor || (byErr == nil) != tt.linkBy {
			t.Errorf("%s: the link for the user: %v, by the user: %v", name, forErr, byErr)
		}
		if e := w.last(); e.Action != tt.action || e.Detail() != tt.lastWord {
			t.Errorf("%s: audit row %s %q, want %s %q", name, e.Action, e.Detail(), tt.action, tt.lastWord)
		}
	}
}

// TestEmailKeys checks that different spellings of an address belong to one account.
func TestEmailKeys(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	u := addUser(t, s, " Hans@Exämple.de ", store.RoleViewer)
	if u.Email != "Hans@Exämple.de" {
		t.Errorf("stored address = %q", u.Email)
	}
	for _, email := range []string{
		"hans@exämple.de", "HANS@XN--EXMPLE-CUA.DE", "hans@exa\u0308mple.de", "hans\u200b@exämple.de",
	} {
		if got, err := s.UserByEmail(t.Context(), email); err != nil || got.ID != u.ID {
			t.Errorf("UserByEmail(%q) = %d, %v, want %d", email, got.ID, err, u.ID)
		}
		other := store.User{Email: email, Name: "N", Role: store.RoleViewer, PasswordHash: "h"}
		if _, err := s.AddUser(t.Context(), store.Actor{}, other); !errors.Is(err, store.ErrEmailTaken) {
			t.Errorf("AddUser(%q) = %v, want ErrEmailTaken", email, err)
		}
	}
}

// TestBindYCM checks that a database belongs to the YCM account from which it has data, however the account's URL is
// spelled, and to none before it has any.
func TestBindYCM(t *testing.T) {
	t.Parallel()
	type binding struct {
		url, client string
		want        error
	}
	for name, use := range map[string]func(*store.Store) error{
		"a PBX": func(s *store.Store) error {
			return s.Put(t.Context(), store.Changes{Account: "a", PBXs: []store.PBX{{CloudPBXID: 1, Record: []byte("{}")}}})
		},
		"a pass": func(s *store.Store) error { return s.AddSyncRun(t.Context(), store.SyncRun{Account: "a", OK: true}) },
		"a subscription": func(s *store.Store) error {
			return s.PutSubscription(t.Context(), store.SubscriptionReading{Account: "a", Subscription: []byte("{}")})
		},
	} {
		s := storetest.New(t, nil)
		bind := func(when string, bindings ...binding) {
			for _, b := range bindings {
				if err := s.BindYCM(t.Context(), b.url, b.client); !errors.Is(err, b.want) {
					t.Errorf("%s %s, BindYCM(%s, %s) = %v, want %v", when, name, b.url, b.client, err, b.want)
				}
			}
		}
		bind("before", binding{"https://ycm.exmaple.com", "a", nil}, binding{"https://ycm.example.com", "idd", nil})
		if err := s.AddSyncRun(t.Context(), store.SyncRun{Account: "a", Error: "401"}); err != nil {
			t.Fatal(err)
		}
		bind("after a pass that failed, before", binding{"https://YCM.example.com/", "id", nil})
		if err := use(s); err != nil {
			t.Fatal(err)
		}
		bind("after",
			binding{"https://ycm.example.com", "id", nil},
			binding{"HTTPS://ycm.Example.com:443/", "id", nil},
			binding{"https://ycm.example.com", "ID", store.ErrOtherYCM},
			binding{"https://other.example.com", "id", store.ErrOtherYCM},
			binding{"https://ycm.example.com:8443", "id", store.ErrOtherYCM},
			binding{"https://ycm.example.com/b", "id", store.ErrOtherYCM},
			binding{"http://ycm.example.com", "id", store.ErrOtherYCM},
			binding{"sandbox", "id", store.ErrOtherYCM},
			binding{"https://ycm.example.com", "id", nil},
		)
	}
}

// TestRebind checks that a database can be bound to another account, and that the audit log has what changed.
func TestRebind(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	by := store.Actor{Email: "command line"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.BindYCM(t.Context(), "https://old.example", "id"))
	must(s.AddSyncRun(t.Context(), store.SyncRun{Account: "a", OK: true}))
	for range 2 { // the second time, nothing changes
		from, err := s.Rebind(t.Context(), by, "https://NEW.example/", "other id")
		must(err)
		if want := "https://old.example id"; from != want && from != "https://new.example other id" {
			t.Errorf("the database was bound to %s, want %s", from, want)
		}
	}
	must(s.BindYCM(t.Context(), "https://new.example", "other id"))
	if err := s.BindYCM(t.Context(), "https://old.example", "id"); !errors.Is(err, store.ErrOtherYCM) {
		t.Errorf("the old account = %v, want ErrOtherYCM", err)
	}
	var rows []store.Event
	must(s.EachAuditEvent(t.Context(), store.AuditQuery{}, math.MaxInt64, func(e store.Event) error {
		rows = append(rows, e)
		return nil
	}))
	want := []store.Change{{Field: "account", Before: "https://old.example id", After: "https://new.example other id"}}
	if len(rows) != 1 || rows[0].Action != "account.rebind" || !slices.Equal(rows[0].Changes, want) {
		t.Errorf("the audit log has %+v, want one row with %+v", rows, want)
	}
}
