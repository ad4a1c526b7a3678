// Package account serves the pages of the user's own account: settings, password, sessions and second factor.
package account

import (
	"context"

	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
)

// Users is the part of the store in which users change their own account.
type Users interface {
	UserByID(ctx context.Context, id int64) (store.User, error)
	SetPrefs(ctx context.Context, by store.Actor, action string, change func(*store.User)) error
	SetPassword(ctx context.Context, by store.Actor, id int64, hash, keep string) error
	RemoveFactor(ctx context.Context, by store.Actor, id int64, action, keep string) error
	AcknowledgeNotices(ctx context.Context, by store.Actor, seq int64) error
}

// Factors sets up the user's second factor and replaces its recovery codes.
type Factors interface {
	Pending(ctx context.Context, userID int64) (identity.Factor, error)
	Active(ctx context.Context, userID int64) (identity.Factor, error)
	Secret(of identity.Factor) ([]byte, error)
	Begin(ctx context.Context, by store.Actor) error
	Confirm(
		ctx context.Context,
		by store.Actor,
		pending identity.Factor,
		typed, keep string,
	) (codes []string, problem identity.Problem, err error)
	NewCodes(ctx context.Context, by store.Actor, keep string) ([]string, error)
}

// Passwords checks the user's current password and hashes the new one.
type Passwords interface {
	Check(ctx context.Context, c identity.PasswordCheck) (identity.PasswordResult, error)
	Hash(ctx context.Context, network, password string, use func(hash string) error) error
}

// Policy determines whether the user needs a second factor.
type Policy interface {
	Requires(u store.User) bool
	MustEnroll(u store.User) bool
}

// Sessions makes open pages check whether their session has ended.
type Sessions interface {
	NotifyEnded()
}

// Config configures a Handler. All fields are required.
type Config struct {
	Users     Users
	Factors   Factors
	Passwords Passwords
	Policy    Policy
	Sessions  Sessions
}

// Handler serves the pages of the user's own account.
type Handler struct {
	site      *web.Site
	users     Users
	factors   Factors
	passwords Passwords
	policy    Policy
	sessions  Sessions
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{
		site:      s,
		users:     c.Users,
		factors:   c.Factors,
		passwords: c.Passwords,
		policy:    c.Policy,
		sessions:  c.Sessions,
	}
}
