package ycmtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// remote calls a fake YCM over real HTTP, as a client would.
type remote struct {
	t      *testing.T
	s      *Server
	client *http.Client
	token  string
}

func dial(t *testing.T, c Config) *remote {
	t.Helper()
	r := &remote{t: t, s: NewServer(t, c)}
	r.client = &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.Cleanup(r.client.CloseIdleConnections)
	r.token = signIn(t, r.s.YCM).token
	return r
}

// do sends a request and returns the response's status, header and body.
func (r *remote) do(ctx context.Context, method, path string) (int, http.Header, string, error) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, r.s.URL+"/dm/open_api/"+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	response, err := r.client.Do(request)
	if err != nil {
		return 0, nil, "", err
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header, string(b), err
}

// TestEachKindOfFault checks, for each kind of fault except Lag, Total and Drift, what the client sees and whether the
// change was made.
func TestEachKindOfFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		fault    Fault
		status   int // 0 if the client gets an error
		body     string
		hangs    bool // until the client gives up
		executed bool
	}{
		{fault: Fault{Kind: ResetUnprocessed}},
		{fault: Fault{Kind: ResetProcessed}, executed: true},
		{fault: Fault{Kind: HangUnprocessed}, hangs: true},
		{fault: Fault{Kind: HangProcessed}, hangs: true, executed: true},
		{fault: Fault{Kind: LateProcessed, Delay: time.Minute}, hangs: true, executed: true},
		{fault: Fault{Kind: LateProcessed, Delay: time.Millisecond}, status: 200, body: "Success", executed: true},
		{fault: Fault{Kind: Latency, Delay: time.Millisecond}, status: 200, body: "Success", executed: true},
		{fault: Fault{Kind: Error500}, status: 500, body: "1000001"},
		{fault: Fault{Kind: Error500Processed}, status: 500, body: "1000001", executed: true},
		{fault: Fault{Kind: Gateway502}, status: 502, body: "<html>", executed: true},
		{fault: Fault{Kind: Unavailable503}, status: 503, body: "<html>"},
		{fault: Fault{Kind: RateLimited, RetryAfter: 9}, status: 429, body: "1000040"},
		{fault: Fault{Kind: TokenExpired}, status: 401, body: "1000035"},
		{fault: Fault{Kind: Failed200}, status: 200, body: `"errno":1000001`},
		{fault: Fault{Kind: Failed200, Code: 7}, status: 200, body: `"errno":7,`},
		{fault: Fault{Kind: BrokenJSON}, status: 200, body: `{"data":{"cloudPbxId":4`, executed: true},
		{fault: Fault{Kind: WithoutID}, status: 200, body: `"data":{}`, executed: true},
		{fault: Fault{Kind: Redirect307}, status: 307},
		{fault: Fault{Kind: Body, Status: 418, Body: []byte("tea")}, status: 418, body: "tea"},
		{fault: Fault{Kind: Body, Body: []byte("fine")}, status: 200, body: "fine"},
	} {
		t.Run(string(tt.fault.Kind), func(t *testing.T) {
			t.Parallel()
			r := dial(t, Config{Seed: 1, PBXs: 1, Plain: true})
			id := r.s.IDs()[0]
			r.s.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Running" })
			tt.fault.Op = "stopCloudPbx"
			r.s.Inject(tt.fault)
			stopped := func() bool { return r.s.Record(id)["pbxStatus"] == "Stopped" }
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			if tt.hangs {
				go func() {
					for ctx.Err() == nil && (len(r.s.Requests("stopCloudPbx")) == 0 || stopped() != tt.executed) {
						runtime.Gosched()
					}
					giveUp()
				}()
			}
			status, _, body, err := r.do(ctx, http.MethodPut, instance(id)+"/stop")
			if (err != nil) != (tt.status == 0) || errors.Is(err, context.Canceled) != tt.hangs {
				t.Errorf("error = %v, want one: %t, only by giving up: %t", err, tt.status == 0, tt.hangs)
			}
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("response = %d %q, want %d with %q", status, body, tt.status, tt.body)
			}
			if stopped() != tt.executed {
				t.Errorf("executed = %t, want %t", stopped(), tt.executed)
			}
			if n := len(r.s.Requests("stopCloudPbx")); n != 1 {
				t.Errorf("requests = %d, want 1", n)
			}
		})
	}
}

// TestFaultHeaders checks the headers that faults send: Retry-After, Location, Content-Type, and the headers in the
// fault.
func TestFaultHeaders(t *testing.T) {
	t.Parallel()
	r := dial(t, Config{Seed: 1})
	for _, tt := range []struct {
		fault       Fault
		name, value string
	}{
		{Fault{Kind: RateLimited, RetryAfter: 9}, "Retry-After", "9"},
		{Fault{Kind: RateLimited}, "Retry-After", ""},
		{Fault{Kind: Redirect307}, "Location", "/dm/open_api/v1/elsewhere"},
		{Fault{Kind: Body, Header: http.Header{"X-Odd": {"yes"}}}, "X-Odd", "yes"},
		{Fault{Kind: Gateway502}, "Content-Type", "text/html"},
	} {
		tt.fault.Times = 1
		r.s.Inject(tt.fault)
		if _, header, _, err := r.do(t.Context(), http.MethodGet, "v1/subscription"); err != nil ||
			header.Get(tt.name) != tt.value {
			t.Errorf("%s: %s = %q, %v, want %q", tt.fault.Kind, tt.name, header.Get(tt.name), err, tt.value)
		}
	}
}

// TestTotals checks that a Total fault changes the total that a list reports, for as many requests as the fault
// specifies.
func TestTotals(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 12, Now: newClock().Now}))
	a.y.Inject(Fault{Op: "listCloudPbxs", Kind: Total, Body: []byte("1e9"), Times: 2})
	for i, want := range []float64{1e9, 1e9, 12} {
		if got := a.get("v2/cloud_pbx/instances?pageSize=50"); got["total"] != want || len(got["list"].([]any)) != 12 {
			t.Errorf("list %d: total %v with %d records, want %v with 12", i+1, got["total"], len(got["list"].([]any)), want)
		}
	}
	a.y.Inject(Fault{Kind: Total, Body: []byte(`"many"`)})
	if got := a.get("v1/customers")["total"]; got != "many" {
		t.Errorf("total of the customers = %v, want many", got)
	}
	a.y.Clear()
	if got := a.get("v1/customers")["total"]; got != 137.0 {
		t.Errorf("total of the customers without the fault = %v, want 137", got)
	}
}

// TestWhoMayCall checks that a call needs a token that was issued, and that the token call needs a form with the right
// client ID and secret. It also checks the response for an unknown path.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 1, Now: newClock().Now, Client: Credentials{"client", "secret"}}))
	good := a.token
	for _, token := range []string{"", "x", good + "x", strings.ToUpper(good)} {
		a.token = token
		if status, code := a.call(http.MethodGet, "v1/subscription", ""); status != 401 || code != invalidToken.code {
			t.Errorf("call with the token %q = %d, code %d, want %v", token, status, code, invalidToken)
		}
	}
	a.token = ""
	for _, tt := range []struct {
		form url.Values
		want *failure
	}{
		{url.Values{}, invalidParameter},
		{url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}}, invalidParameter},
		{url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}}, wrongSecret},
		{
			url.Values{"grant_type": {"client_credentials"}, "client_id": {"Client"}, "client_secret": {"secret"}},
			wrongSecret,
		},
	} {
		status, body := a.send(http.MethodPost, "oauth/token", strings.NewReader(tt.form.Encode()))
		if code, _ := body["errno"].(float64); status != tt.want.status || int(code) != tt.want.code {
			t.Errorf("token call with %v = %d %v, want %v", tt.form, status, body, tt.want)
		}
	}
	if status, _ := a.send(http.MethodPost, "oauth/token", strings.NewReader("%zz")); status != http.StatusBadRequest {
		t.Errorf("token call with a broken form = %d, want 400", status)
	}
	r := dial(t, Config{})
	if status, _, body, err := r.do(t.Context(), http.MethodGet, "v1/nothing"); status != 404 ||
		!strings.Contains(body, "<html>") {
		t.Errorf("GET of a path that isn't there = %d %q, %v, want 404 with HTML", status, body, err)
	}
}
