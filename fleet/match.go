package fleet

import (
	"slices"
	"strings"
	"sync"
	"time"

	"cordboard/fold"
)

// A search decides on all rows filter by filter, in the order of memory. verdicts say of each row how it stands: shown, hidden
// by exactly one filter (its index + 1, facets before closedFilters), or out.
type verdicts []uint8

const (
	shown = 0
	out   = 255
)

var verdictPool = sync.Pool{New: func() any { return new(verdicts) }}

// match judges every row of the snapshot. Give the verdicts back with verdictPool.Put.
func (s *Snapshot) match(q Query, b box, now time.Time, zone *time.Location) *verdicts {
	pooled := verdictPool.Get().(*verdicts)
	v := slices.Grow((*pooled)[:0], len(s.pbxs))[:len(s.pbxs)]
	clear(v)
	*pooled = v
	for i, f := range Facets { // first, since they look at numbers that lie side by side
		if words := q.Words[f.Key]; len(words) > 0 {
			v.facet(s.facets[i], i, words)
		}
	}
	marks := s.marksOn(now, zone)
	q.Presence = presenceOf(q, b)
	for i, f := range closedFilters {
		words := []Word{{Value: q.Presence}}
		if own := q.closed(f.key); own != nil {
			words = *own
		}
		if len(words) > 0 && (f.key != "presence" || q.Presence != "here" || s.here < len(s.pbxs)) {
			if f.key == "expires" {
				v.hide(len(Facets)+i, s.expiresTest(words, marks, now, zone))
				continue
			}
			test := closedTest(f.key, words)
			v.hide(len(Facets)+i, func(row int) bool { return test(marks[row]) })
		}
	}
	for key, words := range q.Words {
		if facetIndex(key) < 0 {
			v.drop(s, fieldTest(fields[key], words, zone))
		}
	}
	for _, f := range b.filters {
		v.box(s, f, marks, now, zone)
	}
	for _, word := range b.words {
		v.dropRows(func(row int) bool { return strings.Contains(s.columns.folds[row], word) })
	}
	return pooled
}

// presenceOf is the query's, or what the box asks for.
func presenceOf(q Query, b box) string {
	for _, f := range b.filters {
		if f.key != "presence" {
			continue
		}
		switch {
		case !f.not || f.value == "all":
			return f.value
		case f.value == "here":
			return "gone"
		}
		return "here"
	}
	return q.Presence
}

// dropRows puts all rows out that don't pass.
func (v verdicts) dropRows(passes func(row int) bool) {
	for row, verdict := range v {
		if verdict != out && !passes(row) {
			v[row] = out
		}
	}
}

// drop is dropRows by what a PBX itself holds.
func (v verdicts) drop(s *Snapshot, passes func(*PBX) bool) {
	v.dropRows(func(row int) bool { return passes(s.pbxs[row]) })
}

// facet hides rows by their word; a row that only this hides still counts in the facet.
func (v verdicts) facet(f facet, index int, words []Word) {
	allowed := make([]bool, len(f.words))
	for code, word := range f.words {
		allowed[code] = accepts(words, func(i int) bool { return words[i].is(word) })
	}
	v.hide(index, func(row int) bool { return allowed[f.codes[row]] })
}

// hide hides the rows that don't pass; a row that only this filter hides still counts in it.
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

// box applies a qualifier.
func (v verdicts) box(s *Snapshot, f boxFilter, marks []marks, now time.Time, zone *time.Location) {
	switch {
	case f.key == "presence": // presenceOf saw to it
	case f.key == "expires":
		v.dropRows(s.expiresTest([]Word{{Value: f.value, Not: f.not}}, marks, now, zone))
	case f.key != "":
		test := closedTest(f.key, []Word{{Value: f.value, Not: f.not}})
		v.dropRows(func(row int) bool { return test(marks[row]) })
	case f.field.Kind != TextField:
		v.drop(s, numberTest(f.field, f.value, f.span, zone, f.not))
	default:
		v.facetPart(s, f)
	}
}

// facetPart asks for a part of a text; where the words are few, each is looked at once.
func (v verdicts) facetPart(s *Snapshot, f boxFilter) {
	holds := func(text string) bool {
		if f.value == None && !f.quoted {
			return (text == "") != f.not
		}
		return strings.Contains(fold.Text(text), f.value) != f.not
	}
	i := facetOf(f.field.Name)
	if i < 0 {
		v.drop(s, func(p *PBX) bool { return holds(p.texts[f.field.index]) })
		return
	}
	allowed := make([]bool, len(s.facets[i].words))
	for code, word := range s.facets[i].words {
		allowed[code] = holds(word)
	}
	for row, code := range s.facets[i].codes {
		if !allowed[code] {
			v[row] = out
		}
	}
}

// IsFacet says whether a filter's key is one of Facets.
func IsFacet(key string) bool { return facetIndex(key) >= 0 }

// facetOf finds the facet of a field, or -1.
func facetOf(field string) int {
	return slices.IndexFunc(Facets[:], func(f struct{ Key, Field string }) bool { return f.Field == field })
}

// facetIndex finds a facet by its key, or -1.
func facetIndex(key string) int {
	return slices.IndexFunc(Facets[:], func(f struct{ Key, Field string }) bool { return f.Key == key })
}

// accepts joins a filter's words: one of the plain ones must hold, if there are any, and none of the negated ones.
func accepts(words []Word, holds func(i int) bool) bool {
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

// is says whether a text is the word's, literally, or not reported where that is asked for.
func (w Word) is(text string) bool {
	if w.IsNone() {
		return text == ""
	}
	return text == w.Value
}

// fieldTest joins the words of a filter of a field with many values: texts are literal, numbers and times ranges.
func fieldTest(f Field, words []Word, zone *time.Location) func(*PBX) bool {
	tests := make([]func(*PBX) bool, len(words))
	for i, w := range words {
		if f.Kind == TimeField && !w.Literal && (w.Value == NotUnderstood || w.Value == None) {
			tests[i] = numberTest(f, w.Value, span{}, zone, false)
			continue
		}
		if s, ok, _ := parseSpan(f.Kind, w.Value); ok && f.Kind != TextField && !w.Literal {
			tests[i] = numberTest(f, w.Value, s, zone, false)
			continue
		}
		tests[i] = func(p *PBX) bool { return w.is(p.Raw(f.Name)) }
	}
	return func(p *PBX) bool { return accepts(words, func(i int) bool { return tests[i](p) }) }
}

// numberTest says whether a number or time is in a span. What wasn't reported is in none, and in none's opposite.
func numberTest(f Field, value string, s span, zone *time.Location, not bool) func(*PBX) bool {
	switch value {
	case None:
		return func(p *PBX) bool { return (p.number(f) == Absent && p.TimeState(f.Name) != TimeMalformed) != not }
	case NotUnderstood:
		return func(p *PBX) bool { return (p.TimeState(f.Name) == TimeMalformed) != not }
	}
	return func(p *PBX) bool {
		n := p.number(f)
		return (n != Absent && s.holdsAt(n, zone)) != not
	}
}
