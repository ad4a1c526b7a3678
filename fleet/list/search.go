package list

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
)

// Result is one page of the list, with the counts of each filter's values.
type Result struct {
	PBXs     []*fleet.PBX // the PBXs of this page; must not be modified
	Count    int          // matching PBXs on all pages
	Page     int          // the page shown: the last one, if the requested page is beyond it
	Pages    int          // at least 1
	Facets   []FacetCounts
	Words    []string  // the folded words of the search, for fold.Mark
	Problems []Problem // one for each part of the search that was left out or reinterpreted
	Ignored  []Ignored
}

// FacetCounts are a filter's values, each with the number of PBXs that have the value and match all other filters.
// Values of facets are sorted by count, highest first, then by value. Values of closedFilters have a fixed order.
type FacetCounts struct {
	Key    string
	Counts []WordCount // an absent value is ""
	More   int         // how many more values there are; only for CustomerKey
}

// WordCount is a filter value with its count.
type WordCount struct {
	Word  string
	Count int
}

// Search returns one page of the PBXs that match a query. It tests every row of the snapshot. now and zone determine
// the current day.
func (x *Index) Search(q Query, now time.Time, zone *time.Location) Result {
	q = q.resolved()
	b := x.parseBox(q.Search)
	v := x.match(q, b, now, zone)
	defer verdictPool.Put(v)
	r := Result{Words: b.words, Problems: b.problems, Ignored: b.ignored}
	r.Count, r.Facets = x.count(*v, x.dayFlags(now, zone).rows, q.Filters[CustomerKey])
	r.Pages = max(1, (r.Count+q.Per-1)/q.Per)
	r.Page = min(q.Page, r.Pages)
	skip := (r.Page - 1) * q.Per
	r.PBXs = make([]*fleet.PBX, 0, min(q.Per, max(r.Count-skip, 0)))
	for p := range x.inOrder(q.Sort, *v) {
		if skip > 0 {
			skip--
			continue
		}
		if len(r.PBXs) == cap(r.PBXs) {
			break
		}
		r.PBXs = append(r.PBXs, p)
	}
	return r
}

// All returns an iterator over all PBXs that match a query, in the query's order. It ignores the query's page.
func (x *Index) All(q Query, now time.Time, zone *time.Location) iter.Seq[*fleet.PBX] {
	q = q.resolved()
	return func(yield func(*fleet.PBX) bool) {
		v := x.match(q, x.parseBox(q.Search), now, zone)
		defer verdictPool.Put(v)
		x.inOrder(q.Sort, *v)(yield)
	}
}

func (x *Index) inOrder(sort string, v verdicts) iter.Seq[*fleet.PBX] {
	name, descending := strings.CutPrefix(sort, "-")
	return func(yield func(*fleet.PBX) bool) {
		field, _ := fleet.SortField(name)
		for _, row := range x.sorted(field, descending) {
			if v[row] == shown && !yield(x.pbxs[row]) {
				return
			}
		}
	}
}

type countKey struct {
	query string
	first int
	day   int64
	zone  string
}

// top is the number of PBXs that match a query, and the first few of them.
type top struct {
	count int
	first []*fleet.PBX
	used  atomic.Bool // set when Top returns it
}

// keptTops bounds how many results of Top an index caches. Further results are computed each time.
const keptTops = 500

// Count returns the number of PBXs that match a query. The result is cached per snapshot, day and zone.
func (x *Index) Count(q Query, now time.Time, zone *time.Location) int {
	n, _ := x.Top(q, 0, now, zone)
	return n
}

// Top returns the number of PBXs that match a query, and the first n of them in the query's order. The caller must not
// modify them. The result is cached per snapshot, day and zone.
func (x *Index) Top(q Query, n int, now time.Time, zone *time.Location) (count int, first []*fleet.PBX) {
	q = q.resolved()
	values := q.Values()
	for _, key := range []string{"page", "per", "cols", "view", "density"} {
		values.Del(key)
	}
	if n == 0 {
		values.Del("sort")
	}
	key := countKey{values.Encode(), n, fleet.Day(now.Unix(), zone), zone.String()}
	if known, ok := x.counts.Load(key); ok {
		t := known.(*top)
		t.used.Store(true)
		return t.count, t.first
	}
	t := x.top(q, n, now, zone)
	t.used.Store(true)
	x.counts.keep(key, t)
	return t.count, t.first
}

// topCache caches results of Top, up to keptTops.
type topCache struct {
	sync.Map // countKey to *top
	kept     atomic.Int64
}

func (c *topCache) keep(key countKey, t *top) {
	if c.kept.Add(1) <= keptTops {
		c.Store(key, t)
	}
}

func (x *Index) top(q Query, n int, now time.Time, zone *time.Location) *top {
	v := x.match(q, x.parseBox(q.Search), now, zone)
	defer verdictPool.Put(v)
	t := &top{}
	for _, verdict := range *v {
		if verdict == shown {
			t.count++
		}
	}
	if n > 0 {
		for p := range x.inOrder(q.Sort, *v) {
			if len(t.first) == min(n, t.count) {
				break
			}
			t.first = append(t.first, p)
		}
	}
	return t
}

// count returns the number of shown rows and the counts of each filter's values. A row that only one filter hides is
// included in that filter's counts, because choosing the row's value would show the row. asked has the customers that
// are counted in any case.
func (x *Index) count(v verdicts, flags []rowFlags, asked []FilterValue) (int, []FacetCounts) {
	counts := make([][]int, len(Facets))
	for i := range counts {
		counts[i] = make([]int, len(x.facets[i].words))
	}
	var closed [closedBits]int
	customers := make([]int, len(x.customers.sets))
	rows := make([]int32, 0, len(v)/4)
	for row, verdict := range v {
		switch {
		case verdict == out:
		case verdict == shown:
			rows = append(rows, int32(row)) // a fleet is smaller than 2^31
			for is := flags[row]; is != 0; is &= is - 1 {
				closed[bits.TrailingZeros64(uint64(is))]++
			}
		case int(verdict) <= len(Facets):
			counts[verdict-1][x.facets[verdict-1].codes[row]]++
		case int(verdict) == customerFilter+1:
			customers[x.customers.codes[row]]++
		default:
			f := closedFilters[int(verdict)-1-len(Facets)]
			for i := range f.words {
				if flags[row]&(1<<(f.first+i)) != 0 {
					closed[f.first+i]++
				}
			}
		}
	}
	all := make([]FacetCounts, len(Facets), len(Facets)+len(closedFilters))
	for i := range counts {
		codes, n := x.facets[i].codes, counts[i]
		for _, row := range rows {
			n[codes[row]]++
		}
		all[i] = FacetCounts{Key: Facets[i].Key, Counts: x.facets[i].top(n)}
	}
	for _, f := range closedFilters {
		c := FacetCounts{Key: f.key}
		for i, word := range f.words {
			c.Counts = append(c.Counts, WordCount{word, closed[f.first+i]})
		}
		all = append(all, c)
	}
	for _, row := range rows {
		customers[x.customers.codes[row]]++
	}
	return len(rows), append(all, x.customers.count(customers, asked))
}

func (f facet) top(counts []int) []WordCount {
	var top []WordCount
	for code, n := range counts {
		if n > 0 {
			top = append(top, WordCount{f.words[code], n})
		}
	}
	slices.SortFunc(top, func(a, b WordCount) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return fold.Compare(a.Word, b.Word)
	})
	return top
}
