package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"cordboard/views"
)

const (
	maxNext = 16 * 1024 // bytes of the address to return to, which may contain a whole form
)

func (s *Site) signInPage(email, next, problem string) views.SignInPage {
	return views.SignInPage{
		Email:   email,
		Next:    next,
		Problem: problem,
		Sandbox: s.config.Sandbox,
		Limits: fmt.Sprintf(
			"Sessions end after %s of inactivity, and after %s at most.",
			words(s.config.SessionIdle),
			words(s.config.SessionMax),
		),
	}
}

func words(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return views.Count(int64(d/time.Hour), "hour", "hours")
	}
	return views.Count(int64(d/time.Minute), "minute", "minutes")
}

// gate sends a standalone page. It is never a fragment.
func (s *Site) gate(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	return send(r.Context(), w, status, page)
}

// retryAfter sets the Retry-After header and returns the wait as text.
func retryAfter(w http.ResponseWriter, wait time.Duration) string {
	w.Header().Set("Retry-After", strconv.Itoa(int(max(wait.Round(time.Second), time.Second).Seconds())))
	return views.Count(int64((wait+time.Minute-1)/time.Minute), "minute", "minutes")
}

// localPath returns next if it is a path of this portal that a form may lead to, and otherwise the overview.
func localPath(next string) string {
	const home = "/"
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		len(next) > maxNext {
		return home
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" ||
		slices.Contains([]string{"/signin", "/signin/code", "/signout", "/setup", "/link", "/confirm"}, u.Path) {
		return home
	}
	return u.RequestURI()
}
