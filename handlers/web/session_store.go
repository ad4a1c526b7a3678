package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"cordboard/handlers/web/codec"
	"cordboard/identity"
	"cordboard/store"
)

// newSessions configures scs to use Cordboard's session table. The idle timeout of scs stays off, because it would
// write on every request. Authenticate applies Cordboard's own idle timeout.
func (s *Site) newSessions(b Backend) *Sessions {
	m := scs.New()
	all := &Sessions{
		SessionManager: m,
		store:          b.Store,
		identity:       b.Identity,
		secure:         s.Config.Secure(),
		cookiePort:     s.Config.CookiePort,
		max:            s.Config.SessionMax,
		now:            s.Now,
	}
	m.Store = sessionStore{b.Store, b.Identity.Sessions}
	m.Codec = codec.Deadline{}
	m.Lifetime = s.Config.SessionMax
	m.Cookie.Name = all.CookieName("cordboard")
	m.Cookie.Secure = all.secure
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Persist = false
	m.ErrorFunc = s.RenderError
	return all
}

// CookieName returns a cookie's full name. Over HTTPS, it has the prefix __Host-. Over plain HTTP, it ends with
// CookiePort, if that is set.
func (s *Sessions) CookieName(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	if s.cookiePort != "" {
		name += "-" + s.cookiePort
	}
	return name
}

// sessionTable is what signing in and out uses of the store.
type sessionTable interface {
	SignIn(ctx context.Context, by store.Actor, n store.Session, keys ...string) (ended int, err error)
	RenewSession(ctx context.Context, oldHash, newHash string) error
	ConfirmSession(ctx context.Context, by store.Actor, oldHash, newHash string) error
	EndSession(ctx context.Context, tokenHash string) error
	SessionsOf(ctx context.Context, userID int64) ([]store.Session, error)
	SessionData(ctx context.Context, tokenHash string) (data []byte, err error)
	KeepSessionData(ctx context.Context, tokenHash string, data []byte) error
}

// sessionStore stores the data of scs in Cordboard's session rows. It never adds a row; only signing in and renewing a
// session do. Therefore, a request that is in progress during sign-out can't restore its session.
type sessionStore struct {
	store    sessionTable
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
		return nil // the old session ends when the new one is created
	}
	if token == "" {
		return nil // there is no session to end
	}
	return t.sessions.Drop(ctx, store.HashToken(token))
}

var errNoContext = errors.New("handlers: session store called without a context")

// scs requires methods without a context, but doesn't call them on a store that has the methods above.
func (t sessionStore) Find(string) ([]byte, bool, error) { return nil, false, errNoContext }

func (t sessionStore) Commit(string, []byte, time.Time) error { return errNoContext }

func (t sessionStore) Delete(string) error { return errNoContext }
