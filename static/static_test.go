package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestHtmxIsWhatNpmHas checks that the vendored htmx has the SHA-256 hash of the file in the npm package htmx.org
// 4.0.1, which `make vendor` installs.
func TestHtmxIsWhatNpmHas(t *testing.T) {
	t.Parallel()
	body, err := files.ReadFile("js/htmx-4.0.1.min.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	if got, want := hex.EncodeToString(
		sum[:],
	), "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"; got != want {
		t.Errorf("SHA-256 of htmx = %s, want %s", got, want)
	}
}

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreServedForAYear(t *testing.T) {
	t.Parallel()
	for name := range byName() {
		for _, encoding := range []string{"gzip", "identity"} {
			r := get(t, URL(name), encoding)
			if r.StatusCode != http.StatusOK ||
				r.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" ||
				r.Header.Get("Content-Type") == "" {
				t.Errorf("%s = %d %v", URL(name), r.StatusCode, r.Header)
			}
			var body io.Reader = r.Body
			if r.Header.Get("Content-Encoding") == "gzip" {
				z, err := gzip.NewReader(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				body = z
			}
			content, err := io.ReadAll(body)
			if err != nil || string(content) != string(byName()[name].body) {
				t.Errorf("%s as %s is another file (%v)", name, encoding, err)
			}
		}
	}
	for _, path := range []string{
		"/static/",
		"/static/css/app.css",
		"/static/css/app.00000000.css",
		"/static/../static.go",
		"/static/css/",
	} {
		if r := get(t, path, ""); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", path, r.StatusCode)
		}
	}
}

func TestUnknownNamePanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("URL of a file that isn't there didn't panic")
		}
	}()
	URL("css/nope.css")
}

func TestStylesAreOneBundle(t *testing.T) {
	t.Parallel()
	css := string(byName()["css/app.css"].body)
	if strings.Contains(css, "@import") {
		t.Error("the bundle still imports")
	}
	at := strings.Index(css, "@layer reset,tokens,base,layout,components,utilities;")
	if first := strings.Index(css, "{"); at < 0 || at > first {
		t.Error("the order of the layers doesn't stand first")
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("the braces don't match")
	}
	for _, class := range []string{".table-region", ".notice", ".badge-unknown", ".gate-form"} {
		if !strings.Contains(css, class) {
			t.Errorf("the bundle lacks %s", class)
		}
	}
}

// TestWeight checks that all styles and scripts together are at most 40 kB when they are transferred.
func TestWeight(t *testing.T) {
	t.Parallel()
	all := 0
	for name := range byName() {
		if strings.HasPrefix(name, "css/") || strings.HasPrefix(name, "js/") {
			all += Size(name)
		}
	}
	if all < 10_000 || all > 40_000 {
		t.Errorf("styles and scripts have %d bytes, want at most 40,000", all)
	}
	t.Logf("%d bytes", all)
	if body := string(byName()["js/app.js"].body); strings.Contains(body, "//") || strings.Contains(body, "\n\t") {
		t.Error("the script has comments or indentation")
	}
}

// TestOwnScriptsAreCareful checks that Cordboard's own scripts don't use eval, document.write, postMessage or web
// storage, that app.js inserts no HTML, and that each of them is served.
func TestOwnScriptsAreCareful(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob("js/*.js")
	if err != nil || len(all) != len(scripts)+1 {
		t.Fatalf("scripts = %q, %v, want htmx and %q", all, err, scripts)
	}
	for _, name := range scripts {
		body, err := files.ReadFile("js/" + name + ".js")
		if err != nil {
			t.Fatal(err)
		}
		careless := `document\.write|eval\(|localStorage|sessionStorage|postMessage`
		if name == "app" { // the other scripts may insert HTML, which comes from the server
			careless += "|innerHTML|insertAdjacentHTML"
		}
		if bad := regexp.MustCompile(careless).Find(body); bad != nil {
			t.Errorf("%s uses %s", name, bad)
		}
	}
}
