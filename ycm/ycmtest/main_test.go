package ycmtest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClock() *clocktest.Clock { return clocktest.New(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)) }

// account calls a fake YCM without a network.
type account struct {
	t     *testing.T
	y     *YCM
	token string
}

func signIn(t *testing.T, y *YCM) *account {
	t.Helper()
	a := &account{t: t, y: y}
	status, body := a.send(http.MethodPost, "oauth/token", strings.NewReader(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"client"}, "client_secret": {"secret"},
	}.Encode()))
	if a.token, _ = body["access_token"].(string); a.token == "" {
		t.Fatalf("POST oauth/token = %d %v, want a token", status, body)
	}
	return a
}

func (a *account) send(method, path string, body io.Reader) (int, map[string]any) {
	a.t.Helper()
	r := httptest.NewRequest(method, "/dm/open_api/"+path, body)
	r.Header.Set("User-Agent", "test")
	r.Header.Set("Authorization", "Bearer "+a.token)
	if method == http.MethodPost && a.token == "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w := httptest.NewRecorder()
	a.y.ServeHTTP(w, r)
	var m map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		a.t.Fatalf("%s %s = %d %s: %v", method, path, w.Code, w.Body, err)
	}
	return w.Code, m
}

// get returns the data of the response to a GET request. It fails the test unless the response is a success.
func (a *account) get(path string) map[string]any {
	a.t.Helper()
	status, body := a.send(http.MethodGet, path, nil)
	data, _ := body["data"].(map[string]any)
	if status != http.StatusOK || body["status"] != "Success" {
		a.t.Fatalf("GET %s = %d %v, want a success", path, status, body)
	}
	return data
}

// list returns the IDs on a page of the PBX list, and the list's total.
func (a *account) list(query string) (ids []int64, total int) {
	a.t.Helper()
	data := a.get("v2/cloud_pbx/instances?" + query)
	for _, record := range data["list"].([]any) {
		ids = append(ids, int64(record.(map[string]any)["cloudPbxId"].(float64)))
	}
	return ids, int(data["total"].(float64))
}

// order returns the body of a valid create request with change applied. A nil value removes the member.
func order(subDomain string, change map[string]any) string {
	m := map[string]any{
		"name":                           "Acme",
		"plan":                           "Enterprise Plan",
		"extensionCapacity":              20,
		"concurrentCallCapacity":         5,
		"recordingStatus":                "Enabled",
		"recordingCapacity":              500,
		"regionId":                       1,
		"subDomain":                      subDomain,
		"domainId":                       11,
		"versionId":                      788,
		"type":                           "Commercial",
		"customerIds":                    []int64{},
		"upgradeInPbx":                   "Enabled",
		"im":                             "Enabled",
		"passwordlessLogin":              "Disabled",
		"allowSuperiorPasswordlessLogin": "Disabled",
	}
	for name, v := range change {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// create sends a create request and returns the status, YCM's code (0 for a success) and the new PBX's ID.
func (a *account) create(body string) (status, code int, id int64) {
	a.t.Helper()
	status, answer := a.send(http.MethodPost, "v1/cloud_pbx/instances", strings.NewReader(body))
	if data, ok := answer["data"].(map[string]any); ok {
		id = int64(data["cloudPbxId"].(float64))
	}
	n, _ := answer["errno"].(float64)
	return status, int(n), id
}
