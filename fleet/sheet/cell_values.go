package sheet

import (
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// number returns a number as people write it, with the 15 digits that spreadsheets have. If three decimals could be
// taken for thousands, it has four.
func number(text string) string {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || n > 1e15 || n < -1e15 {
		return text
	}
	n, _ = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	plain := strconv.FormatFloat(n, 'f', -1, 64)
	if _, decimals, _ := strings.Cut(plain, "."); len(decimals) == 3 {
		plain += "0"
	}
	return plain
}

// escape matches a character that XML can't contain, as spreadsheets write it.
var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescaped returns a text with the characters that XML can't contain.
func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escape.ReplaceAllStringFunc(text, func(s string) string {
		code, _ := strconv.ParseUint(s[2:6], 16, 16)
		return string(rune(code))
	})
}

// column returns the index of the column in a reference such as "AB12".
func column(ref string) (int, error) {
	n := 0
	for _, r := range strings.TrimRight(ref, "0123456789") {
		if r < 'A' || r > 'Z' || n > 1<<20 {
			return 0, fmt.Errorf("the cell is %q", ref)
		}
		n = n*26 + int(r-'A') + 1
	}
	if n == 0 {
		return 0, fmt.Errorf("the cell is %q", ref)
	}
	return n - 1, nil
}

// attr returns an attribute of an element, or "".
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
