// Package fold normalizes strings that people type, paste and store in different ways, so that they can be compared. It
// defines separate forms for searches, email addresses, host names and passwords. It also sorts strings in the order
// that people expect, and formats numbers. It does no I/O and imports no other package of Cordboard.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters contains, for letters that Unicode doesn't decompose, the spellings that count as equal in searches.
var letters = map[rune]string{
	'ß': "ss",
	'ø': "o",
	'đ': "d",
	'ł': "l",
	'æ': "ae",
	'œ': "oe",
	'ı': "i",
	'þ': "th",
	'ð': "d",
	'ħ': "h",
	'ς': "σ",
}

// Text returns s normalized for searching. It ignores case, accents, and variants of quotes, dashes,
// digits and spaces: "Müller" and "MULLER" have the same form, as do "A–B" and "a-b". Invisible characters are
// dropped.
func Text(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range s {
		foldRune(&b, r)
	}
	return b.String()
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func foldRune(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf {
		b.WriteRune(unicode.ToLower(r))
		return
	}
	if sign, ok := signs[r]; ok {
		b.WriteString(sign)
		return
	}
	if like := typed(r); like != r { // before normalizing, which would decompose some quotes
		if like >= 0 {
			b.WriteRune(unicode.ToLower(like))
		}
		return
	}
	for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
		part = unicode.ToLower(part)
		plain, isLetter := letters[part]
		sign, isSign := signs[part] // "≰" decomposes into "≤" and a mark
		switch {
		case isLetter:
			b.WriteString(plain)
		case isSign:
			b.WriteString(sign)
		case unicode.Is(unicode.Mn, part):
		default:
			if like := typed(part); like >= 0 {
				b.WriteRune(like)
			}
		}
	}
}

// signs contains the characters that stand for several plain ones.
var signs = map[rune]string{
	'\u2026': "..",
	'\u2025': "..",
	'\u2265': ">=",
	'\u2264': "<=",
}

// typed returns the plain-keyboard character that r stands for. It returns -1 if r is invisible, and r itself if there
// is no such character.
func typed(r rune) rune {
	switch r {
	case '\u2018',
		'\u2019',
		'\u201a',
		'\u201b',
		'\u2032',
		'\u2035',
		'\u00b4',
		'\u02bc',
		'\u02b9',
		'\u02bb',
		'\uff07',
		'\u2039',
		'\u203a':
		return '\''
	case '\u201c',
		'\u201d',
		'\u201e',
		'\u201f',
		'\u2033',
		'\u2036',
		'\u00ab',
		'\u00bb',
		'\u301d',
		'\u301e',
		'\u301f',
		'\uff02':
		return '"'
	case '\u2212', '\u02d7', '\u2043', '\uff0d':
		return '-'
	case '\uff1a', '\ufe55', '\u2236':
		return ':'
	}
	switch {
	case r >= 0xff01 && r <= 0xff5e: // the fullwidth forms of ASCII
		return r - 0xfee0
	case Invisible(r):
		return -1
	case unicode.Is(unicode.Pd, r):
		return '-'
	case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
		return ' '
	case r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r):
		return '0' + digit(r)
	}
	return r
}

// digit returns the value of a decimal digit in any script. Unicode assigns such digits in runs of ten.
func digit(r rune) rune {
	for _, run := range unicode.Nd.R16 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) {
			return (r - rune(run.Lo)) % 10
		}
	}
	for _, run := range unicode.Nd.R32 {
		if r >= rune(run.Lo) && r <= rune(run.Hi) { //nolint:gosec // Unicode ends at 0x10FFFF
			return (r - rune(run.Lo)) % 10 //nolint:gosec // as above
		}
	}
	return 0
}

// Typed returns s as it would be typed on a plain keyboard: quotes, dashes, colons, spaces, digits, fullwidth
// characters and signs such as U+2265 become ASCII, and invisible characters are dropped. Other characters are
// unchanged. Use it for text with a fixed syntax, such as searches, codes and dates.
func Typed(s string) string {
	if isASCII(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if sign, ok := signs[r]; ok {
			b.WriteString(sign)
		} else if like := typed(r); like >= 0 {
			b.WriteRune(like)
		}
	}
	return b.String()
}

// fillers are invisible characters that Unicode categorizes as letters, symbols or marks.
var fillers = map[rune]bool{
	'\u115f': true,
	'\u1160': true,
	'\u3164': true,
	'\uffa0': true,
	'\u2800': true,
	'\u034f': true,
	'\u17b4': true,
	'\u17b5': true,
}

// Invisible reports whether r is a character that displays nothing by itself: a format character, variation selector or
// filler. Spaces and control characters don't count as invisible.
func Invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || fillers[r]
}

// Part is a piece of a string that Mark has split. Hit is true if the piece matches a search.
type Part struct {
	Text string
	Hit  bool
}

// Mark splits s into parts that match any of words and parts that don't. The words must already be folded.
func Mark(s string, words []string) []Part {
	if len(words) == 0 || s == "" {
		return []Part{{Text: s}}
	}
	var b strings.Builder
	var origin []int // for each byte of the folded text, the start of its rune in s
	for i, r := range s {
		foldRune(&b, r)
		for len(origin) < b.Len() {
			origin = append(origin, i)
		}
	}
	origin = append(origin, len(s))
	hit := make([]bool, len(s))
	for _, word := range words {
		for at := 0; word != ""; {
			i := strings.Index(b.String()[at:], word)
			if i < 0 {
				break
			}
			from, to := at+i, at+i+len(word)
			end := origin[to]
			// Include the rest of a rune that folds to several characters.
			for k := to; k < len(origin) && end == origin[to-1]; k++ {
				end = origin[k]
			}
			for k := origin[from]; k < end; k++ {
				hit[k] = true
			}
			at = from + 1
		}
	}
	return cut(s, hit)
}

func cut(s string, hit []bool) []Part {
	var parts []Part
	from := 0
	for i := range s {
		if i > from && hit[i] != hit[from] {
			parts = append(parts, Part{s[from:i], hit[from]})
			from = i
		}
	}
	return append(parts, Part{s[from:], hit[from]})
}
