package fleet

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestDay checks the calendar day of an instant in zones on both sides of UTC and around clock changes.
func TestDay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ at, zone, want string }{
		{"2026-03-17T23:59:59Z", "UTC", "2026-03-17"},
		{"2026-03-18T00:00:00Z", "UTC", "2026-03-18"},
		{"2026-03-17T23:30:00Z", "Europe/Berlin", "2026-03-18"},
		{"2026-03-17T05:00:00Z", "America/Los_Angeles", "2026-03-16"},
		{"2026-03-29T00:59:59Z", "Europe/Berlin", "2026-03-29"},
		{"2026-03-29T22:00:00Z", "Europe/Berlin", "2026-03-30"},
		{"2026-03-17T12:00:00Z", "Pacific/Kiritimati", "2026-03-18"},
		{"1969-12-31T23:59:59Z", "UTC", "1969-12-31"},
	} {
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayDate(Day(at.Unix(), zone(t, tt.zone))); got != tt.want {
			t.Errorf("the day of %s in %s is %s, want %s", tt.at, tt.zone, got, tt.want)
		}
	}
	if got := Day(1<<60, time.UTC); got != (1<<60)/86400 {
		t.Errorf("the day of a time that no calendar has is %d", got)
	}
	if IsDate(1<<60) || !IsDate(0) || IsDate(-1<<60) {
		t.Error("IsDate accepts what no calendar has, or refuses 1970")
	}
}

// TestEndOfDay checks, with random days and zones, that EndOfDay isn't after the day, but the next second is.
func TestEndOfDay(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC}
	for _, name := range []string{
		"Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo", "Australia/Lord_Howe",
	} {
		zones = append(zones, zone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(0, 30_000).Draw(t, "day")
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		date := time.Unix(day*86400, 0).UTC()
		end := EndOfDay(date, z)
		if Day(end, z) > day || Day(end+1, z) <= day {
			t.Fatalf("the end of %s in %s is %s", DayDate(day), z, time.Unix(end, 0).In(z))
		}
		if DayNumber(date) != day {
			t.Fatalf("DayNumber(%s) = %d, want %d", date, DayNumber(date), day)
		}
	})
}

// TestFloorDiv checks the quotient against its definition.
func TestFloorDiv(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-1e9, 1e9).Draw(t, "a"), rapid.Int64Range(1, 1e5).Draw(t, "b")
		if q := FloorDiv(a, b); q*b > a || (q+1)*b <= a {
			t.Fatalf("FloorDiv(%d, %d) = %d", a, b, q)
		}
	})
}

// TestDayStart checks that DayStart returns a day's first second in zones where clocks don't change at midnight.
func TestDayStart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu"} {
		z := zone(t, name)
		for day := int64(20_000); day < 20_400; day++ {
			if start := DayStart(day, z); Day(start, z) != day || Day(start-1, z) != day-1 {
				t.Errorf("%s starts at %s in %s", DayDate(day), time.Unix(start, 0).In(z), name)
			}
		}
	}
}
