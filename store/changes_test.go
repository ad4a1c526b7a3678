package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cordboard/store"
	"cordboard/store/storetest"
)

// TestSearchChanges checks what each part of a query selects, who is found to have made a change, and the order.
func TestSearchChanges(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	noon := clock.Now()
	hour := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Hour) }
	var events []store.PBXEvent
	add := func(at int, pbx int64, kind store.PBXEventKind, field, value string) {
		events = append(events, store.PBXEvent{
			CloudPBXID: pbx, Kind: kind, Field: field, New: value, After: hour(at).Add(-time.Minute), At: hour(at),
		})
	}
	add(1, 7, store.PBXChanged, "name", "a")
	add(2, 8, store.PBXChanged, "version", "b")
	add(3, 7, store.PBXChanged, "lastBackupTime", "c")
	add(4, 9, store.PBXAppeared, "", "d")
	add(5, 8, store.PBXChanged, "extensionCapacity", "e")
	add(6, 9, store.PBXGone, "", "f")
	must(t, s.Put(t.Context(), store.Changes{Account: "default", Events: events}))
	must(t, s.Put(t.Context(), store.Changes{Account: "other", Events: events[:1]}))
	must(t, s.AddModifiers(t.Context(), "default", []store.Modifier{
		{CloudPBXID: 8, At: hour(2).Add(30 * time.Second), By: "Zoë@example.com"},
		{CloudPBXID: 9, At: hour(4), By: "nobody who changed a field"},
	}))
	actor := store.Actor{ID: 3, Name: "Ada", Email: "ada@example.com"}
	for _, e := range []struct {
		at      time.Time
		action  string
		outcome string
	}{
		{hour(5).Add(-30 * time.Second), "pbx.resize", store.OutcomeDone},
		{hour(1), "pbx.update", store.OutcomeRefused}, // a form that started no operation
		{hour(1), "note.add", store.OutcomeDone},
	} {
		clock.Set(e.at)
		pbx := map[bool]string{true: "8", false: "7"}[e.action == "pbx.resize"]
		must(t, s.Audit(t.Context(), actor, store.Event{Action: e.action, Target: pbx, Outcome: e.outcome}))
	}
	for name, tt := range map[string]struct {
		q    store.ChangeQuery
		want string
	}{
		"everything": {store.ChangeQuery{}, "fedba"},
		"from":       {store.ChangeQuery{From: hour(4)}, "fed"},
		"to":         {store.ChangeQuery{To: hour(4)}, "ba"},
		"a field":    {store.ChangeQuery{Fields: []string{"version"}}, "b"},
		"a kind":     {store.ChangeQuery{Kinds: []store.PBXEventKind{store.PBXGone}}, "f"},
		"a kind or a field": {
			store.ChangeQuery{Fields: []string{"name"}, Kinds: []store.PBXEventKind{store.PBXGone}}, "fa",
		},
		"a daily field":        {store.ChangeQuery{Fields: store.DailyFields}, "c"},
		"PBXs":                 {store.ChangeQuery{PBXs: []int64{7, 9}}, "fda"},
		"no PBX":               {store.ChangeQuery{PBXs: []int64{}}, ""},
		"here":                 {store.ChangeQuery{Made: store.MadeHere}, "e"},
		"elsewhere":            {store.ChangeQuery{Made: store.MadeElsewhere}, "fdba"},
		"by a colleague":       {store.ChangeQuery{By: "ADA@"}, "e"},
		"by a modifier in YCM": {store.ChangeQuery{By: "zoe"}, "b"},
		"by nobody":            {store.ChangeQuery{By: "qq"}, ""},
		"all at once": {store.ChangeQuery{
			From: hour(0), To: hour(9), Fields: []string{"extensionCapacity"}, PBXs: []int64{8}, Made: store.MadeHere, By: "ada",
		}, "e"},
	} {
		var got, paged strings.Builder
		must(t, s.EachChange(t.Context(), "default", tt.q, func(c store.FleetChange) error {
			got.WriteString(c.New)
			if c.New == "e" && (c.Seq == 0 || c.Actor != "Ada") || c.New == "b" && c.Modifiers != "Zoë@example.com" ||
				c.New != "b" && c.Modifiers != "" {
				t.Errorf("%s: %q was changed by %q, %d, and %q in YCM", name, c.New, c.Actor, c.Seq, c.Modifiers)
			}
			return nil
		}))
		for before := int64(0); ; {
			page, err := s.SearchChanges(t.Context(), "default", tt.q, before, 2)
			must(t, err)
			for _, c := range page {
				paged.WriteString(c.New)
				before = c.ID
			}
			if len(page) < 2 {
				break
			}
		}
		if got.String() != tt.want || paged.String() != tt.want {
			t.Errorf("%s: %q, by pages %q, want %q", name, &got, &paged, tt.want)
		}
	}
	n, err := s.CountDaily(t.Context(), "default", store.ChangeQuery{From: hour(3), To: hour(4)})
	if n != 1 || err != nil {
		t.Errorf("CountDaily = %d, %v", n, err)
	}
	stop := errors.New("stop")
	err = s.EachChange(t.Context(), "default", store.ChangeQuery{}, func(store.FleetChange) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("EachChange = %v, want the error of the function", err)
	}
}

// TestManyChanges checks that EachChange returns more changes than it reads at once, each of them once, also if many
// have the same time.
func TestManyChanges(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	var events []store.PBXEvent
	for i := range 1201 {
		at := clock.Now().Add(-time.Duration(i/600) * time.Minute)
		events = append(events, store.PBXEvent{
			CloudPBXID: int64(i), Kind: store.PBXChanged, Field: "name", New: fmt.Sprint(i), After: at, At: at,
		})
	}
	must(t, s.Put(t.Context(), store.Changes{Account: "default", Events: events}))
	seen := map[string]bool{}
	last := clock.Now()
	must(t, s.EachChange(t.Context(), "default", store.ChangeQuery{}, func(c store.FleetChange) error {
		if seen[c.New] || c.At.After(last) {
			t.Errorf("change %s comes twice or too late", c.New)
		}
		seen[c.New], last = true, c.At
		return nil
	}))
	if len(seen) != len(events) {
		t.Errorf("%d changes, want %d", len(seen), len(events))
	}
}

// TestChangeViews checks that saved views of changes are kept apart from those of the list.
func TestChangeViews(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.New(t, clock.Now)
	by := store.Actor{ID: 3}
	for _, kind := range []store.SavedKind{store.ChangeViews, store.ListViews} {
		_, err := s.PutSaved(t.Context(), by, kind, store.Saved{OwnerID: 3, Name: "Mine", Query: string(kind)})
		must(t, err)
	}
	saved, err := s.Saved(t.Context(), store.ChangeViews, 3)
	must(t, err)
	if len(saved) != 1 || saved[0].Query != "change_views" {
		t.Errorf("saved = %v", saved)
	}
	must(t, s.DeleteSaved(t.Context(), by, store.ChangeViews, saved[0].ID))
	events, err := s.AuditEvents(t.Context(), 1, 9, store.AuditQuery{})
	must(t, err)
	var actions []string
	for _, e := range events.Events {
		actions = append(actions, e.Action)
	}
	if want := []string{"view.delete", "view.save", "view.save"}; !slices.Equal(actions, want) {
		t.Errorf("actions = %v, want %v", actions, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
