package mirror

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// TestFiveResources checks that the vendor's newest example adds up for each of the five resources.
func TestFiveResources(t *testing.T) {
	t.Parallel()
	var answer struct {
		Data ycm.Subscription `json:"data"`
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(exampleFive)), &answer); err != nil {
		t.Fatal(err)
	}
	want := [len(fleet.Resources)][4]int64{
		{500, 220, 100, 180},
		{200, 100, 40, 60},
		{20000, 6000, 3000, 11000},
		{120, 60, 20, 40},
		{3000, 900, 300, 1800},
	}
	for i, r := range readingOf(answer.Data).Ledger() {
		if got := [4]int64{
			r.Total.N,
			r.Own.N,
			r.Assigned.N,
			r.Available.N,
		}; got != want[i] || r.Unexplained != opt.New(0) || !r.Reported() ||
			r.Frozen.Known() {
			t.Errorf("%s = %v, unexplained %+v, want %v", r.Resource, got, r.Unexplained, want[i])
		}
	}
}

const exampleFive = `{"data":{"capacity":{
	"total":{"extensionCapacity":500,"concurrentCallCapacity":200,"RecordingCapacity":20000,
		"transcriptionCapacity":3000,"ultimatePlanCapacity":120},
	"used":{"extensionCapacity":320,"concurrentCallCapacity":140,"RecordingCapacity":9000,
		"transcriptionCapacity":1200,"ultimatePlanCapacity":80,
		"assignedToResellerExtensionCapacity":100,"assignedToResellerConcurrentCallCapacity":40,
		"assignedToResellerRecordingCapacity":3000,
		"assignedToResellerTranscriptionCapacity":300,"assignedToResellerUltimatePlanCapacity":20},
	"available":{"extensionCapacity":180,"concurrentCallCapacity":60,"RecordingCapacity":11000,
		"transcriptionCapacity":1800,"ultimatePlanCapacity":40}}}}`

// TestLedgerOfAnyAnswer generates random responses with 3, 4 or 5 resources and missing members. Each complete resource
// must add up exactly, unreported values must be unknown, and a resource without any value must count as not reported.
func TestLedgerOfAnyAnswer(t *testing.T) {
	t.Parallel()
	cases := 0
	for cases < 1000 {
		rapid.Check(t, func(t *rapid.T) {
			cases++
			count := rapid.IntRange(3, 5).Draw(t, "resources")
			parts := map[string]map[string]any{"total": {}, "used": {}, "available": {}}
			type truth struct {
				total, used, assigned, available int64
				reported                         [4]bool
			}
			truths := map[string]truth{}
			for _, resource := range fleet.Resources[:count] {
				n := rapid.Int64Range(0, 1<<40)
				x := truth{
					total:     n.Draw(t, "total"),
					used:      n.Draw(t, "used"),
					assigned:  n.Draw(t, "assigned"),
					available: n.Draw(t, "available"),
				}
				if rapid.Bool().Draw(t, "adds up") {
					x.total = x.used + x.available
				}
				for i, member := range []struct {
					part, name string
					n          int64
				}{
					{"total", resource, x.total},
					{"used", resource, x.used},
					{"used", "assignedToReseller" + strings.ToUpper(resource[:1]) + resource[1:], x.assigned},
					{"available", resource, x.available},
				} {
					if x.reported[i] = rapid.IntRange(0, 5).Draw(t, "reported") > 0; x.reported[i] {
						parts[member.part][member.name] = rapid.SampledFrom([]any{member.n, fmt.Sprint(member.n)}).
							Draw(t, "spelling")
					} else if rapid.Bool().Draw(t, "null") {
						parts[member.part][member.name] = nil
					}
				}
				truths[resource] = x
			}
			body, err := json.Marshal(map[string]any{"capacity": parts})
			if err != nil {
				t.Fatal(err)
			}
			var pack ycm.Subscription
			if err := json.Unmarshal(body, &pack); err != nil {
				t.Fatal(err)
			}
			for _, r := range readingOf(pack).Ledger() {
				x, sent := truths[r.Resource]
				if reported := sent && x.reported != [4]bool{}; r.Reported() != reported {
					t.Fatalf("%s: reported %v, want %v", r.Resource, r.Reported(), reported)
				}
				if whole := sent && x.reported == [4]bool{true, true, true, true}; whole {
					if r.Own != opt.New(x.used-x.assigned) ||
						r.Unexplained != opt.New(x.total-x.used-x.available) {
						t.Fatalf("%s = %+v for %+v", r.Resource, r, x)
					}
					if r.Total.N != r.Own.N+r.Assigned.N+r.Available.N+r.Unexplained.N {
						t.Fatalf("%s doesn't add up: %+v", r.Resource, r)
					}
				} else if r.Unexplained.Known() {
					t.Fatalf("%s: unexplained is known for %+v", r.Resource, x)
				}
				for i, n := range []opt.Int{r.Total, r.Used, r.Assigned, r.Available} {
					if n.Known() != (sent && x.reported[i]) {
						t.Fatalf("%s: %+v, reported %v", r.Resource, r, x.reported)
					}
				}
			}
		})
	}
}

// TestFleetSumsOfResources checks that the fleet's sum of each resource equals YCM's figure for the account's own
// capacity, including the Ultimate Plan and transcription. With three resources, those two are not reported.
func TestFleetSumsOfResources(t *testing.T) {
	t.Parallel()
	for name, three := range map[string]bool{"newest": false, "older": true} {
		b := newHarness(t, ycmtest.Config{PBXs: 480, Plain: true, ThreeResources: three})
		b.sync()
		for i, r := range b.ledger() {
			if i > fleet.Recording && three {
				if r.Reported() || r.Difference.Known() {
					t.Errorf("%s: %s = %+v, want it absent", name, r.Resource, r)
				}
				continue
			}
			if r.Own.N <= 0 || r.Difference != opt.New(0) || r.Unexplained != opt.New(0) {
				t.Errorf("%s: %s = %+v", name, r.Resource, r)
			}
		}
		if s := b.subscriptions.Subscription(); s.RecordingEnds.Known() == three || !s.ExpirationTime.Known() {
			t.Errorf(
				"%s: the subscription ends at %+v, fleet.Recording at %+v",
				name,
				s.ExpirationTime,
				s.RecordingEnds,
			)
		}
	}
}
