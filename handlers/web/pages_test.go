package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestNoSuchPage checks that the error page for an unknown URL has the portal's navigation for signed-in users only.
func TestNoSuchPage(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 10)
	for _, tt := range []struct {
		br   *portaltest.Browser
		nav  int
		link string
	}{{b.As(store.RoleViewer), 1, "/pbxs"}, {b.Browser(), 0, "/signin"}} {
		r := tt.br.Get("/nowhere/at/all")
		d := r.Doc(t)
		if r.StatusCode != http.StatusNotFound || d.Find("nav .nav-link[href='/pbxs']").Length() != tt.nav ||
			d.Find("#main a[href='"+tt.link+"']").Length() == 0 {
			t.Errorf("GET /nowhere/at/all = %d\n%s", r.StatusCode, r.Text)
		}
	}
}

func TestErrorPageQuotesTheRequest(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	r := b.As(store.RoleViewer).Get("/pbxs/1", "X-Request-Id", "forged")
	id := r.Header.Get("X-Request-Id")
	if id == "" || id == "forged" || !strings.Contains(r.Text, id) {
		t.Errorf("the page doesn't quote the request ID %q", id)
	}
	if !strings.Contains(b.Log.String(), id) {
		t.Errorf("the log lacks the request ID %q", id)
	}
}

// TestLongWaysBack checks that a user who isn't signed in and opens a long URL or submits a long form gets a link back
// to that page or form after signing in.
func TestLongWaysBack(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	long := "/pbxs?" + url.Values{
		"group": {strings.Repeat("x", 1000), strings.Repeat("y", 1000), strings.Repeat("z", 1289)},
	}.Encode()
	form := portaltest.GoodForm("long")
	form.Set("attempt", "x")
	form.Set("reason", strings.Repeat("because ", 500))
	for name, ask := range map[string]func(br *portaltest.Browser) portaltest.Response{
		"a page": func(br *portaltest.Browser) portaltest.Response { return br.Get(long) },
		"a form": func(br *portaltest.Browser) portaltest.Response { return br.Post("/pbxs", form) },
	} {
		br := b.Browser()
		r := ask(br)
		next, ok := r.Doc(t).Find("input[name=next]").Attr("value")
		if r.StatusCode != http.StatusOK || !ok {
			t.Fatalf("%s, signed out = %d, want 200 with the way back", name, r.StatusCode)
		}
		r = br.Post(
			"/signin",
			url.Values{"email": {"operator@example.com"}, "password": {portaltest.Password}, "next": {next}},
		)
		to, ok := r.Doc(t).Find("a.btn-primary").Attr("href")
		if r.StatusCode != http.StatusOK || !ok {
			t.Fatalf("%s, signed in = %d, want 200 with a link", name, r.StatusCode)
		}
		back := br.Get(to)
		if back.StatusCode != http.StatusOK || name == "a form" && !strings.Contains(back.Text, "because because") ||
			name == "a page" && to != long {
			t.Errorf("%s: the link leads to %.60s = %d", name, to, back.StatusCode)
		}
	}
	fragment := b.Browser().Get(long, "HX-Request", "true")
	if fragment.StatusCode != http.StatusUnauthorized || fragment.Header.Get("HX-Redirect") != "/signin" {
		t.Errorf("a fragment = %d to %q, want 401 to /signin", fragment.StatusCode, fragment.Header.Get("HX-Redirect"))
	}
}
