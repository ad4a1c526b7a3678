package ycm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/ycm/ycmtest"
)

func TestReadRetries(t *testing.T) {
	t.Parallel()
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
	date := newClock().Now().Add(9 * time.Second).Format(http.TimeFormat)
	tests := []struct {
		name       string
		status     int
		retryAfter string
		body       string
		wantCalls  int64
		wantSlept  []time.Duration
	}{
		{"400", 400, "", `{}`, 1, nil},
		{"403", 403, "", `{}`, 1, nil},
		{"404", 404, "", `{}`, 1, nil},
		{"408", 408, "", `{}`, 1, nil},
		{"500", 500, "", `{"errno":1000001}`, 1, nil},
		{"501", 501, "", ``, 1, nil},
		{"502", 502, "", `<html>`, 3, []time.Duration{ms(100), ms(200)}}, // half of 200 ms, then of 400 ms
		{"503", 503, "", ``, 3, []time.Duration{ms(100), ms(200)}},
		{"504", 504, "", ``, 3, []time.Duration{ms(100), ms(200)}},
		{"503 in seconds", 503, "2", ``, 3, []time.Duration{2 * time.Second, 2 * time.Second}},
		{"503, cap", 503, "3600", ``, 3, []time.Duration{time.Minute, time.Minute}},
		{"429 in seconds", 429, "7", ``, 3, []time.Duration{7 * time.Second, 7 * time.Second}},
		{"429, cap", 429, "86400", ``, 3, []time.Duration{time.Minute, time.Minute}},
		{"429, a date", 429, date, ``, 2, []time.Duration{9 * time.Second}}, // the second attempt gets a 400
		{"Failed in a 200", 200, "", `{"status":"Failed","errno":1000001}`, 1, nil},
		{"unreadable", 200, "", `<html>`, 1, nil},
		{"truncated", 200, "", `{"data":`, 1, nil},
		{"307", 307, "", ``, 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var calls atomic.Int64
			client, _, s := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				if calls.Add(1) > 1 && tt.retryAfter == date {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			if _, err := client.ListRegions(t.Context()); err == nil {
				t.Error("ListRegions = nil, want an error")
			}
			if calls.Load() != tt.wantCalls {
				t.Errorf("ListRegions made %d requests, want %d", calls.Load(), tt.wantCalls)
			}
			if diff := cmp.Diff(tt.wantSlept, s.slept); diff != "" {
				t.Errorf("slept (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRetriesWithoutAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		fault        func(*ycmtest.Server)
		timeout      time.Duration
		wantSent     int
		wantSlept    int
		wantNotSent  bool
		wantNoAnswer bool
	}{
		{"refused", func(s *ycmtest.Server) { s.Refuse() }, time.Minute, 0, 2, true, false},
		{"reset at once", func(s *ycmtest.Server) { s.ResetConnections(-1) }, time.Minute, 0, 2, false, false},
		{"no answer", func(s *ycmtest.Server) {
			s.Inject(ycmtest.Fault{Op: "listRegions", Kind: ycmtest.HangUnprocessed})
		}, 300 * time.Millisecond, 3, 2, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server, s := fake(t, ycmtest.Config{})
			if _, err := client.GetSubscription(t.Context()); err != nil { // gets a token
				t.Fatal(err)
			}
			client.config.ReadTimeout = tt.timeout
			tt.fault(server)
			_, err := client.ListRegions(t.Context())
			if tt.wantSent == 0 && !tt.wantNotSent { // the reset may happen before or after the client connects
				tt.wantNotSent = errors.Is(err, ErrNotSent)
			}
			if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotSent) != tt.wantNotSent ||
				errors.Is(err, ErrNoAnswer) != tt.wantNoAnswer {
				t.Errorf(
					"ListRegions = %v, want %v, not sent %t, no answer %t",
					err,
					ErrUnavailable,
					tt.wantNotSent,
					tt.wantNoAnswer,
				)
			}
			if n := len(server.Requests("listRegions")); n != tt.wantSent || len(s.slept) != tt.wantSlept {
				t.Errorf(
					"ListRegions sent %d requests and slept %d times, want %d and %d",
					n,
					len(s.slept),
					tt.wantSent,
					tt.wantSlept,
				)
			}
		})
	}
}

func TestReadSucceedsAfterRetry(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{})
	server.Inject(ycmtest.Fault{Op: "listRegions", Kind: ycmtest.Unavailable503, Times: 2})
	if regions, err := client.ListRegions(t.Context()); err != nil || len(regions) == 0 {
		t.Errorf("ListRegions = %v, %v, want the third attempt's regions", regions, err)
	}
	if n := len(server.Requests("listRegions")); n != 3 {
		t.Errorf("requests = %d, want 3", n)
	}
}

// TestRetryBudget checks that an outage causes some retries, but few: at most two for ten reads, and at most one per
// ten reads for a hundred reads or more.
func TestRetryBudget(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reads    int
		wantMost int64
	}{{10, 12}, {100, 110}, {300, 330}}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d reads", tt.reads), func(t *testing.T) {
			client, up, _ := setup(
				t,
				func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
			)
			for range tt.reads {
				_, _ = client.ListRegions(t.Context())
			}
			if n := up.calls.Load(); n > tt.wantMost || n <= int64(tt.reads) {
				t.Errorf("%d reads made %d requests, want some retries and at most %d", tt.reads, n, tt.wantMost)
			}
		})
	}
}

// TestReadRetryPastDeadline checks that a read isn't retried if the delay would end after the caller's deadline.
func TestReadRetryPastDeadline(t *testing.T) {
	t.Parallel()
	client, up, s := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusServiceUnavailable)
	}, func(c *Config) { c.Now = time.Now })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := client.ListRegions(ctx)
	var e *Error
	if !errors.As(err, &e) || e.StatusCode != http.StatusServiceUnavailable || e.RetryAfter != 30*time.Second {
		t.Errorf("ListRegions = %v, want status 503 with RetryAfter 30 s", err)
	}
	if up.calls.Load() != 1 || len(s.slept) != 0 {
		t.Errorf("ListRegions made %d requests and slept %v, want 1 request and no sleep", up.calls.Load(), s.slept)
	}
}

func TestReadCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client, up, _ := setup(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := client.ListRegions(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, ErrNoAnswer) || up.calls.Load() != 1 {
		t.Errorf("ListRegions = %v after %d requests, want %v after 1", err, up.calls.Load(), context.Canceled)
	}
}

// TestWalkPageSizes checks that a walk returns all records whatever page size the caller sets, even an invalid one.
func TestWalkPageSizes(t *testing.T) {
	t.Parallel()
	client, _, _ := fake(t, ycmtest.Config{PBXs: 130})
	for _, size := range []int{-1, 0, 1, 7, 50, 51, 100, 1000} {
		n := 0
		for _, err := range CloudPBXs(t.Context(), client, ListOptions{PageSize: size, Sort: "cloudPbxId"}) {
			if err != nil {
				t.Fatalf("CloudPBXs(page size %d): %v", size, err)
			}
			n++
		}
		if n != 130 {
			t.Errorf("CloudPBXs(page size %d) = %d records, want 130", size, n)
		}
	}
}

// TestWalkEnds checks that a walk ends, and after how many records, if the server uses smaller pages than requested,
// the fleet changes during the walk, or the fleet is empty.
func TestWalkEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		total func(page int) int
		size  int // the page size that the server uses
		want  int
	}{
		{"smaller pages", func(int) int { return 45 }, 20, 45},
		{"shrinks to nothing", func(page int) int { return 120 / page / page }, 50, 50},
		{"grows", func(page int) int { return min(100+page*10, 130) }, 50, 130},
		{"empty", func(int) int { return 0 }, 50, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, _, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
				var page int
				_, _ = fmt.Sscan(r.URL.Query().Get("pageNumber"), &page)
				total := tt.total(page)
				list := ""
				for id := (page - 1) * tt.size; id < min(page*tt.size, total); id++ {
					list += fmt.Sprintf(`{"cloudPbxId":%d},`, id+1)
				}
				fmt.Fprintf(
					w,
					`{"status":"Success","data":{"pageSize":%d,"total":%d,"list":[%s]}}`,
					tt.size,
					total,
					list[:max(len(list)-1, 0)],
				)
			})
			n := 0
			for _, err := range CloudPBXs(t.Context(), client, ListOptions{}) {
				if err != nil {
					t.Fatalf("CloudPBXs: %v", err)
				}
				n++
			}
			if n != tt.want {
				t.Errorf("CloudPBXs = %d records, want %d", n, tt.want)
			}
		})
	}
}
