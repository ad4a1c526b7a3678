package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestPartOfTheDataIsMissing checks that Open returns an error if part of the data is missing, damaged or readable by
// others. Open succeeds if everything is missing, or only the keys of an unused database.
func TestPartOfTheDataIsMissing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		used bool
		lose func(dir string) error
		want error
	}{
		"nothing": {true, func(string) error { return nil }, nil},
		"the database": {
			true, func(dir string) error { return os.Remove(filepath.Join(dir, "cordboard.db")) }, store.ErrStateGone,
		},
		"its content": {
			true, func(dir string) error { return os.Truncate(filepath.Join(dir, "cordboard.db"), 0) },
			store.ErrStateGone,
		},
		"the key": {
			true, func(dir string) error { return os.Remove(filepath.Join(dir, "keys", "audit")) }, store.ErrStateGone,
		},
		"all keys": {
			true, func(dir string) error { return os.RemoveAll(filepath.Join(dir, "keys")) }, store.ErrStateGone,
		},
		"everything": {true, func(dir string) error { return os.RemoveAll(dir) }, nil},
		"the keys of an unused database": {
			false, func(dir string) error { return os.RemoveAll(filepath.Join(dir, "keys")) }, nil,
		},
		"the privacy of the database": {
			true, func(dir string) error { return os.Chmod(filepath.Join(dir, "cordboard.db"), 0o644) }, errOther,
		},
		"the privacy of the key": {
			true, func(dir string) error { return os.Chmod(filepath.Join(dir, "keys", "audit"), 0o640) }, errOther,
		},
		"half of the key": {
			true, func(dir string) error { return os.Truncate(filepath.Join(dir, "keys", "audit"), 16) }, errOther,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t)
			if tt.used {
				addUser(t, p.Store, "ann@example.com", store.RoleAdmin)
			}
			p.stop()
			if err := tt.lose(p.dir); err != nil {
				t.Fatal(err)
			}
			s, err := store.Open(t.Context(), store.Config{Dir: p.dir})
			switch {
			case tt.want == nil && err != nil:
				t.Errorf("Open = %v, want no error", err)
			case errors.Is(tt.want, errOther) && (err == nil || errors.Is(err, store.ErrStateGone)):
				t.Errorf("Open = %v, want an error of the file", err)
			case errors.Is(tt.want, store.ErrStateGone) && !errors.Is(err, tt.want):
				t.Errorf("Open = %v, want %v", err, tt.want)
			}
			if err == nil {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// errOther stands for any error except ErrStateGone.
var errOther = errors.New("another error")

// TestEmptiedLog checks that a database with users but an empty log isn't opened.
func TestEmptiedLog(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	addUser(t, p.Store, "ann@example.com", store.RoleAdmin)
	p.stop()
	exec(t, p.path(store.DatabaseName), `DROP TRIGGER audit_events_no_delete`, `DELETE FROM audit_events`)
	if _, err := store.Open(t.Context(), store.Config{Dir: p.dir}); !errors.Is(err, store.ErrStateGone) {
		t.Errorf("Open = %v, want ErrStateGone", err)
	}
}

// TestKeys checks that a key is created once, with a private mode, and read back, and that an unusable key file causes
// an error.
func TestKeys(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	if p.HasKey("two-factor") {
		t.Error("HasKey before the key was created")
	}
	key, err := p.Key("two-factor")
	if err != nil || len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		t.Fatalf("Key = %x, %v, want 32 random bytes", key, err)
	}
	again, err := p.Key("two-factor")
	other, err2 := p.Key("other")
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(key, again) || bytes.Equal(key, other) {
		t.Errorf("Key a second time = %x, of another name %x, %v, want %x and another", again, other, err, key)
	}
	path := p.path("keys/two-factor")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || !p.HasKey("two-factor") {
		t.Errorf("key file = %v, %v, has key %t", info, err, p.HasKey("two-factor"))
	}
	for name, spoil := range map[string]func() error{
		"others can read it": func() error { return os.Chmod(path, 0o604) },
		"too long":           func() error { return os.WriteFile(path, make([]byte, 33), 0o600) },
		"a directory":        func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Key("two-factor"); err == nil || !strings.Contains(err.Error(), "key") {
			t.Errorf("Key when %s = %v, want an error", name, err)
		}
		_ = os.Remove(path)
		write(t, path, key)
	}
}

// TestLock checks that a directory has at most one lock holder, that the error names the holder, and that the lock
// is free after its release.
func TestLock(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for range 2 {
		release, err := store.Lock(dir)
		if err != nil {
			t.Fatal(err)
		}
		_, err = store.Lock(dir)
		if want := fmt.Sprintf("process %d", os.Getpid()); !errors.Is(err, store.ErrInUse) ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("Lock while it is held = %v, want ErrInUse by %s", err, want)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	if _, err := store.Lock(file); err == nil || errors.Is(err, store.ErrInUse) {
		t.Errorf("Lock of a file = %v, want another error", err)
	}
}

// TestReplacedFiles checks that writes return ErrUnavailable after one of the database's files was deleted, moved or
// replaced.
func TestReplacedFiles(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(path string) error{
		"deleted": os.Remove,
		"moved":   func(path string) error { return os.Rename(path, path+".old") },
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
		"without its WAL file": func(path string) error { return os.Remove(path + "-wal") },
	} {
		p := newPortal(t)
		p.row("before")
		if err := lose(p.path(store.DatabaseName)); err != nil {
			t.Fatal(err)
		}
		err := p.Audit(t.Context(), store.Actor{}, store.Event{Action: "user.test", Outcome: "done"})
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: Audit = %v, want ErrUnavailable", name, err)
		}
		if err := p.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: Ping = %v, want ErrUnavailable", name, err)
		}
	}
}

// TestWaits checks that writes return ErrUnavailable while another program holds the lock, that a cancellation by the
// caller isn't reported as an outage, and that writing works again once the lock is free.
func TestWaits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const wait = 300 * time.Millisecond
	s := storetest.OpenWith(t, store.Config{Dir: dir, WriteWait: wait})
	row := func(ctx context.Context) error {
		return s.Audit(ctx, store.Actor{}, store.Event{Action: "user.test", Outcome: "done"})
	}
	release := storetest.Hold(t, dir)
	ctx := s.WithPatience(t.Context())
	for n := range 20 {
		if err := row(ctx); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("write %d of a request = %v, want ErrUnavailable", n, err)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := row(s.WithPatience(t.Context())); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("one of many requests = %v, want ErrUnavailable", err)
			}
		})
	}
	all.Wait()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := row(canceled); !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnavailable) {
		t.Errorf("write of a caller who left = %v, want only context.Canceled", err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Ping = %v, want ErrUnavailable", err)
	}
	if _, err := s.AuditHead(t.Context()); err != nil {
		t.Errorf("reading = %v, want no error", err)
	}
	release()
	if err := errors.Join(row(t.Context()), s.Ping(t.Context())); err != nil {
		t.Errorf("write once the lock is free = %v", err)
	}
	if head, err := s.AuditHead(t.Context()); err != nil || head.Seq != 1 {
		t.Errorf("rows = %d, %v, want 1: those that failed must not appear later", head.Seq, err)
	}
}

// TestFirstUser checks that only one of many simultaneous setups creates the first user.
func TestFirstUser(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, nil)
	if has, err := s.HasUsers(t.Context()); err != nil || has {
		t.Errorf("HasUsers = %t, %v, want false", has, err)
	}
	var all sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		all.Go(func() {
			u := store.User{Email: fmt.Sprintf("a%d@example.com", i), Name: "A", Role: store.RoleAdmin, PasswordHash: "h"}
			_, results[i] = s.AddFirstUser(t.Context(), store.Actor{}, u)
		})
	}
	all.Wait()
	added := 0
	for i, err := range results {
		if err == nil {
			added++
		} else if !errors.Is(err, store.ErrNotFirst) {
			t.Errorf("set-up %d = %v, want nil or ErrNotFirst", i, err)
		}
	}
	if users, err := s.Users(t.Context()); err != nil || added != 1 || len(users) != 1 {
		t.Errorf("%d set-ups succeeded and there are %d users, %v, want 1", added, len(users), err)
	}
}
