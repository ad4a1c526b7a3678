package web

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"cordboard/fleet/account"
	"cordboard/identity"
	"cordboard/store"
)

// Reach describes how browsers reach the portal.
type Reach struct {
	// PublicURL is the portal's public HTTPS URL, or "" for plain HTTP on this machine.
	PublicURL string

	// LocalURL is the URL that the portal listens on, such as "http://127.0.0.1:8080", if only this machine can reach
	// the portal. Otherwise, it is "".
	LocalURL string

	// CookiePort is part of the cookie names on plain HTTP, or "" for the default port. Because cookies ignore ports,
	// two portals on one machine would otherwise sign each other's users out.
	CookiePort string

	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For is trusted; default none
}

// Secure reports whether the portal is reached over HTTPS.
func (r Reach) Secure() bool { return r.PublicURL != "" }

// SignIn has the settings for signing in.
type SignIn struct {
	SessionIdle time.Duration       // default 30 minutes
	SessionMax  time.Duration       // default 10 hours
	Hash        identity.HashParams // default identity.DefaultHash

	// StrangersAMinute is the maximum number of password checks per minute, shared by all unknown browsers; default 60.
	StrangersAMinute int
}

// Config configures the portal. Store, Account and Log are required. For the other fields, a zero value means the
// default given in the field's comment.
type Config struct {
	Store   *store.Store
	Account *account.Account
	Log     *slog.Logger

	Reach
	SignIn

	Sandbox     bool                             // whether to mark every page as a sandbox page
	TimeZone    *time.Location                   // for users who haven't chosen one; default UTC
	Now         func() time.Time                 // default time.Now
	DiskFree    func() (bytes uint64, err error) // the data directory's free space; nil disables the disk checks
	YCMHost     string                           // shown if YCM can't be read
	RequestSeen func(r *http.Request, status int, d time.Duration)
}
