package ycmtest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cordboard/ycm"
)

// TestPastEndsInThePresent checks that used and available extensions add up to the total on each day of the past year
// and today, and that the number of used extensions grows and never shrinks. It also checks that all events and
// samples are in the past and belong to a PBX in the fleet.
func TestPastEndsInThePresent(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	y := New(Config{Seed: 1, PBXs: 200, Now: func() time.Time { return now }})
	p := y.Past()
	if len(p.Packages) != 365 || len(p.Samples) == 0 || len(p.Events) < 5 {
		t.Fatalf(
			"Past = %d days, %d samples, %d events, want 365, some, at least 5",
			len(p.Packages),
			len(p.Samples),
			len(p.Events),
		)
	}
	read := func(body json.RawMessage) (s ycm.Subscription) {
		if err := json.Unmarshal(body, &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	today, _ := y.getSubscription(nil)
	body, err := json.Marshal(today)
	if err != nil {
		t.Fatal(err)
	}
	before := int64(0)
	for i, d := range append(p.Packages, PastPackage{now, body}) {
		c := read(d.Subscription).Capacity
		used, total := c.Used.ExtensionCapacity.N, c.Total.ExtensionCapacity.N
		if used+c.Available.ExtensionCapacity.N != total || c.Available.ExtensionCapacity.N < 0 || used < before {
			t.Errorf(
				"day %d: %d used and %d available of %d, after %d used, want matching sums and no decrease",
				i,
				used,
				c.Available.ExtensionCapacity.N,
				total,
				before,
			)
		}
		before = used
	}
	if first := read(p.Packages[0].Subscription).Capacity.Used.ExtensionCapacity.N; first >= before*95/100 {
		t.Errorf("used extensions grew from %d to %d, want growth of more than 5%%", first, before)
	}
	ids := map[int64]bool{}
	for _, id := range y.IDs() {
		ids[id] = true
	}
	for i, e := range p.Events {
		if !ids[e.CloudPBXID] || !e.At.Before(now) || e.Old == e.New ||
			i > 0 && e.At.Before(p.Events[i-1].At.AddDate(0, 0, -1)) {
			t.Errorf("event = %+v, want a change of a known PBX in the past, in order", e)
		}
	}
	for _, s := range p.Samples {
		if !ids[s.CloudPBXID] || !s.Day.Before(now.Truncate(24*time.Hour)) || s.Max < 0 {
			t.Errorf("sample = %+v, want a value of a known PBX on a past day", s)
		}
	}
}

// TestFirmwareComesInWaves checks that firmware upgrades reach many PBXs in one night, in each part of the year.
func TestFirmwareComesInWaves(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	y := New(Config{Seed: 1, PBXs: 480, Now: func() time.Time { return now }})
	nights := map[time.Time]map[int64]bool{}
	for _, e := range y.Past().Events {
		if e.Field != "version" || now.Sub(e.At) < 24*time.Hour {
			continue
		}
		night := e.At.Truncate(24 * time.Hour)
		if hour := e.At.Sub(night); hour < 2*time.Hour || hour > 2*time.Hour+5*time.Minute {
			t.Errorf("PBX %d got its firmware at %s, want the pass at 2 AM", e.CloudPBXID, e.At)
		}
		if nights[night] == nil {
			nights[night] = map[int64]bool{}
		}
		nights[night][e.CloudPBXID] = true
	}
	if len(nights) != waves {
		t.Errorf("firmware upgrades in %d nights, want %d", len(nights), waves)
	}
	for night, upgraded := range nights {
		if ago := now.Sub(night).Hours() / 24; len(upgraded) < 10 && ago < 200 {
			t.Errorf("%d PBXs upgraded on %s, want at least 10", len(upgraded), night)
		}
	}
}

// TestAFleetOfAnotherDay checks that a fleet with Since has the same records on a later day, except for backup times.
func TestAFleetOfAnotherDay(t *testing.T) {
	t.Parallel()
	at := func(now, since time.Time) string {
		y := New(Config{Seed: 1, PBXs: 20, Now: func() time.Time { return now }, Since: since})
		var all []string
		for _, r := range y.Records() {
			record := decode(r.JSON)
			delete(record, "lastBackupTime")
			body, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(body))
		}
		return strings.Join(all, "\n")
	}
	first := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	if at(first, time.Time{}) != at(first.AddDate(0, 0, 9), first) {
		t.Error("fleet of the first day differs nine days later")
	}
}
