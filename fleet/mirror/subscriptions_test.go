package mirror

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// vendorExample returns the example subscription from YCM's guide.
func vendorExample(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "..", "ycm", "testdata", "examples", "getSubscription.response.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// answer makes the fake YCM respond with body to the next request for the subscription.
func (b *harness) answer(body string) {
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(body), Times: 1})
}

// ledgerOf returns the portal's ledger for the given response to a request for the subscription.
func ledgerOf(t *testing.T, body string) capacity.Ledger {
	t.Helper()
	b := newHarness(t, ycmtest.Config{})
	b.answer(body)
	b.sync()
	return b.ledger()
}

// TestLedger checks that the vendor's example adds up: 50 = 10 + 20 + 20, 50 = 10 + 10 + 30, 500 = 50 + 150 + 300. If
// one number changes, the unexplained capacity of that resource must change accordingly.
func TestLedger(t *testing.T) {
	t.Parallel()
	example := vendorExample(t)
	for i, r := range ledgerOf(t, example) {
		if i > fleet.Recording { // not in the vendor's example, so the row has no values
			if r.Reported() || r.Unexplained.Known() {
				t.Errorf("%s = %+v, want it absent", r.Resource, r)
			}
			continue
		}
		want := [][4]int64{{50, 10, 20, 20}, {50, 10, 10, 30}, {500, 50, 150, 300}}[i]
		if got := [4]int64{
			r.Total.N,
			r.Own.N,
			r.Assigned.N,
			r.Available.N,
		}; got != want ||
			r.Unexplained != opt.New(0) {
			t.Errorf("%s = %v, unexplained %+v, want %v, 0", r.Resource, got, r.Unexplained, want)
		}
	}
	for _, tt := range []struct {
		part, member string
		row          int
		sign         int64 // change in unexplained capacity if the member increases by 1
	}{
		{"total", "extensionCapacity", 0, 1},
		{"total", "concurrentCallCapacity", 1, 1},
		{"total", "recordingCapacity", 2, 1},
		{"used", "extensionCapacity", 0, -1},
		{"used", "concurrentCallCapacity", 1, -1},
		{"used", "recordingCapacity", 2, -1},
		{"available", "extensionCapacity", 0, -1},
		{"available", "concurrentCallCapacity", 1, -1},
		{"available", "recordingCapacity", 2, -1},
		// Assigned capacity is part of used capacity, so increasing it only moves capacity from own to assigned.
		{"used", "assignedToResellerExtensionCapacity", 0, 0},
		{"used", "assignedToResellerConcurrentCallCapacity", 1, 0},
		{"used", "assignedToResellerRecordingCapacity", 2, 0},
	} {
		for _, by := range []int64{1, -7, 1000} {
			body := edited(t, example, tt.part, tt.member, by)
			rows := ledgerOf(t, body)
			for i, r := range rows[:fleet.Recording+1] {
				want := int64(0)
				if i == tt.row {
					want = by * tt.sign
				}
				if r.Unexplained != opt.New(want) {
					t.Errorf(
						"%s.%s %+d: %s has %+v unexplained, want %d",
						tt.part,
						tt.member,
						by,
						r.Resource,
						r.Unexplained,
						want,
					)
				}
				if r.Total.N != r.Own.N+r.Assigned.N+r.Available.N+r.Unexplained.N {
					t.Errorf("%s.%s %+d: %s doesn't add up: %+v", tt.part, tt.member, by, r.Resource, r)
				}
			}
		}
	}
}

// edited returns body with one number increased by the value of the parameter by.
func edited(t *testing.T, body, part, member string, by int64) string {
	t.Helper()
	at := strings.Index(body, `"`+part+`"`)
	from := at + strings.Index(body[at:], `"`+member+`":`) + len(member) + 3
	to := from + strings.IndexAny(body[from:], ",}\n")
	var n int64
	if _, err := fmt.Sscan(body[from:to], &n); err != nil {
		t.Fatal(err)
	}
	return body[:from] + fmt.Sprint(n+by) + body[to:]
}

// TestLedgerOfUnknowns checks that missing and malformed values are unknown rather than 0, as is everything derived
// from them.
func TestLedgerOfUnknowns(t *testing.T) {
	t.Parallel()
	example := vendorExample(t)
	odd := strings.Replace(example, `"extensionCapacity": 20`, `"extensionCapacity": "?"`, 1)
	if odd == example {
		t.Fatal("the example has changed")
	}
	if r := ledgerOf(t, odd)[0]; r.Unexplained.Known() || r.Available.Raw != "?" || r.Own != opt.New(10) {
		t.Errorf("with an unreadable number: %+v, want unexplained unknown", r)
	}
	for _, r := range ledgerOf(t, `{"status":"Success","data":{"capacity":{}}}`) {
		if r.Total.Known() || r.Own.Known() || r.Assigned.Known() || r.Available.Known() || r.Unexplained.Known() ||
			r.Difference.Known() {
			t.Errorf("of nothing: %+v", r)
		}
	}
}

// TestSubscriptionStands checks that a failed or incomplete response doesn't replace the last good one, even after a
// restart. The last good reading keeps its time and reports the problem. The next complete response replaces it.
func TestSubscriptionStands(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fault   ycmtest.Fault
		kind    fleet.ProblemKind
		lacking []string
	}{
		{"refused", ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, fleet.Permission, nil},
		{"not JSON", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, fleet.Unreadable, nil},
		{"no data", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success"}`)}, fleet.Unreadable, nil},
		{
			"empty",
			ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success","data":{}}`)},
			fleet.Incomplete,
			memberNames(),
		},
		{
			"a missing member",
			ycmtest.Fault{
				Kind: ycmtest.Body,
				Body: []byte(strings.Replace(
					vendorExample(t),
					`"recordingCapacity": 300`,
					`"recordingCapacity": "n/a"`,
					1,
				)),
			},
			fleet.Incomplete,
			[]string{"available.recordingCapacity"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The fault with one missing member is based on the vendor's example, which has three resources.
			b := newHarness(t, ycmtest.Config{PBXs: 20, ThreeResources: len(tt.lacking) == 1})
			b.sync()
			good := b.subscriptions.Subscription()
			rows := b.ledger()
			if good.State != fleet.Current {
				t.Fatalf("the first state is %s", good.State)
			}
			b.clock.Add(time.Minute)
			tt.fault.Op = "getSubscription"
			b.ycm.Inject(tt.fault)
			b.sync()
			s := b.subscriptions.Subscription()
			if s.State != fleet.Failing || !s.At.Equal(good.At) || s.Problem.Kind != tt.kind ||
				!slices.Equal(s.Lacking, tt.lacking) {
				t.Errorf(
					"%s, of %v, problem %v, lacking %v; want the one of %v, %v, %v",
					s.State,
					s.At,
					s.Problem.Kind,
					s.Lacking,
					good.At,
					tt.kind,
					tt.lacking,
				)
			}
			if b.ledger() != rows {
				t.Errorf("Ledger = %+v, want the last good one", b.ledger())
			}
			b.start()
			if s := b.subscriptions.Subscription(); !s.At.Equal(good.At) || len(s.Plans) != 2 ||
				b.ledger() != rows {
				t.Errorf("after a restart: %+v", s)
			}
			b.ycm.Clear()
			b.sync()
			if s := b.subscriptions.Subscription(); s.State != fleet.Current || !s.At.Equal(b.clock.Now()) ||
				len(s.Lacking) > 0 {
				t.Errorf("after a good answer: %s of %v, lacking %v", s.State, s.At, s.Lacking)
			}
			b.clock.Add(3*time.Minute + time.Second)
			if s := b.subscriptions.Subscription(); s.State != fleet.Stale {
				t.Errorf("three intervals later the state is %s, want stale", s.State)
			}
		})
	}
}

func memberNames() (names []string) {
	for _, prefix := range []string{"total.", "used.", "used.assignedToReseller", "available."} {
		for _, resource := range fleet.Resources {
			if prefix == "used.assignedToReseller" {
				resource = strings.ToUpper(resource[:1]) + resource[1:]
			}
			names = append(names, prefix+resource)
		}
	}
	return append(names, "expirationTime", "highAvailability", "whiteLabel")
}

// TestHistory checks that the history contains each day's last reading, even after a restart.
func TestHistory(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	example := vendorExample(t)
	read := func(hours int, extensions int64) {
		t.Helper()
		b.clock.Set(noon.Add(time.Duration(hours) * time.Hour))
		b.answer(
			edited(
				t,
				edited(t, example, "used", "extensionCapacity", extensions),
				"available",
				"extensionCapacity",
				-extensions,
			),
		)
		b.sync()
	}
	for _, step := range [][2]int{{0, 0}, {1, 0}, {2, 1}, {3, 1}, {24, 1}, {25, 1}, {72, 5}, {73, 6}} {
		read(step[0], int64(step[1]))
	}
	check := func() {
		t.Helper()
		day := noon.Unix() / 86400
		want := map[int64]int64{day: 31, day + 1: 31, day + 3: 36}
		h := b.subscriptions.History(400)
		if len(h) != len(want) {
			t.Fatalf("%d days, want %d", len(h), len(want))
		}
		for i, d := range h {
			if d.Resources[0].Used.N != want[d.Day] || i > 0 && h[i-1].Day >= d.Day {
				t.Errorf("day %d: %d used, want %d", d.Day, d.Resources[0].Used.N, want[d.Day])
			}
		}
		if short := b.subscriptions.History(1); len(short) != 1 || short[0].Day != day+3 {
			t.Errorf("the last day alone: %+v", short)
		}
	}
	check()
	b.start()
	check()
	// Setting the clock back to an earlier day replaces that day's reading, but no later one.
	read(30, 7)
	if h := b.subscriptions.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 ||
		h[2].Resources[0].Used.N != 36 {
		t.Errorf("after the clock was set back: %+v", h)
	}
	b.start()
	if h := b.subscriptions.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 {
		t.Errorf("after the clock was set back, and a restart: %+v", h)
	}
}

// TestWhatNeverComesBackIsGivenUp checks that a member is no longer required after responses have lacked it for a day.
// Responses without it are then accepted.
func TestWhatNeverComesBackIsGivenUp(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	b.sync()
	good := b.subscriptions.Subscription()
	less := strings.Replace(vendorExample(t), `"expirationTime": 1734274802,`, "", 1)
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(less)})
	for _, step := range []struct {
		after time.Duration
		taken bool
	}{{time.Minute, false}, {23 * time.Hour, false}, {2 * time.Hour, true}, {time.Minute, true}} {
		b.clock.Add(step.after)
		b.sync()
		s := b.subscriptions.Subscription()
		if s.At.Equal(b.clock.Now()) != step.taken || (s.State == fleet.Current) != step.taken ||
			s.At.Equal(good.At) == step.taken {
			t.Errorf("after %v: %s, of %v", b.clock.Now().Sub(good.At), s.State, s.At)
		}
	}
	if s := b.subscriptions.Subscription(); s.ExpirationTime.Known() || b.ledger()[0].Total.N != 50 {
		t.Errorf("afterwards: %+v", s)
	}
}

// TestPlansStand checks that if reading the plan statistics fails, the last good ones are kept, with their time.
func TestPlansStand(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 20})
	b.sync()
	good := b.subscriptions.Subscription()
	b.ycm.Inject(ycmtest.Fault{Op: "getPlanStatistics", Kind: ycmtest.Failed200, Code: 1000043})
	b.clock.Add(time.Minute)
	b.sync()
	check := func() {
		t.Helper()
		if s := b.subscriptions.Subscription(); !slices.Equal(s.Plans, good.Plans) || len(s.Plans) != 2 ||
			!s.At.Equal(b.clock.Now()) {
			t.Errorf("plans %+v, want %+v", s.Plans, good.Plans)
		}
	}
	check()
	if s := b.subscriptions.Subscription(); !s.PlansAt.Equal(good.At) {
		t.Errorf("the plans were read at %v, want %v", s.PlansAt, good.At)
	}
	b.start()
	check()
}

// TestNeverReadIsNotZero checks that the fleet's sum is unknown until the fleet has been read.
func TestNeverReadIsNotZero(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	b.subscriptions.readNow(t.Context())
	for _, r := range b.ledger() {
		if r.Fleet.Known() || r.Difference.Known() || !r.Own.Known() {
			t.Errorf("before the first pass: %+v", r)
		}
	}
	b.sync()
	if r := b.ledger()[0]; !r.Fleet.Known() || r.Difference.N != 0 {
		t.Errorf("after it: %+v", r)
	}
}

// TestThePackageIsReadBesideTheList checks that the subscription is read even if the list can't be read.
func TestThePackageIsReadBesideTheList(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Failed200, Code: 1000043})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var work sync.WaitGroup
		work.Go(func() { b.mirror.Run(ctx) })
		work.Go(func() { b.subscriptions.Run(ctx) })
		work.Wait()
	}()
	<-b.subscriptions.Refresh()
	if s := b.subscriptions.Subscription(); s.At.IsZero() || s.Problem.Kind != fleet.NoProblem {
		t.Errorf("the subscription was read at %v, problem %v", s.At, s.Problem.Kind)
	}
	cancel()
	<-ended
}

// TestCauses checks that the likely causes of a difference are listed, and that no cause is listed if nothing differs.
func TestCauses(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 30, Plain: true})
	b.sync()
	causes := func(differences ...int64) [len(fleet.Resources)][]capacity.Cause {
		s, rows := b.subscriptions.Subscription(), b.ledger()
		for i, d := range differences {
			rows[i].Difference.N += d
		}
		return capacity.Causes(&s, rows, b.mirror.Snapshot(), b.mirror.Freshness(), store.Resources{4})
	}
	if all := causes(0, 0, 0); len(all[0])+len(all[1])+len(all[2]) > 0 {
		t.Errorf("without a difference: %+v", all)
	}
	id := b.ycm.IDs()[3]
	b.ycm.Edit(id, func(r map[string]any) { delete(r, "extensionCapacity") })
	b.sync()
	all := causes(-50, 0, 400)
	if !slices.Contains(all[0], capacity.Cause{Kind: capacity.CauseUnreported, N: 1}) ||
		!slices.Contains(all[0], capacity.Cause{Kind: capacity.CauseOpen, N: 4}) ||
		len(all[1]) > 0 {
		t.Errorf("with a PBX whose extensions are not reported: %+v", all)
	}
	if !slices.ContainsFunc(
		all[2],
		func(c capacity.Cause) bool { return c.Kind == capacity.CauseFreeRecording && c.N > 0 },
	) {
		t.Errorf("with 400 more minutes: %+v", all[2])
	}
	b.clock.Add(time.Hour)
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Failed200, Code: 1000043})
	b.subscriptions.readNow(t.Context())
	if all := causes(120, 0, 0); !slices.Contains(all[0], capacity.Cause{Kind: capacity.CauseFrozen, N: 120}) ||
		!slices.Contains(all[0], capacity.Cause{Kind: capacity.CauseFleetOlder, N: 3600}) {
		t.Errorf("with a fleet reading that is an hour older: %+v", all[0])
	}
}
