package ycm

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// CheckURL returns an error that describes what is wrong with YCM's URL, or nil if the URL is valid. A valid URL uses
// https (or http for a loopback host), contains no user name or password, and has nothing after the host and port
// except an optional slash. Private hosts are allowed, because some operators run their own YCM. Link-local, multicast,
// unspecified and cloud metadata IP addresses are never allowed.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	switch {
	case err != nil:
		return nil, errors.New("is not a valid URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("must begin with https://")
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	case u.User != nil:
		return nil, errors.New("must not contain a user name or password")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must have nothing after the host, as in https://ycm.yeastar.com")
	}
	ip, ipErr := netip.ParseAddr(u.Hostname())
	if ipErr == nil {
		if err := checkIP(ip); err != nil {
			return nil, err
		}
	}
	loopback := u.Hostname() == "localhost" || ipErr == nil && ip.Unmap().IsLoopback()
	if u.Scheme == "http" && !loopback {
		return nil, errors.New("must begin with https:// (http is allowed for loopback addresses only)")
	}
	return u, nil
}

// metadata lists the cloud metadata addresses that are outside the link-local range.
var metadata = []netip.Addr{
	netip.MustParseAddr("fd00:ec2::254"),
	netip.MustParseAddr("100.100.100.200"),
	netip.MustParseAddr("168.63.129.16"),
}

func checkIP(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	for _, m := range metadata {
		if ip == m {
			return fmt.Errorf("%s is a cloud metadata address", ip)
		}
	}
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("%s can't be a YCM address", ip)
	}
	return nil
}

// dialControl returns a dialer hook that checks the resolved IP address. The hook rejects the addresses that checkIP
// rejects. If loopbackOnly is true, it also rejects every address that isn't a loopback address.
func dialControl(loopbackOnly bool) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return err
		}
		ip, err := netip.ParseAddr(host)
		if err != nil {
			return err
		}
		if loopbackOnly && !ip.Unmap().IsLoopback() {
			return fmt.Errorf("plain http to %s, which is not a loopback address", ip)
		}
		return checkIP(ip)
	}
}
