package chart

import (
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
)

var (
	noon  = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	spans = []int{1, 14, 90}
)

// TestParse checks the range of queries, good and bad, and the sentence on what was changed.
func TestParse(t *testing.T) {
	t.Parallel()
	const (
		swapped = "The range ended before it started, so its days were swapped."
		clipped = "Only days in the last ten years can be shown, so the range was changed."
		broken  = "A range needs two days, such as 2026-03-01. The usual one is shown instead."
		unknown = "There is no such range to choose. The usual one is shown instead."
	)
	for query, want := range map[string]struct{ query, problem string }{
		"":                              {"", ""},
		"days=14":                       {"", ""},
		"days=90":                       {"days=90", ""},
		"days=7":                        {"", unknown},
		"days=-1":                       {"", unknown},
		"days=999999999999999999999":    {"", unknown},
		"from=2026-03-01&to=2026-03-09": {"from=2026-03-01&to=2026-03-09", ""},
		"from=2026-03-09&to=2026-03-01": {"from=2026-03-01&to=2026-03-09", swapped},
		"from=2026-03-09":               {"from=2026-03-09&to=2026-03-17", ""},
		"to=2026-03-09":                 {"from=2026-03-09&to=2026-03-09", ""},
		"from=&to=&days=90":             {"days=90", ""},
		"from=2026-03-01&to=2026-04-09": {"from=2026-03-01&to=2026-03-17", ""},
		"from=2026-04-01&to=2026-04-09": {"from=2026-03-17&to=2026-03-17", clipped},
		"from=0002-01-01&to=9999-12-31": {"from=2016-03-09&to=2026-03-17", clipped},
		"from=0002-01-01&to=0003-01-01": {"from=2016-03-09&to=2016-03-09", clipped},
		"from=2026-02-31&to=2026-03-09": {"", broken},
		"from=2026-03-01&to=soon":       {"", broken},
		"from=%00&days=90":              {"", broken},
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		r := Parse(values, spans, 14, noon)
		if got := r.Query(14).Encode(); got != want.query || r.Problem != want.problem {
			t.Errorf("Parse(%q) = %q, %q, want %q, %q", query, got, r.Problem, want.query, want.problem)
		}
	}
}

// TestParseIsStable checks that any two days result in a range that is in order, is in the past and stays the same when
// it is parsed again.
func TestParseIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.Custom(func(t *rapid.T) string {
			return noon.AddDate(0, 0, rapid.IntRange(-9000, 900).Draw(t, "day")).Format(time.DateOnly)
		})
		values := url.Values{"from": {date.Draw(t, "from")}, "to": {date.Draw(t, "to")}}
		r := Parse(values, spans, 14, noon)
		if !r.IsOwn() || r.To.Before(r.From) || r.To.After(noon) {
			t.Errorf("Parse(%v) = %+v", values, r)
		}
		again := Parse(r.Query(14), spans, 14, noon)
		if again.Problem != "" || !again.From.Equal(r.From) || !again.To.Equal(r.To) {
			t.Errorf("Parse of the result = %+v, want %+v", again, r)
		}
	})
}

// TestPicker checks the links to other ranges, and the days of the form.
func TestPicker(t *testing.T) {
	t.Parallel()
	links := func(query string) map[string]string {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		p := Parse(values, spans, 14, noon).Picker("/pbxs/7", "samples", spans, 14, noon)
		all := map[string]string{"form": p.From + " " + p.To}
		for _, tab := range p.Tabs {
			all[tab.Label] = tab.URL
			if tab.Current {
				all["current"] += tab.Label
			}
		}
		return all
	}
	want := map[string]string{
		"24 hours": "/pbxs/7?days=1#samples", "14 days": "/pbxs/7#samples", "90 days": "/pbxs/7?days=90#samples",
		"Own range": "/pbxs/7?from=2025-12-17&to=2026-03-17#samples", "current": "90 days", "form": " ",
	}
	if diff := cmp.Diff(want, links("days=90")); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	want["Own range"], want["current"] = "/pbxs/7?from=2026-03-01&to=2026-03-02#samples", "Own range"
	want["form"] = "2026-03-01 2026-03-02"
	if diff := cmp.Diff(want, links("from=2026-03-01&to=2026-03-02")); diff != "" {
		t.Errorf("links of an own range (-want +got):\n%s", diff)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	if got := Values([]int64{0, fleet.Absent, 12}); got != "0 - 12" || Values(nil) != "" {
		t.Errorf("Values = %q", got)
	}
	if got := Times([]string{"1 Jan 2026, 13:00", "1 Jan 2026, 14:00"}); got != "1 Jan 2026, 13:00|1 Jan 2026, 14:00" {
		t.Errorf("Times = %q", got)
	}
}
