package fleet

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"slices"
	"testing"
	"time"

	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestUtilization(t *testing.T) {
	t.Parallel()
	l := DefaultThresholds
	for _, tt := range []struct {
		used, capacity int64
		want           Utilization
	}{
		{Absent, 10, UtilizationUnknown},
		{10, Absent, UtilizationUnknown},
		{0, 0, UtilizationNormal}, // no usage and no capacity
		{1, 0, UtilizationOver},
		{-1, 0, UtilizationNormal},
		{0, -5, UtilizationUnknown},
		{math.MinInt64 + 1, 1, UtilizationNormal},
		{79, 100, UtilizationNormal},
		{80, 100, UtilizationNearlyFull},
		{94, 100, UtilizationNearlyFull},
		{95, 100, UtilizationFull},
		{100, 100, UtilizationFull},
		{101, 100, UtilizationOver},
		{3, 4, UtilizationNormal},
		{4, 4, UtilizationFull},
		{799, 1000, UtilizationNormal},
		{math.MaxInt64 - 1, math.MaxInt64, UtilizationFull},
		{1, math.MaxInt64, UtilizationNormal},
		{math.MaxInt64, 1, UtilizationOver},
	} {
		if got := l.Utilization(tt.used, tt.capacity); got != tt.want {
			t.Errorf("Utilization(%d, %d) = %d, want %d", tt.used, tt.capacity, got, tt.want)
		}
	}
	if got := (Thresholds{NearlyFull: 50}).OrDefault(); got.NearlyFull != 50 || got.Full != 95 || got.StuckDays != 7 {
		t.Errorf("with one limit set: %+v", got)
	}
}

// TestSortByUsage checks the order by the highest of three shares: shares over 100% count in full, and unknown
// ones come last.
func TestSortByUsage(t *testing.T) {
	t.Parallel()
	use := func(id int64, used, of, recorded, minutes ycm.Int) ycm.CloudPBX {
		return ycm.CloudPBX{
			CloudPBXID:        ycm.NewInt(id),
			UsedExtensions:    used,
			ExtensionCapacity: of,
			UsedRecording:     recorded,
			RecordingCapacity: minutes,
		}
	}
	n := ycm.NewInt
	s := snapshotOf(
		use(1, n(50), n(100), n(0), n(0)),
		use(2, ycm.Int{}, n(100), ycm.Int{}, ycm.Int{}),
		use(3, n(10), n(100), n(300), n(200)),
		use(4, n(5), n(0), n(0), n(0)),
		use(5, n(51), n(100), n(52), n(100)),
	)
	var ids []int64
	for p := range s.All(NewQuery(map[string][]string{"sort": {"-usage"}}), noon, time.UTC) {
		ids = append(ids, p.CloudPBXID)
	}
	if !slices.Equal(ids, []int64{4, 3, 5, 1, 2}) {
		t.Errorf("sort=usage: %v", ids)
	}
}

// TestStoppingIsNoError checks that a portal that is stopped while it reads the peaks logs no error.
func TestStoppingIsNoError(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 1})
	var log bytes.Buffer
	b.fleet.log = slog.New(slog.NewTextHandler(&log, nil))
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.fleet.loadWindowsOnce(ctx)
	if log.Len() > 0 {
		t.Errorf("the log is %q, want it empty", log.String())
	}
}
