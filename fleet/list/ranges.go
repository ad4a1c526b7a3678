package list

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
)

// None is the filter value for a field that YCM didn't report, or for a time that it reported as never.
const None = "none"

// NotUnderstood is the filter value for times that can't be parsed.
const NotUnderstood = "not-understood"

// span is a filter's range. Each bound is a number, an instant (in Unix seconds) or a day. Days aren't converted to
// instants, because the result would depend on the reader's time zone.
type span struct {
	from, to       int64 // both inclusive
	fromDay, toDay bool  // whether from and to are numbers of days since 1970
}

// parseSpan parses "50", "50..200", "50..", "..200", ">50", ">=50", "<50", "<=50" and the forms that looseRange splits.
// If kind is TimeField, the ends of the range can also be dates. ok is false if v isn't a valid range; problem then
// describes what is wrong, or is zero if v doesn't look like a range. If ok is true and problem isn't zero, s is the
// corrected range.
func parseSpan(kind fleet.Kind, v string) (s span, ok bool, problem Problem) {
	s = span{from: math.MinInt64 + 1, to: math.MaxInt64}
	for _, op := range []string{">=", "<=", ">", "<"} {
		rest, is := strings.CutPrefix(v, op)
		if !is {
			continue
		}
		first, last, day, err := parseEnd(kind, rest)
		if err != nil {
			return span{}, false, Problem{Code: BadValue, Value: Shorten(rest)}
		}
		switch op {
		case ">=":
			s.from, s.fromDay = first, day
		case "<=":
			s.to, s.toDay = last, day
		case ">":
			s.from, s.fromDay = last+1, day
		case "<":
			s.to, s.toDay = first-1, day
		}
		return s, true, Problem{}
	}
	from, to, is := strings.Cut(v, "..")
	if !is {
		if first, last, day, err := parseEnd(kind, v); err == nil {
			return span{from: first, to: last, fromDay: day, toDay: day}, true, Problem{}
		}
		if from, to, is = looseRange(kind, v); !is {
			return span{}, false, Problem{}
		}
	}
	return parseRange(kind, from, to, v)
}

// looseRange splits an informally written range, such as "50-200", "100+" or "2026-01-01 - 2026-01-31".
func looseRange(kind fleet.Kind, v string) (from, to string, ok bool) {
	if rest, is := strings.CutSuffix(v, "+"); is && rest != "" {
		return rest, "", true
	}
	if from, to, ok = strings.Cut(v, " - "); !ok && kind == fleet.NumberField {
		from, to, ok = strings.Cut(v, "-")
	}
	return from, to, ok && from != "" && to != ""
}

func parseRange(kind fleet.Kind, from, to, v string) (s span, ok bool, problem Problem) {
	s = span{from: math.MinInt64 + 1, to: math.MaxInt64}
	if from == "" && to == "" {
		return span{}, false, Problem{Code: EmptyRange, Value: Shorten(v)}
	}
	var err error
	if from != "" {
		if s.from, _, s.fromDay, err = parseEnd(kind, from); err != nil {
			return span{}, false, Problem{Code: BadStart, Value: Shorten(from)}
		}
	}
	if to != "" {
		if _, s.to, s.toDay, err = parseEnd(kind, to); err != nil {
			return span{}, false, Problem{Code: BadEnd, Value: Shorten(to)}
		}
	}
	if s.from > s.to && s.fromDay == s.toDay {
		s.from, _, _, _ = parseEnd(kind, to)
		_, s.to, _, _ = parseEnd(kind, from)
		return s, true, Problem{Code: Reversed, Value: Shorten(v)}
	}
	return s, true, Problem{}
}

// periods are the accepted ways to write a day, a month or a year.
var periods = []struct {
	layout        string
	years, months int
	days          int
}{
	{time.DateOnly, 0, 0, 1},
	{"2006/01/02", 0, 0, 1},
	{"20060102", 0, 0, 1},
	{"2006-1-2", 0, 0, 1},
	{"2006-01", 0, 1, 0},
	{"2006/01", 0, 1, 0},
	{"2006", 1, 0, 0},
}

// parseEnd parses one end of a range: a number or, for a time field, also a day, a month or a year. For a day, month or
// year, day is true, and first and last are the period's first and last days. For a number, both are the number.
func parseEnd(kind fleet.Kind, v string) (first, last int64, day bool, err error) {
	v = strings.TrimSpace(fold.Typed(v))
	if kind == fleet.TimeField {
		for _, p := range periods {
			if t, err := time.Parse(p.layout, v); err == nil {
				return t.Unix() / 86400, t.AddDate(p.years, p.months, p.days).Unix()/86400 - 1, true, nil
			}
		}
	}
	if grouped.MatchString(v) {
		v = strings.NewReplacer(",", "", " ", "").Replace(v)
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && (n <= math.MinInt64+1 || n == math.MaxInt64 || kind == fleet.TimeField && n < firstSecond) {
		err = strconv.ErrRange
	}
	return n, n, false, err
}

// firstSecond is the lowest number that is accepted as Unix seconds: the start of the year 2000. Smaller numbers, such
// as 7 or 202506, are probably meant as something else.
const firstSecond = 946_684_800

// grouped matches a number with thousands separators, such as "1,000" or "1 000".
var grouped = regexp.MustCompile(`^\d{1,3}([, ]\d{3})+$`)

// holds reports whether the span contains an instant. day is the instant's day.
func (s span) holds(at, day int64) bool {
	from, to := at, at
	if s.fromDay {
		from = day
	}
	if s.toDay {
		to = day
	}
	return from >= s.from && to <= s.to
}

// holdsAt reports whether the span contains a number or an instant. Days are counted in zone. A zone's day differs from
// the UTC day by at most one, so it is computed only if the result may depend on it.
func (s span) holdsAt(at int64, zone *time.Location) bool {
	if !s.fromDay && !s.toDay {
		return at >= s.from && at <= s.to
	}
	about := fleet.FloorDiv(at, 86400)
	before, after := s.holds(at, about-1), s.holds(at, about+1)
	if before && after || !before && !after && s.fromDay != s.toDay {
		return before
	}
	return s.holds(at, fleet.Day(at, zone))
}

// String returns the span in the form that URLs use.
func (s span) String() string {
	end := func(n int64, day bool, open int64) string {
		switch {
		case n == open:
			return ""
		case day:
			return time.Unix(n*86400, 0).UTC().Format(time.DateOnly)
		}
		return strconv.FormatInt(n, 10)
	}
	return end(s.from, s.fromDay, math.MinInt64+1) + ".." + end(s.to, s.toDay, math.MaxInt64)
}
