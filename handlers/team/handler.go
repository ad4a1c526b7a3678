// Package team serves the pages about the team: members, invitations and the two-factor policy.
package team

import (
	"context"
	"time"

	"cordboard/handlers/web"
	"cordboard/store"
)

// Members is the part of the store in which admins see and change the team's members.
type Members interface {
	Users(ctx context.Context) ([]store.User, error)
	UserByID(ctx context.Context, id int64) (store.User, error)
	SetRole(ctx context.Context, by store.Actor, id int64, role, keep string) error
	RemoveFactor(ctx context.Context, by store.Actor, id int64, action, keep string) error
}

// Links is the part of the store that has the one-time links for invitations and password resets.
type Links interface {
	Invitations(ctx context.Context) ([]store.Link, error)
	Invite(ctx context.Context, by store.Actor, email, role, tokenHash string, until time.Time) error
	Withdraw(ctx context.Context, by store.Actor, id int64) error
	OfferPassword(ctx context.Context, by store.Actor, id int64, tokenHash string, until time.Time) error
}

// Policy determines who needs a second factor.
type Policy interface {
	Get() store.Policy
	Set(ctx context.Context, by store.Actor, to store.Policy) error
	Requires(u store.User) bool
	NeedsFactor(u store.User) (needs bool, from time.Time)
}

// Sessions disables and enables members, and makes open pages check whether their session has ended.
type Sessions interface {
	Disable(ctx context.Context, by store.Actor, u store.User) error
	Enable(ctx context.Context, by store.Actor, u store.User) error
	NotifyEnded()
}

// Config configures a Handler. All fields are required.
type Config struct {
	Members  Members
	Links    Links
	Policy   Policy
	Sessions Sessions
}

// Handler serves the pages about the team.
type Handler struct {
	site     *web.Site
	members  Members
	links    Links
	policy   Policy
	sessions Sessions
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{site: s, members: c.Members, links: c.Links, policy: c.Policy, sessions: c.Sessions}
}
