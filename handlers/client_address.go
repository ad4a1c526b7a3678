package handlers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// maxForwarded is how many addresses of X-Forwarded-For are looked at, from its end.
const maxForwarded = 50

// clientAddress finds out who asks: the peer, or what the proxies that we trust say of theirs.
func (s *Server) clientAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.config.TrustedProxies)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), addressContextKey, address)))
	})
}

// clientIP is the address that a request came from; "" for one that didn't come through clientAddress.
func clientIP(ctx context.Context) string {
	address, _ := ctx.Value(addressContextKey).(string)
	return address
}

// addressOf goes through X-Forwarded-For from its end, as long as what it finds is a proxy that we trust: the first that isn't is the client. Where all are trusted, as in a
// network that has the clients too, it is the one that came first. What can't be read ends the search at the last address that could: in the worst case the peer's, which is
// never empty and never anybody's choice.
func addressOf(peer string, forwarded []string, trusted []netip.Prefix) string {
	found, ok := parseAddress(peer)
	if !ok {
		return "unknown"
	}
	isTrusted := func(ip netip.Addr) bool {
		for _, p := range trusted {
			if p.Contains(ip) {
				return true
			}
		}
		return false
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-maxForwarded) && isTrusted(found); i-- {
		hop, ok := parseAddress(hops[i])
		if !ok {
			break
		}
		found = hop
	}
	return found.String()
}

// parseAddress reads an address in any of its spellings: with a port, in brackets, in quotes, with a zone, and of IPv4 within IPv6.
func parseAddress(text string) (netip.Addr, bool) {
	text = strings.Trim(text, " \t\"")
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	ip, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Addr{}, false
	}
	return ip.Unmap().WithZone(""), true
}
