package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers/portaltest"
	"cordboard/identity"
	"cordboard/store"
)

// BenchmarkListPage measures a list page for a signed-in user, in process: middleware, session, search, filter, order,
// facets and HTML. It reports the 50th and 99th percentiles in ms.
func BenchmarkListPage(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { benchListPage(b, n) })
	}
}

// BenchmarkNewPBXPage measures the form for a new PBX and its customer search, with cached options, 5,000 customers and
// a fleet of 10,000 PBXs.
func BenchmarkNewPBXPage(b *testing.B) {
	portal := portaltest.New(b, 10_000)
	portal.YCM.SetCustomers(5000)
	portal.Fleet.Catalog.Reload(b.Context(), fleet.OptionKinds...)
	benchPages(b, portal, store.RoleOperator, map[string]string{
		"plain":     "/pbxs/new",
		"filled":    "/pbxs/new?" + portaltest.GoodForm("acme").Encode(),
		"customers": "/pbxs/new/customers?q=varga",
	})
}

// BenchmarkOverviewPage measures the overview, the expiry board and the capacity page with a year of history. The
// sub-benchmark "first" measures the first overview after a sync that changed something. By then, everything that the
// sync can precompute is ready.
func BenchmarkOverviewPage(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			portal := portaltest.Prepare(b, n, func(portal *portaltest.Portal) {
				var year []store.SubscriptionReading
				for _, d := range portal.YCM.Past().Packages {
					year = append(
						year,
						store.SubscriptionReading{
							Account:      mirror.DefaultAccount,
							SeenAt:       d.At,
							Subscription: d.Subscription,
						},
					)
				}
				portal.Must(portal.Store.PutSubscription(b.Context(), year...))
			})
			portal.AddUsers()
			portal.Serve()
			benchPages(
				b,
				portal,
				store.RoleOperator,
				map[string]string{"overview": "/", "expiries": "/expiries", "capacity": "/subscription?days=365"},
			)
			b.Run("first", func(b *testing.B) {
				operator := portal.As(store.RoleOperator)
				operator.Get("/")
				var times []time.Duration
				for i := range 5 {
					portal.YCM.Edit(portal.YCM.IDs()[i], func(r map[string]any) { r["name"] = strconv.Itoa(i) })
					_, err := portal.Fleet.Mirror.Sync(b.Context())
					portal.Must(err)
					start := time.Now()
					operator.Get("/")
					times = append(times, time.Since(start))
				}
				slices.Sort(times)
				b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
				b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
			})
		})
	}
}

func benchListPage(b *testing.B, n int) {
	benchPages(b, portaltest.New(b, n), store.RoleViewer, map[string]string{
		"plain":    "/pbxs",
		"filtered": "/pbxs?q=care&status=Running&type=Commercial&usage=nearly-full&sort=-createTime&extensionCapacity=..{n}",
	})
}

// benchPages measures pages. In a path, {n} stands for a number that no two requests have, so that no result of an
// earlier request can be used.
func benchPages(b *testing.B, portal *portaltest.Portal, role string, paths map[string]string) {
	for name, path := range paths {
		b.Run(name, func(b *testing.B) {
			request, unique := signed(portal, role, path), 1_000_000
			query := request.URL.RawQuery
			var times []time.Duration
			size := 0
			portal.Server.ServeHTTP(httptest.NewRecorder(), request)
			b.ReportAllocs()
			for b.Loop() {
				unique++
				request.URL.RawQuery = strings.ReplaceAll(query, "{n}", strconv.Itoa(unique))
				w := &measuredResponse{header: http.Header{}}
				start := time.Now()
				portal.Server.ServeHTTP(w, request)
				times = append(times, time.Since(start))
				if w.status != http.StatusOK {
					b.Fatalf("GET %s = %d", path, w.status)
				}
				size = w.size
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(size), "gzip-B")
		})
	}
}

// measuredResponse is a response of which only the status and the size are kept.
type measuredResponse struct {
	header       http.Header
	status, size int
}

func (w *measuredResponse) Header() http.Header { return w.header }

func (w *measuredResponse) WriteHeader(status int) { w.status = status }

func (w *measuredResponse) Write(b []byte) (int, error) {
	w.size += len(b)
	return len(b), nil
}

// signed returns a signed-in user's request for a page.
func signed(portal *portaltest.Portal, role, path string) *http.Request {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	for _, c := range portal.As(role).Cookies() {
		request.AddCookie(c)
	}
	return request
}

// BenchmarkSignIn measures one password hash with the production parameters.
func BenchmarkSignIn(b *testing.B) {
	for b.Loop() {
		if _, err := identity.HashPassword(portaltest.Password, identity.DefaultHash); err != nil {
			b.Fatal(err)
		}
	}
}
