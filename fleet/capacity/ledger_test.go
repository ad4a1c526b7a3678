package capacity

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/ycm"
)

// extensions returns a reading of the extensions alone.
func extensions(total, used, assigned, available, frozen opt.Int) Reading {
	r := Reading{Frozen: frozen}
	r.Total[0], r.Used[0], r.Assigned[0], r.Available[0] = total, used, assigned, available
	return r
}

// snapshot returns a snapshot of the given records. PBXs with an ID in gone are marked as removed.
func snapshot(gone []int64, records ...ycm.CloudPBX) *fleet.Snapshot {
	pbxs := pbxtest.PBXs(records...)
	for _, p := range pbxs {
		for _, id := range gone {
			if p.CloudPBXID == id {
				p.GoneAt = noon.Unix()
			}
		}
	}
	sizer := &Sizer{Thresholds: fleet.DefaultThresholds, Now: noon}
	return fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, sizer.Measure)
}

// sized returns the record of a PBX with the given plan and extension capacity.
func sized(id, extensions int64, plan ycm.Text) ycm.CloudPBX {
	return pbxtest.Record(id, func(p *ycm.CloudPBX) {
		p.ExtensionCapacity, p.Plan = ycm.NewInt(extensions), plan
	})
}

// TestLedgerAddsUp checks that the parts of a row add up to its total, with the rest as Unexplained, that a value is
// known if and only if all values that it depends on are known, and that other rows stay empty.
func TestLedgerAddsUp(t *testing.T) {
	t.Parallel()
	value := rapid.Custom(func(t *rapid.T) opt.Int {
		switch rapid.IntRange(0, 9).Draw(t, "state") {
		case 0:
			return opt.Int{}
		case 1:
			return opt.Int{State: opt.Malformed, Raw: "n/a"}
		}
		return opt.New(rapid.Int64Range(-1000, 1_000_000).Draw(t, "n"))
	})
	rapid.Check(t, func(t *rapid.T) {
		r := extensions(value.Draw(t, "total"), value.Draw(t, "used"), value.Draw(t, "assigned"),
			value.Draw(t, "available"), value.Draw(t, "frozen"))
		row := r.Ledger()[0]
		if known := row.Used.Known() && row.Assigned.Known(); row.Own.Known() != known {
			t.Fatalf("own = %+v of %+v", row.Own, row)
		}
		known := row.Own.Known() && row.Total.Known() && row.Available.Known()
		if row.Unexplained.Known() != known {
			t.Fatalf("unexplained = %+v of %+v", row.Unexplained, row)
		}
		if known && row.Own.N+row.Assigned.N+row.Available.N+row.Unexplained.N != row.Total.N {
			t.Fatalf("%+v doesn't add up", row)
		}
		for i, other := range r.Ledger() {
			if i > 0 && (other.Reported() || other.Frozen.Reported() || other.Resource != fleet.Resources[i]) {
				t.Fatalf("row %d = %+v, want nothing but its name", i, other)
			}
		}
	})
}

// TestLedgerOfAFleet checks the columns of a ledger that depend on the fleet.
func TestLedgerOfAFleet(t *testing.T) {
	t.Parallel()
	n := opt.New
	r := extensions(n(1000), n(400), n(100), n(600), n(120))
	read := fleet.Freshness{At: noon}
	for _, tt := range []struct {
		name              string
		s                 *fleet.Snapshot
		fresh             fleet.Freshness
		fleet, difference opt.Int
	}{
		{"not read yet", snapshot(nil), fleet.Freshness{}, opt.Int{}, opt.Int{}},
		{"empty", snapshot(nil), read, n(0), n(-300)},
		{"two PBXs", snapshot(nil, sized(1, 100, ""), sized(2, 200, "")), read, n(300), n(0)},
		{"one of them gone", snapshot([]int64{2}, sized(1, 100, ""), sized(2, 200, "")), read, n(100), n(-200)},
		{"one without capacity", snapshot(nil, sized(1, 100, ""), pbxtest.Record(2, nil)), read, n(100), n(-200)},
		{"none with capacity", snapshot(nil, pbxtest.Record(1, nil)), read, opt.Int{}, opt.Int{}},
	} {
		row := NewLedger(r, tt.s, tt.fresh)[0]
		if row.Fleet != tt.fleet || row.Difference != tt.difference || row.Own != n(300) || row.Frozen != n(120) {
			t.Errorf(
				"%s: fleet %+v, difference %+v, want %+v and %+v",
				tt.name,
				row.Fleet,
				row.Difference,
				tt.fleet,
				tt.difference,
			)
		}
	}
}

// TestUltimateExtensions checks which PBXs count toward the Ultimate Plan extensions, and which toward all extensions.
func TestUltimateExtensions(t *testing.T) {
	t.Parallel()
	s := snapshot(nil,
		sized(1, 10, "Ultimate Plan"), sized(2, 20, "Enterprise Plan"), sized(3, 40, "Upgrading to Ultimate Plan"),
		sized(4, 80, ""), pbxtest.Record(5, func(p *ycm.CloudPBX) { p.Plan = "Ultimate Plan" }))
	want := fleet.Total{Sum: 10, With: 1, Without: 2, Upgrading: 1} // Without: one PBX has no plan, another no capacity
	if got := s.Measures().Totals[fleet.Ultimate]; got != want {
		t.Errorf("Ultimate Plan extensions = %+v, want %+v", got, want)
	}
	want = fleet.Total{Sum: 150, With: 4, Without: 1, Upgrading: 1}
	if got := s.Measures().Totals[fleet.Extensions]; got != want {
		t.Errorf("extensions = %+v, want %+v", got, want)
	}
}

// TestCauses checks which causes of a difference are named, and in which order.
func TestCauses(t *testing.T) {
	t.Parallel()
	n := opt.New
	two := snapshot(nil, sized(1, 100, "Enterprise Plan"), sized(2, 200, "Ultimate Plan"))
	unreported := snapshot(nil, sized(1, 100, ""), pbxtest.Record(2, nil))
	minute := fleet.Freshness{At: noon, Total: 2, Interval: time.Minute}
	plans := func(enterprise, ultimate opt.Int) []PlanCount {
		return []PlanCount{{Plan: "enterprisePlan", PBXs: enterprise}, {Plan: "ultimatePlan", PBXs: ultimate}}
	}
	for _, tt := range []struct {
		name  string
		own   int64 // as YCM counts it
		s     *fleet.Snapshot
		fresh fleet.Freshness
		sub   Subscription
		held  int64
		want  []Cause
	}{
		{"no difference", 300, two, minute, Subscription{At: noon, Plans: plans(n(9), n(9))}, 50, nil},
		{"none known", 310, two, minute, Subscription{At: noon}, 0, nil},
		{"frozen", 420, two, minute, Subscription{At: noon}, 0, []Cause{{CauseFrozen, 120}}},
		{"frozen, the other way", 180, two, minute, Subscription{At: noon}, 0, []Cause{{CauseFrozen, 120}}},
		{"not reported", 150, unreported, minute, Subscription{At: noon}, 0, []Cause{{CauseUnreported, 1}}},
		{"too much can't be unreported", 50, unreported, minute, Subscription{At: noon}, 0, nil},
		{
			"not read yet", 310, two,
			fleet.Freshness{At: noon, Total: 5, Interval: time.Minute},
			Subscription{At: noon},
			0,
			[]Cause{{CauseIncomplete, 3}},
		},
		{"more PBXs", 310, two, minute, Subscription{At: noon, Plans: plans(n(1), n(3))}, 0, []Cause{{CausePlans, 2}}},
		{"fewer PBXs", 310, two, minute, Subscription{At: noon, Plans: plans(n(1), n(0))}, 0, []Cause{{CausePlans, -1}}},
		{"plans unknown", 310, two, minute, Subscription{At: noon, Plans: plans(n(1), opt.Int{})}, 0, nil},
		{
			"fleet older", 310, two, minute,
			Subscription{At: noon.Add(time.Hour)},
			0,
			[]Cause{{CauseFleetOlder, 3600}},
		},
		{
			"subscription older", 310, two, minute,
			Subscription{At: noon.Add(-time.Hour)},
			0,
			[]Cause{{CauseSubscriptionOlder, 3600}},
		},
		{"two intervals apart", 310, two, minute, Subscription{At: noon.Add(2 * time.Minute)}, 0, nil},
		{"open operations", 310, two, minute, Subscription{At: noon}, 10, []Cause{{CauseOpen, 10}}},
		{
			"several", 420, two,
			fleet.Freshness{At: noon, Total: 3, Interval: time.Minute},
			Subscription{At: noon.Add(time.Hour)},
			5,
			[]Cause{{CauseFrozen, 120}, {CauseIncomplete, 1}, {CauseFleetOlder, 3600}, {CauseOpen, 5}},
		},
	} {
		rows := NewLedger(extensions(n(1000), n(tt.own), n(0), n(1000-tt.own), n(120)), tt.s, tt.fresh)
		got := Causes(&tt.sub, rows, tt.s, tt.fresh, [len(fleet.Resources)]int64{tt.held})
		if diff := cmp.Diff(tt.want, got[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestCausesOfSomeResources checks the causes that only some resources have.
func TestCausesOfSomeResources(t *testing.T) {
	t.Parallel()
	n := opt.New
	s := snapshot(nil, pbxtest.Record(1, func(p *ycm.CloudPBX) {
		p.RecordingCapacity, p.ExtensionCapacity, p.Plan = ycm.NewInt(2000), ycm.NewInt(50), fleet.UpgradingPlan
	}))
	var r Reading
	r.Used[fleet.Recording], r.Assigned[fleet.Recording] = n(1500), n(0)
	r.Used[fleet.Ultimate], r.Assigned[fleet.Ultimate] = n(50), n(0)
	fresh := fleet.Freshness{At: noon}
	got := Causes(&Subscription{At: noon}, NewLedger(r, s, fresh), s, fresh, [len(fleet.Resources)]int64{})
	want := [len(fleet.Resources)][]Cause{}
	want[fleet.Recording] = []Cause{{CauseFreeRecording, 1}}
	want[fleet.Ultimate] = []Cause{{CauseUpgrading, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("causes (-want +got):\n%s", diff)
	}
}

// TestLacksOf checks which members LacksOf reports as missing, and that WithAvailable fills in available capacity only
// if it is missing.
func TestLacksOf(t *testing.T) {
	t.Parallel()
	n := opt.New
	full := &Subscription{
		ExpirationTime: n(1), RecordingEnds: n(2), HighAvailability: "Enabled", WhiteLabel: "Subscribed",
		Reading: extensions(n(10), n(4), n(1), n(6), n(2)),
	}
	for _, tt := range []struct {
		name   string
		change func(s *Subscription)
		want   []string
	}{
		{"the same", func(*Subscription) {}, nil},
		{"other values", func(s *Subscription) { s.ExpirationTime, s.Reading.Total[0] = n(9), n(0) }, nil},
		{"no total", func(s *Subscription) { s.Reading.Total[0] = opt.Int{} }, []string{"total.extensionCapacity"}},
		{"no use", func(s *Subscription) { s.Reading.Used[0] = opt.Int{} }, []string{"used.extensionCapacity"}},
		{
			"resellers malformed", func(s *Subscription) { s.Reading.Assigned[0] = opt.Int{State: opt.Malformed} },
			[]string{"used.assignedToResellerExtensionCapacity"},
		},
		{
			"not available", func(s *Subscription) { s.Reading.Available[0] = opt.Int{} },
			[]string{"available.extensionCapacity"},
		},
		{
			"what newer responses lack",
			func(s *Subscription) { s.RecordingEnds, s.Reading.Frozen = opt.Int{}, opt.Int{} }, nil,
		},
		{
			"the rest", func(s *Subscription) { s.ExpirationTime, s.HighAvailability, s.WhiteLabel = opt.Int{}, "", "" },
			[]string{"expirationTime", "highAvailability", "whiteLabel"},
		},
	} {
		later := *full
		tt.change(&later)
		if diff := cmp.Diff(tt.want, later.LacksOf(full)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if more := full.LacksOf(&later); len(more) > 0 {
			t.Errorf("%s: the full reading lacks %v", tt.name, more)
		}
	}
	later := full.Reading
	later.Available[0] = opt.Int{}
	if got := later.WithAvailable(full.Reading).Available[0]; got != n(6) {
		t.Errorf("available of the earlier reading = %+v, want 6", got)
	}
	later.Available[0] = n(0)
	if got := later.WithAvailable(full.Reading).Available[0]; got != n(0) {
		t.Errorf("available = %+v, want the later 0", got)
	}
}

// TestHistory checks that a day's last reading replaces the earlier ones, that days stay in order even if the clock is
// set back, that earlier histories don't change, and that Since and HistoryDays leave out older days.
func TestHistory(t *testing.T) {
	t.Parallel()
	reading := func(used int64) Reading { return extensions(opt.Int{}, opt.New(used), opt.Int{}, opt.Int{}, opt.Int{}) }
	days := func(h History) (all []string) {
		for _, d := range h {
			all = append(all, fmt.Sprintf("%d:%d", d.Day, d.Resources[0].Used.N))
		}
		return all
	}
	var h History
	for _, tt := range []struct {
		day, used int64
		want      []string
	}{
		{10, 1, []string{"10:1"}},
		{10, 2, []string{"10:2"}},
		{12, 3, []string{"10:2", "12:3"}},
		{11, 4, []string{"10:2", "11:4", "12:3"}}, // the clock was set back
		{11, 5, []string{"10:2", "11:5", "12:3"}},
		{9, 6, []string{"9:6", "10:2", "11:5", "12:3"}},
	} {
		before, was := h, days(h)
		h = h.With(tt.day, reading(tt.used))
		if diff := cmp.Diff(tt.want, days(h)); diff != "" {
			t.Errorf("history after day %d (-want +got):\n%s", tt.day, diff)
		}
		if diff := cmp.Diff(was, days(before)); diff != "" {
			t.Errorf("the history before day %d changed (-want +got):\n%s", tt.day, diff)
		}
	}
	for day, want := range map[int64]int{0: 4, 9: 4, 10: 3, 12: 1, 13: 0} {
		if got := h.Since(day); len(got) != want {
			t.Errorf("Since(%d) = %v, want %d days", day, days(got), want)
		}
	}
	for day := int64(13); day < 500; day++ {
		h = h.With(day, reading(day))
	}
	if len(h) != HistoryDays || h[0].Day != 100 || h[len(h)-1].Day != 499 {
		t.Errorf("history = %d days from %d to %d, want the last %d", len(h), h[0].Day, h[len(h)-1].Day, HistoryDays)
	}
}

// TestForecasts checks that each resource has its own forecast.
func TestForecasts(t *testing.T) {
	t.Parallel()
	var h History
	for day := range int64(30) {
		var r Reading
		r.Used[fleet.Extensions], r.Available[fleet.Extensions] = opt.New(100+10*day), opt.New(500)
		r.Used[fleet.Calls], r.Available[fleet.Calls] = opt.New(50), opt.New(10)
		r.Used[fleet.Recording], r.Available[fleet.Recording] = opt.New(1000-day), opt.New(0)
		h = h.With(20000+day, r)
	}
	want := [len(fleet.Resources)]ForecastKind{Rising, NoTrend, UsedUp, NotReported, NotReported}
	for i, f := range h.Forecasts() {
		if f.Kind != want[i] {
			t.Errorf("forecast of %s = %+v, want kind %d", fleet.Resources[i], f, want[i])
		}
	}
	if f := h.Forecasts()[fleet.Extensions]; f.Mid != 50 || f.Last != 20029 || f.Days != 30 {
		t.Errorf("forecast of the extensions = %+v, want 50 days from day 20029", f)
	}
	for i, f := range History(nil).Forecasts() {
		if f.Kind != TooFewDays {
			t.Errorf("forecast of %s without a history = %+v", fleet.Resources[i], f)
		}
	}
}
