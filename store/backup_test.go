package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cordboard/clocktest"
	"cordboard/store"
	"cordboard/store/storetest"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// portal is a data directory with a store that can be closed and reopened.
type portal struct {
	*testing.T
	*store.Store

	dir   string
	clock *clocktest.Clock
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	p := &portal{T: t, dir: t.TempDir(), clock: newClock()}
	p.start()
	return p
}

func (p *portal) start() {
	p.Helper()
	s, err := store.Open(p.Context(), store.Config{Dir: p.dir, Now: p.clock.Now})
	if err != nil {
		p.Fatal(err)
	}
	p.Store = s
	p.Cleanup(func() { _ = s.Close() })
}

func (p *portal) stop() {
	p.Helper()
	if err := p.Close(); err != nil {
		p.Fatal(err)
	}
}

func (p *portal) path(name string) string { return filepath.Join(p.dir, name) }

// row adds a row to the log.
func (p *portal) row(detail string) {
	p.Helper()
	err := p.Audit(p.Context(), store.Actor{}, store.Event{
		Action: "user.test", Outcome: "done", Notes: store.Messages(detail),
	})
	if err != nil {
		p.Fatal(err)
	}
}

// details returns the action, outcome and detail of each row in the log as one string, oldest first.
func (p *portal) details() string {
	p.Helper()
	var all []string
	if err := p.EachAuditEvent(p.Context(), store.AuditQuery{}, 1<<40, func(e store.Event) error {
		all = append(all, e.Action+" "+e.Outcome+" "+e.Detail())
		return nil
	}); err != nil {
		p.Fatal(err)
	}
	return strings.Join(all, "; ")
}

// backup backs up to a new file. It returns the file's path and the head of the copy's log.
func (p *portal) backup() (string, store.Head) {
	p.Helper()
	to := filepath.Join(p.TempDir(), "backup.db")
	head, err := p.Backup(p.Context(), to)
	if err != nil {
		p.Fatal(err)
	}
	return to, head
}

// TestBackup checks a backup's log head and file mode, and what is recorded. It also checks that no file is
// overwritten.
func TestBackup(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.row("before")
	to, head := p.backup()
	if head.Seq != 2 { // the row, and the request for a backup
		t.Errorf("head of the copy = %+v, want row 2", head)
	}
	if want := "user.test done before; database.backup asked ; database.backup done "; p.details() != want {
		t.Errorf("log = %q, want %q", p.details(), want)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the backup = %v, %v, want 0600", info.Mode(), err)
	}
	content := read(t, to)
	for _, path := range []string{to, filepath.Join(t.TempDir(), "no", "such", "directory.db")} {
		if _, err := p.Backup(t.Context(), path); err == nil {
			t.Errorf("Backup to %s = nil, want an error", path)
		}
		if !strings.HasSuffix(p.details(), "database.backup failed ") {
			t.Errorf("log = %q, want a failed backup at its end", p.details())
		}
	}
	if !bytes.Equal(content, read(t, to)) {
		t.Error("the refused backup changed the file")
	}
}

// TestRestore checks that a restore brings back the rows of the backup, keeps the previous database, and revives
// neither sessions nor links.
func TestRestore(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	u := addUser(t, p.Store, "ann@example.com", store.RoleAdmin)
	hash := signIn(t, p.Store, u, "token", p.clock.Now().Add(time.Hour))
	link := store.HashToken("link")
	if err := p.OfferPassword(t.Context(), actorOf(u), u.ID, link, p.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	p.row("before")
	from, taken := p.backup()
	p.row("after")
	p.stop()
	for n := 1; n <= 2; n++ { // twice; each restore keeps the database that it replaces
		head, kept, err := store.Restore(t.Context(), store.Config{Dir: p.dir}, from)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.path(store.DatabaseName + fmt.Sprintf(".before-%d", n)); kept != want || head.Seq != taken.Seq {
			t.Errorf("restore %d = head %d, kept %q, want head %d and %q", n, head.Seq, kept, taken.Seq, want)
		}
	}
	if !bytes.Contains(read(t, p.path(store.DatabaseName+".before-1")), []byte("after")) {
		t.Error("the database of before lacks its last row")
	}
	p.start()
	if got := p.details(); strings.Contains(got, "after") || !strings.Contains(got, "user.test done before") ||
		!strings.HasSuffix(got, "database.restore done all sessions ended; all links withdrawn") {
		t.Errorf("log = %q", got)
	}
	if _, err := p.SessionByToken(t.Context(), hash); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("session of the backup = %v, want ErrNotFound", err)
	}
	if _, err := p.LinkByToken(t.Context(), link); !errors.Is(err, store.ErrLinkWithdrawn) {
		t.Errorf("link of the backup = %v, want ErrLinkWithdrawn", err)
	}
	if _, err := p.VerifyAudit(t.Context(), store.Head{}, taken); err != nil {
		t.Errorf("VerifyAudit with the backup's head = %v", err)
	}
}

// TestRestoreIsRefused checks which backups a restore refuses, and that a refused restore leaves the directory as it
// was.
func TestRestoreIsRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
		text  string
	}{
		"no file": {spoil: func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, want: os.ErrNotExist},
		"not a database": {
			spoil: func(t *testing.T, path string) { t.Helper(); write(t, path, []byte("hello, this is text")) },
			text:  "not a readable database",
		},
		"damaged": {spoil: func(t *testing.T, path string) {
			t.Helper()
			content := read(t, path)
			for i := len(content) / 2; i < len(content)/2+8192; i++ {
				content[i] ^= 0x5a
			}
			write(t, path, content)
		}, want: nil},
		"cut off": {spoil: func(t *testing.T, path string) {
			t.Helper()
			content := read(t, path)
			write(t, path, content[:len(content)/3])
		}, want: nil},
		"a changed log": {spoil: func(t *testing.T, path string) {
			t.Helper()
			exec(t, path, `DROP TRIGGER audit_events_no_update`, `UPDATE audit_events SET detail = 'x' WHERE seq = 1`)
		}, want: store.ErrTampered, text: "entry 1"},
		"a newer version's": {spoil: func(t *testing.T, path string) {
			t.Helper()
			exec(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`)
		}, want: store.ErrNewer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			p.row("before")
			from, _ := p.backup()
			p.row("after")
			p.stop()
			before := read(t, p.path(store.DatabaseName))
			tt.spoil(t, from)
			_, kept, err := store.Restore(t.Context(), store.Config{Dir: p.dir}, from)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("Restore = %v, want %v with %q", err, tt.want, tt.text)
			}
			if kept != "" || !bytes.Equal(before, read(t, p.path(store.DatabaseName))) {
				t.Error("the refused restore changed the database")
			}
			entries, err := os.ReadDir(p.dir)
			if err != nil || len(entries) != 2 { // the database and keys
				t.Errorf("the refused restore left files: %v, %v", entries, err)
			}
			p.start()
			if !strings.Contains(p.details(), "after") {
				t.Error("the database of before doesn't open with its last row")
			}
		})
	}
}

// exec runs statements on a database file.
func exec(t *testing.T, path string, statements ...string) {
	t.Helper()
	db := open(t, filepath.Dir(path))
	if filepath.Base(path) != store.DatabaseName {
		db = openFile(t, path)
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreWithOtherKeys checks that a backup is restored only with the key of its log. The key's file may be outside
// the data directory.
func TestRestoreWithOtherKeys(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	addUser(t, p.Store, "ann@example.com", store.RoleAdmin)
	from, _ := p.backup()
	key := filepath.Join(t.TempDir(), "audit.key")
	write(t, key, read(t, p.path("keys/audit")))

	empty := t.TempDir()
	if _, _, err := store.Restore(t.Context(), store.Config{Dir: empty}, from); !errors.Is(err, store.ErrStateGone) {
		t.Errorf("restore without a key = %v, want ErrStateGone", err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.key")
	write(t, wrong, bytes.Repeat([]byte{7}, 32))
	c := store.Config{Dir: empty, AuditKey: wrong}
	if _, _, err := store.Restore(t.Context(), c, from); !errors.Is(err, store.ErrTampered) {
		t.Errorf("restore with another key = %v, want ErrTampered", err)
	}
	c.AuditKey = key
	if _, kept, err := store.Restore(t.Context(), c, from); err != nil || kept != "" {
		t.Errorf("restore with the key = kept %q, %v, want nothing kept", kept, err)
	}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreUnderARunningPortal checks that a restore refuses to replace a database that is in use.
func TestRestoreUnderARunningPortal(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	from, _ := p.backup()
	_, _, err := store.Restore(t.Context(), store.Config{Dir: p.dir}, from)
	if err == nil || !strings.Contains(err.Error(), "stop the portal first") {
		t.Errorf("Restore = %v, want a refusal", err)
	}
	p.row("still here")
	if !strings.HasSuffix(p.details(), "still here") {
		t.Errorf("log = %q", p.details())
	}
}

// TestKeptSchema checks that a database from an earlier version isn't migrated, copied or otherwise changed by programs
// that run beside the portal.
func TestKeptSchema(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 9, "")
	path := filepath.Join(dir, store.DatabaseName)
	before := read(t, path)
	if s, err := store.Open(t.Context(), store.Config{Dir: dir, Keep: true}); !errors.Is(err, store.ErrOlder) {
		t.Errorf("Open(older database) = %v, %v; want ErrOlder", s, err)
	}
	if !bytes.Equal(before, read(t, path)) {
		t.Error("the database file was changed")
	}
	if copies, err := filepath.Glob(filepath.Join(dir, "cordboard.schema-*")); err != nil || copies != nil {
		t.Errorf("there are copies: %v, %v", copies, err)
	}
	storetest.Open(t, dir, nil) // migrates
	s, err := store.Open(t.Context(), store.Config{Dir: dir, Keep: true})
	if err != nil {
		t.Fatalf("Open(migrated database): %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestBackupBeforeMigration checks that a database from an earlier version is copied before it is migrated, and that
// the copy replaces a partial copy that an interrupted start left behind. It also checks that a current database isn't
// copied.
func TestBackupBeforeMigration(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 9, `INSERT INTO meta (key, value) VALUES ('two-factor', '{"required":"all"}')`)
	left := filepath.Join(dir, "cordboard.schema-9")
	write(t, left, []byte("half of a copy"))
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Migrated(); got != left {
		t.Errorf("the copy is reported as %q, want %s", got, left)
	}
	p, err := s.TwoFactorPolicy(t.Context())
	if err := errors.Join(err, s.Close()); err != nil || p.Required != "all" {
		t.Errorf("policy after the migration = %+v, %v", p, err)
	}
	var version int
	if err := openFile(t, left).QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version); err != nil ||
		version != 9 {
		t.Errorf("schema of the copy = %d, %v, want 9", version, err)
	}
	before := read(t, left)
	if got := storetest.Open(t, dir, nil).Migrated(); got != "" { // the database is current now
		t.Errorf("opening a current database reports the copy %q", got)
	}
	if !bytes.Equal(before, read(t, left)) {
		t.Error("opening a current database copied it again")
	}
}
