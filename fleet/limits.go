package fleet

// Limits are from where on something is worth a look. A field that is 0 is as in DefaultLimits.
type Limits struct {
	NearlyFull   int64 // percent of a capacity
	Full         int64 // percent of a capacity
	ReclaimBelow int64 // percent of a capacity that no peak reached
	PeakDays     int   // days that peaks are looked for in
	StuckDays    int   // after which a PBX on its way is stuck
	BackupDays   int   // after which a backup is old
}

// DefaultLimits are those that nobody set.
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

// Fit says how used and capacity go together.
type Fit int

// Fits, each excluding the others.
const (
	FitUnknown Fit = iota // YCM reported one of the two not, or not as a number that can be one
	FitNormal
	FitNearlyFull // from NearlyFull on
	FitFull       // from Full on, but not over
	FitOver       // more used than there is
)

// Fit compares them. Nothing used of nothing fits.
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

// reaches says whether used is at least so many percent of capacity, however large they are.
func reaches(used, capacity, percent int64) bool {
	if capacity > 1<<50 || used > 1<<50 {
		return float64(used) >= float64(capacity)*float64(percent)/100
	}
	return used*100 >= capacity*percent
}

// highestShare is the highest share used of a resource, in millionths; Absent if no share is known.
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
