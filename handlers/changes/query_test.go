package changes

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/store"
	"cordboard/views/ui"
)

// TestParse checks what queries mean, in the words of the export's audit entry, and what is ignored.
func TestParse(t *testing.T) {
	t.Parallel()
	for raw, tt := range map[string]struct{ url, ignored string }{
		"":                                       {"/changes", ""},
		"days=7":                                 {"/changes", ""},
		"days=30":                                {"/changes?days=30", ""},
		"days=12":                                {"/changes?days=12", ""},
		"days=visit":                             {"/changes?days=visit", ""},
		"days=0":                                 {"/changes", "“days=0” isn’t"},
		"days=soon":                              {"/changes", "“days=soon” isn’t"},
		"days=99999999999999999999":              {"/changes", "isn’t"},
		"from=2026-03-01&to=2026-03-02":          {"/changes?from=2026-03-01&to=2026-03-02", ""},
		"from=2026-03-02&to=2026-03-01":          {"/changes?from=2026-03-01&to=2026-03-02", "its days were swapped"},
		"from=2026-03-02&days=30":                {"/changes?from=2026-03-02", ""},
		"from=2026-03-02&days=30&dated=yes":      {"/changes?days=30", ""},
		"from=2026-03-02&days=&dated=yes":        {"/changes?from=2026-03-02", ""},
		"to=2026-03-02":                          {"/changes?to=2026-03-02", ""},
		"from=yesterday":                         {"/changes", "“from=yesterday” isn’t"},
		"field=version&field=gone&field=version": {"/changes?field=version&field=gone", ""},
		"field=expires":                          {"/changes", "“field=expires” isn’t"},
		"field=cloudPbxId":                       {"/changes", "isn’t"},
		"made=here":                              {"/changes?made=here", ""},
		"made=there":                             {"/changes", "isn’t"},
		"by=+Ada+":                               {"/changes?by=Ada", ""},
		"by=" + strings.Repeat("a", 300):         {"/changes?by=" + strings.Repeat("a", 200), "first 200"},
		"q=acme&status=Running":                  {"/changes?q=acme&status=Running", ""},
		"presence=gone":                          {"/changes?presence=gone", ""},
		"presence=here":                          {"/changes?presence=here", ""},
		"presence=all":                           {"/changes", ""},
		"before=x":                               {"/changes", "isn’t"},
		"before=-1":                              {"/changes", "isn’t"},
		"nosuch=1":                               {"/changes", "nosuch"},
		"page=3&per=10&sort=-name&cols=name&view=": {"/changes", ""},
	} {
		values, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		q, ignored := parse(values, nil)
		if got := q.url(func(url.Values) {}); got != tt.url {
			t.Errorf("%q: URL %s, want %s", raw, got, tt.url)
		}
		if got := strings.Join(ignored, " "); (got == "") != (tt.ignored == "") || !strings.Contains(got, tt.ignored) {
			t.Errorf("%q: ignored %q, want %q", raw, got, tt.ignored)
		}
		again, more := parse(q.values(), nil)
		if again.values().Encode() != q.values().Encode() || len(more) > 0 {
			t.Errorf("%q: its own URL means %v and ignores %q", raw, again.values(), more)
		}
	}
}

// TestPeriods checks when each period starts and ends in the user's zone.
func TestPeriods(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := ui.Clock{Now: time.Date(2026, 3, 30, 22, 30, 0, 0, time.UTC), Zone: zone} // already 31 March in Berlin
	visit := c.Now.Add(-3 * time.Hour)
	for raw, tt := range map[string]struct {
		from, to string
		visit    time.Time
	}{
		"":                              {"2026-03-25T00:00:00+01:00", "", visit},
		"days=1":                        {"2026-03-31T00:00:00+02:00", "", visit},
		"days=visit":                    {"2026-03-30T21:30:00+02:00", "", visit},
		"days=visit&x":                  {"2026-03-30T00:30:00+02:00", "", time.Time{}},
		"days=visit&y":                  {"2026-03-30T00:30:00+02:00", "", c.Now.Add(time.Hour)},
		"from=2026-03-29&to=2026-03-29": {"2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", visit},
		"to=2026-03-01":                 {"", "2026-03-02T00:00:00+01:00", visit},
	} {
		values, _ := url.ParseQuery(raw)
		q, _ := parse(values, nil)
		f := q.filter(nil, c, tt.visit)
		for got, want := range map[time.Time]string{f.From: tt.from, f.To: tt.to} {
			text := ""
			if !got.IsZero() {
				text = got.In(zone).Format(time.RFC3339)
			}
			if text != want {
				t.Errorf("%q: %q, want %q", raw, text, want)
			}
		}
	}
}

// TestGrouped checks that grouping loses and repeats no change, keeps their order, and puts only changes together that
// belong together.
func TestGrouped(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var all []store.FleetChange
		at := time.Unix(1_800_000_000, 0)
		for i := range rapid.IntRange(0, 60).Draw(t, "n") {
			at = at.Add(-time.Duration(rapid.IntRange(0, 240).Draw(t, "seconds")) * time.Second)
			c := store.FleetChange{PBXEvent: store.PBXEvent{
				ID: int64(1000 - i), CloudPBXID: int64(rapid.IntRange(1, 40).Draw(t, "pbx")), Kind: store.PBXChanged, At: at,
				Field: rapid.SampledFrom([]string{"version", "plan"}).Draw(t, "field"),
				New:   rapid.SampledFrom([]string{"a", "b"}).Draw(t, "new"),
			}}
			if rapid.Bool().Draw(t, "here") {
				c.Seq, c.Actor = int64(i+1), "Ada"
			}
			all = append(all, c)
		}
		seen, newest := map[int64]bool{}, at.Add(time.Hour*100)
		for _, g := range grouped(all) {
			if len(g.changes) != 1 && len(g.changes) < groupFrom {
				t.Errorf("a group of %d", len(g.changes))
			}
			if len(g.changes) > 1 && g.changes[0].At.After(newest) {
				t.Error("groups are not in order")
			}
			pbxs := map[int64]bool{}
			for _, c := range g.changes {
				if pbxs[c.CloudPBXID] {
					t.Errorf("PBX %d comes twice in a group", c.CloudPBXID)
				}
				pbxs[c.CloudPBXID] = true
				if seen[c.ID] {
					t.Errorf("change %d comes twice", c.ID)
				}
				seen[c.ID] = true
				if keyOf(c) != g.key ||
					g.changes[0].At.Sub(c.At) > groupSpan {
					t.Errorf("change %+v is in the group %+v", c, g.key)
				}
			}
			newest = g.changes[0].At
		}
		if len(seen) != len(all) {
			t.Errorf("%d of %d changes", len(seen), len(all))
		}
		for rest := all; len(rest) > 0; {
			groups, taken := firstEntries(rest, 5)
			shown := 0
			for _, g := range groups {
				shown += len(g.changes)
			}
			if taken == 0 || shown != taken {
				t.Fatalf("a page shows %d changes and takes %d", shown, taken)
			}
			rest = rest[taken:]
		}
	})
}

// TestLabels checks that each choice of what changed has a label.
func TestLabels(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, word := range fieldWords() {
		label := fieldLabel(word)
		if label == "" || seen[label] {
			t.Errorf("%s has the label %q", word, label)
		}
		seen[label] = true
		if _, ignored := parse(url.Values{"field": {word}}, nil); len(ignored) > 0 {
			t.Errorf("%s is offered and ignored: %q", word, ignored)
		}
	}
	if len(seen) < 30 {
		t.Errorf("%d choices: %s", len(seen), fmt.Sprint(seen))
	}
}

// TestPeriodWords checks the words for each period.
func TestPeriodWords(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                              "Last 7 days",
		"days=1":                        "Today",
		"days=45":                       "Last 45 days",
		"days=visit":                    "Since your last visit",
		"from=2026-03-01":               "Since 1 Mar 2026",
		"to=2026-03-01":                 "Up to 1 Mar 2026",
		"from=2026-03-01&to=2026-03-02": "From 1 Mar 2026 to 2 Mar 2026",
	} {
		values, _ := url.ParseQuery(raw)
		q, _ := parse(values, nil)
		if got := q.period(); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
		chosen := 0
		for _, c := range q.dayChoices() {
			if c.Selected {
				chosen++
			}
		}
		if chosen != 1 {
			t.Errorf("%q: %d choices are selected", raw, chosen)
		}
	}
}
