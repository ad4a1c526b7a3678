package ycmtest

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 120, Now: newClock().Now}))
	before := a.y.IDs()
	a.y.Inject(Fault{Kind: Drift})
	seen := map[int64]int{}
	for page := 1; page <= 3; page++ {
		ids, total := a.list(fmt.Sprintf("sort=cloudPbxId&pageSize=50&pageNumber=%d", page))
		if total != 120 {
			t.Errorf("total on page %d = %d, want 120", page, total)
		}
		for _, id := range ids {
			seen[id]++
		}
	}
	missed := 0
	for _, id := range a.y.IDs() {
		if seen[id] == 0 {
			missed++
		}
	}
	after := a.y.IDs()
	if diff := cmp.Diff(before[2:], after[:118]); diff != "" || missed == 0 {
		t.Errorf("PBXs missed by the list = %d, want some; and the two oldest removed (-want +got):\n%s", missed, diff)
	}
}

func TestLag(t *testing.T) {
	t.Parallel()
	clock := newClock()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: clock.Now}))
	a.y.Inject(Fault{Kind: Lag, Delay: 30 * time.Second})
	a.create(order("acme", nil))
	var got []int
	for range 2 {
		_, total := a.list("")
		_, found := a.list("search=acme")
		got = append(got, total, found)
		clock.Add(30 * time.Second)
	}
	if diff := cmp.Diff([]int{40, 0, 41, 1}, got); diff != "" {
		t.Errorf("total and search results at once and after 30 s (-want +got):\n%s", diff)
	}
	if got := a.get("v1/cloud_pbx/instances/get?url=acme.pbx.example.com"); got["name"] != "Acme" {
		t.Errorf("get by URL = %v, want Acme, since only the list lags", got)
	}
}

func TestFaultsAreUsedUp(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Now: newClock().Now}))
	a.y.Inject(Fault{Op: "listRegions", Kind: Error500, Times: 2})
	a.y.Inject(Fault{Kind: RateLimited, RetryAfter: 9, Times: 1})
	var got []int
	for _, path := range []string{
		"cluster/regions",
		"cluster/regions",
		"cluster/regions",
		"cluster/regions",
		"subscription",
	} {
		status, _ := a.send(http.MethodGet, "v1/"+path, nil)
		got = append(got, status)
	}
	a.y.Inject(Fault{Kind: Failed200})
	status, body := a.send(http.MethodGet, "v1/subscription", nil)
	signIn(t, a.y) // a fault without an Op doesn't apply to the token call
	a.y.Clear()
	after, _ := a.send(http.MethodGet, "v1/subscription", nil)
	if diff := cmp.Diff([]int{500, 500, 429, 200, 200, 200, 200}, append(got, status, after)); diff != "" ||
		body["Status"] != "Failed" {
		t.Errorf("statuses, with body %v (-want +got):\n%s", body, diff)
	}
}

func TestLimitRate(t *testing.T) {
	t.Parallel()
	clock := newClock()
	a := signIn(t, New(Config{Now: clock.Now}))
	a.y.LimitRate(60, 2)
	var got []int
	for range 3 {
		status, _ := a.send(http.MethodGet, "v1/subscription", nil)
		got = append(got, status)
	}
	clock.Add(time.Second)
	for range 2 {
		status, _ := a.send(http.MethodGet, "v1/subscription", nil)
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{200, 200, 429, 200, 429}, got); diff != "" {
		t.Errorf("statuses at 60 per minute, burst 2 (-want +got):\n%s", diff)
	}
}

func TestUserAgentIsRequired(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Now: newClock().Now}))
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/dm/open_api/v1/subscription", nil)
	if fail := a.y.admit(r); fail != invalidParameter {
		t.Errorf("admit without a User-Agent = %v, want %v", fail, invalidParameter)
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	s := NewServer(t, Config{Now: newClock().Now})
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	post := func() error {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"}}
		r, err := http.NewRequestWithContext(
			t.Context(),
			http.MethodPost,
			s.URL+"/dm/open_api/oauth/token",
			strings.NewReader(form.Encode()),
		)
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	fails := func(name string, want bool) {
		t.Helper()
		if err := post(); (err != nil) != want {
			t.Errorf("%s: POST = %v, want an error: %t", name, err, want)
		}
		client.CloseIdleConnections()
	}
	fails("at first", false)
	s.Refuse()
	fails("refusing", true)
	if err := s.Accept(); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	fails("accepting", false)
	s.ResetConnections(2)
	fails("first reset", true)
	fails("second reset", true)
	fails("after two resets", false)
	s.ResetConnections(-1)
	fails("all reset", true)
	fails("all reset", true)
	s.ResetConnections(0)
	fails("none reset", false)
	if n := len(s.Requests("requestToken")); n != 4 {
		t.Errorf("token calls = %d, want 4", n)
	}
	s.ForgetRequests()
	if n := len(s.Requests("")); n != 0 {
		t.Errorf("requests after ForgetRequests = %d, want 0", n)
	}
}
