package capacity

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/ycm"
)

// TestLargestAgainstAPlainSort compares Largest and MostReclaimable with plain sorts of the whole fleet, and checks the
// sizes that SizesOf yields.
func TestLargestAgainstAPlainSort(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := &Sizer{Thresholds: fleet.DefaultThresholds, Windows: map[int64]*Window{}, Now: noon}
		var pbxs []*fleet.PBX
		for id := range int64(rapid.IntRange(0, 15).Draw(t, "PBXs")) {
			p := pbxtest.PBX(pbxtest.Record(id+1, func(p *ycm.CloudPBX) {
				if rapid.IntRange(0, 5).Draw(t, "known") > 0 {
					p.ExtensionCapacity = ycm.NewInt(rapid.Int64Range(0, 5).Draw(t, "capacity") * 20)
					p.UsedExtensions = ycm.NewInt(rapid.Int64Range(0, 60).Draw(t, "used"))
				}
			}))
			if rapid.IntRange(0, 5).Draw(t, "gone") == 0 {
				p.GoneAt = noon.Unix()
			}
			w := NewWindow(noon.AddDate(0, 0, -30))
			w.Peaks[fleet.Extensions] = max(p.Number(fleet.FieldUsedExtensions), 0)
			z.Windows[p.CloudPBXID] = w
			pbxs = append(pbxs, p)
		}
		s := fleet.NewSnapshot(1, pbxs, fleet.DefaultThresholds, z.Measure)
		n := rapid.IntRange(1, 6).Draw(t, "n")
		number := func(p *fleet.PBX) int64 { return p.Number(fleet.FieldExtensionCapacity) }
		var want []*fleet.PBX
		for _, p := range s.PBXs() {
			if !p.IsGone() && number(p) != fleet.Absent {
				want = append(want, p)
			}
		}
		slices.SortStableFunc(want, func(a, b *fleet.PBX) int {
			used := fleet.FieldUsedExtensions
			return cmp.Or(cmp.Compare(number(b), number(a)), cmp.Compare(b.Number(used), a.Number(used)))
		})
		if got := Largest(s, fleet.Extensions, n); !slices.Equal(got, want[:min(n, len(want))]) {
			t.Fatalf("Largest(%d) = %d PBXs, want the first of %d", n, len(got), len(want))
		}

		var sizes []Size
		for size := range SizesOf(s, fleet.Extensions) {
			if size.PBX.IsGone() || size.Capacity != number(size.PBX) {
				t.Fatalf("size = %+v", size)
			}
			if (size.State == fleet.SizeReclaimable) != (size.Back > 0) {
				t.Fatalf("size = %+v, want a state that agrees with what can be reclaimed", size)
			}
			sizes = append(sizes, size)
		}
		if len(sizes) != s.Here() {
			t.Fatalf("%d sizes, want %d", len(sizes), s.Here())
		}
		for range SizesOf(s, fleet.Extensions) {
			break // must not panic
		}
		most := slices.DeleteFunc(sizes, func(s Size) bool { return s.Back == 0 })
		slices.SortStableFunc(most, func(a, b Size) int { return cmp.Compare(b.Back, a.Back) })
		if got := MostReclaimable(s, fleet.Extensions, n); !slices.Equal(got, most[:min(n, len(most))]) {
			t.Fatalf("MostReclaimable(%d) = %+v, want %+v", n, got, most[:min(n, len(most))])
		}
	})
}

// TestReclaim checks how much capacity a PBX can give up, and when none counts as reclaimable.
func TestReclaim(t *testing.T) {
	t.Parallel()
	const day = 86400
	for _, tt := range []struct {
		name           string
		used, capacity int64
		peak           int64
		observed, age  int64 // days
		minimum        int64
		want           int64
	}{
		{"a quarter in use", 25, 100, 25, 30, 400, 0, 58}, // 25 is below 60% of the 42 that remain
		{"a peak above the current use", 5, 100, 50, 30, 400, 0, 16},
		{"a peak at the threshold", 5, 100, 60, 30, 400, 0, 0},
		{"just below the threshold", 5, 100, 59, 30, 400, 0, 1},
		{"nothing in use", 0, 100, 0, 30, 400, 0, 99},
		{"nothing in use, with a minimum", 0, 100, 0, 30, 400, 10, 90},
		{"below the minimum", 0, 5, 0, 30, 400, 10, 0},
		{"observed for 13 days", 0, 100, 0, 13, 400, 0, 0},
		{"observed for 14 days", 0, 100, 0, 14, 400, 0, 99},
		{"created 59 days ago", 0, 100, 0, 30, 59, 0, 0},
		{"created 61 days ago", 0, 100, 0, 30, 61, 0, 99},
		{"no peak known", 0, 100, fleet.Absent, 30, 400, 0, 0},
		{"absurd capacity", 0, 1 << 41, 0, 30, 400, 0, 0},
	} {
		p := pbxtest.PBX(pbxtest.Record(1, func(p *ycm.CloudPBX) {
			p.ExtensionCapacity, p.UsedExtensions = ycm.NewInt(tt.capacity), ycm.NewInt(tt.used)
			p.CreateTime = ycm.NewTime(noon.Unix() - tt.age*day)
		}))
		w := NewWindow(noon.AddDate(0, 0, -int(tt.observed)))
		w.Peaks[fleet.Extensions] = tt.peak
		z := Sizer{
			Thresholds: fleet.DefaultThresholds, Windows: map[int64]*Window{1: w}, MinExtensions: tt.minimum, Now: noon,
		}
		s := fleet.NewSnapshot(1, []*fleet.PBX{p}, fleet.DefaultThresholds, z.Measure)
		if got := s.Measures().Reclaimable[fleet.Extensions][0]; got != tt.want {
			t.Errorf("%s: %d is reclaimable, want %d", tt.name, got, tt.want)
		}
	}
}
