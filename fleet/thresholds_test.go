package fleet

import (
	"math"
	"testing"
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
