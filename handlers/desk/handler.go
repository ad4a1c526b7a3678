// Package desk serves the overview, the command palette, the event stream, and the endpoints for health checks.
package desk

import (
	"sync"

	"cordboard/fleet/catalog"
	"cordboard/handlers/web"
)

// Handler serves the overview, the command palette, the event stream and the endpoints for health checks.
type Handler struct {
	site     *web.Site
	catalog  *catalog.Catalog
	stopped  chan struct{} // closed by Stopping
	stopOnce sync.Once
	streams  openStreams
	ready    readiness
}

// New returns a Handler for the site.
func New(s *web.Site) *Handler {
	return &Handler{
		site:    s,
		catalog: s.Catalog,
		stopped: make(chan struct{}),
		streams: openStreams{count: map[string]int{}},
	}
}

// Stopping ends the event streams and makes /readyz report that the portal is stopping. It is called before the
// listener closes.
func (h *Handler) Stopping() {
	h.stopOnce.Do(func() { close(h.stopped) })
}
