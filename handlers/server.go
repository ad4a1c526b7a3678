// Package handlers is the portal over HTTP: routes, middleware, forms in and pages out. No page waits for YCM; creating a PBX does, before there is
// an attempt.
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

	"github.com/alexedwards/argon2id"
	"github.com/alexedwards/scs/v2"

	"cordboard/fleet"
	"cordboard/store"
)

// Config says what the portal shows and how it is reached. Store, Fleet and Log are needed; for the rest zero values
// are the defaults named here.
type Config struct {
	Store *store.Store
	Fleet *fleet.Fleet
	Log   *slog.Logger

	PublicURL      string         // our own https address as people type it; "" for plain http on this machine
	LocalURL       string         // "http://127.0.0.1:8080", where we listen if that is this machine alone; "" otherwise
	CookiePort     string         // in the names of cookies on plain http, which know no ports: two portals of one machine would sign each other out; "" for the usual one
	TrustedProxies []netip.Prefix // whose X-Forwarded-For counts; none
	Sandbox        bool           // says so on every page
	SessionIdle    time.Duration  // 30 minutes
	SessionMax     time.Duration  // 10 hours
	TimeZone       *time.Location // of people who chose none; UTC
	Hash           HashParams     // DefaultHash

	// StrangersAMinute is how many passwords are checked a minute in all for people in browsers that are not known; 60.
	StrangersAMinute int

	Now         func() time.Time
	DiskFree    func() (bytes uint64, err error) // of the data directory; nil: not watched
	YCMHost     string                           // named where YCM doesn't answer
	RequestSeen func(r *http.Request, status int, d time.Duration)
}

// hostsAMinute is how often one person may have YCM asked for a host name in a minute.
const hostsAMinute = 30

// HashParams is what a password's hash costs.
type HashParams = argon2id.Params

// Server answers requests. Run it beside the http.Server.
type Server struct {
	config Config
	store  *store.Store
	fleet  *fleet.Fleet
	log    *slog.Logger
	now    func() time.Time
	secure bool // reached by https

	publicHost string // as people type it; "" for plain http
	router     http.Handler
	sessions   *scs.SessionManager
	hasher     *hasher
	kbKey      []byte // of the known-browser cookie

	attemptKey []byte              // of the forms' one-time ids
	limits     map[rateClass]*pace // of the routes
	asks       *pace               // of YCM for a host name while a form is filled in
	heavy      oneAtATime          // searches of the audit log
	refusals   *pace               // in the audit log

	sealer *sealer
	once   *once
	policy atomic.Pointer[store.Policy] // of second factors
	proof  atomic.Pointer[auditProof]

	revoked    *revocations
	setupToken string
	hasUsers   atomic.Bool
	stopping   atomic.Bool

	epoch    string        // of this process
	stopped  chan struct{} // closed when we stop
	stopOnce sync.Once

	codes   sync.Mutex // second factors are checked one by one
	renewal sync.Mutex // and sessions renewed

	mu      sync.Mutex
	seen    map[string]time.Time // sessions used since the last flush, by token hash
	streams map[string]int       // open event streams, by token hash
	ended   chan struct{}        // closed when sessions were ended
	ready   readiness
}

// New returns a Server, or says what is wrong with its Config.
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
	if c.StrangersAMinute == 0 {
		c.StrangersAMinute = strangersAMinute
	}
	if c.Hash == (HashParams{}) {
		c.Hash = DefaultHash
	}
	s := &Server{
		config: c, store: c.Store, fleet: c.Fleet, log: c.Log, now: c.Now,
		setupToken: rand.Text(), seen: map[string]time.Time{}, streams: map[string]int{},
		revoked: newRevocations(), epoch: rand.Text()[:6], stopped: make(chan struct{}), ended: make(chan struct{}),
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("public address %q must be https://host", c.PublicURL)
		}
		s.secure, s.publicHost = true, u.Host
	}
	var err error
	if s.kbKey, err = c.Store.Key("known-browser"); err != nil {
		return nil, err
	}
	s.limits = newLimits(s.now)
	s.asks, s.refusals = newPace(hostsAMinute, s.now), newPace(refusalsAMinute, s.now)
	s.once = newOnce(s.now)
	if s.sealer, err = sealerOf(ctx, c.Store); err != nil {
		return nil, err
	}
	if err := s.readPolicy(ctx); err != nil {
		return nil, err
	}
	if s.attemptKey, err = c.Store.Key("attempts"); err != nil {
		return nil, err
	}
	if s.hasher, err = newHasher(c.Hash, c.StrangersAMinute); err != nil {
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

// SetupToken is what /setup asks for, or "" once somebody can sign in.
func (s *Server) SetupToken() string {
	if s.hasUsers.Load() {
		return ""
	}
	return s.setupToken
}

// anyUsers says whether somebody may sign in; once so, it stays so.
func (s *Server) anyUsers(ctx context.Context) (bool, error) {
	if s.hasUsers.Load() {
		return true, nil
	}
	has, err := s.store.HasUsers(ctx)
	if err != nil {
		return false, fmt.Errorf("look for users: %w", err)
	}
	if has {
		s.hasUsers.Store(true)
	}
	return has, nil
}

// Run keeps note of when sessions were last used, and the audit log verified, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	flush, tick := time.NewTicker(seenFlushes), time.NewTicker(tickAnyway)
	defer flush.Stop()
	defer tick.Stop()
	p := &prover{s: s}
	p.tick(ctx)
	for {
		select {
		case <-ctx.Done():
			s.flushRevoked(context.WithoutCancel(ctx))
			s.flushSeen(context.WithoutCancel(ctx))
			s.countOmitted(context.WithoutCancel(ctx))
			p.logHead(context.WithoutCancel(ctx), true)
			return
		case <-flush.C:
			s.flushRevoked(ctx)
			s.flushSeen(ctx)
		case <-tick.C:
			s.countOmitted(ctx)
			p.tick(ctx)
		}
	}
}

// Stopping makes /readyz say so, before the listener closes, and ends the event streams.
func (s *Server) Stopping() {
	s.stopping.Store(true)
	s.stopOnce.Do(func() { close(s.stopped) })
}

// countOmitted records how many refusals of strangers have no row of their own.
func (s *Server) countOmitted(ctx context.Context) {
	if err := s.store.CountOmitted(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "count omitted refusals", "err", err)
	}
}

func (s *Server) flushSeen(ctx context.Context) {
	s.mu.Lock()
	seen := s.seen
	s.seen = map[string]time.Time{}
	s.mu.Unlock()
	if len(seen) == 0 {
		return
	}
	if err := s.store.TouchSessions(ctx, seen); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("when sessions were last used could not be noted", "err", err)
		s.mu.Lock() // so that nobody is idle who is at work while the disk is full
		defer s.mu.Unlock()
		for hash, at := range seen {
			if at.After(s.seen[hash]) {
				s.seen[hash] = at
			}
		}
	}
}
