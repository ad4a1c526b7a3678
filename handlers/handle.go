package handlers

import (
	"context"
	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
	"errors"
	"net/http"
	"strconv"
	"time"
)

type handlerFunc func(http.ResponseWriter, *http.Request) error

// handle turns a handler's error into an answer. The error goes to the log, a sentence of ours to the reader.
func (s *Server) handle(h handlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.renderError(w, r, err)
		}
	}
}

// errorAnswer is what a reader is told.
type errorAnswer struct {
	status      int
	title, text string
}

// httpError is an error with an answer of its own.
type httpError struct {
	errorAnswer
	retryAfter time.Duration
	err        error
}

func (e *httpError) Error() string {
	if e.err != nil {
		return e.title + ": " + e.err.Error()
	}
	return e.title
}

func (e *httpError) Unwrap() error { return e.err }

var (
	errMethod      = errors.New("method not allowed")
	errDenied      = errors.New("role does not allow this")
	errCrossOrigin = errors.New("request from another site")
	errMediaType   = errors.New("body is no form")
	errTooLarge    = errors.New("body too large")
	errPanic       = errors.New("panic")
	errSearching   = errors.New("a search of this person is running")
)

// answers are tried in order; the first that errors.Is matches stands, else 500.
var answers = []struct {
	err error
	errorAnswer
	retryAfter time.Duration
}{
	{store.ErrNotFound, errorAnswer{http.StatusNotFound, "There is no such page", "The address may be old or mistyped. PBXs that are gone from YCM stay readable: set Presence to Gone in the list."}, 0},
	{errMethod, errorAnswer{http.StatusMethodNotAllowed, "This address can’t be used like that", "Nothing was changed. Go back and use the page’s own links and buttons."}, 0},
	{errDenied, errorAnswer{http.StatusForbidden, "Your role doesn’t allow this", "Nothing was changed. An administrator of Cordboard can change your role."}, 0},
	{errCrossOrigin, errorAnswer{http.StatusForbidden, "This request came from another site", "Nothing was changed. If you came here by a link, open Cordboard itself and try again there."}, 0},
	{errMediaType, errorAnswer{http.StatusUnsupportedMediaType, "Unsupported content type", "Nothing was changed. Only form submissions are accepted."}, 0},
	{errTooLarge, errorAnswer{http.StatusRequestEntityTooLarge, "Request too large", "Nothing was changed. Forms are limited to 1 MiB."}, 0},
	{errBusy, errorAnswer{http.StatusTooManyRequests, "Too many people are signing in", "You are not signed in. Wait a few seconds and try again."}, busyRetry},
	{store.ErrSlowSearch, errorAnswer{http.StatusTooManyRequests, "This search takes too long", "Nothing was changed. Search for words of three letters or more, or for fewer days."}, time.Second},
	{errSearching, errorAnswer{http.StatusTooManyRequests, "Another search of yours is running", "Nothing was changed. Try again when it has ended."}, time.Second},
	{fleet.ErrNotYours, errorAnswer{http.StatusConflict, "This form is somebody else’s", "Nothing was sent. Open a form of your own."}, 0},
	{store.ErrUnavailable, errorAnswer{http.StatusServiceUnavailable, "Cordboard can’t write to its database", "Nothing was changed. Reading still works. Tell your administrator: the disk may be full or broken."}, 0},
	{context.DeadlineExceeded, errorAnswer{http.StatusGatewayTimeout, "This took too long", "Nothing was changed. Try again in a moment."}, 0},
}

var broken = errorAnswer{http.StatusInternalServerError, "Something broke on our side", "We can’t say whether your change was made: look before you try again. If it happens twice, send the ID to your administrator."}

func answerFor(err error) (errorAnswer, time.Duration) {
	var own *httpError
	if errors.As(err, &own) {
		return own.errorAnswer, own.retryAfter
	}
	for _, a := range answers {
		if errors.Is(err, a.err) {
			return a.errorAnswer, a.retryAfter
		}
	}
	return broken, 0
}

func (s *Server) renderError(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if errors.Is(ctx.Err(), context.Canceled) {
		return // nobody waits for an answer
	}
	a, retry := answerFor(err)
	if a.status >= http.StatusInternalServerError {
		s.log.ErrorContext(ctx, "request failed", "request_id", requestIDFrom(ctx), "path", firstRunes(r.URL.Path, 300), "status", a.status, "err", err)
	} else if a.status != http.StatusNotFound {
		s.log.InfoContext(ctx, "request refused", "request_id", requestIDFrom(ctx), "path", firstRunes(r.URL.Path, 300), "status", a.status, "err", err)
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(retry.Round(time.Second), time.Second).Seconds())))
	}
	page := views.ErrorPage{Status: a.status, Title: a.title, Text: a.text, RequestID: requestIDFrom(ctx), Action: views.Link{Label: "Go to PBXs", URL: "/pbxs"}}
	if userFrom(ctx) == nil {
		page.Action = views.Link{Label: "Go to sign-in", URL: "/signin"}
	}
	w.Header().Set("HX-Retarget", "#main")
	w.Header().Set("HX-Reswap", "innerHTML")
	matter := views.Failure(page)
	if renderErr := s.render(w, r, a.status, a.title, matter, matter); renderErr != nil {
		s.log.ErrorContext(ctx, "error page failed", "request_id", requestIDFrom(ctx), "err", renderErr)
		http.Error(w, a.title, a.status)
	}
}
