package web

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strconv"
	"time"

	"cordboard/fleet/operations"
	"cordboard/fold"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/views/layout"
	"cordboard/views/ui"
)

// HandlerFunc is a handler that may return an error, which [Site.Handle] shows as an error page.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// Handle returns a handler that calls h. If h returns an error, the handler sends an error page with a prepared
// message; the error itself goes only to the log.
func (s *Site) Handle(h HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.RenderError(w, r, err)
		}
	}
}

// ErrorAnswer is the status, title and text of an error page.
type ErrorAnswer struct {
	Status      int
	Title, Text string
}

// HTTPError is an error with its own error page.
type HTTPError struct {
	ErrorAnswer
	RetryAfter time.Duration
	Err        error
}

func (e *HTTPError) Error() string {
	if e.Err != nil {
		return e.Title + ": " + e.Err.Error()
	}
	return e.Title
}

func (e *HTTPError) Unwrap() error { return e.Err }

// Errors of handlers and middleware. AnswerFor returns their error pages.
var (
	ErrMethod      = errors.New("method not allowed")
	ErrDenied      = errors.New("role does not allow this")
	ErrCrossOrigin = errors.New("request from another site")
	ErrMediaType   = errors.New("request body is not a form")
	ErrPanic       = errors.New("panic")
	ErrSearching   = errors.New("another search by this user is running")
)

// errorPages maps errors to error pages. The first entry that matches according to errors.Is applies. If none
// matches, the status is 500.
var errorPages = []struct {
	err error
	ErrorAnswer
	retryAfter time.Duration
}{
	{
		store.ErrNotFound,
		ErrorAnswer{
			http.StatusNotFound,
			"Page not found",
			"The URL may be outdated or mistyped.",
		},
		0,
	},
	{
		ErrMethod,
		ErrorAnswer{
			http.StatusMethodNotAllowed,
			"This kind of request isn’t allowed here",
			"Nothing was changed. Go back and use the page’s own links and buttons.",
		},
		0,
	},
	{
		ErrDenied,
		ErrorAnswer{
			http.StatusForbidden,
			"Your role doesn’t allow this",
			"Nothing was changed. An admin can change your role.",
		},
		0,
	},
	{
		ErrCrossOrigin,
		ErrorAnswer{
			http.StatusForbidden,
			"This request came from another site",
			"Nothing was changed. If you followed a link, open Cordboard directly and try again.",
		},
		0,
	},
	{
		ErrMediaType,
		ErrorAnswer{
			http.StatusUnsupportedMediaType,
			"Unsupported content type",
			"Nothing was changed. Only form submissions are accepted.",
		},
		0,
	},
	{
		identity.ErrBusy,
		ErrorAnswer{
			http.StatusTooManyRequests,
			"Too many passwords are being checked",
			"Nothing was changed. Wait a few seconds and try again.",
		},
		identity.BusyRetry,
	},
	{
		store.ErrSlowSearch,
		ErrorAnswer{
			http.StatusTooManyRequests,
			"This search took too long",
			"Use words of at least three letters, or search fewer days.",
		},
		time.Second,
	},
	{
		ErrSearching,
		ErrorAnswer{
			http.StatusTooManyRequests,
			"Another of your searches is still running",
			"Try again when that search finishes.",
		},
		time.Second,
	},
	{
		operations.ErrNotYours,
		ErrorAnswer{http.StatusConflict, "This form belongs to another user", "Nothing was sent. Open a new form."},
		0,
	},
	{
		store.ErrUnavailable,
		ErrorAnswer{
			http.StatusServiceUnavailable,
			"Cordboard can’t write to its database",
			"Nothing was changed. You can still view data. Contact your administrator: the disk may be full or faulty.",
		},
		0,
	},
	{
		context.DeadlineExceeded,
		ErrorAnswer{http.StatusGatewayTimeout, "This request took too long", "Nothing was changed. Try again in a moment."},
		0,
	},
}

// missing has the text and the link of the page for a URL that isn't found, by the URL's pattern.
var missing = []struct {
	pattern, text string
	link          ui.Link
}{
	{
		"/customers/*",
		"The URL may be outdated or mistyped. Customers that were removed from YCM are in the list “Removed from YCM”.",
		ui.Link{Label: "Go to customers", URL: "/customers"},
	},
	{"/operations/*", "The URL may be outdated or mistyped.", ui.Link{Label: "Go to operations", URL: "/operations"}},
	{"/tasks/*/close", "The task may have been closed by somebody else.", ui.Link{Label: "Go to tasks", URL: "/tasks"}},
}

var broken = ErrorAnswer{
	http.StatusInternalServerError,
	"Something went wrong",
	"If you submitted a change, check whether it was saved before you retry. If this happens again, send the reference " +
		"to your administrator.",
}

// AnswerFor returns the error page for an error, and the wait for the Retry-After header, or 0 if the response has no
// such header.
func AnswerFor(err error) (ErrorAnswer, time.Duration) {
	var own *HTTPError
	if errors.As(err, &own) {
		return own.ErrorAnswer, own.RetryAfter
	}
	for _, a := range errorPages {
		if errors.Is(err, a.err) {
			return a.ErrorAnswer, a.retryAfter
		}
	}
	return broken, 0
}

// RenderError logs an error, unless its status is 404, and sends its error page.
func (s *Site) RenderError(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if errors.Is(ctx.Err(), context.Canceled) {
		return // the client has disconnected
	}
	a, retry := AnswerFor(err)
	if a.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(
			ctx,
			"request failed",
			"request_id",
			RequestIDFrom(ctx),
			"path",
			fold.FirstRunes(r.URL.Path, 300),
			"status",
			a.Status,
			"err",
			err,
		)
	} else if a.Status != http.StatusNotFound {
		s.Log.InfoContext(
			ctx,
			"request refused",
			"request_id",
			RequestIDFrom(ctx),
			"path",
			fold.FirstRunes(r.URL.Path, 300),
			"status",
			a.Status,
			"err",
			err,
		)
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(retry.Round(time.Second), time.Second).Seconds())))
	}
	page := layout.ErrorPage{
		Status:    a.Status,
		Title:     a.Title,
		Text:      a.Text,
		RequestID: RequestIDFrom(ctx),
		Action:    ui.Link{Label: "Go to PBXs", URL: "/pbxs"},
	}
	for _, one := range missing {
		if fits, _ := path.Match(one.pattern, r.URL.Path); fits && errors.Is(err, store.ErrNotFound) {
			page.Text, page.Action = one.text, one.link
		}
	}
	if UserFrom(ctx) == nil {
		page.Action = ui.Link{Label: "Go to sign-in", URL: "/signin"}
	}
	w.Header().Set("HX-Retarget", "#main")
	w.Header().Set("HX-Reswap", "innerHTML")
	matter := layout.Failure(page)
	if renderErr := s.Render(w, r, a.Status, a.Title, matter, matter); renderErr != nil {
		s.Log.ErrorContext(ctx, "render error page", "request_id", RequestIDFrom(ctx), "err", renderErr)
		http.Error(w, a.Title, a.Status)
	}
}
