package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// buffer is safe to read while a command writes to it.
type buffer struct {
	mu   sync.Mutex
	b    bytes.Buffer
	grew chan struct{}
}

func newBuffer() *buffer { return &buffer{grew: make(chan struct{}, 1)} }

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.grew <- struct{}{}:
	default:
	}
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// cordboard runs the command in the test's process. It returns the exit code, standard output and standard error.
func cordboard(t *testing.T, stdin string, args ...string) (code int, out, err string) {
	t.Helper()
	o, e := newBuffer(), newBuffer()
	code = run(t.Context(), args, streams{strings.NewReader(stdin), o, e})
	return code, o.String(), e.String()
}

func TestConfigProblemsComeAllAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		env  map[string]string
		want []string
	}{
		{
			"neither a YCM nor the sandbox",
			nil,
			nil,
			[]string{"CORDBOARD_YCM_URL", "CORDBOARD_YCM_CLIENT_ID", "CORDBOARD_YCM_CLIENT_SECRET", "--sandbox"},
		},
		{
			"a part of a YCM",
			[]string{"--ycm-client-id", "id"},
			nil,
			[]string{"CORDBOARD_YCM_URL is missing", "CORDBOARD_YCM_CLIENT_SECRET is missing"},
		},
		{
			"much at once",
			[]string{
				"--ycm-url",
				"http://ycm.example.com",
				"--addr",
				"0.0.0.0:80",
				"--session-idle",
				"soon",
				"--log-format",
				"xml",
			},
			map[string]string{
				"CORDBOARD_YCM_RATE":        "-1",
				"CORDBOARD_TIME_ZONE":       "Mars/Base",
				"CORDBOARD_SYNC_INTERVAL":   "0s",
				"CORDBOARD_TRUSTED_PROXIES": "10.0.0.0/33",
				"CORDBOARD_PUBLIC_URL":      "http://x",
				"CORDBOARD_METRICS_ADDR":    "x",
			},
			[]string{
				"must begin with https://", "CORDBOARD_YCM_CLIENT_ID is missing", "CORDBOARD_YCM_CLIENT_SECRET " +
					"is missing",
				"CORDBOARD_SESSION_IDLE",
				"CORDBOARD_LOG_FORMAT",
				"CORDBOARD_YCM_RATE",
				"CORDBOARD_TIME_ZONE",
				"CORDBOARD_SYNC_INTERVAL",
				"CORDBOARD_TRUSTED_PROXIES",
				"CORDBOARD_PUBLIC_URL",
				"CORDBOARD_METRICS_ADDR",
			},
		},
		{
			"a short secret of the webhook",
			[]string{"--sandbox"},
			map[string]string{"CORDBOARD_YCM_WEBHOOK_SECRET": "short"},
			[]string{"the webhook's secret must have at least 16 characters"},
		},
		{
			"two secrets of the webhook",
			[]string{"--sandbox", "--ycm-webhook-secret-file", "/nowhere"},
			map[string]string{"CORDBOARD_YCM_WEBHOOK_SECRET": "0123456789abcdefghij"},
			[]string{"CORDBOARD_YCM_WEBHOOK_SECRET and CORDBOARD_YCM_WEBHOOK_SECRET_FILE are both set"},
		},
		{
			"no file with the secret of the webhook",
			[]string{"--sandbox", "--ycm-webhook-secret-file", "/nowhere"},
			nil,
			[]string{"CORDBOARD_YCM_WEBHOOK_SECRET_FILE: open /nowhere"},
		},
		{
			"beyond this machine without https",
			[]string{"--sandbox", "--addr", "0.0.0.0:8080"},
			nil,
			[]string{"CORDBOARD_PUBLIC_URL", "--allow-insecure-http"},
		},
		{
			"the sandbox and a YCM",
			[]string{"--sandbox", "--ycm-url", "https://ycm.example.com"},
			nil,
			[]string{"can't be combined"},
		},
		{
			"limits that fall",
			[]string{"--sandbox", "--nearly-full", "97", "--backup-days", "0", "--stuck-days", "x"},
			nil,
			[]string{"CORDBOARD_NEARLY_FULL 97", "CORDBOARD_BACKUP_DAYS", "CORDBOARD_STUCK_DAYS"},
		},
		{"a sandbox of no number", []string{"--sandbox", "--sandbox-pbxs", "many"}, nil, []string{"--sandbox-pbxs"}},
		{
			"a secret from the documents",
			[]string{"--ycm-url", "https://y.example", "--ycm-client-id", "id"},
			map[string]string{"CORDBOARD_YCM_CLIENT_SECRET": "changeme"},
			[]string{"client secret is a placeholder"},
		},
		{
			"two secrets",
			[]string{"--ycm-url", "https://y.example", "--ycm-client-id", "id", "--ycm-client-secret-file", "/nowhere"},
			map[string]string{"CORDBOARD_YCM_CLIENT_SECRET": "hush-hush"},
			[]string{"both set"},
		},
		{
			"a certificate without a key",
			[]string{"--sandbox", "--tls-cert", "/nowhere", "--drain", "soon"},
			nil,
			[]string{"CORDBOARD_TLS_CERT and CORDBOARD_TLS_KEY", "CORDBOARD_DRAIN"},
		},
		{
			"a certificate without the portal's URL",
			[]string{"--sandbox", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"},
			nil,
			[]string{"CORDBOARD_TLS_CERT needs CORDBOARD_PUBLIC_URL", "CORDBOARD_TLS_KEY: open /nowhere"},
		},
		{"a socket without a place", []string{"--sandbox", "--addr", "unix:x"}, nil, []string{"CORDBOARD_ADDR"}},
		{"an unknown flag", []string{"--bogus"}, nil, []string{"--bogus"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			dir := filepath.Join(t.TempDir(), "data")
			code, _, stderr := cordboard(t, "", append([]string{"serve", "--data", dir}, tt.args...)...)
			if code != exitConfig {
				t.Errorf("exit code = %d, want %d", code, exitConfig)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("the message doesn't contain %q:\n%s", want, stderr)
				}
			}
			if strings.Contains(stderr, "hush-hush") {
				t.Errorf("the message contains the secret:\n%s", stderr)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("a data directory was created")
			}
		})
	}
}

// portalProcess is a running serve command.
type portalProcess struct {
	url      string
	out, err *buffer
	stop     context.CancelFunc
	code     chan int
}

var address = regexp.MustCompile(`Cordboard is at (http://[^\s"]+)`)

func serve(t *testing.T, args ...string) *portalProcess {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &portalProcess{out: newBuffer(), err: newBuffer(), stop: cancel, code: make(chan int, 1)}
	go func() {
		p.code <- run(
			ctx,
			append([]string{"serve", "--addr", "127.0.0.1:0"}, args...),
			streams{strings.NewReader(""), p.out, p.err},
		)
	}()
	for p.url == "" {
		select {
		case <-p.out.grew:
			if m := address.FindStringSubmatch(p.out.String()); m != nil {
				p.url = m[1]
			}
		case code := <-p.code:
			t.Fatalf("serve exited with %d:\n%s", code, p.err)
		}
	}
	return p
}

func (p *portalProcess) end(t *testing.T) {
	t.Helper()
	p.stop()
	if code := <-p.code; code != 0 {
		t.Errorf("serve exited with %d, want 0:\n%s", code, p.err)
	}
	for _, bad := range []string{"level=WARN", "level=ERROR", "panic"} {
		if strings.Contains(p.err.String(), bad) {
			t.Errorf("the log contains %s:\n%s", bad, p.err)
		}
	}
}

// client has a transport of its own: the default one is closed whenever a test's server is.
var client = &http.Client{Transport: &http.Transport{}}

func signIn(t *testing.T, base, email, password string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Transport: client.Transport, Jar: jar}
	r, err := c.PostForm(base+"/signin", url.Values{"email": {email}, "password": {password}, "next": {"/pbxs"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode != http.StatusOK || r.Request.URL.Path != "/pbxs" {
		t.Fatalf("sign-in as %s = %d at %s", email, r.StatusCode, r.Request.URL)
	}
	return c
}

func get(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	r, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	return string(body)
}

// TestSandbox runs the sandbox twice with the same data. Each time, every sandbox user must be able to sign in and see
// the fleet and a year of sample history.
func TestSandbox(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		p := serve(t, "--sandbox", "--data", dir, "--sandbox-pbxs", "60")
		for _, u := range sandboxUsers {
			if !strings.Contains(p.out.String(), u.Email) {
				t.Errorf("the output lacks the sign-in of %s:\n%s", u.Email, p.out)
			}
			c := signIn(t, p.url, u.Email, sandboxPassword)
			for !strings.Contains(get(t, c, p.url+"/pbxs"), `data-count="60"`) {
				runtime.Gosched() // repeats until the fleet has been read
			}
			if page := get(t, c, p.url+"/subscription"); !strings.Contains(page, "Sandbox.") ||
				!strings.Contains(page, "are sample data") {
				t.Error("no banner says that this is the sandbox and that its history is sample data")
			}
			if days := strings.Count(get(t, c, p.url+"/subscription.csv?days=365"), "\n"); days != 1+365+1 {
				t.Errorf("the history has %d lines, want the header, a year and today", days)
			}
		}
		p.end(t)
	}
	if _, err := os.Stat(filepath.Join(dir, "sandbox", "cordboard.db")); err != nil {
		t.Error(err)
	}
}

// TestDraining checks that a portal that is being stopped says so before it stops listening.
func TestDraining(t *testing.T) {
	t.Parallel()
	p := serve(t, "--sandbox", "--data", t.TempDir(), "--drain", "2s")
	p.stop()
	ready := ""
	for !strings.Contains(ready, `"status":"stopping"`) {
		ready = get(t, client, p.url+"/readyz")
	}
	if code, _, stderr := cordboard(t, "", "healthcheck", "--addr", strings.TrimPrefix(p.url, "http://")); code != 0 {
		t.Errorf("healthcheck exits with %d during the drain, want 0:\n%s", code, stderr)
	}
	p.end(t)
}

// TestEveryLineIsJSON checks that all output can be read as JSON if the log is JSON.
func TestEveryLineIsJSON(t *testing.T) {
	t.Parallel()
	p := serve(t, "--sandbox", "--data", t.TempDir(), "--log-format", "json", "--metrics-addr", "127.0.0.1:0")
	get(t, client, p.url+"/healthz")
	p.end(t)
	lines := strings.Split(strings.TrimSpace(p.out.String()+p.err.String()), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	for _, want := range []string{`"msg":"start","version":`, `"msg":"stopping"`, `Metrics are at`, `"audit head"`} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, want) }) {
			t.Errorf("no line has %s:\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// TestMisspelledSettings checks that variables that look like settings are named.
func TestMisspelledSettings(t *testing.T) {
	t.Setenv("CORDBOARD_SESION_IDLE", "1h")
	p := serve(t, "--sandbox", "--data", t.TempDir())
	p.stop()
	<-p.code
	if got := p.err.String(); !strings.Contains(got, "no effect") || !strings.Contains(got, "CORDBOARD_SESION_IDLE") {
		t.Errorf("the log doesn't name the variable:\n%s", got)
	}
}

// TestRequestsInFlightAreAnswered checks that the portal waits for requests in flight before it stops.
func TestRequestsInFlightAreAnswered(t *testing.T) {
	y := ycmtest.NewServer(t, ycmtest.Config{PBXs: 3})
	t.Setenv("CORDBOARD_YCM_CLIENT_SECRET", "secret-of-test")
	y.ChangeSecret("secret-of-test")
	dir := t.TempDir()
	addUser(t, dir)
	p := serve(t, "--data", dir, "--ycm-url", y.URL, "--ycm-client-id", "client", "--ycm-rate", "0")
	c := signIn(t, p.url, "ines@example.com", "brass cord switchboard")
	// Following the redirect would need another request, and its connection might be closed by then.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	y.Inject(ycmtest.Fault{Kind: ycmtest.HangUnprocessed})
	const n = 20
	type answer struct {
		status int
		err    error
	}
	answers := make(chan answer, n)
	var started sync.WaitGroup
	for range n {
		started.Add(1)
		go func() {
			started.Done()
			r, err := c.PostForm(p.url+"/sync", url.Values{"next": {"/healthz"}}) // the portal responds after at most 200 ms
			a := answer{err: err}
			if err == nil {
				a.status = r.StatusCode
				_ = r.Body.Close()
			}
			answers <- a
		}()
	}
	started.Wait()
	first := <-answers // At least one request has been answered, and others are probably in flight.
	p.stop()
	y.Refuse()
	reset := 0
	for _, a := range append([]answer{first}, drain(answers, n-1)...) {
		if a.err != nil && (strings.Contains(a.err.Error(), "reset") || strings.Contains(a.err.Error(), "EOF")) {
			reset++
		}
	}
	if reset > 0 {
		t.Errorf("%d requests were aborted, want 0", reset)
	}
	if code := <-p.code; code != 0 {
		t.Errorf("serve exited with %d, want 0:\n%s", code, p.err)
	}
}

func drain[T any](c chan T, n int) []T {
	var all []T
	for range n {
		all = append(all, <-c)
	}
	return all
}

func addUser(t *testing.T, dir string) {
	t.Helper()
	code, out, stderr := cordboard(
		t,
		"brass cord switchboard\n",
		"user",
		"add",
		"--data",
		dir,
		"--email",
		"ines@example.com",
		"--name",
		"Ines",
		"--role",
		"admin",
		"--password-stdin",
	)
	if code != 0 || !strings.Contains(out, "ines@example.com can now sign in") {
		t.Fatalf("user add = %d %s %s", code, out, stderr)
	}
}

func TestUserCommands(t *testing.T) {
	dir := t.TempDir()
	addUser(t, dir)
	for _, tt := range []struct {
		name, email, role, password string
		code                        int
		want                        string
	}{
		{"taken in other letters", "INES@example.com", "viewer", "brass cord switchboard", 1, "another user already " +
			"has this email address"},
		{"no role", "b@example.com", "owner", "brass cord switchboard", 2, `"owner" is not a role`},
		{"short", "b@example.com", "viewer", "short\n", 2, "at least 12 characters"},
		{"no address", "b", "viewer", "brass cord switchboard", 2, "valid email address"},
	} {
		code, _, stderr := cordboard(
			t,
			tt.password,
			"user",
			"add",
			"--data",
			dir,
			"--email",
			tt.email,
			"--name",
			"B",
			"--role",
			tt.role,
			"--password-stdin",
		)
		if code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: user add = %d %q, want %d that says %q", tt.name, code, stderr, tt.code, tt.want)
		}
	}
	code, out, _ := cordboard(t, "", "user", "list", "--data", dir)
	if code != 0 || !strings.Contains(out, "ines@example.com  Ines  admin  active") {
		t.Errorf("user list = %d\n%s", code, out)
	}
}

func TestPasswordKeepsAllButOneNewline(t *testing.T) {
	for in, want := range map[string]string{"a\n": "a", "a\r\n": "a", "a\n\n": "a\n", " a ": " a ", "a": "a"} {
		if got, err := readPassword(strings.NewReader(in)); got != want || err != nil {
			t.Errorf("readPassword(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestSyncCommand(t *testing.T) {
	y := ycmtest.NewServer(t, ycmtest.Config{PBXs: 120, Client: ycmtest.Credentials{ID: "client", Secret: "hush-hush"}})
	dir := t.TempDir()
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte("hush-hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"sync",
		"--data",
		dir,
		"--ycm-url",
		y.URL,
		"--ycm-client-id",
		"client",
		"--ycm-client-secret-file",
		secretFile,
		"--ycm-rate",
		"0",
	}
	for _, want := range []string{
		"PBXs in YCM: 120; list requests: 3; added or changed: 120; removed: 0;",
		"PBXs in YCM: 120; list requests: 3; added or changed: 0; removed: 0;",
	} {
		code, out, stderr := cordboard(t, "", args...)
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("sync = %d %q %q, want %q", code, out, stderr, want)
		}
	}
	other := ycmtest.NewServer(t, ycmtest.Config{})
	args[4] = other.URL
	if code, _, stderr := cordboard(
		t,
		"",
		args...); code != exitFailed ||
		!strings.Contains(stderr, "belongs to another YCM") {
		t.Errorf("sync with another YCM = %d %q, want a refusal", code, stderr)
	}
	for _, address := range []string{other.URL, y.URL} {
		rebind := append([]string{"account", "rebind", "--data", dir, "--ycm-url", address}, args[5:]...)
		if code, _, stderr := cordboard(t, "", rebind...); code != exitConfig || !strings.Contains(stderr, "pass --yes") {
			t.Errorf("rebind without --yes = %d %q, want a warning", code, stderr)
		}
		code, out, stderr := cordboard(t, "", append(rebind, "--yes")...)
		if code != 0 || !strings.Contains(out, "is now bound to "+address) {
			t.Errorf("rebind = %d %q %q, want the new account", code, out, stderr)
		}
	}
	args[4] = y.URL
	y.ChangeSecret("new")
	code, _, stderr := cordboard(t, "", args...)
	if code != exitFailed || !strings.Contains(stderr, "credentials refused") || strings.Contains(stderr, "hush-hush") {
		t.Errorf("sync with an old secret = %d %q, want a refusal", code, stderr)
	}
	found := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if bytes.Contains(content, []byte("hush-hush")) || bytes.Contains(content, []byte("access-1-")) {
			found++
		}
		return err
	})
	if found > 0 || err != nil {
		t.Errorf("%d files contain the secret or a token (error %v), want none", found, err)
	}
}

func TestSetupLinkIsPrintedUntilSomebodyCanSignIn(t *testing.T) {
	y := ycmtest.NewServer(t, ycmtest.Config{PBXs: 3, Client: ycmtest.Credentials{ID: "client", Secret: "hush-hush"}})
	t.Setenv("CORDBOARD_YCM_CLIENT_SECRET", "hush-hush")
	dir := t.TempDir()
	args := []string{"--data", dir, "--ycm-url", y.URL, "--ycm-client-id", "client"}
	p := serve(t, args...)
	link := regexp.MustCompile(`http://\S+/setup\?token=(\w+)`).FindStringSubmatch(p.out.String())
	if link == nil {
		t.Fatalf("no set-up link was printed:\n%s", p.out)
	}
	if !strings.Contains(get(t, client, link[0]), link[1]) {
		t.Error("the link's page doesn't contain its token")
	}
	p.end(t)
	addUser(t, dir)
	p = serve(t, args...)
	if strings.Contains(p.out.String(), "setup") {
		t.Errorf("a set-up link was printed although a user can sign in:\n%s", p.out)
	}
	p.end(t)
}

func TestMetricsHaveAListenerOfTheirOwn(t *testing.T) {
	p := serve(t, "--sandbox", "--data", t.TempDir(), "--sandbox-pbxs", "3", "--metrics-addr", "127.0.0.1:0")
	r, err := client.Get(p.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	if r.StatusCode == http.StatusOK && r.Request.URL.Path == "/metrics" {
		t.Error("the portal's own listener serves /metrics")
	}
	m := regexp.MustCompile(`Metrics are at (\S+)`).FindStringSubmatch(p.out.String())
	if m == nil {
		t.Fatalf("no metrics address was printed:\n%s", p.out)
	}
	if got := get(t, client, m[1]); !strings.Contains(got, "cordboard_pbxs") ||
		!strings.Contains(got, "cordboard_http_request_seconds") ||
		!strings.Contains(got, `cordboard_webhooks_total{result="rejected"} 0`) {
		t.Errorf("metrics = %.300s", got)
	}
	p.end(t)
}

// TestLogTimesAreUTC checks that log times are in UTC with milliseconds in both formats, regardless of the machine's
// time zone.
func TestLogTimesAreUTC(t *testing.T) {
	at := time.Date(2026, 3, 17, 22, 32, 0, 123456789, time.FixedZone("JST", 9*3600))
	for _, format := range []string{"text", "json"} {
		var b bytes.Buffer
		log, problems := dataConfig{LogFormat: format}.logger(&b)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if err := log.Handler().Handle(t.Context(), slog.NewRecord(at, slog.LevelInfo, "x", 0)); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`time"?[=:]"?2026-03-17T13:32:00\.123Z\b`).MatchString(b.String()) {
			t.Errorf("format %s: %s", format, b.String())
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{
		{"--help"},
		{"serve", "--help"},
		{"sync", "--help"},
		{"plan", "--help"},
		{"apply", "--help"},
		{"user", "add", "--help"},
		{"user", "disable", "--help"},
		{"user", "enable", "--help"},
		{"user", "reset-password", "--help"},
		{"user", "reset-2fa", "--help"},
		{"audit", "verify", "--help"},
		{"audit", "export", "--help"},
		{"backup", "--help"},
		{"restore", "--help"},
		{"version", "--help"},
	} {
		if code, out, _ := cordboard(t, "", args...); code != 0 || !strings.Contains(out, "Usage: cordboard") {
			t.Errorf("cordboard %v = %d %q, want 0 and the usage", args, code, out)
		}
	}
	if code, out, _ := cordboard(t, "", "version"); code != 0 || !strings.HasPrefix(out, "cordboard ") {
		t.Errorf("cordboard version = %d %q", code, out)
	}
}

func TestSecretsDontPrint(t *testing.T) {
	c := ycmConfig{YCMClientSecret: "hush-hush"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if got := fmt.Sprintf(format, c); strings.Contains(got, "hush") {
			t.Errorf("format %s prints %s", format, got)
		}
	}
}

// TestPublicAddressIsNormalized checks that a public URL is either normalized or rejected.
func TestPublicAddressIsNormalized(t *testing.T) {
	for in, want := range map[string]string{
		"https://portal.example":             "https://portal.example",
		"https://Portal.Example:443":         "https://portal.example",
		"HTTPS://portal.example:8443":        "https://portal.example:8443",
		"https://exämple.de":                 "https://xn--exmple-cua.de",
		"https://EXÄMPLE.de:443":             "https://xn--exmple-cua.de",
		"https://portal.example.":            "https://portal.example",
		"https://192.0.2.1:443":              "https://192.0.2.1",
		"https://[2001:DB8::1]:443":          "https://[2001:db8::1]",
		"http://portal.example":              "",
		"https://portal.example/path":        "",
		"https://user@portal.example":        "",
		"https://portal.example?q":           "",
		"https://portal.example#f":           "",
		"https://portal.example:0":           "",
		"https://portal.example:99999":       "",
		"https://":                           "",
		"https://-bad-.example_":             "",
		"https://portal.example:443:443/a b": "",
	} {
		got, err := normalURL(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("normalURL(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

// TestResetLinkIsOfTheServedAddress checks that reset links use the same address settings as the serve command.
func TestResetLinkIsOfTheServedAddress(t *testing.T) {
	for _, tt := range []struct{ public, addr, want string }{
		{"", "", "http://127.0.0.1:8080/link?"},
		{"", "127.0.0.1:9001", "http://127.0.0.1:9001/link?"},
		{"", "0.0.0.0:9001", "http://127.0.0.1:9001/link?"},
		{"", "[::1]:9001", "http://[::1]:9001/link?"},
		{"https://Portal.Example:443/", "127.0.0.1:9001", "https://portal.example/link?"},
	} {
		dir := t.TempDir()
		if code, _, stderr := cordboard(
			t,
			"brass cord switchboard",
			"user",
			"add",
			"--data",
			dir,
			"--email",
			"a@example.com",
			"--name",
			"A",
			"--role",
			"admin",
			"--password-stdin",
		); code != 0 {
			t.Fatal(stderr)
		}
		if tt.public != "" {
			t.Setenv("CORDBOARD_PUBLIC_URL", tt.public)
		}
		if tt.addr != "" {
			t.Setenv("CORDBOARD_ADDR", tt.addr)
		}
		code, out, stderr := cordboard(t, "", "user", "reset-password", "--data", dir, "--email", "a@example.com")
		if code != 0 || !strings.Contains(out, tt.want) {
			t.Errorf("reset-password with %+v = %d, %s%s", tt, code, out, stderr)
		}
	}
}

// TestHeadersAreLimited checks that requests with 200 KB in a header or the URL are rejected.
func TestHeadersAreLimited(t *testing.T) {
	p := serve(t, "--sandbox", "--sandbox-pbxs", "1", "--data", t.TempDir())
	long := strings.Repeat("x", 200_000)
	for name, change := range map[string]func(*http.Request){
		"a header of 200 KB": func(r *http.Request) { r.Header.Set("X-Long", long) },
		"a query of 200 KB":  func(r *http.Request) { r.URL.RawQuery = long },
		"a cookie of 200 KB": func(r *http.Request) { r.Header.Set("Cookie", "cordboard="+long) },
		"a path of 200 KB":   func(r *http.Request) { r.URL.Path = "/" + long },
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+"/signin", nil)
		if err != nil {
			t.Fatal(err)
		}
		change(r)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%s = %d, want 431", name, resp.StatusCode)
		}
	}
	p.end(t)
}
