package list

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/fleet"
)

// dayOf returns the number of days from 1970 to a date.
func dayOf(t *testing.T, date string) int64 {
	t.Helper()
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return at.Unix() / 86400
}

const (
	lowest  = math.MinInt64 + 1
	highest = math.MaxInt64
)

// TestRangesOfNumbers checks how numbers and ranges of numbers may be written.
func TestRangesOfNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		from, to int64
		problem  ProblemCode
		bad      bool // not a valid range
	}{
		{"50", 50, 50, "", false},
		{" 50 ", 50, 50, "", false},
		{"-5", -5, -5, "", false},
		{"50..200", 50, 200, "", false},
		{"50..", 50, highest, "", false},
		{"..200", lowest, 200, "", false},
		{">50", 51, highest, "", false},
		{">=50", 50, highest, "", false},
		{"<50", lowest, 49, "", false},
		{"<=50", lowest, 50, "", false},
		{"50-200", 50, 200, "", false},
		{"50 - 200", 50, 200, "", false},
		{"100+", 100, highest, "", false},
		{"1,000..2 000", 1000, 2000, "", false},
		{"1,000,000", 1000000, 1000000, "", false},
		{"1,00", 0, 0, "", true},
		{"200..50", 50, 200, Reversed, false},
		{"200-50", 50, 200, Reversed, false},
		{"..", 0, 0, EmptyRange, true},
		{"x..5", 0, 0, BadStart, true},
		{"5..x", 0, 0, BadEnd, true},
		{"5..6..7", 0, 0, BadEnd, true},
		{">x", 0, 0, BadValue, true},
		{">", 0, 0, BadValue, true},
		{"many", 0, 0, "", true},
		{"", 0, 0, "", true},
		{"+", 0, 0, "", true},
		{"5.5", 0, 0, "", true},
		{"1e3", 0, 0, "", true},
		{"2026-01-31", 0, 0, BadEnd, true}, // a date, where a number is needed
		{"99999999999999999999", 0, 0, "", true},
		{">9223372036854775807", 0, 0, BadValue, true},
		{"<-9223372036854775807", 0, 0, BadValue, true},
	} {
		s, ok, problem := parseSpan(fleet.NumberField, tt.text)
		if ok == tt.bad || problem.Code != tt.problem || ok && (s.from != tt.from || s.to != tt.to || s.fromDay || s.toDay) {
			t.Errorf("parseSpan(%q) = %+v, %t, %q, want %d to %d, %q", tt.text, s, ok, problem.Code, tt.from, tt.to, tt.problem)
		}
	}
}

// TestRangesOfDates checks how days, months, years and ranges of them may be written.
func TestRangesOfDates(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, from, to string // "" if open
		problem        ProblemCode
	}{
		{"2026-01-31", "2026-01-31", "2026-01-31", ""},
		{"2026/01/31", "2026-01-31", "2026-01-31", ""},
		{"20260131", "2026-01-31", "2026-01-31", ""},
		{"2026-1-3", "2026-01-03", "2026-01-03", ""},
		{"2024-02", "2024-02-01", "2024-02-29", ""},
		{"2026/12", "2026-12-01", "2026-12-31", ""},
		{"2026", "2026-01-01", "2026-12-31", ""},
		{"2026-01-31..2026-02-02", "2026-01-31", "2026-02-02", ""},
		{"2026-01..2026-02", "2026-01-01", "2026-02-28", ""},
		{"2025..", "2025-01-01", "", ""},
		{"..2025", "", "2025-12-31", ""},
		{">2026-01", "2026-02-01", "", ""},
		{">=2026-01", "2026-01-01", "", ""},
		{"<2026-01", "", "2025-12-31", ""},
		{"<=2026-01", "", "2026-01-31", ""},
		{"2026-01-01 - 2026-01-31", "2026-01-01", "2026-01-31", ""},
		{"2026-01-31..2026-01-01", "2026-01-01", "2026-01-31", Reversed},
		{"2026-02..2026-01", "2026-01-01", "2026-02-28", Reversed},
	} {
		s, ok, problem := parseSpan(fleet.TimeField, tt.text)
		want := span{from: lowest, to: highest}
		if tt.from != "" {
			want.from, want.fromDay = dayOf(t, tt.from), true
		}
		if tt.to != "" {
			want.to, want.toDay = dayOf(t, tt.to), true
		}
		if !ok || s != want || problem.Code != tt.problem {
			t.Errorf("parseSpan(%q) = %s, %t, %q, want %s, %q", tt.text, s, ok, problem.Code, want, tt.problem)
		}
	}
	for _, text := range []string{"2026-02-30", "2026-13", "31.01.2026", "soon", "7", "202606", "2026-01-01T00:00"} {
		if s, ok, _ := parseSpan(fleet.TimeField, text); ok {
			t.Errorf("parseSpan(%q) = %s, want no range", text, s)
		}
	}
	if s, ok, _ := parseSpan(fleet.TimeField, "1767225600"); !ok || s.fromDay || s.from != 1767225600 {
		t.Errorf("parseSpan of Unix seconds = %+v, %t", s, ok)
	}
}

// TestRangesKeepTheirAddress checks that a range written to a URL is read back as the same range.
func TestRangesKeepTheirAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := span{from: lowest, to: highest}
		kind := rapid.SampledFrom([]fleet.Kind{fleet.NumberField, fleet.TimeField}).Draw(t, "kind")
		bound := func(label string) (int64, bool) {
			if kind == fleet.TimeField {
				return rapid.Int64Range(0, 60_000).Draw(t, label), true // days, up to the year 2134
			}
			return rapid.Int64Range(-1000, 1_000_000).Draw(t, label), false
		}
		open := rapid.IntRange(0, 2).Draw(t, "open") // 0: neither end, 1: the start, 2: the end
		if open != 1 {
			want.from, want.fromDay = bound("from")
		}
		if open != 2 {
			want.to, want.toDay = bound("to")
		}
		if open == 0 && want.from > want.to {
			want.from, want.to = want.to, want.from
		}
		if got, ok, problem := parseSpan(kind, want.String()); !ok || !problem.IsZero() || got != want {
			t.Fatalf("parseSpan(%q) = %+v, %t, %+v, want %+v", want.String(), got, ok, problem, want)
		}
	})
}

// TestHoldsInAZone checks that holdsAt, which computes the zone's day only if necessary, agrees with holds for that
// day.
func TestHoldsInAZone(t *testing.T) {
	t.Parallel()
	var zones []*time.Location
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(-200_000, 2_000_000_000).Draw(t, "at")
		about := fleet.FloorDiv(at, 86400)
		s := span{
			from: lowest, to: highest,
			fromDay: rapid.Bool().Draw(t, "from a day"), toDay: rapid.Bool().Draw(t, "to a day"),
		}
		near := func(day bool, label string) int64 {
			if day {
				return about + rapid.Int64Range(-2, 2).Draw(t, label)
			}
			return at + rapid.Int64Range(-100_000, 100_000).Draw(t, label)
		}
		s.from, s.to = near(s.fromDay, "from"), near(s.toDay, "to")
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		if got, want := s.holdsAt(at, zone), s.holds(at, fleet.Day(at, zone)); got != want {
			t.Fatalf("%+v.holdsAt(%d, %v) = %t, want %t", s, at, zone, got, want)
		}
	})
}
