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
	// PublicURL is the portal's public HTTPS URL, or "" if browsers use plain HTTP.
	PublicURL string

	// LocalURL is the portal's URL on this machine, such as "http://127.0.0.1:8080", or "" if the portal doesn't listen on
	// a loopback address.
	LocalURL string

	// CookiePort is the port that is appended to cookie names on plain HTTP, or "" for none. Because cookies ignore ports,
	// two portals on one machine would otherwise sign each other's users out.
	CookiePort string

	TrustedProxies []netip.Prefix // proxies whose X-Forwarded-For is trusted; default none
}

// Secure reports whether the portal is reached over HTTPS.
func (r Reach) Secure() bool { return r.PublicURL != "" }

// SignIn has the settings for the sessions that begin with a sign-in.
type SignIn struct {
	SessionIdle time.Duration // as in the identity.Config of the backend; default 30 minutes
	SessionMax  time.Duration // default 10 hours
}

// Backend has what all pages are served from. All fields are required.
type Backend struct {
	Store    *store.Store
	Account  *account.Account
	Identity *identity.Service
}

// Config configures the portal. Log is required. If a zero value stands for a default, the field's comment states the
// default.
type Config struct {
	Log *slog.Logger

	Reach
	SignIn

	Sandbox     bool                             // whether pages say that this is the sandbox
	TimeZone    *time.Location                   // for users who haven't chosen one; default UTC
	Now         func() time.Time                 // default time.Now
	DiskFree    func() (bytes uint64, err error) // the data directory's free space; nil disables the disk checks
	YCMHost     string                           // shown if YCM can't be read
	RequestSeen func(r *http.Request, status int, d time.Duration)
}
