package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

func isLoopback(addr string) (bool, error) {
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

// configError returns one error that lists all problems, or nil if there are none.
func configError(problems ...[]error) error {
	var all []error
	for _, p := range problems {
		for _, err := range p {
			all = append(all, fmt.Errorf("  - %w", err))
		}
	}
	if len(all) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%w", errConfig, errors.Join(all...))
}
