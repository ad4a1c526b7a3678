package web

import (
	"net/http"
	"strings"

	"cordboard/store"
	"cordboard/views/ui"
)

// Enrolling reports whether the request remains allowed for users who must first set up a second factor.
func Enrolling(r *http.Request) bool {
	path := r.URL.Path
	return path == "/account/factor" || strings.HasPrefix(path, "/account/factor/") || path == "/confirm" ||
		path == "/account/told"
}

// reminder returns a sentence for a user who must set up a second factor by a later date, or "" for any other user.
func (s *Site) reminder(u store.User, c ui.Clock) string {
	needs, from := s.policy.NeedsFactor(u)
	if !needs || s.policy.MustEnroll(u) {
		return ""
	}
	return "Starting " + c.Date(from).Text + ", your role requires a second factor to sign in."
}
