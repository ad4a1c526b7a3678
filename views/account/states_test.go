package account

import (
	"testing"

	"github.com/a-h/templ"

	"cordboard/views/viewtest"
)

// TestStates compares several states of the two-factor and recovery-code pages with their golden files. It also checks
// the text that the button on the recovery-code page copies.
func TestStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]templ.Component{
		"factor-required": Factor(FactorPage{Email: "ines@example.com", Required: true}),
		"factor-pending":  Factor(FactorPage{Email: "ines@example.com", Replaces: true, Pending: true, Problem: "Too late."}),
		"factor-secret": Factor(FactorPage{
			Email: "ines@example.com", Secret: "ABCD EFGH", QR: "M0 0h1v1z", QRSide: 21, Problem: "Incorrect code.",
		}),
		"codes": Codes(CodesPage{
			Done: "Two-factor is on.", Email: "ines@example.com", Codes: []string{"AAAA-BBBB", "CCCC-DDDD"},
		}),
	} {
		t.Run(name, func(t *testing.T) { viewtest.Component(t, name, c) })
	}
	for _, tt := range []struct {
		codes []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a\n"}, {[]string{"a", "b"}, "a\nb\n"}} {
		if got := joined(tt.codes); got != tt.want {
			t.Errorf("text of the codes %q = %q, want %q", tt.codes, got, tt.want)
		}
	}
}
