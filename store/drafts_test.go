package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestDrafts checks that a draft is its user's own, that its choices can be replaced, and that old drafts are deleted.
func TestDrafts(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	d := store.Draft{
		ID: "d1", Account: "default", UserID: 7, MadeAt: noon, Name: "new.csv", Digest: "abc", Content: []byte{0, 1, 2},
		Choices: store.DraftChoices{Columns: []string{"name", ""}},
	}
	if err := s.PutDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.Choices = store.DraftChoices{Columns: []string{"name", "plan"}, Encoding: "Windows-1252"}
	if err := s.PutDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	got, err := s.Draft(t.Context(), "default", "d1", 7)
	if diff := cmp.Diff(d, got); err != nil || diff != "" {
		t.Errorf("Draft: %v (-want +got):\n%s", err, diff)
	}
	if _, err := s.Draft(t.Context(), "default", "d1", 8); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another user's draft: %v, want ErrNotFound", err)
	}
	for age, want := range map[time.Duration]error{-time.Second: nil, time.Second: store.ErrNotFound} {
		if err := s.PutDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteDrafts(t.Context(), noon.Add(age)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Draft(t.Context(), "default", "d1", 7); !errors.Is(err, want) {
			t.Errorf("after deleting drafts from %s later: %v, want %v", age, err, want)
		}
	}
}

// TestOldDraftsMakeRoom checks that a user's newest drafts are kept, and those of others.
func TestOldDraftsMakeRoom(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	put := func(id string, user int64, made time.Time) {
		t.Helper()
		d := store.Draft{ID: id, Account: "default", UserID: user, MadeAt: made, Content: []byte{1}}
		if err := s.PutDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	put("other", 8, noon.Add(-time.Hour))
	for i := range 22 {
		put(fmt.Sprint("d", i), 7, noon.Add(time.Duration(i)*time.Minute))
	}
	for id, want := range map[string]error{"d0": store.ErrNotFound, "d1": store.ErrNotFound, "d2": nil, "d21": nil} {
		if _, err := s.Draft(t.Context(), "default", id, 7); !errors.Is(err, want) {
			t.Errorf("draft %s: %v, want %v", id, err, want)
		}
	}
	if _, err := s.Draft(t.Context(), "default", "other", 8); err != nil {
		t.Errorf("another user's draft: %v", err)
	}
}
