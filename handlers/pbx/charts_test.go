package pbx

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
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
	p := pbxtest.PBX(pbxtest.Record(7, func(r *ycm.CloudPBX) { r.ConcurrentCallCapacity = ycm.NewInt(10) }))
	for name, tt := range map[string]struct {
		unit    time.Duration
		counter fleet.Field
		values  []int64
		want    views.Chart
	}{
		"hours below the capacity": {
			time.Hour, fleet.FieldActiveCalls,
			[]int64{0, 5},
			views.Chart{Counter: "activeCalls", Label: "Calls", Peak: "5", Plot: ui.Chart{
				Summary: "Calls from 12 to 13: peak 5, latest 5.",
				Paths:   ui.ChartPaths{Line: "M0 62H150V32H300", Limit: "M0 2H300"},
				Axes:    ui.ChartAxes{Top: "10", LimitLabel: "Capacity 10", LimitAt: "25.1%"},
				Series:  ui.ChartSeries{Values: "0 5", Limits: "10", Scale: "75 150 0 10 62 2"},
			}},
		},
		"days over the capacity, with a gap": {
			24 * time.Hour, fleet.FieldActiveCalls,
			[]int64{20, no, 10, 0},
			views.Chart{Counter: "activeCalls", Label: "Calls", Peak: "20", Gaps: "1 day without a reading", Plot: ui.Chart{
				Summary: "Calls from 12 to 15: peak 20, latest 0.",
				Paths:   ui.ChartPaths{Line: "M0 2H75M150 32H225V62H300", Limit: "M0 32H300"},
				Axes:    ui.ChartAxes{Top: "20", LimitLabel: "Capacity 10", LimitAt: "45%"},
				Series:  ui.ChartSeries{Values: "20 - 10 0", Limits: "10", Scale: "37.5 75 0 20 62 2"},
			}},
		},
		"one reading, before which there was none, and no capacity": {
			time.Hour, fleet.FieldUsedTranscription,
			[]int64{no, 3},
			views.Chart{Counter: "usedTranscription", Label: "Transcription used, minutes", Peak: "3", Plot: ui.Chart{
				Summary: "Transcription used, minutes from 12 to 13: peak 3, latest 3.",
				Paths:   ui.ChartPaths{Line: "M150 2H300"},
				Axes:    ui.ChartAxes{Top: "3"},
				Series:  ui.ChartSeries{Values: "- 3", Scale: "75 150 0 3 62 2"},
			}},
		},
		"no reading in this time": {
			time.Hour, fleet.FieldUsedTranscription,
			[]int64{no},
			views.Chart{Counter: "usedTranscription", Label: "Transcription used, minutes", Peak: "0", Plot: ui.Chart{
				Summary: "Transcription used, minutes from 12 to 12: peak 0.",
				Axes:    ui.ChartAxes{Top: "1"},
				Series:  ui.ChartSeries{Values: "-", Scale: "150 300 0 1 62 2"},
			}},
		},
	} {
		var times []string
		for i := range tt.values {
			times = append(times, fmt.Sprint(12+i))
		}
		tt.want.Plot.Width, tt.want.Plot.Height, tt.want.Plot.Axes.Low = 300, 64, "0"
		if tt.want.Plot.Axes.From = times[0]; len(times) > 1 {
			tt.want.Plot.Axes.To = times[len(times)-1]
		}
		series := mirror.Series{Counter: tt.counter, Start: start, Unit: tt.unit, Values: tt.values}
		got := drawn(p, series, limits(p, series, nil), times)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestAligned checks that all series of a page begin and end together, within the range.
func TestAligned(t *testing.T) {
	t.Parallel()
	const no = fleet.Absent
	noon := time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	all := []mirror.Series{
		{Start: at(0), Unit: time.Hour, Values: []int64{1, no, 3, 4, 5}},
		{Start: at(3), Unit: time.Hour, Values: []int64{7, 8}},
	}
	for name, tt := range map[string]struct {
		from, end time.Time
		start     time.Time
		want      [][]int64
	}{
		"everything":            {at(-9), at(9), at(0), [][]int64{{1, no, 3, 4, 5}, {no, no, no, 7, 8}}},
		"from a gap on":         {at(1), at(9), at(2), [][]int64{{3, 4, 5}, {no, 7, 8}}},
		"within":                {at(2), at(4), at(2), [][]int64{{3, 4}, {no, 7}}},
		"before the second one": {at(0), at(1), at(0), [][]int64{{1}, {no}}},
		"from within an hour":   {at(3).Add(30 * time.Minute), at(9), at(3), [][]int64{{4, 5}, {7, 8}}},
		"nothing":               {at(6), at(9), time.Time{}, nil},
		"only a gap":            {at(1), at(2), time.Time{}, nil},
		"before the first":      {at(-9), at(0), time.Time{}, nil},
	} {
		var got [][]int64
		for _, s := range aligned(all, tt.from, tt.end) {
			if !s.Start.Equal(tt.start) {
				t.Errorf("%s: starts at %s, want %s", name, s.Start, tt.start)
			}
			got = append(got, s.Values)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if aligned(nil, at(0), at(9)) != nil {
		t.Error("no series have a range")
	}
}

// TestLimits checks that a chart shows the capacity that a PBX had at each time, as far as its changes are known.
func TestLimits(t *testing.T) {
	t.Parallel()
	const no = fleet.Absent
	start := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	p := pbxtest.PBX(pbxtest.Record(7715, func(r *ycm.CloudPBX) { r.ExtensionCapacity = ycm.NewInt(60) }))
	series := mirror.Series{
		Counter: fleet.FieldUsedExtensions, Start: start, Unit: time.Hour, Values: []int64{5, 5, 5, 5, 5},
	}
	change := func(hours float64, field, old string) store.PBXEvent {
		at := start.Add(time.Duration(hours * float64(time.Hour)))
		return store.PBXEvent{Kind: store.PBXChanged, Field: field, Old: old, At: at}
	}
	for name, tt := range map[string]struct {
		events []store.PBXEvent
		want   []int64
	}{
		"no changes":    {nil, []int64{60, 60, 60, 60, 60}},
		"other changes": {[]store.PBXEvent{change(2, "name", "7")}, []int64{60, 60, 60, 60, 60}},
		"two resizes": {
			[]store.PBXEvent{change(3.5, "extensionCapacity", "50"), change(1, "extensionCapacity", "20")},
			[]int64{20, 50, 50, 60, 60},
		},
		"after the last hour":   {[]store.PBXEvent{change(7, "extensionCapacity", "50")}, []int64{50, 50, 50, 50, 50}},
		"not reported before":   {[]store.PBXEvent{change(2, "extensionCapacity", "")}, []int64{no, no, 60, 60, 60}},
		"not a number before":   {[]store.PBXEvent{change(2, "extensionCapacity", "many")}, []int64{no, no, 60, 60, 60}},
		"before the first hour": {[]store.PBXEvent{change(-1, "extensionCapacity", "50")}, []int64{60, 60, 60, 60, 60}},
	} {
		if got := limits(p, series, tt.events); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
	resized := limits(p, series, []store.PBXEvent{change(2, "extensionCapacity", "120")})
	got := drawn(p, series, resized, []string{"12", "13", "14", "15", "16"}).Plot
	if got.Paths.Limit != "M0 2H120V32H300" || got.Series.Limits != "120 120 60 60 60" || got.Axes.Top != "120" {
		t.Errorf("the limit is %q with the values %q below %s", got.Paths.Limit, got.Series.Limits, got.Axes.Top)
	}
}
