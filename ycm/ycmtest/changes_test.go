package ycmtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// call sends a request with a JSON body and returns the status and YCM's code, which is 0 for a success.
func (a *account) call(method, path string, body any) (status, code int) {
	a.t.Helper()
	status, answer := a.send(method, path, strings.NewReader(jsonOf(body)))
	n, _ := answer["errno"].(float64)
	return status, int(n)
}

// jsonOf returns v as JSON. It returns a string unchanged.
func jsonOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// must makes a call and fails the test unless the call succeeds.
func (a *account) must(method, path string, body any) {
	a.t.Helper()
	if status, code := a.call(method, path, body); status != http.StatusOK || code != 0 {
		a.t.Fatalf("%s %s %s = %d, code %d, want a success", method, path, jsonOf(body), status, code)
	}
}

// changed returns the members of a PBX's record that differ between before and after, with the values in after. The
// value of a removed member is "(absent)".
func changed(before, after map[string]any) map[string]any {
	diff := map[string]any{}
	for name, v := range after {
		if jsonOf(v) != jsonOf(before[name]) {
			diff[name] = v
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			diff[name] = "(absent)"
		}
	}
	return diff
}

// merged returns a copy of m with changes applied. A nil value removes the member.
func merged(m, changes map[string]any) map[string]any {
	m = maps.Clone(m)
	for name, v := range changes {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	return m
}

// instance returns the path for calls on one PBX.
func instance(id int64) string { return fmt.Sprintf("v1/cloud_pbx/instances/%d", id) }

// TestStartAndStop checks that starting and stopping change only the status, the active calls and the first start
// time, that repeating either changes nothing, and that an unknown or invalid ID is an error.
func TestStartAndStop(t *testing.T) {
	t.Parallel()
	clock := newClock()
	a := signIn(t, New(Config{Seed: 1, PBXs: 3, Plain: true, Now: clock.Now}))
	id := a.y.IDs()[0]
	a.y.Edit(id, func(r map[string]any) {
		r["pbxStatus"], r["activeCalls"] = "Running", "7"
		delete(r, "initialStartUpTime")
	})
	for _, step := range []struct {
		call string
		want map[string]any
	}{
		{"stop", map[string]any{"pbxStatus": "Stopped", "activeCalls": "0"}},
		{"stop", map[string]any{}},
		{"start", map[string]any{"pbxStatus": "Running", "initialStartUpTime": clock.Now().Unix()}},
		{"start", map[string]any{}},
		{"stop", map[string]any{"pbxStatus": "Stopped"}},
		{"start", map[string]any{"pbxStatus": "Running"}}, // initialStartUpTime is already set
	} {
		before := a.y.Record(id)
		a.must(http.MethodPut, instance(id)+"/"+step.call, "")
		if diff := cmp.Diff(step.want, changed(before, a.y.Record(id))); diff != "" {
			t.Errorf("members changed by %s (-want +got):\n%s", step.call, diff)
		}
	}
	for _, path := range []string{instance(1) + "/start", instance(1) + "/stop"} {
		if status, code := a.call(http.MethodPut, path, ""); status != http.StatusNotFound || code != notFound.code {
			t.Errorf("PUT %s = %d, code %d, want %v", path, status, code, notFound)
		}
	}
	if status, code := a.call(http.MethodPut, "v1/cloud_pbx/instances/x/start", ""); code != invalidParameter.code {
		t.Errorf("PUT of an ID that isn't a number = %d, code %d, want %v", status, code, invalidParameter)
	}
}

// TestResize checks that a valid resize sets all capacities, and that a resize changes nothing if a required member is
// missing or invalid, if it lowers the recording minutes, or if it exceeds what the subscription has left.
func TestResize(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Plain: true, Now: newClock().Now}))
	_, _, id := a.create(order("acme", nil)) // 20 extensions, 5 calls, 500 minutes
	left := a.y.available()
	good := map[string]any{
		"extensionCapacity": 30, "concurrentCallCapacity": 8, "recordingStatus": "Enabled", "recordingCapacity": 600,
	}
	for _, tt := range []struct {
		name   string
		change map[string]any
		want   *failure
	}{
		{"extensions missing", map[string]any{"extensionCapacity": nil}, invalidParameter},
		{"calls missing", map[string]any{"concurrentCallCapacity": nil}, invalidParameter},
		{"recording missing", map[string]any{"recordingCapacity": nil}, invalidParameter},
		{"recording status missing", map[string]any{"recordingStatus": nil}, invalidParameter},
		{"no extensions", map[string]any{"extensionCapacity": 0}, invalidParameter},
		{"501 extensions", map[string]any{"extensionCapacity": 501}, invalidParameter},
		{"no calls", map[string]any{"concurrentCallCapacity": 0}, invalidParameter},
		{"less recording", map[string]any{"recordingCapacity": 499}, invalidParameter},
		{"too many calls", map[string]any{"concurrentCallCapacity": left.calls + 6}, noCapacity},
		{"too much recording", map[string]any{"recordingCapacity": left.recording + 501}, noCapacity},
		{"too much transcription", map[string]any{"transcriptionCapacity": left.transcription + 1}, noCapacity},
	} {
		before := a.y.Record(id)
		status, code := a.call(http.MethodPut, instance(id)+"/capacity", merged(good, tt.change))
		if status != tt.want.status || code != tt.want.code {
			t.Errorf("%s: resize = %d, code %d, want %v", tt.name, status, code, tt.want)
		}
		if diff := changed(before, a.y.Record(id)); len(diff) > 0 {
			t.Errorf("%s: a refused resize changed %v", tt.name, diff)
		}
	}
	before := a.y.Record(id)
	a.must(http.MethodPut, instance(id)+"/capacity", merged(good, map[string]any{"transcriptionCapacity": 60}))
	want := map[string]any{
		"extensionCapacity": int64(30), "concurrentCallCapacity": int64(8), "recordingCapacity": int64(600),
		"transcriptionCapacity": int64(180), "transcriptionCapacityAddon": int64(60),
	}
	if diff := cmp.Diff(want, changed(before, a.y.Record(id))); diff != "" {
		t.Errorf("members changed by a resize (-want +got):\n%s", diff)
	}
	if got, want := a.y.available(), left.minus(resources{10, 3, 100, 0, 60}); got != want {
		t.Errorf("available after the resize = %+v, want %+v", got, want)
	}
	// The PBX can use its own capacity plus everything that is available.
	all := merged(good, map[string]any{"concurrentCallCapacity": left.calls + 5})
	a.must(http.MethodPut, instance(id)+"/capacity", all)
	if got := a.y.available(); got.calls != 0 || got.transcription != left.transcription {
		t.Errorf("available after a resize to everything without transcription = %+v", got)
	}
}

// TestResizeOfAnUltimatePlan checks that extensions added to a PBX on the Ultimate Plan count twice: as extensions and
// as Ultimate Plan extensions. It also checks the transcription minutes in the plan.
func TestResizeOfAnUltimatePlan(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Plain: true, Now: newClock().Now}))
	_, _, id := a.create(order("acme", map[string]any{"plan": ultimatePlan}))
	left := a.y.available()
	a.must(http.MethodPut, instance(id)+"/capacity", map[string]any{
		"extensionCapacity": 25, "concurrentCallCapacity": 5, "recordingStatus": "Enabled", "recordingCapacity": 500,
	})
	if got, want := a.y.available(), left.minus(resources{5, 0, 0, 5, 0}); got != want {
		t.Errorf("available = %+v, want %+v", got, want)
	}
	if r := a.y.Record(id); r["transcriptionCapacityPlan"] != int64(240) {
		t.Errorf("minutes in the plan = %v, want 240", r["transcriptionCapacityPlan"])
	}
}

// TestUpdate checks that an update sets the name and the switches, and that a body with a missing or invalid member
// fails.
func TestUpdate(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 3, Plain: true, Now: newClock().Now}))
	_, _, id := a.create(order("acme", nil))
	good := map[string]any{
		"name": "Acme & Sons", "upgradeInPbx": "Disabled", "im": "Disabled", "passwordlessLogin": "Enabled",
		"allowSuperiorPasswordlessLogin": "Enabled", "pbxApi": "Enabled", "trunkConfigurationAccess": "Enabled",
	}
	bad := map[string]any{"name": merged(good, map[string]any{"name": ""}), "JSON": "{", "a number": `{"name":1}`}
	for _, name := range []string{"name", "upgradeInPbx", "im", "passwordlessLogin", "allowSuperiorPasswordlessLogin"} {
		bad["no "+name] = merged(good, map[string]any{name: nil})
		if name != "name" {
			bad["wrong "+name] = merged(good, map[string]any{name: "yes"})
		}
	}
	for name, body := range bad {
		if status, code := a.call(http.MethodPut, instance(id), body); code != invalidParameter.code {
			t.Errorf("%s: update = %d, code %d, want %v", name, status, code, invalidParameter)
		}
	}
	before := a.y.Record(id)
	a.must(http.MethodPut, instance(id), good)
	want := map[string]any{
		"name": "Acme & Sons", "upgradeInPbx": "Disabled", "im": "Disabled", "passwordlessLogin": "Enabled",
		"allowSuperiorPasswordlessLogin": "Enabled", // records have neither pbxApi nor trunkConfigurationAccess
	}
	if diff := cmp.Diff(want, changed(before, a.y.Record(id))); diff != "" {
		t.Errorf("members changed by an update (-want +got):\n%s", diff)
	}
}

// customersOf returns the IDs of a PBX's customers.
func (a *account) customersOf(id int64) []int64 {
	a.t.Helper()
	ids := []int64{}
	for _, v := range a.get(instance(id) + "/customers")["customerIds"].([]any) {
		ids = append(ids, int64(v.(float64)))
	}
	return ids
}

// TestCustomersOfAPBX checks that a PBX's customers are replaced as a whole, and that emails go only to customers of
// the PBX.
func TestCustomersOfAPBX(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 3, Now: newClock().Now}))
	id := a.y.IDs()[0]
	first, second, third := a.y.customers[0], a.y.customers[1], a.y.customers[2]
	if got := a.customersOf(id); len(got) != 0 {
		t.Errorf("customers at first = %v, want none", got)
	}
	ids := func(ids ...int64) map[string]any { return map[string]any{"customerIds": append([]int64{}, ids...)} }
	a.must(http.MethodPut, instance(id)+"/customers", ids(first.id, second.id))
	for name, body := range map[string]any{
		"a customer that doesn't exist": ids(first.id, 1),
		"no member":                     "{}",
		"null":                          `{"customerIds":null}`,
		"texts":                         `{"customerIds":["1"]}`,
	} {
		if status, _ := a.call(http.MethodPut, instance(id)+"/customers", body); status == http.StatusOK {
			t.Errorf("%s: set customers = 200, want a failure", name)
		}
	}
	if diff := cmp.Diff([]int64{first.id, second.id}, a.customersOf(id)); diff != "" {
		t.Errorf("customers after refused calls (-want +got):\n%s", diff)
	}
	status, answer := a.send(http.MethodPost, instance(id)+"/activation_email",
		strings.NewReader(jsonOf(ids(second.id, third.id, 1))))
	accounts := answer["data"].(map[string]any)["accountList"].([]any)
	if status != http.StatusOK || len(accounts) != 1 || accounts[0] != second.members["email"] {
		t.Errorf("activation emails = %d to %v, want 200 to %s", status, accounts, second.members["email"])
	}
	if status, code := a.call(http.MethodPost, instance(id)+"/activation_email", "[]"); code != invalidParameter.code {
		t.Errorf("activation emails without customers = %d, code %d, want %v", status, code, invalidParameter)
	}
	if status, code := a.call(http.MethodPost, instance(1)+"/activation_email", ids()); code != notFound.code {
		t.Errorf("activation emails of no PBX = %d, code %d, want %v", status, code, notFound)
	}
	a.must(http.MethodPut, instance(id)+"/customers", ids())
	if got := a.customersOf(id); len(got) != 0 {
		t.Errorf("customers after setting none = %v, want none", got)
	}
}

// TestDelete checks that either all of the given PBXs or none are deleted, and that this frees capacity and host names.
func TestDelete(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 5, Plain: true, Now: newClock().Now}))
	all := a.y.IDs()
	ids := func(ids ...int64) map[string]any { return map[string]any{"cloudPbxIds": append([]int64{}, ids...)} }
	const path = "v1/cloud_pbx/instances"
	for name, tt := range map[string]struct {
		body any
		want *failure
	}{
		"no ID":                    {ids(), invalidParameter},
		"no member":                {"{}", invalidParameter},
		"one of them isn't there":  {ids(all[0], 1), notFound},
		"a number instead of many": {fmt.Sprintf(`{"cloudPbxIds":%d}`, all[0]), invalidParameter},
	} {
		if status, code := a.call(http.MethodDelete, path, tt.body); code != tt.want.code {
			t.Errorf("%s: delete = %d, code %d, want %v", name, status, code, tt.want)
		}
	}
	if diff := cmp.Diff(all, a.y.IDs()); diff != "" {
		t.Fatalf("refused calls deleted PBXs (-want +got):\n%s", diff)
	}
	host := a.y.Record(all[1])["url"].(string)
	used := a.y.own()
	a.must(http.MethodDelete, path, ids(all[1], all[3]))
	if diff := cmp.Diff([]int64{all[0], all[2], all[4]}, a.y.IDs()); diff != "" {
		t.Errorf("IDs after the delete (-want +got):\n%s", diff)
	}
	if status, _ := a.call(http.MethodGet, path+"/get?url="+host, ""); status != http.StatusNotFound {
		t.Errorf("get by the deleted PBX's URL = %d, want 404", status)
	}
	if got := a.y.own(); got.extensions >= used.extensions || got.calls >= used.calls {
		t.Errorf("used capacity = %+v after the delete, %+v before, want less", got, used)
	}
	name, _, _ := strings.Cut(host, ".")
	if status, code, _ := a.create(order(name, nil)); status != http.StatusOK {
		t.Errorf("create with the freed host name = %d, code %d, want 200", status, code)
	}
}

// TestCustomerRecords checks the calls that create, read, change and delete customers, including requests that fail.
func TestCustomerRecords(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 2, Now: newClock().Now}))
	ann := map[string]any{
		"firstName": "Ann", "lastName": "Ash", "company": "Acme", "email": "ann@acme.example", "mobileNumber": "+49 1",
	}
	_, answer := a.send(http.MethodPost, "v1/customers", strings.NewReader(jsonOf(ann)))
	id := int64(answer["data"].(map[string]any)["customerId"].(float64))
	path := fmt.Sprint("v1/customers/", id)
	want := merged(ann, map[string]any{"customerId": float64(id)})
	for _, name := range customerMembers {
		if _, ok := want[name]; !ok {
			want[name] = nil // a member without a value is null
		}
	}
	if diff := cmp.Diff(want, a.get(path)); diff != "" {
		t.Errorf("new customer (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		name, method, path string
		body               any
		want               *failure
	}{
		{"the same address again", http.MethodPost, "v1/customers", ann, alreadyExists},
		{"no first name", http.MethodPost, "v1/customers", merged(ann, map[string]any{"firstName": nil}), invalidParameter},
		{"no company", http.MethodPost, "v1/customers", merged(ann, map[string]any{"company": ""}), invalidParameter},
		{"no email", http.MethodPut, path, merged(ann, map[string]any{"email": nil}), invalidParameter},
		{"not JSON", http.MethodPut, path, "x", invalidParameter},
		{"change of none", http.MethodPut, "v1/customers/1", ann, notFound},
		{"get of none", http.MethodGet, "v1/customers/1", "", notFound},
		{"get of a word", http.MethodGet, "v1/customers/ann", "", invalidParameter},
		{"delete of none", http.MethodDelete, "v1/customers", `{"customerIds":[1]}`, notFound},
		{"delete without IDs", http.MethodDelete, "v1/customers", `{"customerIds":[]}`, invalidParameter},
	} {
		if status, code := a.call(tt.method, tt.path, tt.body); status != tt.want.status || code != tt.want.code {
			t.Errorf("%s = %d, code %d, want %v", tt.name, status, code, tt.want)
		}
	}
	a.must(http.MethodPut, path, merged(ann, map[string]any{"lastName": "Oak", "mobileNumber": nil}))
	if c := a.get(path); c["lastName"] != "Oak" || c["mobileNumber"] != nil {
		t.Errorf("changed customer = %v, want the new last name and no number", c)
	}
	pbx := a.y.IDs()[0]
	a.must(http.MethodPut, instance(pbx)+"/customers", map[string]any{"customerIds": []int64{id}})
	remove := map[string]any{"customerIds": []int64{a.y.customers[0].id, id}}
	before := len(a.y.customers)
	if status, code := a.call(http.MethodDelete, "v1/customers", remove); code != customerHasPBX.code ||
		len(a.y.customers) != before {
		t.Errorf("delete of a customer with a PBX = %d, code %d, %d left of %d", status, code, len(a.y.customers), before)
	}
	a.must(http.MethodPut, instance(pbx)+"/customers", `{"customerIds":[]}`)
	a.must(http.MethodDelete, "v1/customers", remove)
	if slices.ContainsFunc(a.y.customers, func(c customer) bool { return c.id == id }) || len(a.y.customers) != before-2 {
		t.Errorf("customers after the delete = %d, want %d", len(a.y.customers), before-2)
	}
	a.must(http.MethodPost, "v1/customers", ann)
	if next := a.y.customers[len(a.y.customers)-1].id; next <= id {
		t.Errorf("after customer %d was deleted, the next one is %d", id, next)
	}
}
