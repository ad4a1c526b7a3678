// Package storetest makes databases for tests.
package storetest

import (
	"cordboard/store"
	"testing"
	"time"
)

// New opens an empty database that goes away with the test. now may be nil.
func New(t testing.TB, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: now})
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
