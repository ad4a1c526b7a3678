package list

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet/pbxtest"
	"cordboard/fold"
	"cordboard/opt"
	"cordboard/ycm"
)

// find runs the query in a URL's query string.
func find(t *testing.T, s *Index, address string) (Result, []Problem) {
	t.Helper()
	v, err := url.ParseQuery(address)
	if err != nil {
		t.Fatal(err)
	}
	q, ignored := ParseQuery(v)
	return s.Search(q, noon, time.UTC), ignored
}

func testFleet() *Index {
	gone := pbxtest.Record(9, func(p *ycm.CloudPBX) { p.Name = "Gone" })
	day := func(n int) ycm.Time { return ycm.NewTime(noon.AddDate(0, 0, n).Unix()) }
	s := snapshotOf(
		pbxtest.Record(1, func(p *ycm.CloudPBX) {
			p.Name = "Alder 100%"
			p.PBXStatus = "Running"
			p.Region = "Europe(London)"
			p.SN = "AB12"
			p.URL = "alder.example.com"
			p.ExtensionCapacity, p.UsedExtensions, p.Version = ycm.NewInt(10), ycm.NewInt(8), "84.9.0.1"
			p.ExpirationDate, p.PlanExpirationDate = day(100), day(-1)
		}),
		pbxtest.Record(2, func(p *ycm.CloudPBX) {
			p.Name, p.PBXStatus, p.Region, p.Group = "birch_wood", "Stopped", "China(GuangDong)", "Care"
			p.ExtensionCapacity, p.UsedExtensions, p.Version = ycm.NewInt(10), ycm.NewInt(11), "84.12.0.1"
			p.ExpirationDate = day(0)
		}),
		pbxtest.Record(3, func(p *ycm.CloudPBX) {
			p.Name, p.PBXStatus, p.Region = "Cedar", "Running", "China(Guangdong)"
			p.ExtensionCapacity, p.UsedExtensions = ycm.NewInt(10), ycm.Int{
				Int: opt.Int{State: opt.Malformed, Raw: "n/a"},
			}
			p.ExpirationDate = day(30)
		}),
		pbxtest.Record(4, func(p *ycm.CloudPBX) {
			p.Name, p.PBXStatus = "alder", "Migrating"
			p.Creator = ycm.Creator{FirstName: "Wayne", LastName: "William", Email: "wayne@example.com"}
			p.PlanExpirationDate = day(31)
		}),
		pbxtest.Record(5, nil),
		gone,
	)
	s.pbxs[5].GoneAt = noon.Unix()
	return indexOf(2, s.pbxs)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := testFleet()
	for _, tt := range []struct {
		name, query string
		want        []int64
	}{
		{"all in YCM, by name, absent last", "", []int64{4, 1, 2, 3, 5}},
		{"descending, absent still last", "sort=-name", []int64{3, 2, 1, 4, 5}},
		{"numbers, ids break ties", "sort=-extensionCapacity", []int64{1, 2, 3, 4, 5}},
		{"not a number counts as absent", "sort=usedExtensions", []int64{1, 2, 3, 4, 5}},
		{"versions by number", "sort=version", []int64{1, 2, 3, 4, 5}},
		{"versions descending", "sort=-version", []int64{2, 1, 3, 4, 5}},
		{"ids", "sort=-cloudPbxId", []int64{5, 4, 3, 2, 1}},
		{"search without case", "q=ALDER", []int64{4, 1}},
		{"percent is a character", "q=%25", []int64{1}},
		{"underscore is a character", "q=_", []int64{2}},
		{"words in any order", "q=100%25+alder", []int64{1}},
		{"a word is not found across fields", "q=100%25ab12", []int64{}},
		{"search the serial number", "q=ab12", []int64{1}},
		{"search the host name", "q=alder.example", []int64{1}},
		{"search the group", "q=care", []int64{2}},
		{"search the creator", "q=wayne@", []int64{4}},
		{"search the region", "q=london", []int64{1}},
		{"search the version", "q=84.12", []int64{2}},
		{"not the status", "q=running", []int64{}},
		{"one word of a filter", "status=Stopped", []int64{2}},
		{"words are or", "status=Stopped&status=Migrating", []int64{4, 2}},
		{"keys are and", "status=Running&region=Europe(London)", []int64{1}},
		{"words are literal", "status=running", []int64{}},
		{"two spellings are two words", "region=China(GuangDong)", []int64{2}},
		{"not", "status=!Running", []int64{4, 2, 5}},
		{"negations are and", "status=!Running&status=!Stopped", []int64{4, 5}},
		{"a word that no PBX has", "plan=Foo", []int64{}},
		{"by YCM's own name", "pbxStatus=Stopped", []int64{2}},
		{"any other field", "sn=AB12", []int64{1}},
		{"a number", "extensionCapacity=10", []int64{1, 2, 3}},
		{"not a number", "extensionCapacity=!10", []int64{4, 5}},
		{"what came instead of a number", "usedExtensions=n/a", []int64{3}},
		{"gone", "presence=gone", []int64{9}},
		{"all", "presence=all&q=e&sort=cloudPbxId", []int64{1, 2, 3, 4, 9}},
		{"overdue by the earlier date", "expires=overdue", []int64{1}},
		{"today", "expires=today", []int64{2}},
		{"30 days including the last, without overdue", "expires=30d", []int64{2, 3}},
		{"60 days", "expires=60d", []int64{4, 2, 3}},
		{"none", "expires=none", []int64{5}},
		{"or", "expires=overdue&expires=today", []int64{1, 2}},
		{"not overdue", "expires=!overdue", []int64{4, 2, 3, 5}},
		{"nearly full, including over", "usage=nearly-full", []int64{1, 2}},
		{"over", "usage=over", []int64{2}},
		{"neither", "usage=!nearly-full", []int64{4, 3, 5}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ignored := find(t, s, tt.query)
			if got := idsOf(r); !slices.Equal(got, tt.want) {
				t.Errorf("Search(%s) = %v, want %v", tt.query, got, tt.want)
			}
			if r.Count != len(tt.want) {
				t.Errorf("Search(%s) counts %d, want %d", tt.query, r.Count, len(tt.want))
			}
			if len(ignored) > 0 {
				t.Errorf("Search(%s) ignored %+v", tt.query, ignored)
			}
		})
	}
}

func TestParseQuerySaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query string
		want        Problem
	}{
		{"an unknown key", "bogus=1", Problem{Code: UnknownFilter, Name: "bogus"}},
		{"presence", "presence=there", Problem{Code: NotAllowed, Name: "presence", Value: "there", Values: Presences}},
		{"expires", "expires=31d", Problem{Code: NotAllowedDate, Name: "expires", Value: "31d", Values: Expiries}},
		{
			"expires, a range without ends",
			"expires=..",
			Problem{Code: NotAllowedDate, Name: "expires", Value: "..", Values: Expiries},
		},
		{"size", "size=over", Problem{Code: NotAllowed, Name: "size", Value: "over", Values: EnumValues("size")}},
		{
			"onboarding",
			"onboarding=!x",
			Problem{Code: NotAllowed, Name: "onboarding", Value: "x", Values: EnumValues("onboarding")},
		},
		{"usage", "usage=full", Problem{Code: NotAllowed, Name: "usage", Value: "full", Values: UsageWords}},
		{"sort", "sort=nope", Problem{Code: UnknownSort, Name: "name", Value: "nope"}},
		{"sort, twice descending", "sort=--name", Problem{Code: UnknownSort, Name: "name", Value: "--name"}},
		{"page 0", "page=0", Problem{Code: UnknownPage, Value: "0"}},
		{"page, huge", "page=99999999999999999999", Problem{Code: UnknownPage, Value: "99999999999999999999"}},
		{"page, not a number", "page=x", Problem{Code: UnknownPage, Value: "x"}},
		{"per", "per=51", Problem{Code: UnknownPageSize, Value: "51", Limit: 50}},
		{"cols", "cols=name,foo", Problem{Code: UnknownColumns, Values: []string{"foo"}}},
		{"a search that is too long", "q=" + strings.Repeat("ä", 300), Problem{Code: SearchTooLong, Limit: 200}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ignored := find(t, testFleet(), tt.query)
			if d := cmp.Diff([]Problem{tt.want}, ignored); d != "" {
				t.Errorf("ParseQuery(%s) reports other problems (-want +got):\n%s", tt.query, d)
			}
			if !strings.HasPrefix(tt.query, "q=") && r.Count != 5 {
				t.Errorf("Search(%s) finds %d, want all 5 as if it weren't there", tt.query, r.Count)
			}
		})
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	var pbxs []ycm.CloudPBX
	for i := range 101 {
		pbxs = append(pbxs, pbxtest.Record(int64(i+1), nil))
	}
	s := snapshotOf(pbxs...)
	for _, tt := range []struct {
		query             string
		first, n, pg, pgs int
	}{
		{"", 1, 50, 1, 3},
		{"page=3", 101, 1, 3, 3},
		{"page=4", 101, 1, 3, 3},
		{"page=1000000000&per=100", 101, 1, 2, 2},
		{"per=10&page=2", 11, 10, 2, 11},
	} {
		r, _ := find(t, s, tt.query)
		if r.Page != tt.pg || r.Pages != tt.pgs || len(r.PBXs) != tt.n || r.PBXs[0].CloudPBXID != int64(tt.first) {
			t.Errorf(
				"Search(%s) = page %d of %d with %d from %d, want %+v",
				tt.query,
				r.Page,
				r.Pages,
				len(r.PBXs),
				r.PBXs[0].CloudPBXID,
				tt,
			)
		}
	}
}

func TestFacetsCountUnderTheOtherFilters(t *testing.T) {
	t.Parallel()
	r, _ := find(t, testFleet(), "status=Running")
	for _, f := range r.Facets {
		got := fmt.Sprint(f.Counts)
		want := map[string]string{
			"status": "[{Running 2} { 1} {Migrating 1} {Stopped 1}]", // under all filters except its own
			"region": "[{China(Guangdong) 1} {Europe(London) 1}]",
		}[f.Key]
		if want != "" && got != want {
			t.Errorf("facet %s = %s, want %s", f.Key, got, want)
		}
	}
}

func TestClosedFiltersCountUnderTheOtherFilters(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "expires [{overdue 1} {today 1} {7d 1} {30d 2} {60d 3} {90d 3} {later 0} " +
			"{none 1} {not-understood 0}] usage [{nearly-full 2} {over 1}] attention [{overdue 1} {7d 1} {over 1} " +
			"{full 0} {not-activated 0} {not-understood 0}] presence [{here 5} {gone 1} {all 6}]",
		"expires=overdue&usage=over": "expires [{overdue 0} {today 1} {7d 1} {30d 1} {60d 1} {90d 1} {later 0} " +
			"{none 0} {not-understood 0}] usage [{nearly-full 1} {over 0}] attention [{overdue 0} {7d 0} {over 0} " +
			"{full 0} {not-activated 0} {not-understood 0}] presence [{here 0} {gone 0} {all 0}]",
		"expires=!overdue&status=Running": "expires [{overdue 1} {today 0} {7d 0} {30d 1} {60d 1} {90d 1} {later 0} " +
			"{none 0} {not-understood 0}] usage [{nearly-full 0} {over 0}] attention [{overdue 0} {7d 0} {over 0} " +
			"{full 0} {not-activated 0} {not-understood 0}] presence [{here 1} {gone 0} {all 1}]",
	} {
		r, _ := find(t, testFleet(), query)
		var got []string
		for _, f := range r.Facets[len(Facets):][:4] { // size and onboarding have their own tests
			got = append(got, fmt.Sprintf("%s %v", f.Key, f.Counts))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q counts\n%s, want\n%s", query, s, want)
		}
	}
}

// TestQueryKeepsItsAddress checks that a parsed query's URL parses to the same query.
func TestQueryKeepsItsAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := url.Values{}
		keys := []string{
			"q",
			"status",
			"plan",
			"sn",
			"presence",
			"expires",
			"usage",
			"sort",
			"page",
			"per",
			"cols",
			"bogus",
			"region",
			"extensionCapacity",
			"createTime",
			"group",
			"view",
			"density",
			"attention",
			"size",
			"onboarding",
		}
		words := []string{
			"Running",
			"!Stopped",
			"here",
			"gone",
			"overdue",
			"!later",
			"over",
			"-name",
			"version",
			"2",
			"100",
			"name,sn",
			"ä%_",
			"",
			"!",
			"\xff",
			"50..200",
			"!..7",
			"9..2",
			"2026-01-01..",
			"x..y",
			"none",
			">5",
			"2026-02-01..2026-01-01",
			"compact",
			"!full",
			"expires",
			"calls-over",
			"!no-extension",
			"2026-01-31",
			"30d",
		}
		for range rapid.IntRange(0, 6).Draw(t, "n") {
			v.Add(rapid.SampledFrom(keys).Draw(t, "key"), rapid.SampledFrom(words).Draw(t, "word"))
		}
		q, _ := ParseQuery(v)
		again, ignored := ParseQuery(q.Values())
		if len(ignored) > 0 {
			t.Fatalf("the address of %v has parts that are left out: %+v", v, ignored)
		}
		if a, b := q.Values().Encode(), again.Values().Encode(); a != b {
			t.Fatalf("%v: %s became %s", v, a, b)
		}
	})
}

// TestSearchAgreesWithAPlainLoop checks that Search finds the same PBXs as a plain loop, for a status filter combined
// with a search text.
func TestSearchAgreesWithAPlainLoop(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		statuses := []string{"", "Running", "Stopped", "Odd"}
		var pbxs []ycm.CloudPBX
		for i := range rapid.IntRange(0, 30).Draw(t, "pbxs") {
			pbxs = append(pbxs, pbxtest.Record(int64(i+1), func(p *ycm.CloudPBX) {
				p.PBXStatus = ycm.Text(rapid.SampledFrom(statuses).Draw(t, "status"))
				p.Type = ycm.Text(rapid.SampledFrom([]string{"", "Trial", "Commercial"}).Draw(t, "type"))
				p.Name = ycm.Text(rapid.SampledFrom([]string{"", "a", "B", "ab", "Ä"}).Draw(t, "name"))
			}))
		}
		s := snapshotOf(pbxs...)
		status := rapid.SampledFrom(statuses[1:]).Draw(t, "wanted")
		not := rapid.Bool().Draw(t, "not")
		search := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "q")
		word := FilterValue{Value: status, Not: not}
		q := Query{
			Filters:  map[string][]FilterValue{"status": {word}},
			Presence: "here",
			Sort:     "-name",
			Page:     1,
			Per:      100,
			Search:   search,
		}
		got := map[int64]bool{}
		r := s.Search(q, noon, time.UTC)
		for _, id := range idsOf(r) {
			got[id] = true
		}
		total := 0
		for i := range pbxs {
			p := &pbxs[i]
			want := (string(p.PBXStatus) == status) != not && strings.Contains(fold.Text(string(p.Name)), search)
			if want {
				total++
			}
			if got[p.CloudPBXID.N] != want {
				t.Fatalf("PBX %d: found %v, want %v", p.CloudPBXID.N, got[p.CloudPBXID.N], want)
			}
		}
		if total != r.Count {
			t.Fatalf("count %d, want %d", r.Count, total)
		}
	})
}

// TestCountsAreBounded checks that the number of cached counts is bounded, and that Warm doesn't compute counts that
// weren't used in the previous index.
func TestCountsAreBounded(t *testing.T) {
	t.Parallel()
	s := testFleet()
	for i := range 3 * keptTops {
		s.Count(NewQuery(url.Values{"extensionCapacity": {fmt.Sprintf("..%d", i)}}), noon, time.UTC)
	}
	size := func(s *Index) (n int) {
		s.counts.Range(func(any, any) bool { n++; return true })
		return n
	}
	if n := size(s); n != keptTops {
		t.Errorf("%d are cached, want %d", n, keptTops)
	}
	next := indexOf(3, s.pbxs)
	next.Warm(s, noon)
	asked := NewQuery(url.Values{"extensionCapacity": {"..1"}})
	if got, want := next.Count(asked, noon, time.UTC), s.Count(asked, noon, time.UTC); got != want {
		t.Errorf("the next one counts %d, want %d", got, want)
	}
	last := indexOf(4, s.pbxs)
	if last.Warm(next, noon); size(last) != 1 {
		t.Errorf("%d were computed again, want only the one that was used", size(last))
	}
}

// TestExpiryDaysFollowTheZone checks that the reader's time zone determines whether a PBX expires today.
func TestExpiryDaysFollowTheZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Pacific/Auckland")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 17, 12, 30, 0, 0, time.UTC) // in Auckland it is already the 18th
	s := snapshotOf(pbxtest.Record(1, func(p *ycm.CloudPBX) { p.ExpirationDate = ycm.NewTime(at.Unix()) }))
	q, _ := ParseQuery(url.Values{"expires": {"today"}})
	now := time.Date(2026, 3, 17, 9, 0, 0, 0, time.UTC)
	if got := s.Search(q, now, time.UTC).Count; got != 1 {
		t.Errorf("today in UTC finds %d, want 1", got)
	}
	if got := s.Search(q, now, zone).Count; got != 0 {
		t.Errorf("today in Auckland finds %d, want 0", got)
	}
}
