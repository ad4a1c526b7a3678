package front

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Check asks the portal at an address, as Listen takes it, whether it is alive.
func Check(ctx context.Context, addr string, encrypted bool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	network, address, host := "tcp", addr, addr
	if path, ok := socketPath(addr); ok {
		network, address, host = "unix", path, "localhost"
	} else if name, port, err := net.SplitHostPort(addr); err != nil {
		return fmt.Errorf("the address %q is neither host:port nor unix:PATH", addr)
	} else if ip := net.ParseIP(name); name == "" || ip.IsUnspecified() {
		address = net.JoinHostPort("localhost", port)
		host = address
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the name in the certificate is another
	}
	defer transport.CloseIdleConnections()
	scheme := "http"
	if encrypted {
		scheme = "https"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/healthz", http.NoBody)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", addr, answer.Status)
	}
	return nil
}
