package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/httplog/v3"

	"cordboard/fold"
	"cordboard/handlers/web/recent"
	"cordboard/handlers/web/said"
	"cordboard/identity"
	"cordboard/store"
)

// Sessions signs users in and out. Package identity decides who may sign in, and Sessions manages the cookies.
type Sessions struct {
	*scs.SessionManager

	store      sessionTable
	identity   *identity.Service
	secure     bool          // whether browsers reach the portal over HTTPS
	cookiePort string        // see Reach.CookiePort
	max        time.Duration // see SignIn.SessionMax
	now        func() time.Time
	renewal    sync.Mutex  // serializes renewals
	Said       said.Box    // what each user's last action did
	Recent     recent.PBXs // the PBXs that each user opened last
}

// Authenticate reads the session and its user from the database and adds them to the request's context. It ends a
// session that has been idle for too long.
func (s *Sessions) Authenticate(next http.Handler) HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		token := s.Token(r.Context())
		if token == "" {
			next.ServeHTTP(w, r)
			return nil
		}
		session, err := s.identity.Sessions.ByToken(r.Context(), store.HashToken(token))
		if errors.Is(err, store.ErrNotFound) {
			next.ServeHTTP(w, r)
			return nil
		}
		if err != nil {
			return fmt.Errorf("look up session: %w", err)
		}
		if s.identity.Sessions.IsIdle(session) {
			if err := s.store.EndSession(r.Context(), session.TokenHash); err != nil &&
				!errors.Is(err, store.ErrUnavailable) {
				return fmt.Errorf("end idle session: %w", err) // ErrUnavailable is harmless; the session is idle anyway
			}
			next.ServeHTTP(w, r)
			return nil
		}
		if session.AwaitingSecondFactor { // the session allows only entering the second factor
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), PendingKey, &session)))
			return nil
		}
		if !IsBackground(r) {
			s.identity.Sessions.Touch(session.TokenHash)
		}
		httplog.SetAttrs(
			r.Context(),
			slog.Int64("user_id", session.User.ID),
			slog.String("session", session.TokenHash[:sessionMark]),
		)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), SessionKey, &session)))
		return nil
	}
}

// SessionFrom returns the request's session, or nil if nobody is signed in.
func SessionFrom(ctx context.Context) *store.Session {
	session, _ := ctx.Value(SessionKey).(*store.Session)
	return session
}

// UserFrom returns the signed-in user, or nil if nobody is signed in.
func UserFrom(ctx context.Context) *store.User {
	if session := SessionFrom(ctx); session != nil {
		return &session.User
	}
	return nil
}

// Actor returns the request's actor for the audit log.
func Actor(r *http.Request) store.Actor {
	ctx := r.Context()
	a := store.Actor{Address: ClientIP(ctx), RequestID: RequestIDFrom(ctx), Stranger: true}
	if rec := RecordingFrom(ctx); rec != nil {
		a.Recorded = &rec.Rows
	}
	if session := SessionFrom(ctx); session != nil {
		a.Stranger = false
		a.ID = session.User.ID
		a.Email = session.User.Email
		a.Name = session.User.Name
		a.Role = session.User.Role
		a.Session = session.TokenHash[:sessionMark]
		if reason := strings.TrimSpace(r.PostForm.Get("reason")); fold.Shows(reason) {
			a.Reason = fold.FirstRunes(reason, maxReason)
		}
	}
	return a
}

// ActorFor is like Actor, but for a user who isn't signed in yet.
func ActorFor(r *http.Request, user store.User) store.Actor {
	a := Actor(r)
	a.Stranger = false
	a.ID, a.Email, a.Name, a.Role, a.Session = user.ID, user.Email, user.Name, user.Role, ""
	return a
}

// Start signs in session.User with session.Method. The new session and its audit entry are written in one transaction;
// then scs sets the cookie. A session that awaits the second factor lasts ten minutes and allows only entering a code.
func (s *Sessions) Start(w http.ResponseWriter, r *http.Request, session store.Session, failures ...string) error {
	ctx := r.Context()
	before := s.Token(ctx)
	if err := s.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return fmt.Errorf("create session: %w", err)
	}
	session.TokenHash = store.HashToken(s.Token(ctx))
	session.Device = fold.FirstRunes(r.UserAgent(), 200)
	session.Address = ClientIP(ctx)
	session.ExpiresAt = s.now().Add(s.max)
	if before != "" {
		session.Replaces = store.HashToken(before)
	}
	if session.AwaitingSecondFactor {
		session.ExpiresAt = s.now().Add(pendingTTL)
	}
	by := ActorFor(r, session.User)
	by.Session = session.TokenHash[:sessionMark]
	ended, err := s.store.SignIn(ctx, by, session, failures...)
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if ended > 0 {
		s.identity.Sessions.NotifyEnded()
	}
	if !session.AwaitingSecondFactor {
		s.setKnownBrowser(w, session.User.ID)
	}
	return nil
}

// SignOut ends the session and redirects to the sign-in page.
func (s *Sessions) SignOut(w http.ResponseWriter, r *http.Request) error {
	if session := SessionFrom(r.Context()); session != nil {
		if err := s.identity.Sessions.SignOut(r.Context(), Actor(r), *session); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
		s.identity.Sessions.NotifyEnded()
	}
	if err := s.Destroy(r.Context()); err != nil {
		return fmt.Errorf("sign out: %w", err)
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	Redirect(w, r, "/signin")
	return nil
}

const maxReason = 200 // runes

// setKnownBrowser marks the browser as one that the user has signed in with. Failed sign-ins elsewhere then can't keep
// the user from signing in with this browser.
func (s *Sessions) setKnownBrowser(w http.ResponseWriter, userID int64) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set if the portal is reached over HTTPS
		Name:     s.CookieName("kb"),
		Value:    s.identity.Browsers.Mark(userID),
		Path:     "/",
		MaxAge:   int(identity.KnownBrowserTTL.Seconds()),
		Secure:   s.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

// errRenewed means that the session was already renewed, typically by a double click. The browser already has the new
// cookie.
var errRenewed = &HTTPError{
	ErrorAnswer: ErrorAnswer{
		http.StatusConflict,
		"Already submitted",
		"Your first submission was processed. Go back to the page and reload it.",
	},
}

// Confirm is like Renew, but records that the user has just authenticated again.
func (s *Sessions) Confirm(r *http.Request) (*http.Request, error) {
	confirmed, err := s.renew(r, func() error { return nil }, func(ctx context.Context, oldHash, newHash string) error {
		return s.store.ConfirmSession(ctx, Actor(r), oldHash, newHash)
	})
	if err == nil {
		SessionFrom(confirmed.Context()).ConfirmedAt = s.now()
	}
	return confirmed, err
}

// Renew calls change. If that succeeds, Renew gives the session a new ID and returns the request with the renewed
// session. If two requests run concurrently, the second finds the session replaced, so Renew returns errRenewed and
// changes nothing.
func (s *Sessions) Renew(r *http.Request, change func() error) (*http.Request, error) {
	return s.renew(r, change, s.store.RenewSession)
}

func (s *Sessions) renew(
	r *http.Request,
	change func() error,
	write func(ctx context.Context, oldHash, newHash string) error,
) (*http.Request, error) {
	ctx, old := r.Context(), *SessionFrom(r.Context())
	s.renewal.Lock()
	defer s.renewal.Unlock()
	if _, err := s.identity.Sessions.ByToken(ctx, old.TokenHash); errors.Is(err, store.ErrNotFound) {
		return nil, errRenewed
	} else if err != nil {
		return nil, fmt.Errorf("look up session: %w", err)
	}
	if err := change(); err != nil {
		return nil, err
	}
	if err := s.RenewToken(context.WithValue(ctx, renewingKey, true)); err != nil {
		return nil, fmt.Errorf("renew session token: %w", err)
	}
	renewed := old
	renewed.TokenHash = store.HashToken(s.Token(ctx))
	if err := write(ctx, old.TokenHash, renewed.TokenHash); err != nil {
		return nil, fmt.Errorf("renew session: %w", err)
	}
	return r.WithContext(context.WithValue(ctx, SessionKey, &renewed)), nil
}

// KnownBrowser returns the browser's nonce if the user has signed in with this browser before, or "" otherwise.
func (s *Sessions) KnownBrowser(r *http.Request, userID int64) string {
	cookie, err := r.Cookie(s.CookieName("kb"))
	if err != nil {
		return ""
	}
	return s.identity.Browsers.Known(cookie.Value, userID)
}

// StrangerFrom returns the client's network. It returns "" if somebody is signed in or the user has signed in with this
// browser before.
func (s *Sessions) StrangerFrom(r *http.Request, user store.User) string {
	if UserFrom(r.Context()) != nil || s.KnownBrowser(r, user.ID) != "" {
		return ""
	}
	return identity.NetworkOf(Actor(r).Address)
}
