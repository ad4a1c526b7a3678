package list

import (
	"math/bits"
	"slices"
	"sync"

	"cordboard/fold"
)

// count returns the number of shown rows and the counts of each filter's values. A row that only one filter hides is
// included in that filter's counts, because choosing the row's value would show the row. asked has the customers that
// are counted in any case.
func (x *Index) count(v verdicts, flags []rowFlags, asked []FilterValue) (int, []FacetCounts) {
	c := counterPool.Get().(*counter)
	defer counterPool.Put(c)
	counts, customers := c.of(x)
	var closed [closedBits]int
	rows := c.rows[:0]
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
		counted := FacetCounts{Key: f.key, Counts: make([]WordCount, 0, len(f.words))}
		for i, word := range f.words {
			counted.Counts = append(counted.Counts, WordCount{word, closed[f.first+i]})
		}
		all = append(all, counted)
	}
	for _, row := range rows {
		customers[x.customers.codes[row]]++
	}
	c.rows = rows
	return len(rows), append(all, x.customers.count(customers, asked))
}

// counter has the memory that counting needs, to use it again.
type counter struct {
	rows   []int32 // the shown rows
	counts []int   // of all facets' values, and then of the sets of customers
	facets [len(Facets)][]int
}

var counterPool = sync.Pool{New: func() any { return new(counter) }}

// of returns zeros for the values of each facet and for the sets of customers.
func (c *counter) of(x *Index) (facets [][]int, customers []int) {
	n := len(x.customers.sets)
	for _, f := range x.facets {
		n += len(f.words)
	}
	c.counts = slices.Grow(c.counts[:0], n)[:n]
	clear(c.counts)
	rest := c.counts
	for i, f := range x.facets {
		c.facets[i], rest = rest[:len(f.words)], rest[len(f.words):]
	}
	return c.facets[:], rest
}

func (f facet) top(counts []int) []WordCount {
	values := 0
	for _, n := range counts {
		if n > 0 {
			values++
		}
	}
	top := make([]WordCount, 0, values)
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
