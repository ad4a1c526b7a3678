// Package front serves the portal at its addresses: TCP ports, Unix sockets, and sockets that systemd passes, with or
// without TLS. It notifies systemd, if that started the process, when the portal is ready and when it stops.
package front

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// socketPath returns the path in an address such as unix:/run/cordboard/http.sock.
func socketPath(addr string) (path string, ok bool) { return strings.CutPrefix(addr, "unix:") }

// IsLocal reports whether only programs on this machine can reach an address. It returns an error if addr is neither
// host:port nor unix:PATH with an absolute path.
func IsLocal(addr string) (bool, error) {
	if path, ok := socketPath(addr); ok {
		if !strings.HasPrefix(path, "/") {
			return false, errors.New("the path of a socket must be absolute")
		}
		return true, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false, err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false, err
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback(), nil
}

// Passed returns the socket that systemd passed to this process, or nil if there is none.
func Passed() (net.Listener, error) {
	all, err := activation.Listeners()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(all) > 1 || all[0] == nil {
		return nil, fmt.Errorf("systemd passed %d sockets: use one, with ListenStream=", len(all))
	}
	return all[0], nil
}

// Listen listens on host:port or unix:PATH. Programs of the same user and group can connect to a Unix socket. Listen
// replaces the socket of a process that was killed.
func Listen(ctx context.Context, addr string) (net.Listener, error) {
	network, address := "tcp", addr
	if path, ok := socketPath(addr); ok {
		network, address = "unix", path
		if err := removeDead(ctx, path); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	if network == "unix" {
		if err := os.Chmod(address, 0o660); err != nil { //nolint:gosec // the group is that of the proxy
			return nil, errors.Join(fmt.Errorf("listen on %s: %w", addr, err), l.Close())
		}
	}
	return l, nil
}

// removeDead removes a socket on which no process listens.
func removeDead(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != os.ModeSocket {
		return errors.New("the file exists and is no socket")
	}
	if c, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(errors.New("another process listens on it"), c.Close())
	}
	return os.Remove(path)
}
