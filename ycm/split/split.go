// Package split splits JSON that is known to be valid into its members, without decoding them. Package encoding/json
// validates and scans each level of a document again, which takes most of the time of reading a fleet.
package split

import (
	"bytes"
	"iter"
)

// Array returns the elements of a JSON array. The slices share b's memory. If b isn't an array, there are none.
func Array(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		at := space(b, 0)
		if at >= len(b) || b[at] != '[' {
			return
		}
		for at = space(b, at+1); at < len(b) && b[at] != ']'; {
			end := value(b, at)
			if end == at || !yield(b[at:end]) {
				return
			}
			at = next(b, end)
		}
	}
}

// Object returns the names and values of the members of a JSON object, in their order, with duplicates. A name is
// without quotes, and may contain escapes. The slices share b's memory. If b isn't an object, there are none.
func Object(b []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		at := space(b, 0)
		if at >= len(b) || b[at] != '{' {
			return
		}
		for at = space(b, at+1); at < len(b) && b[at] != '}'; {
			end := text(b, at)
			if b[at] != '"' || end < at+2 {
				return
			}
			name := b[at+1 : end-1]
			at = min(space(b, space(b, end)+1), len(b)) // after the colon
			end = value(b, at)
			if end == at || !yield(name, b[at:end]) {
				return
			}
			at = next(b, end)
		}
	}
}

// space returns the position of the first byte from at on that isn't white space.
func space(b []byte, at int) int {
	for at < len(b) && b[at] <= ' ' {
		at++
	}
	return at
}

// next returns the position after a comma, if there is one, and white space.
func next(b []byte, at int) int {
	if at = space(b, at); at < len(b) && b[at] == ',' {
		at = space(b, at+1)
	}
	return at
}

// text returns the position after the string that begins at at.
func text(b []byte, at int) int {
	for at++; at < len(b); at++ {
		i := bytes.IndexByte(b[at:], '"')
		if i < 0 {
			return len(b)
		}
		slashes := 0
		for at += i; at > slashes && b[at-1-slashes] == '\\'; { // at the latest, the opening quotation mark ends them
			slashes++
		}
		if slashes%2 == 0 {
			return at + 1
		}
	}
	return len(b)
}

// value returns the position after the value that begins at at.
func value(b []byte, at int) int {
	if at >= len(b) {
		return at
	}
	switch b[at] {
	case '"':
		return text(b, at)
	case '{', '[':
		for depth := 0; at < len(b); at++ {
			switch b[at] {
			case '"':
				at = text(b, at) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return at + 1
				}
			}
		}
		return at
	}
	for at < len(b) && b[at] > ' ' && b[at] != ',' && b[at] != ']' && b[at] != '}' {
		at++
	}
	return at
}
