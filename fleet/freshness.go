package fleet

import "time"

// State says how far the mirror can be trusted.
type State string

// States of freshness. Running stands only in the place of Current: what is worse is not hidden by trying again.
const (
	Never   State = "never"   // no pass has ended well yet
	Running State = "running" // current, and being read again
	Current State = "current"
	Stale   State = "stale"   // the last good pass is older than three intervals
	Failing State = "failing" // the last pass failed
)

// Freshness is how old the mirror is, and why.
type Freshness struct {
	State     State
	At        time.Time // when the last good pass ended; zero: never
	Reading   bool      // a pass runs now
	PagesRead int       // by it
	Pages     int       // of it, as far as known
	Total     int64     // PBXs, as YCM counted them last
	Failures  int       // passes in a row that failed
	Problem   Problem   // of the last pass, if State is Failing
	Next      time.Time // when the next pass begins, if none runs
}

// staleAfter is in intervals.
const staleAfter = 3

// isStale reports whether what was read so long ago is out of date. A reading of the future is of a clock that was wrong.
func isStale(age, interval time.Duration) bool {
	return age > staleAfter*max(interval, time.Second) || age < -time.Minute
}

// Freshness returns the state at this moment.
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
