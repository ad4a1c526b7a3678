// Package desk serves the overview, the command palette, the event stream, and the endpoints for health checks.
package desk

import (
	"sync"
	"sync/atomic"

	"cordboard/fleet/catalog"
	"cordboard/handlers/web"
)

// Handler serves the overview, the command palette, the event stream and the endpoints for health checks.
type Handler struct {
	site     *web.Site
	catalog  *catalog.Catalog
	stopping atomic.Bool
	stopped  chan struct{} // closed by Stopping
	stopOnce sync.Once

	mu      sync.Mutex
	streams map[string]int // number of open event streams, by token hash
	ready   readiness
}

// New returns a Handler for the site.
func New(s *web.Site) *Handler {
	return &Handler{
		site:    s,
		catalog: s.Catalog,
		stopped: make(chan struct{}),
		streams: map[string]int{},
	}
}

// Stopping ends the event streams and makes /readyz report that the portal is stopping. It is called before the
// listener closes.
func (h *Handler) Stopping() {
	h.stopping.Store(true)
	h.stopOnce.Do(func() { close(h.stopped) })
}
