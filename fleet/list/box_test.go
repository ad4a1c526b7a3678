package list

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/fold"
	"cordboard/ycm"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	s := testFleet()
	for _, tt := range []struct {
		name, query string
		want        []int64
	}{
		{"a range", "usedExtensions=8..10", []int64{1}},
		{"a range without an end", "usedExtensions=9..", []int64{2}},
		{"a range without a start", "usedExtensions=..8", []int64{1}},
		{"two ranges are or", "usedExtensions=..8&usedExtensions=11..", []int64{1, 2}},
		{"not in a range, including absent", "usedExtensions=!9..", []int64{4, 1, 3, 5}},
		{"above", "usedExtensions=>8", []int64{2}},
		{"a day is all of it", "expirationDate=2026-03-17", []int64{2}},
		{"days, both inclusive", "expirationDate=2026-03-17..2026-04-16", []int64{2, 3}},
		{"from a day on", "expirationDate=2026-03-18..", []int64{1, 3}},
		{"not reported", "sn=none", []int64{4, 2, 3, 5}},
		{"reported", "sn=!none", []int64{1}},
		{"a number that was not reported", "extensionCapacity=none", []int64{4, 5}},
		{"a facet's word that was not reported", "group=none", []int64{4, 1, 3, 5}},
		{"a facet's word or none", "group=none&group=Care", []int64{4, 1, 2, 3, 5}},
		{"by the earlier date", "sort=expires", []int64{1, 2, 3, 4, 5}},
		{"by the earlier date, descending", "sort=-expires", []int64{4, 3, 2, 1, 5}},
		{"a reason for attention", "attention=over", []int64{2}},
		{"reasons are or", "attention=over&attention=overdue", []int64{1, 2}},
		{"within a week", "attention=7d", []int64{2}},
		{"not over", "attention=!over", []int64{4, 1, 3, 5}},
		{"a qualifier", "q=status:stopped", []int64{2}},
		{"a part of a word, in any case", "q=REGION:guangdong", []int64{2, 3}},
		{"turned around by a minus", "q=-status:running", []int64{4, 2, 5}},
		{"or by an exclamation mark", "q=!status:running", []int64{4, 2, 5}},
		{"above, with a word", "q=alder+used>7", []int64{1}},
		{"at most", "q=used<=8", []int64{1}},
		{"a range of days", "q=ends:2026-03-17..", []int64{1, 2, 3}},
		{"none", "q=sn:none+status:running", []int64{3}},
		{"expiry", "q=expires:overdue", []int64{1}},
		{"usage", "q=usage:over", []int64{2}},
		{"gone", "q=is:gone", []int64{9}},
		{"YCM's own name", "q=pbxstatus:stopped", []int64{2}},
		{"in quotes", `q="alder+100"`, []int64{1}},
		{"in quotes after a colon", `q=name:"alder+100"`, []int64{1}},
		{"a pasted address", "q=https://alder.example.com/login?x=1", []int64{1}},
		{"a time is not a qualifier", "q=10:30", []int64{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ignored := find(t, s, tt.query)
			if got := idsOf(r); !slices.Equal(got, tt.want) {
				t.Errorf("Search(%s) = %v, want %v", tt.query, got, tt.want)
			}
			if said := append(ignored, r.Problems...); len(said) > 0 {
				t.Errorf("Search(%s) reports %+v", tt.query, said)
			}
		})
	}
}

// TestMistakesAreReported checks that each invalid part is reported, and either left out or corrected.
func TestMistakesAreReported(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query string
		want        Problem
		count       int
	}{
		{
			"a qualifier that doesn't exist",
			"q=staus:stopped",
			Problem{Code: UnknownQualifier, Name: "staus", Nearest: []string{"status"}},
			5,
		},
		{"a qualifier like no other", "q=bogusword:1", Problem{Code: UnknownQualifier, Name: "bogusword"}, 5},
		{
			"a word that no PBX has",
			"q=status:stoped",
			Problem{
				Code:    NoMatch,
				Name:    "status",
				Value:   "stoped",
				Values:  []string{"Migrating", "Running", "Stopped"},
				Nearest: []string{"Stopped"},
			},
			5,
		},
		{"no value", "q=status:", Problem{Code: MissingValue, Name: "status", Op: ":"}, 5},
		{"a text in a comparison", "q=name>3", Problem{Code: NotComparable, Name: "name", Op: ">"}, 5},
		{"not a number", "q=ext>lots", Problem{Code: BadValue, Name: "ext", Value: "lots", Kind: fleet.NumberField}, 5},
		{
			"not a date",
			"q=created:soon",
			Problem{Code: BadValue, Name: "created", Value: "soon", Kind: fleet.TimeField},
			5,
		},
		{"not a presence", "q=is:away", Problem{Code: NotAllowed, Name: "is", Value: "away", Values: Presences}, 5},
		{
			"a broken range",
			"extensionCapacity=5..x",
			Problem{Code: BadEnd, Name: "extensionCapacity", Value: "x", Kind: fleet.NumberField},
			5,
		},
		{
			"a range of nothing",
			"extensionCapacity=..",
			Problem{Code: EmptyRange, Name: "extensionCapacity", Value: "..", Kind: fleet.NumberField},
			5,
		},
		{
			"a range with an invalid date",
			"createTime=2026-02-30..",
			Problem{Code: BadStart, Name: "createTime", Value: "2026-02-30", Kind: fleet.TimeField},
			5,
		},
		{
			"a reversed range",
			"usedExtensions=10..5",
			Problem{Code: Reversed, Name: "usedExtensions", Value: "10..5", Kind: fleet.NumberField},
			1,
		},
		{
			"a number out of range",
			"extensionCapacity=99999999999999999999..",
			Problem{
				Code:  BadStart,
				Name:  "extensionCapacity",
				Value: "99999999999999999999",
				Kind:  fleet.NumberField,
			},
			5,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ignored := find(t, testFleet(), tt.query)
			if d := cmp.Diff([]Problem{tt.want}, append(ignored, r.Problems...), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s reports other problems (-want +got):\n%s", tt.query, d)
			}
			if r.Count != tt.count {
				t.Errorf("%s finds %d, want %d", tt.query, r.Count, tt.count)
			}
		})
	}
}

// TestNoTextBreaksTheBox checks that no input makes the search panic, and that the pieces that fold.Mark returns add up
// to the original text.
func TestNoTextBreaksTheBox(t *testing.T) {
	t.Parallel()
	s := testFleet()
	rapid.Check(t, func(t *rapid.T) {
		pieces := []string{
			`"`,
			"*",
			"-",
			"^",
			" NEAR ",
			"status:",
			"ext>",
			"..",
			"!",
			"🙂",
			"ß",
			"İ",
			"group:none",
			"\x00",
			"\u0301",
			"a",
			"=",
			"<",
			":",
			"expires:",
			"%",
			"\xff",
			"alder",
		}
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(t, "text"), "")
		q, _ := ParseQuery(url.Values{"q": {text}})
		r := s.Search(q, noon, time.UTC)
		for _, on := range []string{text, "Alder İß\u0301 100%"} {
			var b strings.Builder
			for _, p := range fold.Mark(on, r.Words) {
				b.WriteString(p.Text)
			}
			if b.String() != on {
				t.Fatalf("Mark(%q, %q) = %q", on, r.Words, b.String())
			}
		}
	})
}

// TestBoxAsPeopleWrite checks that informal spellings and labels find the same PBXs as the exact query, and that
// spellings without a clear meaning are reported as problems.
func TestBoxAsPeopleWrite(t *testing.T) {
	t.Parallel()
	s := testFleet()
	for _, tt := range []struct{ typed, means string }{
		{"used!=9", "-used:9"},
		{"used != 9", "-used:9"},
		{"used<>9", "-used:9"},
		{"used==8", "used:8"},
		{"used == 8", "used:8"},
		{"status!=running", "-status:running"},
		{"status != running", "-status:running"},
		{"status<>running", "-status:running"},
		{"used:8 - 10", "used:8..10"},
		{"used: 8 – 10", "used:8..10"},
		{"used:8-10", "used:8..10"},
		{"ext:1 000", "ext:1000"},
		{"ext>1 000", "ext>1000"},
		{"ext:1 000..2 000", "ext:1000..2000"},
		{`ext:"1 000"`, "ext:1000"},
		{"ends:20260317", "ends:2026-03-17"},
		{"ends>20260317", "ends>2026-03-17"},
		{"ends: 2026 - 2027", "ends:2026..2027"},
		{"ends: 2026-03-17 - 2026-04-16", "ends:2026-03-17..2026-04-16"},
		{"ends:20260317..20260416", "ends:2026-03-17..2026-04-16"},
		{"expires:7", "expires:7d"},
		{"expires:30 days", "expires:30d"},
		{"expires: 90 days", "expires:90d"},
		{"expires:20260317", "expires:2026-03-17"},
		{"host:https://alder.example.com/login", "host:alder.example.com"},
		{"host:https://alder.example.com/", "host:alder.example.com"},
		// Labels that pages show can be typed.
		{`is:removed`, "is:gone"},
		{`is:"in YCM"`, "is:here"},
		{`group:"not reported"`, "group:none"},
		{`expires:"no date"`, "expires:none"},
		{`expires:"within 30 days"`, "expires:30d"},
		{`expires:"date not understood"`, "expires:not-understood"},
		{`usage:"nearly full"`, "usage:nearly-full"},
		{`usage:"over capacity"`, "usage:over"},
	} {
		got, problems := find(t, s, url.Values{"q": {tt.typed}}.Encode())
		want, _ := find(t, s, url.Values{"q": {tt.means}}.Encode())
		if !slices.Equal(idsOf(got), idsOf(want)) || len(problems)+len(got.Problems) > 0 {
			t.Errorf(
				"%q finds %v and reports %+v %+v, want %v as for %q",
				tt.typed,
				idsOf(got),
				problems,
				got.Problems,
				idsOf(want),
				tt.means,
			)
		}
	}
	for _, typed := range []string{
		"ends:7",
		"ends>202603",
		"ends:5..10",
		"expires:14",
		"expires:14 days",
		"created<10",
		"used!=9x",
		"ends:20261399",
	} {
		got, problems := find(t, s, url.Values{"q": {typed}}.Encode())
		if len(problems)+len(got.Problems) == 0 {
			t.Errorf("%q finds %v without an explanation", typed, idsOf(got))
		}
	}
	words, _ := find(t, s, url.Values{"q": {"alder - 100"}}.Encode())
	if plain, _ := find(t, s, url.Values{"q": {"alder 100 -"}}.Encode()); !slices.Equal(idsOf(words), idsOf(plain)) {
		t.Errorf("a dash between words changes what is found: %v and %v", idsOf(words), idsOf(plain))
	}
}

// TestLabelOfActivation checks that a search for the label "Not activated" finds PBXs that YCM reports as Unactivated.
func TestLabelOfActivation(t *testing.T) {
	t.Parallel()
	s := snapshotOf(
		pbxtest.Record(1, func(p *ycm.CloudPBX) { p.ActivationStatus = "Activated" }),
		pbxtest.Record(2, func(p *ycm.CloudPBX) { p.ActivationStatus = "Unactivated" }),
	)
	for q, want := range map[string][]int64{
		`activation:"not activated"`:  {2},
		`activation:"Not Activated"`:  {2},
		`activation:unactivated`:      {2},
		`-activation:"not activated"`: {1},
	} {
		if got, problems := find(
			t,
			s,
			url.Values{"q": {q}}.Encode(),
		); !slices.Equal(idsOf(got), want) ||
			len(problems) > 0 {
			t.Errorf("%s finds %v (%+v), want %v", q, idsOf(got), problems, want)
		}
	}
}
