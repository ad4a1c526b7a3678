package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"cordboard/clocktest"
	"cordboard/store"
	"cordboard/store/storetest"
)

func newClock() *clocktest.Clock {
	return clocktest.New(time.Date(2026, 3, 17, 13, 32, 0, 0, time.UTC))
}

func open(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cordboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func addUser(t *testing.T, s *store.Store, email, role string) store.User {
	t.Helper()
	u, err := s.AddUser(
		t.Context(),
		store.Actor{Email: "test"},
		store.User{
			Email:        email,
			Name:         "N",
			Role:         role,
			PasswordHash: "h",
		},
	)
	if err != nil {
		t.Fatalf("AddUser(%s): %v", email, err)
	}
	return u
}

func TestNewerDatabaseIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, dir)
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cordboard.db")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Config{Dir: dir}); !errors.Is(err, store.ErrNewer) {
		t.Fatalf("Open(newer database) = %v, want ErrNewer", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("Open changed a newer database file (%v)", err)
	}
}

func TestSchemaVersionIsTheNewestMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A database that is opened again must not count as newer.
	s, err = store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open a second time: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var newest, here int
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	newest = len(files)
	if err := open(t, dir).QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&here); err != nil {
		t.Fatal(err)
	}
	if here != newest {
		t.Errorf("schema version = %d, want %d, the number of migrations", here, newest)
	}
}

// databaseOfBefore creates a database with an earlier schema version, runs statement in it, and returns its directory.
func databaseOfBefore(t *testing.T, version int64, statement string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cordboard.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db := open(t, dir)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestSavedNamesOfBefore checks that a query saved by an earlier version can be overwritten under another spelling of
// its name, and that no other query is lost.
func TestSavedNamesOfBefore(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 13, `
INSERT INTO saved_views (owner_id, name, name_key, shared, query, created_at, updated_at) VALUES
	(7, 'Cafe' || char(0x301), 'cafe' || char(0x301), 0, 'q=old', 1, 1),
	(7, 'Tokyo', 'tokyo', 0, 'q=tokyo', 1, 1),
	(7, 'To' || char(0x200b) || 'kyo', 'to' || char(0x200b) || 'kyo', 0, 'q=twin', 1, 1)`)
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open a database of before: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.PutSaved(
		t.Context(),
		store.Actor{ID: 7},
		store.ListViews,
		store.Saved{OwnerID: 7, Name: "Caf\u00e9", Query: "q=new"},
	); err != nil {
		t.Fatal(err)
	}
	all, err := s.Saved(t.Context(), store.ListViews, 7)
	if err != nil {
		t.Fatal(err)
	}
	var queries []string
	for _, v := range all {
		queries = append(queries, v.Query)
	}
	slices.Sort(queries)
	if want := []string{"q=new", "q=tokyo", "q=twin"}; !slices.Equal(queries, want) {
		t.Errorf("saved queries = %q, want %q: one name replaced, none lost", queries, want)
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cordboard.db", "keys/audit"} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v (%v), want 0600", name, info.Mode().Perm(), err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Open(t.Context(), store.Config{Dir: dir}); err == nil ||
			!strings.Contains(err.Error(), "can be read by others") {
			t.Errorf("Open with %s readable by others = %v, want an error that says so", name, err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	addUser(t, s, "Ines@Example.com", store.RoleAdmin)
	if _, err := s.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "INES@example.COM",
			Name:         "x",
			Role:         store.RoleViewer,
			PasswordHash: "h",
		},
	); !errors.Is(
		err,
		store.ErrEmailTaken,
	) {
		t.Errorf("AddUser with the same address in different case = %v, want ErrEmailTaken", err)
	}
	if _, err := s.AddFirstUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "b@example.com",
			Name:         "x",
			Role:         store.RoleAdmin,
			PasswordHash: "h",
		},
	); !errors.Is(
		err,
		store.ErrNotFirst,
	) {
		t.Errorf("AddFirstUser after another user = %v, want ErrNotFirst", err)
	}
	if _, err := s.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "c@example.com",
			Name:         "x",
			Role:         "owner",
			PasswordHash: "h",
		},
	); err == nil {
		t.Error("AddUser with a nonexistent role succeeded, want an error")
	}
	u, err := s.UserByEmail(t.Context(), " ines@example.com ")
	if err != nil || u.Email != "Ines@Example.com" {
		t.Errorf("UserByEmail = %q, %v, want Ines@Example.com", u.Email, err)
	}
	if _, err := s.UserByEmail(t.Context(), "nobody@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("UserByEmail(unknown address) = %v, want ErrNotFound", err)
	}
}

func signIn(t *testing.T, s *store.Store, u store.User, token string, until time.Time) string {
	t.Helper()
	hash := store.HashToken(token)
	if _, err := s.SignIn(
		t.Context(),
		store.Actor{ID: u.ID, Email: u.Email},
		store.Session{TokenHash: hash, User: u, ExpiresAt: until},
	); err != nil {
		t.Fatalf("SignIn: %v", err)
	}
	return hash
}

func TestSignedOutSessionsStaySo(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	u := addUser(t, s, "a@example.com", store.RoleViewer)
	hash := signIn(t, s, u, "token", clock.Now().Add(time.Hour))
	if err := s.KeepSessionData(t.Context(), hash, []byte("data")); err != nil {
		t.Fatal(err)
	}
	if data, err := s.SessionData(t.Context(), hash); err != nil || string(data) != "data" {
		t.Fatalf("SessionData = %q, %v, want data", data, err)
	}
	if err := s.SignOut(t.Context(), store.Actor{ID: u.ID}, hash); err != nil {
		t.Fatal(err)
	}
	// A request that was in flight makes these calls when it ends.
	if err := s.KeepSessionData(t.Context(), hash, []byte("data")); err != nil {
		t.Fatal(err)
	}
	if err := s.TouchSessions(t.Context(), map[string]time.Time{hash: clock.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SessionByToken(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SessionByToken after sign-out = %v, want ErrNotFound", err)
	}
	if _, err := s.SessionData(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SessionData after sign-out = %v, want ErrNotFound", err)
	}
}

func TestSessionsRunOut(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	u := addUser(t, s, "a@example.com", store.RoleViewer)
	hash := signIn(t, s, u, "token", clock.Now().Add(time.Hour))
	clock.Add(time.Hour - time.Second)
	if _, err := s.SessionByToken(t.Context(), hash); err != nil {
		t.Errorf("SessionByToken one second before expiry = %v, want no error", err)
	}
	clock.Add(time.Second)
	if _, err := s.SessionByToken(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SessionByToken at expiry = %v, want ErrNotFound", err)
	}
}

func TestAuditCantBeChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := s.Audit(
			t.Context(),
			store.Actor{Email: "a"},
			store.Event{Action: "pbx.create", Outcome: store.OutcomeAsked},
		); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := open(t, dir)
	for _, q := range []string{`UPDATE audit_events SET outcome = 'done'`, `DELETE FROM audit_events WHERE seq = 3`} {
		if _, err := db.Exec(q); err == nil || !strings.Contains(err.Error(), "audit events are never") {
			t.Errorf("%s = %v, want the trigger's error", q, err)
		}
	}
}

func TestVerifyAuditFindsEachChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"a word":     `UPDATE audit_events SET detail = 'x' WHERE seq = 5`,
		"a time":     `UPDATE audit_events SET at = at + 1 WHERE seq = 5`,
		"an actor":   `UPDATE audit_events SET actor_id = 9 WHERE seq = 5`,
		"the hash":   `UPDATE audit_events SET hash = (SELECT hash FROM audit_events WHERE seq = 4) WHERE seq = 5`,
		"a row less": `DELETE FROM audit_events WHERE seq = 5`,
		"two swapped": `UPDATE audit_events SET seq = CASE seq WHEN 5 THEN -6 WHEN 6 THEN -5 END WHERE seq IN (5, 6);
			UPDATE audit_events SET seq = -seq WHERE seq < 0`,
		"a row between": `INSERT INTO audit_events SELECT 11, at, actor_id, actor_email, actor_name,
			actor_role, address, session, action, target, target_name, outcome, detail, request_id,
			ycm_request_id, hash, version, changes, reason
			FROM audit_events WHERE seq = 10`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, err := store.Open(t.Context(), store.Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 10 {
				if err := s.Audit(
					t.Context(),
					store.Actor{Email: "a"},
					store.Event{Action: "pbx.create", Outcome: store.OutcomeAsked, Notes: store.Messages(strings.Repeat("d", i))},
				); err != nil {
					t.Fatal(err)
				}
			}
			if head, err := s.VerifyAudit(t.Context(), store.Head{}); head.Seq != 10 || err != nil {
				t.Fatalf("VerifyAudit of an unchanged log = %d, %v, want 10, nil", head.Seq, err)
			}
			db := open(t, dir)
			for _, q := range append(
				[]string{`DROP TRIGGER audit_events_no_update`, `DROP TRIGGER audit_events_no_delete`},
				strings.Split(change, ";")...,
			) {
				if _, err := db.Exec(q); err != nil {
					t.Fatalf("%s: %v", q, err)
				}
			}
			want := "entry 5"
			if name == "a row between" {
				want = "entry 11"
			}
			if _, err := s.VerifyAudit(t.Context(), store.Head{}); !errors.Is(err, store.ErrTampered) ||
				!strings.Contains(err.Error(), want) {
				t.Errorf("VerifyAudit = %v, want ErrTampered at %s", err, want)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestWhatCantBeRecordedIsntDone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	u := addUser(t, s, "a@example.com", store.RoleViewer)
	if _, err := open(
		t,
		dir,
	).Exec(`CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'broken'); END`); err != nil {
		t.Fatal(err)
	}
	hash := store.HashToken("token")
	if _, err := s.SignIn(
		t.Context(),
		store.Actor{ID: u.ID},
		store.Session{TokenHash: hash, User: u, ExpiresAt: time.Now().Add(time.Hour)},
	); err == nil {
		t.Error("SignIn without an audit row succeeded, want an error")
	}
	if _, err := s.SessionByToken(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("SessionByToken = %v, want ErrNotFound", err)
	}
	if _, err := s.AddUser(
		t.Context(),
		store.Actor{},
		store.User{
			Email:        "b@example.com",
			Name:         "x",
			Role:         store.RoleViewer,
			PasswordHash: "h",
		},
	); err == nil {
		t.Error("AddUser without an audit row succeeded, want an error")
	}
	users, err := s.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Errorf("Users returned %d users, %v, want only the first user", len(users), err)
	}
}

func TestAuditTextsStayOnOneLine(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	if err := s.Audit(
		t.Context(),
		store.Actor{Email: "a\r\nb"},
		store.Event{
			Action:     "pbx.create",
			TargetName: "x\u202ey\x1b[31m",
			Outcome:    store.OutcomeDone,
			Notes:      store.Messages(strings.Repeat("ä", 1000)),
		},
	); err != nil {
		t.Fatal(err)
	}
	p, err := s.AuditEvents(t.Context(), 1, 10, store.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	e := p.Events[0]
	if e.Actor.Email != "a\ufffd\ufffdb" || e.TargetName != "x\ufffdy\ufffd[31m" || len([]rune(e.Detail())) != 501 {
		t.Errorf(
			"actor %q, target %q and %d runes of detail stored, want U+FFFD for control characters and 501 runes",
			e.Actor.Email,
			e.TargetName,
			len([]rune(e.Detail())),
		)
	}
	if _, err := s.VerifyAudit(t.Context(), store.Head{}); err != nil {
		t.Errorf("VerifyAudit = %v, want no error", err)
	}
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	for _, action := range []string{"pbx.create", "session.signin", "pbx.create", "user.add"} {
		if err := s.Audit(
			t.Context(),
			store.Actor{},
			store.Event{Action: action, Outcome: store.OutcomeDone},
		); err != nil {
			t.Fatal(err)
		}
	}
	seqs := func(p store.AuditPage) (s []int64) {
		for _, e := range p.Events {
			s = append(s, e.Seq)
		}
		return s
	}
	for _, tt := range []struct {
		name      string
		page, per int
		objects   []string
		want      []int64
		total     int64
	}{
		{"all, newest first", 1, 3, nil, []int64{4, 3, 2}, 4},
		{"the second page", 2, 3, nil, []int64{1}, 4},
		{"one object's", 1, 3, []string{"pbx"}, []int64{3, 1}, 2},
		{"past the end", 9, 3, nil, nil, 4},
	} {
		p, err := s.AuditEvents(t.Context(), tt.page, tt.per, store.AuditQuery{Objects: tt.objects})
		if err != nil || !slices.Equal(seqs(p), tt.want) || p.Total != tt.total {
			t.Errorf("%s: AuditEvents = %v of %d, %v, want %v of %d", tt.name, seqs(p), p.Total, err, tt.want, tt.total)
		}
	}
}

func TestPBXs(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	row := func(id int64, record string, at time.Time) store.PBX {
		return store.PBX{Account: "default", CloudPBXID: id, Record: []byte(record), ChangedAt: at}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	put := func(pbxs ...store.PBX) error {
		return s.Put(t.Context(), store.Changes{Account: "default", PBXs: pbxs})
	}
	later := clock.Now().Add(time.Hour)
	must(put(row(2, `{"a":1}`, clock.Now()), row(1, `{}`, clock.Now())))
	must(s.Put(t.Context(), store.Changes{Account: "default", Gone: []int64{2}, At: later}))
	must(put(row(1, `{"a":2}`, later)))
	var got []store.PBX
	must(s.EachPBX(t.Context(), "default", func(p store.PBX) error { got = append(got, p); return nil }))
	want := []store.PBX{
		{Account: "default", CloudPBXID: 1, Record: []byte(`{"a":2}`), FirstSeenAt: clock.Now(), ChangedAt: later},
		{
			Account:     "default",
			CloudPBXID:  2,
			Record:      []byte(`{"a":1}`),
			FirstSeenAt: clock.Now(),
			ChangedAt:   clock.Now(),
			GoneAt:      later,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("EachPBX (-want +got):\n%s", diff)
	}
	must(put(row(2, `{"a":1}`, later)))
	if p, err := s.PBX(t.Context(), "default", 2); err != nil || !p.GoneAt.IsZero() {
		t.Errorf("GoneAt of a PBX that returned = %v (%v), want zero", p.GoneAt, err)
	}
	if _, err := s.PBX(t.Context(), "other", 2); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("PBX of another account = %v, want ErrNotFound", err)
	}
}

func TestSubscriptionIsKeptWhenItChanges(t *testing.T) {
	t.Parallel()
	clock := newClock()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for _, body := range []string{`{"a":1}`, `{"a":1}`, `{"a":2}`, `{"a":1}`} {
		clock.Add(time.Minute)
		if err := s.PutSubscription(
			t.Context(),
			store.SubscriptionReading{Account: "default", SeenAt: clock.Now(), Subscription: []byte(body)},
		); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := open(t, dir).QueryRow(`SELECT count(*) FROM subscription_readings`).Scan(&n); err != nil || n != 3 {
		t.Errorf("%d readings stored (%v), want 3", n, err)
	}
	for _, hours := range []time.Duration{24, 25, 72} { // unchanged, but on two later days
		clock.Set(newClock().Now().Add(hours * time.Hour))
		if err := s.PutSubscription(
			t.Context(),
			store.SubscriptionReading{Account: "default", SeenAt: clock.Now(), Subscription: []byte(`{"a":1}`)},
		); err != nil {
			t.Fatal(err)
		}
	}
	if err := open(t, dir).QueryRow(`SELECT count(*) FROM subscription_readings`).Scan(&n); err != nil || n != 5 {
		t.Errorf("%d readings stored after two more days (%v), want 5", n, err)
	}
	days, err := s.SubscriptionDays(t.Context(), "default", newClock().Now().Add(-time.Hour))
	if err != nil || len(days) != 3 || string(days[0].Subscription) != `{"a":1}` || !days[2].SeenAt.Equal(clock.Now()) {
		t.Errorf("SubscriptionDays = %+v, %v, want the last reading of each day", days, err)
	}
	if days, err = s.SubscriptionDays(t.Context(), "default", clock.Now().Add(-time.Hour)); err != nil || len(days) != 1 {
		t.Errorf("SubscriptionDays of the last hour = %+v, %v, want 1 reading", days, err)
	}
	r, err := s.Subscription(t.Context(), "default")
	if err != nil || string(r.Subscription) != `{"a":1}` || !r.SeenAt.Equal(clock.Now()) {
		t.Errorf("Subscription = %s at %v, %v, want the last reading", r.Subscription, r.SeenAt, err)
	}
}

// TestSubscriptionAround checks which readings count as before and after a change.
func TestSubscriptionAround(t *testing.T) {
	t.Parallel()
	start := newClock().Now()
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	// Body 1 holds from minute 0 to 2, body 2 from 3 to 4, and body 3 from 5 on.
	for i, body := range []string{"1", "1", "1", "2", "2", "3", "3"} {
		r := store.SubscriptionReading{Account: "default", SeenAt: minute(i), Subscription: []byte(body)}
		if err := s.PutSubscription(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	body := func(r *store.SubscriptionReading) string {
		if r == nil {
			return "none"
		}
		return string(r.Subscription)
	}
	for _, tt := range []struct {
		what, account string
		from, to      time.Time
		before, after string
	}{
		{"before all readings", "default", minute(-2), minute(-1), "none", "1"},
		{"while the capacity changed", "default", minute(2), minute(2), "1", "2"},
		{"in the second of the next reading", "default", minute(3), minute(3), "1", "2"},
		{"while the capacity stayed the same", "default", minute(1), minute(1), "1", "2"},
		{"a long change", "default", minute(1), minute(4), "1", "3"},
		{"since the last new reading", "default", minute(5).Add(time.Second), minute(5).Add(time.Second), "3", "3"},
		{"since the last reading", "default", minute(6), minute(6), "3", "none"},
		{"another account", "other", minute(1), minute(1), "none", "none"},
	} {
		before, after, err := s.SubscriptionAround(t.Context(), tt.account, tt.from, tt.to)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{body(before), body(after)}; got != [2]string{tt.before, tt.after} {
			t.Errorf("%s: before and after %q, want %q and %q", tt.what, got, tt.before, tt.after)
		}
	}
	_ = s.Close()
	if _, _, err := s.SubscriptionAround(t.Context(), "default", start, start); err == nil {
		t.Error("no error from a closed store")
	}
}

func TestOldRunsAreForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for i := range 1010 {
		if err := s.AddSyncRun(
			t.Context(),
			store.SyncRun{Account: "default", OK: i == 1005, Total: int64(i)},
		); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := open(t, dir).QueryRow(`SELECT count(*) FROM sync_runs`).Scan(&n); err != nil || n != 1000 {
		t.Errorf("%d runs stored (%v), want 1000", n, err)
	}
	if r, err := s.LastGoodRun(t.Context(), "default"); err != nil || r.Total != 1005 {
		t.Errorf("LastGoodRun = %d, %v, want 1005", r.Total, err)
	}
}

// TestLastVisit checks that BeforeAt is the time at which the user's previous visit ended, even if that visit was in
// another session. Two sign-ins within an hour belong to the same visit.
func TestLastVisit(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	u := addUser(t, s, "a@example.com", store.RoleViewer)
	signIn := func(hash string) store.Session {
		t.Helper()
		if _, err := s.SignIn(
			t.Context(),
			store.Actor{Email: u.Email},
			store.Session{TokenHash: hash, User: u, ExpiresAt: clock.Now().Add(10 * time.Hour)},
		); err != nil {
			t.Fatal(err)
		}
		n, err := s.SessionByToken(t.Context(), hash)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := signIn("one"); !n.User.BeforeAt.IsZero() {
		t.Errorf("BeforeAt in the first session = %v, want zero", n.User.BeforeAt)
	}
	used := clock.Now().Add(3 * time.Hour)
	if err := s.TouchSessions(t.Context(), map[string]time.Time{"one": used}); err != nil {
		t.Fatal(err)
	}
	clock.Add(72 * time.Hour)
	if n := signIn("two"); !n.User.BeforeAt.Equal(used) {
		t.Errorf("BeforeAt in a later session = %v, want %v", n.User.BeforeAt, used)
	}
	clock.Add(time.Minute)
	if n := signIn("three"); !n.User.BeforeAt.Equal(used) {
		t.Errorf("BeforeAt in a later session = %v, want %v", n.User.BeforeAt, used)
	}
}

// TestNews checks that Changes returns the changes after a given time, newest first, up to a limit, and omits changes
// to lastBackupTime.
func TestNews(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	for i, field := range []string{"name", "lastBackupTime", "pbxStatus", "version"} {
		e := store.PBXEvent{
			CloudPBXID: int64(i),
			Kind:       store.PBXChanged,
			Field:      field,
			At:         clock.Now().Add(time.Duration(i) * time.Hour),
		}
		if err := s.Put(t.Context(), store.Changes{Account: "default", Events: []store.PBXEvent{e}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		since time.Duration
		limit int
		want  []string
	}{
		{-time.Hour, 10, []string{"version", "pbxStatus", "name"}},
		{0, 10, []string{"version", "pbxStatus"}},
		{0, 1, []string{"version"}},
		{3 * time.Hour, 10, nil},
	} {
		events, err := s.Changes(t.Context(), "default", clock.Now().Add(tt.since), tt.limit)
		if err != nil {
			t.Fatal(err)
		}
		var fields []string
		for _, e := range events {
			fields = append(fields, e.Field)
		}
		if !slices.Equal(fields, tt.want) {
			t.Errorf("Changes(since %v, limit %d) = %v, want %v", tt.since, tt.limit, fields, tt.want)
		}
	}
}
