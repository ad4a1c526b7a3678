// Package web provides what all pages share: authentication, the frame around a page, error pages, forms, exports, and
// per-user rate limits.
package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"cordboard/fleet/account"
	"cordboard/handlers/web/token"
	"cordboard/identity"
	"cordboard/store"
)

// siteStore is what all pages use of the store.
type siteStore interface {
	Saved(ctx context.Context, kind store.SavedKind, userID int64) ([]store.Saved, error)
	Notices(ctx context.Context, u store.User) ([]store.Notice, error)
	Audit(ctx context.Context, by store.Actor, e store.Event) error
}

// Site has the state and the dependencies that all pages share.
type Site struct {
	Config Config
	Log    *slog.Logger
	Now    func() time.Time

	store   siteStore
	account *account.Account
	policy  *identity.Policy

	Sessions   *Sessions
	Tokens     token.Tokens
	Limits     map[RateClass]*UserLimiter // per-user limits, by class of route
	rejections *UserLimiter               // limits audit entries for rejected requests
	OneTime    *OneTimeStore
	epoch      string // random ID of this process
}

// New returns a Site. It returns an error if c.PublicURL is invalid, or if a key of the store can't be read.
func New(b Backend, c Config) (*Site, error) {
	if c.SessionIdle == 0 {
		c.SessionIdle = 30 * time.Minute
	}
	if c.SessionMax == 0 {
		c.SessionMax = 10 * time.Hour
	}
	if c.TimeZone == nil {
		c.TimeZone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Site{
		Config:     c,
		Log:        c.Log,
		Now:        c.Now,
		store:      b.Store,
		account:    b.Account,
		policy:     b.Identity.Policy,
		Limits:     newLimits(c.Now),
		rejections: NewUserLimiter(rejectionsAMinute, c.Now),
		OneTime:    NewOneTimeStore(c.Now),
		epoch:      rand.Text()[:6],
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("public URL %q must have the form https://host", c.PublicURL)
		}
	}
	key, err := b.Store.Key("attempts")
	if err != nil {
		return nil, err
	}
	s.Tokens = token.With(key, c.Now)
	s.Sessions = s.newSessions(b)
	return s, nil
}
