package list

import (
	"math"
	"slices"
	"sync"
	"time"

	"cordboard/fleet"
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
	{"size", fleet.SizeWords, firstSize},
}

const (
	firstUsage      = 9 // after the words of the filters before it; a test checks this
	firstAttention  = 11
	firstPresence   = 17
	firstOnboarding = 20
	firstSize       = 23
	closedBits      = firstSize + fleet.SizeBits // the last one is not used
)

// rowFlags are the words that apply to a row, as bits.
type rowFlags uint64

// ClosedWords returns the words of one of the closed filters; nil for any other key.
func ClosedWords(key string) []string {
	for _, f := range closedFilters {
		if f.key == key {
			return f.words
		}
	}
	return nil
}

func bitOf(key, word string) rowFlags {
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

// dayKey is a day in a zone. Flags depend on both.
type dayKey struct {
	day  int64
	zone string
}

type dayFlags struct {
	once sync.Once
	rows []rowFlags
	days []int32 // day of each row's earliest date, or noDay
}

// flagsOn returns each row's flags on the day of now in a zone.
func (x *Index) flagsOn(now time.Time, zone *time.Location) []rowFlags {
	return x.dayFlags(now, zone).rows
}

// daysIn returns the day in a zone of each row's earliest date, or noDay.
func (x *Index) daysIn(now time.Time, zone *time.Location) []int32 {
	return x.dayFlags(now, zone).days
}

// dayFlags returns the flags of a day. They are computed once for each snapshot, day and zone.
func (x *Index) dayFlags(now time.Time, zone *time.Location) *dayFlags {
	key := dayKey{fleet.Day(now.Unix(), zone), zone.String()}
	made, known := x.flags.LoadOrStore(key, &dayFlags{})
	if !known {
		x.forgetDays(key.day)
	}
	d := made.(*dayFlags)
	d.once.Do(func() {
		m := x.flagger(now, zone)
		d.rows, d.days = make([]rowFlags, len(x.pbxs)), make([]int32, len(x.pbxs))
		for row := range d.rows {
			d.days[row] = noDay
			if at := x.columns.expires[row]; at != fleet.Absent {
				d.days[row] = dayCode(fleet.Day(at, zone))
			}
			d.rows[row] = m.rowFlags(row, d.days[row])
		}
	})
	return d
}

// dayCode returns a day as 32 bits. Days that are out of range stay millions of years off.
func dayCode(day int64) int32 { return int32(min(max(day, noDay+1), math.MaxInt32)) }

// forgetDays drops what a long-lived index has computed for days that are over in every zone.
func (x *Index) forgetDays(today int64) {
	x.flags.Range(func(k, _ any) bool {
		if k.(dayKey).day < today-1 {
			x.flags.Delete(k)
		}
		return true
	})
	x.counts.Range(func(k, _ any) bool {
		if k.(countKey).day < today-1 {
			x.counts.Delete(k)
		}
		return true
	})
}

// flagger works out which words apply to a row, on one day in one zone.
type flagger struct {
	x           *Index
	day         int64
	today       int64 // when the day begins
	stuckAfter  int64 // seconds before today
	activation  *facet
	unactivated uint32 // facet code of "Unactivated", or one that no row has
}

func (x *Index) flagger(now time.Time, zone *time.Location) flagger {
	today := fleet.Day(now.Unix(), zone)
	m := flagger{
		x:          x,
		day:        today,
		today:      fleet.DayStart(today, zone),
		stuckAfter: int64(x.Thresholds().StuckDays) * 86400,
		activation: &x.facets[facetOf(fleet.FieldActivation)],
	}
	m.unactivated = uint32(len(m.activation.words)) //nolint:gosec // no more words than PBXs
	if i := slices.Index(m.activation.words, "Unactivated"); i >= 0 {
		m.unactivated = uint32(i) //nolint:gosec // as above
	}
	return m
}

func (m *flagger) rowFlags(row int, day int32) rowFlags {
	is := m.expiry(day) | rowFlags(m.x.Measures().States[row])<<firstSize | m.onboarding(row)
	f := m.x.columns.states[row]
	if f&isMalformed != 0 {
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

func (m *flagger) expiry(day int32) rowFlags {
	if day == noDay {
		return bitNoDate
	}
	days := int64(day) - m.day
	if days >= 0 && days < int64(len(expiryFlags)) {
		return expiryFlags[days]
	}
	return expiry(days)
}

// closedTest combines a filter's words as accepts does, in two comparisons of bits.
func closedTest(key string, words []Word) func(rowFlags) bool {
	var asked, refused rowFlags
	for _, w := range words {
		if w.Not {
			refused |= bitOf(key, w.Value)
		} else {
			asked |= bitOf(key, w.Value)
		}
	}
	return func(is rowFlags) bool { return is&refused == 0 && (asked == 0 || is&asked != 0) }
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
