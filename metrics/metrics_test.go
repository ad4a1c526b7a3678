package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"cordboard/handlers/portaltest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// TestMadeUpMethodsAreOne checks that made-up request methods don't each add a series.
func TestMadeUpMethodsAreOne(t *testing.T) {
	m := New("1.2.3")
	for i := range 1000 {
		m.Request(httptest.NewRequest(http.MethodGet, "/", nil), 200, time.Millisecond)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method = fmt.Sprint("MADE-UP-", i)
		m.Request(r, 405, time.Millisecond)
	}
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if n := strings.Count(w.Body.String(), "cordboard_http_request_seconds_count"); n == 0 || n > 2 ||
		strings.Contains(w.Body.String(), "MADE") {
		t.Errorf("got %d series for 1,000 methods, want 1 or 2", n)
	}
}

// TestStreams checks that event streams, which last for hours, aren't among the times of requests, and that refused
// ones are.
func TestStreams(t *testing.T) {
	m := New("1.2.3")
	for _, status := range []int{http.StatusOK, http.StatusTooManyRequests} {
		r := httptest.NewRequest(http.MethodGet, "/events", nil)
		c := chi.NewRouteContext()
		c.RoutePatterns = []string{"/events"}
		m.Request(r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, c)), status, time.Hour)
	}
	text := scrape(t, m)
	if strings.Contains(text, `route="/events",status="200"`) || !strings.Contains(text, `route="/events",status="429"`) {
		t.Errorf("want refused streams only:\n%.2000s", text)
	}
	if !strings.Contains(text, `cordboard_build_info{version="1.2.3"} 1`) {
		t.Error("the version is missing")
	}
}

// scrape returns the metrics as Prometheus reads them.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics = %d", w.Code)
	}
	return w.Body.String()
}

// TestFleet checks the metrics of the mirror and of the webhooks, while YCM responds and while it doesn't.
func TestFleet(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	m := New("1.2.3")
	m.Watch(b.Fleet.Mirror)
	m.WatchHooks(b.Fleet.Hooks)
	good := "cordboard_sync_last_good_timestamp_seconds " + strconv.FormatFloat(float64(b.Clock.Now().Unix()), 'g', -1, 64)
	want := []string{
		"cordboard_pbxs 5", "cordboard_sync_failures_in_a_row 0", good,
		`cordboard_webhooks_total{result="accepted"} 0`, `cordboard_webhooks_total{result="rejected"} 0`,
	}
	for _, line := range want {
		if text := scrape(t, m); !strings.Contains(text, line+"\n") {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
	b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Unavailable503})
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err == nil {
		t.Error("a sync with YCM down succeeds")
	}
	for _, line := range []string{"cordboard_pbxs 5", "cordboard_sync_failures_in_a_row 1", good} {
		if text := scrape(t, m); !strings.Contains(text, line+"\n") {
			t.Errorf("after a failure, no line %q in\n%s", line, text)
		}
	}
}

// TestYCMRequests checks that requests to YCM are counted by operation, whatever the PBX, and by result.
func TestYCMRequests(t *testing.T) {
	t.Parallel()
	m := New("1.2.3")
	m.YCMRequest("GET cloudpbxs/7715", time.Second, nil)
	m.YCMRequest("GET cloudpbxs/7716", time.Second, nil)
	m.YCMRequest("GET cloudpbxs/7716", time.Second, &ycm.Error{Class: ycm.ErrRate})
	m.YCMRequest("GET cloudpbxs/7716", time.Second, errors.New("other"))
	text := scrape(t, m)
	for labels, count := range map[string]int{
		`operation="GET cloudpbxs/{id}",result="ok"`:                          2,
		`operation="GET cloudpbxs/{id}",result="` + ycm.ErrRate.Error() + `"`: 1,
		`operation="GET cloudpbxs/{id}",result="error"`:                       1,
	} {
		if line := fmt.Sprintf("cordboard_ycm_request_seconds_count{%s} %d\n", labels, count); !strings.Contains(text, line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}

// TestRequestsByRoute checks that requests are counted by route, so that the paths of a large fleet are one series.
func TestRequestsByRoute(t *testing.T) {
	t.Parallel()
	m := New("1.2.3")
	router := chi.NewRouter()
	router.Get("/pbxs/{id}", func(_ http.ResponseWriter, r *http.Request) { m.Request(r, http.StatusOK, time.Second) })
	for id := range 20 {
		router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprint("/pbxs/", id), nil))
	}
	m.Request(httptest.NewRequest(http.MethodGet, "/nowhere", nil), http.StatusNotFound, time.Second)
	text := scrape(t, m)
	for _, line := range []string{
		`cordboard_http_request_seconds_count{method="GET",route="/pbxs/{id}",status="200"} 20`,
		`cordboard_http_request_seconds_count{method="GET",route="none",status="404"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %q in\n%.3000s", line, text)
		}
	}
}

// TestAlertsNameMetrics checks that the alert rules are about metrics that exist.
func TestAlertsNameMetrics(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../deploy/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b := portaltest.New(t, 1)
	m := New("1.2.3")
	m.Watch(b.Fleet.Mirror)
	m.WatchHooks(b.Fleet.Hooks)
	m.Request(httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, time.Second)
	text := scrape(t, m)
	named := regexp.MustCompile(`\bcordboard_[a-z_]+`).FindAllString(string(rules), -1)
	for _, name := range named {
		if !strings.Contains(text, "\n"+name+"{") && !strings.Contains(text, "\n"+name+" ") &&
			!strings.Contains(text, "# TYPE "+name+" ") {
			t.Errorf("there is no metric %s", name)
		}
	}
	if len(named) < 6 {
		t.Errorf("the rules name only %v", named)
	}
}
