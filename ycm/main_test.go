package ycm

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClock() *clocktest.Clock { return clocktest.New(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) }

// sleeps implements Config.Sleep. It advances the clock instead of waiting and records the durations.
type sleeps struct {
	clock *clocktest.Clock
	mu    sync.Mutex
	slept []time.Duration
}

func (s *sleeps) Sleep(ctx context.Context, d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slept = append(s.slept, d)
	s.clock.Add(d)
	return ctx.Err()
}

// testConfig returns a Config for url, and the sleeps that it uses. A sleep takes no time but advances the clock,
// which is otherwise stopped. Rand returns 0.5.
func testConfig(url string) (Config, *sleeps) {
	s := &sleeps{clock: newClock()}
	return Config{
		URL:          url,
		ClientID:     "client",
		ClientSecret: "secret",
		Now:          s.clock.Now,
		Sleep:        s.Sleep,
		Rand:         func() float64 { return 0.5 },
	}, s
}

func mustNew(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatalf("New(%+v): %v", c, err)
	}
	t.Cleanup(client.Close)
	return client
}

// upstream is a server that issues tokens and passes all other requests to a handler. It counts the tokens and the
// other requests.
type upstream struct {
	URL    string
	calls  atomic.Int64
	tokens atomic.Int64
}

// setup starts an upstream server with the handler h. It returns a client for the server, the server itself, and the
// client's sleeps.
func setup(t *testing.T, h http.HandlerFunc, change ...func(*Config)) (*Client, *upstream, *sleeps) {
	t.Helper()
	up := &upstream{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(
				w,
				`{"access_token":"token-%d","refresh_token":"r","token_type":"Bearer","expires_in":1800}`,
				up.tokens.Add(1),
			)
			return
		}
		up.calls.Add(1)
		h(w, r)
	}))
	t.Cleanup(server.Close)
	up.URL = server.URL
	config, s := testConfig(server.URL)
	for _, f := range change {
		f(&config)
	}
	return mustNew(t, config), up, s
}

// setupToken returns a client for a server that passes all requests, including token calls, to h. It also returns the
// server's request counter.
func setupToken(t *testing.T, h http.HandlerFunc, change ...func(*Config)) (*Client, *atomic.Int64) {
	t.Helper()
	calls := &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		h(w, r)
	}))
	t.Cleanup(server.Close)
	config, _ := testConfig(server.URL)
	for _, f := range change {
		f(&config)
	}
	return mustNew(t, config), calls
}

// fake starts a fake YCM. It returns a client for the fake YCM, the fake YCM itself, and the client's sleeps. Both
// sides use the same clock unless change replaces the client's.
func fake(t *testing.T, y ycmtest.Config, change ...func(*Config)) (*Client, *ycmtest.Server, *sleeps) {
	t.Helper()
	config, s := testConfig("")
	y.Now = s.clock.Now
	server := ycmtest.NewServer(t, y)
	config.URL = server.URL
	for _, f := range change {
		f(&config)
	}
	return mustNew(t, config), server, s
}

// noRetries exhausts the retry budget permanently, so that each read sends only one request.
func noRetries(c *Client) { c.budget = &retryBudget{tokens: -1e6} }

// newPBX returns a create request that the fake YCM accepts.
func newPBX(subDomain string) CreateCloudPBXRequest {
	return CreateCloudPBXRequest{
		Name:                           "Acme & Sons",
		Plan:                           "Enterprise Plan",
		ExtensionCapacity:              20,
		ConcurrentCallCapacity:         5,
		RecordingStatus:                "Enabled",
		RecordingCapacity:              500,
		RegionID:                       1,
		SubDomain:                      subDomain,
		DomainID:                       11,
		VersionID:                      788,
		Type:                           "Commercial",
		UpgradeInPBX:                   "Enabled",
		IM:                             "Enabled",
		PasswordlessLogin:              "Disabled",
		AllowSuperiorPasswordlessLogin: "Disabled",
	}
}
