package web

import (
	"context"
	"net/http"
	"time"
)

// RateClass groups routes that share a limit per user, so that one user can neither use up YCM's rate limit nor fill
// the audit log.
type RateClass int

// Rate classes. Routes with RateNone have no limit.
const (
	RateNone RateClass = iota
	RateCreate
	RateExport
	RateRefresh
)

// ratePerMinute is the maximum number of requests of a class per user per minute.
var ratePerMinute = map[RateClass]int{RateCreate: 60, RateExport: 120, RateRefresh: 60}

// String returns the name of the class.
func (c RateClass) String() string {
	return map[RateClass]string{RateNone: "none", RateCreate: "create", RateExport: "export", RateRefresh: "refresh"}[c]
}

var errTooManyExports = &HTTPError{
	ErrorAnswer: ErrorAnswer{
		http.StatusTooManyRequests,
		"Too many exports within a minute",
		"Nothing was exported. Wait a few seconds and try again.",
	},
	RetryAfter: 10 * time.Second,
}

func newLimits(now func() time.Time) map[RateClass]*UserLimiter {
	limits := map[RateClass]*UserLimiter{}
	for class, most := range ratePerMinute {
		limits[class] = NewUserLimiter(most, now)
	}
	return limits
}

// LimitRate returns middleware that counts a user's requests of a class, and rejects exports over the limit. For the
// other classes, the handlers decide what to do with requests over the limit; see IsOverRate.
func (s *Site) LimitRate(class RateClass) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
			if !s.Limits[class].Allow(UserFrom(r.Context()).ID) {
				if class == RateExport {
					return errTooManyExports
				}
				r = r.WithContext(context.WithValue(r.Context(), overRateKey, true))
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// PerMinute returns the maximum number of requests of the class per user per minute, or 0 if there is no limit.
func (c RateClass) PerMinute() int { return ratePerMinute[c] }

// IsOverRate reports whether the request is over the user's limit for the route's class.
func IsOverRate(r *http.Request) bool {
	over, _ := r.Context().Value(overRateKey).(bool)
	return over
}
