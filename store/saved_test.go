package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cordboard/store"
	"cordboard/store/storetest"
)

func actorOf(u store.User) store.Actor {
	return store.Actor{ID: u.ID, Email: u.Email, Name: u.Name, Role: u.Role}
}

func namesOf(all []store.Saved) (names []string) {
	for _, v := range all {
		names = append(names, v.Name)
	}
	return names
}

// TestSaved checks who sees saved queries, who can delete them, and that an owner has at most one query per name.
func TestSaved(t *testing.T) {
	t.Parallel()
	for _, kind := range []store.SavedKind{store.ListViews, store.Presets} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, newClock().Now)
			ann, bo := addUser(t, s, "ann@example.com", "operator"), addUser(t, s, "bo@example.com", "operator")
			put := func(owner store.User, name, query string, shared bool) store.Saved {
				t.Helper()
				v, err := s.PutSaved(t.Context(), actorOf(owner), kind, store.Saved{
					OwnerID: owner.ID, Name: name, Query: query, Shared: shared,
				})
				if err != nil {
					t.Fatalf("PutSaved(%s): %v", name, err)
				}
				return v
			}
			seen := func(u store.User) []string {
				t.Helper()
				all, err := s.Saved(t.Context(), kind, u.ID)
				if err != nil {
					t.Fatal(err)
				}
				return namesOf(all)
			}
			put(ann, "zebra", "a=1", false)
			mine := put(ann, "Älfheim", "a=2", true)
			put(bo, "Bo's", "a=3", false)
			if got := seen(ann); !slices.Equal(got, []string{"Älfheim", "zebra"}) {
				t.Errorf("Ann sees %q", got)
			}
			if got := seen(bo); !slices.Equal(got, []string{"Älfheim", "Bo's"}) {
				t.Errorf("Bo sees %q", got)
			}
			again := put(ann, " ÄLFHEIM ", "a=4", false)
			if again.ID != mine.ID || again.Name != "ÄLFHEIM" {
				t.Errorf("the same name in other letters = %+v, want the query of before", again)
			}
			if got := seen(bo); !slices.Equal(got, []string{"Bo's"}) {
				t.Errorf("after it isn't shared any longer, Bo sees %q", got)
			}
			if err := s.DeleteSaved(t.Context(), actorOf(bo), kind, mine.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Bo deletes Ann's: %v", err)
			}
			if err := s.DeleteSaved(t.Context(), actorOf(ann), kind, mine.ID); err != nil {
				t.Errorf("Ann deletes her own: %v", err)
			}
			if err := s.DeleteSaved(t.Context(), actorOf(ann), kind, mine.ID); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("deleting it twice: %v", err)
			}
		})
	}
}

// TestLimitsOfSaved checks what is rejected: a query without a name, a huge query, and a 51st query of one kind.
func TestLimitsOfSaved(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	u := addUser(t, s, "ann@example.com", "viewer")
	put := func(name, query string) error {
		_, err := s.PutSaved(t.Context(), actorOf(u), store.ListViews, store.Saved{OwnerID: u.ID, Name: name, Query: query})
		return err
	}
	for name, query := range map[string]string{"": "a=1", "   ": "a=1", "huge": strings.Repeat("a", 1<<20)} {
		if err := put(name, query); err == nil {
			t.Errorf("%q with %d bytes is saved", name, len(query))
		}
	}
	for i := range 50 {
		if err := put(fmt.Sprintf("view %d", i), "a=1"); err != nil {
			t.Fatalf("view %d: %v", i, err)
		}
	}
	if err := put("one more", "a=1"); !errors.Is(err, store.ErrTooManySaved) {
		t.Errorf("view 51: %v", err)
	}
	if err := put("View 7", "a=2"); err != nil {
		t.Errorf("replacing one of fifty: %v", err)
	}
	if _, err := s.PutSaved(t.Context(), actorOf(u), store.Presets, store.Saved{
		OwnerID: u.ID, Name: "another kind", Query: "a=1",
	}); err != nil {
		t.Errorf("another kind: %v", err)
	}
	all, err := s.Saved(t.Context(), store.ListViews, u.ID)
	if err != nil || len(all) != 50 {
		t.Errorf("%d views, %v, want 50", len(all), err)
	}
	for _, v := range all {
		if v.Name == "View 7" && v.Query != "a=2" {
			t.Errorf("the replaced view is %+v", v)
		}
	}
}
