package fleet

import (
	"math"
	"slices"
	"time"
)

// Day counts the days of a zone: the same number for two instants of the same calendar day. All who need to know on which
// day something is, on the expiry board, in filters and in print, ask this.
func Day(at int64, zone *time.Location) int64 {
	if !IsDate(at) {
		return floorDiv(at, 86400)
	}
	y, m, d := time.Unix(at, 0).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// lastDated is about the year 300,000: no calendar has dates for what YCM may send beyond it.
const lastDated = 1e13 // seconds

// IsDate says whether an instant has a day of the calendar.
func IsDate(at int64) bool { return at <= lastDated && at >= -lastDated }

// DayDate is a day, counted from 1970, as addresses and files have it: "2026-01-31".
func DayDate(day int64) string { return time.Unix(day*86400, 0).UTC().Format(dateLayout) }

// Expires returns the earliest of the PBX's and its plan's date, and the field that it comes from; "" if there is none.
func (p *PBX) Expires() (at int64, field string) {
	pbx, plan := p.numbers[expirationDate], p.numbers[planExpirationDate]
	switch {
	case pbx == Absent && plan == Absent:
		return Absent, ""
	case plan == Absent || pbx != Absent && pbx <= plan:
		return pbx, "expirationDate"
	}
	return plan, "planExpirationDate"
}

// oddDate is the field of a date that isn't understood, if neither of the two dates is; "" otherwise. A date that is understood counts, whatever the other one is.
func (p *PBX) oddDate() string {
	for _, field := range []string{"expirationDate", "planExpirationDate"} {
		if p.TimeState(field) == TimeMalformed {
			if at, _ := p.Expires(); at == Absent {
				return field
			}
		}
	}
	return ""
}

// OddDate returns the field and the words of a date of the PBX that isn't understood; "" if there is none, or a date that is.
func (p *PBX) OddDate() (field, raw string) {
	field = p.oddDate()
	return field, p.Odd[field]
}

// noDay is the day of what has no date.
const noDay = math.MinInt32

// Bucket is a part of the expiry board. Each day from today is in exactly one; what has no date is in none of them.
type Bucket struct {
	Key      string
	From, To int64 // days from today, both included; math.MinInt32 and math.MaxInt32 are open ends
}

// Buckets in the order of the board.
var Buckets = []Bucket{
	{"overdue", math.MinInt32, -1},
	{"today", 0, 0},
	{"7d", 1, 7},
	{"30d", 8, 30},
	{"60d", 31, 60},
	{"90d", 61, 90},
	{"later", 91, math.MaxInt32},
}

// BucketOf finds the bucket of a number of days from today, however far off.
func BucketOf(days int64) int {
	days = min(max(days, math.MinInt32), math.MaxInt32)
	return slices.IndexFunc(Buckets, func(b Bucket) bool { return days >= b.From && days <= b.To })
}

// Range is the bucket as the list's address has it, on a day: "2026-01-31..2026-02-06".
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

// Board is who expires when. It counts PBXs that are there, each once, under its earliest date.
type Board struct {
	Today   int64 // the day that it is
	Buckets []BoardBucket
	None    int    // without a date
	Odd     int    // with a date that isn't understood, and none that is
	OddOnes []*PBX // the first of them, by ID
	Months  []BoardMonth
	Beyond  int // after the last of Months
}

// BoardBucket is a bucket with the first of its PBXs by date.
type BoardBucket struct {
	Bucket
	Count int
	First []*PBX // not to be changed
}

// BoardMonth counts the PBXs whose date is in a month, from today on.
type BoardMonth struct {
	First, Last int64 // days
	Count       int
}

// monthsAhead are those of the board: the rest of this one, and a year.
const monthsAhead = 13

// Board works out who expires when, by the days of a zone, with the first PBXs of each bucket.
func (s *Snapshot) Board(first int, now time.Time, zone *time.Location) Board {
	b := Board{Today: Day(now.Unix(), zone), Months: months(now.In(zone))}
	for _, bucket := range Buckets {
		b.Buckets = append(b.Buckets, BoardBucket{Bucket: bucket})
	}
	days := s.daysIn(now, zone)
	field, _ := SortField("expires")
	for _, row := range s.sorted(field, false) {
		switch day := int64(days[row]); {
		case s.columns.flags[row]&isGone != 0:
		case s.columns.flags[row]&isOdd != 0:
			b.Odd++
			if len(b.OddOnes) < first {
				b.OddOnes = append(b.OddOnes, s.pbxs[row])
			}
		case day == noDay:
			b.None++
		default: // days need not rise with instants: clocks were put back over midnight
			bucket := &b.Buckets[BucketOf(day-b.Today)]
			bucket.Count++
			if len(bucket.First) < first {
				bucket.First = append(bucket.First, s.pbxs[row])
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

func months(today time.Time) []BoardMonth {
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

// Entries goes through the PBXs of the board, by date; those without one last.
func (s *Snapshot) Entries(yield func(*PBX) bool) {
	field, _ := SortField("expires")
	for _, row := range s.sorted(field, false) {
		if s.columns.flags[row]&isGone == 0 && !yield(s.pbxs[row]) {
			return
		}
	}
}

// expiry says which words of the filter hold for a number of days from today.
func expiry(days int64) (is marks) {
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

// expiryMarks are those of each day that isn't overdue or later, worked out once.
var expiryMarks = func() (all [91]marks) {
	for days := range all {
		all[days] = expiry(int64(days))
	}
	return all
}()

// expiresTest joins the words of the expires filter: ours by their bits, ranges of dates by the rows' days.
func (s *Snapshot) expiresTest(words []Word, marks []marks, now time.Time, zone *time.Location) func(row int) bool {
	if !slices.ContainsFunc(words, func(w Word) bool { return !slices.Contains(Expiries, w.Value) }) {
		test := closedTest("expires", words)
		return func(row int) bool { return test(marks[row]) }
	}
	days := s.daysIn(now, zone)
	tests := make([]func(row int) bool, len(words))
	for i, w := range words {
		if bit := bitOf("expires", w.Value); bit != 0 {
			tests[i] = func(row int) bool { return marks[row]&bit != 0 }
			continue
		}
		r, _, _ := parseSpan(TimeField, w.Value)
		tests[i] = func(row int) bool {
			return days[row] != noDay && r.holds(s.columns.expires[row], int64(days[row]))
		}
	}
	return func(row int) bool { return accepts(words, func(i int) bool { return tests[i](row) }) }
}
