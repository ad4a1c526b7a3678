package fleet

import (
	"math"
	"slices"
	"sync"
	"time"
)

// closedFilters are the filters whose words are Cordboard's own. Each word is a bit that is set or not for a row.
var closedFilters = [...]struct {
	key   string
	words []string
	first int // bit
}{
	{"expires", Expiries, 0},
	{"usage", UsageWords, firstUsage},
	{"attention", AttentionWords, firstAttention},
	{"presence", Presences, firstPresence},
	{"onboarding", OnboardingWords, firstOnboarding},
	{"size", SizeWords, firstSize},
}

const (
	firstUsage      = 9 // after the words of the filters before it; a test checks this
	firstAttention  = 11
	firstPresence   = 17
	firstOnboarding = 20
	firstSize       = 23
	closedBits      = firstSize + len(Usages)*len(sizeStates) // the last one is not used
)

// marks are the words that apply to a row, as bits.
type marks uint64

// ClosedWords returns the words of one of the closed filters; nil for any other key.
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

// Bits that are set individually.
var (
	bitOverdue   = bitOf("expires", "overdue")
	bitLater     = bitOf("expires", "later")
	bitNoDate    = bitOf("expires", None)
	bitOddDate   = bitOf("expires", NotUnderstood)
	bitNearly    = bitOf("usage", "nearly-full")
	bitOver      = bitOf("usage", "over")
	needOverdue  = bitOf("attention", "overdue")
	needSoon     = bitOf("attention", "7d")
	needOver     = bitOf("attention", "over")
	needFull     = bitOf("attention", "full")
	needActivate = bitOf("attention", "not-activated")
	needReadDate = bitOf("attention", NotUnderstood)
	bitHere      = bitOf("presence", "here") | bitOf("presence", "all")
	bitGone      = bitOf("presence", "gone") | bitOf("presence", "all")

	stuckStart     = bitOf("onboarding", "not-started")
	stuckActivate  = bitOf("onboarding", "not-activated")
	stuckExtension = bitOf("onboarding", "no-extension")
)

// dayKey is a day in a zone. Marks depend on both.
type dayKey struct {
	day  int64
	zone string
}

type dayMarks struct {
	once sync.Once
	rows []marks
	days []int32 // day of each row's earliest date, or noDay
}

// marksOn returns each row's marks on the day of now in a zone.
func (s *Snapshot) marksOn(now time.Time, zone *time.Location) []marks {
	return s.dayMarks(now, zone).rows
}

// daysIn returns the day in a zone of each row's earliest date, or noDay.
func (s *Snapshot) daysIn(now time.Time, zone *time.Location) []int32 {
	return s.dayMarks(now, zone).days
}

// dayMarks returns the marks of a day. They are computed once for each snapshot, day and zone.
func (s *Snapshot) dayMarks(now time.Time, zone *time.Location) *dayMarks {
	key := dayKey{Day(now.Unix(), zone), zone.String()}
	made, known := s.marks.LoadOrStore(key, &dayMarks{})
	if !known {
		s.forgetDays(key.day)
	}
	d := made.(*dayMarks)
	d.once.Do(func() {
		m := s.marker(now, zone)
		d.rows, d.days = make([]marks, len(s.pbxs)), make([]int32, len(s.pbxs))
		for row := range d.rows {
			d.days[row] = noDay
			if at := s.columns.expires[row]; at != Absent {
				d.days[row] = dayCode(Day(at, zone))
			}
			d.rows[row] = m.marks(row, d.days[row])
		}
	})
	return d
}

// dayCode returns a day as 32 bits. Days that are out of range stay millions of years off.
func dayCode(day int64) int32 { return int32(min(max(day, noDay+1), math.MaxInt32)) }

// forgetDays drops what a long-lived snapshot has computed for days that are over in every zone.
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

// marker works out which words apply to a row, on one day in one zone.
type marker struct {
	s           *Snapshot
	day         int64
	today       int64  // when the day begins
	stuckAfter  int64  // seconds before today
	unactivated uint32 // facet code of "Unactivated", or one that no row has
}

func (s *Snapshot) marker(now time.Time, zone *time.Location) marker {
	today := Day(now.Unix(), zone)
	m := marker{s: s, day: today, today: dayStart(today, zone), stuckAfter: int64(s.limits.StuckDays) * 86400}
	m.unactivated = uint32(len(s.facets[activationFacet].words)) //nolint:gosec // no more words than PBXs
	if i := slices.Index(s.facets[activationFacet].words, "Unactivated"); i >= 0 {
		m.unactivated = uint32(i) //nolint:gosec // as above
	}
	return m
}

func (m *marker) marks(row int, day int32) marks {
	is := m.expiry(day) | marks(m.s.columns.sizes[row])<<firstSize | m.onboarding(row)
	f := m.s.columns.flags[row]
	if f&isOdd != 0 {
		is = is&^bitNoDate | bitOddDate | needReadDate
	}
	if f&isNearlyFull != 0 {
		is |= bitNearly
	}
	if f&isFull != 0 {
		is |= needFull
	}
	if f&isOver != 0 {
		is |= bitOver | needOver
	}
	if f&isGone != 0 {
		return is | bitGone
	}
	return is | bitHere
}

func (m *marker) expiry(day int32) marks {
	if day == noDay {
		return bitNoDate
	}
	days := int64(day) - m.day
	if days >= 0 && days < int64(len(expiryMarks)) {
		return expiryMarks[days]
	}
	return expiry(days)
}

// closedTest combines a filter's words as accepts does, in two comparisons of bits.
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

// closed returns where a query has its words of a closed filter. It returns nil for presence, which has exactly
// one word.
func (q *Query) closed(key string) *[]Word {
	switch key {
	case "expires":
		return &q.Expires
	case "usage":
		return &q.Usage
	case "attention":
		return &q.Attention
	case "onboarding":
		return &q.Onboarding
	case "size":
		return &q.Size
	}
	return nil
}
