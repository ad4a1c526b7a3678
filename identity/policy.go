package identity

import (
	"context"
	"sync/atomic"
	"time"

	"cordboard/store"
)

// Policy determines which users must have a second factor, and when the requirement takes effect. It is kept in memory.
type Policy struct {
	store policyStore
	now   func() time.Time
	read  atomic.Pointer[store.Policy]
}

// Reload reads the policy from the database.
func (p *Policy) Reload(ctx context.Context) error {
	read, err := p.store.TwoFactorPolicy(ctx)
	if err != nil {
		return err
	}
	p.read.Store(&read)
	return nil
}

// Get returns the policy from memory.
func (p *Policy) Get() store.Policy { return *p.read.Load() }

// Set changes the policy and audits the change.
func (p *Policy) Set(ctx context.Context, by store.Actor, to store.Policy) error {
	if err := p.store.SetTwoFactorPolicy(ctx, by, to); err != nil {
		return err
	}
	p.read.Store(&to)
	return nil
}

// Requires reports whether the policy requires the user to have a second factor, even if the user already has one.
func (p *Policy) Requires(u store.User) bool {
	u.Factor = false
	needs, _ := p.NeedsFactor(u)
	return needs
}

// NeedsFactor reports whether the policy requires a second factor that the user doesn't have. from is the time at which
// the requirement takes effect.
func (p *Policy) NeedsFactor(u store.User) (needs bool, from time.Time) {
	is := p.Get()
	if u.Factor || is.Required == "" || is.Required == "admins" && u.Role != store.RoleAdmin {
		return false, time.Time{}
	}
	return true, time.Unix(is.From, 0)
}

// MustEnroll reports whether the user must set up a second factor before opening any other page.
func (p *Policy) MustEnroll(u store.User) bool {
	needs, from := p.NeedsFactor(u)
	return needs && !p.now().Before(from)
}
