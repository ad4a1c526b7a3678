// Package handlers serves the portal over HTTP: it defines the list of routes and the order of the middleware. Most
// pages show stored data and don't wait for YCM. Requests that need YCM's response, such as those of the New PBX form,
// wait for it with a time limit.
package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cordboard/handlers/audit"
	"cordboard/handlers/batches"
	"cordboard/handlers/changes"
	"cordboard/handlers/palette"
	"cordboard/handlers/renewals"
	"cordboard/handlers/tasks"
	"cordboard/handlers/web"
	"cordboard/handlers/webhook"
	"cordboard/store"
)

// database is the part of the store that serves every request.
type database interface {
	WithPatience(ctx context.Context) context.Context
	CountOmitted(ctx context.Context) error
}

// sessions keeps the sessions' last use and pending revocations until Flush writes them.
type sessions interface {
	Flush(ctx context.Context)
}

// policy determines whether a user must first set up a second factor.
type policy interface {
	MustEnroll(u store.User) bool
}

// Server handles the portal's requests. Run must be running for as long as the http.Server is.
type Server struct {
	site     *web.Site
	database database
	sessions sessions
	policy   policy
	webhook  *webhook.Handler
	desks
	pages
	router http.Handler
}

// desks has the handlers of the pages on which people keep track of what is to do and what was done.
type desks struct {
	tasks    *tasks.Handler
	batches  *batches.Handler
	changes  *changes.Handler
	renewals *renewals.Handler
	palette  *palette.Handler
}

// New returns a Server for a site and the backend that the site was created with. It returns an error if the store
// can't be read or the router can't be built.
func New(ctx context.Context, site *web.Site, b web.Backend) (*Server, error) {
	p, err := newPages(ctx, site, b)
	if err != nil {
		return nil, err
	}
	s := &Server{
		site:     site,
		database: b.Store,
		sessions: b.Identity.Sessions,
		policy:   b.Identity.Policy,
		webhook:  webhook.New(site, b.Account.Hooks),
		desks:    newDesks(site, b, &p),
		pages:    p,
	}
	if s.router, err = s.newRouter(); err != nil {
		return nil, err
	}
	return s, nil
}

// newDesks returns the handlers of desks.
func newDesks(site *web.Site, b web.Backend, p *pages) desks {
	return desks{
		changes: changes.New(site, b.Account.Mirror, b.Store, p.pbxs.QueryWords),
		renewals: renewals.New(site, renewals.Config{
			Fleet:      b.Account.Mirror,
			Readings:   b.Account.Subscriptions,
			Desk:       b.Account.Desk,
			Store:      b.Store,
			Directory:  b.Account.Customers,
			QueryWords: p.pbxs.QueryWords,
		}),
		palette: palette.New(site, b.Account.Mirror, b.Account.Customers, b.Account.Operations),
		tasks:   tasks.New(site, b.Store, b.Account.Desk, b.Account.Mirror, b.Account.Customers),
		batches: batches.New(site, batches.Config{
			Batches:           b.Account.Batches,
			Changes:           b.Account.Changes,
			Creates:           b.Account.Create,
			Operations:        b.Account.Operations,
			Fleet:             b.Account.Mirror,
			Catalog:           b.Account.Catalog,
			Drafts:            b.Store,
			Rules:             b.Account.Rules,
			QueryWords:        p.pbxs.QueryWords,
			RequireRecentAuth: p.signin.RequireRecentAuth,
		}),
	}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (s *Server) SetupToken() string { return s.signin.SetupToken() }

// Stopping ends the event streams and makes /readyz report that the portal is stopping. It is called before the
// listener closes.
func (s *Server) Stopping() { s.desk.Stopping() }

// Intervals of background work.
const (
	seenFlushes = 15 * time.Second // for writing pending revocations and the sessions' last use
	tickAnyway  = time.Second      // for counting omitted rejections and running the audit log's tasks that are due
)

// Run writes pending revocations, the sessions' last use and the number of omitted rejections, and verifies the audit
// log, until ctx ends.
func (s *Server) Run(ctx context.Context) {
	flush, tick := time.NewTicker(seenFlushes), time.NewTicker(tickAnyway)
	defer flush.Stop()
	defer tick.Stop()
	p := audit.NewProver(s.audit)
	p.Tick(ctx)
	for {
		select {
		case <-ctx.Done():
			s.sessions.Flush(context.WithoutCancel(ctx))
			s.countOmitted(context.WithoutCancel(ctx))
			p.LogHead(context.WithoutCancel(ctx), true)
			return
		case <-flush.C:
			s.sessions.Flush(ctx)
		case <-tick.C:
			s.countOmitted(ctx)
			p.Tick(ctx)
		}
	}
}

// countOmitted records how many rejected requests from clients that weren't signed in have no audit entry of their own.
func (s *Server) countOmitted(ctx context.Context) {
	if err := s.database.CountOmitted(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.site.Log.ErrorContext(ctx, "count omitted refusals", "err", err)
	}
}
