package handlers

import (
	"context"
	"cordboard/store"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/go-chi/chi/v5"
)

// actions are the routes that change something, and what the audit log calls that. What succeeds is recorded in the transaction that does it;
// what is turned away leaves a row here, exactly one. Those of signing in record themselves, since they also count.
var actions = map[string]string{
	"POST /setup":                  "user.add",
	"POST /link":                   "link.use",
	"POST /signin":                 "session.signin",
	"POST /signin/code":            "", // records itself, since it also counts
	"POST /signout":                "session.signout",
	"POST /confirm":                "session.confirm",
	"POST /overview/settings":      "overview.settings",
	"POST /pbxs/settings":          "list.settings",
	"POST /views":                  "view.save",
	"POST /views/delete":           "view.delete",
	"POST /views/landing":          "view.landing",
	"POST /presets":                "preset.save",
	"POST /presets/delete":         "preset.delete",
	"POST /pbxs":                   "pbx.create",
	"POST /creations/{id}/look":    "", // asks YCM; what is learnt from it records itself
	"POST /account":                "account.settings",
	"POST /account/told":           "account.told",
	"POST /account/password":       "user.password",
	"POST /account/sessions":       "session.end",
	"POST /account/factor":         "factor.begin",
	"POST /account/factor/confirm": "factor.confirm",
	"POST /account/factor/remove":  "factor.remove",
	"POST /account/factor/codes":   "factor.codes",
	"POST /team":                   "user.invite",
	"POST /team/withdraw":          "user.withdraw",
	"POST /team/policy":            "settings.two-factor",
	"POST /team/{id}/role":         "user.role",
	"POST /team/{id}/disable":      "user.disable",
	"POST /team/{id}/enable":       "user.enable",
	"POST /team/{id}/password":     "user.reset-password",
	"POST /team/{id}/factor":       "user.reset-2fa",
	"POST /team/{id}/sessions":     "session.end",
	"GET /audit.csv":               "audit.export",
	"GET /audit.jsonl":             "audit.export",
	"POST /sync":                   "", // asks YCM to be read, which happens every minute anyway
	"POST /pbxs/new":               "", // draws the form anew
}

const refusalsAMinute = 60 // rows of one person, so that nobody fills the log with what they may not do

// recording is what one request leaves in the audit log.
type recording struct {
	rows                 atomic.Int64
	target, name, detail string
}

func recordingFrom(ctx context.Context) *recording {
	rec, _ := ctx.Value(recordingKey).(*recording)
	return rec
}

// about says what a request is about, should it be turned away, and why.
func about(r *http.Request, target, name, detail string) {
	if rec := recordingFrom(r.Context()); rec != nil {
		rec.target, rec.name, rec.detail = target, name, detail
	}
}

// record leaves a row of what is turned away, unless the handler left one, before the answer goes out.
func (s *Server) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), recordingKey, &recording{}))
		next.ServeHTTP(&recorder{ResponseWriter: w, s: s, r: r}, r)
	})
}

type recorder struct {
	http.ResponseWriter
	s    *Server
	r    *http.Request
	sent bool
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if !w.sent {
		w.sent = true
		if status >= http.StatusBadRequest {
			w.s.turnedAway(w.r, status)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.sent = true
	return w.ResponseWriter.Write(p)
}

// turnedAway records a refusal, a denial or a failure. Too many requests leave none, nor does a page that isn't there.
func (s *Server) turnedAway(r *http.Request, status int) {
	rec := recordingFrom(r.Context())
	action := actions[r.Method+" "+chi.RouteContext(r.Context()).RoutePattern()]
	if action == "" && status == http.StatusForbidden {
		action = "page.open"
	}
	if action == "" || rec.rows.Load() > 0 || status == http.StatusTooManyRequests || status == http.StatusUnauthorized {
		return
	}
	by := actor(r)
	if !s.refusals.allow(by.ID) {
		s.log.InfoContext(r.Context(), "too many refusals to record them all", "request_id", by.RequestID, "action", action, "status", status)
		return
	}
	e := store.Event{Action: action, Target: rec.target, TargetName: rec.name, Detail: rec.detail, Outcome: store.OutcomeRefused}
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
		s.log.ErrorContext(r.Context(), "a refusal could not be recorded", "request_id", by.RequestID, "action", action, "status", status, "err", err)
	}
}
