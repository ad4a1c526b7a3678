package pbxs

import (
	"testing"

	"cordboard/fleet"
)

func TestStepPath(t *testing.T) {
	t.Parallel()
	const no = fleet.Absent
	for want, values := range map[string][]int64{
		"M0 62H150V2H300":           {0, 10},
		"M0 32H100M200 32H300":      {5, no, 5},
		"M100 2H200":                {no, 10, no},
		"":                          {no, no},
		"M0 2H75V32H150M225 62H300": {10, 5, no, 0},
		"M0 32H300":                 {5, 5, 5},
	} {
		if got := stepPath(values, 10); got != want {
			t.Errorf("stepPath(%v) = %q, want %q", values, got, want)
		}
	}
}
