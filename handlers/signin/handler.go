// Package signin serves sign-in, setup, one-time links, and the confirmation of a user's identity.
package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"

	"cordboard/handlers/web"
)

// Handler serves sign-in, setup, one-time links, and the confirmation of a user's identity.
type Handler struct {
	site       *web.Site
	setupToken string
	hasUsers   atomic.Bool
	codes      sync.Mutex // serializes checks of second factors at sign-in
}

// New returns a Handler for the site. It returns an error if the store can't be read.
func New(ctx context.Context, s *web.Site) (*Handler, error) {
	h := &Handler{site: s, setupToken: rand.Text()}
	_, err := h.anyUsers(ctx)
	return h, err
}

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (h *Handler) SetupToken() string {
	if h.hasUsers.Load() {
		return ""
	}
	return h.setupToken
}

// anyUsers reports whether a user exists. Once it has returned true, it always returns true.
func (h *Handler) anyUsers(ctx context.Context) (bool, error) {
	if h.hasUsers.Load() {
		return true, nil
	}
	has, err := h.site.Store.HasUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("check for users: %w", err)
	}
	if has {
		h.hasUsers.Store(true)
	}
	return has, nil
}
