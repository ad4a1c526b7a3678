package storetest

import "testing"

// Bound determines whether the limit of a figure is a maximum or a minimum.
type Bound int

// Kinds of limits.
const (
	AtMost Bound = iota
	AtLeast
)

// Figure logs a line, which make soak collects into its table, and fails the test if figure misses the limit bar.
func Figure(t testing.TB, name string, figure, bar float64, b Bound) {
	t.Helper()
	verdict, sign := "ok", "<="
	if b == AtLeast {
		sign = ">="
	}
	if b == AtMost && figure > bar || b == AtLeast && figure < bar {
		verdict = "MISSED"
		t.Errorf("%s: %g, want %s %g", name, figure, sign, bar)
	}
	t.Logf("SOAK|%s|%.4g|%s %g|%s", name, figure, sign, bar, verdict)
}
