package create

import (
	"fmt"
	"testing"

	"cordboard/opt"
	"cordboard/ycm"
)

// TestUltimateNeedsUltimate checks the warning for an Ultimate Plan PBX if the subscription has enough extensions but
// too few Ultimate Plan extensions. It also checks the warning for transcription add-on minutes.
func TestUltimateNeedsUltimate(t *testing.T) {
	t.Parallel()
	left := Left{
		opt.New(100),
		opt.New(100),
		opt.New(1000),
		opt.New(9),
		opt.New(59),
	}
	for _, tt := range []struct {
		name    string
		request ycm.CreateCloudPBXRequest
		left    Left
		want    []string // the fields with warnings
	}{
		{
			"enterprise",
			ycm.CreateCloudPBXRequest{Plan: "Enterprise Plan", ExtensionCapacity: 10, ConcurrentCallCapacity: 5},
			left,
			nil,
		},
		{
			"ultimate",
			ycm.CreateCloudPBXRequest{Plan: "Ultimate Plan", ExtensionCapacity: 10, ConcurrentCallCapacity: 5},
			left,
			[]string{"plan"},
		},
		{
			"ultimate that fits",
			ycm.CreateCloudPBXRequest{Plan: "Ultimate Plan", ExtensionCapacity: 9, ConcurrentCallCapacity: 5},
			left,
			nil,
		},
		{
			"both short",
			ycm.CreateCloudPBXRequest{Plan: "Ultimate Plan", ExtensionCapacity: 101, ConcurrentCallCapacity: 5},
			left,
			[]string{"extensionCapacity", "plan"},
		},
		{
			"transcription",
			ycm.CreateCloudPBXRequest{
				Plan:                   "Enterprise Plan",
				ExtensionCapacity:      1,
				ConcurrentCallCapacity: 1,
				TranscriptionCapacity:  new(int64(60)),
			},
			left,
			[]string{"transcriptionCapacity"},
		},
		{
			"not reported",
			ycm.CreateCloudPBXRequest{
				Plan:                  "Ultimate Plan",
				ExtensionCapacity:     10,
				TranscriptionCapacity: new(int64(60)),
			},
			Left{opt.New(100)},
			nil,
		},
	} {
		d := Draft{Takes: takes(tt.request)}
		d.short(tt.left)
		var got []string
		for _, w := range d.Warnings {
			got = append(got, w.Field)
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.want) {
			t.Errorf("%s: warnings for %v, want %v", tt.name, got, tt.want)
		}
	}
}
