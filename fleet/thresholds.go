package fleet

import "cmp"

// Thresholds are the levels at which a PBX is flagged. OrDefault replaces zero fields with their values in
// DefaultThresholds.
type Thresholds struct {
	NearlyFull   int64 // percent of capacity
	Full         int64 // percent of capacity
	ReclaimBelow int64 // percent of capacity; capacity is reclaimable if peak usage is below this
	PeakDays     int   // days over which peak usage is measured
	StuckDays    int   // age, in days, after which a PBX that is still in onboarding counts as stuck
	BackupDays   int   // days after which a backup counts as old
}

// DefaultThresholds apply if no thresholds are configured.
var DefaultThresholds = Thresholds{
	NearlyFull:   80,
	Full:         95,
	ReclaimBelow: 60,
	PeakDays:     60,
	StuckDays:    7,
	BackupDays:   7,
}

// OrDefault returns a copy of t in which each zero field has its default value.
func (t Thresholds) OrDefault() Thresholds {
	d := DefaultThresholds
	return Thresholds{
		NearlyFull:   cmp.Or(t.NearlyFull, d.NearlyFull),
		Full:         cmp.Or(t.Full, d.Full),
		ReclaimBelow: cmp.Or(t.ReclaimBelow, d.ReclaimBelow),
		PeakDays:     cmp.Or(t.PeakDays, d.PeakDays),
		StuckDays:    cmp.Or(t.StuckDays, d.StuckDays),
		BackupDays:   cmp.Or(t.BackupDays, d.BackupDays),
	}
}

// Utilization is how usage compares with capacity.
type Utilization int

// Values of Utilization. They are mutually exclusive.
const (
	UtilizationUnknown    Utilization = iota // usage or capacity is missing or malformed, or capacity is negative
	UtilizationNormal                        // below NearlyFull
	UtilizationNearlyFull                    // at least NearlyFull, but less than Full
	UtilizationFull                          // at least Full, but not over
	UtilizationOver                          // usage exceeds capacity
)

// Utilization returns how usage compares with capacity. If both are 0, it returns UtilizationNormal.
func (t Thresholds) Utilization(used, capacity int64) Utilization {
	switch {
	case used == Absent || capacity == Absent || capacity < 0:
		return UtilizationUnknown
	case used > capacity:
		return UtilizationOver
	case capacity == 0 || used <= 0:
		return UtilizationNormal
	case Reaches(used, capacity, t.Full):
		return UtilizationFull
	case Reaches(used, capacity, t.NearlyFull):
		return UtilizationNearlyFull
	}
	return UtilizationNormal
}

// Reaches reports whether used is at least the given percentage of capacity. It avoids overflow.
func Reaches(used, capacity, percent int64) bool {
	if capacity > 1<<50 || used > 1<<50 {
		return float64(used) >= float64(capacity)*float64(percent)/100
	}
	return used*100 >= capacity*percent
}
