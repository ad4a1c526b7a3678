// Package identity determines who may sign in and how they authenticate. It covers passwords, second factors, sessions,
// known browsers, limits on guessing, and the two-factor policy. It uses the store but not HTTP, so that both the
// command line and the pages can use it.
package identity

import (
	"context"
	"log/slog"
	"time"
)

// Config configures a Service. Store and Log are required. For the other fields, a zero value means the default given
// in the field's comment.
type Config struct {
	Store Store
	Log   *slog.Logger

	SessionIdle        time.Duration    // default: 30 minutes
	Hash               HashParams       // default: DefaultHash
	StrangersPerMinute int              // limit for all strangers combined; default: the constant StrangersPerMinute
	Now                func() time.Time // default: time.Now
}

// Service combines the parts of package identity. The parts are safe for concurrent use.
type Service struct {
	Passwords *Passwords
	Factors   *Factors
	Sessions  *Sessions
	Browsers  *Browsers
	Policy    *Policy
	Throttle  *Throttle
}

// New returns a Service. It returns an error if the store or one of its keys can't be read, or if the key that
// encrypted a second factor is missing.
func New(ctx context.Context, c Config) (*Service, error) {
	if c.SessionIdle == 0 {
		c.SessionIdle = 30 * time.Minute
	}
	if c.Hash == (HashParams{}) {
		c.Hash = DefaultHash
	}
	if c.StrangersPerMinute == 0 {
		c.StrangersPerMinute = StrangersPerMinute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	browserKey, err := c.Store.Key("known-browser")
	if err != nil {
		return nil, err
	}
	sealer, err := sealerOf(ctx, c.Store)
	if err != nil {
		return nil, err
	}
	hasher := newHasher(c.Hash, c.StrangersPerMinute)
	throttle := &Throttle{c.Store, c.Now}
	s := &Service{
		Passwords: &Passwords{c.Store, throttle, hasher},
		Factors:   &Factors{c.Store, sealer, c.Now},
		Sessions: &Sessions{
			store: c.Store, log: c.Log, now: c.Now, idle: c.SessionIdle, revoked: newRevocations(),
			seen: map[string]time.Time{}, ended: make(chan struct{}),
		},
		Browsers: &Browsers{browserKey, c.Now},
		Policy:   &Policy{store: c.Store, now: c.Now},
		Throttle: throttle,
	}
	return s, s.Policy.Reload(ctx)
}
