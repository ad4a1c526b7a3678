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
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"

	"cordboard/store"
)

type contextKey int

const (
	requestIDKey contextKey = iota
	sessionKey
	halfKey
	recordingKey
	addressContextKey
	overRateKey
	renewingKey
)

// requestID names each request by 128 random bits. What a client sends as one is not believed.
func (s *Server) requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := rand.Text()
		w.Header().Set("X-Request-Id", id)
		ctx := s.store.WithPatience(r.Context()) // all that a request writes waits for the database once
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, requestIDKey, id)))
	})
}

func requestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey).(string)
	return id
}

// accessLog writes one line a request, without its query, which may hold names, and without any header.
func (s *Server) accessLog() func(http.Handler) http.Handler {
	log := slog.New(levelled{s.log.Handler()})
	return httplog.RequestLogger(log, &httplog.Options{
		Level:              slog.LevelInfo,
		Schema:             &httplog.Schema{ResponseStatus: "status", ResponseDuration: "dur_ms", RequestMethod: "method", RequestPath: "path"},
		LogRequestHeaders:  []string{},
		LogResponseHeaders: []string{},
		Skip: func(r *http.Request, status int) bool {
			quiet := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || strings.HasPrefix(r.URL.Path, "/static/")
			return quiet && status < http.StatusBadRequest
		},
	})
}

// nameRequest adds to the request's line in the log who asks and what it is called. httplog has LogExtraAttrs for that, which makes it keep the whole body.
func nameRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		httplog.SetAttrs(ctx, slog.String("request_id", requestIDFrom(ctx)), slog.String("address", clientIP(ctx)))
		next.ServeHTTP(w, r)
	})
}

// levelled lowers the access log's warnings: a 404 or a mistyped password needs nobody's attention. What broke is logged
// as an error where it stops.
type levelled struct{ slog.Handler }

func (l levelled) Handle(ctx context.Context, r slog.Record) error {
	line := slog.NewRecord(r.Time, slog.LevelInfo, "request", r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(firstRunes(a.Value.String(), 300)) // a path may be as long as all headers together
		}
		line.AddAttrs(a)
		return true
	})
	return l.Handler.Handle(ctx, line)
}

func (l levelled) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelled{l.Handler.WithAttrs(attrs)}
}
func (l levelled) WithGroup(name string) slog.Handler { return levelled{l.Handler.WithGroup(name)} }

// recoverer turns a panic into a clean 500 and keeps the process alive.
func (s *Server) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // net/http's own way to break off
			}
			s.log.ErrorContext(r.Context(), "panic", "request_id", requestIDFrom(r.Context()), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			s.renderError(w, r, errPanic)
		}()
		start := s.now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		if s.config.RequestSeen != nil {
			s.config.RequestSeen(r, ww.Status(), s.now().Sub(start))
		}
	})
}

const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers stand on every answer; static files set their own caching afterwards.
func (s *Server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses what another site makes a browser send.
func (s *Server) crossOrigin() (func(http.Handler) http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	if s.config.PublicURL != "" {
		if err := guard.AddTrustedOrigin(strings.TrimSuffix(s.config.PublicURL, "/")); err != nil {
			return nil, fmt.Errorf("public address: %w", err)
		}
	}
	guard.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error { return errCrossOrigin }))
	return guard.Handler, nil
}

// requireRole lets those through who have the role or one above it. Who isn't signed in is sent to do so, and comes back.
func (s *Server) requireRole(role string) func(http.Handler) http.Handler {
	need := slices.Index(store.Roles, role)
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			user := userFrom(r.Context())
			if user == nil {
				s.toSignIn(w, r)
				return nil
			}
			if slices.Index(store.Roles, user.Role) < need {
				about(r, "", r.URL.Path, "the role "+user.Role+" may not")
				return errDenied
			}
			if s.mustEnrol(*user) && !enrolling(r) {
				redirect(w, r, "/account/factor")
				return nil
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// noted keeps when a session was last used, for the next flush.
func (s *Server) noted(tokenHash string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[tokenHash] = at
}
