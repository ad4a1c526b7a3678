package mirror

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// timeline returns a short form of a PBX's timeline, oldest first.
func (b *harness) timeline(id int64) []string {
	b.t.Helper()
	events, err := b.mirror.Timeline(b.t.Context(), 0, 1000, id)
	if err != nil {
		b.t.Fatal(err)
	}
	short := []string{}
	for _, e := range slices.Backward(events) {
		text := string(e.Kind)
		if e.Kind == store.PBXChanged {
			text = fmt.Sprintf("%s %s→%s", e.Field, e.Old, e.New)
		}
		short = append(short, fmt.Sprintf("%s %s–%s", text, e.After.Format("15:04"), e.At.Format("15:04")))
	}
	return short
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 60, Plain: true})
	id := b.ycm.IDs()[7]
	pass := func() {
		t.Helper()
		b.clock.Add(10 * time.Minute)
		b.sync()
	}
	edit := func(field string, value any) { b.ycm.Edit(id, func(r map[string]any) { r[field] = value }) }
	edit("name", "Before")
	edit("group", nil)
	pass() // 12:10
	pass() // 12:20: no change
	edit("name", "After")
	edit("activeCalls", 3)
	pass() // 12:30
	edit("group", "Care")
	edit("extensionCapacity", "77")
	pass() // 12:40
	record := b.ycm.Record(id)
	b.ycm.Delete(id)
	pass() // 12:50
	b.start()
	record["name"] = "Back"
	b.ycm.Add(record)
	pass() // 13:00
	added := b.ycm.Add(map[string]any{"cloudPbxId": 990001, "name": "New"})
	pass() // 13:10
	got := b.timeline(id)
	want := []string{
		"name Before→After 12:20–12:30",
		"group →Care 12:30–12:40",
		"extensionCapacity " + old(got, 2) + "→77 12:30–12:40",
		"gone 12:40–12:50",
		"returned 12:50–13:00",
		"name After→Back 12:50–13:00",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline: %s", diff)
	}
	if diff := cmp.Diff([]string{"appeared 13:00–13:10"}, b.timeline(added)); diff != "" {
		t.Errorf("timeline of the new one: %s", diff)
	}
	if got := b.timeline(b.ycm.IDs()[0]); len(got) > 0 {
		t.Errorf("timeline of one that never changed: %q", got)
	}
}

// old returns the old value in got[i], which depends on the fake YCM's random fleet.
func old(got []string, i int) string {
	if i >= len(got) {
		return "?"
	}
	var was string
	_, _ = fmt.Sscanf(got[i], "extensionCapacity %s", &was)
	before, _, _ := cutArrow(was)
	return before
}

func cutArrow(s string) (before, after string, ok bool) {
	for i := range s {
		if s[i:min(i+len("→"), len(s))] == "→" {
			return s[:i], s[i+len("→"):], true
		}
	}
	return s, "", false
}

// TestPassesWithoutChangeAddNothing checks that many passes without a change write no records, events or samples, and
// publish no new snapshot.
func TestPassesWithoutChangeAddNothing(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	y := &restless{ids: []int64{10, 20, 30}, next: 4}
	f, err := New(t.Context(), Config{YCM: y, Store: b.store, Now: b.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	passes := 10_000
	if testing.Short() {
		passes = 100
	}
	snapshot := f.Snapshot()
	for range passes {
		b.clock.Add(time.Minute)
		p, err := f.Sync(t.Context())
		if err != nil || p.Written+p.Gone > 0 {
			t.Fatalf("pass = %+v, %v", p, err)
		}
	}
	if f.Snapshot() != snapshot {
		t.Error("a new snapshot was made")
	}
	for _, id := range y.ids {
		events, err := f.Timeline(t.Context(), 0, 10, id)
		if err != nil || len(events) > 0 {
			t.Errorf("PBX %d: %d events, %v", id, len(events), err)
		}
		for _, scale := range []string{store.Hour, store.Day} {
			if samples, err := b.store.Samples(t.Context(), f.c.Account, id, scale); err != nil || len(samples) > 0 {
				t.Errorf("PBX %d: %d samples, %v", id, len(samples), err)
			}
		}
	}
}

func TestSamples(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 1, Plain: true})
	id := b.ycm.IDs()[0]
	see := func(at string, calls any) {
		t.Helper()
		clock, err := time.Parse("2 15:04", at)
		if err != nil {
			t.Fatal(err)
		}
		b.clock.Set(time.Date(2026, 3, clock.Day(), clock.Hour(), clock.Minute(), 0, 0, time.UTC))
		b.ycm.Edit(id, func(r map[string]any) { r["activeCalls"] = calls })
		b.sync()
	}
	series := func(scale string) []int64 {
		t.Helper()
		all, err := b.mirror.Series(t.Context(), id, scale, b.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range all {
			if s.Counter == fleet.FieldActiveCalls {
				return s.Values
			}
		}
		return nil
	}
	see("17 12:00", 2)
	see("17 12:20", 9)
	see("17 12:40", 1)
	see("17 13:05", 1) // a new hour begins with the last value, not with the peak
	see("17 13:30", 4)
	see("17 14:01", 4)
	b.start()          // the next pass loads the stored samples
	see("17 14:30", 3) // not a peak
	see("17 16:10", 0) // no reading between 15:00 and 16:00
	see("17 17:00", nil)
	see("17 18:00", 5)
	const no = fleet.Absent
	if diff := cmp.Diff([]int64{9, 4, 4, no, 0, no, 5}, series(store.Hour)); diff != "" {
		t.Errorf("by hour: %s", diff)
	}
	see("19 08:00", 5)
	if diff := cmp.Diff([]int64{9, no, 5}, series(store.Day)); diff != "" {
		t.Errorf("by day: %s", diff)
	}
	see("30 20:00", 5)
	hours := func() int {
		kept, err := b.store.Samples(t.Context(), b.mirror.c.Account, id, store.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return len(kept)
	}
	if before := hours(); before < 5 {
		t.Errorf("%d samples are kept after the clock jumped 11 days ahead, want all", before)
	}
	// One day later, the clock is trusted again: samples that are older than 14 days are deleted, but the current value
	// remains.
	see("31 20:00", 5)
	if got := series(store.Hour); len(got) != 14*24+1 || got[len(got)-1] != 5 || got[0] != no {
		t.Errorf("%d hours, from %d to %d", len(got), got[0], got[len(got)-1])
	}
	kept, err := b.store.Samples(t.Context(), b.mirror.c.Account, id, store.Hour)
	if err != nil {
		t.Fatal(err)
	}
	old := 0
	for _, s := range kept {
		if s.Counter == fleet.FieldActiveCalls.Name() && s.Start.Before(b.clock.Now().Add(-14*24*time.Hour)) {
			old++
		}
	}
	if old != 1 {
		t.Errorf("%d samples older than 14 days are kept, want the newest of them", old)
	}
	if got := b.timeline(id); len(got) > 0 {
		t.Errorf("counters are in the timeline: %q", got)
	}
}

// TestOneChangeIsOneEntry checks that each change of a field between passes adds one entry with the old and new values,
// and that counters and unknown fields add none.
func TestOneChangeIsOneEntry(t *testing.T) {
	t.Parallel()
	st := storetest.New(t, func() time.Time { return noon })
	account := 0
	rapid.Check(t, func(t *rapid.T) {
		account++
		y := &editable{}
		f, err := New(
			t.Context(),
			Config{Account: fmt.Sprint(account), YCM: y, Store: st, Now: func() time.Time { return noon }},
		)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string][]any{
			"name": {
				"A",
				"B",
				"",
			},
			"group":             {"x", nil},
			"version":           {"1", "2"},
			"extensionCapacity": {1, 2, "3", nil},
			"expirationDate":    {1700000000, nil},
			"activeCalls":       {1, 2, 3},
			"usedExtensions":    {1, 2},
			"usedTranscription": {1, 2},
			"notOfOurs":         {1, 2},
		}
		record := map[string]any{"cloudPbxId": 7}
		var want []string
		for pass := range rapid.IntRange(1, 6).Draw(t, "passes") {
			for _, field := range slices.Sorted(maps.Keys(values)) {
				choices := values[field]
				is := choices[rapid.IntRange(0, len(choices)-1).Draw(t, field)]
				was := record[field]
				record[field] = is
				if f, ours := fleet.FieldByName(field); pass > 0 && ours && !slices.Contains(Counters[:], f) &&
					text(was) != text(is) {
					want = append(want, fmt.Sprintf("%d %s %s→%s", pass, field, text(was), text(is)))
				}
			}
			y.set(record)
			if _, err := f.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		events, err := f.Timeline(t.Context(), 0, 1000, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) != len(want) {
			t.Fatalf("%d entries, want %d: %v, %q", len(events), len(want), events, want)
		}
		for _, w := range want {
			_, w, _ = strings.Cut(w, " ")
			if !slices.ContainsFunc(
				events,
				func(e store.PBXEvent) bool { return fmt.Sprintf("%s %s→%s", e.Field, e.Old, e.New) == w },
			) {
				t.Fatalf("no entry for %s", w)
			}
		}
	})
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// editable is a fake YCM with one PBX. Tests can set the PBX's record.
type editable struct {
	restless
	raw []byte
}

func (y *editable) set(record map[string]any) {
	y.raw, _ = json.Marshal(record) // plain values can always be encoded
}

func (y *editable) ListCloudPBXs(context.Context, ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error) {
	var p ycm.CloudPBX
	err := json.Unmarshal(y.raw, &p)
	return ycm.Page[ycm.CloudPBX]{Total: 1, List: []ycm.CloudPBX{p}}, err
}
