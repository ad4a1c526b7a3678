package ycm

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Int is a whole number as YCM sends it: a JSON number, or a string of digits. Valid is false when the member is
// absent, null or no whole number, which is not the same as 0; Raw then keeps what came, for showing it.
type Int struct {
	N     int64
	Valid bool
	Raw   string
}

// NewInt returns the valid Int n.
func NewInt(n int64) Int { return Int{N: n, Valid: true} }

// UnmarshalJSON never fails: what is no whole number is kept in Raw.
func (i *Int) UnmarshalJSON(b []byte) error {
	var t Text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	s := strings.TrimSpace(string(t))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		*i = Int{N: n, Valid: true}
		return nil
	}
	// 50.0 and 5e1 are whole numbers too, within what a float holds exactly.
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		*i = Int{N: int64(f), Valid: true}
		return nil
	}
	*i = Int{Raw: string(t)}
	return nil
}

// MarshalJSON writes the number, or null.
func (i Int) MarshalJSON() ([]byte, error) {
	if !i.Valid {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.N, 10), nil
}

// Time is an instant as YCM sends it: Unix seconds, as [Int] has numbers, a fraction cut off; or a date, or a date and time, as RFC 3339 has them. It is one of four: a
// value (Valid), never (0 or below, which YCM's interfaces use for no date), something that isn't understood (Raw), or absent (the zero Time).
type Time struct {
	N     int64 // Unix seconds; of a date without a time 10:30 UTC, when it is that day nearly everywhere
	Valid bool
	Never bool
	Raw   string // what came, unless it is a value
}

// NewTime returns the Time of n seconds, which is never for 0 and below.
func NewTime(n int64) Time { return ParseTime(strconv.FormatInt(n, 10)) }

// Bounds of the seconds that are understood as an instant. Below minTime, the start of the year 2000, lie years and
// compact dates such as 20261201, and no Cloud PBX. At maxTime, in the year 33,658, milliseconds begin.
const (
	minTime = 946_684_800
	maxTime = 1e12
)

// dateOffset is the time of day, in UTC, at which a date without a time is stored. At this time it is that day from
// Hawaii to New Zealand.
const dateOffset = 10*3600 + 30*60 // seconds

// ParseTime understands the text of a time.
func ParseTime(text string) Time {
	s := strings.TrimSpace(text)
	if s == "" {
		return Time{Raw: text}
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && s[len(s)-1] < 'A' { // and no "Inf"
		switch {
		case f <= 0:
			return Time{Never: true, Raw: text}
		case f < 1: // a fraction of the first second is as good as 0
			return Time{Never: true, Raw: text}
		case f >= minTime && f < maxTime:
			return Time{N: int64(f), Valid: true}
		}
		return Time{Raw: text}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04", time.DateOnly} {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		n := at.Unix()
		if layout == time.DateOnly {
			n += dateOffset
		}
		if n >= minTime && n < maxTime {
			return Time{N: n, Valid: true}
		}
		return Time{Raw: text}
	}
	return Time{Raw: text}
}

// UnmarshalJSON never fails: what isn't understood is kept in Raw.
func (t *Time) UnmarshalJSON(b []byte) error {
	var text Text
	if err := text.UnmarshalJSON(b); err != nil {
		return err
	}
	if *t = (Time{}); text != "" {
		*t = ParseTime(string(text))
	}
	return nil
}

// MarshalJSON writes the seconds, what came instead of a value, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	switch {
	case t.Valid:
		return strconv.AppendInt(nil, t.N, 10), nil
	case t.Raw != "":
		return json.Marshal(t.Raw)
	}
	return []byte("null"), nil
}

// Text is a string that forgives: null is "", and a number, a bool or anything else is its JSON text.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if bytes.Equal(b, []byte("null")) {
		*t = ""
		return nil
	}
	var s string
	if len(b) > 0 && b[0] == '"' && json.Unmarshal(b, &s) == nil {
		*t = Text(s)
		return nil
	}
	*t = Text(strings.ToValidUTF8(string(b), "\uFFFD"))
	return nil
}
