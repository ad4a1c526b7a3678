package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"cordboard/store"
)

// throttle limits failed sign-ins. Failures are counted in the database, so that a restart forgets none.
type throttle struct {
	key    string
	most   int
	within time.Duration
}

// throttles returns the throttles that apply to a sign-in. A browser that the account's owner has used before has
// its own. All others share those of the name, the address and the network. Unknown names are counted like known
// ones.
func throttles(email, address, known string) []throttle {
	if known != "" {
		return []throttle{{"browser:" + known, 10, 15 * time.Minute}}
	}
	name := sha256.Sum256([]byte(store.EmailKey(email)))
	return []throttle{
		{"name:" + hex.EncodeToString(name[:16]), 10, 15 * time.Minute},
		{"address:" + addressKey(address), 20, 10 * time.Minute},
		{"network:" + networkKey(address), 60, 10 * time.Minute},
	}
}

// addressKey returns the address, or for IPv6 its /64, which is what one household or office has.
func addressKey(address string) string { return prefixOf(address, 32, 64) }

// networkKey returns the /24, or for IPv6 the /48, since whoever has such a network can change addresses within it.
func networkKey(address string) string { return prefixOf(address, 24, 48) }

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

func keysOf(ts []throttle) []string {
	keys := make([]string, len(ts))
	for i, t := range ts {
		keys[i] = t.key
	}
	return keys
}

// throttled returns how long to wait before the next attempt is allowed, or 0. It ignores failures in the future,
// which come from a wrong clock.
func (s *Server) throttled(ctx context.Context, ts []throttle) (time.Duration, error) {
	now := s.now()
	var wait time.Duration
	for _, t := range ts {
		failures, err := s.store.Failures(ctx, t.key, now.Add(-t.within), now)
		if err != nil {
			return 0, err
		}
		if n := len(failures); n >= t.most {
			wait = max(wait, failures[n-t.most].Add(t.within).Sub(now), time.Second)
		}
	}
	return wait, nil
}
