package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestMadeUpMethodsAreOne checks that made-up request methods don't each add a series.
func TestMadeUpMethodsAreOne(t *testing.T) {
	m := newMetrics()
	for i := range 1000 {
		m.request(httptest.NewRequest(http.MethodGet, "/", nil), 200, time.Millisecond)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method = fmt.Sprint("MADE-UP-", i)
		m.request(r, 405, time.Millisecond)
	}
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if n := strings.Count(w.Body.String(), "cordboard_http_request_seconds_count"); n == 0 || n > 2 ||
		strings.Contains(w.Body.String(), "MADE") {
		t.Errorf("got %d series for 1,000 methods, want 1 or 2", n)
	}
}
