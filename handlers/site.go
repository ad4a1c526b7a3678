package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/identity"
	"cordboard/store"
)

// Site is what every page shares: who is signed in, the frame around a page, error pages, and limits per user. The
// handlers of each subject embed it.
type Site struct {
	config        Config
	store         *store.Store
	mirror        *mirror.Mirror
	subscriptions *mirror.Subscriptions
	operations    *operations.Machine
	log           *slog.Logger
	now           func() time.Time
	secure        bool // the portal is reached over https

	sessions *scs.SessionManager
	id       *identity.Service

	attemptKey []byte              // key of the forms' one-time IDs
	limits     map[rateClass]*pace // of the routes, per user
	refusals   *pace               // limits audit entries for rejected requests
	renewal    sync.Mutex          // serializes session renewals
	once       *once
	epoch      string // random ID of this process
}

// newSite returns a Site. It returns an error if the Config is invalid or the store can't be read.
func newSite(ctx context.Context, c Config) (*Site, error) {
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
		config:        c,
		store:         c.Store,
		mirror:        c.Fleet.Mirror,
		subscriptions: c.Fleet.Subscriptions,
		operations:    c.Fleet.Operations,
		log:           c.Log,
		now:           c.Now,
		limits:        newLimits(c.Now),
		refusals:      newPace(refusalsAMinute, c.Now),
		once:          newOnce(c.Now),
		epoch:         rand.Text()[:6],
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("public address %q must be https://host", c.PublicURL)
		}
		s.secure = true
	}
	var err error
	s.id, err = identity.New(ctx, identity.Config{
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
	if s.attemptKey, err = c.Store.Key("attempts"); err != nil {
		return nil, err
	}
	s.sessions = s.newSessions()
	return s, nil
}
