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
	"cordboard/identity"
	"cordboard/store"
)

// Site has the state and the dependencies that all pages share.
type Site struct {
	*account.Account

	Config Config
	Store  *store.Store
	Log    *slog.Logger
	Now    func() time.Time

	Identity   *identity.Service
	Sessions   *Sessions
	AttemptIDs AttemptIDs
	Limits     map[RateClass]*UserLimiter // per-user limits, by class of route
	rejections *UserLimiter               // limits audit entries for rejected requests
	OneTime    *OneTimeStore
	epoch      string // random ID of this process
}

// New returns a Site. It returns an error if c.PublicURL is invalid, or if the store or one of its keys can't be read.
func New(ctx context.Context, c Config) (*Site, error) {
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
		Account:    c.Account,
		Config:     c,
		Store:      c.Store,
		Log:        c.Log,
		Now:        c.Now,
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
	var err error
	s.Identity, err = identity.New(ctx, identity.Config{
		Store:              c.Store,
		Log:                c.Log,
		SessionIdle:        c.SessionIdle,
		Hash:               c.Hash,
		StrangersPerMinute: c.StrangersAMinute,
		Now:                c.Now,
	})
	if err != nil {
		return nil, err
	}
	key, err := c.Store.Key("attempts")
	if err != nil {
		return nil, err
	}
	s.AttemptIDs = AttemptIDs{key, c.Now}
	s.Sessions = s.newSessions()
	return s, nil
}
