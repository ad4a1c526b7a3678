// Package handlers is the portal over HTTP: the list of routes and the order of the middleware. Pages don't wait for
// YCM. Creating a PBX does, before the operation is stored.
package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Server handles the portal's requests. Call Run while the http.Server runs.
type Server struct {
	*Site
	signin         *signinHandler
	account        *accountHandler
	team           *teamHandler
	audit          *auditHandler
	pbxs           *pbxsHandler
	operationPages *operationsHandler
	capacity       *capacityHandler
	desk           *deskHandler
	router         http.Handler
}

// New returns a Server. It returns an error if the Config is invalid or the store can't be read.
func New(ctx context.Context, c Config) (*Server, error) {
	site, err := newSite(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Site:           site,
		account:        newAccountHandler(site),
		team:           newTeamHandler(site),
		audit:          newAuditHandler(site),
		pbxs:           newPBXsHandler(site),
		operationPages: newOperationsHandler(site),
		capacity:       newCapacityHandler(site),
		desk:           newDeskHandler(site),
	}
	if s.signin, err = newSigninHandler(ctx, site); err != nil {
		return nil, err
	}
	if s.router, err = s.newRouter(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (s *Server) SetupToken() string { return s.signin.SetupToken() }

// Stopping makes /readyz report that the portal is stopping, before the listener closes, and ends the event
// streams.
func (s *Server) Stopping() { s.desk.Stopping() }

// Intervals of the work in the background.
const (
	seenFlushes = 15 * time.Second // writing of sessions' last use
	tickAnyway  = time.Second      // counting omitted refusals, and verifying the audit log
)

// Run writes pending revocations and last-used times of sessions and verifies the audit log until ctx ends.
func (s *Server) Run(ctx context.Context) {
	flush, tick := time.NewTicker(seenFlushes), time.NewTicker(tickAnyway)
	defer flush.Stop()
	defer tick.Stop()
	p := newProver(s.audit)
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

// countOmitted records how many rejected requests of unknown clients have no audit entry of their own.
func (s *Server) countOmitted(ctx context.Context) {
	if err := s.store.CountOmitted(ctx); err != nil && !errors.Is(err, context.Canceled) {
		s.log.ErrorContext(ctx, "count omitted refusals", "err", err)
	}
}
