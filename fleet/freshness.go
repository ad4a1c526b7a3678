package fleet

import "time"

// State describes how up to date the mirror or the subscription is.
type State string

// States of freshness. Running replaces only Current: a new pass doesn't hide a worse state.
const (
	Never   State = "never"   // no pass has succeeded yet
	Running State = "running" // current, and a new pass is running
	Current State = "current"
	Stale   State = "stale"   // the last successful pass is older than three intervals
	Failing State = "failing" // the last pass failed
)

// Freshness is the age of the mirror and the progress of its passes.
type Freshness struct {
	State     State
	At        time.Time     // when the last successful pass ended; zero: never
	Reading   bool          // a pass is running
	PagesRead int           // pages read by the running pass
	Pages     int           // estimated number of pages in the running pass; 0: not known yet
	Total     int64         // number of PBXs, according to YCM
	Failures  int           // consecutive failed passes
	Problem   Problem       // of the last pass, if State is Failing
	Next      time.Time     // when the next pass begins, if none is running
	Interval  time.Duration // from the end of a pass to the start of the next
}

// staleAfter is the age, in intervals, after which a reading is stale.
const staleAfter = 3

// IsStale reports whether a reading of the given age is out of date. A reading dated more than a minute in the future
// also counts as out of date, because its actual age is unknown.
func IsStale(age, interval time.Duration) bool {
	return age > staleAfter*max(interval, time.Second) || age < -time.Minute
}

// In returns f with its State as of now.
func (f Freshness) In(now time.Time) Freshness {
	switch {
	case f.Failures > 0:
		f.State = Failing
	case f.At.IsZero():
		f.State = Never
	case IsStale(now.Sub(f.At), f.Interval):
		f.State = Stale
	case f.Reading:
		f.State = Running
	default:
		f.State = Current
	}
	return f
}
