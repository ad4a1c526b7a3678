package web

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

// SignInPage returns the model of the sign-in page.
func (s *Site) SignInPage(email, next, problem string) views.SignInPage {
	return views.SignInPage{
		Email:   email,
		Next:    next,
		Problem: problem,
		Sandbox: s.Config.Sandbox,
		Limits: fmt.Sprintf(
			"Sessions end after %s of inactivity, and after %s at most.",
			Words(s.Config.SessionIdle),
			Words(s.Config.SessionMax),
		),
	}
}

// Words returns a duration in hours or minutes.
func Words(d time.Duration) string {
	if d >= time.Hour && d%time.Hour == 0 {
		return views.Count(int64(d/time.Hour), "hour", "hours")
	}
	return views.Count(int64(d/time.Minute), "minute", "minutes")
}

// Gate sends a standalone page. It is never a fragment.
func (s *Site) Gate(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	return Send(r.Context(), w, status, page)
}

// RetryAfter sets the Retry-After header and returns the wait as text.
func RetryAfter(w http.ResponseWriter, wait time.Duration) string {
	w.Header().Set("Retry-After", strconv.Itoa(int(max(wait.Round(time.Second), time.Second).Seconds())))
	return views.Count(int64((wait+time.Minute-1)/time.Minute), "minute", "minutes")
}

// LocalPath returns next if it is a path of this portal that a form may lead to, and otherwise the overview.
func LocalPath(next string) string {
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
