package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
	"pgregory.net/rapid"

	"cordboard/handlers/portaltest"
)

// TestHeadersStaySmall checks with at least 1,000 random requests, signed out or as a viewer or admin, that response
// headers stay under 4,096 bytes, the buffer size of common proxies, and that no response has status 500 or higher.
func TestHeadersStaySmall(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	browsers := map[string]*portaltest.Browser{"": b.Browser(), "viewer": b.As("viewer"), "admin": b.As("admin")}
	var routes [][2]string
	b.Must(
		chi.Walk(
			b.Server.Router(),
			func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
				if route != "/events" && route != "/static/*" && route != "/signout" {
					routes = append(
						routes,
						[2]string{
							method,
							strings.NewReplacer("{cloudPbxId}", "7715", "{customerId}", "50086182", "{taskId}", "1", "{draft}", "1",
								"{id}", "1").
								Replace(route),
						},
					)
				}
				return nil
			},
		),
	)
	piece := rapid.SampledFrom(
		[]string{
			"a",
			"ü",
			"%",
			"\"",
			"&=",
			strings.Repeat("x", 300),
			strings.Repeat("é", 200),
			"/",
			"東京",
			"\n",
			"group=",
			strings.Repeat("&group=Berlin", 60),
		},
	)
	text := rapid.Custom(
		func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "") },
	)
	names := []string{
		"q",
		"next",
		"query",
		"group",
		"status",
		"view",
		"cols",
		"name",
		"email",
		"attempt",
		"token",
		"sort",
		"return",
		"end",
		"reason",
		"to",
	}
	requests := 0
	for requests < 1000 {
		rapid.Check(t, func(t *rapid.T) {
			requests++
			route := rapid.SampledFrom(routes).Draw(t, "route")
			br := browsers[rapid.SampledFrom([]string{"", "viewer", "admin"}).Draw(t, "who")]
			values := url.Values{}
			for range rapid.IntRange(0, 6).Draw(t, "values") {
				values.Add(rapid.SampledFrom(names).Draw(t, "name"), text.Draw(t, "value"))
			}
			path := route[1]
			var form url.Values
			if route[0] == http.MethodPost {
				form = values
			} else if encoded := values.Encode(); len(encoded) < 50_000 {
				path += "?" + encoded
			}
			var headers []string
			if rapid.Bool().Draw(t, "htmx") {
				headers = []string{"HX-Request", "true"}
			}
			r := br.Send(route[0], path, form, headers...)
			size := len(r.Status) + 15
			for name, all := range r.Header {
				for _, v := range all {
					size += len(name) + len(v) + 4
				}
			}
			if size >= 4096 {
				t.Fatalf(
					"%s %.100s = %d with %d bytes of headers, want under 4096: %.300v",
					route[0],
					path,
					r.StatusCode,
					size,
					r.Header,
				)
			}
			if r.StatusCode >= 500 {
				t.Fatalf("%s %.300s = %d, want under 500", route[0], path, r.StatusCode)
			}
		})
	}
}
