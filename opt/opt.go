// Package opt provides Int, an optional integer, which distinguishes a value that YCM reported, a value that YCM
// omitted, a malformed value, and a time that means never.
package opt

// State describes whether and how YCM reported a value.
type State uint8

// States of a value.
const (
	NotReported State = iota // the value is missing, null or empty
	Known                    // N is the value
	Never                    // YCM reported that there is no such time
	Malformed                // Raw is what YCM sent instead of a valid value
)

// Int is an integer, or a time in Unix seconds, that YCM may not have reported. The zero Int means not reported, which
// is different from 0.
type Int struct {
	N     int64 // 0 unless State is Known
	State State
	Raw   string // value as YCM sent it, if State is Never or Malformed
}

// New returns the known Int n.
func New(n int64) Int { return Int{N: n, State: Known} }

// If returns the known Int n if known is true, and the zero Int otherwise.
func If(known bool, n int64) Int {
	if !known {
		return Int{}
	}
	return New(n)
}

// Known reports whether i has a value.
func (i Int) Known() bool { return i.State == Known }

// Reported reports whether YCM sent a value, even a malformed one.
func (i Int) Reported() bool { return i.State != NotReported }
