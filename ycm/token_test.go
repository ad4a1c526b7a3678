package ycm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"cordboard/ycm/ycmtest"
)

// read makes n concurrent reads of the subscription and returns the errors of those that failed.
func read(t *testing.T, client *Client, n int) []error {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { _, errs[i] = client.GetSubscription(t.Context()) })
	}
	wg.Wait()
	var failed []error
	for _, err := range errs {
		if err != nil {
			failed = append(failed, err)
		}
	}
	return failed
}

func TestOneTokenForManyReads(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 1})
	if errs := read(t, client, 100); len(errs) > 0 {
		t.Errorf("%d of 100 reads failed: %v", len(errs), errs[0])
	}
	if n := len(server.Requests("requestToken")); n != 1 {
		t.Errorf("token calls = %d, want 1", n)
	}
	server.ExpireTokens()
	if errs := read(t, client, 100); len(errs) > 0 {
		t.Errorf("after the token was invalidated, %d of 100 reads failed: %v", len(errs), errs[0])
	}
	if n := len(server.Requests("requestToken")); n != 2 {
		t.Errorf("token calls = %d, want 2", n)
	}
}

// tokenEndpoint responds to token calls without a network, so that it works in a synctest bubble.
type tokenEndpoint struct {
	calls atomic.Int64
	takes time.Duration
	fails bool
}

func (e *tokenEndpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	n := e.calls.Add(1)
	select {
	case <-time.After(e.takes):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	status, body := 200, fmt.Sprintf(`{"access_token":"t%d","token_type":"Bearer","expires_in":1800}`, n)
	if e.fails {
		status, body = 503, "<html>"
	}
	return &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
		Request:    r,
	}, nil
}

func (e *tokenEndpoint) tokens(jitter float64) *tokens {
	return &tokens{
		config: clientcredentials.Config{
			ClientID:     "client",
			ClientSecret: "secret",
			TokenURL:     "http://ycm" + tokenPath,
			AuthStyle:    oauth2.AuthStyleInParams,
		},
		transport: e,
		pacer:     newPacer(0, 0, time.Now),
		now:       time.Now,
		jitter:    func() float64 { return jitter },
		timeout:   15 * time.Second,
	}
}

func mustGet(t *testing.T, tokens *tokens) string {
	t.Helper()
	token, err := tokens.get(t.Context())
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	synctest.Wait() // a renewal may be in progress
	return token
}

func TestTokenRenewal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		jitter float64
		want   time.Duration // 80% of 1800 s, give or take a tenth of that
	}{
		{0, 1296 * time.Second},
		{0.5, 1440 * time.Second},
		{0.9999999, 1584 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.want.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				endpoint := &tokenEndpoint{}
				tokens := endpoint.tokens(tt.jitter)
				mustGet(t, tokens)
				time.Sleep(tt.want - time.Second)
				mustGet(t, tokens)
				if endpoint.calls.Load() != 1 {
					t.Errorf("token calls before %v = %d, want 1", tt.want, endpoint.calls.Load())
				}
				time.Sleep(2 * time.Second)
				mustGet(t, tokens)
				if got := mustGet(t, tokens); endpoint.calls.Load() != 2 || got != "t2" {
					t.Errorf("after %v: token %q and %d calls, want t2 and 2", tt.want, got, endpoint.calls.Load())
				}
			})
		})
	}
}

// TestTokenEndpointDown checks that, while the token endpoint fails or hangs, the client calls it no more than about
// once every 30 s and uses the old token until it expires. After that, get returns an error.
func TestTokenEndpointDown(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []*tokenEndpoint{{fails: true}, {takes: time.Hour}} {
		t.Run(fmt.Sprintf("fails %t, takes %v", endpoint.fails, endpoint.takes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up := &tokenEndpoint{}
				tokens := up.tokens(0.5)
				mustGet(t, tokens)
				tokens.transport = endpoint
				time.Sleep(1441 * time.Second)
				for range 300 { // one get per second, each with a short deadline
					ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
					token, err := tokens.get(ctx)
					cancel()
					if err != nil || token != "t1" {
						t.Fatalf("get = %q, %v, want t1", token, err)
					}
					time.Sleep(time.Second)
				}
				if n := endpoint.calls.Load(); n < 2 || n > 11 {
					t.Errorf("token calls in 300 s = %d, want about one every 30 s", n)
				}
				time.Sleep(60 * time.Second) // until the token has expired
				if token, err := tokens.get(t.Context()); !errors.Is(err, ErrUnavailable) || token != "" {
					t.Errorf("get after the token expired = %q, %v, want %v", token, err, ErrUnavailable)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	client, server, s := fake(t, ycmtest.Config{PBXs: 1}, func(c *Config) { c.ClientSecret = "wrong" })
	for range 2 {
		for range 10 {
			_, err := client.GetSubscription(t.Context())
			if !errors.Is(err, ErrCredentials) || !errors.Is(err, ErrNotSent) {
				t.Fatalf("GetSubscription = %v, want %v", err, ErrCredentials)
			}
			s.clock.Add(2900 * time.Millisecond)
		}
		s.clock.Add(time.Second)
	}
	if n := len(server.Requests("requestToken")); n != 2 {
		t.Errorf("token calls in 60 s = %d, want 2", n)
	}
	server.ChangeSecret("wrong")
	s.clock.Add(30 * time.Second)
	if _, err := client.GetSubscription(t.Context()); err != nil {
		t.Errorf("GetSubscription with the correct secret: %v", err)
	}
}

func TestWrongSecretOfMany(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 1}, func(c *Config) { c.ClientSecret = "wrong" })
	if errs := read(t, client, 100); len(errs) != 100 {
		t.Errorf("%d of 100 reads failed, want all", len(errs))
	}
	if n := len(server.Requests("requestToken")); n != 1 {
		t.Errorf("token calls = %d, want 1", n)
	}
}

// TestStaleToken checks that a read with a rejected token is repeated once with a new token, and fails only if YCM also
// rejects the new one. After AUTHENTICATION_FAILED, a read isn't repeated.
func TestStaleToken(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		status    int
		body      string
		refusals  int64
		wantErr   error
		wantCalls int64
	}{
		{"TOKEN_EXPIRED", 401, `{"errno":1000035}`, 1, nil, 2},
		{"INVALID_TOKEN", 401, `{"errno":1000036}`, 1, nil, 2},
		{"INVALID_TOKEN with 200", 200, `{"status":"Failed","errno":1000036}`, 1, nil, 2},
		{"401 and no more", 401, ``, 1, nil, 2},
		{"second refusal", 401, `{"errno":1000035}`, 2, ErrCredentials, 2},
		{"AUTHENTICATION_FAILED with 200", 200, `{"status":"Failed","errno":1000002}`, 1, ErrCredentials, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			left := atomic.Int64{}
			var sent []string
			client, up, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
				sent = append(sent, r.Header.Get("Authorization"))
				if left.Add(-1) < 0 {
					_, _ = io.WriteString(w, `{"status":"Success","data":[]}`)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			left.Store(tt.refusals)
			_, err := client.ListRegions(t.Context())
			if !errors.Is(err, tt.wantErr) || up.calls.Load() != tt.wantCalls {
				t.Errorf(
					"ListRegions = %v after %d requests, want %v after %d",
					err,
					up.calls.Load(),
					tt.wantErr,
					tt.wantCalls,
				)
			}
			if len(sent) == 2 && (sent[0] != "Bearer token-1" || sent[1] != "Bearer token-2") {
				t.Errorf("tokens sent = %q, want token-1, then token-2", sent)
			}
		})
	}
}

// TestStaleTokenOfCreate checks that a create request with a stale token fails and isn't repeated. The next request
// uses a new token.
func TestStaleTokenOfCreate(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 40})
	if errs := read(t, client, 1); len(errs) > 0 {
		t.Fatal(errs[0])
	}
	server.ExpireTokens()
	if _, err := client.CreateCloudPBX(t.Context(), newPBX("stale")); !errors.Is(err, ErrCredentials) ||
		errors.Is(err, ErrNotSent) {
		t.Errorf("CreateCloudPBX = %v, want %v", err, ErrCredentials)
	}
	if n := len(server.Requests("createCloudPbx")); n != 1 {
		t.Errorf("creates sent = %d, want 1", n)
	}
	if _, err := client.CreateCloudPBX(t.Context(), newPBX("stale")); err != nil {
		t.Errorf("next CreateCloudPBX: %v", err)
	}
}

// TestTokenLabels checks that the client decodes responses, including the token response, whatever their Content-Type.
func TestTokenLabels(t *testing.T) {
	t.Parallel()
	for _, label := range []string{
		"application/json",
		"text/plain",
		"text/plain; charset=utf-8",
		"text/html",
		"application/x-www-form-urlencoded",
		"",
	} {
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{label}
			if strings.HasSuffix(r.URL.Path, "oauth/token") {
				_, _ = w.Write([]byte(`{"access_token":"t-1","token_type":"Bearer","expires_in":1800}`))
				return
			}
			if r.Header.Get("Authorization") != "Bearer t-1" {
				t.Errorf("%q: Authorization = %q", label, r.Header.Get("Authorization"))
			}
			_, _ = w.Write([]byte(`{"status":"Success","data":[]}`))
		}))
		client, err := New(Config{
			URL:          up.URL,
			ClientID:     "c",
			ClientSecret: "s",
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.ListRegions(t.Context()); err != nil {
			t.Errorf("labeled %q: %v", label, err)
		}
		client.Close()
		up.Close()
	}
}
