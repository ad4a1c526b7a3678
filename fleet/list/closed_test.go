package list

import (
	"testing"
	"time"

	"cordboard/ycm"
)

// TestOnboarding checks that a stuck PBX is stuck at exactly one step, and only after StuckDays. If YCM doesn't report
// the necessary fields, the PBX doesn't count as stuck.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	old, young := ycm.NewTime(noon.AddDate(0, 0, -9).Unix()), ycm.NewTime(noon.AddDate(0, 0, -6).Unix())
	for _, tt := range []struct {
		name string
		pbx  ycm.CloudPBX
		want string
	}{
		{
			"never started",
			ycm.CloudPBX{CreateTime: old, PBXStatus: "Stopped", ActivationStatus: "Unactivated"},
			"not-started",
		},
		{
			"never started, but young",
			ycm.CloudPBX{CreateTime: young, PBXStatus: "Stopped", ActivationStatus: "Unactivated"},
			"",
		},
		{
			"started",
			ycm.CloudPBX{
				CreateTime:         old,
				InitialStartUpTime: old,
				PBXStatus:          "Running",
				ActivationStatus:   "Unactivated",
			},
			"not-activated",
		},
		{
			"running, its start not reported",
			ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Unactivated"},
			"not-activated",
		},
		{
			"no extension",
			ycm.CloudPBX{
				CreateTime:       old,
				PBXStatus:        "Running",
				ActivationStatus: "Activated",
				UsedExtensions:   ycm.NewInt(0),
			},
			"no-extension",
		},
		{
			"extensions not reported",
			ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Activated"},
			"",
		},
		{
			"in use",
			ycm.CloudPBX{
				CreateTime:       old,
				PBXStatus:        "Running",
				ActivationStatus: "Activated",
				UsedExtensions:   ycm.NewInt(1),
			},
			"",
		},
		{"its creation not reported", ycm.CloudPBX{PBXStatus: "Stopped", ActivationStatus: "Unactivated"}, ""},
	} {
		tt.pbx.CloudPBXID = ycm.NewInt(1)
		s := snapshotOf(tt.pbx)
		for _, word := range OnboardingWords {
			if got := len(
				found(s, map[string][]string{"onboarding": {word}}, noon, time.UTC),
			) == 1; got != (word == tt.want) {
				t.Errorf("%s: onboarding=%s matches: %v", tt.name, word, got)
			}
		}
	}
}

// TestClosedBits checks that each value of the closed filters has its own bit.
func TestClosedBits(t *testing.T) {
	t.Parallel()
	seen := map[rowFlags]string{}
	for _, f := range closedFilters {
		for i, word := range f.words {
			bit := rowFlags(1) << (f.first + i)
			if other, taken := seen[bit]; taken || f.first+i >= closedBits {
				t.Errorf("%s:%s has the bit of %s", f.key, word, other)
			}
			seen[bit] = f.key + ":" + word
		}
	}
}
