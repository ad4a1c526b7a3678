package list

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list/grams"
	"cordboard/fold"
	"cordboard/opt"
)

// verdicts are the states of the rows during a search, which applies one filter after another to all rows. A row is
// shown, out, or hidden by exactly one filter. The verdict of a hidden row is that filter's index + 1. The indexes of
// closedFilters follow those of Facets, and customerFilter comes last.
type verdicts []uint8

const (
	shown = 0
	out   = 255
)

var verdictPool = sync.Pool{New: func() any { return new(verdicts) }}

// match returns the verdict of every row of the snapshot. The caller must put the verdicts back into verdictPool.
func (x *Index) match(q Query, b box, now time.Time, zone *time.Location) *verdicts {
	pooled := verdictPool.Get().(*verdicts)
	v := slices.Grow((*pooled)[:0], len(x.pbxs))[:len(x.pbxs)]
	clear(v)
	*pooled = v
	for _, word := range b.words { // first, because few rows are left
		v.word(x, word)
	}
	for i, f := range Facets {
		if words := q.Filters[f.Key]; len(words) > 0 {
			v.facet(x.facets[i], i, words)
		}
	}
	flags := x.dayFlags(now, zone).rows
	q.Presence = presenceOf(q, b)
	for i, f := range closedFilters {
		words := []FilterValue{{Value: string(q.Presence)}}
		if own := q.closed(f.key); own != nil {
			words = *own
		}
		if len(words) > 0 && (f.key != "presence" || q.Presence != PresenceHere || x.Here() < len(x.pbxs)) {
			if f.key == "expires" {
				v.hide(len(Facets)+i, x.expiresTest(words, flags, now, zone))
				continue
			}
			test := closedTest(f.key, words)
			v.hide(len(Facets)+i, func(row int) bool { return test(flags[row]) })
		}
	}
	for key, words := range q.Filters {
		switch {
		case key == CustomerKey:
			v.hide(customerFilter, x.customers.test(words))
		case facetIndex(key) < 0:
			v.drop(x, fieldTest(fieldOf(key), words, zone))
		}
	}
	for _, f := range b.filters {
		v.box(x, f, flags, now, zone)
	}
	return pooled
}

// word marks rows as out that neither contain a search word nor have it as their ID.
func (v verdicts) word(x *Index, word string) {
	exact, candidates := rowOf(x.pbxs, word), x.columns.candidates(word)
	for from := 0; from < len(v); from += grams.Group {
		end := min(from+grams.Group, len(v))
		none := candidates.None(from)
		for row := from; row < end; row++ {
			found := row == exact ||
				!none && candidates.Has(row) && strings.Contains(x.columns.searchTexts[row], word)
			if !found {
				v[row] = out
			}
		}
	}
}

// rowOf returns the row of the PBX whose ID a word is, or -1 if there is none. PBXs are in the order of their IDs.
func rowOf(pbxs []*fleet.PBX, word string) int {
	id, err := strconv.ParseInt(word, 10, 64)
	row, found := slices.BinarySearchFunc(pbxs, id, func(p *fleet.PBX, id int64) int {
		return cmp.Compare(p.CloudPBXID, id)
	})
	if err != nil || !found {
		return -1
	}
	return row
}

// presenceOf returns the presence that the search box sets, or the query's if the search box sets none.
func presenceOf(q Query, b box) Presence {
	for _, f := range b.filters {
		if f.key != "presence" {
			continue
		}
		switch presence := Presence(f.value); {
		case !f.not || presence == PresenceAll:
			return presence
		case presence == PresenceHere:
			return PresenceGone
		}
		return PresenceHere
	}
	return q.Presence
}

// dropRows marks rows as out if they fail a test.
func (v verdicts) dropRows(passes func(row int) bool) {
	for row, verdict := range v {
		if verdict != out && !passes(row) {
			v[row] = out
		}
	}
}

// drop is like dropRows, but its test takes the PBX.
func (v verdicts) drop(x *Index, passes func(*fleet.PBX) bool) {
	v.dropRows(func(row int) bool { return passes(x.pbxs[row]) })
}

// facet hides the rows whose value isn't accepted. The facet's counts still include the rows that only this filter
// hides.
func (v verdicts) facet(f facet, index int, words []FilterValue) {
	allowed := make([]bool, len(f.words))
	for code, word := range f.words {
		allowed[code] = accepts(words, func(i int) bool { return words[i].is(word) })
	}
	v.hide(index, func(row int) bool { return allowed[f.codes[row]] })
}

// hide hides the rows that fail a test. The filter's counts still include the rows that only this filter hides.
func (v verdicts) hide(filter int, passes func(row int) bool) {
	hidden := uint8(filter + 1) //nolint:gosec // there are few filters
	for row, verdict := range v {
		if verdict == out || passes(row) {
			continue
		}
		if verdict == shown {
			v[row] = hidden
		} else {
			v[row] = out
		}
	}
}

// box applies one of the search box's qualifiers.
func (v verdicts) box(x *Index, f boxFilter, flags []rowFlags, now time.Time, zone *time.Location) {
	switch {
	case f.key == "presence": // handled by presenceOf
	case f.key == "expires":
		v.dropRows(x.expiresTest([]FilterValue{{Value: f.value, Not: f.not}}, flags, now, zone))
	case f.key != "":
		test := closedTest(f.key, []FilterValue{{Value: f.value, Not: f.not}})
		v.dropRows(func(row int) bool { return test(flags[row]) })
	case f.field.Kind() != fleet.TextField:
		v.drop(x, numberTest(f.field, f.value, f.span, zone, f.not))
	default:
		v.facetPart(x, f)
	}
}

// facetPart filters by a substring of a text field. If the field is a facet, each distinct value is tested only once,
// and a quoted value that equals one of them finds only that one. So does an activation, as Unactivated contains
// Activated.
func (v verdicts) facetPart(x *Index, f boxFilter) {
	holds := func(text string) bool {
		if f.value == None && !f.quoted {
			return (text == "") != f.not
		}
		return strings.Contains(fold.Text(text), f.value) != f.not
	}
	if f.field == fleet.FieldCustomer {
		v.dropRows(x.customers.partTest(f, holds))
		return
	}
	i := facetOf(f.field)
	if i < 0 {
		v.drop(x, func(p *fleet.PBX) bool { return holds(p.Text(f.field)) })
		return
	}
	words := x.facets[i].words
	is := func(word string) bool { return fold.Text(word) == f.value }
	exact := (f.quoted || f.field == fleet.FieldActivation) && slices.ContainsFunc(words, is)
	allowed := make([]bool, len(words))
	for code, word := range words {
		allowed[code] = holds(word) && !exact || exact && is(word) != f.not
	}
	for row, code := range x.facets[i].codes {
		if !allowed[code] {
			v[row] = out
		}
	}
}

// IsFacet reports whether a filter's key belongs to one of Facets.
func IsFacet(key string) bool { return facetIndex(key) >= 0 }

// facetOf returns the index of a field's facet, or -1 if the field isn't a facet.
func facetOf(field fleet.Field) int {
	return slices.IndexFunc(Facets[:], func(f Facet) bool { return f.Field == field })
}

// facetIndex returns the index of the facet with the given key, or -1 if there is none.
func facetIndex(key string) int {
	return slices.IndexFunc(Facets[:], func(f Facet) bool { return f.Key == key })
}

// accepts combines a filter's values. It reports whether no negated value holds and, if there are plain values, at
// least one of them does.
func accepts(words []FilterValue, holds func(i int) bool) bool {
	plain, hit := false, false
	for i, w := range words {
		is := (w.Not || !hit) && holds(i)
		if w.Not && is {
			return false
		}
		plain = plain || !w.Not
		hit = hit || is
	}
	return hit || !plain
}

// is reports whether text, a field's value, equals w's value. If w is None, it reports whether the field is absent.
func (w FilterValue) is(text string) bool {
	if w.IsNone() {
		return text == ""
	}
	return text == w.Value
}

// fieldTest returns a test that combines a filter's values, for a field that isn't a facet. Text must match exactly;
// numbers and times match by range.
func fieldTest(f fleet.Field, words []FilterValue, zone *time.Location) func(*fleet.PBX) bool {
	tests := make([]func(*fleet.PBX) bool, len(words))
	for i, w := range words {
		if f.Kind() == fleet.TimeField && !w.Literal && (w.Value == NotUnderstood || w.Value == None) {
			tests[i] = numberTest(f, w.Value, span{}, zone, false)
			continue
		}
		if s, ok, _ := parseSpan(f.Kind(), w.Value); ok && f.Kind() != fleet.TextField && !w.Literal {
			tests[i] = numberTest(f, w.Value, s, zone, false)
			continue
		}
		tests[i] = func(p *fleet.PBX) bool { return w.is(p.Raw(f)) }
	}
	return func(p *fleet.PBX) bool { return accepts(words, func(i int) bool { return tests[i](p) }) }
}

// numberTest returns a test that reports whether a number or time is in a span or, if value is None or NotUnderstood,
// whether it is absent or malformed. The not parameter negates the test. An unknown number or time is in no span.
func numberTest(f fleet.Field, value string, s span, zone *time.Location, not bool) func(*fleet.PBX) bool {
	switch value {
	case None:
		return func(p *fleet.PBX) bool {
			return (p.Number(f) == fleet.Absent && p.Value(f).State != opt.Malformed) != not
		}
	case NotUnderstood:
		return func(p *fleet.PBX) bool {
			return (f.Kind() == fleet.TimeField && p.Value(f).State == opt.Malformed) != not
		}
	}
	return func(p *fleet.PBX) bool {
		n := p.Number(f)
		return (n != fleet.Absent && s.holdsAt(n, zone)) != not
	}
}
