package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/clocktest"
	"cordboard/store"
)

func newClock() *clocktest.Clock { return clocktest.New(time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)) }

// TestFirstProblem checks that the order of the fields, not the wording, decides which problem comes first.
func TestFirstProblem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		problems map[string]string
		want     string
	}{
		{"both", map[string]string{"email": "Z is wrong.", "role": "A is wrong."}, "Z is wrong."},
		{"the second", map[string]string{"role": "A is wrong."}, "A is wrong."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := FirstProblem(tt.problems, "email", "role"); got != tt.want {
				t.Errorf("FirstProblem(%v) = %q, want %q", tt.problems, got, tt.want)
			}
		})
	}
}

// TestLocalPath checks that LocalPath returns only paths of this portal, and none of the excluded ones, such as the
// sign-in page.
func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/pbxs":                                 "/pbxs",
		"/pbxs?q=a%20b&page=2":                  "/pbxs?q=a%20b&page=2",
		"/":                                     "/",
		"":                                      "/",
		"pbxs":                                  "/",
		"//evil.example":                        "/",
		"/\\evil.example":                       "/",
		"https://evil.example/pbxs":             "/",
		"javascript:alert(1)":                   "/",
		"/pbxs\r\nSet-Cookie: a=b":              "/",
		"/pbxs\t":                               "/",
		"/%zz":                                  "/",
		"/signin":                               "/",
		"/signin/code?next=/pbxs":               "/",
		"/signout":                              "/",
		"/link?token=T":                         "/",
		"/setup":                                "/",
		"/confirm":                              "/",
		"/signing":                              "/signing",
		"/" + strings.Repeat("a", MaxNext):      "/",
		"/" + strings.Repeat("a", MaxNext-1):    "/" + strings.Repeat("a", MaxNext-1),
		"/pbxs#fragment-stays-with-the-browser": "/pbxs",
	} {
		if got := LocalPath(next); got != want {
			t.Errorf("LocalPath(%.60q) = %.60q, want %.60q", next, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		got := LocalPath(rapid.String().Draw(t, "next"))
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Fatalf("LocalPath leads to %q", got)
		}
	})
}

// TestRetryAfter checks that the Retry-After header is in whole seconds, at least one, and that the text is in minutes,
// rounded up.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		wait         time.Duration
		header, text string
	}{
		{0, "1", "0 minutes"},
		{time.Millisecond, "1", "1 minute"},
		{1500 * time.Millisecond, "2", "1 minute"},
		{time.Minute, "60", "1 minute"},
		{61 * time.Second, "61", "2 minutes"},
		{15 * time.Minute, "900", "15 minutes"},
	} {
		w := httptest.NewRecorder()
		if got := RetryAfter(w, tt.wait); got != tt.text || w.Header().Get("Retry-After") != tt.header {
			t.Errorf("RetryAfter(%s) = %q with %q, want %q with %q",
				tt.wait, got, w.Header().Get("Retry-After"), tt.text, tt.header)
		}
	}
}

// TestRedirect checks how browsers and htmx are redirected, and what happens if the URL is too long.
func TestRedirect(t *testing.T) {
	t.Parallel()
	long := "/pbxs?q=" + strings.Repeat("a", MaxLocation)
	for _, tt := range []struct {
		name, to, location, hx string
		htmx                   bool
		status                 int
	}{
		{"browser", "/pbxs", "/pbxs", "", false, http.StatusSeeOther},
		{"htmx", "/pbxs", "", "/pbxs", true, http.StatusNoContent},
		{"not ASCII", "/pbxs?q=ü", "/pbxs?q=%C3%BC", "", false, http.StatusSeeOther},
		{"too long", long, "", "", false, http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", nil)
			if tt.htmx {
				r.Header.Set("HX-Request", "true")
			}
			w := httptest.NewRecorder()
			Redirect(w, r, tt.to)
			h := w.Header()
			if w.Code != tt.status || h.Get("Location") != tt.location && tt.status != http.StatusSeeOther ||
				h.Get("HX-Redirect") != tt.hx || h.Get("Vary") != "HX-Request" {
				t.Errorf("got %d with %v", w.Code, h)
			}
			if tt.status == http.StatusSeeOther && !strings.EqualFold(h.Get("Location"), tt.location) {
				t.Errorf("Location = %q, want %q", h.Get("Location"), tt.location)
			}
			if tt.status == http.StatusOK && !strings.Contains(w.Body.String(), long) {
				t.Error("the page doesn't lead to the address")
			}
		})
	}
}

// TestOneTimeStore checks that a value is returned only to its session and only for two minutes, and that the next Put
// then deletes it.
func TestOneTimeStore(t *testing.T) {
	t.Parallel()
	c := newClock()
	o := NewOneTimeStore(c.Now)
	key := o.Put("session", "codes")
	if got := o.Get("session", key); got != "codes" {
		t.Errorf("Get = %v, want the value", got)
	}
	if o.Get("other", key) != nil || o.Get("session", "made up") != nil || o.Get("session", "") != nil {
		t.Error("another session, or another key, gets the value")
	}
	c.Add(oneTimeTTL)
	if o.Get("session", key) == nil {
		t.Error("the value is gone within its time")
	}
	c.Add(1)
	if o.Get("session", key) != nil {
		t.Error("the value is still shown after its time")
	}
	o.Put("session", "more")
	if len(o.items) != 1 {
		t.Errorf("%d values are kept, want only the new one", len(o.items))
	}
}

// TestUserLimiter checks that each user has a separate token bucket, which refills steadily up to its capacity.
func TestUserLimiter(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := NewUserLimiter(3, c.Now)
	allowed := func(user int64, n int) (count int) {
		for range n {
			if l.Allow(user) {
				count++
			}
		}
		return count
	}
	if got := allowed(1, 5); got != 3 {
		t.Errorf("%d of 5 at once are allowed, want 3", got)
	}
	if got := allowed(2, 1); got != 1 {
		t.Error("one user takes another's turns")
	}
	c.Add(20 * time.Second)
	if got := allowed(1, 5); got != 1 {
		t.Errorf("after a third of a minute, %d are allowed, want 1", got)
	}
	c.Add(time.Hour)
	if got := allowed(1, 5); got != 3 {
		t.Errorf("after an hour, %d are allowed, want 3", got)
	}
}

// TestTurns checks that a user does one thing at a time, that other users don't wait, and that no state
// is kept once all turns have ended.
func TestTurns(t *testing.T) {
	t.Parallel()
	var turns Turns
	end, ok := turns.Begin(t.Context(), 1)
	if !ok {
		t.Fatal("the first turn doesn't begin")
	}
	if _, ok := turns.Begin(t.Context(), 1); ok {
		t.Error("a second turn begins during the first")
	}
	other, ok := turns.Begin(t.Context(), 2)
	if !ok {
		t.Fatal("another user waits")
	}
	other()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := turns.Begin(gone, 1); ok {
		t.Error("a turn begins for a client that is gone")
	}
	end()
	again, ok := turns.Begin(t.Context(), 1)
	if !ok {
		t.Fatal("no turn begins after the first ended")
	}
	again()
	if len(turns.users) != 0 {
		t.Errorf("%d users are kept, want none", len(turns.users))
	}
}

// TestDeviceWords checks the names and icons of devices in the list of sessions.
func TestDeviceWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ agent, words, icon string }{
		{"Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox on Linux", "laptop"},
		{
			"Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0",
			"Edge on Windows", "monitor",
		},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_1) AppleWebKit/605 Version/17 Safari/605", "Safari on macOS", "laptop"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1) AppleWebKit/605 Version/17 Safari/604", "Safari on iOS", "smartphone"},
		{"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537 Chrome/120.0 Mobile Safari/537", "Chrome on Android", "smartphone"},
		{"curl/8.4.0", "curl", "monitor"},
		{"monitoring", "monitoring", "monitor"},
		{"", "Unknown device", "monitor"},
		{strings.Repeat("x", 60), strings.Repeat("x", 40), "monitor"},
	} {
		if words, icon := deviceWords(tt.agent); words != tt.words || icon != tt.icon {
			t.Errorf("deviceWords(%.40q) = %q, %q, want %q, %q", tt.agent, words, icon, tt.words, tt.icon)
		}
	}
}

// TestMarkIgnored checks the suffix for the file name, and that the header about ignored parts of a long query has at
// most 2,000 bytes.
func TestMarkIgnored(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	if got := MarkIgnored(h, nil); got != "" || len(h) != 0 {
		t.Errorf("with nothing ignored: %q, %v", got, h)
	}
	if got := MarkIgnored(h, []string{strings.Repeat("“ü” ", 1000)}); got != "-filters-ignored" {
		t.Errorf("the suffix is %q", got)
	}
	if v := h.Get("Cordboard-Ignored"); v == "" || len(v) > 2000 || strings.ContainsAny(v, "\r\n") {
		t.Errorf("the header has %d bytes", len(v))
	}
}

// TestAnswerFor checks the status of each error's page, even if the error is wrapped, and that the text of an unknown
// error doesn't reach the user.
func TestAnswerFor(t *testing.T) {
	t.Parallel()
	own := &HTTPError{ErrorAnswer: ErrorAnswer{http.StatusConflict, "Changed", "Reload."}, RetryAfter: time.Minute}
	for _, tt := range []struct {
		err    error
		status int
		retry  bool
	}{
		{store.ErrNotFound, http.StatusNotFound, false},
		{fmt.Errorf("read: %w", store.ErrNotFound), http.StatusNotFound, false},
		{ErrDenied, http.StatusForbidden, false},
		{ErrMediaType, http.StatusUnsupportedMediaType, false},
		{store.ErrUnavailable, http.StatusServiceUnavailable, false},
		{fmt.Errorf("change: %w", own), http.StatusConflict, true},
		{errors.New("disk /dev/sda1 is on fire"), http.StatusInternalServerError, false},
	} {
		a, retry := AnswerFor(tt.err)
		if a.Status != tt.status || (retry > 0) != tt.retry || a.Title == "" || a.Text == "" {
			t.Errorf("AnswerFor(%v) = %+v, %s, want %d", tt.err, a, retry, tt.status)
		}
		if strings.Contains(a.Title+a.Text, "/dev/sda1") {
			t.Errorf("the page shows the error: %+v", a)
		}
	}
}

// TestPush checks that only a swap that the user asked for changes the URL, and only to one of moderate length.
func TestPush(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		url     string
		headers []string
		want    string
	}{
		{"/x", []string{"HX-Request"}, "/x"},
		{"/x", nil, ""},
		{"/x", []string{"HX-Request", "Cordboard-Background"}, ""},
		{"/" + strings.Repeat("x", MaxLocation), []string{"HX-Request"}, ""},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		for _, h := range tt.headers {
			r.Header.Set(h, map[string]string{"HX-Request": "true", "Cordboard-Background": "1"}[h])
		}
		Push(w, r, tt.url)
		if got := w.Header().Get("HX-Push-Url"); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.headers, got, tt.want)
		}
	}
}
