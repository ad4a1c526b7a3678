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

// CheckURL says what is wrong with a YCM address, or nil: https, or http to this machine only; a host and nothing
// else behind it. Private hosts are fine, since operators run their own YCM; link-local ones never are.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(address, "/"))
	switch {
	case err != nil:
		return nil, errors.New("is no address")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("must begin with https://")
	case u.Hostname() == "":
		return nil, errors.New("has no host")
	case u.User != nil:
		return nil, errors.New("must not hold a name or password")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("must be a host and nothing behind it, such as https://ycm.yeastar.com")
	}
	ip, ipErr := netip.ParseAddr(u.Hostname())
	if ipErr == nil {
		if err := checkIP(ip); err != nil {
			return nil, err
		}
	}
	loopback := u.Hostname() == "localhost" || ipErr == nil && ip.Unmap().IsLoopback()
	if u.Scheme == "http" && !loopback {
		return nil, errors.New("must begin with https:// (http is for this machine only)")
	}
	return u, nil
}

// metadata are cloud metadata services outside the link-local range.
var metadata = []netip.Addr{netip.MustParseAddr("fd00:ec2::254"), netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("168.63.129.16")}

func checkIP(ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	for _, m := range metadata {
		if ip == m {
			return fmt.Errorf("%s is a metadata address", ip)
		}
	}
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("%s is no address of a YCM", ip)
	}
	return nil
}

// dialControl refuses, after the name was resolved, the addresses that checkIP refuses, and anything but this machine
// where the address is http.
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
			return fmt.Errorf("http to %s, which is not this machine", ip)
		}
		return checkIP(ip)
	}
}
