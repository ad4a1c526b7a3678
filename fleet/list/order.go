package list

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
)

// order is a snapshot's rows, sorted by a field.
type order struct {
	once sync.Once
	rows []int32 // indexes into pbxs
}

// sorted returns the rows sorted by a field. The order is computed once per snapshot, field and direction.
func (x *Index) sorted(f fleet.Field, descending bool) []int32 {
	key := f.Name()
	if descending {
		key = "-" + key
	}
	made, _ := x.orders.LoadOrStore(key, &order{})
	o := made.(*order)
	o.once.Do(func() { o.rows = x.sort(f, descending) })
	return o.rows
}

// Warm computes the orders that the previous index has and the counts that were used in it, so that no request waits
// for them.
func (x *Index) Warm(before *Index, now time.Time) {
	before.counts.Range(func(k, known any) bool {
		key := k.(countKey)
		if !known.(*top).used.Load() { // not used in the previous index
			return true
		}
		zone, err := time.LoadLocation(key.zone)
		values, bad := url.ParseQuery(key.query)
		if err == nil && bad == nil && fleet.Day(now.Unix(), zone) == key.day { // counts for other days are dropped
			q, _ := ParseQuery(values)
			x.counts.keep(key, x.top(q, key.first, now, zone))
		}
		return true
	})
	before.orders.Range(func(key, _ any) bool {
		name, descending := strings.CutPrefix(key.(string), "-")
		f, _ := fleet.SortField(name)
		x.sorted(f, descending)
		return true
	})
}

// sort returns the rows sorted by a field. It computes each text's sort key once instead of in each of the n log n
// comparisons. Absent values come last in either direction, and IDs break ties.
func (x *Index) sort(f fleet.Field, descending bool) []int32 {
	rows := make([]int32, len(x.pbxs))
	for i := range rows {
		rows[i] = int32(i) // a fleet is smaller than 2^31
	}
	compare := x.comparer(f)
	slices.SortFunc(rows, func(a, b int32) int {
		c, absent := compare(a, b)
		if descending && !absent {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a, b)) // rows are in ID order
	})
	return rows
}

// textKeys returns each row's sort key for a text field: "" if the text is absent, the text itself for versions, and
// otherwise a collation key. The key of each distinct text is computed once.
func (x *Index) textKeys(f fleet.Field) []string {
	keys := make([]string, len(x.pbxs))
	places := map[string]int{}
	var texts []string
	which := make([]int, len(x.pbxs))
	for i, p := range x.pbxs {
		text := strings.TrimSpace(p.Text(f))
		at, known := places[text]
		if !known {
			at = len(texts)
			places[text] = at
			texts = append(texts, text)
		}
		which[i] = at
	}
	ordered := texts
	if f != fleet.FieldVersion {
		ordered = fold.Keys(texts)
	}
	for i, at := range which {
		if texts[at] != "" {
			keys[i] = ordered[at]
		}
	}
	return keys
}

func absentLast(first bool) int {
	if first {
		return 1
	}
	return -1
}

// comparer returns a function that compares two rows by a field. If only one value is absent, c puts it last in either
// direction, and absent is true.
func (x *Index) comparer(f fleet.Field) func(a, b int32) (c int, absent bool) {
	if f.Kind() != fleet.TextField {
		numbers := make([]int64, len(x.pbxs))
		for i, p := range x.pbxs {
			numbers[i] = p.Number(f)
		}
		return func(a, b int32) (int, bool) {
			x, y := numbers[a], numbers[b]
			if (x == fleet.Absent) != (y == fleet.Absent) {
				return absentLast(x == fleet.Absent), true
			}
			return cmp.Compare(x, y), false
		}
	}
	keys := x.textKeys(f)
	return func(a, b int32) (int, bool) {
		v, w := keys[a], keys[b]
		if v == "" && w == "" {
			return 0, true // not reported, or only spaces
		}
		if v == "" || w == "" {
			return absentLast(v == ""), true
		}
		if f == fleet.FieldVersion {
			return fleet.CompareVersions(v, w), false
		}
		return cmp.Or(strings.Compare(v, w), strings.Compare(x.pbxs[a].Text(f), x.pbxs[b].Text(f))), false
	}
}
