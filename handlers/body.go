package handlers

import (
	"mime"
	"net/http"

	"cordboard/handlers/web"
)

// Limits on a request body, in bytes. Clients that aren't signed in can send many bodies at no cost, so their limit
// is small.
const (
	maxBody         = 1 << 20
	maxStrangerBody = 64 << 10
)

// errTooLargeYet is the error for bodies over maxStrangerBody from clients that aren't signed in.
var errTooLargeYet = &web.HTTPError{
	ErrorAnswer: web.ErrorAnswer{
		Status: http.StatusRequestEntityTooLarge,
		Title:  "Request too large",
		Text:   "Nothing was changed. Forms are limited to 64 KiB until you sign in.",
	},
}

var errNoLength = &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
	Status: http.StatusBadRequest,
	Title:  "Length required",
	Text:   "Nothing was changed. Send forms with a Content-Length header instead of chunked encoding.",
}}

// limitBody runs before any handler that may read a body. If the body is larger than maxBody or has no declared length,
// limitBody rejects the request without reading any of the body. If a body isn't read, the response is sent immediately
// and the connection is closed; by default, net/http would first read up to 256 KiB. Once readForm has read the whole
// body, it lets the connection stay open.
func (s *Server) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).EnableFullDuplex() // only HTTP/1 needs this
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		switch {
		// Browsers declare the length of a form. Requests with both a length and chunks are used to smuggle requests past a
		// proxy.
		case len(r.TransferEncoding) > 0 || r.ContentLength < 0:
			s.site.RenderError(w, r, errNoLength)
		case r.ContentLength > maxBody:
			s.site.RenderError(w, r, web.ErrTooLarge)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// readForm parses a posted form. It rejects other content types and bodies over the sender's limit. It runs after
// Authenticate, because the limit depends on whether the sender is signed in.
func (s *Server) readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		if r.ContentLength > maxStrangerBody && web.UserFrom(r.Context()) == nil {
			s.site.RenderError(w, r, errTooLargeYet)
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.ContentLength != 0 && (err != nil || kind != "application/x-www-form-urlencoded") {
			s.site.RenderError(w, r, web.ErrMediaType)
			return
		}
		if err := r.ParseForm(); err != nil {
			unreadable := web.ErrorAnswer{
				Status: http.StatusBadRequest,
				Title:  "This form can’t be read",
				Text:   "Nothing was changed. Go back, reload the page, and try again.",
			}
			s.site.RenderError(w, r, &web.HTTPError{ErrorAnswer: unreadable, Err: err})
			return
		}
		w.Header().Del("Connection")
		next.ServeHTTP(w, r)
	})
}
