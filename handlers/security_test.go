package handlers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/identity"
)

// TestLogLines checks that each line of the log is one JSON object, whatever a client requests. Lines about requests
// must have the time, level, method, path, status, duration, request ID and address. Some must also name the user and
// the session. Requests that are rejected before any handler runs must be logged, too.
func TestLogLines(t *testing.T) {
	t.Parallel()
	lines := &portaltest.Log{}
	b := portaltest.New(t, 3, func(c *web.Config) { c.Log = slog.New(slog.NewJSONHandler(lines, nil)) })
	viewer := b.As("viewer")
	hostile := []string{
		"/pbxs/%0a%7B%22level%22%3A%22ERROR%22%7D",
		"/%e2%80%aeabc",
		"/pbxs?q=%22%7D%0a",
		"/a%00b",
		"/%ff%fe",
		`/"x"`,
		"/team",
		"/link?token=%0a",
	}
	for _, path := range hostile {
		viewer.Get(path, "User-Agent", "x\tlevel=ERROR", "Referer", "http://evil.example/\u2028")
		b.Browser().SignIn("x\n{\"level\":\"ERROR\"}"+path+"@example.com", "wrong\n")
	}
	for _, refusal := range []struct {
		body    string
		headers []string
		status  float64
	}{
		{"a=b", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{strings.Repeat("x", handlers.MaxBody+1), nil, 413},
		{"{}", []string{"Content-Type", "application/json"}, 415},
		{"%zz", nil, 400},
	} {
		before := len(lines.String())
		r, err := http.NewRequestWithContext(
			t.Context(),
			http.MethodPost,
			b.Web.URL+"/signin",
			strings.NewReader(refusal.body),
		)
		b.Must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for i := 0; i < len(refusal.headers); i += 2 {
			r.Header.Set(refusal.headers[i], refusal.headers[i+1])
		}
		resp, err := b.Browser().Do(r)
		b.Must(err)
		b.Must(resp.Body.Close())
		if added := lines.String()[before:]; !strings.Contains(added, "request refused") ||
			!strings.Contains(added, resp.Header.Get("X-Request-Id")) ||
			float64(resp.StatusCode) != refusal.status {
			t.Errorf("status %d is logged as %s", resp.StatusCode, added)
		}
	}
	n, named := 0, 0
	for s := bufio.NewScanner(strings.NewReader(lines.String())); s.Scan(); n++ {
		var line map[string]any
		if err := json.Unmarshal(s.Bytes(), &line); err != nil {
			t.Fatalf("parse log line: %v: %s", err, s.Text())
		}
		if line["msg"] != "request" {
			continue
		}
		for _, member := range []string{
			"time",
			"level",
			"method",
			"path",
			"status",
			"dur_ms",
			"request_id",
			"address",
		} {
			if line[member] == nil {
				t.Errorf("a request line lacks %s: %s", member, s.Text())
			}
		}
		if line["user_id"] == float64(b.User("viewer").ID) && line["session"] != nil {
			named++
		}
	}
	if n < 2*len(hostile) || named < 4 { // requests with an invalid path have no session
		t.Errorf("got %d lines, of which %d name the user", n, named)
	}
}

// TestFramingThatIsAmbiguous checks that requests with chunks, or without exactly one valid length, are rejected,
// because a proxy and the portal could read them differently.
func TestFramingThatIsAmbiguous(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	body := "email=a&password=b"
	for name, head := range map[string]string{
		"a length and chunks":    "Content-Length: 18\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n" + body + "\r\n0\r\n\r\n",
		"chunks":                 "Transfer-Encoding: chunked\r\n\r\n12\r\n" + body + "\r\n0\r\n\r\n",
		"two lengths":            "Content-Length: 18\r\nContent-Length: 5\r\n\r\n" + body,
		"a length with a sign":   "Content-Length: +18\r\n\r\n" + body,
		"chunked twice":          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"a coding before chunks": "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	} {
		c, err := net.Dial("tcp", strings.TrimPrefix(b.Web.URL, "http://"))
		b.Must(err)
		b.Must(c.SetDeadline(time.Now().Add(10 * time.Second)))
		_, err = fmt.Fprintf(
			c,
			"POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n%s",
			head,
		)
		b.Must(err)
		answer, err := bufio.NewReader(c).ReadString('\n')
		b.Must(err)
		b.Must(c.Close())
		if !strings.Contains(answer, " 400 ") && !strings.Contains(answer, " 501 ") {
			t.Errorf("%s: response = %s", name, answer)
		}
	}
}

// TestNothingIsLeftRunning checks that a thousand requests leave at most five goroutines behind.
func TestNothingIsLeftRunning(t *testing.T) {
	b := portaltest.New(t, 20)
	viewer := b.As("viewer")
	count := func() int {
		viewer.CloseIdleConnections()
		for range 100 {
			runtime.Gosched()
		}
		return runtime.NumGoroutine()
	}
	viewer.Get("/pbxs")
	before := count()
	for i := range 1000 {
		viewer.Get([]string{"/keys", "/pbxs.csv", "/nowhere", "/account", "/expiries.csv"}[i%5])
	}
	deadline := time.Now().Add(5 * time.Second)
	for count() > before+5 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if after := count(); after > before+5 {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// TestEveryRouteIsPrivateButThese checks that the public routes are exactly the listed ones.
func TestEveryRouteIsPrivateButThese(t *testing.T) {
	t.Parallel()
	var public []string
	for _, r := range portaltest.New(t, 0).Server.Routes() {
		if r.Role == handlers.Everybody {
			public = append(public, r.Path)
		}
	}
	slices.Sort(public)
	want := []string{
		"/healthz",
		"/hooks/ycm",
		"/link",
		"/readyz",
		"/setup",
		"/signin",
		"/signin/code",
		"/signout",
	}
	if got := slices.Compact(public); !slices.Equal(got, want) {
		t.Errorf("public routes = %q, want %q", got, want)
	}
}

// TestSecretsStayAway checks that the log, several pages and exports, and all files of the data directory except the
// keys contain no secrets: a live session's cookies, a password, a link's token, a factor's secret, or a recovery code.
func TestSecretsStayAway(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	admin, viewer := b.As("admin"), b.As("viewer")
	codes := viewer.Enroll(b.User("viewer").ID)
	token := portaltest.LinkIn(t, admin.Post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
	f, err := b.Identity.Factors.Active(t.Context(), b.User("viewer").ID)
	b.Must(err)
	secret, err := b.Identity.Factors.Secret(f)
	b.Must(err)
	secrets := map[string]string{
		"password":                     portaltest.Password,
		"recovery code":                codes[0],
		"recovery code without dashes": strings.ReplaceAll(codes[0], "-", ""),
		"link":                         token,
		"factor":                       identity.SecretParam(secret),
		"factor's bytes":               string(secret),
	}
	for _, c := range admin.Cookies() {
		secrets["cookie "+c.Name] = c.Value
	}
	texts := map[string][]byte{"the log": []byte(b.Log.String())}
	for _, path := range []string{"/", "/pbxs", "/audit", "/team", "/account", "/audit.csv", "/audit.jsonl"} {
		texts[path] = []byte(admin.Get(path).Text)
	}
	b.Must(filepath.WalkDir(b.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "keys") {
			return err
		}
		texts[filepath.Base(path)], err = os.ReadFile(path)
		return err
	}))
	if len(texts) < 10 {
		t.Fatalf("searched %d texts, want at least 10", len(texts))
	}
	for where, text := range texts {
		for name, value := range secrets {
			if bytes.Contains(text, []byte(value)) {
				t.Errorf("%s contains the %s", where, name)
			}
		}
	}
}
