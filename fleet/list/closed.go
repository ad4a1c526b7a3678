package list

import (
	"math"
	"slices"
	"sync"
	"time"

	"cordboard/fleet"
)

// closedFilters are the filters whose values are defined by Cordboard. Each value has a bit in a row's rowFlags.
var closedFilters = [...]struct {
	key   string
	words []string
	first int // index of the first value's bit
}{
	{"expires", Expiries, 0},
	{"usage", UsageWords, firstUsage},
	{"attention", AttentionWords, firstAttention},
	{"presence", Presences, firstPresence},
	{"onboarding", OnboardingWords, firstOnboarding},
	{"size", fleet.SizeWords, firstSize},
}

const (
	firstUsage      = 9 // each is the number of values before it; a test checks that no bit is used twice
	firstAttention  = 11
	firstPresence   = 17
	firstOnboarding = 20
	firstSize       = 23
	closedBits      = firstSize + fleet.SizeBits // SizeBits includes one unused bit
)

// rowFlags are the closed filters' values that apply to a row, as bits.
type rowFlags uint64

// EnumValues returns the values of one of the closed filters, or nil for any other key.
func EnumValues(key string) []string {
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

// These are the bits that the code refers to by name.
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
	bitHere      = bitOf("presence", string(PresenceHere)) | bitOf("presence", string(PresenceAll))
	bitGone      = bitOf("presence", string(PresenceGone)) | bitOf("presence", string(PresenceAll))

	stuckStart     = bitOf("onboarding", "not-started")
	stuckActivate  = bitOf("onboarding", "not-activated")
	stuckExtension = bitOf("onboarding", "no-extension")
)

// dayKey is a day in a zone. A row's flags depend on both.
type dayKey struct {
	day  int64
	zone string
}

type dayFlags struct {
	once sync.Once
	rows []rowFlags
	days []int32 // day of each row's earliest date, or noDay if the row has no date
}

// dayFlags returns the flags for the current day. They are computed once per snapshot, day and zone.
func (x *Index) dayFlags(now time.Time, zone *time.Location) *dayFlags {
	key := dayKey{fleet.Day(now.Unix(), zone), zone.String()}
	made, known := x.flags.LoadOrStore(key, &dayFlags{})
	if !known {
		x.forgetDays(key.day)
	}
	d := made.(*dayFlags)
	d.once.Do(func() {
		m, today := x.flagger(now, zone), fleet.DayDate(key.day)
		d.rows, d.days = make([]rowFlags, len(x.pbxs)), make([]int32, len(x.pbxs))
		for row := range d.rows {
			d.days[row] = noDay
			if at := x.columns.expires[row]; at != fleet.Absent {
				d.days[row] = dayCode(fleet.Day(at, zone))
			}
			d.rows[row] = m.rowFlags(row, d.days[row]) &^ snoozed(x.pbxs[row], today)
		}
	})
	return d
}

// snoozed returns the flags of the reasons for attention that are snoozed on a day, such as 2026-12-31.
func snoozed(p *fleet.PBX, today string) (flags rowFlags) {
	for _, z := range p.Desk().Snoozes {
		if z.IsOn(today) {
			flags |= bitOf("attention", z.What)
		}
	}
	return flags
}

// dayCode returns a day as 32 bits. Days that are out of range are clamped to dates millions of years away.
func dayCode(day int64) int32 { return int32(min(max(day, noDay+1), math.MaxInt32)) }

// forgetDays drops cached results for days before yesterday. An index can be in use for more than one day.
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

// flagger computes the flags of rows, for one day in one zone.
type flagger struct {
	x           *Index
	day         int64
	today       int64 // when day begins, in Unix seconds
	stuckAfter  int64 // StuckDays in seconds
	activation  *facet
	unactivated uint32
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
	m.unactivated = uint32(len(m.activation.words)) //nolint:gosec // there are no more words than PBXs
	if i := slices.Index(m.activation.words, string(fleet.Unactivated)); i >= 0 {
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

// closedTest returns a test that combines a filter's values in the same way as accepts, but with two bit operations.
func closedTest(key string, words []FilterValue) func(rowFlags) bool {
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

// closed returns a pointer to the query's values for a closed filter. It returns nil for presence, which always has
// exactly one value.
func (q *Query) closed(key string) *[]FilterValue {
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
