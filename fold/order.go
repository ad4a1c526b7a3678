package fold

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collators order texts as people expect: accents and case count last, and numbers in a text are compared by
// value. A collator has buffers, so only one goroutine may use it at a time.
var collators = sync.Pool{New: func() any { return collate.New(language.Und, collate.Numeric) }}

// Keys returns a sort key for each text. The byte order of keys is the order that people expect of the texts:
// "PBX 2" before "PBX 10".
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

// Compare compares two texts in the order of Keys. For many texts, Keys is cheaper.
func Compare(a, b string) int {
	c := collators.Get().(*collate.Collator)
	defer collators.Put(c)
	return c.CompareString(visible(a), visible(b))
}

// Sort sorts texts in the order that people expect.
func Sort(texts []string) { slices.SortStableFunc(texts, Compare) }

// visible returns s without invisible characters, which would otherwise affect the order.
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
