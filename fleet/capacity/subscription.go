package capacity

import (
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/opt"
)

// Reading is the hosting subscription's capacity as YCM reports it. The arrays are in the order of fleet.Resources.
type Reading struct {
	Total, Used, Assigned, Available [len(fleet.Resources)]opt.Int // Used includes Assigned (to resellers)
	Frozen                           opt.Int                       // extensions
}

// Subscription is the last good reading of the hosting subscription, and the result of the last attempt to read it.
type Subscription struct {
	State            fleet.State // state of this reading; the fleet's state is in fleet.Freshness
	At               time.Time   // when it was last read; zero: never
	ExpirationTime   opt.Int     // Unix seconds
	RecordingEnds    opt.Int     // end of the call recording service; Unix seconds
	HighAvailability string
	WhiteLabel       string
	Plans            []PlanCount   // nil: YCM never reported them
	PlansAt          time.Time     // when they were read; earlier than At if the last attempt to read them failed
	RequestID        string        // YCM's request ID
	Problem          fleet.Problem // of the last attempt, if State is Failing
	Lacking          []string      // members that the last good response had but the last response lacked
	Reading          Reading
}

// Measured is the capacity before and after a change.
type Measured struct {
	Before, After Reading
	At            time.Time // when After was read; zero: it hasn't been yet
}

// PlanCount is the number of PBXs on a plan, and the number of their extensions.
type PlanCount struct {
	Plan             string
	PBXs, Extensions opt.Int
}

// LacksOf returns the names of the members that an earlier reading had but s lacks. It ignores values that a complete
// response may lack: frozen capacity, and the end of the recording service.
func (s *Subscription) LacksOf(earlier *Subscription) (names []string) {
	for _, part := range []struct {
		prefix   string
		had, has [len(fleet.Resources)]opt.Int
	}{
		{"total.", earlier.Reading.Total, s.Reading.Total},
		{"used.", earlier.Reading.Used, s.Reading.Used},
		{"used.assignedToReseller", earlier.Reading.Assigned, s.Reading.Assigned},
		{"available.", earlier.Reading.Available, s.Reading.Available},
	} {
		for i, resource := range fleet.Resources {
			if !strings.HasSuffix(part.prefix, ".") {
				resource = strings.ToUpper(resource[:1]) + resource[1:]
			}
			if part.had[i].Known() && !part.has[i].Known() {
				names = append(names, part.prefix+resource)
			}
		}
	}
	for _, m := range []struct {
		name     string
		had, has bool
	}{
		{"expirationTime", earlier.ExpirationTime.Reported(), s.ExpirationTime.Reported()},
		{"highAvailability", earlier.HighAvailability != "", s.HighAvailability != ""},
		{"whiteLabel", earlier.WhiteLabel != "", s.WhiteLabel != ""},
	} {
		if m.had && !m.has {
			names = append(names, m.name)
		}
	}
	return names
}

// WithAvailable returns the reading, with its missing available capacity filled in from an earlier reading.
func (r Reading) WithAvailable(earlier Reading) Reading {
	for i, n := range earlier.Available {
		if !r.Available[i].Known() {
			r.Available[i] = n
		}
	}
	return r
}
