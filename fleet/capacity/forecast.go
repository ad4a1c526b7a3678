package capacity

import (
	"cmp"
	"math"
	"slices"

	"cordboard/opt"
)

// ForecastKind describes what is known about the future usage of a resource.
type ForecastKind int

// Kinds of forecasts.
const (
	TooFewDays  ForecastKind = iota // fewer than ForecastDays days with known usage
	NotReported                     // the used or the available capacity isn't reported
	NoTrend                         // usage has no significant trend
	Falling
	UsedUp // nothing is available, according to the last reading
	Rising
)

const (
	// ForecastDays is the minimum number of days with known usage for a forecast.
	ForecastDays = 14
	// FarDays is the horizon of forecasts, in days.
	FarDays = 3650

	paceDays  = 90   // only readings from the last paceDays days determine the pace
	trendSure = 2.58 // minimum absolute Mann-Kendall Z of a significant trend
)

// Forecast predicts when one of the subscription's resources will be used up at the current pace.
type Forecast struct {
	Kind ForecastKind
	Days int     // days with known usage among the last 90
	Pace float64 // increase in usage per day
	Last int64   // the day (UTC) that From, Mid and To count from
	From int64   // days from Last until nothing is available, at the faster pace; -1: not within ten years
	To   int64   // the same at the slower pace
	Mid  int64   // the same at Pace
}

// sample is the capacity used on a day.
type sample struct {
	day  int64
	used float64
}

// forecast returns the forecast for a resource (an index into fleet.Resources), based on the readings in history from
// the last 90 days.
func forecast(history []DayReading, resource int) Forecast {
	var samples []sample
	var available opt.Int
	for _, d := range history {
		r := d.Resources[resource]
		available = r.Available
		if r.Used.Known() {
			samples = append(samples, sample{d.Day, float64(r.Used.N)})
		}
	}
	var f Forecast
	if len(samples) > 0 {
		f.Last = samples[len(samples)-1].day
		for samples[0].day <= f.Last-paceDays {
			samples = samples[1:]
		}
	}
	f.Days = len(samples)
	switch {
	case len(history) > 0 && (!available.Known() || len(samples) == 0):
		f.Kind = NotReported
		return f
	case available.Known() && available.N <= 0:
		f.Kind = UsedUp
		return f
	case len(samples) < ForecastDays:
		return f
	}
	f.pace(samples, float64(available.N))
	return f
}

// pace estimates how fast the used capacity grows, and sets the kind, pace and range of f. First, it corrects outliers
// and reduces the largest jump, so that they don't distort the estimate. The pace is then the median of the slopes
// between all pairs of days (Theil-Sen). The range extends from the lower to the upper quartile of the slopes over two
// to four weeks, or over one to two weeks if the readings span less than six weeks. It always includes the pace.
func (f *Forecast) pace(samples []sample, available float64) {
	s := withoutJump(smooth(samples))
	f.Pace = quantile(slopes(s, 1, math.MaxInt64), 0.5)
	f.Kind = NoTrend
	if z := trend(s); math.Abs(z) < trendSure || f.Pace == 0 {
		f.Pace = 0
		return
	} else if z < 0 {
		f.Kind = Falling
		return
	}
	if f.Pace < 0 {
		f.Pace = 0
		return
	}
	f.Kind = Rising
	weeks := slopes(s, 14, 28)
	if s[len(s)-1].day-s[0].day < 42 {
		weeks = slopes(s, 7, 14)
	}
	slow, fast := f.Pace, f.Pace
	if len(weeks) > 0 {
		slow, fast = min(slow, quantile(weeks, 0.25)), max(fast, quantile(weeks, 0.75))
	}
	f.From, f.Mid, f.To = daysLeft(available, fast), daysLeft(available, f.Pace), daysLeft(available, slow)
}

// daysLeft returns the number of days until nothing is available, or -1 if that doesn't happen within FarDays.
func daysLeft(available, pace float64) int64 {
	if days := math.Ceil(available/pace - 1e-9); pace > 0 && days <= FarDays {
		return int64(days)
	}
	return -1
}

// smooth replaces each reading that is far above or far below both of its neighbors with the neighbors' mean. Far
// means by more than the sum of twice the difference between the neighbors and three times the median change.
func smooth(samples []sample) []sample {
	all := slices.Clone(samples)
	var changes []float64
	for i := 1; i < len(samples); i++ {
		changes = append(changes, math.Abs(samples[i].used-samples[i-1].used))
	}
	usual := quantile(changes, 0.5)
	for i := 1; i < len(samples)-1; i++ {
		before, at, after := samples[i-1].used, samples[i].used, samples[i+1].used
		if (at > before) == (at > after) &&
			min(math.Abs(at-before), math.Abs(at-after)) > 2*math.Abs(after-before)+3*usual {
			all[i].used = (before + after) / 2
		}
	}
	return all
}

// withoutJump returns the samples with the largest jump reduced. The jump is the change between consecutive samples
// that deviates most from the median pace. Its deviation from the mean pace of the other changes is limited to the
// second-largest deviation, or removed if it is more than three times as large.
func withoutJump(samples []sample) []sample {
	n := len(samples) - 1
	per := make([]float64, n)
	for i := range per {
		per[i] = (samples[i+1].used - samples[i].used) / float64(samples[i+1].day-samples[i].day)
	}
	usual := quantile(slices.Clone(per), 0.5)
	off := func(i int, pace float64) float64 {
		return samples[i+1].used - samples[i].used - pace*float64(samples[i+1].day-samples[i].day)
	}
	largest := 0
	for i := range per {
		if math.Abs(off(i, usual)) > math.Abs(off(largest, usual)) {
			largest = i
		}
	}
	var rise, span float64
	for i := range per {
		if i != largest {
			rise += samples[i+1].used - samples[i].used
			span += float64(samples[i+1].day - samples[i].day)
		}
	}
	pace := rise / span
	second := 0.0
	for i := range per {
		if i != largest {
			second = max(second, math.Abs(off(i, pace)))
		}
	}
	excess := off(largest, pace)
	if math.Abs(excess) <= 3*second {
		excess -= max(-second, min(second, excess))
	}
	all := slices.Clone(samples)
	for i := largest + 1; i < len(all); i++ {
		all[i].used -= excess
	}
	return all
}

// slopes returns the slopes between all pairs of samples whose distance in days is between from and to, inclusive.
func slopes(samples []sample, from, to int64) []float64 {
	var all []float64
	for i := range samples {
		for j := i + 1; j < len(samples); j++ {
			if days := samples[j].day - samples[i].day; days >= from && days <= to {
				all = append(all, (samples[j].used-samples[i].used)/float64(days))
			}
		}
	}
	return all
}

// quantile returns the q-quantile of the values, or 0 if there are no values. It sorts the values in place.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	at := q * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (values[high]-values[low])*(at-float64(low))
}

// trend returns the Mann-Kendall Z statistic. It is negative if the readings fall. The larger its absolute value, the
// more significant the trend.
func trend(samples []sample) float64 {
	s := 0.0
	for i := range samples {
		for j := i + 1; j < len(samples); j++ {
			s += float64(cmp.Compare(samples[j].used, samples[i].used))
		}
	}
	n := float64(len(samples))
	variance := n * (n - 1) * (2*n + 5)
	values := make([]float64, len(samples))
	for i := range samples {
		values[i] = samples[i].used
	}
	slices.Sort(values)
	for i := 0; i < len(values); {
		j := i
		for j < len(values) && values[j] == values[i] {
			j++
		}
		ties := float64(j - i)
		variance -= ties * (ties - 1) * (2*ties + 5)
		i = j
	}
	if variance <= 0 {
		return 0
	}
	return (s - float64(cmp.Compare(s, 0))) / math.Sqrt(variance/18)
}
