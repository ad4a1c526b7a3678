package fleet

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// vendorExample is YCM's own example of a subscription, as its guide has it.
func vendorExample(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "ycm", "testdata", "examples", "getSubscription.response.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// answer makes YCM's next subscription a body.
func (b *bench) answer(body string) {
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(body), Times: 1})
}

// ledgerOf is what the portal makes of a subscription.
func ledgerOf(t *testing.T, body string) [len(Resources)]LedgerRow {
	t.Helper()
	b := newBench(t, ycmtest.Config{})
	b.answer(body)
	b.sync()
	return b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot())
}

// TestLedger: the vendor's example adds up, 50 = 10 + 20 + 20, 50 = 10 + 10 + 30, 500 = 50 + 150 + 300. With one number changed by
// some, exactly that much is unexplained.
func TestLedger(t *testing.T) {
	t.Parallel()
	example := vendorExample(t)
	for i, r := range ledgerOf(t, example) {
		if i > recording { // not in the older answer, and so not in the ledger
			if r.Reported() || r.Unexplained.Known {
				t.Errorf("%s = %+v, want it absent", r.Resource, r)
			}
			continue
		}
		want := [][4]int64{{50, 10, 20, 20}, {50, 10, 10, 30}, {500, 50, 150, 300}}[i]
		if got := [4]int64{r.Total.N, r.Own.N, r.Assigned.N, r.Available.N}; got != want || r.Unexplained != (Int{N: 0, Known: true}) {
			t.Errorf("%s = %v, unexplained %+v, want %v, 0", r.Resource, got, r.Unexplained, want)
		}
	}
	for _, tt := range []struct {
		part, member string
		row          int
		sign         int64 // of what one more there leaves unexplained
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
		// What is assigned to resellers is a part of what is used: more of it makes own less.
		{"used", "assignedToResellerExtensionCapacity", 0, 0},
		{"used", "assignedToResellerConcurrentCallCapacity", 1, 0},
		{"used", "assignedToResellerRecordingCapacity", 2, 0},
	} {
		for _, by := range []int64{1, -7, 1000} {
			body := edited(t, example, tt.part, tt.member, by)
			rows := ledgerOf(t, body)
			for i, r := range rows[:recording+1] {
				want := int64(0)
				if i == tt.row {
					want = by * tt.sign
				}
				if r.Unexplained != (Int{N: want, Known: true}) {
					t.Errorf("%s.%s %+d: %s has %+v unexplained, want %d", tt.part, tt.member, by, r.Resource, r.Unexplained, want)
				}
				if r.Total.N != r.Own.N+r.Assigned.N+r.Available.N+r.Unexplained.N {
					t.Errorf("%s.%s %+d: %s doesn't add up: %+v", tt.part, tt.member, by, r.Resource, r)
				}
			}
		}
	}
}

// edited adds to one number of an answer.
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

// TestLedgerOfUnknowns: what YCM doesn't tell is unknown, not 0, and so is what would follow from it; of nothing nothing is divided.
func TestLedgerOfUnknowns(t *testing.T) {
	t.Parallel()
	example := vendorExample(t)
	odd := strings.Replace(example, `"extensionCapacity": 20`, `"extensionCapacity": "?"`, 1)
	if odd == example {
		t.Fatal("the example has changed")
	}
	if r := ledgerOf(t, odd)[0]; r.Unexplained.Known || r.Available.Raw != "?" || r.Own != (Int{N: 10, Known: true}) {
		t.Errorf("with an unreadable number: %+v, want unexplained unknown", r)
	}
	for _, r := range ledgerOf(t, `{"status":"Success","data":{"capacity":{}}}`) {
		if r.Total.Known || r.Own.Known || r.Assigned.Known || r.Available.Known || r.Unexplained.Known || r.Difference.Known {
			t.Errorf("of nothing: %+v", r)
		}
	}
	if f := forecast([]DayReading{{1, ledger(ycm.Subscription{})}}, 0); f.Kind != NotTold {
		t.Errorf("forecast of nothing: %+v", f)
	}
}

// TestSubscriptionStands: an answer that fails, or lacks what the last good one had, leaves that one standing, with its age and the
// cause, over a restart too; an answer that is whole again takes its place.
func TestSubscriptionStands(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fault   ycmtest.Fault
		kind    ProblemKind
		lacking []string
	}{
		{"refused", ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, Permission, nil},
		{"no JSON", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, Unreadable, nil},
		{"no data", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success"}`)}, Unreadable, nil},
		{"nothing in it", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success","data":{}}`)}, Incomplete, memberNames()},
		{"one member less", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(strings.Replace(vendorExample(t), `"recordingCapacity": 300`, `"recordingCapacity": "n/a"`, 1))}, Incomplete, []string{"available.recordingCapacity"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, ycmtest.Config{PBXs: 20, ThreeResources: len(tt.lacking) == 1}) // the vendor's example, less one
			b.sync()
			good := b.fleet.Subscription()
			rows := b.fleet.Ledger(good, b.fleet.Snapshot())
			if good.State != Current {
				t.Fatalf("at first it is %s", good.State)
			}
			b.now = b.now.Add(time.Minute)
			tt.fault.Op = "getSubscription"
			b.ycm.Inject(tt.fault)
			b.sync()
			s := b.fleet.Subscription()
			if s.State != Failing || !s.At.Equal(good.At) || s.Problem.Kind != tt.kind || !slices.Equal(s.Lacking, tt.lacking) {
				t.Errorf("%s, of %v, problem %v, lacking %v; want the one of %v, %v, %v", s.State, s.At, s.Problem.Kind, s.Lacking, good.At, tt.kind, tt.lacking)
			}
			if b.fleet.Ledger(s, b.fleet.Snapshot()) != rows {
				t.Errorf("the ledger became %+v", b.fleet.Ledger(s, b.fleet.Snapshot()))
			}
			b.start()
			if s := b.fleet.Subscription(); !s.At.Equal(good.At) || len(s.Plans) != 2 || b.fleet.Ledger(s, b.fleet.Snapshot()) != rows {
				t.Errorf("after a restart: %+v", s)
			}
			b.ycm.Clear()
			b.sync()
			if s := b.fleet.Subscription(); s.State != Current || !s.At.Equal(b.now) || len(s.Lacking) > 0 {
				t.Errorf("after a good answer: %s of %v, lacking %v", s.State, s.At, s.Lacking)
			}
			b.now = b.now.Add(3*time.Minute + time.Second)
			if s := b.fleet.Subscription(); s.State != Stale {
				t.Errorf("three intervals later it is %s", s.State)
			}
		})
	}
}

func memberNames() (names []string) {
	for _, m := range members {
		names = append(names, m.name)
	}
	return append(names, "highAvailability", "whiteLabel")
}

// TestHistory: the history has each day's last reading, over a restart too.
func TestHistory(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{})
	example := vendorExample(t)
	read := func(hours int, extensions int64) {
		t.Helper()
		b.now = noon.Add(time.Duration(hours) * time.Hour)
		b.answer(edited(t, edited(t, example, "used", "extensionCapacity", extensions), "available", "extensionCapacity", -extensions))
		b.sync()
	}
	for _, step := range [][2]int{{0, 0}, {1, 0}, {2, 1}, {3, 1}, {24, 1}, {25, 1}, {72, 5}, {73, 6}} {
		read(step[0], int64(step[1]))
	}
	check := func() {
		t.Helper()
		day := noon.Unix() / 86400
		want := map[int64]int64{day: 31, day + 1: 31, day + 3: 36}
		h := b.fleet.History(400)
		if len(h) != len(want) {
			t.Fatalf("%d days, want %d", len(h), len(want))
		}
		for i, d := range h {
			if d.Resources[0].Used.N != want[d.Day] || i > 0 && h[i-1].Day >= d.Day {
				t.Errorf("day %d: %d used, want %d", d.Day, d.Resources[0].Used.N, want[d.Day])
			}
		}
		if short := b.fleet.History(1); len(short) != 1 || short[0].Day != day+3 {
			t.Errorf("the last day alone: %+v", short)
		}
	}
	check()
	b.start()
	check()
	read(30, 7) // the clock went back by two days, which leaves the others' readings alone
	if h := b.fleet.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 || h[2].Resources[0].Used.N != 36 {
		t.Errorf("after the clock went back: %+v", h)
	}
	b.start()
	if h := b.fleet.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 {
		t.Errorf("after the clock went back, and a restart: %+v", h)
	}
}

// TestWhatNeverComesBackIsGivenUp: a member that answers lack for a day was taken out of YCM's answer; the rest counts again.
func TestWhatNeverComesBackIsGivenUp(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 5})
	b.sync()
	good := b.fleet.Subscription()
	less := strings.Replace(vendorExample(t), `"expirationTime": 1734274802,`, "", 1)
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(less)})
	for _, step := range []struct {
		after time.Duration
		taken bool
	}{{time.Minute, false}, {23 * time.Hour, false}, {2 * time.Hour, true}, {time.Minute, true}} {
		b.now = b.now.Add(step.after)
		b.sync()
		s := b.fleet.Subscription()
		if s.At.Equal(b.now) != step.taken || (s.State == Current) != step.taken || s.At.Equal(good.At) == step.taken {
			t.Errorf("after %v: %s, of %v", b.now.Sub(good.At), s.State, s.At)
		}
	}
	if s := b.fleet.Subscription(); s.ExpirationTime.Valid || b.fleet.Ledger(s, b.fleet.Snapshot())[0].Total.N != 50 {
		t.Errorf("afterwards: %+v", s)
	}
}

// TestPlansStand: plan statistics that fail leave the last good ones standing, with their age, and make no row of their own.
func TestPlansStand(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 20})
	b.sync()
	good := b.fleet.Subscription()
	b.ycm.Inject(ycmtest.Fault{Op: "getPlanStatistics", Kind: ycmtest.Failed200, Code: 1000043})
	b.now = b.now.Add(time.Minute)
	b.sync()
	check := func() {
		t.Helper()
		if s := b.fleet.Subscription(); !slices.Equal(s.Plans, good.Plans) || len(s.Plans) != 2 || !s.At.Equal(b.now) {
			t.Errorf("plans %+v, want %+v", s.Plans, good.Plans)
		}
	}
	check()
	if s := b.fleet.Subscription(); !s.PlansAt.Equal(good.At) {
		t.Errorf("the plans are of %v, want %v", s.PlansAt, good.At)
	}
	b.start()
	check()
}

// TestNeverReadIsNotZero: as long as the fleet was never read, its sum is unknown.
func TestNeverReadIsNotZero(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 5})
	b.fleet.readSubscription(t.Context())
	for _, r := range b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot()) {
		if r.Fleet.Known || r.Difference.Known || !r.Own.Known {
			t.Errorf("before the first pass: %+v", r)
		}
	}
	b.sync()
	if r := b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot())[0]; !r.Fleet.Known || r.Difference.N != 0 {
		t.Errorf("after it: %+v", r)
	}
}

// TestNumbersDontGoRound: what is too large to add up is unknown, or stops at the end.
func TestNumbersDontGoRound(t *testing.T) {
	t.Parallel()
	huge := ycm.NewInt(math.MaxInt64)
	s := snapshotOf(ycm.CloudPBX{CloudPBXID: ycm.NewInt(1), ExtensionCapacity: huge}, ycm.CloudPBX{CloudPBXID: ycm.NewInt(2), ExtensionCapacity: huge})
	if sum := s.Sum("extensionCapacity"); sum != math.MaxInt64 {
		t.Errorf("the sum is %d", sum)
	}
	if n := minus(Int{N: math.MinInt64 + 5, Known: true}, Int{N: 10, Known: true}); n.Known {
		t.Errorf("the rest is %d", n.N)
	}
	if n := minus(Int{N: 5, Known: true}, Int{N: -7, Known: true}, Int{N: 0, Known: true}); n.N != 12 || !n.Known {
		t.Errorf("5 + 7 is %+v", n)
	}
}

// TestThePackageIsReadBesideTheList: a list that can't be read keeps nobody from the package.
func TestThePackageIsReadBesideTheList(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 5})
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Failed200, Code: 1000043})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.fleet.Run(ctx)
	}()
	<-b.fleet.RefreshSubscription()
	if s := b.fleet.Subscription(); s.At.IsZero() || s.Problem.Kind != NoProblem {
		t.Errorf("the package was read at %v, problem %v", s.At, s.Problem.Kind)
	}
	cancel()
	<-ended
}

// TestCauses: what may be behind a difference is said, and nothing where there is none.
func TestCauses(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 30, Plain: true})
	b.sync()
	causes := func(differences ...int64) [len(Resources)][]Cause {
		s, fleet := b.fleet.Subscription(), b.fleet.Snapshot()
		rows := b.fleet.Ledger(s, fleet)
		for i, d := range differences {
			rows[i].Difference.N += d
		}
		return b.fleet.Causes(s, rows, fleet, []store.Creation{{Takes: store.Resources{4}}})
	}
	if all := causes(0, 0, 0); len(all[0])+len(all[1])+len(all[2]) > 0 {
		t.Errorf("of no difference: %+v", all)
	}
	id := b.ycm.IDs()[3]
	b.ycm.Edit(id, func(r map[string]any) { delete(r, "extensionCapacity") })
	b.sync()
	all := causes(-50, 0, 400)
	if !slices.Contains(all[0], Cause{CauseUnreported, 1}) || !slices.Contains(all[0], Cause{CauseOpen, 4}) || len(all[1]) > 0 {
		t.Errorf("of a PBX without its extensions: %+v", all)
	}
	if !slices.ContainsFunc(all[2], func(c Cause) bool { return c.Kind == CauseFreeRecording && c.N > 0 }) {
		t.Errorf("of 400 minutes more: %+v", all[2])
	}
	b.now = b.now.Add(time.Hour)
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Failed200, Code: 1000043})
	b.fleet.readSubscription(t.Context())
	if all := causes(120, 0, 0); !slices.Contains(all[0], Cause{CauseFrozen, 120}) || !slices.Contains(all[0], Cause{CauseFleetOlder, 3600}) {
		t.Errorf("of a fleet that is an hour older: %+v", all[0])
	}
}

// TestSizes: each PBX is in one state for each resource, the filter finds those that are counted, and what could be taken back
// leaves each peak its room.
func TestSizes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pbxs []*PBX
		g := gauge{limits: DefaultLimits, windows: map[int64]*window{}, floors: floors, now: noon.Unix()}
		today := noon.Unix() / 86400
		number := rapid.Custom(func(t *rapid.T) ycm.Int {
			return rapid.SampledFrom([]ycm.Int{{}, {Raw: "n/a"}, ycm.NewInt(0), ycm.NewInt(-1), ycm.NewInt(1), ycm.NewInt(rapid.Int64Range(0, 120).Draw(t, "n")), ycm.NewInt(100), ycm.NewInt(1<<63 - 1)}).Draw(t, "number")
		})
		for i := range rapid.IntRange(0, 20).Draw(t, "PBXs") {
			p := newPBX(&ycm.CloudPBX{
				CloudPBXID: ycm.NewInt(int64(i + 1)), ExtensionCapacity: number.Draw(t, "extensions"), UsedExtensions: number.Draw(t, "used"),
				ConcurrentCallCapacity: number.Draw(t, "calls"), ActiveCalls: number.Draw(t, "active"), RecordingCapacity: number.Draw(t, "minutes"), UsedRecording: number.Draw(t, "recorded"),
			}, intern{})
			if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
				p.GoneAt = noon.Unix()
			}
			if rapid.Bool().Draw(t, "created") {
				p.numbers[createTime] = noon.Unix() - rapid.Int64Range(0, 100).Draw(t, "age")*86400
			}
			if rapid.Bool().Draw(t, "watched") {
				w := newWindow(time.Unix((today-rapid.Int64Range(0, 40).Draw(t, "for"))*86400, 0))
				for r, u := range usageFields {
					w.peak[r] = max(p.number(u.used), rapid.Int64Range(0, 120).Draw(t, "peak"))
				}
				g.windows[p.CloudPBXID] = w
			}
			pbxs = append(pbxs, p)
		}
		s := newSnapshot(1, pbxs, g)
		for r, sizes := range s.Sizes() {
			if n := sizes.Over + sizes.Full + sizes.NearlyFull + sizes.Normal + sizes.Unknown + sizes.Unused; n != s.Here() {
				t.Fatalf("%+v adds up to %d of %d", sizes, n, s.Here())
			}
			for state, n := range map[string]int{"over": sizes.Over, "full": sizes.Full, "nearly-full": sizes.NearlyFull, "unknown": sizes.Unknown, "reclaimable": sizes.Reclaimable} {
				if !slices.Contains(SizeWords, SizeWord(r, state)) {
					continue
				}
				if ids := found(s, map[string][]string{"size": {SizeWord(r, state)}}, noon, time.UTC); len(ids) != n {
					t.Fatalf("%s: %d counted, %v found", SizeWord(r, state), n, ids)
				}
			}
			if sizeKeys[r] == "recording" {
				if sizes.Reclaimable > 0 || sizes.Reclaim > 0 {
					t.Fatalf("recording minutes may not be lowered: %+v", sizes)
				}
				continue
			}
			var reclaim int64
			for _, id := range found(s, map[string][]string{"size": {SizeWord(r, "reclaimable")}}, noon, time.UTC) {
				p, _ := s.PBX(id)
				w, capacity := g.windows[id], p.number(usageFields[r].capacity)
				_, back, _ := g.size(p, w, r)
				reclaim += back
				if back <= 0 || capacity-back < floors[r] || w.peak[r]*100 > (capacity-back)*60 && capacity-back != floors[r] {
					t.Fatalf("%d of %d would be taken from a PBX with a peak of %d", back, capacity, w.peak[r])
				}
				if today-w.since < watchedDays || p.numbers[createTime] != Absent && noon.Unix()-p.numbers[createTime] < 60*86400 {
					t.Fatalf("a PBX that is new would give %d back", back)
				}
			}
			if reclaim != sizes.Reclaim {
				t.Fatalf("%d in all, want %d", sizes.Reclaim, reclaim)
			}
		}
	})
}

// TestPeaks: the peaks of the last 60 days come from the samples, over restarts and the end of days; a value that lasted into them
// counts, and one that fell out of them doesn't.
func TestPeaks(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 1, Plain: true})
	id := b.ycm.IDs()[0]
	use := func(days int, extensions string) {
		t.Helper()
		b.now = noon.AddDate(0, 0, days)
		b.ycm.Edit(id, func(r map[string]any) {
			r["usedExtensions"], r["extensionCapacity"], r["createTime"] = extensions, int64(100), noon.AddDate(-1, 0, 0).Unix()
			r["pbxStatus"] = "Running"
		})
		b.sync()
	}
	reclaim := func() int64 { return b.fleet.Snapshot().Sizes()[0].Reclaim }
	use(0, "50")
	if reclaim() != 0 {
		t.Errorf("on the first day %d could be taken back", reclaim())
	}
	use(13, "20")
	if reclaim() != 0 {
		t.Errorf("after 13 days %d could be taken back", reclaim())
	}
	use(14, "20")
	if reclaim() != 100-84 { // 50 is just under 60 % of 84
		t.Errorf("after 14 days %d could be taken back, want 16", reclaim())
	}
	b.start()
	if b.fleet.loadWindowsOnce(t.Context()); reclaim() != 16 {
		t.Errorf("before the first pass after a restart %d could be taken back, want 16", reclaim())
	}
	use(15, "21")
	if reclaim() != 16 {
		t.Errorf("after a restart %d could be taken back, want 16", reclaim())
	}
	use(60, "21") // the peak of day 0 is just in: it lasted to day 12
	if reclaim() != 16 {
		t.Errorf("on day 60 %d could be taken back, want 16", reclaim())
	}
	use(80, "21")
	if reclaim() != 100-35 {
		t.Errorf("on day 80 %d could be taken back, want 65", reclaim())
	}
	use(81, "75")
	if reclaim() != 0 {
		t.Errorf("after a peak of 75 %d could be taken back", reclaim())
	}
}

// TestOnboarding: a PBX is stuck at one step, and only after some days; what YCM doesn't report is no step.
func TestOnboarding(t *testing.T) {
	t.Parallel()
	old, young := ycm.NewTime(noon.AddDate(0, 0, -9).Unix()), ycm.NewTime(noon.AddDate(0, 0, -6).Unix())
	for _, tt := range []struct {
		name string
		pbx  ycm.CloudPBX
		want string
	}{
		{"never started", ycm.CloudPBX{CreateTime: old, PBXStatus: "Stopped", ActivationStatus: "Unactivated"}, "not-started"},
		{"never started, but young", ycm.CloudPBX{CreateTime: young, PBXStatus: "Stopped", ActivationStatus: "Unactivated"}, ""},
		{"started", ycm.CloudPBX{CreateTime: old, InitialStartUpTime: old, PBXStatus: "Running", ActivationStatus: "Unactivated"}, "not-activated"},
		{"running, its start not reported", ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Unactivated"}, "not-activated"},
		{"no extension", ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Activated", UsedExtensions: ycm.NewInt(0)}, "no-extension"},
		{"extensions not reported", ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Activated"}, ""},
		{"at work", ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Activated", UsedExtensions: ycm.NewInt(1)}, ""},
		{"its creation not reported", ycm.CloudPBX{PBXStatus: "Stopped", ActivationStatus: "Unactivated"}, ""},
	} {
		tt.pbx.CloudPBXID = ycm.NewInt(1)
		s := snapshotOf(tt.pbx)
		for _, word := range OnboardingWords {
			if got := len(found(s, map[string][]string{"onboarding": {word}}, noon, time.UTC)) == 1; got != (word == tt.want) {
				t.Errorf("%s: onboarding=%s is %v", tt.name, word, got)
			}
		}
	}
}
