package handlers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"cordboard/handlers/web"
)

// maxForwarded is the maximum number of addresses that are read from X-Forwarded-For, starting at its end.
const maxForwarded = 50

// clientAddress stores the client's address in the context: the peer's address, or the one that trusted proxies report.
func (s *Server) clientAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.site.Config.TrustedProxies)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), web.AddressContextKey, address)))
	})
}

// addressOf returns the client's address. Starting with the peer's address and continuing with X-Forwarded-For from its
// end, it looks for the first address that isn't a trusted proxy's. If all are trusted, as in a network that also
// contains the clients, the result is the last address read, usually the first one in the header. If an address can't
// be parsed, the result is the address read before it. In the worst case, that is the peer's address, which no client
// can choose. The result is "unknown" if the peer's address can't be parsed.
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

// parseAddress parses an IP address. It accepts and drops a port, brackets, quotes and a zone, and converts an
// IPv4-mapped IPv6 address to IPv4.
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
