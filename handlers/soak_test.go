package handlers

import "testing"

type bound int

const (
	atMost bound = iota
	atLeast
)

// soakFigure prints a line that `make soak` collects into its table, and fails the test if the bar is missed.
func soakFigure(t *testing.T, name string, figure, bar float64, b bound) {
	t.Helper()
	verdict, sign := "ok", "<="
	if b == atLeast {
		sign = ">="
	}
	if b == atMost && figure > bar || b == atLeast && figure < bar {
		verdict = "MISSED"
		t.Errorf("%s: %g, want %s %g", name, figure, sign, bar)
	}
	t.Logf("SOAK|%s|%.4g|%s %g|%s", name, figure, sign, bar, verdict)
}
