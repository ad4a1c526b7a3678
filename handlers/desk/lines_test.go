package desk

import (
	"testing"

	views "cordboard/views/desk"
)

// TestFillLines checks that half-width blocks without a neighbor are widened, so that no row has a gap.
func TestFillLines(t *testing.T) {
	t.Parallel()
	for blocks, want := range map[string]string{
		"":       "",
		"n":      "W",
		"w":      "W",
		"nn":     "nn",
		"nnn":    "nnW",
		"wnnnw":  "WnnWW",
		"nwn":    "WWW",
		"nnwnn":  "nnWnn",
		"wnwnnw": "WWWnnW",
	} {
		var all []views.Block
		for _, b := range blocks {
			all = append(all, views.Block{Wide: b == 'w'})
		}
		fillLines(all)
		got := ""
		for _, b := range all {
			got += map[bool]string{true: "W", false: "n"}[b.Wide]
		}
		if got != want {
			t.Errorf("fillLines(%q) = %q, want %q", blocks, got, want)
		}
	}
}
