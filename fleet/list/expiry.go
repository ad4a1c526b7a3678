package list

import (
	"math"
	"slices"
	"time"

	"cordboard/fleet"
)

// noDay marks a PBX without a date.
const noDay = math.MinInt32

// Bucket is a section of the expiry board. Every day is in exactly one bucket. PBXs without a date are in none.
type Bucket struct {
	Key      string
	From, To int64
}

// Buckets are the board's buckets, in the board's order.
var Buckets = []Bucket{
	{"overdue", math.MinInt32, -1},
	{"today", 0, 0},
	{"7d", 1, 7},
	{"30d", 8, 30},
	{"60d", 31, 60},
	{"90d", 61, 90},
	{"later", 91, math.MaxInt32},
}

// BucketOf returns the index of the bucket for a date that is the given number of days from today.
func BucketOf(days int64) int {
	days = min(max(days, math.MinInt32), math.MaxInt32)
	return slices.IndexFunc(Buckets, func(b Bucket) bool { return days >= b.From && days <= b.To })
}

// Range returns the bucket's dates in the form that the list's URL uses, such as "2026-01-31..2026-02-06".
func (b Bucket) Range(today int64) string {
	s := span{from: math.MinInt64 + 1, to: math.MaxInt64}
	if b.From > math.MinInt32 {
		s.from, s.fromDay = today+b.From, true
	}
	if b.To < math.MaxInt32 {
		s.to, s.toDay = today+b.To, true
	}
	return s.String()
}

// Board shows when PBXs expire. It counts each PBX that is still in YCM under its earliest date. A PBX with a date that
// can't be parsed counts as Malformed. If its other date is known, it counts under that date as well, because either of
// the two could be the earlier one.
type Board struct {
	Today         int64 // the current day, as days since 1970
	Buckets       []BoardBucket
	None          int          // PBXs without a date
	Malformed     int          // PBXs with a date that can't be parsed
	MalformedOnes []*fleet.PBX // the first of those, in the order of Entries
	Months        []BoardMonth
	Beyond        int // PBXs whose date is after the last of Months
}

// BoardBucket is a bucket with its first PBXs by date.
type BoardBucket struct {
	Bucket
	Count int
	First []*fleet.PBX // must not be modified
}

// BoardMonth counts the PBXs whose date falls in one calendar month, today or later.
type BoardMonth struct {
	First, Last int64 // days since 1970
	Count       int
}

// monthsAhead is the number of months on the board: the current one and the next twelve.
const monthsAhead = 13

// Board returns the expiry board. first limits the number of PBXs that each bucket and MalformedOnes list. Days are
// counted in zone.
func (x *Index) Board(first int, now time.Time, zone *time.Location) Board {
	b := Board{Today: fleet.Day(now.Unix(), zone), Months: Months(now.In(zone))}
	for _, bucket := range Buckets {
		b.Buckets = append(b.Buckets, BoardBucket{Bucket: bucket})
	}
	days := x.dayFlags(now, zone).days
	field, _ := fleet.SortField("expires")
	for _, row := range x.sorted(field, false) {
		if x.columns.states[row]&(isGone|isMalformed) == isMalformed {
			b.Malformed++
			if len(b.MalformedOnes) < first {
				b.MalformedOnes = append(b.MalformedOnes, x.pbxs[row])
			}
		}
		switch day := int64(days[row]); {
		case x.columns.states[row]&isGone != 0:
		case day == noDay && x.columns.states[row]&isMalformed == 0:
			b.None++
		case day == noDay:
		default: // days may be out of order, because some zones set clocks back across midnight
			bucket := &b.Buckets[BucketOf(day-b.Today)]
			bucket.Count++
			if len(bucket.First) < first {
				bucket.First = append(bucket.First, x.pbxs[row])
			}
			if day >= b.Today {
				b.month(day)
			}
		}
	}
	return b
}

func (b *Board) month(day int64) {
	for i := range b.Months {
		if day <= b.Months[i].Last {
			b.Months[i].Count++
			return
		}
	}
	b.Beyond++
}

// Months returns the months of the board, without counts. today is in the reader's zone.
func Months(today time.Time) []BoardMonth {
	y, m, d := today.Date()
	day := func(month time.Month, d int) int64 {
		return time.Date(y, month, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
	}
	var all []BoardMonth
	for i := range monthsAhead {
		next := BoardMonth{First: day(m+time.Month(i), 1), Last: day(m+time.Month(i)+1, 0)}
		if i == 0 {
			next.First = day(m, d)
		}
		all = append(all, next)
	}
	return all
}

// Entries iterates over the board's PBXs in date order. PBXs without a date come last.
func (x *Index) Entries(yield func(*fleet.PBX) bool) {
	field, _ := fleet.SortField("expires")
	for _, row := range x.sorted(field, false) {
		if x.columns.states[row]&isGone == 0 && !yield(x.pbxs[row]) {
			return
		}
	}
}

// expiry returns the flags for a date that is the given number of days from today.
func expiry(days int64) (is rowFlags) {
	switch {
	case days < 0:
		return bitOverdue | needOverdue
	case days > Buckets[len(Buckets)-2].To:
		return bitLater
	}
	for word, within := range expiryWithin {
		if days <= within {
			is |= bitOf("expires", word)
		}
	}
	if days <= expiryWithin["7d"] {
		is |= needSoon
	}
	return is
}

// expiryFlags are the precomputed flags for each day that is neither "overdue" nor "later".
var expiryFlags = func() (all [91]rowFlags) {
	for days := range all {
		all[days] = expiry(int64(days))
	}
	return all
}()

// expiresTest returns a test that combines the values of the expires filter. It tests Cordboard's own values against
// the rows' flags, and date ranges against the rows' days.
func (x *Index) expiresTest(
	words []FilterValue,
	flags []rowFlags,
	now time.Time,
	zone *time.Location,
) func(row int) bool {
	if !slices.ContainsFunc(words, func(w FilterValue) bool { return !slices.Contains(Expiries, w.Value) }) {
		test := closedTest("expires", words)
		return func(row int) bool { return test(flags[row]) }
	}
	days := x.dayFlags(now, zone).days
	tests := make([]func(row int) bool, len(words))
	for i, w := range words {
		if bit := bitOf("expires", w.Value); bit != 0 {
			tests[i] = func(row int) bool { return flags[row]&bit != 0 }
			continue
		}
		r, _, _ := parseSpan(fleet.TimeField, w.Value)
		tests[i] = func(row int) bool {
			return days[row] != noDay && r.holds(x.columns.expires[row], int64(days[row]))
		}
	}
	return func(row int) bool { return accepts(words, func(i int) bool { return tests[i](row) }) }
}
