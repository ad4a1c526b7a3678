package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"

	"cordboard/fleet/catalog"
	"cordboard/fleet/operations"
)

// signinHandler serves sign-in, set-up, links and proving again who one is.
type signinHandler struct {
	*Site
	setupToken string
	hasUsers   atomic.Bool
	codes      sync.Mutex // serializes checks of second factors
}

func newSigninHandler(ctx context.Context, s *Site) (*signinHandler, error) {
	h := &signinHandler{Site: s, setupToken: rand.Text()}
	_, err := h.anyUsers(ctx)
	return h, err
}

// SetupToken returns the token that /setup requires, or "" once a user exists.
func (s *signinHandler) SetupToken() string {
	if s.hasUsers.Load() {
		return ""
	}
	return s.setupToken
}

// anyUsers reports whether a user exists. Once it has returned true, it always does.
func (s *signinHandler) anyUsers(ctx context.Context) (bool, error) {
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

// accountHandler serves the pages of one's own account.
type accountHandler struct{ *Site }

func newAccountHandler(s *Site) *accountHandler { return &accountHandler{Site: s} }

// teamHandler serves the pages about the team.
type teamHandler struct{ *Site }

func newTeamHandler(s *Site) *teamHandler { return &teamHandler{Site: s} }

// auditHandler serves the audit log and verifies its chain.
type auditHandler struct {
	*Site
	heavy oneAtATime // limits searches of the audit log
	proof atomic.Pointer[auditProof]
}

func newAuditHandler(s *Site) *auditHandler { return &auditHandler{Site: s} }

// pbxsHandler serves the list of PBXs, the page of each, and the form of a new one.
type pbxsHandler struct {
	*Site
	catalog *catalog.Catalog
	create  *operations.Create
	rules   operations.Rules
	asks    *pace // limits YCM requests while a form is filled in
}

func newPBXsHandler(s *Site) *pbxsHandler {
	f := s.config.Fleet
	return &pbxsHandler{
		Site:    s,
		catalog: f.Catalog,
		create:  f.Create,
		rules:   f.Rules,
		asks:    newPace(hostsAMinute, s.now),
	}
}

// hostsAMinute is the number of host names that a user may have checked in YCM per minute.
const hostsAMinute = 30

// operationsHandler serves the operations.
type operationsHandler struct{ *Site }

func newOperationsHandler(s *Site) *operationsHandler { return &operationsHandler{Site: s} }

// capacityHandler serves the subscription, its history and what expires.
type capacityHandler struct{ *Site }

func newCapacityHandler(s *Site) *capacityHandler { return &capacityHandler{Site: s} }

// deskHandler serves the overview, the palette, the event stream and what machines ask.
type deskHandler struct {
	*Site
	catalog  *catalog.Catalog
	stopping atomic.Bool
	stopped  chan struct{} // closed by Stopping
	stopOnce sync.Once

	mu      sync.Mutex
	streams map[string]int // open event streams, by token hash
	ready   readiness
}

func newDeskHandler(s *Site) *deskHandler {
	return &deskHandler{
		Site:    s,
		catalog: s.config.Fleet.Catalog,
		stopped: make(chan struct{}),
		streams: map[string]int{},
	}
}

// Stopping makes /readyz report that the portal is stopping, before the listener closes, and ends the event
// streams.
func (s *deskHandler) Stopping() {
	s.stopping.Store(true)
	s.stopOnce.Do(func() { close(s.stopped) })
}
