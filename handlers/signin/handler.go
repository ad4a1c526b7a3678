// Package signin serves sign-in, set-up, links, and proving again who one is.
package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"

	"cordboard/handlers/web"
)

// Handler serves sign-in, set-up, links and proving again who one is.
type Handler struct {
	*web.Site
	setupToken string
	hasUsers   atomic.Bool
	codes      sync.Mutex // serializes checks of second factors
}

// New returns the Handler of sign-in. It returns an error if the store can't be read.
func New(ctx context.Context, s *web.Site) (*Handler, error) {
	h := &Handler{Site: s, setupToken: rand.Text()}
	_, err := h.anyUsers(ctx)
	return h, err
}

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (s *Handler) SetupToken() string {
	if s.hasUsers.Load() {
		return ""
	}
	return s.setupToken
}

// anyUsers reports whether a user exists. Once it has returned true, it always does.
func (s *Handler) anyUsers(ctx context.Context) (bool, error) {
	if s.hasUsers.Load() {
		return true, nil
	}
	has, err := s.Store.HasUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("check for users: %w", err)
	}
	if has {
		s.hasUsers.Store(true)
	}
	return has, nil
}
