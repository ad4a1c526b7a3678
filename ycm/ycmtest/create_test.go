package ycmtest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreatedGrows(t *testing.T) {
	t.Parallel()
	clock := newClock()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: clock.Now}))
	_, _, id := a.create(order("acme", nil))
	path := fmt.Sprintf("v1/cloud_pbx/instances/%d", id)
	tests := []struct {
		after       time.Duration
		want        string
		wantStarted bool
	}{
		{0, "Provisioning", false},
		{19999 * time.Millisecond, "Provisioning", false},
		{20 * time.Second, "Starting", false},
		{29 * time.Second, "Starting", false},
		{30 * time.Second, "Running", true},
		{time.Minute, "Running", true},
	}
	began := clock.Now()
	for _, tt := range tests {
		clock.Add(began.Add(tt.after).Sub(clock.Now()))
		byStatus, byID, byURL := a.get(path+"/status"), a.get(
			path,
		), a.get("v1/cloud_pbx/instances/get?url=acme.pbx.example.com")
		got := []any{byStatus["pbxStatus"], byID["pbxStatus"], byURL["pbxStatus"], a.y.Record(id)["pbxStatus"]}
		if diff := cmp.Diff([]any{tt.want, tt.want, tt.want, tt.want}, got); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", tt.after, diff)
		}
		if _, started := byID["initialStartUpTime"]; started != tt.wantStarted {
			t.Errorf("after %v: has initialStartUpTime = %t, want %t", tt.after, started, tt.wantStarted)
		}
	}
}

func TestCreatedIsListedFirst(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: newClock().Now}))
	_, _, id := a.create(order("acme", nil))
	for _, query := range []string{"sort=-createTime", "", "search=acme"} {
		if ids, _ := a.list(query); len(ids) == 0 || ids[0] != id {
			t.Errorf("list(%s) = %v, want PBX %d first", query, ids, id)
		}
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		body       string
		wantStatus int
		wantCode   int
	}{
		{"fine", order("fine", nil), 200, 0},
		{
			"fine, with all",
			order(
				"all",
				map[string]any{
					"expirationDate":              1900000000,
					"allowRunAfterExpirationDate": true,
					"transcriptionCapacity":       0,
				},
			),
			200,
			0,
		},
		{"host taken", order("taken", nil), 409, 1000007},
		{"same sub-domain elsewhere", order("taken", map[string]any{"domainId": 12}), 200, 0},
		{"no JSON", `{`, 400, 1000004},
		{"name missing", order("x", map[string]any{"name": nil}), 400, 1000004},
		{"customers missing", order("x", map[string]any{"customerIds": nil}), 400, 1000004},
		{"extensions as a string", order("x", map[string]any{"extensionCapacity": "20"}), 400, 1000004},
		{"extensions beyond 500", order("x", map[string]any{"extensionCapacity": 501}), 400, 1000004},
		{"plan of ours", order("x", map[string]any{"plan": "Platinum Plan"}), 400, 1000004},
		{"switch of ours", order("x", map[string]any{"im": "yes"}), 400, 1000004},
		{"sub-domain with a dot", order("a.b", nil), 400, 1000004},
		{"domain of another region", order("x", map[string]any{"domainId": 41}), 400, 1000004},
		{"firmware of another region", order("x", map[string]any{"versionId": 757}), 400, 1000004},
		{"end without the flag", order("x", map[string]any{"expirationDate": 1900000000}), 400, 1000004},
		{"beyond the package", order("x", map[string]any{"recordingCapacity": 1 << 40}), 409, 2000101},
	}
	for _, failWith200 := range []bool{false, true} {
		a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: newClock().Now, FailWith200: failWith200}))
		a.create(order("taken", nil))
		for _, tt := range tests {
			before := len(a.y.IDs())
			status, code, _ := a.create(tt.body)
			want := tt.wantStatus
			if failWith200 {
				want = http.StatusOK
			}
			if status != want || code != tt.wantCode || (len(a.y.IDs()) > before) != (tt.wantCode == 0) {
				t.Errorf(
					"%s: create (FailWith200 %t) = %d, code %d, %d PBXs added, want %d, code %d",
					tt.name,
					failWith200,
					status,
					code,
					len(a.y.IDs())-before,
					want,
					tt.wantCode,
				)
			}
		}
	}
}

// TestCapacitySums checks that the fleet's own capacity, the resellers' capacity and the available capacity add up to
// the subscription's total, and that the plan statistics match the fleet, before and after changes to the fleet.
func TestCapacitySums(t *testing.T) {
	t.Parallel()
	y := New(Config{Seed: 1, PBXs: 480, Now: newClock().Now})
	a := signIn(t, y)
	check := func(when string, wantLess int64) {
		t.Helper()
		var own resources
		for _, id := range y.IDs() {
			r := y.Record(id)
			size := resources{
				extensions:    number(r["extensionCapacity"]),
				calls:         number(r["concurrentCallCapacity"]),
				recording:     number(r["recordingCapacity"]),
				transcription: number(r["transcriptionCapacityAddon"]),
			}
			if r["plan"] == ultimatePlan {
				size.ultimate = size.extensions
			}
			own = own.plus(size)
		}
		capacity := a.get("v1/subscription")["capacity"].(map[string]any)
		for _, c := range []struct {
			name     string
			reseller string
			own      int64
		}{
			{"extensionCapacity", "assignedToResellerExtensionCapacity", own.extensions},
			{"concurrentCallCapacity", "assignedToResellerConcurrentCallCapacity", own.calls},
			{"recordingCapacity", "assignedToResellerRecordingCapacity", own.recording},
			{"ultimatePlanCapacity", "assignedToResellerUltimatePlanCapacity", own.ultimate},
			{"transcriptionCapacity", "assignedToResellerTranscriptionCapacity", own.transcription},
		} {
			of := func(part, name string) int64 { return number(capacity[part].(map[string]any)[name]) }
			total, used, available, resellers := of("total", c.name), of(
				"used",
				c.name,
			), of("available", c.name), of(
				"used",
				c.reseller,
			)
			if total != used+available || used != c.own+resellers {
				t.Errorf(
					"%s: %s: total %d, used %d, available %d, resellers %d, own %d, want sums that match",
					when,
					c.name,
					total,
					used,
					available,
					resellers,
					c.own,
				)
			}
		}
		plans := a.get("v1/subscription/plan_statistics")
		pbxs, extensions := plans["pbxNumber"].(map[string]any), plans["extensionNumber"].(map[string]any)
		if got := number(pbxs["enterprisePlan"]) + number(pbxs["ultimatePlan"]); got != int64(len(y.IDs())) {
			t.Errorf("%s: plan statistics count %d PBXs, want %d", when, got, len(y.IDs()))
		}
		if got := number(extensions["enterprisePlan"]) + number(extensions["ultimatePlan"]); got != own.extensions {
			t.Errorf("%s: plan statistics count %d extensions, want %d", when, got, own.extensions)
		}
		if left := number(capacity["available"].(map[string]any)["extensionCapacity"]); wantLess >= 0 &&
			left != wantLess {
			t.Errorf("%s: available extensions = %d, want %d", when, left, wantLess)
		}
	}
	left := y.available().extensions
	check("at first", left)
	_, _, id := a.create(order("acme", nil))
	check("after a create", left-20)
	a.create(order("acme", nil))
	check("after a create that was refused", left-20)
	y.Edit(id, func(r map[string]any) { r["extensionCapacity"] = 50 })
	check("after a resize", left-50)
	y.Delete(id)
	check("after a delete", left)
	y.Inject(Fault{Kind: Drift})
	a.list("pageNumber=2")
	check("after a drift", -1)
}

func TestRecordingOffAtZero(t *testing.T) {
	t.Parallel()
	a := signIn(t, New(Config{Seed: 1, PBXs: 40, Now: newClock().Now}))
	_, _, id := a.create(order("acme", map[string]any{"recordingCapacity": 0}))
	if got := a.y.Record(id)["recordingStatus"]; got != "Disabled" {
		t.Errorf("recordingStatus with recordingCapacity 0 = %v, want Disabled", got)
	}
}
