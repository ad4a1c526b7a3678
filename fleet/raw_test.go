package fleet

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/opt"
)

// TestRaw checks the raw values of fields in each state, and that AsGone returns a copy.
func TestRaw(t *testing.T) {
	t.Parallel()
	p := pbxOf(7, map[Field]string{FieldName: "Acme"}, map[Field]opt.Int{
		FieldExtensionCapacity:  opt.New(50),
		FieldUsedExtensions:     {State: opt.Malformed, Raw: "n/a"},
		FieldExpirationDate:     {State: opt.Never, Raw: "0"},
		FieldPlanExpirationDate: opt.New(-5),
	})
	for field, want := range map[Field]string{
		FieldID: "7", FieldName: "Acme", FieldGroup: "", FieldExtensionCapacity: "50", FieldUsedExtensions: "n/a",
		FieldExpirationDate: "0", FieldPlanExpirationDate: "-5", FieldActiveCalls: "",
	} {
		if got := p.Raw(field); got != want {
			t.Errorf("Raw(%s) = %q, want %q", field.Name(), got, want)
		}
	}
	gone := p.AsGone(99)
	if !gone.IsGone() || gone.GoneAt != 99 || p.IsGone() || gone.Raw(FieldName) != "Acme" {
		t.Errorf("AsGone = %+v of %+v, want a copy", gone, p)
	}
}

// TestEndOfEveryDay checks that the end of a day is its last second, even in zones whose clocks change in unusual ways.
func TestEndOfEveryDay(t *testing.T) {
	t.Parallel()
	var zones []*time.Location
	for _, name := range []string{
		"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Pacific/Apia",
		"Australia/Lord_Howe", "Asia/Kathmandu",
	} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		day := rapid.Int64Range(9000, 22000).Draw(t, "day") // 1994 to 2030
		date := time.Unix(day*86400, 0).UTC()
		if Day(DayStart(day, zone)+12*3600, zone) != day {
			return // Apia skipped December 30, 2011
		}
		end := EndOfDay(date, zone)
		if Day(end, zone) != day || Day(end+1, zone) == day {
			t.Fatalf("end of %s in %v = %v", DayDate(day), zone, time.Unix(end, 0).In(zone))
		}
	})
}

// TestMeasuresOfASnapshot checks that a snapshot keeps the measures of its own PBXs.
func TestMeasuresOfASnapshot(t *testing.T) {
	t.Parallel()
	measure := func(all []*PBX) Measures {
		m := Measures{States: make([]uint16, len(all))}
		for i := range all {
			m.States[i] = SizeBit(Calls, SizeFull)
		}
		return m
	}
	s := NewSnapshot(1, []*PBX{pbxOf(1, nil, nil), pbxOf(2, nil, nil)}, Thresholds{}, measure)
	if m := s.Measures(); len(m.States) != 2 || m.States[1] != SizeBit(Calls, SizeFull) || !m.Equal(s.Measures()) {
		t.Errorf("Measures = %+v", m)
	}
	other := NewSnapshot(2, []*PBX{pbxOf(1, nil, nil)}, Thresholds{}, measure)
	if s.Measures().Equal(other.Measures()) {
		t.Error("measures of another fleet count as equal")
	}
}
