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

	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// vendorExample is the example of a subscription in YCM's guide.
func vendorExample(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("..", "ycm", "testdata", "examples", "getSubscription.response.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// answer makes body YCM's next subscription.
func (b *bench) answer(body string) {
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(body), Times: 1})
}

// ledgerOf returns the portal's ledger of a subscription.
func ledgerOf(t *testing.T, body string) [len(Resources)]LedgerRow {
	t.Helper()
	b := newBench(t, ycmtest.Config{})
	b.answer(body)
	b.sync()
	return b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot())
}

// TestLedger checks that the vendor's example adds up: 50 = 10 + 20 + 20, 50 = 10 + 10 + 30, 500 = 50 + 150 +
// 300. If one number changes, exactly the difference is unexplained.
func TestLedger(t *testing.T) {
	t.Parallel()
	example := vendorExample(t)
	for i, r := range ledgerOf(t, example) {
		if i > Recording { // not in the older answer, so not in the ledger
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
		sign         int64 // of what one more of this member leaves unexplained
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
		// Assigned capacity is part of the used one: more of it makes own less.
		{"used", "assignedToResellerExtensionCapacity", 0, 0},
		{"used", "assignedToResellerConcurrentCallCapacity", 1, 0},
		{"used", "assignedToResellerRecordingCapacity", 2, 0},
	} {
		for _, by := range []int64{1, -7, 1000} {
			body := edited(t, example, tt.part, tt.member, by)
			rows := ledgerOf(t, body)
			for i, r := range rows[:Recording+1] {
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

// edited returns an answer with by added to one number.
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

// TestLedgerOfUnknowns checks that what YCM doesn't report is unknown, not 0, as is everything derived from it.
// Nothing is divided by an empty subscription.
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
	if f := forecast([]DayReading{{1, ledger(ycm.Subscription{})}}, 0); f.Kind != NotTold {
		t.Errorf("forecast of an empty history: %+v", f)
	}
}

// TestSubscriptionStands checks that an answer that fails, or lacks what the last good one had, leaves that one
// in place, with its age and the cause, also after a restart. The next complete answer replaces it.
func TestSubscriptionStands(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		fault   ycmtest.Fault
		kind    ProblemKind
		lacking []string
	}{
		{"refused", ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, Permission, nil},
		{"not JSON", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, Unreadable, nil},
		{"no data", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success"}`)}, Unreadable, nil},
		{"empty", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success","data":{}}`)}, Incomplete, memberNames()},
		{"a missing member", ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(strings.Replace(vendorExample(t), `"recordingCapacity": 300`, `"recordingCapacity": "n/a"`, 1))}, Incomplete, []string{"available.recordingCapacity"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// YCM is the vendor's example, less one PBX.
			b := newBench(t, ycmtest.Config{PBXs: 20, ThreeResources: len(tt.lacking) == 1})
			b.sync()
			good := b.fleet.Subscription()
			rows := b.fleet.Ledger(good, b.fleet.Snapshot())
			if good.State != Current {
				t.Fatalf("the first state is %s", good.State)
			}
			b.now = b.now.Add(time.Minute)
			tt.fault.Op = "getSubscription"
			b.ycm.Inject(tt.fault)
			b.sync()
			s := b.fleet.Subscription()
			if s.State != Failing || !s.At.Equal(good.At) || s.Problem.Kind != tt.kind ||
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
			if b.fleet.Ledger(s, b.fleet.Snapshot()) != rows {
				t.Errorf("Ledger = %+v, want the last good one", b.fleet.Ledger(s, b.fleet.Snapshot()))
			}
			b.start()
			if s := b.fleet.Subscription(); !s.At.Equal(good.At) || len(s.Plans) != 2 ||
				b.fleet.Ledger(s, b.fleet.Snapshot()) != rows {
				t.Errorf("after a restart: %+v", s)
			}
			b.ycm.Clear()
			b.sync()
			if s := b.fleet.Subscription(); s.State != Current || !s.At.Equal(b.now) || len(s.Lacking) > 0 {
				t.Errorf("after a good answer: %s of %v, lacking %v", s.State, s.At, s.Lacking)
			}
			b.now = b.now.Add(3*time.Minute + time.Second)
			if s := b.fleet.Subscription(); s.State != Stale {
				t.Errorf("three intervals later the state is %s, want stale", s.State)
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

// TestHistory checks that the history has each day's last reading, also after a restart.
func TestHistory(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{})
	example := vendorExample(t)
	read := func(hours int, extensions int64) {
		t.Helper()
		b.now = noon.Add(time.Duration(hours) * time.Hour)
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
	// The clock is set back by two days, which doesn't change the other days' readings.
	read(30, 7)
	if h := b.fleet.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 || h[2].Resources[0].Used.N != 36 {
		t.Errorf("after the clock was set back: %+v", h)
	}
	b.start()
	if h := b.fleet.History(400); len(h) != 3 || h[1].Resources[0].Used.N != 37 {
		t.Errorf("after the clock was set back, and a restart: %+v", h)
	}
}

// TestWhatNeverComesBackIsGivenUp checks that a member is given up after answers have lacked it for a day. The
// rest then counts again.
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
	if s := b.fleet.Subscription(); s.ExpirationTime.Known() || b.fleet.Ledger(s, b.fleet.Snapshot())[0].Total.N != 50 {
		t.Errorf("afterwards: %+v", s)
	}
}

// TestPlansStand checks that a failure to read plan statistics leaves the last good ones in place, with their
// age, and writes no row.
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
		t.Errorf("the plans were read at %v, want %v", s.PlansAt, good.At)
	}
	b.start()
	check()
}

// TestNeverReadIsNotZero checks that the fleet's sum is unknown until the fleet was read.
func TestNeverReadIsNotZero(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 5})
	b.fleet.readSubscription(t.Context())
	for _, r := range b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot()) {
		if r.Fleet.Known() || r.Difference.Known() || !r.Own.Known() {
			t.Errorf("before the first pass: %+v", r)
		}
	}
	b.sync()
	if r := b.fleet.Ledger(b.fleet.Subscription(), b.fleet.Snapshot())[0]; !r.Fleet.Known() || r.Difference.N != 0 {
		t.Errorf("after it: %+v", r)
	}
}

// TestNumbersDontGoRound checks that a number too large to add is unknown or stays at its bound.
func TestNumbersDontGoRound(t *testing.T) {
	t.Parallel()
	huge := ycm.NewInt(math.MaxInt64)
	s := snapshotOf(
		ycm.CloudPBX{CloudPBXID: ycm.NewInt(1), ExtensionCapacity: huge},
		ycm.CloudPBX{CloudPBXID: ycm.NewInt(2), ExtensionCapacity: huge},
	)
	if sum := Sum(s.Snapshot, FieldExtensionCapacity); sum != math.MaxInt64 {
		t.Errorf("the sum is %d, want its bound", sum)
	}
	if n := minus(opt.New(math.MinInt64+5), opt.New(10)); n.Known() {
		t.Errorf("the difference is %d, want unknown", n.N)
	}
	if n := minus(opt.New(5), opt.New(-7), opt.New(0)); n.N != 12 || !n.Known() {
		t.Errorf("5 + 7 is %+v", n)
	}
}

// TestThePackageIsReadBesideTheList checks that the subscription is read even if the list can't be.
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
		t.Errorf("the subscription was read at %v, problem %v", s.At, s.Problem.Kind)
	}
	cancel()
	<-ended
}

// TestCauses checks that the likely causes of a difference are listed, and none where there is no difference.
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
		t.Errorf("without a difference: %+v", all)
	}
	id := b.ycm.IDs()[3]
	b.ycm.Edit(id, func(r map[string]any) { delete(r, "extensionCapacity") })
	b.sync()
	all := causes(-50, 0, 400)
	if !slices.Contains(all[0], Cause{CauseUnreported, 1}) || !slices.Contains(all[0], Cause{CauseOpen, 4}) ||
		len(all[1]) > 0 {
		t.Errorf("with a PBX whose extensions are not reported: %+v", all)
	}
	if !slices.ContainsFunc(all[2], func(c Cause) bool { return c.Kind == CauseFreeRecording && c.N > 0 }) {
		t.Errorf("with 400 more minutes: %+v", all[2])
	}
	b.now = b.now.Add(time.Hour)
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Failed200, Code: 1000043})
	b.fleet.readSubscription(t.Context())
	if all := causes(120, 0, 0); !slices.Contains(all[0], Cause{CauseFrozen, 120}) ||
		!slices.Contains(all[0], Cause{CauseFleetOlder, 3600}) {
		t.Errorf("with a fleet reading that is an hour older: %+v", all[0])
	}
}

// TestSizes checks that each PBX is in one state for each resource, that the filter finds the PBXs that are
// counted, and that reclaiming leaves each peak its headroom.
func TestSizes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pbxs []*PBX
		g := Sizer{Thresholds: DefaultThresholds, Windows: map[int64]*Window{}, Now: noon}
		today := noon.Unix() / 86400
		number := rapid.Custom(func(t *rapid.T) ycm.Int {
			return rapid.SampledFrom([]ycm.Int{{}, {Int: opt.Int{State: opt.Malformed, Raw: "n/a"}}, ycm.NewInt(0), ycm.NewInt(-1), ycm.NewInt(1), ycm.NewInt(rapid.Int64Range(0, 120).Draw(t, "n")), ycm.NewInt(100), ycm.NewInt(1<<63 - 1)}).
				Draw(t, "number")
		})
		for i := range rapid.IntRange(0, 20).Draw(t, "PBXs") {
			record := ycm.CloudPBX{
				CloudPBXID:             ycm.NewInt(int64(i + 1)),
				ExtensionCapacity:      number.Draw(t, "extensions"),
				UsedExtensions:         number.Draw(t, "used"),
				ConcurrentCallCapacity: number.Draw(t, "calls"),
				ActiveCalls:            number.Draw(t, "active"),
				RecordingCapacity:      number.Draw(t, "minutes"),
				UsedRecording:          number.Draw(t, "recorded"),
			}
			if rapid.Bool().Draw(t, "created") {
				record.CreateTime = ycm.NewTime(noon.Unix() - rapid.Int64Range(0, 100).Draw(t, "age")*86400)
			}
			p := newPBX(&record, intern{})
			if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
				p.GoneAt = noon.Unix()
			}
			if rapid.Bool().Draw(t, "watched") {
				w := NewWindow(time.Unix((today-rapid.Int64Range(0, 40).Draw(t, "for"))*86400, 0))
				for r, u := range Usages {
					w.Peaks[r] = max(p.Number(u.Used), rapid.Int64Range(0, 120).Draw(t, "peak"))
				}
				g.Windows[p.CloudPBXID] = w
			}
			pbxs = append(pbxs, p)
		}
		s := NewIndex(NewSnapshot(1, pbxs, DefaultThresholds, g.Measure))
		for r, sizes := range s.Measures().Sizes {
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
			if !CanReclaim[r] {
				if sizes.Reclaimable > 0 || sizes.Reclaim > 0 {
					t.Fatalf("Recording minutes are reclaimable: %+v", sizes)
				}
				continue
			}
			var reclaim int64
			for _, id := range found(s, map[string][]string{"size": {SizeWord(r, "reclaimable")}}, noon, time.UTC) {
				p, _ := s.PBX(id)
				w, capacity := g.Windows[id], p.Number(Usages[r].Capacity)
				_, back, _ := g.size(p, w, r)
				reclaim += back
				if back <= 0 || capacity-back < minimums[r] ||
					w.Peaks[r]*100 > (capacity-back)*60 && capacity-back != minimums[r] {
					t.Fatalf("%d of %d is reclaimable on a PBX with a peak of %d", back, capacity, w.Peaks[r])
				}
				if today-w.Since < observedDays ||
					p.Number(FieldCreateTime) != Absent && noon.Unix()-p.Number(FieldCreateTime) < 60*86400 {
					t.Fatalf("%d is reclaimable on a new PBX, want 0", back)
				}
			}
			if reclaim != sizes.Reclaim {
				t.Fatalf("%d is reclaimable in total, want %d", sizes.Reclaim, reclaim)
			}
		}
	})
}

// TestPeaks checks that the peaks of the last 60 days come from the samples, across restarts and the end of days.
// A value that lasted into the window counts; one that has dropped out doesn't.
func TestPeaks(t *testing.T) {
	t.Parallel()
	b := newBench(t, ycmtest.Config{PBXs: 1, Plain: true})
	id := b.ycm.IDs()[0]
	use := func(days int, extensions string) {
		t.Helper()
		b.now = noon.AddDate(0, 0, days)
		b.ycm.Edit(id, func(r map[string]any) {
			r["usedExtensions"] = extensions
			r["extensionCapacity"] = int64(100)
			r["createTime"] = noon.AddDate(-1, 0, 0).Unix()
			r["pbxStatus"] = "Running"
		})
		b.sync()
	}
	reclaim := func() int64 { return b.fleet.Snapshot().Measures().Sizes[0].Reclaim }
	use(0, "50")
	if reclaim() != 0 {
		t.Errorf("on the first day %d is reclaimable, want 0", reclaim())
	}
	use(13, "20")
	if reclaim() != 0 {
		t.Errorf("after 13 days %d is reclaimable, want 0", reclaim())
	}
	use(14, "20")
	if reclaim() != 100-84 { // 50 is just under 60 % of 84
		t.Errorf("after 14 days %d is reclaimable, want 16", reclaim())
	}
	b.start()
	if b.fleet.loadWindowsOnce(t.Context()); reclaim() != 16 {
		t.Errorf("before the first pass after a restart %d is reclaimable, want 16", reclaim())
	}
	use(15, "21")
	if reclaim() != 16 {
		t.Errorf("after a restart %d is reclaimable, want 16", reclaim())
	}
	use(60, "21") // the peak of day 0 is just within the window: it lasted to day 12
	if reclaim() != 16 {
		t.Errorf("on day 60 %d is reclaimable, want 16", reclaim())
	}
	use(80, "21")
	if reclaim() != 100-35 {
		t.Errorf("on day 80 %d is reclaimable, want 65", reclaim())
	}
	use(81, "75")
	if reclaim() != 0 {
		t.Errorf("after a peak of 75 %d is reclaimable, want 0", reclaim())
	}
}

// TestOnboarding checks that a PBX is stuck at one step, and only after some days. What YCM doesn't report is not
// a step.
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
		{"in use", ycm.CloudPBX{CreateTime: old, PBXStatus: "Running", ActivationStatus: "Activated", UsedExtensions: ycm.NewInt(1)}, ""},
		{"its creation not reported", ycm.CloudPBX{PBXStatus: "Stopped", ActivationStatus: "Unactivated"}, ""},
	} {
		tt.pbx.CloudPBXID = ycm.NewInt(1)
		s := snapshotOf(tt.pbx)
		for _, word := range OnboardingWords {
			if got := len(
				found(s, map[string][]string{"onboarding": {word}}, noon, time.UTC),
			) == 1; got != (word == tt.want) {
				t.Errorf("%s: onboarding=%s matches: %v", tt.name, word, got)
			}
		}
	}
}
