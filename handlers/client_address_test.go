package handlers_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cordboard/handlers"
	"cordboard/handlers/portaltest"
)

// TestAddressOf checks that the client's address is recognized in various notations, and that only trusted proxies set
// it.
func TestAddressOf(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("fd00::/8"),
	}
	for _, tt := range []struct {
		peer      string
		forwarded []string
		trusted   []netip.Prefix
		want      string
	}{
		{"198.51.100.1:1234", nil, nil, "198.51.100.1"},
		{"[2001:db8::1]:1234", nil, nil, "2001:db8::1"},
		{"198.51.100.1:1234", []string{"203.0.113.7"}, nil, "198.51.100.1"},
		{"198.51.100.1:1234", []string{"203.0.113.7"}, proxy, "198.51.100.1"},
		{"127.0.0.1:1234", []string{"203.0.113.7"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"203.0.113.7:51234"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"[2001:db8::7]:443"}, proxy, "2001:db8::7"},
		{"127.0.0.1:1234", []string{"[2001:db8::7]"}, proxy, "2001:db8::7"},
		{"127.0.0.1:1234", []string{`"[2001:db8::7]:443"`}, proxy, "2001:db8::7"},
		{"127.0.0.1:1234", []string{"2001:db8::7"}, proxy, "2001:db8::7"},
		{"127.0.0.1:1234", []string{"fe80::1%eth0"}, proxy, "fe80::1"},
		{"127.0.0.1:1234", []string{"::ffff:203.0.113.7"}, proxy, "203.0.113.7"},
		{"[::ffff:127.0.0.1]:1", []string{"203.0.113.7"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"evil, 203.0.113.7"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"1.1.1.1, 203.0.113.7, 10.0.0.5"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"1.1.1.1", "203.0.113.7", "10.0.0.5:80"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"unknown"}, proxy, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"203.0.113.7, unknown"}, proxy, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"203.0.113.7, _hidden, 10.0.0.5"}, proxy, "10.0.0.5"},
		{"127.0.0.1:1234", []string{""}, proxy, "127.0.0.1"},
		{"127.0.0.1:1234", []string{",,,"}, proxy, "127.0.0.1"},
		{"127.0.0.1:1234", []string{"203.0.113.7:"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"203.0.113.7:port"}, proxy, "203.0.113.7"},
		{"127.0.0.1:1234", []string{"10.0.0.9, 10.0.0.8"}, proxy, "10.0.0.9"}, // the client is in a trusted network
		{"127.0.0.1:1234", []string{strings.Repeat("10.0.0.1,", 5000) + "10.0.0.2"}, proxy, "10.0.0.1"},
		{"@", nil, nil, "unknown"},
	} {
		if got := handlers.AddressOf(tt.peer, tt.forwarded, tt.trusted); got != tt.want {
			t.Errorf("addressOf(%q, %.60q) = %q, want %q", tt.peer, tt.forwarded, got, tt.want)
		}
	}
}

// TestAddressIsNeverEmpty checks that the result is always an address that netip can parse, whatever a proxy sends.
func TestAddressIsNeverEmpty(t *testing.T) {
	t.Parallel()
	everyone := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom(
			[]string{
				"203.0.113.7",
				":443",
				"[",
				"]",
				"2001:db8::7",
				"%",
				"eth0",
				",",
				" ",
				"\"",
				"unknown",
				"::ffff:1.2.3.4",
				"x",
				"\x00",
				"999.1.1.1",
			},
		)
		header := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		got := handlers.AddressOf("198.51.100.1:1", []string{header}, everyone)
		if _, err := netip.ParseAddr(got); err != nil {
			t.Fatalf("addressOf(%q) = %q, want a valid address", header, got)
		}
	})
}

// TestVisitorsBehindAProxyAreTold checks that visitors behind one proxy don't share a throttle, even if the proxy
// appends ports to their addresses, and that the log contains their addresses.
func TestVisitorsBehindAProxyAreTold(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, portaltest.TrustEveryone)
	for i := range 25 {
		if got := b.Browser().
			SignInFrom(fmt.Sprintf("203.0.%d.7:51234", i), fmt.Sprintf("n%d@example.com", i), "wrong").
			StatusCode; got != http.StatusUnprocessableEntity {
			t.Fatalf("failed sign-in %d = %d, want 422", i+1, got)
		}
	}
	if got := b.Browser().
		SignInFrom("[2001:db8::7]:443", "viewer@example.com", portaltest.Password).
		StatusCode; got != http.StatusSeeOther {
		t.Errorf("sign-in after 25 failures from other addresses = %d, want 303", got)
	}
	if !strings.Contains(b.Log.String(), "address=203.0.24.7") || strings.Contains(b.Log.String(), `address=""`) {
		t.Error("the log doesn't contain the addresses")
	}
}
