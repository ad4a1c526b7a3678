package rows

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web/display"
	"cordboard/views/ui"
	"cordboard/ycm"
)

// fleetOf returns PBXs of all kinds: with words to mark, reasons to be listed, times of the last minute, and one that
// was removed. n varies them, as another sync would.
func fleetOf(n int64) []*fleet.PBX {
	var all []*fleet.PBX
	for i := range int64(4) {
		p := pbx(func(r *ycm.CloudPBX) {
			r.CloudPBXID, r.Name = ycm.NewInt(i+1), ycm.Text(fmt.Sprintf("Alder & Söhne %d.%d", i, n))
			r.UsedExtensions = ycm.NewInt(90 + i)
			r.CreateTime = ycm.NewTime(today.Add(-time.Duration(i*i*i) * 40 * time.Second).Unix())
			r.ExpirationDate = ycm.NewTime(today.AddDate(0, 0, int(i)-1).Unix())
		})
		all = append(all, p)
	}
	return append(all, all[0].AsGone(today.Unix()))
}

var zones = []*time.Location{time.UTC, time.FixedZone("NPT", 20700), time.FixedZone("-12", -12*3600)}

// parts draw the parts of a Look, and the thresholds.
var parts = []func(*rapid.T, *Look, *fleet.Thresholds){
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Times = rapid.SampledFrom([]string{"", "absolute", "relative"}).Draw(t, "times")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Cols = rapid.SampledFrom([][]string{
			{"name", "createTime", "usedExtensions"},
			{"name", "createTime", "usedExtensions", "extensionCapacity"},
			{"name", "createTime", "usedExtensions", "url"},
		}).Draw(t, "columns")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Words = rapid.SampledFrom([][]string{nil, {"alder"}, {"alder", "sohne"}, {"sohne"}}).Draw(t, "words")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		q := rapid.SampledFrom([]string{
			"", "attention=7d", "attention=full", "usage=nearly-full", "attention=7d&usage=nearly-full",
		}).Draw(t, "query")
		l.Reasons = Why(list.NewQuery(values(q)))
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) { l.Menu = rapid.Bool().Draw(t, "menu") },
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Clock.Now = today.Add(time.Duration(rapid.IntRange(-90, 90).Draw(t, "seconds")) * time.Second)
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Clock.Zone = rapid.SampledFrom(zones).Draw(t, "zone")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Clock.Dates = rapid.SampledFrom([]string{"", "iso"}).Draw(t, "dates")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.Short = rapid.SampledFrom([]string{"", "createTime"}).Draw(t, "short")
	},
	func(t *rapid.T, l *Look, _ *fleet.Thresholds) {
		l.HeadClass = rapid.SampledFrom([]string{"pin", "pin pin-2"}).Draw(t, "class")
	},
	func(t *rapid.T, _ *Look, limits *fleet.Thresholds) {
		limits.Full = rapid.SampledFrom([]int64{91, 95}).Draw(t, "full")
	},
}

// TestCacheIsCurrent changes one part of a look at a time, and compares the rows of one cache with newly made ones. If
// anything that rows depend on weren't in the key, a row made for another user, day or state would be returned.
func TestCacheIsCurrent(t *testing.T) {
	t.Parallel()
	fleets := [][]*fleet.PBX{fleetOf(0), fleetOf(1)}
	rapid.Check(t, func(t *rapid.T) {
		var (
			c      Cache
			l      Look
			limits = fleet.DefaultThresholds
		)
		for _, draw := range parts {
			draw(t, &l, &limits)
		}
		for range 20 {
			pbxs := rapid.SampledFrom(fleets).Draw(t, "fleet")
			got, want := c.Of(l, limits, pbxs), new(Cache).Of(l, limits, pbxs)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("rows differ from new ones (-want +got):\n%s", d)
			}
			rapid.SampledFrom(parts).Draw(t, "part")(t, &l, &limits)
		}
	})
}

// TestCacheIsUsed checks that a row isn't made again within a minute, and that it is afterward.
func TestCacheIsUsed(t *testing.T) { // not in parallel, as it counts allocations
	var c Cache
	pbxs, l := fleetOf(0), Look{Cols: []string{"name", "createTime"}, Clock: ui.Clock{Now: today, Zone: time.UTC}}
	of := func() { c.Of(l, fleet.DefaultThresholds, pbxs) }
	of()
	if again := testing.AllocsPerRun(100, of); again > 5 {
		t.Errorf("rows that are kept took %v allocations, want at most 5", again)
	}
	before := c.Of(l, fleet.DefaultThresholds, pbxs)
	l.Clock.Now = today.Add(time.Minute)
	if after := c.Of(l, fleet.DefaultThresholds, pbxs); cmp.Equal(before, after) {
		t.Error("a minute later, the rows still say the same about how long ago the PBXs were created")
	}
}

// TestCacheIsBounded asks for more rows than are kept, each with its own search.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	var c Cache
	pbxs, l := fleetOf(0), Look{Cols: []string{"name"}, Clock: ui.Clock{Now: today, Zone: time.UTC}}
	for i := range 2 * mostRows {
		l.Words = []string{fmt.Sprint("word", i)}
		c.Of(l, fleet.DefaultThresholds, pbxs)
		c.Of(l, fleet.DefaultThresholds, nil)
	}
	count := 0
	for _, known := range c.looks {
		count += len(known)
	}
	if count > mostRows || count != c.count || len(c.looks) > count {
		t.Errorf("%d rows of %d looks are kept, and counted as %d, want at most %d", count, len(c.looks), c.count, mostRows)
	}
}

// TestRow checks what differs between looks: the menu, the shortened times, and the reason after the name.
func TestRow(t *testing.T) {
	t.Parallel()
	pbxs := fleetOf(0)
	l := Look{
		Cols: []string{"name", "createTime"}, Short: "createTime", Menu: true,
		Reasons: Why(list.NewQuery(values("usage=nearly-full"))), Clock: ui.Clock{Now: today, Zone: time.UTC},
	}
	cells := display.Cells{Clock: l.Clock, Thresholds: fleet.DefaultThresholds, Shown: l.Cols}
	r := newRow(&l, cells, pbxs[0])
	if r.Menu != "/pbxs/1/menu" || len(r.Cells) != 3 || r.Cells[1].Column != ReasonColumn ||
		r.Cells[2].Moment.Text != "17 Mar 2026" || r.Gone != "" {
		t.Errorf("row = %+v", r)
	}
	l.Short, l.Menu, l.Reasons = "", false, Reasons{}
	r = newRow(&l, cells, pbxs[len(pbxs)-1])
	if r.Menu != "" || len(r.Cells) != 2 || r.Cells[1].Moment.Text != "17 Mar 2026, 12:00" || r.Gone == "" {
		t.Errorf("row of a removed PBX = %+v", r)
	}
}

// values parses a query that is known to be valid.
func values(raw string) url.Values {
	v, err := url.ParseQuery(raw)
	if err != nil {
		panic(err)
	}
	return v
}
