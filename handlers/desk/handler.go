// Package desk serves the overview, the event stream, and the endpoints for health checks.
package desk

import (
	"context"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Fleet has the PBXs and what changed in them. It notifies the event streams of changes, and syncs on request.
type Fleet interface {
	Index() *list.Index
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
	News(ctx context.Context, since time.Time, limit int) ([]store.PBXEvent, error)
	Changed() <-chan struct{}
	Refresh() <-chan struct{}
}

// Readings has the subscription and the forecasts from its readings, and reads it again on request.
type Readings interface {
	Subscription() capacity.Subscription
	Forecasts() [len(fleet.Resources)]capacity.Forecast
	Refresh() <-chan struct{}
}

// Operations has the operations that need attention.
type Operations interface {
	InState(ctx context.Context, states ...store.OperationState) ([]store.Operation, error)
}

// Batches has the plans and batches: first those that are under way or wait for somebody, then the newest.
type Batches interface {
	Counts(ctx context.Context, b *store.Batch) (store.RowCounts, error)
	Recent(ctx context.Context, limit int) ([]store.Batch, error)
}

// Tasks has the open tasks, those that are due first coming first.
type Tasks interface {
	OpenTasks(ctx context.Context, account string) ([]store.Task, error)
}

// Suspensions has the operations that suspended PBXs.
type Suspensions interface {
	Suspensions(ctx context.Context) ([]store.Operation, error)
}

// Catalog has the newest firmware version, or "" if none is known, and YCM's customers.
type Catalog interface {
	NewestFirmware() string
}

// Store saves the blocks of the user's overview and which refusals were dismissed, checks the database, and has the
// users.
type Store interface {
	Refusals(ctx context.Context, account string, since time.Time) ([]store.Operation, error)
	Dismiss(ctx context.Context, account, id string, by store.Actor) (store.Operation, error)
	SetPrefs(ctx context.Context, by store.Actor, action string, change func(*store.User)) error
	Ping(ctx context.Context) error
	Users(ctx context.Context) ([]store.User, error)
}

// Policy determines whether the user of an event stream must first set up a second factor.
type Policy interface {
	MustEnroll(u store.User) bool
}

// Sessions has the sessions of the event streams. The channel that Ended returns is closed when a session ends.
type Sessions interface {
	ByToken(ctx context.Context, tokenHash string) (store.Session, error)
	IsIdle(session store.Session) bool
	Ended() <-chan struct{}
}

// Config configures a Handler. All fields are required.
type Config struct {
	Fleet      Fleet
	Readings   Readings
	Operations Operations
	Batches    Batches
	Suspended  Suspensions
	Tasks      Tasks
	Catalog    Catalog
	Store      Store
	Policy     Policy
	Sessions   Sessions
}

// Handler serves the overview, the event stream and the endpoints for health checks.
type Handler struct {
	work

	site     *web.Site
	fleet    Fleet
	readings Readings
	catalog  Catalog
	store    Store
	policy   Policy
	sessions Sessions

	stopping stopping
	streams  openStreams
	ready    readiness
}

// work has what is under way.
type work struct {
	operations Operations
	batches    Batches
	suspended  Suspensions
	tasks      Tasks
}

// stopping is how the portal ends its streams.
type stopping struct {
	once sync.Once
	done chan struct{} // closed by Stopping
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{
		site:     s,
		fleet:    c.Fleet,
		readings: c.Readings,
		work:     work{c.Operations, c.Batches, c.Suspended, c.Tasks},
		catalog:  c.Catalog,
		store:    c.Store,
		policy:   c.Policy,
		sessions: c.Sessions,

		stopping: stopping{done: make(chan struct{})},
		streams:  openStreams{count: map[string]int{}},
	}
}

// Stopping ends the event streams and makes /readyz report that the portal is stopping. It is called before the
// listener closes.
func (h *Handler) Stopping() {
	h.stopping.once.Do(func() { close(h.stopping.done) })
}
