package fleet

import (
	"cordboard/fold"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
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
		n, day, err := parseEnd(kind, rest)
		if err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to compare with", Shorten(rest), kind.noun())
		}
		switch op {
		case ">=":
			s.from, s.fromDay = n, day
		case "<=":
			s.to, s.toDay = n, day
		case ">":
			s.from, s.fromDay = n+1, day
		case "<":
			s.to, s.toDay = n-1, day
		}
		return s, true, ""
	}
	from, to, is := strings.Cut(v, "..")
	if !is {
		n, day, err := parseEnd(kind, v)
		if err != nil {
			return span{}, false, ""
		}
		return span{from: n, to: n, fromDay: day, toDay: day}, true, ""
	}
	return parseRange(kind, from, to, v)
}

func parseRange(kind Kind, from, to, v string) (s span, ok bool, problem string) {
	s = span{from: math.MinInt64 + 1, to: math.MaxInt64}
	if from == "" && to == "" {
		return span{}, false, fmt.Sprintf("%q is a range without ends", Shorten(v))
	}
	var err error
	if from != "" {
		if s.from, s.fromDay, err = parseEnd(kind, from); err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to begin a range with", Shorten(from), kind.noun())
		}
	}
	if to != "" {
		if s.to, s.toDay, err = parseEnd(kind, to); err != nil {
			return span{}, false, fmt.Sprintf("%q is no %s to end a range with", Shorten(to), kind.noun())
		}
	}
	if s.from > s.to && s.fromDay == s.toDay {
		s.from, s.to = s.to, s.from
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

// parseEnd reads a number, or where the field is a time also a day.
func parseEnd(kind Kind, v string) (n int64, day bool, err error) {
	v = strings.TrimSpace(fold.Typed(v))
	if n, err = strconv.ParseInt(v, 10, 64); err == nil {
		if n <= math.MinInt64+1 || n == math.MaxInt64 {
			return 0, false, strconv.ErrRange
		}
		return n, false, nil
	}
	if kind != TimeField {
		return 0, false, err
	}
	t, err := time.Parse(dateLayout, v)
	if err != nil {
		return 0, false, err
	}
	return t.Unix() / 86400, true, nil
}

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
