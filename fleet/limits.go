package fleet

// Limits are the levels at which a PBX is flagged. The default of a field that is 0 is in DefaultLimits.
type Limits struct {
	NearlyFull   int64 // percent of a capacity
	Full         int64 // percent of a capacity
	ReclaimBelow int64 // percent of a capacity; below it, peak usage makes capacity reclaimable
	PeakDays     int   // days over which peak usage is measured
	StuckDays    int   // days after its creation at which a PBX in onboarding is stuck
	BackupDays   int   // days after which a backup is old
}

// DefaultLimits are the limits that apply where none is configured.
var DefaultLimits = Limits{NearlyFull: 80, Full: 95, ReclaimBelow: 60, PeakDays: 60, StuckDays: 7, BackupDays: 7}

func (l Limits) orDefault() Limits {
	d := DefaultLimits
	for _, f := range []struct{ own, usual *int64 }{{&l.NearlyFull, &d.NearlyFull}, {&l.Full, &d.Full}, {&l.ReclaimBelow, &d.ReclaimBelow}} {
		if *f.own != 0 {
			*f.usual = *f.own
		}
	}
	for _, f := range []struct{ own, usual *int }{{&l.PeakDays, &d.PeakDays}, {&l.StuckDays, &d.StuckDays}, {&l.BackupDays, &d.BackupDays}} {
		if *f.own != 0 {
			*f.usual = *f.own
		}
	}
	return d
}

// Fit is how usage compares with capacity.
type Fit int

// Fits. They are mutually exclusive.
const (
	FitUnknown Fit = iota // usage or capacity is missing or malformed
	FitNormal
	FitNearlyFull // at least NearlyFull, but less than Full
	FitFull       // at least Full, but not over
	FitOver       // usage exceeds capacity
)

// Fit compares usage with capacity. Usage 0 of capacity 0 is normal.
func (l Limits) Fit(used, capacity int64) Fit {
	switch {
	case used == Absent || capacity == Absent || capacity < 0:
		return FitUnknown
	case used > capacity:
		return FitOver
	case capacity == 0 || used <= 0:
		return FitNormal
	case reaches(used, capacity, l.Full):
		return FitFull
	case reaches(used, capacity, l.NearlyFull):
		return FitNearlyFull
	}
	return FitNormal
}

// reaches reports whether used is at least a percentage of capacity, without overflow.
func reaches(used, capacity, percent int64) bool {
	if capacity > 1<<50 || used > 1<<50 {
		return float64(used) >= float64(capacity)*float64(percent)/100
	}
	return used*100 >= capacity*percent
}

// highestShare returns the highest used share of a resource, in millionths; Absent if no share is known.
func (p *PBX) highestShare() int64 {
	highest := int64(Absent)
	for _, u := range usageFields {
		used, capacity := p.number(u.used), p.number(u.capacity)
		switch {
		case used == Absent || capacity == Absent || capacity <= 0 && used <= 0:
		case capacity <= 0:
			highest = max(highest, 1e9)
		default:
			highest = max(highest, int64(max(0, min(float64(used)/float64(capacity)*1e6, 1e9))))
		}
	}
	return highest
}
