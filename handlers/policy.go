package handlers

import (
	"context"
	"net/http"
	"strings"
	"time"

	"cordboard/store"
	"cordboard/views"
)

func (s *Server) readPolicy(ctx context.Context) error {
	p, err := s.store.TwoFactorPolicy(ctx)
	if err != nil {
		return err
	}
	s.policy.Store(&p)
	return nil
}

// needsFactor reports whether the policy requires a second factor that the user doesn't have, and from when.
func (s *Server) needsFactor(u store.User) (needs bool, from time.Time) {
	p := s.policy.Load()
	if u.Factor || p.Required == "" || p.Required == "admins" && u.Role != store.RoleAdmin {
		return false, time.Time{}
	}
	return true, time.Unix(p.From, 0)
}

// mustEnrol reports whether the user must set up a second factor before opening any page.
func (s *Server) mustEnrol(u store.User) bool {
	needs, from := s.needsFactor(u)
	return needs && !s.now().Before(from)
}

// enrolling reports whether the request is for a page that is needed to set up a second factor.
func enrolling(r *http.Request) bool {
	path := r.URL.Path
	return path == "/account/factor" || strings.HasPrefix(path, "/account/factor/") || path == "/confirm" || path == "/account/told"
}

// reminder returns the reminder for a user who will need a second factor soon, or "".
func (s *Server) reminder(u store.User, c views.Clock) string {
	needs, from := s.needsFactor(u)
	if !needs || s.mustEnrol(u) {
		return ""
	}
	return "From " + c.Date(from).Text + ", your role requires a second factor to sign in."
}
