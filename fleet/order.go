package fleet

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"cordboard/fold"
)

// order holds the rows of a snapshot, sorted by a field.
type order struct {
	once sync.Once
	rows []int32 // into pbxs
}

// sorted returns the rows in the order of a field. The order is computed once for each snapshot, field and
// direction.
func (s *Snapshot) sorted(f Field, descending bool) []int32 {
	key := f.Name
	if descending {
		key = "-" + key
	}
	made, _ := s.orders.LoadOrStore(key, &order{})
	o := made.(*order)
	o.once.Do(func() { o.rows = s.sort(f, descending) })
	return o.rows
}

// warm computes the orders and counts that were used in the snapshot before, so that no request waits for them.
func (s *Snapshot) warm(before *Snapshot, now time.Time) {
	before.counts.Range(func(k, known any) bool {
		key := k.(countKey)
		if !known.(*top).used.Load() { // not used since the last snapshot
			return true
		}
		zone, err := time.LoadLocation(key.zone)
		values, bad := url.ParseQuery(key.query)
		if err == nil && bad == nil && Day(now.Unix(), zone) == key.day { // yesterday's counts are dropped
			q, _ := ParseQuery(values)
			s.keep(key, s.top(q, key.first, now, zone))
		}
		return true
	})
	before.orders.Range(func(key, _ any) bool {
		name, descending := strings.CutPrefix(key.(string), "-")
		f, _ := SortField(name)
		s.sorted(f, descending)
		return true
	})
}

// sort returns the rows sorted by a field. It compares keys that are made once per text, not at each of the n log
// n comparisons. Absent values come last in either direction, and IDs break ties.
func (s *Snapshot) sort(f Field, descending bool) []int32 {
	rows := make([]int32, len(s.pbxs))
	for i := range rows {
		rows[i] = int32(i) // a fleet is smaller than 2^31
	}
	compare := s.comparer(f)
	slices.SortFunc(rows, func(a, b int32) int {
		c, absent := compare(a, b)
		if descending && !absent {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a, b)) // rows are in the order of IDs
	})
	return rows
}

// textKeys returns the sort keys of the rows in a text field: collation keys, or versions as they are; "" if the
// text is absent. The key of each distinct text is computed once.
func (s *Snapshot) textKeys(f Field) []string {
	keys := make([]string, len(s.pbxs))
	places := map[string]int{}
	var texts []string
	which := make([]int, len(s.pbxs))
	for i, p := range s.pbxs {
		text := strings.TrimSpace(p.texts[f.index])
		at, known := places[text]
		if !known {
			at = len(texts)
			places[text] = at
			texts = append(texts, text)
		}
		which[i] = at
	}
	ordered := texts
	if f.Name != "version" {
		ordered = fold.Keys(texts)
	}
	for i, at := range which {
		if texts[at] != "" {
			keys[i] = ordered[at]
		}
	}
	return keys
}

// comparer returns a function that compares rows by a field. absent means that c puts an absent value last.
func (s *Snapshot) comparer(f Field) func(a, b int32) (c int, absent bool) {
	if f.Kind != TextField {
		numbers := make([]int64, len(s.pbxs))
		for i, p := range s.pbxs {
			numbers[i] = p.number(f)
		}
		return func(a, b int32) (int, bool) {
			x, y := numbers[a], numbers[b]
			if (x == Absent) != (y == Absent) {
				return absentLast(x == Absent), true
			}
			return cmp.Compare(x, y), false
		}
	}
	keys := s.textKeys(f)
	return func(a, b int32) (int, bool) {
		x, y := keys[a], keys[b]
		if (x == "") != (y == "") {
			return absentLast(x == ""), true
		}
		if f.Name == "version" {
			return compareVersions(x, y), false
		}
		return cmp.Or(strings.Compare(x, y), strings.Compare(s.pbxs[a].texts[f.index], s.pbxs[b].texts[f.index])), false
	}
}
