package ui

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestCounts checks that nouns agree with the numbers before them, and that Plain removes commas.
func TestCounts(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 PBXs", 1: "1 PBX", 2: "2 PBXs", -1: "−1 PBXs", 1234: "1,234 PBXs"} {
		if got := Count(n, "PBX", "PBXs"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for s, want := range map[string]string{"1,284": "1284", "7": "7", "": ""} {
		if got := Plain(s); got != want {
			t.Errorf("Plain(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestDateFormats checks each format that users can choose, and that an unknown key means the default format.
func TestDateFormats(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 7, 14, 32, 5, 0, time.UTC)
	for key, want := range map[string]string{
		"": "7 Mar 2026", "us": "Mar 7, 2026", "iso": "2026-03-07", "dots": "07.03.2026", "of tomorrow": "7 Mar 2026",
	} {
		c := Clock{Now: at, Zone: time.UTC, Dates: key}
		if got := c.Date(at).Text; got != want {
			t.Errorf("date in format %q = %q, want %q", key, got, want)
		}
		if got := c.DateTime(at).Text; got != want+", 14:32" {
			t.Errorf("date and time in format %q = %q", key, got)
		}
	}
}

// TestTimesOfADay checks times without a date, the names of days, intervals, and the name of the time zone.
func TestTimesOfADay(t *testing.T) {
	t.Parallel()
	c := berlin(t)
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, c.Zone) }
	if got := c.Time(at(17, 9, 5)).Text; got != "09:05 CET" {
		t.Errorf("Time = %q", got)
	}
	for day, want := range map[int]string{17: "Today", 16: "Yesterday", 11: "Wed 11 Mar 2026", 18: "Wed 18 Mar 2026"} {
		if got := c.DayTitle(at(day, 9, 0)); got != want {
			t.Errorf("DayTitle of the %dth = %q, want %q", day, got, want)
		}
	}
	for _, tt := range []struct {
		from, to time.Time
		want     string
	}{
		{at(17, 9, 15), at(17, 9, 20), "between 09:15 and 09:20 CET"},
		{at(17, 9, 15), at(17, 9, 15), "at 09:15 CET"},
		{at(16, 23, 50), at(17, 0, 10), "between 16 Mar 2026, 23:50 and 00:10 CET"},
	} {
		if got := c.Between(tt.from, tt.to); got != tt.want {
			t.Errorf("Between = %q, want %q", got, tt.want)
		}
	}
	if got := c.ZoneName(); got != "CET" {
		t.Errorf("ZoneName = %q, want CET", got)
	}
}

// TestInstantsWithoutADate checks that an instant whose year is out of range is shown as the number that YCM sent, and
// how Days describes it.
func TestInstantsWithoutADate(t *testing.T) {
	t.Parallel()
	c := Clock{Now: time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC), Zone: time.UTC}
	for seconds, days := range map[int64]string{1 << 50: "far in the future", -1 << 50: "long ago"} {
		at := time.Unix(seconds, 0)
		for name, m := range map[string]Moment{"Date": c.Date(at), "DateTime": c.DateTime(at)} {
			if m.DateTime != "" || !strings.Contains(m.Text, "1125899906842624") ||
				!strings.Contains(m.Title, "as YCM sent it") {
				t.Errorf("%s(%d) = %+v", name, seconds, m)
			}
		}
		if got := c.Days(at); got != days {
			t.Errorf("Days(%d) = %q, want %q", seconds, got, days)
		}
	}
}

// TestBadgesOfOurs checks the badges of outcomes and operation states, including values that this version doesn't
// recognize. It also checks which fields have badges.
func TestBadgesOfOurs(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[string]string{
		"asked": "Requested", "done": "Done", "refused": "Refused", "failed": "Failed", "unknown": "Unknown",
		"denied": "Not allowed",
	} {
		if b := OutcomeBadge(outcome); b.Word != want || b.Unknown || b.Icon == "" {
			t.Errorf("OutcomeBadge(%s) = %+v, want %q", outcome, b, want)
		}
	}
	if b := OutcomeBadge("of tomorrow"); !b.Unknown || b.Word != "of tomorrow" || b.Icon == "" {
		t.Errorf("badge of an unknown outcome = %+v", b)
	}
	for _, tt := range []struct{ kind, state, want string }{
		{"create", "done", "Created"},
		{"create", "not-done", "Not created"},
		{"create", "unknown", "Unknown, checking"},
		{"rename", "done", "Done"},
		{"rename", "not-done", "Not done"},
		{"rename", "of tomorrow", "of tomorrow"},
	} {
		if b := OperationBadge(tt.kind, tt.state); b.Word != tt.want {
			t.Errorf("OperationBadge(%s, %s) = %+v, want %q", tt.kind, tt.state, b, tt.want)
		}
	}
	for field, want := range map[string]bool{"pbxStatus": true, "im": true, "name": false, "": false} {
		if HasBadge(field) != want {
			t.Errorf("HasBadge(%s) = %t, want %t", field, HasBadge(field), want)
		}
	}
}

// TestCreationState checks the attribute that old scripts rely on.
func TestCreationState(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		"submitted": "submitted", "done": "created", "not-done": "not-created", "refused": "refused", "unknown": "unknown",
	} {
		if got := CreationState("create", state)["data-creation-state"]; got != want {
			t.Errorf("creation state of %s = %v, want %s", state, got, want)
		}
	}
	if got := CreationState("rename", "done"); got != nil {
		t.Errorf("creation state of another kind = %v, want none", got)
	}
}

// TestWordsOfKinds checks that every kind has words, either its own or generic ones, for every field of KindWords
// except Call, and that sentences end with a period.
func TestWordsOfKinds(t *testing.T) {
	t.Parallel()
	for _, kind := range append(slices.Collect(maps.Keys(kindWords)), "of tomorrow") {
		w := KindWordsOf(kind)
		for name, text := range map[string]string{
			"label": w.Label, "done": w.Done, "not done": w.NotDone, "unchanged": w.Unchanged, "uncertain": w.Uncertain,
			"missing": w.Missing, "proved": w.Proved, "permission": w.Permission,
		} {
			if text == "" {
				t.Errorf("%s has no words for %s", kind, name)
			}
		}
		if !strings.HasSuffix(w.Unchanged, ".") || !strings.HasSuffix(w.Uncertain, ".") || !strings.HasSuffix(w.Proved, ".") {
			t.Errorf("%s has a sentence without a period", kind)
		}
	}
	labels := map[string]string{"activation-email": "Activation email", "of tomorrow": "Of tomorrow", "": ""}
	for kind, want := range labels {
		if got := KindLabel(kind); got != want {
			t.Errorf("KindLabel(%q) = %q, want %q", kind, got, want)
		}
	}
}

// TestExpiryBadges checks which badge a date gets, depending on how far away the date is, and that the badge's text is
// capitalized.
func TestExpiryBadges(t *testing.T) {
	t.Parallel()
	for days, want := range map[int64]string{
		-1: "badge-overdue", 0: "badge-soon", 30: "badge-soon", 31: "badge-outline", 4000: "badge-outline",
	} {
		if b := ExpiryBadge(days, "in some days"); b.Class != want || b.Word != "In some days" || b.Icon == "" {
			t.Errorf("ExpiryBadge(%d) = %+v, want %s", days, b, want)
		}
	}
	for s, want := range map[string]string{"today": "Today", "": "", "12 days": "12 days", "Über": "Über", "äh": "äh"} {
		if got := capital(s); got != want {
			t.Errorf("capital(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestFieldNotes checks which notes describe an input, and in which order. It also checks the input's type, the number
// of other sessions, and the sync icon.
func TestFieldNotes(t *testing.T) {
	t.Parallel()
	f := FormField{Name: "x"}
	if got := f.DescribedBy(); got != "" {
		t.Errorf("without notes, the input is described by %q", got)
	}
	f.Hint = "Hint."
	f.Problem = "Problem."
	if got := f.DescribedBy(); got != "x-problem x-hint" {
		t.Errorf("DescribedBy = %q", got)
	}
	f.Problem, f.Warning, f.Failed = "", "Warning.", "Failed."
	if got := f.DescribedBy(); got != "x-warning x-hint x-failed" {
		t.Errorf("DescribedBy = %q", got)
	}
	if got := f.InputType(); got != "text" {
		t.Errorf("InputType = %q, want text", got)
	}
	if f.Type = "number"; f.InputType() != "number" {
		t.Errorf("InputType = %q, want number", f.InputType())
	}
	rows := []SessionRow{{}, {This: true}, {}}
	if got := others(rows); got != 2 {
		t.Errorf("others = %d, want 2", got)
	}
	if got := (Freshness{}).NavIcon(); got != "circle-check" {
		t.Errorf("NavIcon = %q", got)
	}
	if got := (Freshness{Icon: "unplug"}).NavIcon(); got != "unplug" {
		t.Errorf("NavIcon of a failing sync = %q", got)
	}
}

// TestMoreURLs checks the URLs of pages, and that the values in them are escaped.
func TestMoreURLs(t *testing.T) {
	t.Parallel()
	got := []string{
		OperationURL("a/b?c"), NewPBXURL(nil), NewPBXURL(map[string][]string{"from": {"a&b"}}), MemberURL(7), CodeURL(""),
		CodeURL("/pbxs?q=1"), ConfirmURL("/"), ConfirmURL("/account"), AuditPageURL("", 3), PBXURL(-1),
	}
	want := []string{
		"/operations/a%2Fb%3Fc", "/pbxs/new", "/pbxs/new?from=a%26b", "/team/7", "/signin/code",
		"/signin/code?next=%2Fpbxs%3Fq%3D1", "/confirm", "/confirm?next=%2Faccount", "/audit?page=3", "/pbxs/-1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("URLs (-want +got):\n%s", diff)
	}
}

func TestOperationsURL(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"/operations":        OperationsURL("", "", 1),
		"/operations?page=2": OperationsURL("", "", 2),
		"/operations?page=3&q=T%26C+7&state=failed": OperationsURL("failed", "T&C 7", 3),
	} {
		if got != want {
			t.Errorf("OperationsURL = %q, want %q", got, want)
		}
	}
}
