package ycm

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// TestTokenLimitPausesReads checks that, after a 429 response to the token call, reads whose deadline is before the end
// of the pause fail without sending another request.
func TestTokenLimitPausesReads(t *testing.T) {
	t.Parallel()
	client, calls := setupToken(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
	}, func(c *Config) { c.Now = time.Now })
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		if _, err := client.ListRegions(ctx); !errors.Is(err, ErrRate) || !errors.Is(err, ErrNotSent) {
			t.Errorf("ListRegions = %v, want %v", err, ErrRate)
		}
		cancel()
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("token calls = %d, want 1", n)
	}
}

// TestPlacesInFlight checks that hanging background requests leave slots for users' requests, and that no more than
// eight requests are in flight.
func TestPlacesInFlight(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan bool, 100), make(chan bool)
	client, _, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/dm/open_api/v1/cluster/regions" {
			arrived <- true
			<-release
		}
		_, _ = w.Write([]byte(`{"status":"Success","data":{}}`))
	})
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() { _, _ = client.ListRegions(Background(t.Context())) })
	}
	for range maxBackground {
		<-arrived
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := client.GetSubscription(ctx); err != nil {
		t.Errorf("GetSubscription while background requests hang: %v", err)
	}
	for range 30 {
		wg.Go(func() { _, _ = client.ListRegions(t.Context()) })
	}
	for range maxInFlight - maxBackground {
		<-arrived
	}
	if len(arrived) != 0 || len(client.slots) != 8 {
		t.Errorf(
			"requests in flight = %d and %d more, want %d and 0 more",
			len(client.slots),
			len(arrived),
			maxInFlight,
		)
	}
	close(release)
	wg.Wait()
}

// TestTokenCallIsNobodysBackground checks that a token call precedes background requests even if a background request
// started it, because users may be waiting for the token.
func TestTokenCallIsNobodysBackground(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{}, func(c *Config) { c.Now, c.RatePerMinute, c.Burst = time.Now, 1, 1 })
	// Two background requests are waiting.
	client.pacer.background = []*turn{{make(chan struct{})}, {make(chan struct{})}}
	ctx, cancel := context.WithTimeout(Background(t.Context()), 10*time.Second)
	defer cancel()
	if token, err := client.tokens.get(ctx); err != nil || token == "" || len(server.Requests("requestToken")) != 1 {
		t.Errorf("get = %q, %v, want a token before the background requests", token, err)
	}
}
