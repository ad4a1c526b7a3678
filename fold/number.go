package fold

import (
	"strconv"
	"strings"
)

// Number returns n in the form that people read, such as "1,284" or "−397".
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if rest, negative := strings.CutPrefix(digits, "-"); negative {
		sign, digits = "−", rest
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}
