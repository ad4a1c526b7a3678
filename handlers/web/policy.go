package web

import (
	"net/http"
	"strings"

	"cordboard/store"
	"cordboard/views/ui"
)

// Enrolling reports whether the request is for a page that is needed to set up a second factor.
func Enrolling(r *http.Request) bool {
	path := r.URL.Path
	return path == "/account/factor" || strings.HasPrefix(path, "/account/factor/") || path == "/confirm" ||
		path == "/account/told"
}

// reminder returns a sentence that reminds users who will soon need a second factor, or "" for all other users.
func (s *Site) reminder(u store.User, c ui.Clock) string {
	needs, from := s.Identity.Policy.NeedsFactor(u)
	if !needs || s.Identity.Policy.MustEnroll(u) {
		return ""
	}
	return "From " + c.Date(from).Text + ", your role requires a second factor to sign in."
}
