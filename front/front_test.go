package front

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestMain serves one connection of a socket that was passed, if TestPassed has started this process.
func TestMain(m *testing.M) {
	if os.Getenv("FRONT_PASSED") == "" {
		os.Exit(m.Run())
	}
	l, err := Passed()
	if err != nil || l == nil {
		fmt.Println("no socket:", err)
		os.Exit(1)
	}
	c, err := l.Accept()
	if err == nil {
		_, err = fmt.Fprint(c, "hello")
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_ = c.Close()
}

func TestIsLocal(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:80": true, "localhost:0": true, "[::1]:8080": true, "[::ffff:127.0.0.1]:1": true, "unix:/run/x": true,
		"0.0.0.0:80": false, ":80": false, "[::]:80": false, "example.com:80": false, "192.0.2.1:80": false,
	} {
		if got, err := IsLocal(addr); got != want || err != nil {
			t.Errorf("IsLocal(%s) = %t, %v; want %t", addr, got, err, want)
		}
	}
	for _, addr := range []string{"", "80", "localhost", "localhost:http", "localhost:99999", "unix:", "unix:x", "a:1:2"} {
		if _, err := IsLocal(addr); err == nil {
			t.Errorf("IsLocal(%q) reports no error", addr)
		}
	}
}

// TestSocket checks who can connect to a Unix socket, and that Listen replaces only a socket that nobody uses.
func TestSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(shortDir(t), "s")
	l, err := Listen(t.Context(), "unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("the socket has mode %v, %v; want 0660", info.Mode(), err)
	}
	if _, err := Listen(t.Context(), "unix:"+path); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second Listen = %v, want that another process listens", err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // as after kill -9
	_ = l.Close()
	if l, err = Listen(t.Context(), "unix:"+path); err != nil {
		t.Fatalf("after a process was killed: %v", err)
	}
	_ = l.Close()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), "unix:"+path); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("Listen at a file = %v, want that it is no socket", err)
	}
	if content, err := os.ReadFile(path); string(content) != "precious" {
		t.Errorf("the file has %q, %v", content, err)
	}
	if _, err := Listen(t.Context(), "unix:/nowhere/at/all"); err == nil {
		t.Error("Listen in a directory that doesn't exist reports no error")
	}
	if _, err := Listen(t.Context(), "192.0.2.1:1"); err == nil {
		t.Error("Listen at an address of another machine reports no error")
	}
}

// shortDir returns a directory whose path is short enough for the address of a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "f")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// site is a site that is being served for a test.
type site struct {
	addr    string
	stop    context.CancelFunc
	stopped chan error
	state   atomic.Int32 // counts the calls of Stopping
}

// serve serves a handler at an address until the test ends.
func serve(t *testing.T, addr string, drain time.Duration, config *tls.Config, h http.Handler) *site {
	t.Helper()
	l, err := Listen(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &site{addr: l.Addr().String(), stop: stop, stopped: make(chan error, 1)}
	if l.Addr().Network() == "unix" {
		s.addr = addr
	}
	serving := Serving{Log: slog.New(slog.DiscardHandler), Stopping: func() { s.state.Add(1) }, Drain: drain}
	go func() { s.stopped <- serving.Serve(ctx, Site{l, h, config}) }()
	t.Cleanup(func() {
		stop()
		if err := <-s.stopped; err != nil {
			t.Errorf("Serve = %v", err)
		}
		close(s.stopped)
	})
	return s
}

// alive answers like the portal's /healthz, with the protocol and the client's address.
var alive = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/healthz" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprint(w, r.Proto, " ", r.RemoteAddr)
})

func TestCheck(t *testing.T) {
	t.Parallel()
	certificate, err := LoadCertificate(writeCertificate(t, t.TempDir(), "one", time.Now().Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	tcp := serve(t, "127.0.0.1:0", 0, nil, alive)
	unix := serve(t, "unix:"+filepath.Join(shortDir(t), "s"), 0, nil, alive)
	encrypted := serve(t, "127.0.0.1:0", 0, certificate.Config(), alive)
	sick := serve(t, "127.0.0.1:0", 0, nil, http.NotFoundHandler())
	_, port, _ := net.SplitHostPort(tcp.addr)
	for _, tt := range []struct {
		addr      string
		encrypted bool
		fails     bool
	}{
		{tcp.addr, false, false},
		{"0.0.0.0:" + port, false, false},
		{":" + port, false, false},
		{unix.addr, false, false},
		{encrypted.addr, true, false},
		{encrypted.addr, false, true},
		{tcp.addr, true, true},
		{sick.addr, false, true},
		{"127.0.0.1:1", false, true},
		{"nonsense", false, true},
	} {
		if err := Check(t.Context(), tt.addr, tt.encrypted); (err != nil) != tt.fails {
			t.Errorf("Check(%s, %t) = %v, want an error: %t", tt.addr, tt.encrypted, err, tt.fails)
		}
	}
}

// TestSocketAddress checks that clients of a Unix socket have an address that can be trusted as a proxy's.
func TestSocketAddress(t *testing.T) {
	t.Parallel()
	s := serve(t, "unix:"+filepath.Join(shortDir(t), "s"), 0, nil, alive)
	path, _ := socketPath(s.addr)
	client := http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", path)
	}}}
	defer client.CloseIdleConnections()
	if got := get(t, &client, "http://localhost/healthz"); got != "HTTP/1.1 127.0.0.1:0" {
		t.Errorf("the socket's client is %q, want 127.0.0.1", got)
	}
}

func get(t *testing.T, client *http.Client, url string) string {
	t.Helper()
	r, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// writeCertificate writes a certificate for a name and its key to a directory. It returns what LoadCertificate takes.
func writeCertificate(
	t *testing.T, dir, name string, until time.Time,
) (certFile, keyFile string, log *slog.Logger, now func() time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, slog.New(slog.DiscardHandler), time.Now
}

// TestHTTP2 checks that browsers get HTTP/2 over TLS.
func TestHTTP2(t *testing.T) {
	t.Parallel()
	certificate, err := LoadCertificate(writeCertificate(t, t.TempDir(), "one", time.Now().Add(time.Hour)))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, "127.0.0.1:0", 0, certificate.Config(), alive)
	client := http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	if got := get(t, &client, "https://"+s.addr+"/healthz"); !strings.HasPrefix(got, "HTTP/2.0 ") {
		t.Errorf("the protocol is %s, want HTTP/2.0", got)
	}
}

// TestCertificateIsReloaded checks that a new certificate is used soon after it is written, and that the old one stays
// while the files can't be read.
func TestCertificateIsReloaded(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	certFile, keyFile, _, _ := writeCertificate(t, dir, "one", now.Add(time.Hour))
	var lines bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lines, nil))
	c, err := LoadCertificate(certFile, keyFile, log, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	name := func() string { return c.get().Leaf.DNSNames[0] }
	name() // looks at the files
	writeCertificate(t, dir, "two", now.Add(-time.Hour))
	for _, path := range []string{certFile, keyFile} {
		if err := os.Chtimes(path, now, now.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if got := name(); got != "one" {
		t.Errorf("at once, the certificate is of %s, want one", got)
	}
	now = now.Add(recheck)
	if got := name(); got != "two" || !strings.Contains(lines.String(), "has expired") {
		t.Errorf("after %s, the certificate is of %s, want two, and a warning in\n%s", recheck, got, &lines)
	}
	if err := os.WriteFile(certFile, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(recheck)
	if got := name(); got != "two" || !strings.Contains(lines.String(), "load certificate") {
		t.Errorf("with a broken file, the certificate is of %s, want two, and an error in\n%s", got, &lines)
	}
	if err := os.Remove(keyFile); err != nil {
		t.Fatal(err)
	}
	now = now.Add(recheck)
	if got := name(); got != "two" {
		t.Errorf("without a key, the certificate is of %s, want two", got)
	}
	if _, err := LoadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler), time.Now); err == nil {
		t.Error("a certificate without a key is loaded")
	}
}

// TestDrain stops a site under load, 20 times. Clients that know of the stop, as from a load balancer, send
// their last requests during the drain. These take longer than the drain, and none is cut off.
func TestDrain(t *testing.T) {
	t.Parallel()
	const drain = 100 * time.Millisecond
	for range 20 {
		var s *site
		var during atomic.Int32
		s = serve(t, "127.0.0.1:0", drain, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/last" {
				during.Add(1)
				<-time.After(2 * drain)
			}
			_, _ = fmt.Fprint(w, "whole")
		}))
		var clients errgroup.Group
		for range 8 {
			clients.Go(func() error {
				client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				for path := ""; path != "/last"; {
					if s.state.Load() > 0 {
						path = "/last"
					}
					r, err := client.Get("http://" + s.addr + path)
					if err != nil {
						return err
					}
					body, err := io.ReadAll(r.Body)
					_ = r.Body.Close()
					if err != nil || string(body) != "whole" {
						return fmt.Errorf("%s answers %q, %w", path, body, err)
					}
				}
				return nil
			})
		}
		s.stop()
		if err := clients.Wait(); err != nil {
			t.Errorf("a request was cut off: %v", err)
		}
		if during.Load() != 8 || s.state.Load() != 1 {
			t.Errorf("%d requests during the drain, want 8; Stopping was called %d times", during.Load(), s.state.Load())
		}
	}
}

// TestNotify checks the messages to systemd.
func TestNotify(t *testing.T) {
	socket := filepath.Join(shortDir(t), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "20000")
	t.Setenv("WATCHDOG_PID", fmt.Sprint(os.Getpid()))
	if err := l.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	next := func() string {
		b := make([]byte, 100)
		n, err := l.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	s := serve(t, "127.0.0.1:0", 0, nil, alive)
	for i, want := range []string{"READY=1", "WATCHDOG=1", "WATCHDOG=1"} {
		if got := next(); got != want {
			t.Errorf("message %d is %s, want %s", i, got, want)
		}
	}
	s.stop()
	got := next()
	for got == "WATCHDOG=1" {
		got = next()
	}
	if got != "STOPPING=1" {
		t.Errorf("the last message is %s, want STOPPING=1", got)
	}
}

// TestPassed passes a socket to another process, as systemd does.
func TestPassed(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	child := exec.CommandContext(t.Context(), "sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	child.Env = append(os.Environ(), "FRONT_PASSED=yes", "LISTEN_FDS=1")
	child.ExtraFiles = []*os.File{file}
	var out bytes.Buffer
	child.Stdout, child.Stderr = &out, &out
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // only the child accepts
	got, err := io.ReadAll(c)
	if err := child.Wait(); err != nil {
		t.Errorf("the process: %v\n%s", err, &out)
	}
	if string(got) != "hello" {
		t.Errorf("the process answers %q, %v; want hello", got, err)
	}
	if l, err := Passed(); l != nil || err != nil {
		t.Errorf("in a process without sockets, Passed = %v, %v", l, err)
	}
}

// TestUnitWaitsForTheStop checks that systemd kills the portal only after the drain and the last requests.
func TestUnitWaitsForTheStop(t *testing.T) {
	t.Parallel()
	unit, err := os.ReadFile("../deploy/cordboard.service")
	if err != nil {
		t.Fatal(err)
	}
	seconds := func(setting string) time.Duration {
		m := regexp.MustCompile(`(?m)\b` + setting + `=(\w+)$`).FindSubmatch(unit)
		if m == nil {
			t.Fatalf("the unit has no %s", setting)
		}
		d, err := time.ParseDuration(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	if drain, stop := seconds("CORDBOARD_DRAIN"), seconds("TimeoutStopSec"); stop < drain+patience+5*time.Second {
		t.Errorf("systemd kills the portal after %s, want 5 s more than %s and %s", stop, drain, patience)
	}
}
