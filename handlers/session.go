package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/httplog/v3"

	"cordboard/fleet/operations"
	"cordboard/fold"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/views"
)

// newSessions sets up scs with our own session table. Its idle timeout stays off, since it would write on every
// request and restore sessions that were signed out in the meantime. authenticate applies our own idle timeout.
func (s *Site) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{s.store, s.id.Sessions}
	m.Lifetime = s.config.SessionMax
	m.Cookie.Name = s.cookieName("cordboard")
	m.Cookie.Secure = s.secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	m.ErrorFunc = s.renderError
	return m
}

func (s *Site) cookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	if s.config.CookiePort != "" {
		name += "-" + s.config.CookiePort
	}
	return name
}

// sessionStore stores the data of scs in our session rows. It never adds a row; only signing in does. So a request
// that is in progress at sign-out can't restore its session.
type sessionStore struct {
	store    *store.Store
	sessions *identity.Sessions
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
		return nil // it ends when the new session is created
	}
	if token == "" {
		return nil // there is no session to end
	}
	return t.sessions.Drop(ctx, store.HashToken(token))
}

var errNoContext = errors.New("handlers: session store called without a context")

// The methods without a context belong to an older scs interface. scs doesn't call them on a store that has the
// methods above.
func (t sessionStore) Find(string) ([]byte, bool, error)      { return nil, false, errNoContext }
func (t sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }
func (t sessionStore) Delete(string) error                    { return errNoContext }

// authenticate reads the session and its user from the database and adds them to the request's context.
func (s *Site) authenticate(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		token := s.sessions.Token(r.Context())
		if token == "" {
			next.ServeHTTP(w, r)
			return nil
		}
		session, err := s.id.Sessions.ByToken(r.Context(), store.HashToken(token))
		if errors.Is(err, store.ErrNotFound) {
			next.ServeHTTP(w, r)
			return nil
		}
		if err != nil {
			return fmt.Errorf("look up session: %w", err)
		}
		if s.id.Sessions.IsIdle(session) {
			if err := s.store.EndSession(r.Context(), session.TokenHash); err != nil &&
				!errors.Is(err, store.ErrUnavailable) {
				return fmt.Errorf("end idle session: %w", err) // if it can't be written, the session stays idle
			}
			next.ServeHTTP(w, r)
			return nil
		}
		if session.Half { // awaits the second factor and allows nothing else
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), halfKey, &session)))
			return nil
		}
		if !isBackground(r) {
			s.id.Sessions.Touch(session.TokenHash)
		}
		httplog.SetAttrs(
			r.Context(),
			slog.Int64("user_id", session.User.ID),
			slog.String("session", session.TokenHash[:sessionMark]),
		)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey, &session)))
		return nil
	})
}

// clockTolerance is how far in the future a stored time may be. Beyond that, the clock was wrong.
const clockTolerance = time.Minute

func sessionFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(sessionKey).(*store.Session)
	return session
}

// userFrom returns the signed-in user, or nil.
func userFrom(ctx context.Context) *store.User {
	if session := sessionFrom(ctx); session != nil {
		return &session.User
	}
	return nil
}

// actor returns the actor of a request for the audit log.
func actor(r *http.Request) store.Actor {
	ctx := r.Context()
	a := store.Actor{Address: clientIP(ctx), RequestID: requestIDFrom(ctx), Stranger: true}
	if rec := recordingFrom(ctx); rec != nil {
		a.Recorded = &rec.rows
	}
	if session := sessionFrom(ctx); session != nil {
		a.Stranger = false
		a.ID = session.User.ID
		a.Email = session.User.Email
		a.Name = session.User.Name
		a.Role = session.User.Role
		a.Session = session.TokenHash[:sessionMark]
		if reason := strings.TrimSpace(r.PostForm.Get("reason")); fold.Shows(reason) {
			a.Reason = firstRunes(reason, maxReason)
		}
	}
	return a
}

// actorFor is actor for a user who isn't signed in yet.
func actorFor(r *http.Request, user store.User) store.Actor {
	a := actor(r)
	a.Stranger = false
	a.ID, a.Email, a.Name, a.Role, a.Session = user.ID, user.Email, user.Name, user.Role, ""
	return a
}

// startSession signs the user in with the given method. The new session and its audit entry are written in one
// transaction; scs then sets the cookie. A half session lasts ten minutes and only allows entering a code.
func (s *Site) startSession(
	w http.ResponseWriter,
	r *http.Request,
	user store.User,
	door store.Door,
	half bool,
	failures ...string,
) error {
	ctx := r.Context()
	before := s.sessions.Token(ctx)
	if err := s.sessions.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	session := store.Session{
		TokenHash: store.HashToken(s.sessions.Token(ctx)),
		User:      user,
		Device:    firstRunes(r.UserAgent(), 200),
		Door:      door,
		Half:      half,
		Address:   clientIP(ctx),
		ExpiresAt: s.now().Add(s.config.SessionMax),
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
		s.id.Sessions.NotifyEnded()
	}
	if !half {
		s.setKnownBrowser(w, user.ID)
	}
	return nil
}

func (s *Site) signOut(w http.ResponseWriter, r *http.Request) error {
	if session := sessionFrom(r.Context()); session != nil {
		if err := s.id.Sessions.SignOut(r.Context(), actor(r), *session); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
		s.id.Sessions.NotifyEnded()
	}
	if err := s.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	redirect(w, r, "/signin")
	return nil
}

// toSignIn redirects to the sign-in page, which brings users back to the page that they requested.
func (s *Site) toSignIn(w http.ResponseWriter, r *http.Request) {
	next := ""
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		next = r.URL.RequestURI()
	case r.PostForm.Has("attempt"): // the form of a new PBX, whose values are restored after sign-in
		kept := operations.FormOf(r.PostForm).Values()
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
	case long: // the form contains the way back
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

// setKnownBrowser marks the browser as one that the user has signed in with, so that failures elsewhere don't lock
// them out of it.
func (s *Site) setKnownBrowser(w http.ResponseWriter, userID int64) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure if the portal is reached over https
		Name:     s.cookieName("kb"),
		Value:    s.id.Browsers.Mark(userID),
		Path:     "/",
		MaxAge:   int(identity.KnownFor.Seconds()),
		Secure:   s.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// errRenewed means that the session was already renewed, typically by a double click. The browser has the new
// cookie.
var errRenewed = &httpError{
	errorAnswer: errorAnswer{
		http.StatusConflict,
		"Already submitted",
		"Your first submission was processed. Go back to the page and reload it.",
	},
}

// renewSession gives the session a new ID after change succeeds, and returns the request with the renewed session.
// proved means that the user has just authenticated again. Of two concurrent requests, the second finds the session
// replaced and changes nothing.
func (s *Site) renewSession(r *http.Request, proved bool, change func() error) (*http.Request, error) {
	ctx, old := r.Context(), *sessionFrom(r.Context())
	s.renewal.Lock()
	defer s.renewal.Unlock()
	if _, err := s.id.Sessions.ByToken(ctx, old.TokenHash); errors.Is(err, store.ErrNotFound) {
		return nil, errRenewed
	} else if err != nil {
		return nil, fmt.Errorf("look up session: %w", err)
	}
	if change != nil {
		if err := change(); err != nil {
			return nil, err
		}
	}
	if err := s.sessions.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return nil, fmt.Errorf("renew session token: %w", err)
	}
	renewed := old
	renewed.TokenHash = store.HashToken(s.sessions.Token(ctx))
	if proved {
		renewed.ConfirmedAt = s.now()
	}
	if err := s.store.RenewSession(ctx, actor(r), old.TokenHash, renewed.TokenHash, proved); err != nil {
		return nil, fmt.Errorf("renew session: %w", err)
	}
	return r.WithContext(context.WithValue(ctx, sessionKey, &renewed)), nil
}

// knownBrowser returns the nonce of a browser that the user has signed in with, or "".
func (s *Site) knownBrowser(r *http.Request, userID int64) string {
	cookie, err := r.Cookie(s.cookieName("kb"))
	if err != nil {
		return ""
	}
	return s.id.Browsers.Known(cookie.Value, userID)
}

// strangerFrom returns the client's network, or "" if somebody is signed in or the browser is one that user has
// used before.
func (s *Site) strangerFrom(r *http.Request, user store.User) string {
	if userFrom(r.Context()) != nil || s.knownBrowser(r, user.ID) != "" {
		return ""
	}
	return identity.NetworkOf(actor(r).Address)
}
