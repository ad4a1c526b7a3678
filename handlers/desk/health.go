package desk

import (
	"encoding/json"
	"net/http"
	"time"
)

const noDisk = 50 << 20 // bytes; with less free space, the server is not ready

// readiness caches the status for a moment, so that frequent probes don't cause frequent writes.
type readiness struct {
	until  time.Time
	status string
}

// Healthz answers 200 while the process runs.
func (s *Handler) Healthz(w http.ResponseWriter, _ *http.Request) error {
	return sendJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// Readyz reports whether this server can take requests. YCM doesn't affect it, since the portal works without YCM.
func (s *Handler) Readyz(w http.ResponseWriter, r *http.Request) error {
	status, code := s.readyStatus(r), http.StatusOK
	if status != "ok" {
		code = http.StatusServiceUnavailable
	}
	return sendJSON(w, code, map[string]string{"status": status, "sync": string(s.Mirror.Freshness().State)})
}

func (s *Handler) readyStatus(r *http.Request) string {
	if s.stopping.Load() {
		return "stopping"
	}
	s.mu.Lock()
	kept := s.ready
	s.mu.Unlock()
	if s.Now().Before(kept.until) {
		return kept.status
	}
	status := "ok"
	if err := s.Store.Ping(r.Context()); err != nil {
		s.Log.ErrorContext(r.Context(), "database not ready", "err", err)
		status = "database"
	} else if s.Config.DiskFree != nil {
		if free, err := s.Config.DiskFree(); err == nil && free < noDisk {
			status = "disk"
		}
	}
	s.mu.Lock()
	s.ready = readiness{s.Now().Add(time.Second), status}
	s.mu.Unlock()
	return status
}

func sendJSON(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(v)
}
