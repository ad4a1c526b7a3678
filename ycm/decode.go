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

// Int is a whole number as YCM sends it: a JSON number or a string of digits. The values null and "" mean that YCM
// didn't report the number. Anything else is malformed.
type Int struct{ opt.Int }

// NewInt returns an Int with the known value n.
func NewInt(n int64) Int { return Int{opt.New(n)} }

// UnmarshalJSON never fails. If the value is malformed, UnmarshalJSON stores it in Raw.
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
	// Forms such as 50.0 and 5e1 are also accepted, but only in the range in which a float64 can represent every whole
	// number exactly.
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

// Time is an instant as YCM sends it: Unix seconds in either form of an [Int], or a date, with or without a time, in a
// format similar to RFC 3339. Fractions of a second are dropped. A date without a time means 10:30 UTC on that date,
// because it is then the same date in nearly all time zones. Values of 0 or less mean never, because YCM's interfaces
// use them for a missing date.
type Time struct{ opt.Int }

// NewTime returns the Time for n Unix seconds. If n is 0 or less, the Time means never.
func NewTime(n int64) Time { return ParseTime(strconv.FormatInt(n, 10)) }

// minTime (inclusive) and maxTime (exclusive) bound the numbers that are read as Unix seconds. All other numbers of 1
// or more are malformed. A number below minTime, the start of the year 2000, is probably a year or a compact date such
// as 20261201, because no Cloud PBX is that old. A number of maxTime (in the year 33,658) or more is probably in
// milliseconds.
const (
	minTime = 946_684_800
	maxTime = 1e12
)

// dateOffset is the UTC time of day that is assigned to a date without a time. At that time, the date is the same from
// Hawaii to New Zealand.
const dateOffset = 10*3600 + 30*60 // seconds

// ParseTime parses a time in one of the formats of [Time]. It never fails: a value that it can't parse is malformed.
func ParseTime(text string) Time {
	s := strings.TrimSpace(text)
	if s == "" {
		return Time{}
	}
	// The last condition excludes "Inf".
	if f, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(f) && s[len(s)-1] < 'A' {
		switch {
		case f < 1: // truncates to 0 or less
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

// UnmarshalJSON never fails. If the value is malformed or means never, UnmarshalJSON stores it in Raw.
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

// MarshalJSON returns the Unix seconds if they are known, else Raw as a string, else null.
func (t Time) MarshalJSON() ([]byte, error) {
	switch {
	case t.Known():
		return strconv.AppendInt(nil, t.N, 10), nil
	case t.Raw != "":
		return json.Marshal(t.Raw)
	}
	return []byte("null"), nil
}

// Text is a string that can be decoded from any JSON value. Null becomes "", and any other value that isn't a string
// becomes its JSON text.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	if bytes.Equal(b, []byte("null")) {
		*t = ""
		return nil
	}
	if isPlain(b) {
		*t = Text(b[1 : len(b)-1])
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

// isPlain reports whether a JSON value is a string of ASCII without escapes, as most are.
func isPlain(b []byte) bool {
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
