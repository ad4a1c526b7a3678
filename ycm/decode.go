package ycm

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"cordboard/opt"
)

// Int is a whole number as YCM sends it: a JSON number or a string of digits. Anything else is malformed.
type Int struct{ opt.Int }

// NewInt returns the known Int n.
func NewInt(n int64) Int { return Int{opt.New(n)} }

// UnmarshalJSON never fails. It keeps a value that is not a whole number in Raw.
func (i *Int) UnmarshalJSON(b []byte) error {
	var t Text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	s := strings.TrimSpace(string(t))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		*i = NewInt(n)
		return nil
	}
	// 50.0 and 5e1 are whole numbers, too, in the range that a float64 represents exactly.
	if f, err := strconv.ParseFloat(s, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		*i = NewInt(int64(f))
		return nil
	}
	if *i = (Int{}); t != "" {
		*i = Int{malformed(string(t))}
	}
	return nil
}

// MarshalJSON returns the number, or null if it isn't known.
func (i Int) MarshalJSON() ([]byte, error) {
	if !i.Known() {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, i.N, 10), nil
}

// Time is an instant as YCM sends it: Unix seconds in either form of an [Int], without their fraction, or a date or
// date and time like those of RFC 3339. A date without a time is 10:30 UTC, when it is that day nearly everywhere. 0
// and below are never, because YCM's interfaces use them for no date.
type Time struct{ opt.Int }

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
		return Time{}
	}
	// The last condition excludes "Inf".
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && s[len(s)-1] < 'A' {
		switch {
		case f < 1: // truncates to 0
			return Time{opt.Int{State: opt.Never, Raw: text}}
		case f >= minTime && f < maxTime:
			return Time{opt.New(int64(f))}
		}
		return Time{malformed(text)}
	}
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05",
		time.DateTime,
		"2006-01-02T15:04",
		time.DateOnly,
	} {
		at, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		n := at.Unix()
		if layout == time.DateOnly {
			n += dateOffset
		}
		if n >= minTime && n < maxTime {
			return Time{opt.New(n)}
		}
		return Time{malformed(text)}
	}
	return Time{malformed(text)}
}

func malformed(text string) opt.Int { return opt.Int{State: opt.Malformed, Raw: text} }

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
	case t.Known():
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
