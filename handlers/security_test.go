package handlers_test

import (
	"bufio"
	"bytes"
	"context"
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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cordboard/handlers"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/team"
	"cordboard/handlers/web"
	"cordboard/identity"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestSecretsStayAway checks that no secret is in any file of the data directory, any page or any line of the log. The
// secrets are a live session's cookie, passwords, a link's token, a factor's secret, and recovery codes.
func TestSecretsStayAway(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	admin, viewer := b.As("admin"), b.As("viewer")
	codes := viewer.Enroll(b.User("viewer").ID)
	token := portaltest.LinkIn(t, admin.Post("/team", url.Values{"email": {"new@example.com"}, "role": {"viewer"}}))
	f, err := b.Site.Identity.Factors.Active(t.Context(), b.User("viewer").ID)
	b.Must(err)
	secret, err := b.Site.Identity.Factors.Secret(f)
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

// TestLinksAreOfTheAddressWeWereTold checks that links use the configured URL, whatever host a request names.
func TestLinksAreOfTheAddressWeWereTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ public, local, want string }{
		{"https://desk.example.com", "http://127.0.0.1:9001", "https://desk.example.com/link?token="},
		{"", "http://127.0.0.1:9001", "http://127.0.0.1:9001/link?token="},
		{"", "", "/link?token="},
	} {
		b := portaltest.New(t, 0, func(c *web.Config) { c.PublicURL, c.LocalURL = tt.public, tt.local })
		admin := b.As("admin")
		r, err := http.NewRequestWithContext(
			t.Context(),
			http.MethodPost,
			b.Web.URL+"/team",
			strings.NewReader("email=new@example.com&role=viewer"),
		)
		b.Must(err)
		r.Host = "evil.example"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if tt.public != "" { // The cookies are for HTTPS only in this case, and the test server doesn't use HTTPS.
			if got := team.New(b.Site).LinkURL("T"); got != tt.want+"T" {
				t.Errorf("link = %s", got)
			}
			continue
		}
		for _, c := range admin.Cookies() { // a client that changes the host name keeps its cookies
			r.AddCookie(c)
		}
		resp, err := b.Browser().Do(r)
		b.Must(err)
		b.Must(resp.Body.Close())
		link, _ := admin.Get(resp.Header.Get("Location")).Doc(t).Find("#link [data-copy]").Attr("data-copy")
		if !strings.HasPrefix(link, tt.want) {
			t.Errorf("with %+v the link is %q (status %d)", tt, link, resp.StatusCode)
		}
	}
}

// TestPortalsOfOneMachine checks that portals on different ports of one machine use different cookie names.
func TestPortalsOfOneMachine(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, port := range []string{"", "9001", "9002"} {
		b := portaltest.New(t, 0, func(c *web.Config) { c.CookiePort = port })
		for _, c := range b.Browser().SignIn("viewer@example.com", portaltest.Password).Cookies() {
			if names[c.Name] {
				t.Errorf("two portals share the cookie name %s", c.Name)
			}
			names[c.Name] = true
		}
	}
	if len(names) != 6 || !names["cordboard"] || !names["cordboard-9001"] {
		t.Errorf("cookie names = %v", names)
	}
}

// TestLogLines checks that each line of the log is one JSON object with time, level and message, whatever a client
// requests. Lines about requests also have the user, address, method, path and request ID. Requests that are rejected
// before any handler runs are logged, too.
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

// TestFramingThatIsAmbiguous checks requests that a proxy and the portal could read differently. They must be rejected.
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

// TestEachSignInLeavesARow makes 500 sign-ins, several at once and half of them with a wrong password. Each must leave
// a row, except that failures over the limit for strangers are counted together in one row. Since the clock doesn't
// advance, one limit applies to the whole test.
func TestEachSignInLeavesARow(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0, portaltest.TrustEveryone)
	const all, at = 500, 4
	var answered, limited atomic.Int64
	var done sync.WaitGroup
	for w := range at {
		done.Go(func() {
			for i := w; i < all; i += at {
				password := []string{portaltest.Password, "wrong"}[i%2]
				r := b.Browser().
					SignInFrom(
						fmt.Sprintf("10.%d.%d.1", i/250, i%250),
						fmt.Sprintf(
							"%s@example.com",
							[]string{"viewer", "operator", fmt.Sprint("n", i), fmt.Sprint("m", i)}[i%4],
						),
						password,
					)
				if r.StatusCode == http.StatusTooManyRequests {
					limited.Add(1)
				} else {
					answered.Add(1)
				}
			}
		})
	}
	done.Wait()
	rows := int64(len(b.Events("session")))
	b.Must(b.Store.CountOmitted(t.Context()))
	omitted := omitted(b)
	if rows+omitted != answered.Load() || answered.Load()+limited.Load() != all || omitted == 0 {
		t.Errorf(
			"got %d rows and %d omitted for %d answers (and %d with 429)",
			rows,
			omitted,
			answered.Load(),
			limited.Load(),
		)
	}
}

// TestALoweredRoleCountsAtOnce checks that a lower role applies from the next request on, even in an existing session.
func TestALoweredRoleCountsAtOnce(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	br := b.As("operator")
	var hash string
	for _, c := range br.Cookies() {
		if c.Name == "cordboard" {
			hash = store.HashToken(c.Value)
		}
	}
	if got := br.Get("/operations").StatusCode; got != http.StatusOK {
		t.Fatalf("GET /operations = %d, want 200", got)
	}
	b.Must(b.Store.SetRole(t.Context(), store.Actor{}, b.User("operator").ID, store.RoleViewer, hash))
	if got := br.Get("/operations").StatusCode; got != http.StatusForbidden {
		t.Errorf("GET /operations with the lower role = %d, want 403", got)
	}
	if got := br.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs with the lower role = %d, want 200", got)
	}
}

// TestViewersSeeNoReasons checks that a PBX's page hides the reason for its creation from viewers, because they aren't
// allowed to read the audit log.
func TestViewersSeeNoReasons(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Work()
	operator := b.As("operator")
	id := b.Submit(operator, portaltest.With(portaltest.GoodForm("acme"), map[string]string{"reason": "CB-4711"}))
	operator.Until(id, store.StateDone)
	c, err := b.Fleet.Operations.Operation(t.Context(), id)
	b.Must(err)
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/pbxs/%d", c.Target.CloudPBXID)
	if r := operator.Get(path); r.StatusCode != http.StatusOK || !strings.Contains(r.Text, "CB-4711") {
		t.Errorf("the operator's page = %d, want 200 with the reason", r.StatusCode)
	}
	if r := b.As("viewer").
		Get(path); r.StatusCode != http.StatusOK || strings.Contains(r.Text, "CB-4711") ||
		strings.Contains(r.Text, "/audit") {
		t.Errorf("the viewer's page = %d, want 200 without the reason or a link to the audit log", r.StatusCode)
	}
}

// TestQueryIsNoForm checks that forms take values from the body only, never from the URL.
func TestQueryIsNoForm(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	if got := b.Browser().
		Post("/signin?email=viewer@example.com&password="+url.QueryEscape(portaltest.Password), nil).
		StatusCode; got != http.StatusUnprocessableEntity {
		t.Errorf("sign-in with values in the URL = %d, want 422", got)
	}
	admin := b.As("admin")
	if got := admin.Post(
		fmt.Sprintf("/team/%d/role?role=admin", b.User("viewer").ID),
		nil,
	).StatusCode; got != http.StatusUnprocessableEntity ||
		b.User("viewer").Role != "viewer" {
		t.Errorf("role change with values in the URL = %d, want 422", got)
	}
	admin.Post(
		"/account",
		url.Values{"theme": {"dark"}, "role": {"viewer"}, "id": {"3"}, "email": {"x@example.com"}, "disabled": {"1"}},
	)
	if u := b.User("admin"); u.Role != "admin" || u.Prefs.Theme != "dark" || b.User("viewer").Prefs.Theme != "" {
		t.Errorf("a form changed more than its fields: %+v", u)
	}
}

// TestNothingIsLeftRunning checks that a thousand requests leave no goroutines behind.
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

// TestPagesWhileYCMIsSilent checks that 200 simultaneous requests for lists and sign-in pages are all served while YCM
// accepts every call and responds to none.
func TestPagesWhileYCMIsSilent(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 100)
	viewer := b.As("viewer")
	b.YCM.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.HangUnprocessed})
	ctx, stop := context.WithCancel(t.Context())
	var pass sync.WaitGroup
	pass.Go(func() { _, _ = b.Fleet.Mirror.Sync(ctx) }) // hangs until the test ends
	defer pass.Wait()
	defer stop()
	var done sync.WaitGroup
	var bad atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	for range 200 {
		done.Go(func() {
			if viewer.Get("/pbxs?q=a").StatusCode != http.StatusOK {
				bad.Add(1)
			}
		})
		done.Go(func() {
			start := time.Now()
			if b.Browser().Get("/signin").StatusCode != http.StatusOK {
				bad.Add(1)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(start))
		})
	}
	done.Wait()
	slices.Sort(took)
	t.Logf("the sign-in page's p99 is %v", took[len(took)*99/100])
	if bad.Load() > 0 {
		t.Errorf("%d pages failed, want 0", bad.Load())
	}
}

// TestEveryRouteIsPrivateButThese checks that only the listed routes are public.
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
		"/events",
		"/healthz",
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
