package ycm

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Int is a whole number as YCM sends it: a JSON number or a string of digits. Valid is false if the member is
// absent, null or not a whole number, which is different from 0. Raw then keeps the original text for display.
type Int struct {
	N     int64
	Valid bool
	Raw   string
}

// NewInt returns the valid Int n.
func NewInt(n int64) Int { return Int{N: n, Valid: true} }

// UnmarshalJSON never fails. It keeps a value that is not a whole number in Raw.
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
	// 50.0 and 5e1 are whole numbers, too, in the range that a float64 represents exactly.
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		*i = Int{N: int64(f), Valid: true}
		return nil
	}
	*i = Int{Raw: string(t)}
	return nil
}

// MarshalJSON returns the number, or null if it isn't Valid.
func (i Int) MarshalJSON() ([]byte, error) {
	if !i.Valid {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.N, 10), nil
}

// Time is an instant as YCM sends it: Unix seconds in either form of an [Int], without their fraction, or a date or
// date and time like those of RFC 3339. It is one of four: a value (Valid), never (Never; 0 or below, which YCM's
// interfaces use for no date), a text that can't be parsed (Raw alone), or absent (the zero Time).
type Time struct {
	N     int64 // Unix seconds; of a date without a time 10:30 UTC, when it is that day nearly everywhere
	Valid bool
	Never bool
	Raw   string // the text as received, unless it is a value
}

// NewTime returns the Time of n Unix seconds. It is never if n is 0 or below.
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

// ParseTime parses the text of a time. It never fails; see [Time].
func ParseTime(text string) Time {
	s := strings.TrimSpace(text)
	if s == "" {
		return Time{Raw: text}
	}
	// The last condition excludes "Inf".
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && s[len(s)-1] < 'A' {
		switch {
		case f <= 0:
			return Time{Never: true, Raw: text}
		case f < 1: // truncates to 0
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

// UnmarshalJSON never fails. It keeps a value that it can't parse in Raw.
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

// MarshalJSON returns the seconds, or Raw as a string, or null.
func (t Time) MarshalJSON() ([]byte, error) {
	switch {
	case t.Valid:
		return strconv.AppendInt(nil, t.N, 10), nil
	case t.Raw != "":
		return json.Marshal(t.Raw)
	}
	return []byte("null"), nil
}

// Text is a string that decodes from any JSON value: null becomes "", and anything but a string its JSON text.
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
