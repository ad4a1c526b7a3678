// Package desk serves the overview, the command palette, the event stream, and what machines ask.
package desk

import (
	"sync"
	"sync/atomic"

	"cordboard/fleet/catalog"
	"cordboard/handlers/web"
)

// Handler serves the overview, the palette, the event stream and what machines ask.
type Handler struct {
	site     *web.Site
	catalog  *catalog.Catalog
	stopping atomic.Bool
	stopped  chan struct{} // closed by Stopping
	stopOnce sync.Once

	mu      sync.Mutex
	streams map[string]int // open event streams, by token hash
	ready   readiness
}

// New returns the Handler of the desk.
func New(s *web.Site) *Handler {
	return &Handler{
		site:    s,
		catalog: s.Config.Fleet.Catalog,
		stopped: make(chan struct{}),
		streams: map[string]int{},
	}
}

// Stopping makes /readyz report that the portal is stopping, before the listener closes, and ends the event
// streams.
func (h *Handler) Stopping() {
	h.stopping.Store(true)
	h.stopOnce.Do(func() { close(h.stopped) })
}
