package customers

import (
	"testing"
	"time"

	"cordboard/fleet"
)

// TestSuggest checks which corrections a search for customers gets.
func TestSuggest(t *testing.T) {
	t.Parallel()
	b := newBook([]*fleet.Customer{{
		ID: 1, GoneAt: fleet.Absent,
		Members: map[string]string{fleet.Company: "Fernbridge Logistics", fleet.Email: "priya@example.com"},
	}}, fleet.NewSnapshot(1, nil, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} }))
	for search, want := range map[string]string{
		"fernbrige":           "fernbridge",
		"Fernbrige logistcs":  "fernbridge logistics",
		"fernbri logistcs":    "fernbridge logistics",
		"pryia@example.com":   "priya@example.com",
		"logistics":           "",
		"quite something new": "",
		"ab":                  "",
		"":                    "",
	} {
		if got := b.Suggest(search); got != want {
			t.Errorf("%q: %q, want %q", search, got, want)
		}
	}
}

// TestSearchByPhone checks that a phone number is found however it is written.
func TestSearchByPhone(t *testing.T) {
	t.Parallel()
	b := newBook([]*fleet.Customer{{
		ID: 1, GoneAt: fleet.Absent, Members: map[string]string{"mobileNumber": "+49 (30) 123-45 04", "city": "12345 Town"},
	}}, fleet.NewSnapshot(1, nil, fleet.DefaultThresholds, func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} }))
	for search, want := range map[string]int{
		"+49 30 1234504": 1, "030/1234504": 1, "0049301234504": 1, "123 45 04": 1, "+49 (30) 123-45": 1,
		"1234505": 0, "0301234504 town": 0, "(30)": 1, "12345": 1,
	} {
		found, _ := b.Search(Query{Search: search}, nil, time.Time{}, time.UTC)
		if len(found) != want {
			t.Errorf("%q finds %d customers, want %d", search, len(found), want)
		}
	}
}
