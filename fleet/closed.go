package fleet

import (
	"slices"
	"sync"
	"time"
)

// closedFilters are the filters whose words are ours. Each word is a bit that a row has or hasn't.
var closedFilters = [...]struct {
	key   string
	words []string
	first int // bit
}{
	{"expires", Expiries, 0},
	{"usage", UsageWords, 8},
	{"attention", AttentionWords, 10},
	{"presence", Presences, 15},
}

const closedBits = 18

// marks are the words that hold for a row, as bits.
type marks uint32

// ClosedWords are those that a filter with words of ours takes; nil for any other key.
func ClosedWords(key string) []string {
	for _, f := range closedFilters {
		if f.key == key {
			return f.words
		}
	}
	return nil
}

func bitOf(key, word string) marks {
	for _, f := range closedFilters {
		if f.key == key {
			if i := slices.Index(f.words, word); i >= 0 {
				return 1 << (f.first + i)
			}
		}
	}
	return 0
}

// Bits that are set one by one.
var (
	bitOverdue   = bitOf("expires", "overdue")
	bitLater     = bitOf("expires", "later")
	bitNoDate    = bitOf("expires", "none")
	bitNearly    = bitOf("usage", "nearly-full")
	bitOver      = bitOf("usage", "over")
	needOverdue  = bitOf("attention", "overdue")
	needSoon     = bitOf("attention", "7d")
	needOver     = bitOf("attention", "over")
	needFull     = bitOf("attention", "full")
	needActivate = bitOf("attention", "not-activated")
	bitHere      = bitOf("presence", "here") | bitOf("presence", "all")
	bitGone      = bitOf("presence", "gone") | bitOf("presence", "all")
)

// neglected is how long a PBX may wait for its activation, at the beginning of the day.
const neglected = 7 * 24 * 3600 // seconds

// dayKey is a day of a zone, on which marks depend.
type dayKey struct {
	day  int64
	zone string
}

type dayMarks struct {
	once sync.Once
	rows []marks
}

// marksOn returns each row's marks on the day that now is in a zone. They are worked out once for each snapshot, day and zone.
func (s *Snapshot) marksOn(now time.Time, zone *time.Location) []marks {
	key := dayKey{Day(now.Unix(), zone), zone.String()}
	made, known := s.marks.LoadOrStore(key, &dayMarks{})
	if !known {
		s.forgetDays(key.day)
	}
	d := made.(*dayMarks)
	d.once.Do(func() {
		m := s.marker(now, zone)
		d.rows = make([]marks, len(s.pbxs))
		for row := range d.rows {
			d.rows[row] = m.marks(row)
		}
	})
	return d.rows
}

// forgetDays drops what a snapshot that stays for days has worked out for those that are over in every zone.
func (s *Snapshot) forgetDays(today int64) {
	s.marks.Range(func(k, _ any) bool {
		if k.(dayKey).day < today-1 {
			s.marks.Delete(k)
		}
		return true
	})
	s.counts.Range(func(k, _ any) bool {
		if k.(countKey).day < today-1 {
			s.counts.Delete(k)
		}
		return true
	})
}

// marker knows which words hold for a row, on one day of one zone.
type marker struct {
	s            *Snapshot
	today, later int64 // instants at which days begin
	within       []int64
	withinBits   []marks
	unactivated  uint32 // code of that word, or one that no row has
}

func (s *Snapshot) marker(now time.Time, zone *time.Location) marker {
	today := Day(now.Unix(), zone)
	m := marker{s: s, today: dayStart(today, zone), later: dayStart(today+91, zone)}
	for _, word := range Expiries {
		if days, ok := expiryWithin[word]; ok {
			m.within, m.withinBits = append(m.within, dayStart(today+days+1, zone)), append(m.withinBits, bitOf("expires", word))
		}
	}
	m.unactivated = uint32(len(s.facets[activationFacet].words)) //nolint:gosec // no more words than PBXs
	if i := slices.Index(s.facets[activationFacet].words, "Unactivated"); i >= 0 {
		m.unactivated = uint32(i) //nolint:gosec // as above
	}
	return m
}

func (m *marker) marks(row int) marks {
	is := m.expiry(m.s.columns.expires[row])
	f := m.s.columns.flags[row]
	if f&isNearlyFull != 0 {
		is |= bitNearly
	}
	if f&isFull != 0 {
		is |= needFull
	}
	if f&isOver != 0 {
		is |= bitOver | needOver
	}
	if m.s.facets[activationFacet].codes[row] == m.unactivated {
		if created := m.s.pbxs[row].numbers[createTime]; created != Absent && m.today-created > neglected {
			is |= needActivate
		}
	}
	if f&isGone != 0 {
		return is | bitGone
	}
	return is | bitHere
}

func (m *marker) expiry(at int64) (is marks) {
	switch {
	case at == Absent:
		return bitNoDate
	case at < m.today:
		return bitOverdue | needOverdue
	case at >= m.later:
		return bitLater
	}
	for i, end := range m.within {
		if at < end {
			is |= m.withinBits[i]
			if i <= 1 { // today, or within 7 days
				is |= needSoon
			}
		}
	}
	return is
}

// closedTest joins a filter's words as accepts does, in two comparisons of bits.
func closedTest(key string, words []Word) func(marks) bool {
	var asked, refused marks
	for _, w := range words {
		if w.Not {
			refused |= bitOf(key, w.Value)
		} else {
			asked |= bitOf(key, w.Value)
		}
	}
	return func(is marks) bool { return is&refused == 0 && (asked == 0 || is&asked != 0) }
}

// closed are a query's words of a closed filter.
func (q Query) closed(key string) []Word {
	switch key {
	case "expires":
		return q.Expires
	case "usage":
		return q.Usage
	case "attention":
		return q.Attention
	}
	return []Word{{Value: q.Presence}}
}
