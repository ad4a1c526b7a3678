package list

import (
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/fleet"
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

// Search returns one page of the PBXs that match a query. now and zone determine the current day. The result is cached
// per snapshot, day and zone, so callers must not modify it. Otherwise, every row of the snapshot is tested.
func (x *Index) Search(q Query, now time.Time, zone *time.Location) Result {
	q = q.resolved()
	key := keyOf(q, now, zone, "cols", "view", "density")
	if known, ok := x.results.get(key); ok {
		return known
	}
	r := search(x, q, now, zone)
	x.results.keep(key, r)
	return r
}

func search(x *Index, q Query, now time.Time, zone *time.Location) Result {
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

// queryKey is a query, and the day on which it is asked.
type queryKey struct {
	query string
	day   int64
	zone  string
}

func keyOf(q Query, now time.Time, zone *time.Location, without ...string) queryKey {
	values := q.Values()
	for _, key := range without {
		values.Del(key)
	}
	return queryKey{values.Encode(), fleet.Day(now.Unix(), zone), zone.String()}
}

// keptResults bounds how many results of Search an index caches.
const keptResults = 200

// resultCache caches results of Search. When it is full, it forgets all of them.
type resultCache struct {
	mu  sync.Mutex
	all map[queryKey]Result
}

func (c *resultCache) get(key queryKey) (Result, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.all[key]
	return r, ok
}

func (c *resultCache) keep(key queryKey, r Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= keptResults {
		c.all = map[queryKey]Result{}
	}
	c.all[key] = r
}

type countKey struct {
	queryKey

	first int
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
	without := []string{"page", "per", "cols", "view", "density"}
	if n == 0 {
		without = append(without, "sort")
	}
	key := countKey{keyOf(q, now, zone, without...), n}
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
