// Package fold makes texts comparable that people type, paste and store in different ways: one form for searching, one for e-mail addresses, one for passwords, and an
// order that people expect. It is pure and knows no other package.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that Unicode doesn't take apart, as people type them on a keyboard without them.
var letters = map[rune]string{'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ð': "d", 'ħ': "h", 'ς': "σ"}

// Text makes texts comparable without regard to case, accents, and what a keyboard or an editor makes of quotes, dashes, digits and spaces: "Müller" and "MULLER" are
// one, and so are "A–B" and "a-b". What doesn't show is dropped.
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
	switch r { // as Typed has them
	case '\u2026', '\u2025':
		b.WriteString("..")
		return
	case '\u2265':
		b.WriteString(">=")
		return
	case '\u2264':
		b.WriteString("<=")
		return
	}
	if like := typed(r); like != r { // before normalizing, which makes an accent of a quote
		if like >= 0 {
			b.WriteRune(unicode.ToLower(like))
		}
		return
	}
	for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
		part = unicode.ToLower(part)
		switch plain, ok := letters[part]; {
		case ok:
			b.WriteString(plain)
		case unicode.Is(unicode.Mn, part):
		default:
			if like := typed(part); like >= 0 {
				b.WriteRune(like)
			}
		}
	}
}

// typed is the character on a plain keyboard that r stands for, -1 for one that doesn't show, or r itself.
func typed(r rune) rune {
	switch r {
	case '\u2018', '\u2019', '\u201a', '\u201b', '\u2032', '\u2035', '\u00b4', '\u02bc', '\u02b9', '\u02bb', '\uff07', '\u2039', '\u203a':
		return '\''
	case '\u201c', '\u201d', '\u201e', '\u201f', '\u2033', '\u2036', '\u00ab', '\u00bb', '\u301d', '\u301e', '\u301f', '\uff02':
		return '"'
	case '\u2212', '\u02d7', '\u2043', '\uff0d':
		return '-'
	case '\uff1a', '\ufe55', '\u2236':
		return ':'
	}
	switch {
	case r >= 0xff01 && r <= 0xff5e: // the wide forms of ASCII
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

// digit is the value of a decimal digit of any script. Unicode has them in runs of ten.
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

// Typed returns s as a plain keyboard would have it: quotes, dashes, colons, spaces and digits are ASCII, and what doesn't show is gone. Letters stay as they are.
// It is for what has a grammar: searches, codes, addresses.
func Typed(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(typed, signs.Replace(s))
}

// signs are single characters that stand for several.
var signs = strings.NewReplacer("\u2265", ">=", "\u2264", "<=", "\u2026", "..", "\u2025", "..")

// fillers are letters and symbols by their category that show nothing.
var fillers = map[rune]bool{'\u115f': true, '\u1160': true, '\u3164': true, '\uffa0': true, '\u2800': true, '\u034f': true, '\u17b4': true, '\u17b5': true}

// Invisible reports whether r shows nothing by itself: format characters, variation selectors and fillers. Spaces and control characters are others.
func Invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || fillers[r]
}

// Part is a piece of a text; Hit ones are what a search looked for.
type Part struct {
	Text string
	Hit  bool
}

// Mark cuts a text into pieces by where it holds the words, which are folded already. A text without any is one piece.
func Mark(s string, words []string) []Part {
	if len(words) == 0 || s == "" {
		return []Part{{Text: s}}
	}
	var b strings.Builder
	var origin []int // of each byte of the folded text: where its rune begins in s
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
			for k := to; k < len(origin) && end == origin[to-1]; k++ { // the rest of a rune that folds to several
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
