package desk

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

const noDisk = 50 << 20 // bytes; with less free space, the portal is not ready

// readiness briefly caches the status, so that frequent probes don't cause frequent writes.
type readiness struct {
	mu     sync.Mutex
	until  time.Time
	status string
}

// Healthz responds with 200 while the process runs.
func (h *Handler) Healthz(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// Readyz reports whether this process can serve requests. YCM doesn't affect the result, because the portal works
// without YCM.
func (h *Handler) Readyz(w http.ResponseWriter, r *http.Request) error {
	status, code := h.readyStatus(r), http.StatusOK
	if status != "ok" {
		code = http.StatusServiceUnavailable
	}
	return sendJSON(w, code, map[string]string{"status": status, "sync": string(h.fleet.Freshness().State)})
}

func (h *Handler) readyStatus(r *http.Request) string {
	select {
	case <-h.stopping.done:
		return "stopping"
	default:
	}
	h.ready.mu.Lock()
	until, status := h.ready.until, h.ready.status
	h.ready.mu.Unlock()
	if h.site.Now().Before(until) {
		return status
	}
	status = "ok"
	if err := h.store.Ping(r.Context()); err != nil {
		h.site.Log.ErrorContext(r.Context(), "database not ready", "err", err)
		status = "database"
	} else if h.site.Config.DiskFree != nil {
		if free, err := h.site.Config.DiskFree(); err == nil && free < noDisk {
			status = "disk"
		}
	}
	h.ready.mu.Lock()
	h.ready.until, h.ready.status = h.site.Now().Add(time.Second), status
	h.ready.mu.Unlock()
	return status
}

func sendJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}
