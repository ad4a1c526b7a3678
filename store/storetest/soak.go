package storetest

import "testing"

// Bound says on which side of its bar a figure must be.
type Bound int

// The sides.
const (
	AtMost Bound = iota
	AtLeast
)

// Figure prints a line that make soak collects into its table, and fails the test if the bar is missed.
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
