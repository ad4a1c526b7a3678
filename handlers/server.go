// Package handlers implements the portal over HTTP: routes, middleware, forms and pages. Pages don't wait for YCM.
// Creating a PBX does, before the creation is saved.
package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"cordboard/fleet/catalog"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/identity"
	"cordboard/store"
)

// Fleet is what the portal knows of YCM and can do there. All fields are required.
type Fleet struct {
	Mirror        *mirror.Mirror
	Subscriptions *mirror.Subscriptions
	Catalog       *catalog.Catalog
	Operations    *operations.Machine
	Create        *operations.Create
	Rules         operations.Rules
}

// Config configures the portal. Store, Fleet and Log are required. Zero values of the other fields mean the
// defaults in their comments.
type Config struct {
	Store *store.Store
	Fleet Fleet
	Log   *slog.Logger

	// PublicURL is the portal's public https address, or "" for plain http on this machine.
	PublicURL string

	// LocalURL is the address that the portal listens on, such as "http://127.0.0.1:8080", if only this machine can
	// reach it; otherwise "".
	LocalURL string

	// CookiePort is part of the cookie names on plain http, or "" for the default port. Cookies ignore ports, so
	// two portals on one machine would otherwise sign each other's users out.
	CookiePort string

	TrustedProxies []netip.Prefix      // proxies whose X-Forwarded-For is trusted; default none
	Sandbox        bool                // mark every page as sandbox
	SessionIdle    time.Duration       // default 30 minutes
	SessionMax     time.Duration       // default 10 hours
	TimeZone       *time.Location      // for users who chose none; default UTC
	Hash           identity.HashParams // default identity.DefaultHash

	// StrangersAMinute limits the password checks per minute for all unknown browsers together. The default is 60.
	StrangersAMinute int

	Now         func() time.Time                 // default time.Now
	DiskFree    func() (bytes uint64, err error) // free space of the data directory; nil disables the warning
	YCMHost     string                           // shown if YCM doesn't respond
	RequestSeen func(r *http.Request, status int, d time.Duration)
}

// hostsAMinute is the number of host names that a user may have checked in YCM per minute.
const hostsAMinute = 30

// Server handles the portal's requests. Call Run while the http.Server runs.
type Server struct {
	config        Config
	store         *store.Store
	mirror        *mirror.Mirror
	subscriptions *mirror.Subscriptions
	catalog       *catalog.Catalog
	operations    *operations.Machine
	create        *operations.Create
	rules         operations.Rules
	log           *slog.Logger
	now           func() time.Time
	secure        bool // the portal is reached over https

	publicHost string // host of PublicURL; "" for plain http
	router     http.Handler
	sessions   *scs.SessionManager
	id         *identity.Service

	attemptKey []byte              // key of the forms' one-time IDs
	limits     map[rateClass]*pace // of the routes, per user
	asks       *pace               // limits YCM requests while a form is filled in
	heavy      oneAtATime          // limits searches of the audit log
	refusals   *pace               // limits audit entries for rejected requests

	once  *once
	proof atomic.Pointer[auditProof]

	setupToken string
	hasUsers   atomic.Bool
	stopping   atomic.Bool

	epoch    string        // random ID of this process
	stopped  chan struct{} // closed by Stopping
	stopOnce sync.Once

	codes   sync.Mutex // serializes checks of second factors
	renewal sync.Mutex // serializes session renewals

	mu      sync.Mutex
	streams map[string]int // open event streams, by token hash
	ready   readiness
}

// New returns a Server. It returns an error if the Config is invalid or the store can't be read.
func New(ctx context.Context, c Config) (*Server, error) {
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
	s := &Server{
		config: c, store: c.Store, log: c.Log, now: c.Now,
		mirror: c.Fleet.Mirror, subscriptions: c.Fleet.Subscriptions, catalog: c.Fleet.Catalog,
		operations: c.Fleet.Operations, create: c.Fleet.Create, rules: c.Fleet.Rules,
		setupToken: rand.Text(), streams: map[string]int{},
		epoch: rand.Text()[:6], stopped: make(chan struct{}),
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("public address %q must be https://host", c.PublicURL)
		}
		s.secure, s.publicHost = true, u.Host
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
	s.limits = newLimits(s.now)
	s.asks, s.refusals = newPace(hostsAMinute, s.now), newPace(refusalsAMinute, s.now)
	s.once = newOnce(s.now)
	if s.attemptKey, err = c.Store.Key("attempts"); err != nil {
		return nil, err
	}
	s.sessions = s.newSessions()
	if _, err := s.anyUsers(ctx); err != nil {
		return nil, err
	}
	if s.router, err = s.newRouter(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (s *Server) SetupToken() string {
	if s.hasUsers.Load() {
		return ""
	}
	return s.setupToken
}

// anyUsers reports whether a user exists. Once it has returned true, it always does.
func (s *Server) anyUsers(ctx context.Context) (bool, error) {
	if s.hasUsers.Load() {
		return true, nil
	}
	has, err := s.store.HasUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("check for users: %w", err)
	}
	if has {
		s.hasUsers.Store(true)
	}
	return has, nil
}

// Run writes pending revocations and last-used times of sessions and verifies the audit log until ctx ends.
func (s *Server) Run(ctx context.Context) {
	flush, tick := time.NewTicker(seenFlushes), time.NewTicker(tickAnyway)
	defer flush.Stop()
	defer tick.Stop()
	p := &prover{s: s}
	p.tick(ctx)
	for {
		select {
		case <-ctx.Done():
			s.id.Sessions.Flush(context.WithoutCancel(ctx))
			s.countOmitted(context.WithoutCancel(ctx))
			p.logHead(context.WithoutCancel(ctx), true)
			return
		case <-flush.C:
			s.id.Sessions.Flush(ctx)
		case <-tick.C:
			s.countOmitted(ctx)
			p.tick(ctx)
		}
	}
}

// Stopping makes /readyz report that the portal is stopping, before the listener closes, and ends the event
// streams.
func (s *Server) Stopping() {
	s.stopping.Store(true)
	s.stopOnce.Do(func() { close(s.stopped) })
}

// countOmitted records how many rejected requests of unknown clients have no audit entry of their own.
func (s *Server) countOmitted(ctx context.Context) {
	if err := s.store.CountOmitted(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "count omitted refusals", "err", err)
	}
}
