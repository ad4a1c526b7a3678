package fleet

import "time"

// Day returns the number of a day in a zone: two instants of the same calendar day have the same number. The
// expiry board, filters and printed dates all use it.
func Day(at int64, zone *time.Location) int64 {
	if !IsDate(at) {
		return FloorDiv(at, 86400)
	}
	y, m, d := time.Unix(at, 0).In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// lastDated is about the year 300,000. No calendar has dates for what YCM may send beyond it.
const lastDated = 1e13 // seconds

// IsDate reports whether an instant is within the range of calendar dates.
func IsDate(at int64) bool { return at <= lastDated && at >= -lastDated }

// DayDate returns a day, counted from 1970, as addresses and files have it: "2026-01-31".
func DayDate(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

// DayNumber returns the Day of a date that is given as midnight UTC.
func DayNumber(date time.Time) int64 { return date.Unix() / 86400 }

// EndOfDay returns the last second of a date in a zone. The date is given as midnight UTC. In some zones clocks
// skip midnight or reach it twice.
func EndOfDay(date time.Time, zone *time.Location) int64 {
	const step = 30 * time.Minute // clock changes are multiples of it
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

// FloorDiv divides and rounds down, also below zero.
func FloorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// DayStart returns roughly when a day, counted from 1970, begins in a zone: where clocks change at midnight, it
// is exact only to the hour. Use Day where it must be exact.
func DayStart(day int64, zone *time.Location) int64 {
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, zone).Unix()
}
