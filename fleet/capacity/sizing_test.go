package capacity

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/pbxtest"
	"cordboard/opt"
	"cordboard/ycm"
)

// TestSizes checks that each resource's counts add up to the number of PBXs, that the size filter finds as many PBXs as
// are counted, that reclaiming capacity leaves headroom above each peak, and that new PBXs have no reclaimable
// capacity.
func TestSizes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var pbxs []*fleet.PBX
		g := Sizer{Thresholds: fleet.DefaultThresholds, Windows: map[int64]*Window{}, Now: noon}
		today := noon.Unix() / 86400
		number := rapid.Custom(func(t *rapid.T) ycm.Int {
			return rapid.SampledFrom([]ycm.Int{
				{},
				{Int: opt.Int{State: opt.Malformed, Raw: "n/a"}},
				ycm.NewInt(0),
				ycm.NewInt(-1),
				ycm.NewInt(1),
				ycm.NewInt(rapid.Int64Range(0, 120).Draw(t, "n")),
				ycm.NewInt(100),
				ycm.NewInt(1<<63 - 1),
			}).
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
			p := pbxtest.PBX(record)
			if rapid.IntRange(0, 9).Draw(t, "gone") == 0 {
				p.GoneAt = noon.Unix()
			}
			if rapid.Bool().Draw(t, "watched") {
				w := NewWindow(time.Unix((today-rapid.Int64Range(0, 40).Draw(t, "for"))*86400, 0))
				for r, u := range fleet.Usages {
					w.Peaks[r] = max(p.Number(u.Used), rapid.Int64Range(0, 120).Draw(t, "peak"))
				}
				g.Windows[p.CloudPBXID] = w
			}
			pbxs = append(pbxs, p)
		}
		s := list.New(fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, g.Measure))
		for r, sizes := range s.Measures().Sizes {
			if n := sizes.Over + sizes.Full + sizes.NearlyFull + sizes.Normal + sizes.Unknown + sizes.Unused; n != s.Here() {
				t.Fatalf("%+v adds up to %d of %d", sizes, n, s.Here())
			}
			for state, n := range map[fleet.SizeState]int{
				fleet.SizeOver:        sizes.Over,
				fleet.SizeFull:        sizes.Full,
				fleet.SizeNearlyFull:  sizes.NearlyFull,
				fleet.SizeUnknown:     sizes.Unknown,
				fleet.SizeReclaimable: sizes.Reclaimable,
			} {
				if !slices.Contains(fleet.SizeWords, fleet.SizeWord(r, state)) {
					continue
				}
				if ids := found(s, map[string][]string{"size": {fleet.SizeWord(r, state)}}); len(ids) != n {
					t.Fatalf("%s: %d counted, %v found", fleet.SizeWord(r, state), n, ids)
				}
			}
			if !fleet.CanReclaim[r] {
				if sizes.Reclaimable > 0 || sizes.Reclaim > 0 {
					t.Fatalf("Recording minutes are reclaimable: %+v", sizes)
				}
				continue
			}
			var reclaim int64
			for _, id := range found(s, map[string][]string{"size": {fleet.SizeWord(r, fleet.SizeReclaimable)}}) {
				p, _ := s.PBX(id)
				w, capacity := g.Windows[id], p.Number(fleet.Usages[r].Capacity)
				_, back := g.size(p, w, r)
				reclaim += back
				if back <= 0 || capacity-back < minimums[r] ||
					w.Peaks[r]*100 > (capacity-back)*60 && capacity-back != minimums[r] {
					t.Fatalf("%d of %d is reclaimable on a PBX with a peak of %d", back, capacity, w.Peaks[r])
				}
				if today-w.Since < observedDays ||
					p.Number(fleet.FieldCreateTime) != fleet.Absent &&
						noon.Unix()-p.Number(fleet.FieldCreateTime) < 60*86400 {
					t.Fatalf("%d is reclaimable on a new PBX, want 0", back)
				}
			}
			if reclaim != sizes.Reclaim {
				t.Fatalf("%d is reclaimable in total, want %d", sizes.Reclaim, reclaim)
			}
		}
	})
}

// TestNumbersDontGoRound checks that on overflow, a sum stays at its limit and a difference is unknown, and that a sum
// is never Absent.
func TestNumbersDontGoRound(t *testing.T) {
	t.Parallel()
	huge := ycm.NewInt(math.MaxInt64)
	pbxs := pbxtest.PBXs(
		ycm.CloudPBX{CloudPBXID: ycm.NewInt(1), ExtensionCapacity: huge},
		ycm.CloudPBX{CloudPBXID: ycm.NewInt(2), ExtensionCapacity: huge},
	)
	s := fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, (&Sizer{Now: noon}).Measure)
	if sum := Sum(s, fleet.FieldExtensionCapacity); sum != math.MaxInt64 {
		t.Errorf("the sum is %d, want its bound", sum)
	}
	if sum := bounded(math.MinInt64/2, math.MinInt64/2); sum == fleet.Absent {
		t.Error("a sum of known numbers is Absent")
	}
	if n := Minus(opt.New(math.MinInt64+5), opt.New(10)); n.Known() {
		t.Errorf("the difference is %d, want unknown", n.N)
	}
	if n := Minus(opt.New(5), opt.New(-7), opt.New(0)); n.N != 12 || !n.Known() {
		t.Errorf("5 + 7 is %+v", n)
	}
}

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// found returns the IDs of the PBXs that match a query.
func found(x *list.Index, values map[string][]string) (ids []int64) {
	for p := range x.All(list.NewQuery(values), noon, time.UTC) {
		ids = append(ids, p.CloudPBXID)
	}
	return ids
}
