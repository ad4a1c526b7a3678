package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/a-h/templ"

	"cordboard/views/layout"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// Render renders a page or fragment into memory before it sends anything, so that a failing component results in a
// complete error page. Requests for which WantsFragment returns true get the fragment. All others get the whole page.
func (s *Site) Render(
	w http.ResponseWriter,
	r *http.Request,
	status int,
	title string,
	page, fragment templ.Component,
) error {
	w.Header().Add("Vary", "HX-Request")
	body := fragment
	if !WantsFragment(r) {
		body = s.frame(r, title, page)
	}
	return Send(r.Context(), w, status, body)
}

// frame returns the page inside the portal's frame, or inside a bare frame for users who aren't signed in.
func (s *Site) frame(r *http.Request, title string, page templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		ctx = templ.WithChildren(ctx, page)
		if UserFrom(r.Context()) == nil {
			return layout.Bare(title).Render(ctx, w)
		}
		return layout.App(s.layout(r, title)).Render(ctx, w)
	})
}

// Send renders a component into memory before sending it, so that an error can still result in an error page.
func Send(ctx context.Context, w http.ResponseWriter, status int, body templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer buffers.Put(b)
	if err := body.Render(ctx, b); err != nil {
		return fmt.Errorf("render: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a client that has disconnected is not an error
	return nil
}

// WantsFragment reports whether htmx requested a part of the page. For boosted links, and to restore the browser's
// history, htmx needs the whole page instead.
func WantsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Boosted") == "" &&
		r.Header.Get("HX-History-Restore-Request") == ""
}

// Push makes the browser show the URL of the list that a swap results in.
func Push(w http.ResponseWriter, r *http.Request, url string) {
	if WantsFragment(r) && !IsBackground(r) && len(url) <= MaxLocation {
		w.Header().Set("HX-Push-Url", url)
	}
}

// MaxLocation is the maximum length, in bytes, of a URL in a response header. It keeps the total size of the headers
// under the 4 kB that common proxies allow.
const MaxLocation = 2000

// Redirect responds with a 303. Because htmx would follow a 303 with its own headers and get a fragment, Redirect
// responds to htmx with HX-Redirect instead. If the URL is too long for a header, Redirect sends a page that redirects.
func Redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Add("Vary", "HX-Request")
	if u, err := url.Parse(to); err == nil {
		to = u.String() // ASCII, as a header requires
	}
	if len(to) > MaxLocation {
		// Rendering into memory can't fail here, and a client that has disconnected is not an error.
		_ = Send(r.Context(), w, http.StatusOK, layout.LeadOn(to))
		return
	}
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
