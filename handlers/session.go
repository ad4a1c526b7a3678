package handlers

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/httplog/v3"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views"
)

// newSessions sets scs up over our own table. Its idle time-out stays off: it would write on every request, and bring
// back sessions that were signed out meanwhile. Ours is in authenticate.
func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{s.store, s.revoked}
	m.Lifetime = s.config.SessionMax
	m.Cookie.Name = s.cookieName("cordboard")
	m.Cookie.Secure = s.secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	m.ErrorFunc = s.renderError
	return m
}

func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	if s.config.CookiePort != "" {
		name += "-" + s.config.CookiePort
	}
	return name
}

// sessionStore lets scs keep its data in our rows. It never adds a row, which only signing in does: so a request that was
// under way at sign-out can't bring its session back.
type sessionStore struct {
	store   *store.Store
	revoked *revocations
}

func (t sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := t.store.SessionData(ctx, store.HashToken(token))
	if errors.Is(err, store.ErrNotFound) || err == nil && len(data) == 0 {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (t sessionStore) CommitCtx(ctx context.Context, token string, data []byte, _ time.Time) error {
	return t.store.KeepSessionData(ctx, store.HashToken(token), data)
}

func (t sessionStore) DeleteCtx(ctx context.Context, token string) error {
	if ctx.Value(renewingKey) != nil {
		return nil // it ends together with the making of the other one
	}
	if token == "" {
		return nil // there is none to end
	}
	hash := store.HashToken(token)
	if t.revoked.has(store.Session{TokenHash: hash}) {
		return nil // it ends, with its row, once it can be written
	}
	err := t.store.EndSession(ctx, hash)
	if errors.Is(err, store.ErrUnavailable) {
		return t.revoked.add(&pendingWrite{
			write:  func(ctx context.Context) error { return t.store.EndSession(ctx, hash) },
			hashes: []string{hash},
		})
	}
	return err
}

var errNoContext = errors.New("handlers: scs calls its store with a context")

// The forms without a context are of an older scs interface, which scs doesn't call on a store that has the above.
func (t sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (t sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (t sessionStore) Delete(string) error                    { return errNoContext }

// authenticate looks the session and its user up, as they are in the database now.
func (s *Server) authenticate(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		token := s.sessions.Token(r.Context())
		if token == "" {
			next.ServeHTTP(w, r)
			return nil
		}
		session, err := s.session(r.Context(), store.HashToken(token))
		if errors.Is(err, store.ErrNotFound) {
			next.ServeHTTP(w, r)
			return nil
		}
		if err != nil {
			return fmt.Errorf("look up the session: %w", err)
		}
		if s.idle(session) {
			if err := s.store.EndSession(r.Context(), session.TokenHash); err != nil && !errors.Is(err, store.ErrUnavailable) {
				return fmt.Errorf("end an idle session: %w", err) // one that can't be written stays idle
			}
			next.ServeHTTP(w, r)
			return nil
		}
		if session.Half { // opens nothing but the way to the whole one
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), halfKey, &session)))
			return nil
		}
		if !isBackground(r) {
			s.noted(session.TokenHash, s.now())
		}
		httplog.SetAttrs(r.Context(), slog.Int64("user_id", session.User.ID), slog.String("session", session.TokenHash[:sessionMark]))
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey, &session)))
		return nil
	})
}

// idle says whether a session was not used for too long.
func (s *Server) idle(session store.Session) bool {
	unused := s.now().Sub(s.lastSeen(session))
	return unused > s.config.SessionIdle || unused < -clockTolerance
}

// clockTolerance is how far ahead a time may lie that was written here; further ahead a clock was wrong.
const clockTolerance = time.Minute

// lastSeen is when a session was used last, by what is noted in memory and in the database.
func (s *Server) lastSeen(session store.Session) time.Time {
	s.mu.Lock()
	last := s.seen[session.TokenHash]
	s.mu.Unlock()
	if session.SeenAt.After(last) {
		return session.SeenAt
	}
	return last
}

func sessionFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(sessionKey).(*store.Session)
	return session
}

// userFrom is who is signed in, or nil.
func userFrom(ctx context.Context) *store.User {
	if session := sessionFrom(ctx); session != nil {
		return &session.User
	}
	return nil
}

// actor is who does something, for the audit log.
func actor(r *http.Request) store.Actor {
	ctx := r.Context()
	a := store.Actor{Address: clientIP(ctx), RequestID: requestIDFrom(ctx), Stranger: true}
	if rec := recordingFrom(ctx); rec != nil {
		a.Recorded = &rec.rows
	}
	if session := sessionFrom(ctx); session != nil {
		a.Stranger = false
		a.ID, a.Email, a.Name, a.Role, a.Session = session.User.ID, session.User.Email, session.User.Name, session.User.Role, session.TokenHash[:sessionMark]
		if reason := strings.TrimSpace(r.PostForm.Get("reason")); fold.Shows(reason) {
			a.Reason = firstRunes(reason, maxReason)
		}
	}
	return a
}

// actorFor is actor for somebody who isn't signed in yet.
func actorFor(r *http.Request, user store.User) store.Actor {
	a := actor(r)
	a.Stranger = false
	a.ID, a.Email, a.Name, a.Role, a.Session = user.ID, user.Email, user.Name, user.Role, ""
	return a
}

// startSession signs user in by a door: a new token, a row and its record in one transaction, then scs's cookie. A half session is for typing
// a code, within ten minutes.
func (s *Server) startSession(w http.ResponseWriter, r *http.Request, user store.User, door store.Door, half bool, failures ...string) error {
	ctx := r.Context()
	before := s.sessions.Token(ctx)
	if err := s.sessions.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return fmt.Errorf("make a session: %w", err)
	}
	session := store.Session{
		TokenHash: store.HashToken(s.sessions.Token(ctx)), User: user, Device: firstRunes(r.UserAgent(), 200), Door: door, Half: half,
		Address: clientIP(ctx), ExpiresAt: s.now().Add(s.config.SessionMax),
	}
	if before != "" {
		session.Replaces = store.HashToken(before)
	}
	if half {
		session.ExpiresAt = s.now().Add(halfFor)
	}
	by := actorFor(r, user)
	by.Session = session.TokenHash[:sessionMark]
	ended, err := s.store.SignIn(ctx, by, session, failures...)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if ended > 0 {
		s.sessionsEnded()
	}
	if !half {
		s.setKnownBrowser(w, user.ID)
	}
	return nil
}

// sessionsEnded makes event streams look at their sessions again, at once.
func (s *Server) sessionsEnded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.ended)
	s.ended = make(chan struct{})
}

func (s *Server) whenEnded() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	if session := sessionFrom(r.Context()); session != nil {
		if err := s.endNow(r, *session); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
		s.sessionsEnded()
	}
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	redirect(w, r, "/signin")
	return nil
}

// toSignIn sends people to the sign-in, which brings them back to what they asked for.
func (s *Server) toSignIn(w http.ResponseWriter, r *http.Request) {
	next := ""
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		next = r.URL.RequestURI()
	case r.PostForm.Has("attempt"): // a form of a new PBX: what was typed comes back after signing in
		kept := fleet.FormOf(r.PostForm).Values()
		kept.Set("attempt", r.PostForm.Get("attempt"))
		if next = views.NewPBXURL(kept); len(next) > maxNext {
			next = views.NewPBXURL(nil)
		}
	}
	w.Header().Add("Vary", "HX-Request")
	to := views.SignInURL(next)
	switch long := len(to) > maxLocation; {
	case r.Header.Get("HX-Request") == "true":
		if long {
			to = views.SignInURL("")
		}
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
	case long: // the way back stands in the form
		_ = s.gate(w, r, http.StatusOK, views.SignIn(s.signInPage("", localPath(next), "")))
	default:
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // always /signin
	}
}

func firstRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}

const maxReason = 200 // runes

const knownFor = 180 * 24 * time.Hour

// setKnownBrowser marks the browser as one that its owner has signed in with, so that others' failures don't lock them
// out of it.
func (s *Server) setKnownBrowser(w http.ResponseWriter, userID int64) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever we are reached by https
		Name: s.cookieName("kb"), Value: s.knownBrowserValue(userID), Path: "/", MaxAge: int(knownFor.Seconds()),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

var rawURL = base64.RawURLEncoding

// errRenewed: the same browser has done so a moment ago, by a second click, and has the cookie of that.
var errRenewed = &httpError{errorAnswer: errorAnswer{http.StatusConflict, "This was sent twice", "The first time counts. Go back to the page and reload it."}}

// renewSession gives the session another id, after change has done what asks for one, and returns the request under it. proved says that its owner has proved
// who they are. Of two clicks the second finds the session replaced, and changes nothing.
func (s *Server) renewSession(r *http.Request, proved bool, change func() error) (*http.Request, error) {
	ctx, old := r.Context(), *sessionFrom(r.Context())
	s.renewal.Lock()
	defer s.renewal.Unlock()
	if _, err := s.session(ctx, old.TokenHash); errors.Is(err, store.ErrNotFound) {
		return nil, errRenewed
	} else if err != nil {
		return nil, fmt.Errorf("look up the session: %w", err)
	}
	if change != nil {
		if err := change(); err != nil {
			return nil, err
		}
	}
	if err := s.sessions.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return nil, fmt.Errorf("make another session: %w", err)
	}
	renewed := old
	renewed.TokenHash = store.HashToken(s.sessions.Token(ctx))
	if proved {
		renewed.ConfirmedAt = s.now()
	}
	if err := s.store.RenewSession(ctx, actor(r), old.TokenHash, renewed.TokenHash, proved); err != nil {
		return nil, fmt.Errorf("renew the session: %w", err)
	}
	return r.WithContext(context.WithValue(ctx, sessionKey, &renewed)), nil
}
