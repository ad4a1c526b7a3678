package fleet

import "time"

// State is how up to date the mirror is.
type State string

// States of freshness. Running replaces only Current: a new pass doesn't hide a worse state.
const (
	Never   State = "never"   // no pass has succeeded yet
	Running State = "running" // current, and being read again
	Current State = "current"
	Stale   State = "stale"   // the last successful pass is older than three intervals
	Failing State = "failing" // the last pass failed
)

// Freshness is the age of the mirror and its cause.
type Freshness struct {
	State     State
	At        time.Time // when the last successful pass ended; zero: never
	Reading   bool      // a pass is running
	PagesRead int       // pages read by the running pass
	Pages     int       // pages of the running pass, as far as known
	Total     int64     // PBXs, by YCM's last count
	Failures  int       // consecutive failed passes
	Problem   Problem   // of the last pass, if State is Failing
	Next      time.Time // when the next pass begins, if none is running
}

// staleAfter is the age, in intervals, after which a reading is stale.
const staleAfter = 3

// isStale reports whether a reading of that age is out of date. A reading from the future was dated by a clock
// that was wrong.
func isStale(age, interval time.Duration) bool {
	return age > staleAfter*max(interval, time.Second) || age < -time.Minute
}

// Freshness returns the current freshness.
func (f *Fleet) Freshness() Freshness {
	f.mu.Lock()
	fresh := f.fresh
	f.mu.Unlock()
	switch {
	case fresh.Failures > 0:
		fresh.State = Failing
	case fresh.At.IsZero():
		fresh.State = Never
	case isStale(f.now().Sub(fresh.At), f.interval):
		fresh.State = Stale
	case fresh.Reading:
		fresh.State = Running
	default:
		fresh.State = Current
	}
	return fresh
}

func (f *Fleet) note(change func(*Freshness)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(&f.fresh)
}
