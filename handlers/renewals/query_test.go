package renewals

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
	"cordboard/views/ui"
	"cordboard/ycm"
)

var clock = ui.Clock{Now: time.Date(2026, 3, 17, 23, 30, 0, 0, time.UTC), Zone: time.UTC}

// TestParse checks what queries mean, by their URLs, and what is ignored.
func TestParse(t *testing.T) {
	t.Parallel()
	for raw, tt := range map[string]struct{ url, ignored string }{
		"":                             {"/expiries", ""},
		"sort=expires":                 {"/expiries", ""},
		"sort=-expires&page=2":         {"/expiries?page=2&sort=-expires", ""},
		"sort=name":                    {"/expiries?sort=name", ""},
		"due=today&owner=me":           {"/expiries?due=today&owner=me", ""},
		"due=7d":                       {"/expiries?due=7d", ""},
		"due=30d":                      {"/expiries", "“due=30d” isn’t"},
		"due=%ff":                      {"/expiries", "isn’t"},
		"cols=name&density=compact":    {"/expiries", ""},
		"view=expiring&expires=30d":    {"/expiries?expires=30d", ""},
		"nosuch=1":                     {"/expiries", "nosuch"},
		"renewal=won":                  {"/expiries?renewal=won", ""}, // finds nothing
		"owner=%21none&nextOn=%21none": {"/expiries?nextOn=%21none&owner=%21none", ""},
	} {
		values, err := url.ParseQuery(raw)
		if err != nil {
			t.Fatal(err)
		}
		q, ignored := parse(values, &store.User{Email: "ines@example.com"})
		if got := q.path("/expiries", func(url.Values) {}); got != tt.url || q.Me != "ines@example.com" {
			t.Errorf("%q: URL %s, want %s", raw, got, tt.url)
		}
		if got := strings.Join(ignored, " "); (got == "") != (tt.ignored == "") || !strings.Contains(got, tt.ignored) {
			t.Errorf("%q: ignored %q, want %q", raw, got, tt.ignored)
		}
	}
}

// TestDue checks how far due reaches in zones on both sides of UTC.
func TestDue(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{"UTC": "..2026-03-17", "Pacific/Auckland": "..2026-03-18"} {
		c := clock
		var err error
		if c.Zone, err = time.LoadLocation(zone); err != nil {
			t.Fatal(err)
		}
		q, _ := parse(url.Values{"due": {"today"}, "nextOn": {"!none"}}, nil)
		words := q.search(c).Filters["nextOn"]
		if len(words) != 2 || words[0].String() != want || len(q.Filters["nextOn"]) != 1 {
			t.Errorf("%s: %v, want %s first", zone, words, want)
		}
	}
	q, _ := parse(url.Values{}, nil)
	if q.filtered() || q.search(clock).Filters["nextOn"] != nil {
		t.Error("without filters, something is left out")
	}
}

// TestMonths checks the choices of the filter by date: each is a different value, and exactly one is selected.
func TestMonths(t *testing.T) {
	t.Parallel()
	for _, chosen := range []string{"", "30d", "2026-05-01..2026-05-31", "2026-12-24"} {
		seen, selected := map[string]bool{}, ""
		for _, c := range monthChoices(chosen, clock) {
			if seen[c.Value] || c.Label == "" {
				t.Errorf("%q: the choice %+v comes twice, or has no label", chosen, c)
			}
			seen[c.Value] = true
			if c.Selected {
				selected += c.Value + "|"
			}
		}
		if selected != chosen+"|" || !seen["2026-03-17..2026-03-31"] || !seen["2027-03-01..2027-03-31"] {
			t.Errorf("%q: selected %q of %v", chosen, selected, seen)
		}
	}
}

// TestRead checks which fields of a form change something, in the form of one PBX and in that of several.
func TestRead(t *testing.T) {
	t.Parallel()
	p := pbxtest.PBX(pbxtest.Record(7, func(*ycm.CloudPBX) {})).WithDesk(&fleet.Desk{
		Owner: fleet.Owner{ID: 3}, Renewal: fleet.Renewal{NextOn: "2020-01-01"},
	})
	users := []store.User{
		{ID: 1, Email: "ada@example.com", Role: store.RoleOperator},
		{ID: 3, Name: "Leo", Role: store.RoleOperator, Disabled: true},
	}
	words := func(e entry) string {
		var parts []string
		add := func(name string, is bool, value any) {
			if is {
				parts = append(parts, fmt.Sprint(name, "=", value))
			}
		}
		c := e.change
		if c.Owner != nil {
			add("owner", true, *c.Owner)
		}
		if c.State != nil {
			add("state", true, *c.State)
		}
		if c.Next != nil {
			add("next", true, *c.Next)
		}
		if c.NextOn != nil {
			add("nextOn", true, *c.NextOn)
		}
		add("problems", len(e.problems) > 0, len(e.problems))
		return strings.Join(parts, " ")
	}
	for raw, want := range map[string]struct{ one, several string }{
		"":                                   {"", ""},
		"owner=&state=&next=&nextOn=":        {"owner=0 next= nextOn=", ""},
		"owner=none":                         {"owner=0", "owner=0"},
		"owner=1":                            {"owner=1", "owner=1"},
		"owner=ADA@example.com&state=quoted": {"owner=1 state=quoted", "owner=1 state=quoted"},
		"owner=3":                            {"owner=3", "problems=1"},
		"next=+Call++":                       {"next=Call", "next=Call"},
		"nextOn=2026-03-18":                  {"nextOn=2026-03-18", "nextOn=2026-03-18"},
		"nextOn=2020-01-01":                  {"nextOn=2020-01-01", "nextOn=2020-01-01 problems=1"},
	} {
		form, _ := url.ParseQuery(raw)
		if got := words(read(form, users, p, clock)); got != want.one {
			t.Errorf("%q for one PBX: %q, want %q", raw, got, want.one)
		}
		if got := words(read(form, users, nil, clock)); got != want.several {
			t.Errorf("%q for several: %q, want %q", raw, got, want.several)
		}
	}
}
