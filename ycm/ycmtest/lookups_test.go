package ycmtest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// records sends a GET request for path and returns the records in the response, whose data must be a list.
func (a *account) records(path string) []map[string]any {
	a.t.Helper()
	status, body := a.send(http.MethodGet, path, nil)
	list, ok := body["data"].([]any)
	if status != http.StatusOK || !ok {
		a.t.Fatalf("GET %s = %d %v, want a list", path, status, body)
	}
	all := []map[string]any{}
	for _, v := range list {
		all = append(all, v.(map[string]any))
	}
	return all
}

// members returns the values of the named member, one for each record.
func members(records []map[string]any, name string) []any {
	values := []any{}
	for _, r := range records {
		values = append(values, r[name])
	}
	return values
}

// TestLookups checks the lists that the form for a new PBX needs, how region IDs narrow them, and invalid requests.
func TestLookups(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, Now: newClock().Now}))
	for _, tt := range []struct {
		path, member string
		want         []any
	}{
		{"cluster/regions", "regionId", []any{1.0, 2.0, 3.0, 4.0}},
		{"cluster/domains?regionIds=1", "domainId", []any{11.0, 12.0}},
		{"cluster/domains?regionIds=1,4", "domain", []any{"pbx.example.com", "voice.example.net", "cn.pbx.example.com"}},
		{"cluster/domains?regionIds=99", "domainId", []any{}},
		{"firmware?type=pbx", "versionId", []any{788.0, 781.0, 772.0, 764.0, 757.0}},
		{"firmware?type=pbx&regionIds=3", "versionId", []any{788.0, 781.0, 772.0}},
		{"provision_template", "provisioningTemplateId", []any{306.0, 307.0, 311.0, 3933.0}},
	} {
		if diff := cmp.Diff(tt.want, members(a.records("v1/"+tt.path), tt.member)); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", tt.member, tt.path, diff)
		}
	}
	for _, path := range []string{
		"cluster/domains", "cluster/domains?regionIds=", "cluster/domains?regionIds=a",
		"cluster/domains?regionIds=1,,2", "firmware?type=pbx&regionIds=4294967297", "firmware?type=phone",
	} {
		if status, code := a.call(http.MethodGet, "v1/"+path, ""); code != invalidParameter.code {
			t.Errorf("GET %s = %d, code %d, want %v", path, status, code, invalidParameter)
		}
	}
	templates := a.records("v1/provision_template")
	if templates[0]["provisioningTemplateCreateTime"] == nil || templates[1]["provisioningTemplateCreateTime"] != nil {
		t.Errorf("templates = %v, want times on every second one", templates)
	}
}

// TestCustomerPages checks the pages of the customer list.
func TestCustomerPages(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, Now: newClock().Now}))
	a.y.SetCustomers(23)
	seen := map[any]bool{}
	for page := 1; page <= 4; page++ {
		data := a.get(fmt.Sprintf("v1/customers?pageSize=7&pageNumber=%d", page))
		list := data["list"].([]any)
		if want := min(7, 23-7*(page-1)); len(list) != want || data["total"] != 23.0 || data["pageNumber"] != float64(page) {
			t.Errorf("page %d = %d customers of %v, want %d of 23", page, len(list), data["total"], want)
		}
		for _, c := range list {
			seen[c.(map[string]any)["customerId"]] = true
		}
	}
	if len(seen) != 23 {
		t.Errorf("pages have %d different customers, want 23", len(seen))
	}
	a.y.SetCustomers(0)
	if data := a.get("v1/customers"); data["total"] != 0.0 || len(data["list"].([]any)) != 0 {
		t.Errorf("customers of an account without any = %v", data)
	}
	if status, code := a.call(http.MethodGet, "v1/customers?pageSize=x", ""); code != invalidParameter.code {
		t.Errorf("customers with a page size that isn't a number = %d, code %d, want %v", status, code, invalidParameter)
	}
}

// TestOnePBX checks the calls that return one PBX by ID or by URL, and the call that returns only its status.
func TestOnePBX(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Plain: true, Now: newClock().Now}))
	id := a.y.IDs()[7]
	a.y.Edit(id, func(r map[string]any) { r["plan"], r["pbxStatus"] = ultimatePlan, "Upgrading" })
	byID := a.get(instance(id))
	byURL := a.get("v1/cloud_pbx/instances/get?url=" + byID["url"].(string))
	if diff := cmp.Diff(byID, byURL); diff != "" {
		t.Errorf("by URL differs from by ID (-ID +URL):\n%s", diff)
	}
	for name, want := range map[string]any{
		"receptionistCapacity": 60.0, "receptionistCapacityAddon": 0.0,
		"usedReceptionist": float64(id % 60),
	} {
		if byID[name] != want {
			t.Errorf("%s = %v, want %v", name, byID[name], want)
		}
		if _, listed := a.y.Record(id)[name]; listed {
			t.Errorf("the list has %s, want it only in the calls that return one PBX", name)
		}
	}
	state := map[string]any{"cloudPbxId": float64(id), "pbxStatus": "Upgrading", "activationStatus": "Activated"}
	if diff := cmp.Diff(state, a.get(instance(id)+"/status")); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	for _, path := range []string{
		instance(1), instance(1) + "/status", instance(1) + "/customers",
		"v1/cloud_pbx/instances/get?url=none.example.com",
	} {
		if status, code := a.call(http.MethodGet, path, ""); status != http.StatusNotFound || code != notFound.code {
			t.Errorf("GET %s = %d, code %d, want %v", path, status, code, notFound)
		}
	}
	for _, path := range []string{"v1/cloud_pbx/instances/x", "v1/cloud_pbx/instances/get"} {
		if status, code := a.call(http.MethodGet, path, ""); code != invalidParameter.code {
			t.Errorf("GET %s = %d, code %d, want %v", path, status, code, invalidParameter)
		}
	}
}

// TestSubscription checks the two formats of the subscription, and that its end date moves with the clock.
func TestSubscription(t *testing.T) {
	t.Parallel()
	for _, three := range []bool{false, true} {
		clock := newClock()
		a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: clock.Now, ThreeResources: three}))
		s := a.get("v1/subscription")
		capacity := s["capacity"].(map[string]any)
		counts := map[string]int{}
		for part, v := range capacity {
			counts[part] = len(v.(map[string]any))
		}
		want := map[string]int{"total": 5, "available": 5, "used": 11} // used: sums, resellers' shares, frozen
		if three {
			want = map[string]int{"total": 3, "available": 3, "used": 7}
		}
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("ThreeResources %t: members (-want +got):\n%s", three, diff)
		}
		if _, two := s["recordingExpireDate"]; two == three {
			t.Errorf("ThreeResources %t: has a second date: %t", three, two)
		}
		if want := float64(day(clock.Now()).AddDate(0, 0, 105).Unix()); s["expirationTime"] != want {
			t.Errorf("expirationTime = %v, want %v, 105 days from today", s["expirationTime"], want)
		}
		clock.Add(24 * time.Hour)
		a = signIn(t, a.y) // the token has expired
		if next := a.get("v1/subscription"); next["expirationTime"] == s["expirationTime"] {
			t.Error("the subscription's end doesn't move with the clock")
		}
	}
}

// TestControl checks the methods that tests use to inspect the account and to change it without the client's
// knowledge.
func TestControl(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 12, Now: newClock().Now}))
	a.y.ForgetRequests()
	a.get("v1/subscription")
	a.call(http.MethodPut, instance(a.y.IDs()[0])+"/stop", `{"x":1}`)
	requests := a.y.Requests("")
	if len(requests) != 2 || requests[0].Op != "getSubscription" || requests[0].Body != nil ||
		string(requests[1].Body) != `{"x":1}` || requests[1].Agent != "test" || requests[1].Token != a.token {
		t.Errorf("requests = %+v, want the two with agent, token and the body of the change", requests)
	}
	if stops := a.y.Requests("stopCloudPbx"); len(stops) != 1 || stops[0].Path == "" {
		t.Errorf("stop requests = %+v, want one", stops)
	}
	var pages []int
	a.y.OnList(func(page int) { pages = append(pages, page) })
	a.list("pageNumber=2")
	a.list("")
	if diff := cmp.Diff([]int{2, 1}, pages); diff != "" {
		t.Errorf("pages that OnList saw (-want +got):\n%s", diff)
	}
	rows := a.y.Records()
	for i, id := range a.y.IDs() {
		if rows[i].ID != id || jsonOf(rows[i].JSON) == "" || decode(rows[i].JSON)["cloudPbxId"] != id {
			t.Errorf("Records()[%d] = PBX %d, want %d", i, rows[i].ID, id)
		}
	}
	if a.y.Record(1) != nil {
		t.Error("Record of no PBX isn't nil")
	}
	a.y.Delete(1) // deleting a PBX that doesn't exist has no effect
	if got := len(a.y.IDs()); got != 12 {
		t.Errorf("PBXs = %d, want 12", got)
	}
	a.y.ChangeSecret("other")
	if _, code := a.call(http.MethodGet, "v1/subscription", ""); code != invalidToken.code {
		t.Errorf("call after the secret changed = code %d, want %v", code, invalidToken)
	}
	defer func() {
		if recover() == nil {
			t.Error("Edit of no PBX doesn't panic")
		}
	}()
	a.y.Edit(1, func(map[string]any) {})
}
