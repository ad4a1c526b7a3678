package fleet

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letters that Unicode doesn't take apart, as people type them on a keyboard without them.
var letters = map[rune]string{'ß': "ss", 'ø': "o", 'đ': "d", 'ł': "l", 'æ': "ae", 'œ': "oe", 'ı': "i", 'þ': "th", 'ð': "d", 'ħ': "h"}

// Fold makes texts comparable without regard to case and accents: "Müller" and "MULLER" are one.
func Fold(s string) string {
	if isPlain(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range s {
		foldRune(&b, r)
	}
	return b.String()
}

func isPlain(s string) bool {
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
	for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
		part = unicode.ToLower(part)
		switch plain, ok := letters[part]; {
		case ok:
			b.WriteString(plain)
		case !unicode.Is(unicode.Mn, part):
			b.WriteRune(part)
		}
	}
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
