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

// needsFactor says whether the policy asks this user for a second factor that they don't have, and from when on.
func (s *Server) needsFactor(u store.User) (needs bool, from time.Time) {
	p := s.policy.Load()
	if u.Factor || p.Required == "" || p.Required == "admins" && u.Role != store.RoleAdmin {
		return false, time.Time{}
	}
	return true, time.Unix(p.From, 0)
}

// mustEnrol says whether a user has to set a second factor up before any page.
func (s *Server) mustEnrol(u store.User) bool {
	needs, from := s.needsFactor(u)
	return needs && !s.now().Before(from)
}

// enrolling are the pages that lead there.
func enrolling(r *http.Request) bool {
	path := r.URL.Path
	return path == "/account/factor" || strings.HasPrefix(path, "/account/factor/") || path == "/confirm" || path == "/account/told"
}

// reminder is what a page tells who will need a second factor soon; "" for all others.
func (s *Server) reminder(u store.User, c views.Clock) string {
	needs, from := s.needsFactor(u)
	if !needs || s.mustEnrol(u) {
		return ""
	}
	return "From " + c.Date(from).Text + " on nobody with your role gets in without a second factor."
}
