package handlers

import (
	"mime"
	"net/http"
)

// Limits of a request's body, in bytes. Somebody who isn't signed in can make twenty of these at once at no cost, so theirs is small.
const (
	maxBody         = 1 << 20
	maxStrangerBody = 64 << 10
)

// errTooLargeYet is errTooLarge for somebody who isn't signed in.
var errTooLargeYet = &httpError{errorAnswer: errorAnswer{http.StatusRequestEntityTooLarge, "Request too large", "Nothing was changed. Forms are limited to 64 KiB until you sign in."}}

var errNoLength = &httpError{errorAnswer: errorAnswer{
	http.StatusBadRequest,
	"Length required", "Nothing was changed. Forms are sent with a Content-Length, not in chunks.",
}}

// limitBody stands before everything that could read a body. It refuses one that is too large or comes without its length before a byte of it is
// read, and caps the rest. A connection with an unread body is answered at once and closed, where net/http would first read on for up to 256 KiB;
// readForm, which reads all of it, takes that back.
func (s *Server) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/1 only; others have no need of it
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		switch {
		case len(r.TransferEncoding) > 0 || r.ContentLength < 0: // browsers send forms with their length; a length beside chunks is how requests are smuggled past a proxy
			s.renderError(w, r, errNoLength)
		case r.ContentLength > maxBody:
			s.renderError(w, r, errTooLarge)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// readForm reads a posted form, which must be one, and of no more than its sender may have. It stands behind authenticate, which needs no body.
func (s *Server) readForm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		if r.ContentLength > maxStrangerBody && userFrom(r.Context()) == nil {
			s.renderError(w, r, errTooLargeYet)
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if r.ContentLength != 0 && (err != nil || kind != "application/x-www-form-urlencoded") {
			s.renderError(w, r, errMediaType)
			return
		}
		if err := r.ParseForm(); err != nil {
			unreadable := errorAnswer{http.StatusBadRequest, "This form can’t be read", "Nothing was changed. Go back, reload the page, and try again."}
			s.renderError(w, r, &httpError{errorAnswer: unreadable, err: err})
			return
		}
		w.Header().Del("Connection")
		next.ServeHTTP(w, r)
	})
}
