package handlers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"cordboard/handlers/web"
)

// maxForwarded bounds how many addresses in X-Forwarded-For are read, counted from its end.
const maxForwarded = 50

// clientAddress stores the client's address in the context: the peer's address, or the one that trusted proxies report.
func (s *Server) clientAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		address := addressOf(r.RemoteAddr, r.Header.Values("X-Forwarded-For"), s.site.Config.TrustedProxies)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), web.AddressContextKey, address)))
	})
}

// addressOf returns the client's address. It reads X-Forwarded-For from its end as long as the address found so far is
// a trusted proxy; the first address that isn't trusted is the client. If all are trusted, as in a network that also
// contains the clients, the client is the first address in the header. An address that can't be parsed ends the search
// at the previous one. In the worst case, the result is the peer's address, which no client can choose. It is "unknown"
// if the peer's address can't be parsed.
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

// parseAddress parses an address in any notation: with a port, in brackets, in quotes, with a zone, or as IPv4 mapped
// to IPv6.
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
