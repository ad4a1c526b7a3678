package portaltest

import (
	"net/http"
	"regexp"
	"testing"

	"cordboard/views/viewtest"
)

// varying lists patterns for text that differs between runs, such as one-time IDs, request IDs, hashes and ports, each
// with its replacement.
var varying = []struct {
	is *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`(name="attempt" value=")[^"]+`), "${1}ATTEMPT"},
	{regexp.MustCompile(`(data-snapshot=")[^"]+`), "${1}SNAPSHOT"},
	{regexp.MustCompile(`(data-parts=")[^"]+`), "${1}PARTS"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "REQUEST-ID"},
	{regexp.MustCompile(`\b[A-Z2-7]{26}\b`), "RANDOM"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "HASH"},
	{regexp.MustCompile(`\b[0-9a-f]{8}…[0-9a-f]{4}\b`), "HASH"},
	{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "MARK"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{54}`), "ATTEMPT"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
}

// Golden compares the main element of a page with testdata/name.html in the package under test.
func Golden(t *testing.T, name string, r Response) {
	t.Helper()
	main := r.Doc(t).Find("main")
	if main.Length() != 1 {
		t.Fatalf("%s has %d main elements:\n%s", name, main.Length(), r.Text)
	}
	html, err := main.Html()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range varying {
		html = v.is.ReplaceAllString(html, v.by)
	}
	viewtest.HTML(t, name, html)
}

// GoldenPages compares pages with their golden files. pages maps the names of the golden files to the pages' paths.
// role is the user's role; "" means that nobody is signed in.
func (b *Portal) GoldenPages(t *testing.T, role string, pages map[string]string) {
	t.Helper()
	br := b.As(role)
	for name, path := range pages {
		r := br.Get(path)
		if r.StatusCode != http.StatusOK && role != "" {
			t.Errorf("GET %s = %d, want 200", path, r.StatusCode)
		}
		Golden(t, name, r)
	}
}
