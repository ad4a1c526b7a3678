package handlers

import (
	"context"
	"net/http"
	"time"
)

// rateClass groups routes that share a limit per user, so that nobody uses up YCM's rate alone or fills the audit log.
type rateClass int

const (
	rateNone rateClass = iota
	rateCreate
	rateExport
	rateRefresh
)

// ratePerMinute is the number of requests of a class that a user may make per minute.
var ratePerMinute = map[rateClass]int{rateCreate: 60, rateExport: 120, rateRefresh: 60}

// String returns the name of the class.
func (c rateClass) String() string {
	return map[rateClass]string{rateNone: "none", rateCreate: "create", rateExport: "export", rateRefresh: "refresh"}[c]
}

var errTooManyExports = &httpError{
	errorAnswer: errorAnswer{
		http.StatusTooManyRequests,
		"Too many exports within a minute",
		"Nothing was exported. Wait a few seconds and try again.",
	},
	retryAfter: 10 * time.Second,
}

func newLimits(now func() time.Time) map[rateClass]*pace {
	limits := map[rateClass]*pace{}
	for class, most := range ratePerMinute {
		limits[class] = newPace(most, now)
	}
	return limits
}

// limitRate counts a user's requests of a class and refuses exports over the limit. The handlers of the other classes
// answer such requests themselves; see overRate.
func (s *Site) limitRate(class rateClass) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			if !s.limits[class].allow(userFrom(r.Context()).ID) {
				if class == rateExport {
					return errTooManyExports
				}
				r = r.WithContext(context.WithValue(r.Context(), overRateKey, true))
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// overRate reports whether a user made more requests of the route's class than are allowed.
func overRate(r *http.Request) bool {
	over, _ := r.Context().Value(overRateKey).(bool)
	return over
}
