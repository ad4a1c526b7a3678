package fleet

import "time"

// Day returns the calendar day of an instant (at, in Unix seconds) in a zone, as a number of days since 1970. The
// expiry board and the filters both use Day, so that they agree.
func Day(at int64, zone *time.Location) int64 {
	if !IsDate(at) {
		return FloorDiv(at, 86400)
	}
	y, m, d := time.Unix(at, 0).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// lastDated is the latest time that has a calendar date. It is near the year 319,000.
const lastDated = 1e13 // seconds

// IsDate reports whether at, in Unix seconds, is in the range that has calendar dates.
func IsDate(at int64) bool { return at <= lastDated && at >= -lastDated }

// DayDate returns a day, counted from 1970, in the format used in URLs and files: "2026-01-31".
func DayDate(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

// DayNumber returns the number of days from 1970 to a date, which is given as midnight UTC.
func DayNumber(date time.Time) int64 { return date.Unix() / 86400 }

// EndOfDay returns the last second of a date in a zone, in Unix seconds. The date is given as midnight UTC. EndOfDay
// is correct even in zones where clocks skip midnight or pass it twice.
func EndOfDay(date time.Time, zone *time.Location) int64 {
	const step = 30 * time.Minute // clock changes are assumed to be multiples of this
	y, m, d := date.Date()
	t := time.Date(y, m, d, 23, 59, 59, 0, zone)
	for Day(t.Unix(), zone) > DayNumber(date) {
		t = t.Add(-step)
	}
	for Day(t.Unix()+1, zone) <= DayNumber(date) {
		t = t.Add(step)
	}
	return t.Unix()
}

// FloorDiv returns a/b, rounded down even if a is negative. b must be positive.
func FloorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// DayStart returns the time, in Unix seconds, at which a day (counted from 1970) begins in a zone. Where clocks change
// at midnight, the result may be off by an hour. To compare days exactly, use Day.
func DayStart(day int64, zone *time.Location) int64 {
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, zone).Unix()
}
