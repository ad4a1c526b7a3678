package ycmtest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestOfficeHours checks that the load is lower at night, at lunch, in the evening and on weekends than during office
// hours, and that it is always above 0 and at most 1.
func TestOfficeHours(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) float64 {
		return busyAt(officeDay.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour))
	}
	for _, tt := range []struct {
		name       string
		less, more float64
	}{
		{"night and morning", at(0, 3), at(0, 10)},
		{"lunch and morning", at(0, 13), at(0, 10)},
		{"lunch and afternoon", at(0, 13), at(0, 15)},
		{"evening and afternoon", at(0, 20), at(0, 16)},
		{"Saturday and Friday", at(4, 10), at(3, 10)},
		{"Sunday and Monday", at(5, 10), at(6, 10)},
	} {
		if tt.less >= tt.more {
			t.Errorf("%s: %.2f and %.2f, want the first to be lower", tt.name, tt.less, tt.more)
		}
	}
	for hour := range 24 * 7 {
		if load := at(hour/24, hour%24); load <= 0 || load > 1 {
			t.Errorf("load at hour %d of the week = %v, want a fraction", hour, load)
		}
	}
}

// TestCallsOfAPBX checks that calls depend on the region's hours, never exceed the capacity, and are rare on a PBX
// without used extensions. It also checks offsetOf.
func TestCallsOfAPBX(t *testing.T) {
	t.Parallel()
	morning := officeDay.Add(9 * time.Hour) // 10:00 in Frankfurt, 17:00 in Singapore
	sum := func(region string, used, capacity any) (calls, most int64) {
		record := map[string]any{"region": region, "usedExtensions": used, "concurrentCallCapacity": capacity}
		for id := range int64(200) {
			n := callsAt(&pbx{id: id + 1}, record, morning)
			calls, most = calls+n, max(most, n)
		}
		return calls, most
	}
	frankfurt, _ := sum("Europe(Frankfurt)", "100", int64(50))
	singapore, _ := sum("Asia Pacific(Singapore)", "100", int64(50))
	if singapore >= frankfurt || singapore == 0 {
		t.Errorf("calls = %d in Frankfurt and %d in Singapore, want more where it is morning", frankfurt, singapore)
	}
	if _, most := sum("Europe(Frankfurt)", "500", int64(3)); most > 3 {
		t.Errorf("%d calls on a PBX for 3", most)
	}
	for _, used := range []any{"0", "n/a", "", nil} {
		if calls, most := sum("Europe(Frankfurt)", used, int64(50)); most > 1 || calls > 40 {
			t.Errorf("%d calls on 200 PBXs with %v used extensions, want almost none", calls, used)
		}
	}
	for region, want := range map[string]time.Duration{
		"Europe(Frankfurt)": time.Hour, "China(GuangDong)": 8 * time.Hour, "Europe(London)": 0, "Mars": 0,
	} {
		if got := offsetOf(map[string]any{"region": region}); got != want {
			t.Errorf("offset of %s = %v, want %v", region, got, want)
		}
	}
}

// TestDatesOfTheFleet checks workday, yearlyEnd, usage and backupDay.
func TestDatesOfTheFleet(t *testing.T) {
	t.Parallel()
	for n := range 14 {
		at := officeDay.AddDate(0, 0, n).Add(9 * time.Hour)
		got := workday(at)
		if wd := got.Weekday(); wd == time.Saturday || wd == time.Sunday || got.After(at) || at.Sub(got) > 48*time.Hour {
			t.Errorf("workday(%v) = %v", at, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		start := officeDay.AddDate(0, 0, -rapid.IntRange(0, 4000).Draw(t, "age"))
		from := officeDay.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "from"))
		end := yearlyEnd(start, from)
		if end.Before(from) || !end.After(start) || end.AddDate(-1, 0, -1).After(from) && end.AddDate(-1, 0, 0).After(start) {
			t.Fatalf("yearlyEnd(%v, %v) = %v, want the first anniversary from then on", start, from, end)
		}
	})
	r := rand.New(rand.NewPCG(1, 1))
	for range 1000 {
		young, old := usage(r, 3), usage(r, 400)
		if young < 0 || young > 0.3 || old < 0.25 || old > 1 {
			t.Fatalf("usage = %v of a new PBX and %v of an old one", young, old)
		}
	}
	for now, want := range map[time.Duration]time.Time{
		5 * time.Hour: officeDay.AddDate(0, 0, -1), 6 * time.Hour: officeDay, 23 * time.Hour: officeDay,
	} {
		y, _ := lively(t, 0, officeDay.Add(now))
		if got := y.backupDay(); !got.Equal(want) {
			t.Errorf("day of the last backups at %v = %v, want %v", now, got, want)
		}
	}
}

// TestRandomNumbers checks that mix is a function of both its arguments, that draw's numbers are evenly distributed,
// and that weighted follows its weights. It also checks roundUp.
func TestRandomNumbers(t *testing.T) {
	t.Parallel()
	if one, again := mix(1, 2), mix(1, 2); one != again || mix(1, 2) == mix(2, 1) || mix(1, 2) == mix(1, 3) {
		t.Error("mix isn't a function of both numbers")
	}
	counts := make([]int, 7)
	for n := range int64(7000) {
		counts[draw(mix(5, n), 7)]++
	}
	for i, n := range counts {
		if n < 700 || n > 1300 {
			t.Errorf("%d of 7,000 draws are %d, want about 1,000", n, i)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	weights := make([]int, 3)
	for range 3000 {
		weights[weighted(r, 1, 0, 9)]++
	}
	if weights[1] != 0 || weights[0] < 200 || weights[0] > 400 {
		t.Errorf("choices by the weights 1, 0 and 9 = %v", weights)
	}
	if got := roundUp(1001, 500); got != 1500 {
		t.Errorf("roundUp = %d, want 1500", got)
	}
}

// TestNamesAreUnique checks that names and hosts stay unique in a fleet with more PBXs than there are names.
func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	y, _ := lively(t, 0, officeDay)
	hosts, seen := map[string]int{}, map[string]bool{}
	for range 3000 {
		name, host := y.newName(hosts, "Clinic")
		if seen[host] || seen[name] || strings.Contains(host, " ") ||
			!strings.HasPrefix(strings.ToLower(name), strings.Split(host, "-")[0]) {
			t.Fatalf("name %q with the host %q", name, host)
		}
		seen[host], seen[name] = true, true
	}
}

// TestHistoryIsConsistent checks that the invented history is always the same, and that it has one subscription per day
// with sums that match, samples from the past year, and past events whose new value is the PBX's current one.
func TestHistoryIsConsistent(t *testing.T) {
	t.Parallel()
	y, _ := lively(t, 120, officeDay.Add(10*time.Hour))
	p, again := y.Past(), y.Past()
	if fmt.Sprint(p) != fmt.Sprint(again) {
		t.Error("the history differs the second time")
	}
	if len(p.Packages) != 365 || !p.Packages[364].At.Before(officeDay) ||
		p.Packages[0].At.After(officeDay.AddDate(0, 0, -364)) {
		t.Errorf("%d packages from %v to %v", len(p.Packages), p.Packages[0].At, p.Packages[len(p.Packages)-1].At)
	}
	for i, pack := range p.Packages {
		var s struct {
			Capacity map[string]map[string]int64
		}
		if err := json.Unmarshal(pack.Subscription, &s); err != nil {
			t.Fatal(err)
		}
		total, used, available := s.Capacity["total"], s.Capacity["used"], s.Capacity["available"]
		for name, n := range total {
			if n != used[name]+available[name] || available[name] < 0 {
				t.Fatalf("day %d: %s: %d isn't %d and %d", i, name, n, used[name], available[name])
			}
		}
	}
	ids := y.IDs()
	seen := map[int64]PastPBX{}
	for _, one := range p.PBXs {
		seen[one.CloudPBXID] = one
		created := time.Unix(y.find(one.CloudPBXID).created, 0)
		if one.SeenAt.After(officeDay.Add(10*time.Hour)) || one.IsOld != one.SeenAt.After(created.Add(time.Hour)) ||
			string(one.Record) != string(y.find(one.CloudPBXID).record) {
			t.Fatalf("PBX %d, created at %v: first seen at %v, old: %v", one.CloudPBXID, created, one.SeenAt, one.IsOld)
		}
	}
	if len(seen) != len(ids) {
		t.Errorf("the history has %d PBXs, want all %d", len(seen), len(ids))
	}
	for _, s := range p.Samples {
		if !slices.Contains(ids, s.CloudPBXID) || s.Max < 0 || !s.Day.Before(officeDay) ||
			s.Day.Before(officeDay.AddDate(-1, 0, -1)) {
			t.Fatalf("sample %+v", s)
		}
	}
	for _, e := range p.Events {
		if e.At.After(officeDay.Add(10*time.Hour)) || e.Old == e.New || e.At.Before(seen[e.CloudPBXID].SeenAt) {
			t.Fatalf("event %+v", e)
		}
		if now := fmt.Sprint(y.Record(e.CloudPBXID)[e.Field]); e.New != now {
			t.Fatalf("event %+v, want the current value %s at its end", e, now)
		}
	}
	empty, _ := lively(t, 0, officeDay)
	if p := empty.Past(); len(p.Samples)+len(p.Events) != 0 || len(p.Packages) != 365 {
		t.Errorf("history of an empty fleet = %d samples, %d events", len(p.Samples), len(p.Events))
	}
}

// TestLivelyLimits checks that a PBX beyond the first livelyPBXs doesn't change, and that a stopped PBX has neither
// calls nor new backups.
func TestLivelyLimits(t *testing.T) {
	t.Parallel()
	y, now := lively(t, livelyPBXs+3, officeDay)
	last := y.IDs()[livelyPBXs]
	before := jsonOf(y.Record(last))
	first := y.IDs()[0]
	y.Edit(first, func(r map[string]any) { r["pbxStatus"], r["lastBackupTime"] = "Stopped", int64(7) })
	*now = officeDay.AddDate(0, 0, 3).Add(10 * time.Hour)
	if after := jsonOf(y.Record(last)); after != before {
		t.Errorf("a PBX beyond the limit changed from %s to %s", before, after)
	}
	if r := y.Record(first); r["activeCalls"] != "0" || r["lastBackupTime"] != int64(7) || r["pbxStatus"] != "Stopped" {
		t.Errorf("a stopped PBX has %v calls and a backup at %v", r["activeCalls"], r["lastBackupTime"])
	}
}
