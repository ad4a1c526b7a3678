package handlers

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/a-h/templ"

	"cordboard/views"
)

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render draws into a buffer and then sends, so that a component that fails is still a clean 500. A request of htmx gets
// the fragment; everybody else, and whoever comes back through the browser's history, the whole page around it.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, title string, page, fragment templ.Component) error {
	w.Header().Add("Vary", "HX-Request")
	body := fragment
	if !wantsFragment(r) {
		body = s.frame(r, title, page)
	}
	return send(w, r.Context(), status, body)
}

// frame puts the page into the portal's frame, or a bare one for people who are not signed in.
func (s *Server) frame(r *http.Request, title string, page templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		ctx = templ.WithChildren(ctx, page)
		if userFrom(r.Context()) == nil {
			return views.Bare(title).Render(ctx, w)
		}
		return views.App(s.layout(r, title)).Render(ctx, w)
	})
}

func send(w http.ResponseWriter, ctx context.Context, status int, body templ.Component) error { //nolint:revive // w first, as in every handler
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	defer buffers.Put(b)
	if err := body.Render(ctx, b); err != nil {
		return fmt.Errorf("draw: %w", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone is no failure of ours
	return nil
}

func wantsFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Boosted") == "" && r.Header.Get("HX-History-Restore-Request") == ""
}

// maxLocation is how long an address in a header may be, in bytes: with all other headers together under 4 kB, which is what proxies keep for them.
const maxLocation = 2000

// redirect sends people on with 303. htmx would follow that with its own headers and get a fragment, so it is told. An address that is too long for a header stands in a page
// that leads on.
func redirect(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Add("Vary", "HX-Request")
	if u, err := url.Parse(to); err == nil {
		to = u.String() // as a header has it: in ASCII
	}
	if len(to) > maxLocation {
		_ = send(w, r.Context(), http.StatusOK, views.LeadOn(to)) // to memory, and then to a browser that may have gone
		return
	}
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // callers give constants or what localPath let through
}
