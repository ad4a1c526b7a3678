// Package signin serves sign-in, setup, one-time links, and the confirmation of a user's identity.
package signin

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
)

// Users is the part of the store that has the people who may sign in.
type Users interface {
	HasUsers(ctx context.Context) (bool, error)
	Users(ctx context.Context) ([]store.User, error)
	UserByID(ctx context.Context, id int64) (store.User, error)
	UserByEmail(ctx context.Context, email string) (store.User, error)
	AddFirstUser(ctx context.Context, by store.Actor, u store.User) (store.User, error)
}

// Links is the part of the store that has the one-time links for invitations and password resets.
type Links interface {
	LinkByToken(ctx context.Context, tokenHash string) (store.Link, error)
	Join(ctx context.Context, by store.Actor, tokenHash string, u store.User) (store.User, error)
	ResetPassword(ctx context.Context, by store.Actor, tokenHash, passwordHash string) (store.User, error)
}

// Failures is the part of the store that records failed attempts, which delay further ones.
type Failures interface {
	SignInFailed(ctx context.Context, by store.Actor, e store.Event, keys ...string) error
	CodeFailed(
		ctx context.Context,
		by store.Actor,
		e store.Event,
		tokenHash string,
		keys ...string,
	) (left int, err error)
}

// Passwords checks passwords and hashes new ones.
type Passwords interface {
	Check(ctx context.Context, c identity.PasswordCheck) (identity.PasswordResult, error)
	Hash(ctx context.Context, network, password string, use func(hash string) error) error
}

// Factors checks codes of authenticator apps and recovery codes.
type Factors interface {
	Use(ctx context.Context, user store.User, typed string) (identity.CodeResult, error)
}

// Throttle determines how long somebody must wait after failed attempts.
type Throttle interface {
	Wait(ctx context.Context, limits []identity.Limit) (time.Duration, error)
}

// Sessions has the open sessions, and makes open pages check whether theirs has ended.
type Sessions interface {
	ByToken(ctx context.Context, tokenHash string) (store.Session, error)
	NotifyEnded()
}

// Config configures a Handler. All fields are required.
type Config struct {
	Users     Users
	Links     Links
	Failures  Failures
	Passwords Passwords
	Factors   Factors
	Throttle  Throttle
	Sessions  Sessions
}

// Handler serves sign-in, setup, one-time links, and the confirmation of a user's identity.
type Handler struct {
	site      *web.Site
	users     Users
	links     Links
	failures  Failures
	passwords Passwords
	factors   Factors
	throttle  Throttle
	sessions  Sessions

	setupToken string
	hasUsers   atomic.Bool
	codes      sync.Mutex // serializes checks of second factors at sign-in
}

// New returns a Handler for the site. It returns an error if the store can't be read.
func New(ctx context.Context, s *web.Site, c Config) (*Handler, error) {
	h := &Handler{
		site:       s,
		users:      c.Users,
		links:      c.Links,
		failures:   c.Failures,
		passwords:  c.Passwords,
		factors:    c.Factors,
		throttle:   c.Throttle,
		sessions:   c.Sessions,
		setupToken: rand.Text(),
	}
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
	has, err := h.users.HasUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("check for users: %w", err)
	}
	if has {
		h.hasUsers.Store(true)
	}
	return has, nil
}
