package handlers

import (
	"context"
	"net/http"
	"time"
)

// rateClass says what a route has in common with others of which one person may use only so many in a minute, so that
// nobody spends YCM's rate alone or fills the audit log.
type rateClass int

const (
	rateNone rateClass = iota
	rateCreate
	rateExport
	rateRefresh
)

// ratePerMinute is how many requests of a class one person may make in a minute.
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

// limitRate counts a signed-in user's requests of a class. A form that creates, and a refresh, answer a request
// over the
// limit themselves (overRate); all others are refused.
func (s *Server) limitRate(class rateClass) func(http.Handler) http.Handler {
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
