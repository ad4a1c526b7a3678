package pbx

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/fleet/pbxtest"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
	"cordboard/ycm"
)

func TestStepPath(t *testing.T) {
	t.Parallel()
	const no = fleet.Absent
	for want, values := range map[string][]int64{
		"M0 62H150V2H300":              {0, 10},
		"M0 32H100M200 32H300":         {5, no, 5},
		"M100 2H200":                   {no, 10, no},
		"":                             {no, no},
		"M0 62H75V32H150V62H225V2H300": {0, 5, 0, 10},
	} {
		if got := stepPath(values, 10); got != want {
			t.Errorf("stepPath(%v) = %s, want %s", values, got, want)
		}
	}
}

// TestChart checks the labels, the capacity and the gaps of charts per hour and per day.
func TestChart(t *testing.T) {
	t.Parallel()
	const no = fleet.Absent
	start := time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)
	clock := ui.Clock{Now: start.AddDate(0, 0, 1), Zone: time.UTC}
	p := pbxtest.PBX(pbxtest.Record(7, func(r *ycm.CloudPBX) { r.ConcurrentCallCapacity = ycm.NewInt(10) }))
	for name, tt := range map[string]struct {
		series mirror.Series
		want   views.Chart
	}{
		"hours below the capacity": {
			mirror.Series{Counter: fleet.FieldActiveCalls, Start: start, Unit: time.Hour, Values: []int64{0, 5}},
			views.Chart{
				Counter: "activeCalls", Label: "Calls", Path: "M0 62H150V32H300", Peak: "5", Limit: "10", LimitAt: "2",
				From: "16 Mar 2026", To: "16 Mar 2026",
				Summary: "Calls from 16 Mar 2026 to 16 Mar 2026: peak 5, latest 5.",
			},
		},
		"days over the capacity, with a gap": {
			mirror.Series{
				Counter: fleet.FieldActiveCalls, Start: start, Unit: 24 * time.Hour, Values: []int64{20, no, 10, 0},
			},
			views.Chart{
				Counter: "activeCalls", Label: "Calls", Path: "M0 2H75M150 32H225V62H300", Peak: "20", Limit: "10", LimitAt: "32",
				From: "16 Mar 2026", To: "19 Mar 2026", Gaps: "1 day without a reading",
				Summary: "Calls from 16 Mar 2026 to 19 Mar 2026: peak 20, latest 0.",
			},
		},
		"no reading, and no capacity": {
			mirror.Series{Counter: fleet.FieldUsedTranscription, Start: start, Unit: time.Hour, Values: []int64{no, no}},
			views.Chart{
				Counter: "usedTranscription", Label: "Transcription used, minutes", Peak: "0",
				From: "16 Mar 2026", To: "16 Mar 2026", Gaps: "2 hours without a reading",
				Summary: "Transcription used, minutes from 16 Mar 2026 to 16 Mar 2026: peak 0.",
			},
		},
	} {
		if diff := cmp.Diff(tt.want, chart(p, tt.series, clock)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
