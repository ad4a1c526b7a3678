package fleet

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cordboard/fold"
)

// None is the value of a filter for what YCM didn't report.
const None = "none"

// NotUnderstood is the value of a filter for times that aren't understood.
const NotUnderstood = "not-understood"

// span is a range of a filter as it was written: numbers, or days that only a reader's zone makes instants.
type span struct {
	from, to       int64 // both included
	fromDay, toDay bool  // they are days since 1970
}

const dateLayout = "2006-01-02"

// parseSpan understands "50", "50..200", "50..", "..200", ">50", ">=50", "<50", "<=50", and dates in the place of numbers
// where the field is a time. ok is false for what is neither; problem says what is wrong with something that is meant as a
// range; if ok as well, span is the nearest sensible one.
func parseSpan(kind Kind, v string) (s span, ok bool, problem string) {
	s = span{from: math.MinInt64 + 1, to: math.MaxInt64}
	for _, op := range []string{">=", "<=", ">", "<"} {
		rest, is := strings.CutPrefix(v, op)
		if !is {
			continue
		}
		first, last, day, err := parseEnd(kind, rest)
		if err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to compare with", Shorten(rest), kind.noun())
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
		return s, true, ""
	}
	from, to, is := strings.Cut(v, "..")
	if !is {
		if first, last, day, err := parseEnd(kind, v); err == nil {
			return span{from: first, to: last, fromDay: day, toDay: day}, true, ""
		}
		if from, to, is = looseRange(kind, v); !is {
			return span{}, false, ""
		}
	}
	return parseRange(kind, from, to, v)
}

// looseRange is a range as people write it: "50-200", "100+", "2026-01-01 - 2026-01-31".
func looseRange(kind Kind, v string) (from, to string, ok bool) {
	if rest, is := strings.CutSuffix(v, "+"); is && rest != "" {
		return rest, "", true
	}
	if from, to, ok = strings.Cut(v, " - "); !ok && kind == NumberField {
		from, to, ok = strings.Cut(v, "-")
	}
	return from, to, ok && from != "" && to != ""
}

func parseRange(kind Kind, from, to, v string) (s span, ok bool, problem string) {
	s = span{from: math.MinInt64 + 1, to: math.MaxInt64}
	if from == "" && to == "" {
		return span{}, false, fmt.Sprintf("%q is a range without ends", Shorten(v))
	}
	var err error
	if from != "" {
		if s.from, _, s.fromDay, err = parseEnd(kind, from); err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to begin a range with", Shorten(from), kind.noun())
		}
	}
	if to != "" {
		if _, s.to, s.toDay, err = parseEnd(kind, to); err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to end a range with", Shorten(to), kind.noun())
		}
	}
	if s.from > s.to && s.fromDay == s.toDay {
		s.from, _, _, _ = parseEnd(kind, to)
		_, s.to, _, _ = parseEnd(kind, from)
		return s, true, fmt.Sprintf("%q is the wrong way round, so it was turned", Shorten(v))
	}
	return s, true, ""
}

func (k Kind) noun() string {
	if k == TimeField {
		return "date such as 2026-01-31"
	}
	return "number"
}

// periods are the ways to write a day, a month or a year.
var periods = []struct {
	layout        string
	years, months int
	days          int
}{{dateLayout, 0, 0, 1}, {"2006/01/02", 0, 0, 1}, {"2006-1-2", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006/01", 0, 1, 0}, {"2006", 1, 0, 0}}

// parseEnd reads a number, or where the field is a time also a day, a month or a year, which have a first day and a last.
func parseEnd(kind Kind, v string) (first, last int64, day bool, err error) {
	v = strings.TrimSpace(fold.Typed(v))
	if kind == TimeField {
		for _, p := range periods {
			if t, err := time.Parse(p.layout, v); err == nil {
				return t.Unix() / 86400, t.AddDate(p.years, p.months, p.days).Unix()/86400 - 1, true, nil
			}
		}
	}
	if grouped.MatchString(v) {
		v = strings.ReplaceAll(v, ",", "")
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err == nil && (n <= math.MinInt64+1 || n == math.MaxInt64) {
		err = strconv.ErrRange
	}
	return n, n, false, err
}

// grouped is a number as Cordboard shows it.
var grouped = regexp.MustCompile(`^\d{1,3}(,\d{3})+$`)

// holds says whether an instant is in the span; day is its day.
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

// holdsAt is holds by the days of a zone. The day is asked for only where it isn't plain from UTC's, which no zone is a day from.
func (s span) holdsAt(at int64, zone *time.Location) bool {
	if !s.fromDay && !s.toDay {
		return at >= s.from && at <= s.to
	}
	about := floorDiv(at, 86400)
	before, after := s.holds(at, about-1), s.holds(at, about+1)
	if before && after || !before && !after && s.fromDay != s.toDay {
		return before
	}
	return s.holds(at, Day(at, zone))
}

func floorDiv(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// dayStart is about when a day, counted from 1970, begins in a zone: where clocks change at midnight, to the hour. What must be
// exact asks Day.
func dayStart(day int64, zone *time.Location) int64 {
	return time.Date(1970, 1, 1+int(day), 0, 0, 0, 0, zone).Unix()
}

// String is the span as an address has it.
func (s span) String() string {
	end := func(n int64, day bool, open int64) string {
		switch {
		case n == open:
			return ""
		case day:
			return time.Unix(n*86400, 0).UTC().Format(dateLayout)
		}
		return strconv.FormatInt(n, 10)
	}
	return end(s.from, s.fromDay, math.MinInt64+1) + ".." + end(s.to, s.toDay, math.MaxInt64)
}
