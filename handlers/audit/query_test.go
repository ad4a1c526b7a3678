package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/store"
)

// TestSearchTerms checks how each kind of search term is parsed.
func TestSearchTerms(t *testing.T) {
	t.Parallel()
	term := func(field, value string) store.AuditTerm { return store.AuditTerm{Field: field, Value: value} }
	for search, want := range map[string][]store.AuditTerm{
		"":                           nil,
		"acme":                       {term("", "acme")},
		`"two words" third`:          {term("", "two words"), term("", "third")},
		"actor:ines":                 {term("actor", "ines")},
		`ACTOR:"Ines Okonjo"`:        {term("actor", "Ines Okonjo")},
		"-actor:ines":                {{Field: "actor", Value: "ines", Not: true}},
		"action:pbx.*":               {term("action", "pbx.*")},
		"outcome:denied":             {term("outcome", "denied")},
		`outcome:"not allowed"`:      {term("outcome", "denied")}, // the badge's label
		"outcome:requested":          {term("outcome", "asked")},
		"target:7715":                {term("target", "7715")},
		"address:203.0.113.*":        {term("address", "203.0.113.*")},
		"no:10..20":                  {term("seq", "10..20")},
		"2001:db8::1":                {term("", "2001:db8::1")}, // an address, not a qualifier
		"10:30":                      {term("", "10:30")},
		"actor：ines “two words”":     {term("actor", "ines"), term("", "two words")}, // a full-width colon and curly quotes
		"actor:ines actor:bo acme x": {term("actor", "ines"), term("actor", "bo"), term("", "acme"), term("", "x")},
	} {
		a := parseAuditSearch(search, time.UTC)
		if diff := cmp.Diff(want, a.query.Terms); diff != "" || len(a.ignored) > 0 {
			t.Errorf("%s: ignored %q (-want +got):\n%s", search, a.ignored, diff)
		}
	}
	for _, search := range []string{"actor:none", "actor:NONE", `actor:"not signed in"`} {
		if a := parseAuditSearch(search, time.UTC); len(a.query.Terms) != 1 || !a.query.Terms[0].Nobody {
			t.Errorf("%s = %+v, want the entries without an actor", search, a.query.Terms)
		}
	}
}

// TestSearchDays checks that days and ranges of days are interpreted in the given time zone.
func TestSearchDays(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := func(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, berlin) }
	for search, want := range map[string][2]time.Time{
		"2026-03-01..2026-03-17": {day(3, 1), day(3, 18)},
		"2026-03-17":             {day(3, 17), day(3, 18)},
		"2026-03-17..":           {day(3, 17), {}},
		"..2026-03-17":           {{}, day(3, 18)},
		"2026-03-29":             {day(3, 29), day(3, 30)}, // a day of 23 hours
	} {
		a := parseAuditSearch(search, berlin)
		if !a.query.From.Equal(want[0]) || !a.query.To.Equal(want[1]) || len(a.ignored) > 0 || len(a.query.Terms) > 0 {
			t.Errorf("%s = %v to %v, ignored %q, want %v to %v", search, a.query.From, a.query.To, a.ignored, want[0], want[1])
		}
	}
}

// TestSearchMistakes checks that each mistake is reported and that the rest of the search still applies.
func TestSearchMistakes(t *testing.T) {
	t.Parallel()
	for search, want := range map[string]string{
		"actor:":                  "contains nothing to search for",
		`actor:""`:                "contains nothing to search for",
		"outcome:lost":            "isn’t an outcome",
		"no:x":                    "isn’t an entry number",
		"address:203.0.113.0/24":  "You can’t search for a network",
		"-2026-03-17":             "Days can’t be excluded",
		"2026-02-30":              "isn’t a valid day",
		"2026-03-17..2026-03-01":  "ends before it begins",
		"2026-03-01 2026-03-02":   "Only one range of days can be used",
		"actr:ines":               "There is no qualifier",
		strings.Repeat("a ", 300): "Only the first",
	} {
		a := parseAuditSearch("kept "+search, time.UTC)
		if !strings.Contains(strings.Join(a.ignored, " "), want) {
			t.Errorf("%.40s: %q, want %q", search, a.ignored, want)
		}
		if len(a.query.Terms) == 0 || a.query.Terms[0].Value != "kept" {
			t.Errorf("%.40s: terms %+v, want the other word to count", search, a.query.Terms)
		}
	}
}

// TestAnySearch checks that no search causes a panic, and that a search of more than spaces, quotes and hyphens either
// has an effect or is reported as ignored.
func TestAnySearch(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		"actor", "outcome", "no", "address", "target", ":", "-", " ", `"`, "2026-03-17", "..", "none", "done", "12",
		"/", "é", "*",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 0, 20).Draw(t, "pieces"), "")
		a := parseAuditSearch(text, time.UTC)
		used := len(a.query.Terms) + len(a.ignored)
		if !a.query.From.IsZero() || !a.query.To.IsZero() {
			used++
		}
		if strings.Trim(text, " \"-") != "" && used == 0 {
			t.Fatalf("%q has no effect, and nothing says so", text)
		}
	})
}
