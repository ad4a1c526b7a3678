package fold

import (
	"strings"
	"unicode"
)

// Plain reports whether s can be a name: it has a visible character and none for which Control is true.
func Plain(s string) bool { return Shows(s) && !strings.ContainsFunc(s, Control) }

// Control reports whether r is a control character, breaks lines, changes the direction of text, or is the replacement
// character for invalid bytes.
func Control(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || r >= 0x202a && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 ||
		r == 0x2028 ||
		r == 0x2029
}

// Shown returns a text from elsewhere as pages show it: with the replacement character instead of each character for
// which Control is true. Otherwise, those that change the direction of text could turn a name around.
func Shown(s string) string {
	return strings.Map(func(r rune) rune {
		if Control(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
}

// FirstRunes returns the first n runes of s, or all of s if it is shorter.
func FirstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
