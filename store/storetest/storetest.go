// Package storetest makes databases for tests.
package storetest

import (
	"cordboard/store"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// New opens an empty database that goes away with the test. now may be nil.
func New(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	return Open(t, t.TempDir(), now)
}

// Open is New in a directory of the caller's.
func Open(t testing.TB, dir string, now func() time.Time) *store.Store {
	t.Helper()
	return OpenWith(t, store.Config{Dir: dir, Now: now})
}

// OpenWith is store.Open for a database that is closed with the test.
func OpenWith(t testing.TB, c store.Config) *store.Store {
	t.Helper()
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

// Hold takes the write lock of the database in dir, as another program may, until release is called or the test ends.
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

// Break makes every later row of a table of the database in dir fail.
func Break(t testing.TB, dir, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cordboard.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `CREATE TRIGGER broken_`+table+` BEFORE INSERT ON `+table+` BEGIN SELECT RAISE(ABORT, 'broken'); END`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
