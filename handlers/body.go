package handlers

import (
	"cmp"
	"context"
	"fmt"
	"mime"
	"net/http"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers/web"
)

// Limits on a request body, in bytes. Clients that aren't signed in can send many bodies at no cost, so their limit
// is small.
const (
	defaultMaxBody  = 1 << 20 // for each route that doesn't set its own limit, and for requests without a route
	maxStrangerBody = 64 << 10
	maxFormBeside   = 64 << 10 // for what a form has beside its file
	maxFileInMemory = 1 << 20  // a larger file is kept in a temporary file while its request is served
)

// tooLarge returns the error for bodies over limit. until is empty, or says when a higher limit applies.
func tooLarge(limit int64, until string) error {
	return &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
		Status: http.StatusRequestEntityTooLarge,
		Title:  "Request too large",
		Text:   "Nothing was changed. What you send is limited to " + sizeWords(limit) + until + ".",
	}}
}

// sizeWords returns a number of bytes in the largest unit that divides it, such as "1 MiB".
func sizeWords(bytes int64) string {
	switch {
	case bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

var errNoLength = &web.HTTPError{ErrorAnswer: web.ErrorAnswer{
	Status: http.StatusBadRequest,
	Title:  "Length required",
	Text:   "Nothing was changed. Send forms with a Content-Length header instead of chunked encoding.",
}}

// limitBody returns middleware that runs before any handler that may read a body. If the body is larger than its route
// accepts, the middleware rejects the request without reading any of it, and so it does if the body has no declared
// length, unless the route accepts that. If a body isn't read, the response is sent immediately and the connection is
// closed; by default, net/http would first read up to 256 KiB. Once readForm has read the whole body, it lets the
// connection stay open.
func (s *Server) limitBody(router chi.Routes, routes []Route) func(http.Handler) http.Handler {
	known := map[string]Route{}
	for _, route := range routes {
		known[route.Name()] = route
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength == 0 {
				next.ServeHTTP(w, r)
				return
			}
			path := router.Find(chi.NewRouteContext(), r.Method, cmp.Or(r.URL.RawPath, r.URL.Path))
			route := known[r.Method+" "+path]
			limit := route.BodyLimit()
			if route.Files {
				r = r.WithContext(context.WithValue(r.Context(), filesKey{}, string(route.Role)))
			}
			w.Header().Set("Connection", "close")
			_ = http.NewResponseController(w).EnableFullDuplex() // only HTTP/1 needs this
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			switch {
			// Browsers declare the length of a form. Requests with both a length and chunks are used to smuggle requests past
			// a proxy.
			case (len(r.TransferEncoding) > 0 || r.ContentLength < 0) && !route.Chunked:
				s.site.RenderError(w, r, errNoLength)
			case r.ContentLength > limit:
				if route.Files {
					limit -= maxFormBeside
				}
				s.site.RenderError(w, r, tooLarge(limit, ""))
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
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
			s.site.RenderError(w, r, tooLarge(maxStrangerBody, " until you sign in"))
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if role, ok := r.Context().Value(filesKey{}).(string); ok && kind == "multipart/form-data" {
			if user := web.UserFrom(r.Context()); user == nil || !hasRole(user, role) {
				next.ServeHTTP(w, r) // requireRole rejects it; nothing of the files is read
				return
			}
			s.readFiles(w, r, next)
			return
		}
		if r.ContentLength != 0 && (err != nil || kind != "application/x-www-form-urlencoded") {
			s.site.RenderError(w, r, web.ErrMediaType)
			return
		}
		if err := r.ParseForm(); err != nil {
			s.site.RenderError(w, r, unreadable(err))
			return
		}
		w.Header().Del("Connection")
		next.ServeHTTP(w, r)
	})
}

// filesKey is the context key of the lowest role that may send files to a route. Routes that accept none have no value.
type filesKey struct{}

// readFiles parses a multipart form. Its temporary files exist until next returns.
func (s *Server) readFiles(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if err := r.ParseMultipartForm(maxFileInMemory); err != nil { //nolint:gosec // limitBody limits it
		s.site.RenderError(w, r, unreadable(err))
		return
	}
	defer func() {
		if err := r.MultipartForm.RemoveAll(); err != nil {
			s.site.Log.ErrorContext(r.Context(), "remove temporary files", "err", err)
		}
	}()
	w.Header().Del("Connection")
	next.ServeHTTP(w, r)
}

func unreadable(err error) error {
	return &web.HTTPError{
		ErrorAnswer: web.ErrorAnswer{
			Status: http.StatusBadRequest,
			Title:  "This form can’t be read",
			Text:   "Nothing was changed. Go back, reload the page, and try again.",
		},
		Err: err,
	}
}
