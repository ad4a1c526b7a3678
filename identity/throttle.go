package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strconv"
	"time"

	"cordboard/store"
)

// Limit bounds how often an operation can fail before further attempts must wait. Failures are counted in the database,
// so that a restart doesn't reset them.
type Limit struct {
	key    string
	most   int
	within time.Duration
}

// SignInLimits returns the limits that apply to a sign-in. A browser that the account's owner has used before has its
// own limit. All other browsers share the limits for the email address, the IP address and the network. Unknown email
// addresses are counted like known ones.
func SignInLimits(email, address, known string) []Limit {
	if known != "" {
		return []Limit{{"browser:" + known, 10, 15 * time.Minute}}
	}
	name := sha256.Sum256([]byte(store.EmailKey(email)))
	return []Limit{
		{"name:" + hex.EncodeToString(name[:16]), 10, 15 * time.Minute},
		{"address:" + addressKey(address), 20, 10 * time.Minute},
		{"network:" + NetworkOf(address), 60, 10 * time.Minute},
	}
}

// CodeLimits returns the limits on guessing a user's second factor. A browser that the user has used before has its own
// limit; all others share one for the account.
func CodeLimits(userID int64, known string) []Limit {
	if known != "" {
		return []Limit{{"browser:" + known, 10, 15 * time.Minute}}
	}
	return []Limit{{"code:" + strconv.FormatInt(userID, 10), 10, 15 * time.Minute}}
}

// LinkLimits returns the limits on attempts to open invalid links. They keep attackers from guessing a link or
// filling the audit log.
func LinkLimits(address string) []Limit {
	return []Limit{
		{"link:" + addressKey(address), 20, 10 * time.Minute},
		{"links:" + NetworkOf(address), 60, 10 * time.Minute},
		{"links", 300, 10 * time.Minute}, // for all addresses together
	}
}

// addressKey returns an IPv4 address, or the /64 of an IPv6 address, which usually belongs to one household or office.
func addressKey(address string) string { return prefixOf(address, 32, 64) }

// NetworkOf returns the /24 of an IPv4 address, or the /48 of an IPv6 address. Someone who controls a network of this
// size can use any address in it.
func NetworkOf(address string) string { return prefixOf(address, 24, 48) }

func prefixOf(address string, bits4, bits6 int) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown"
	}
	ip = ip.Unmap().WithZone("")
	bits := bits6
	if ip.Is4() {
		if bits = bits4; bits == 32 {
			return ip.String()
		}
	}
	prefix, err := ip.Prefix(bits)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// Keys returns the keys under which failures are counted against the limits.
func Keys(limits []Limit) []string {
	keys := make([]string, len(limits))
	for i, l := range limits {
		keys[i] = l.key
	}
	return keys
}

// Throttle enforces limits on failures.
type Throttle struct {
	store failureReader
	now   func() time.Time
}

// Wait returns how long to wait before the next attempt is allowed, or 0. It ignores failures dated in the future,
// which come from a wrong clock.
func (t *Throttle) Wait(ctx context.Context, limits []Limit) (time.Duration, error) {
	now := t.now()
	var wait time.Duration
	for _, l := range limits {
		failures, err := t.store.Failures(ctx, l.key, now.Add(-l.within), now)
		if err != nil {
			return 0, err
		}
		if n := len(failures); n >= l.most {
			wait = max(wait, failures[n-l.most].Add(l.within).Sub(now), time.Second)
		}
	}
	return wait, nil
}
