package ycm

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
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
