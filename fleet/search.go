package fleet

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"cordboard/fold"
)

// Result is one page of the list, and what the filters would find.
type Result struct {
	PBXs     []*PBX // of the page; not to be changed
	Count    int    // that match, over all pages
	Page     int    // the page shown: the last one, if a later one was asked for
	Pages    int    // at least 1
	Facets   []FacetCounts
	Words    []string // of the search, folded, for Mark
	Problems []string // what of the search was left out or read another way, a sentence each
	Ignored  []Ignored
}

// FacetCounts are the words of a filter, each with how many PBXs it would show under all other filters. Those of facets come
// with the most first, then by word; those of the filters with words of ours (expires, usage, attention, presence) in their order.
type FacetCounts struct {
	Key    string
	Counts []WordCount // absent is ""
}

// WordCount is one of them.
type WordCount struct {
	Word  string
	Count int
}

// Search answers a query from the snapshot: plain loops over its rows. now and zone decide which day it is.
func (s *Snapshot) Search(q Query, now time.Time, zone *time.Location) Result {
	b := s.parseBox(q.Search)
	v := s.match(q, b, now, zone)
	defer verdictPool.Put(v)
	r := Result{Words: b.words, Problems: b.problems, Ignored: b.ignored}
	r.Count, r.Facets = s.count(*v, s.marksOn(now, zone))
	r.Pages = max(1, (r.Count+q.Per-1)/q.Per)
	r.Page = min(q.Page, r.Pages)
	skip := (r.Page - 1) * q.Per
	r.PBXs = make([]*PBX, 0, min(q.Per, max(r.Count-skip, 0)))
	for p := range s.inOrder(q.Sort, *v) {
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

// All goes through everything that a query finds, in its order and whatever its page.
func (s *Snapshot) All(q Query, now time.Time, zone *time.Location) iter.Seq[*PBX] {
	return func(yield func(*PBX) bool) {
		v := s.match(q, s.parseBox(q.Search), now, zone)
		defer verdictPool.Put(v)
		s.inOrder(q.Sort, *v)(yield)
	}
}

func (s *Snapshot) inOrder(sort string, v verdicts) iter.Seq[*PBX] {
	name, descending := strings.CutPrefix(sort, "-")
	return func(yield func(*PBX) bool) {
		field, _ := SortField(name)
		for _, row := range s.sorted(field, descending) {
			if v[row] == shown && !yield(s.pbxs[row]) {
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

// top is how many PBXs a query finds, and the first of them.
type top struct {
	count int
	first []*PBX
	used  atomic.Bool // somebody asked for it
}

// keptTops is how many of them a snapshot keeps. More are worked out each time.
const keptTops = 500

// Count says how many PBXs a query finds. It is worked out once for each snapshot and day.
func (s *Snapshot) Count(q Query, now time.Time, zone *time.Location) int {
	n, _ := s.Top(q, 0, now, zone)
	return n
}

// Top says how many PBXs a query finds, and which are the first in its order; at most n, not to be changed. It is worked out once
// for each snapshot and day.
func (s *Snapshot) Top(q Query, n int, now time.Time, zone *time.Location) (count int, first []*PBX) {
	values := q.Values()
	for _, key := range []string{"page", "per", "cols", "view", "density"} {
		values.Del(key)
	}
	if n == 0 {
		values.Del("sort")
	}
	key := countKey{values.Encode(), n, Day(now.Unix(), zone), zone.String()}
	if known, ok := s.counts.Load(key); ok {
		t := known.(*top)
		t.used.Store(true)
		return t.count, t.first
	}
	t := s.top(q, n, now, zone)
	t.used.Store(true)
	s.keep(key, t)
	return t.count, t.first
}

func (s *Snapshot) keep(key countKey, t *top) {
	if s.kept.Add(1) <= keptTops {
		s.counts.Store(key, t)
	}
}

func (s *Snapshot) top(q Query, n int, now time.Time, zone *time.Location) *top {
	v := s.match(q, s.parseBox(q.Search), now, zone)
	defer verdictPool.Put(v)
	t := &top{}
	for _, verdict := range *v {
		if verdict == shown {
			t.count++
		}
	}
	if n > 0 {
		for p := range s.inOrder(q.Sort, *v) {
			if len(t.first) == min(n, t.count) {
				break
			}
			t.first = append(t.first, p)
		}
	}
	return t
}

// count adds up the rows that are shown, and by filter those that it alone hides: choosing their word would show them.
func (s *Snapshot) count(v verdicts, marks []marks) (int, []FacetCounts) {
	counts := make([][]int, len(Facets))
	for i := range counts {
		counts[i] = make([]int, len(s.facets[i].words))
	}
	var closed [closedBits]int
	rows := make([]int32, 0, len(v)/4)
	for row, verdict := range v {
		switch {
		case verdict == out:
		case verdict == shown:
			rows = append(rows, int32(row)) // a fleet is smaller than 2^31
			for is := marks[row]; is != 0; is &= is - 1 {
				closed[bits.TrailingZeros64(uint64(is))]++
			}
		case int(verdict) <= len(Facets):
			counts[verdict-1][s.facets[verdict-1].codes[row]]++
		default:
			f := closedFilters[int(verdict)-1-len(Facets)]
			for i := range f.words {
				if marks[row]&(1<<(f.first+i)) != 0 {
					closed[f.first+i]++
				}
			}
		}
	}
	all := make([]FacetCounts, len(Facets), len(Facets)+len(closedFilters))
	for i := range counts {
		codes, n := s.facets[i].codes, counts[i]
		for _, row := range rows {
			n[codes[row]]++
		}
		all[i] = FacetCounts{Facets[i].Key, s.facets[i].top(n)}
	}
	for _, f := range closedFilters {
		c := FacetCounts{Key: f.key}
		for i, word := range f.words {
			c.Counts = append(c.Counts, WordCount{word, closed[f.first+i]})
		}
		all = append(all, c)
	}
	return len(rows), all
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
