package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"

	"cordboard/fold"
	"cordboard/handlers/web"
	"cordboard/store"
)

// requestID gives each request an ID of at least 128 random bits. It ignores any ID that the client sends.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set("X-Request-Id", id)
		// The time limit for waiting on the database applies to all writes of a request together.
		ctx := s.database.WithPatience(r.Context())
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, web.RequestIDKey, id)))
	})
}

// accessLog logs one line per request, except for successful health checks and static files. It omits all headers, and
// the query, which may contain names.
func (s *Server) accessLog() func(http.Handler) http.Handler {
	log := slog.New(leveled{s.site.Log.Handler()})
	return httplog.RequestLogger(log, &httplog.Options{
		Level: slog.LevelInfo,
		Schema: &httplog.Schema{
			ResponseStatus:   "status",
			ResponseDuration: "dur_ms",
			RequestMethod:    "method",
			RequestPath:      "path",
		},
		LogRequestHeaders:  []string{},
		LogResponseHeaders: []string{},
		Skip: func(r *http.Request, status int) bool {
			quiet := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || strings.HasPrefix(r.URL.Path, "/static/")
			return quiet && status < http.StatusBadRequest
		},
	})
}

// nameRequest adds the request ID and the client's address to the request's log line. It doesn't use httplog's
// LogExtraAttrs, which would make httplog buffer the whole body.
func nameRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		httplog.SetAttrs(
			ctx,
			slog.String("request_id", web.RequestIDFrom(ctx)),
			slog.String("address", web.ClientIP(ctx)),
		)
		next.ServeHTTP(w, r)
	})
}

// leveled logs every request at level info, because a 404 or a mistyped password needs no attention. Failures are
// logged as errors where they are handled.
type leveled struct{ slog.Handler }

func (l leveled) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, slog.LevelInfo, "request", r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() == slog.KindString {
			// A path can be almost as long as net/http allows for all headers together.
			a.Value = slog.StringValue(fold.FirstRunes(a.Value.String(), 300))
		}
		line.AddAttrs(a)
		return true
	})
	return l.Handler.Handle(ctx, line)
}

func (l leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return leveled{l.Handler.WithAttrs(attrs)}
}
func (l leveled) WithGroup(name string) slog.Handler { return leveled{l.Handler.WithGroup(name)} }

// recoverer logs a panic and turns it into an error page with status 500, but repanics with http.ErrAbortHandler. It
// also reports requests that don't panic to Config.RequestSeen.
func (s *Server) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // this is how a handler makes net/http abort a response
			}
			s.site.Log.ErrorContext(
				r.Context(),
				"panic",
				"request_id",
				web.RequestIDFrom(r.Context()),
				"panic",
				fmt.Sprint(p),
				"stack",
				string(debug.Stack()),
			)
			s.site.RenderError(w, r, web.ErrPanic)
		}()
		start := s.site.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		if s.site.Config.RequestSeen != nil {
			s.site.Config.RequestSeen(r, ww.Status(), s.site.Now().Sub(start))
		}
	})
}

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src " +
	"'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers sets the security headers of every response. The static file handler sets its own caching headers afterward.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.site.Config.Secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin returns middleware that rejects cross-origin requests from browsers, except GET, HEAD and OPTIONS.
func (s *Server) crossOrigin() (func(http.Handler) http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	if s.site.Config.PublicURL != "" {
		if err := guard.AddTrustedOrigin(strings.TrimSuffix(s.site.Config.PublicURL, "/")); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	guard.SetDenyHandler(s.site.Handle(func(http.ResponseWriter, *http.Request) error { return web.ErrCrossOrigin }))
	return guard.Handler, nil
}

// hasRole reports whether a user has the role or a higher one.
func hasRole(user *store.User, role string) bool {
	return slices.Index(store.Roles, user.Role) >= slices.Index(store.Roles, role)
}

// requireRole returns middleware that requires the role or a higher one. If the user isn't signed in, it redirects to
// the sign-in page; if the user must first enroll a second factor, it redirects to /account/factor.
func (s *Server) requireRole(role string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.site.Handle(func(w http.ResponseWriter, r *http.Request) error {
			user := web.UserFrom(r.Context())
			if user == nil {
				s.signin.ToSignIn(w, r)
				return nil
			}
			if !hasRole(user, role) {
				web.SetAuditTarget(r, "", r.URL.Path, store.NewNote(store.NoteRoleNotAllowed, user.Role))
				return web.ErrDenied
			}
			if s.policy.MustEnroll(*user) && !web.Enrolling(r) {
				web.Redirect(w, r, "/account/factor")
				return nil
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}
