package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/views/ui"
)

// MaxNext is the maximum length, in bytes, of a URL that a form may redirect to. The URL may contain all the values of
// another form.
const MaxNext = 16 * 1024

// RetryAfter sets the Retry-After header, and returns the wait as text in minutes, rounded up.
func RetryAfter(w http.ResponseWriter, wait time.Duration) string {
	w.Header().Set("Retry-After", strconv.Itoa(int(max(wait.Round(time.Second), time.Second).Seconds())))
	return ui.Count(int64((wait+time.Minute-1)/time.Minute), "minute", "minutes")
}

// LocalPath returns next, without any fragment, if it is a path of this portal that a form may redirect to, and
// otherwise the overview's path.
func LocalPath(next string) string {
	const home = "/"
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		len(next) > MaxNext {
		return home
	}
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" ||
		slices.Contains([]string{"/signin", "/signin/code", "/signout", "/setup", "/link", "/confirm"}, u.Path) {
		return home
	}
	return u.RequestURI()
}
