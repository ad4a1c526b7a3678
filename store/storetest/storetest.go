// Package storetest provides databases for tests.
package storetest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cordboard/store"
)

// New opens an empty database that is removed when the test ends. now is its clock; nil means time.Now.
func New(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	return Open(t, t.TempDir(), now)
}

// Open is like New, but uses the directory dir.
func Open(t testing.TB, dir string, now func() time.Time) *store.Store {
	t.Helper()
	return OpenWith(t, store.Config{Dir: dir, Now: now})
}

// OpenWith is like store.Open, but starts with a migrated database and closes it when the test ends.
func OpenWith(t testing.TB, c store.Config) *store.Store {
	t.Helper()
	if err := copyTemplate(c.Dir); err != nil {
		t.Fatalf("copy the template database: %v", err)
	}
	s, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("store.Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// template returns an empty migrated database. It is created once per process, because migrating takes far longer
// than copying.
var template = sync.OnceValues(func() (content []byte, err error) {
	dir, err := os.MkdirTemp("", "cordboard-template")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil { // Close merges the WAL into the file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, store.DatabaseName)) //nolint:gosec // our own directory
})

// copyTemplate copies the template to dir, unless dir already has a database or keys.
func copyTemplate(dir string) error {
	for _, name := range []string{store.DatabaseName, "keys"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	content, err := template()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, store.DatabaseName), content, 0o600)
}

// Hold takes the write lock on the database in dir, as another program would, and holds it until release is called or
// the test ends.
func Hold(t testing.TB, dir string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cordboard.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	release = func() { once.Do(func() { _, _ = tx.Rollback(), db.Close() }) }
	t.Cleanup(release)
	return release
}

// Break makes all inserts into table fail, by adding a trigger to the database in dir.
func Break(t testing.TB, dir, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cordboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(
		t.Context(),
		`CREATE TRIGGER broken_`+table+` BEFORE INSERT ON `+table+` BEGIN SELECT RAISE(ABORT, 'broken'); END`,
	); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Exec runs a statement on the database in dir, bypassing the store.
func Exec(t testing.TB, dir, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cordboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
