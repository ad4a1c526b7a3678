package fold

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collators order as people read: accents and case last, and the numbers in a text by their value. A collator holds buffers, so each is used by one at a time.
var collators = sync.Pool{New: func() any { return collate.New(language.Und, collate.Numeric) }}

// Keys returns a key for each text. Keys compare as bytes, in the order in which people expect the texts: "PBX 2" before "PBX 10".
func Keys(texts []string) []string {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	keys := make([]string, len(texts))
	var b collate.Buffer
	for i, s := range texts {
		keys[i] = string(c.KeyFromString(&b, visible(s)))
		b.Reset()
	}
	return keys
}

// Compare orders two texts as Keys does. For many texts, Keys is cheaper.
func Compare(a, b string) int {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	return c.CompareString(visible(a), visible(b))
}

// Sort sorts texts in the order in which people expect them.
func Sort(texts []string) { slices.SortStableFunc(texts, Compare) }

// visible drops what doesn't show, and would order all else behind it.
func visible(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if Invisible(r) {
			return -1
		}
		return r
	}, s)
}
