package storetest

import "testing"

// Bound determines whether a figure's limit is a maximum or a minimum.
type Bound int

// Kinds of limits.
const (
	AtMost Bound = iota
	AtLeast
)

// Figure logs a line that `make soak` collects into its table. It fails the test if figure is above bar (AtMost) or
// below bar (AtLeast).
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
