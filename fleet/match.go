package fleet

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// A search decides on all rows filter by filter, in the order of memory. verdicts say of each row how it stands: shown, hidden
// by exactly one facet (its index + 1), or out.
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
	today := Day(now.Unix(), zone)
	for i, f := range Facets { // first, since they look at numbers that lie side by side
		if words := q.Words[f.Key]; len(words) > 0 {
			v.facet(s.facets[i], i, words)
		}
	}
	v.presence(s, presenceOf(q, b))
	for key, words := range q.Words {
		if facetIndex(key) < 0 {
			v.drop(s, fieldTest(fields[key], words, zone))
		}
	}
	for _, f := range b.filters {
		v.box(s, f, today, zone)
	}
	if len(q.Expires) > 0 {
		v.dropRows(s.expiryTest(q.Expires, today, zone))
	}
	if len(q.Usage) > 0 {
		v.dropRows(s.usageTest(q.Usage))
	}
	if len(q.Attention) > 0 {
		needs := s.attentionTests(now, today, zone)
		v.dropRows(func(row int) bool { return accepts(q.Attention, func(w string) bool { return needs[w](row) }) })
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

func (v verdicts) presence(s *Snapshot, presence string) {
	if presence == "all" || presence == "here" && s.here == len(s.pbxs) {
		return
	}
	v.dropRows(func(row int) bool { return (s.columns.flags[row]&isGone != 0) == (presence == "gone") })
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
		allowed[code] = accepts(words, func(asked string) bool { return asked == word || asked == None && word == "" })
	}
	hidden := uint8(index + 1) //nolint:gosec // there are few facets
	for i, verdict := range v {
		if verdict == out || allowed[f.codes[i]] {
			continue
		}
		if verdict == shown {
			v[i] = hidden
		} else {
			v[i] = out
		}
	}
}

// box applies a qualifier.
func (v verdicts) box(s *Snapshot, f boxFilter, today int64, zone *time.Location) {
	word := []Word{{f.value, f.not}}
	switch {
	case f.key == "expires":
		v.dropRows(s.expiryTest(word, today, zone))
	case f.key == "usage":
		v.dropRows(s.usageTest(word))
	case f.key != "":
	case f.field.Kind != TextField:
		v.drop(s, numberTest(f.field, f.value, f.span.in(zone), f.not))
	default:
		v.facetPart(s, f)
	}
}

// facetPart asks for a part of a text; where the words are few, each is looked at once.
func (v verdicts) facetPart(s *Snapshot, f boxFilter) {
	holds := func(text string) bool {
		if f.value == None && text == "" {
			return !f.not
		}
		return strings.Contains(Fold(text), f.value) != f.not
	}
	i := slices.IndexFunc(Facets[:], func(facet struct{ Key, Field string }) bool { return facet.Field == f.field.Name })
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

// fieldTest joins the words of a filter of a field with many values: texts are literal, numbers and times ranges.
func fieldTest(f Field, words []Word, zone *time.Location) func(*PBX) bool {
	tests := make([]func(*PBX) bool, len(words))
	for i, w := range words {
		if s, ok, _ := parseSpan(f.Kind, w.Value); ok && f.Kind != TextField {
			tests[i] = numberTest(f, w.Value, s.in(zone), false)
			continue
		}
		tests[i] = func(p *PBX) bool { return p.Raw(f.Name) == w.Value || w.Value == None && p.Raw(f.Name) == "" }
	}
	return func(p *PBX) bool {
		plain, hit := false, false
		for i, w := range words {
			is := (w.Not || !hit) && tests[i](p)
			if w.Not && is {
				return false
			}
			plain = plain || !w.Not
			hit = hit || !w.Not && is
		}
		return hit || !plain
	}
}

// numberTest says whether a number or time is in a span. What wasn't reported is in none, and in none's opposite.
func numberTest(f Field, value string, s span, not bool) func(*PBX) bool {
	if value == None {
		return func(p *PBX) bool { return (p.number(f) == Absent) != not }
	}
	return func(p *PBX) bool {
		n := p.number(f)
		return (n != Absent && n >= s.from && n <= s.to) != not
	}
}

// expiryTest works with the instants at which days begin in the reader's zone.
func (s *Snapshot) expiryTest(words []Word, today int64, zone *time.Location) func(row int) bool {
	spans := make([]span, len(words))
	for i, w := range words {
		switch w.Value {
		case "none":
			spans[i] = span{from: Absent, to: Absent}
		case "overdue":
			spans[i] = span{from: Absent + 1, to: dayStart(today, zone) - 1}
		case "later":
			spans[i] = span{from: dayStart(today+91, zone), to: math.MaxInt64}
		default:
			spans[i] = span{from: dayStart(today, zone), to: dayStart(today+expiryWithin[w.Value]+1, zone) - 1}
		}
	}
	return func(row int) bool {
		at := s.columns.expires[row]
		plain, hit := false, false
		for i, w := range words {
			in := at >= spans[i].from && at <= spans[i].to
			if w.Not && in {
				return false
			}
			plain = plain || !w.Not
			hit = hit || !w.Not && in
		}
		return hit || !plain
	}
}

// neglected is how long a PBX may wait for its activation.
const neglected = 7 * 24 * 3600 // seconds

func (s *Snapshot) attentionTests(now time.Time, today int64, zone *time.Location) map[string]func(row int) bool {
	return map[string]func(row int) bool{
		"overdue": s.expiryTest([]Word{{"overdue", false}}, today, zone),
		"7d":      s.expiryTest([]Word{{"7d", false}}, today, zone),
		"over":    s.usageTest([]Word{{"over", false}}),
		"full":    func(row int) bool { return s.columns.flags[row]&isFull != 0 },
		"not-activated": func(row int) bool {
			p := s.pbxs[row]
			created := p.numbers[createTime]
			return p.texts[activationStatus] == "Unactivated" && created != Absent && now.Unix()-created > neglected
		},
	}
}

// usageTest says whether any of the three resources is so full.
func (s *Snapshot) usageTest(words []Word) func(row int) bool {
	kinds := map[string]flag{"nearly-full": isNearlyFull, "over": isOver}
	var asked, refused flag
	for _, w := range words {
		if w.Not {
			refused |= kinds[w.Value]
		} else {
			asked |= kinds[w.Value]
		}
	}
	return func(row int) bool {
		f := s.columns.flags[row]
		return f&refused == 0 && (asked == 0 || f&asked != 0)
	}
}
