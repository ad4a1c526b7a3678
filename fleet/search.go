package fleet

import (
	"slices"
	"strings"
	"time"
)

// Result is one page of the list, and what the filters would find.
type Result struct {
	PBXs   []*PBX // of the page; not to be changed
	Count  int    // that match, over all pages
	Page   int    // the page shown: the last one, if a later one was asked for
	Pages  int    // at least 1
	Facets []FacetCounts
}

// FacetCounts are the words of a facet, each with how many PBXs it would show under all other filters.
type FacetCounts struct {
	Key    string
	Counts []WordCount // most first, then by word; absent is ""
}

// WordCount is one of them.
type WordCount struct {
	Word  string
	Count int
}

// Search answers a query from the snapshot: plain loops over its rows, in the order of the sorted field. now and zone
// decide which day it is.
func (s *Snapshot) Search(q Query, now time.Time, zone *time.Location) Result {
	m := s.matcher(q, now, zone)
	counts := make([][]int, len(Facets))
	for i := range counts {
		counts[i] = make([]int, len(s.facets[i].words))
	}
	field := fields[strings.TrimPrefix(q.Sort, "-")]
	var found []int32
	for _, row := range s.sorted(field, strings.HasPrefix(q.Sort, "-")) {
		switch failed := m.match(int(row)); {
		case failed == 0:
			found = append(found, row)
			for i := range counts {
				counts[i][s.facets[i].codes[row]]++
			}
		case failed > 0: // only facet failed-1 is against it: it counts there, since choosing its word would show it
			counts[failed-1][s.facets[failed-1].codes[row]]++
		}
	}
	r := Result{Count: len(found), Pages: max(1, (len(found)+q.Per-1)/q.Per)}
	r.Page = min(q.Page, r.Pages)
	from := (r.Page - 1) * q.Per
	for _, row := range found[from:min(from+q.Per, len(found))] {
		r.PBXs = append(r.PBXs, &s.pbxs[row])
	}
	for i := range counts {
		r.Facets = append(r.Facets, FacetCounts{Facets[i].Key, s.facets[i].top(counts[i])})
	}
	return r
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
		return strings.Compare(a.Word, b.Word)
	})
	return top
}

// matcher is a query made ready for one snapshot.
type matcher struct {
	s        *Snapshot
	words    []string // folded, of the search
	presence string
	allowed  [len(Facets)][]bool // by code; nil: all
	others   []fieldFilter
	expires  []Word
	usage    []Word
	today    int64
	zone     *time.Location
}

type fieldFilter struct {
	field string
	words []Word
}

func (s *Snapshot) matcher(q Query, now time.Time, zone *time.Location) matcher {
	m := matcher{
		s: s, words: strings.Fields(Fold(q.Search)), presence: q.Presence,
		expires: q.Expires, usage: q.Usage, today: Day(now.Unix(), zone), zone: zone,
	}
	for key, words := range q.Words {
		if i := facetIndex(key); i >= 0 {
			m.allowed[i] = make([]bool, len(s.facets[i].words))
			for code, word := range s.facets[i].words {
				m.allowed[i][code] = accepts(words, func(v string) bool { return v == word })
			}
			continue
		}
		m.others = append(m.others, fieldFilter{key, words})
	}
	return m
}

func facetIndex(key string) int {
	return slices.IndexFunc(Facets[:], func(f struct{ Key, Field string }) bool { return f.Key == key })
}

// accepts joins a filter's words: one of the plain ones must hold, if there are any, and none of the negated ones.
func accepts(words []Word, holds func(string) bool) bool {
	plain, hit := false, false
	for _, w := range words {
		is := holds(w.Value)
		if w.Not {
			if is {
				return false
			}
			continue
		}
		plain = true
		hit = hit || is
	}
	return hit || !plain
}

// match returns 0 for a row that the query shows, i+1 for one that only facet i hides, and -1 for all others.
func (m *matcher) match(row int) int {
	p := &m.s.pbxs[row]
	if m.presence != "all" && p.IsGone() != (m.presence == "gone") {
		return -1
	}
	failed := 0
	for i := range m.allowed {
		if m.allowed[i] != nil && !m.allowed[i][m.s.facets[i].codes[row]] {
			if failed != 0 {
				return -1
			}
			failed = i + 1
		}
	}
	for _, word := range m.words {
		if !strings.Contains(p.fold, word) {
			return -1
		}
	}
	for _, f := range m.others {
		value := p.Raw(f.field)
		if !accepts(f.words, func(v string) bool { return v == value }) {
			return -1
		}
	}
	if len(m.expires) > 0 && !accepts(m.expires, func(v string) bool { return m.expiresIn(p, v) }) {
		return -1
	}
	if len(m.usage) > 0 && !accepts(m.usage, func(v string) bool { return isUsed(p, v) }) {
		return -1
	}
	return failed
}

// expiresIn says whether a PBX is in one of Expiries.
func (m *matcher) expiresIn(p *PBX, word string) bool {
	at, _ := p.Expires()
	if at == Absent {
		return word == "none"
	}
	days := Day(at, m.zone) - m.today
	switch word {
	case "overdue":
		return days < 0
	case "later":
		return days > 90
	case "none":
		return false
	}
	return days >= 0 && days <= expiryWithin[word]
}

// isUsed says whether any of the three resources is so full.
func isUsed(p *PBX, word string) bool {
	for _, u := range Usages {
		used, capacity := p.Number(u.Used), p.Number(u.Capacity)
		if word == "over" && over(used, capacity) || word == "nearly-full" && nearlyFull(used, capacity) {
			return true
		}
	}
	return false
}
