package fold

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collators order strings as people expect: accents and case matter last, and numbers in a string are compared by
// value. A collator has buffers, so only one goroutine may use it at a time.
var collators = sync.Pool{New: func() any { return collate.New(language.Und, collate.Numeric) }}

// Keys returns a sort key for each string. The byte order of the keys is the order that people expect: "PBX 2" before
// "PBX 10".
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

// Compare returns -1, 0 or 1 to order two strings as Keys does. For many strings, Keys is cheaper.
func Compare(a, b string) int {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	return c.CompareString(visible(a), visible(b))
}

// Sort sorts texts in the order that people expect.
func Sort(texts []string) { slices.SortStableFunc(texts, Compare) }

// visible returns s without invisible characters, which would otherwise affect comparisons.
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
