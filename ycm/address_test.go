package ycm

import (
	"strings"
	"testing"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     string // part of the error message; "" means no error
	}{
		{"hosted", "https://ycm.yeastar.com", ""},
		{"slash behind", "https://ycm.yeastar.com/", ""},
		{"port", "https://ycm.example.com:8443", ""},
		{"private name", "https://ycm.internal", ""},
		{"private IPv4", "https://10.1.2.3", ""},
		{"private IPv4 too", "https://192.168.1.10:8088", ""},
		{"private IPv6", "https://[fd12:3456::7]", ""},
		{"this machine", "http://127.0.0.1:8080", ""},
		{"this machine by name", "http://localhost:8080", ""},
		{"this machine, IPv6", "http://[::1]:8080", ""},
		{"upper case", "HTTPS://YCM.EXAMPLE.COM", ""},

		{"empty", "", "https://"},
		{"no scheme", "ycm.yeastar.com", "https://"},
		{"http", "http://ycm.yeastar.com", "https://"},
		{"http, private", "http://10.1.2.3", "https://"},
		{"http, a name like localhost", "http://localhost.example.com", "https://"},
		{"ftp", "ftp://ycm.yeastar.com", "https://"},
		{"file", "file:///etc/passwd", "https://"},
		{"javascript", "javascript:alert(1)", "https://"},
		{"no host", "https://", "no host"},
		{"opaque", "https:ycm.yeastar.com", "no host"},
		{"port only", "https://:443", "no host"},
		{"user", "https://user@ycm.yeastar.com", "name or password"},
		{"password", "https://ycm.yeastar.com:hunter2@evil.example", "name or password"},
		{"path", "https://ycm.yeastar.com/dm", "nothing after the host"},
		{"two slashes behind", "https://ycm.yeastar.com//", "nothing after the host"},
		{"query", "https://ycm.yeastar.com?x=1", "nothing after the host"},
		{"empty query", "https://ycm.yeastar.com?", "nothing after the host"},
		{"fragment", "https://ycm.yeastar.com#@evil.example", "nothing after the host"},
		{"backslash", `https://ycm.yeastar.com\@evil.example`, "not a valid URL"},
		{"newline", "https://ycm.yeastar.com\r\nHost: evil", "not a valid URL"},
		{"metadata", "https://169.254.169.254", "can't be a YCM address"},
		{"metadata, http", "http://169.254.169.254", "can't be a YCM address"},
		{"metadata, mapped", "https://[::ffff:169.254.169.254]", "can't be a YCM address"},
		{"metadata, IPv6", "https://[fd00:ec2::254]", "metadata"},
		{"metadata, other cloud", "https://100.100.100.200", "metadata"},
		{"link-local with a zone", "https://[fe80::1%25eth0]", "can't be a YCM address"},
		{"unspecified", "https://0.0.0.0", "can't be a YCM address"},
		{"unspecified, IPv6", "http://[::]", "can't be a YCM address"},
		{"multicast", "https://224.0.0.1", "can't be a YCM address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckURL(tt.in)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("CheckURL(%q) = %v, want nil", tt.in, err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("CheckURL(%q) = %v, want an error with %q", tt.in, err, tt.want)
			}
		})
	}
}

func TestNewHidesPasswordOfAddress(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		URL: "https://user:hunter2@ycm.example.com",
	})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("New = %v, want an error without the password", err)
	}
}

func TestDialControl(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		loopbackOnly bool
		address      string
		wantRefused  bool
	}{
		{"public", false, "203.0.113.7:443", false},
		{"private", false, "10.1.2.3:443", false},
		{"this machine", false, "127.0.0.1:443", false},
		{"metadata", false, "169.254.169.254:443", true},
		{"metadata, mapped", false, "[::ffff:169.254.169.254]:443", true},
		{"metadata, IPv6", false, "[fd00:ec2::254]:443", true},
		{"link-local with a zone", false, "[fe80::1%eth0]:443", true},
		{"unspecified", false, "0.0.0.0:443", true},
		{"no port", false, "10.1.2.3", true},
		{"a name", false, "ycm.example.com:443", true},
		{"http here", true, "127.0.0.1:80", false},
		{"http here, IPv6", true, "[::1]:80", false},
		{"http elsewhere", true, "10.1.2.3:80", true},
		{"http elsewhere, public", true, "203.0.113.7:80", true},
		{"http to metadata", true, "169.254.169.254:80", true},
	}
	for _, tt := range tests {
		if err := dialControl(tt.loopbackOnly)("tcp", tt.address, nil); (err != nil) != tt.wantRefused {
			t.Errorf(
				"%s: dialControl(%t)(%s) = %v, want an error: %t",
				tt.name,
				tt.loopbackOnly,
				tt.address,
				err,
				tt.wantRefused,
			)
		}
	}
}

// TestTransportRefusesAddress checks that the client's own transport rejects a disallowed address before connecting to
// it.
func TestTransportRefusesAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loopbackOnly  bool
		address, want string
	}{
		{true, "203.0.113.7:80", "not a loopback address"},
		{false, "169.254.169.254:443", "can't be a YCM address"},
	} {
		_, err := newTransport(tt.loopbackOnly, 0).DialContext(t.Context(), "tcp", tt.address)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("DialContext(%s) = %v, want an error with %q", tt.address, err, tt.want)
		}
	}
}
