package web

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/go-chi/chi/v5"

	"cordboard/store"
)

// rejectionsAMinute is the maximum number of audit entries per minute for one user's rejected requests. It keeps
// users from filling the log.
const rejectionsAMinute = 60

// Recording is the audit state of one request.
type Recording struct {
	Rows         atomic.Int64
	target, name string
	notes        []store.Note
}

// RecordingFrom returns the request's audit state, or nil if the request didn't go through Record.
func RecordingFrom(ctx context.Context) *Recording {
	rec, _ := ctx.Value(recordingKey).(*Recording)
	return rec
}

// SetAuditTarget sets the target and the notes of the audit entry that is written if the request is rejected or fails.
func SetAuditTarget(r *http.Request, target, name string, notes ...store.Note) {
	if rec := RecordingFrom(r.Context()); rec != nil {
		rec.target, rec.name, rec.notes = target, name, notes
	}
}

// Record returns middleware that writes an audit entry for a rejected or failed request before the response is sent,
// unless the handler has written one.
func (s *Site) Record(action string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(context.WithValue(r.Context(), recordingKey, &Recording{}))
			next.ServeHTTP(&recorder{ResponseWriter: w, s: s, r: r, action: action}, r)
		})
	}
}

type recorder struct {
	http.ResponseWriter
	s      *Site
	r      *http.Request
	action string // the route's audit action, or "" if it has none
	sent   bool
}

// Unwrap returns the underlying writer for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if !w.sent {
		w.sent = true
		if status >= http.StatusBadRequest {
			w.s.recordRejection(w.r, w.action, status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(p)
}

// recordRejection records a rejected or failed request. It skips responses with status 401 or 429. If a route has no
// action, only denied access is recorded.
func (s *Site) recordRejection(r *http.Request, action string, status int) {
	rec := RecordingFrom(r.Context())
	if action == "" && status == http.StatusForbidden {
		action = "page.open"
	}
	if action == "" || rec.Rows.Load() > 0 || status == http.StatusTooManyRequests ||
		status == http.StatusUnauthorized {
		return
	}
	by := Actor(r)
	if !s.rejections.Allow(by.ID) {
		s.Log.InfoContext(
			r.Context(),
			"refusal not recorded: too many",
			"request_id",
			by.RequestID,
			"action",
			action,
			"status",
			status,
		)
		return
	}
	e := store.Event{
		Action:     action,
		Target:     rec.target,
		TargetName: rec.name,
		Notes:      rec.notes,
		Outcome:    store.OutcomeRefused,
	}
	switch {
	case status == http.StatusForbidden:
		e.Outcome = store.OutcomeDenied
	case status >= http.StatusInternalServerError:
		e.Outcome = store.OutcomeFailed
	}
	if e.Target == "" && e.TargetName == "" {
		e.Target, e.TargetName = chi.URLParam(r, "id"), r.URL.Path
	}
	if len(e.Notes) == 0 {
		e.Notes = []store.Note{store.NewNote(store.NoteStatus, status, http.StatusText(status))}
	}
	if err := s.store.Audit(context.WithoutCancel(r.Context()), by, e); err != nil {
		s.Log.ErrorContext(
			r.Context(),
			"record refusal",
			"request_id",
			by.RequestID,
			"action",
			action,
			"status",
			status,
			"err",
			err,
		)
	}
}
