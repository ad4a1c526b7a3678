package capacity

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"cordboard/opt"
)

// historyOf returns a history with one reading per day: that day's number of used extensions, and the same number of
// available extensions every day.
func historyOf(available int64, used ...float64) []DayReading {
	var all []DayReading
	for day, n := range used {
		var r Reading
		r.Used[0], r.Available[0] = opt.New(int64(math.Round(n))), opt.New(available)
		all = append(all, DayReading{int64(20000 + day), r.Ledger()})
	}
	return all
}

func line(days int, perDay float64) []float64 {
	used := make([]float64, days)
	for day := range used {
		used[day] = 5000 + perDay*float64(day)
	}
	return used
}

func TestForecast(t *testing.T) {
	t.Parallel()
	noise := rand.New(rand.NewPCG(1, 1))
	wobble := line(60, 0)
	for i := range wobble {
		wobble[i] += noise.Float64() * 20
	}
	oneStep := line(60, 0)
	for i := 25; i < 60; i++ {
		oneStep[i] += 700
	}
	spike := line(60, 5)
	spike[20] += 4000
	for _, tt := range []struct {
		name      string
		available int64
		used      []float64
		kind      ForecastKind
		mid       int64
	}{
		{"nothing read", 100, nil, TooFewDays, 0},
		{"13 days", 100, line(13, 10), TooFewDays, 0},
		{"14 days", 100, line(14, 10), Rising, 10},
		{"linear", 600, line(60, 5), Rising, 120},
		{"linear, a part of one a day", 370, line(60, 3.7), Rising, 100},
		{"linear, one a week", 26, line(90, 1.0/7), Rising, 182},
		{"more than 90 days: the last count", 500, append(line(200, 0), line(90, 5)...), Rising, 100},
		{"flat", 100, line(60, 0), NoTrend, 0},
		{"flat but for chance", 100, wobble, NoTrend, 0},
		{"flat but for one step", 100, oneStep, NoTrend, 0},
		{"linear with one wrong reading", 600, spike, Rising, 120},
		{"falling", 100, line(60, -4), Falling, 0},
		{"used up", 0, line(60, 4), UsedUp, 0},
		{"over", -5, line(60, 4), UsedUp, 0},
		{"hardly rising", 1_000_000, line(60, 1), Rising, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := forecast(historyOf(tt.available, tt.used...), 0)
			if f.Kind != tt.kind || f.Mid < tt.mid-1 || f.Mid > tt.mid+1 {
				t.Fatalf("%+v, want kind %d and %d days", f, tt.kind, tt.mid)
			}
			if f.Kind == Rising && f.Mid >= 0 && (f.From > f.Mid || f.To >= 0 && f.To < f.Mid) {
				t.Errorf("%+v: Mid is not between From and To", f)
			}
		})
	}
}

// TestForecastOfUnknowns checks that unknown values aren't treated as 0, and that a day on which the usage is unknown
// doesn't count.
func TestForecastOfUnknowns(t *testing.T) {
	t.Parallel()
	h := historyOf(600, line(60, 5)...)
	for _, day := range []int{3, 20, 21, 22, 23, 24, 40} {
		h[day].Resources[0].Used = opt.Int{State: opt.Malformed, Raw: "n/a"}
	}
	if f := forecast(h, 0); f.Kind != Rising || f.Mid != 120 || f.Days != 53 {
		t.Errorf("with gaps: %+v", f)
	}
	h[59].Resources[0].Available = opt.Int{}
	if f := forecast(h, 0); f.Kind != NotReported {
		t.Errorf("with available not reported: %+v", f)
	}
	if f := forecast(h, 1); f.Kind != NotReported {
		t.Errorf("with a resource that was never reported: %+v", f)
	}
}

// TestOneJump checks that a single jump or wrong reading on any of 60 days changes the pace by less than a tenth if the
// available capacity stays the same. Except for "growth", the same must be true of both ends of the range.
func TestOneJump(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		pace := rapid.Float64Range(3, 200).Draw(t, "pace")
		kind := rapid.SampledFrom([]string{"line", "noise", "growth"}).Draw(t, "kind")
		used := line(60, 0)
		grown := 0.0
		for day := range used {
			switch kind {
			case "line":
				grown = pace * float64(day)
			case "noise": // usage varies a little
				grown = pace * (float64(day) + r.Float64() - 0.5)
			case "growth": // PBXs of many sizes are added
				grown += pace * (0.5 + r.Float64())
			}
			used[day] += grown
		}
		const available = 20000
		before := forecast(historyOf(available, used...), 0)
		jump := rapid.Float64Range(-4000, 20000).Draw(t, "jump")
		first := rapid.IntRange(0, 59).Draw(t, "day")
		last := 59
		if rapid.Bool().Draw(t, "spike") {
			last = first
		}
		for day := first; day <= last; day++ {
			used[day] += jump
		}
		after := forecast(historyOf(available, used...), 0)
		if before.Kind != Rising || after.Kind != Rising || moved(after.Pace, before.Pace) {
			t.Fatalf("%s, %.1f a day, a jump of %.0f: %+v became %+v", kind, pace, jump, before, after)
		}
		if kind != "growth" && (movedDays(after.From, before.From) || movedDays(after.To, before.To)) {
			t.Fatalf(
				"%s, %.1f a day, a jump of %.0f: the range of %+v became that of %+v",
				kind,
				pace,
				jump,
				before,
				after,
			)
		}
	})
}

// moved reports whether a value changed by a tenth or more.
func moved(a, b float64) bool { return math.Abs(a/b-1) >= 0.1 }

// movedDays is like moved, but for days. It allows one day for rounding, and treats a value beyond the horizon as
// FarDays.
func movedDays(a, b int64) bool {
	if a < 0 {
		a = FarDays
	}
	if b < 0 {
		b = FarDays
	}
	return moved(float64(a), float64(b)) && max(a-b, b-a) > 1
}

// TestOneJumpOfASparseFleet checks that even if PBXs are added only every few days, a single large jump rarely changes
// the pace by a tenth or more, and never by more than 30%. In these fleets, one PBX more or less can change the pace by
// more than a tenth.
func TestOneJumpOfASparseFleet(t *testing.T) {
	t.Parallel()
	const fleets = 500
	off := 0
	for seed := range uint64(fleets) {
		r := rand.New(rand.NewPCG(seed, 3))
		used := line(60, 0)
		grown := 0.0
		for day := range used {
			if r.IntN(4) == 0 {
				grown += float64(10 + r.IntN(40))
			}
			used[day] += grown
		}
		before := forecast(historyOf(5000, used...), 0)
		for day := r.IntN(60); day < 60; day++ {
			used[day] += 3000
		}
		after := forecast(historyOf(5000, used...), 0)
		if before.Kind != Rising || after.Kind != Rising || moved(after.Pace, before.Pace) {
			off++
		}
		if math.Abs(after.Pace/before.Pace-1) > 0.3 {
			t.Errorf("fleet %d: a pace of %.2f became %.2f", seed, before.Pace, after.Pace)
		}
	}
	if off > fleets/20 {
		t.Errorf("%d of %d moved by a tenth or more", off, fleets)
	}
}
