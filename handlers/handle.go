package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"cordboard/fleet/operations"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

type handlerFunc func(http.ResponseWriter, *http.Request) error

// handle turns a handler's error into an error page. The log gets the error; the user sees a prepared sentence.
func (s *Site) handle(h handlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.renderError(w, r, err)
		}
	}
}

// errorAnswer is the status and the text of an error page.
type errorAnswer struct {
	status      int
	title, text string
}

// httpError is an error with its own error page.
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
	errMediaType   = errors.New("request body is not a form")
	errTooLarge    = errors.New("request body too large")
	errPanic       = errors.New("panic")
	errSearching   = errors.New("another search by this user is running")
)

// answers maps errors to error pages. The first match of errors.Is applies; without a match, the status is 500.
var answers = []struct {
	err error
	errorAnswer
	retryAfter time.Duration
}{
	{
		store.ErrNotFound,
		errorAnswer{
			http.StatusNotFound,
			"Page not found",
			"The address may be outdated or mistyped. PBXs that were removed from YCM stay readable: set Presence to " +
				"Removed in the list.",
		},
		0,
	},
	{
		errMethod,
		errorAnswer{
			http.StatusMethodNotAllowed,
			"Method not allowed",
			"Nothing was changed. Go back and use the page’s own links and buttons.",
		},
		0,
	},
	{
		errDenied,
		errorAnswer{
			http.StatusForbidden,
			"Your role doesn’t allow this",
			"Nothing was changed. An admin can change your role.",
		},
		0,
	},
	{
		errCrossOrigin,
		errorAnswer{
			http.StatusForbidden,
			"This request came from another site",
			"Nothing was changed. If you followed a link, open Cordboard directly and try again.",
		},
		0,
	},
	{
		errMediaType,
		errorAnswer{
			http.StatusUnsupportedMediaType,
			"Unsupported content type",
			"Nothing was changed. Only form submissions are accepted.",
		},
		0,
	},
	{
		errTooLarge,
		errorAnswer{
			http.StatusRequestEntityTooLarge,
			"Request too large",
			"Nothing was changed. Forms are limited to 1 MiB.",
		},
		0,
	},
	{
		identity.ErrBusy,
		errorAnswer{
			http.StatusTooManyRequests,
			"Too many people are signing in",
			"You are not signed in. Wait a few seconds and try again.",
		},
		identity.BusyRetry,
	},
	{
		store.ErrSlowSearch,
		errorAnswer{
			http.StatusTooManyRequests,
			"This search takes too long",
			"Nothing was changed. Use words of at least three letters, or fewer days.",
		},
		time.Second,
	},
	{
		errSearching,
		errorAnswer{
			http.StatusTooManyRequests,
			"Another of your searches is still running",
			"Nothing was changed. Try again when it has finished.",
		},
		time.Second,
	},
	{
		operations.ErrNotYours,
		errorAnswer{http.StatusConflict, "This form belongs to another user", "Nothing was sent. Open a new form."},
		0,
	},
	{
		store.ErrUnavailable,
		errorAnswer{
			http.StatusServiceUnavailable,
			"Cordboard can’t write to its database",
			"Nothing was changed. You can still view data. Contact your administrator: the disk may be full or faulty.",
		},
		0,
	},
	{
		context.DeadlineExceeded,
		errorAnswer{http.StatusGatewayTimeout, "This took too long", "Nothing was changed. Try again in a moment."},
		0,
	},
}

var broken = errorAnswer{
	http.StatusInternalServerError,
	"Something went wrong",
	"Your change may or may not have been saved. Check before you retry. If this happens again, send the reference " +
		"to your administrator.",
}

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

func (s *Site) renderError(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	if errors.Is(ctx.Err(), context.Canceled) {
		return // the client has disconnected
	}
	a, retry := answerFor(err)
	if a.status >= http.StatusInternalServerError {
		s.log.ErrorContext(
			ctx,
			"request failed",
			"request_id",
			requestIDFrom(ctx),
			"path",
			firstRunes(r.URL.Path, 300),
			"status",
			a.status,
			"err",
			err,
		)
	} else if a.status != http.StatusNotFound {
		s.log.InfoContext(
			ctx,
			"request refused",
			"request_id",
			requestIDFrom(ctx),
			"path",
			firstRunes(r.URL.Path, 300),
			"status",
			a.status,
			"err",
			err,
		)
	}
	if retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(max(retry.Round(time.Second), time.Second).Seconds())))
	}
	page := views.ErrorPage{
		Status:    a.status,
		Title:     a.title,
		Text:      a.text,
		RequestID: requestIDFrom(ctx),
		Action:    views.Link{Label: "Go to PBXs", URL: "/pbxs"},
	}
	if userFrom(ctx) == nil {
		page.Action = views.Link{Label: "Go to sign-in", URL: "/signin"}
	}
	w.Header().Set("HX-Retarget", "#main")
	w.Header().Set("HX-Reswap", "innerHTML")
	matter := views.Failure(page)
	if renderErr := s.render(w, r, a.status, a.title, matter, matter); renderErr != nil {
		s.log.ErrorContext(ctx, "render error page", "request_id", requestIDFrom(ctx), "err", renderErr)
		http.Error(w, a.title, a.status)
	}
}
