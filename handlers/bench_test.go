package handlers

import (
	"cordboard/store"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkListPage is a page for somebody who is signed in: middleware, session, search, filter, order, facets and HTML, in
// process. It reports the 50th and 99th of a hundred in ms.
func BenchmarkListPage(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchListPage(b, n) })
	}
}

func benchListPage(b *testing.B, n int) {
	bench := newBench(b, n)
	cookies := bench.as(store.RoleViewer).Jar
	u, err := url.Parse(bench.web.URL)
	bench.must(err)
	for name, path := range map[string]string{
		"plain":    "/pbxs",
		"filtered": "/pbxs?q=care&status=Running&type=Commercial&usage=nearly-full&sort=-createTime",
	} {
		b.Run(name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, path, nil)
			request.Header.Set("Accept-Encoding", "gzip")
			for _, c := range cookies.Cookies(u) {
				request.AddCookie(c)
			}
			var times []time.Duration
			size := 0
			bench.server.ServeHTTP(httptest.NewRecorder(), request) // works the order out, as publishing does for those in use
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				start := time.Now()
				bench.server.ServeHTTP(w, request)
				times = append(times, time.Since(start))
				if w.Code != http.StatusOK {
					b.Fatalf("%s = %d", path, w.Code)
				}
				size = w.Body.Len()
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(size), "gzip-B")
		})
	}
}

// BenchmarkSignIn is what a password's hash costs as it is in use.
func BenchmarkSignIn(b *testing.B) {
	for b.Loop() {
		if _, err := HashPassword(testPassword, DefaultHash); err != nil {
			b.Fatal(err)
		}
	}
}
