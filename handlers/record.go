package handlers

import (
	"context"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/go-chi/chi/v5"

	"cordboard/store"
)

// refusalsAMinute limits the audit entries for one user's rejected requests, so that nobody can fill the log.
const refusalsAMinute = 60

// recording is the audit state of one request.
type recording struct {
	rows                 atomic.Int64
	target, name, detail string
}

func recordingFrom(ctx context.Context) *recording {
	rec, _ := ctx.Value(recordingKey).(*recording)
	return rec
}

// about sets the target and the reason for the audit entry that is written if the request is rejected.
func about(r *http.Request, target, name, detail string) {
	if rec := recordingFrom(r.Context()); rec != nil {
		rec.target, rec.name, rec.detail = target, name, detail
	}
}

// record writes an audit entry for a rejected request before the response is sent, unless the handler wrote one.
func (s *Site) record(action string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(context.WithValue(r.Context(), recordingKey, &recording{}))
			next.ServeHTTP(&recorder{ResponseWriter: w, s: s, r: r, action: action}, r)
		})
	}
}

type recorder struct {
	http.ResponseWriter
	s      *Site
	r      *http.Request
	action string // the route's; "" if it changes nothing
	sent   bool
}

// Unwrap returns the underlying writer for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if !w.sent {
		w.sent = true
		if status >= http.StatusBadRequest {
			w.s.turnedAway(w.r, w.action, status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(p)
}

// turnedAway records a refusal, a denial or a failure. It skips the statuses 401 and 429, and routes without an
// action unless access was denied.
func (s *Site) turnedAway(r *http.Request, action string, status int) {
	rec := recordingFrom(r.Context())
	if action == "" && status == http.StatusForbidden {
		action = "page.open"
	}
	if action == "" || rec.rows.Load() > 0 || status == http.StatusTooManyRequests ||
		status == http.StatusUnauthorized {
		return
	}
	by := actor(r)
	if !s.refusals.allow(by.ID) {
		s.log.InfoContext(
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
		Detail:     rec.detail,
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
	if e.Detail == "" {
		e.Detail = strconv.Itoa(status) + " " + http.StatusText(status)
	}
	if err := s.store.Audit(context.WithoutCancel(r.Context()), by, e); err != nil {
		s.log.ErrorContext(
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
