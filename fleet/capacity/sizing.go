package capacity

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"cordboard/fleet"
)

// Window is a PBX's peak usage over the last PeakDays days.
type Window struct {
	Peaks [len(fleet.Usages)]int64 // in the order of fleet.Usages; Absent: never reported
	Since int64                    // day (UTC, counted from 1970) of the PBX's first sample
}

// NewWindow returns a window without peaks. first is the time of the PBX's first sample.
func NewWindow(first time.Time) *Window {
	w := &Window{Since: first.Unix() / 86400}
	for i := range w.Peaks {
		w.Peaks[i] = fleet.Absent
	}
	return w
}

// observedDays is how many days a PBX must have been observed before any of its capacity counts as reclaimable.
const observedDays = 14

// minimums are the smallest capacities that a PBX keeps, in the order of fleet.Usages.
var minimums = [len(fleet.Usages)]int64{1, 1, 0}

// Sizer measures how PBXs use their capacity.
type Sizer struct {
	Thresholds    fleet.Thresholds
	Windows       map[int64]*Window // by cloudPbxId
	MinExtensions int64             // minimum number of extensions per PBX; 0: unknown
	Now           time.Time
}

// size returns how a PBX's usage of a resource compares with its capacity, and how much of the capacity is
// reclaimable.
func (z *Sizer) size(p *fleet.PBX, w *Window, resource int) (state fleet.SizeState, reclaim int64) {
	u := fleet.Usages[resource]
	used, capacity := p.Number(u.Used), p.Number(u.Capacity)
	if u.Used == fleet.FieldActiveCalls && w != nil {
		used = max(used, w.Peaks[resource])
	}
	switch z.Thresholds.Utilization(used, capacity) {
	case fleet.UtilizationOver:
		return fleet.SizeOver, 0
	case fleet.UtilizationFull:
		return fleet.SizeFull, 0
	case fleet.UtilizationNearlyFull:
		return fleet.SizeNearlyFull, 0
	case fleet.UtilizationUnknown:
		return fleet.SizeUnknown, 0
	case fleet.UtilizationNormal:
	}
	if back := z.reclaim(p, w, resource, max(used, 0), capacity); back > 0 {
		return fleet.SizeReclaimable, back
	}
	return fleet.SizeNone, 0
}

// reclaim returns how much capacity a PBX can give up before its peak usage exceeds ReclaimBelow percent of the rest.
// It returns 0 for PBXs that are new or haven't been observed long enough.
func (z *Sizer) reclaim(p *fleet.PBX, w *Window, resource int, used, capacity int64) int64 {
	now := z.Now.Unix()
	if !fleet.CanReclaim[resource] || w == nil || w.Peaks[resource] == fleet.Absent ||
		w.Since > now/86400-observedDays {
		return 0
	}
	created := p.Number(fleet.FieldCreateTime)
	if created != fleet.Absent && created > now-int64(z.Thresholds.PeakDays)*86400 {
		return 0
	}
	peak := max(used, w.Peaks[resource])
	below := z.Thresholds.ReclaimBelow
	if capacity > 1<<40 || fleet.Reaches(peak, capacity, below) {
		return 0
	}
	keep := int64(float64(peak)*100/float64(below)) + 1
	if peak*100%below == 0 {
		keep--
	}
	minimum := minimums[resource]
	if fleet.Usages[resource].Capacity == fleet.FieldExtensionCapacity {
		minimum = max(minimum, z.MinExtensions)
	}
	return max(capacity-max(keep, minimum), 0)
}

// Measure measures a snapshot's PBXs, which must be in the snapshot's order.
func (z *Sizer) Measure(pbxs []*fleet.PBX) fleet.Measures {
	m := fleet.Measures{States: make([]uint16, len(pbxs)), Totals: totals(pbxs)}
	for i, u := range fleet.Usages {
		m.Sizes[i].Resource = u.Capacity.Name()
		m.Peaks[i], m.Reclaimable[i] = make([]int64, len(pbxs)), make([]int64, len(pbxs))
	}
	for row, p := range pbxs {
		w := z.Windows[p.CloudPBXID]
		for i := range fleet.Usages {
			state, back := z.size(p, w, i)
			m.Peaks[i][row], m.Reclaimable[i][row] = fleet.Absent, back
			if w != nil {
				m.Peaks[i][row] = w.Peaks[i]
			}
			if state != fleet.SizeNone {
				m.States[row] |= fleet.SizeBit(i, state)
			}
			if !p.IsGone() {
				addSize(&m.Sizes[i], state, back, p.Number(fleet.Usages[i].Capacity))
			}
		}
	}
	return m
}

// addSize adds a PBX to the counts. The PBX must not have been removed.
func addSize(s *fleet.Sizes, state fleet.SizeState, back, capacity int64) {
	switch {
	case state == fleet.SizeOver:
		s.Over++
	case state == fleet.SizeFull:
		s.Full++
	case state == fleet.SizeNearlyFull:
		s.NearlyFull++
	case state == fleet.SizeUnknown:
		s.Unknown++
	case capacity <= 0:
		s.Unused++
	default:
		s.Normal++
		if back > 0 {
			s.Reclaimable++
			s.Reclaim = bounded(s.Reclaim, back)
		}
	}
}

// totals returns the total capacity of each resource across all PBXs that haven't been removed.
func totals(pbxs []*fleet.PBX) (all [len(fleet.Resources)]fleet.Total) {
	for _, p := range pbxs {
		if p.IsGone() {
			continue
		}
		for i := range all {
			t := &all[i]
			if p.Text(fleet.FieldPlan) == fleet.UpgradingPlan {
				t.Upgrading++
			}
			switch n := has(p, i); {
			case n == fleet.Absent:
				t.Without++
			case n != 0:
				t.With++
				t.Sum = bounded(t.Sum, n)
			}
		}
	}
	return all
}

// resourceFields lists, for each of fleet.Resources, the field that contains a PBX's capacity.
var resourceFields = [len(fleet.Resources)]fleet.Field{
	fleet.FieldExtensionCapacity,
	fleet.FieldConcurrentCallCapacity,
	fleet.FieldRecordingCapacity,
	fleet.FieldExtensionCapacity,
	fleet.FieldTranscriptionCapacityAddon,
}

// has returns a PBX's capacity for a resource, as the subscription counts it, or Absent if it is unknown.
func has(p *fleet.PBX, resource int) int64 {
	if resource == fleet.Ultimate && p.Text(fleet.FieldPlan) != fleet.UltimatePlan {
		if p.Text(fleet.FieldPlan) == "" {
			return fleet.Absent
		}
		return 0
	}
	return p.Number(resourceFields[resource])
}

// bounded returns a + b, clamped to the range of int64 without Absent.
func bounded(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64 + 1
	default:
		return max(sum, math.MinInt64+1)
	}
}

// Sum returns the sum of a number field for all PBXs that haven't been removed. It skips PBXs for which YCM didn't
// report the field.
func Sum(s *fleet.Snapshot, f fleet.Field) (sum int64) {
	for _, p := range s.PBXs() {
		if n := p.Number(f); n != fleet.Absent && !p.IsGone() {
			sum = bounded(sum, n)
		}
	}
	return sum
}

// Largest returns up to n PBXs with the highest capacity for a resource (an index into fleet.Usages), highest first.
// Among PBXs with equal capacity, those with higher usage come first.
func Largest(s *fleet.Snapshot, resource, n int) []*fleet.PBX {
	u := fleet.Usages[resource]
	var first []*fleet.PBX
	for _, p := range s.PBXs() {
		capacity := p.Number(u.Capacity)
		if p.IsGone() || capacity == fleet.Absent || len(first) == n && capacity < first[n-1].Number(u.Capacity) {
			continue
		}
		first = among(first, n, p, func(a, b *fleet.PBX) int {
			return cmp.Or(
				cmp.Compare(b.Number(u.Capacity), a.Number(u.Capacity)),
				cmp.Compare(b.Number(u.Used), a.Number(u.Used)),
			)
		})
	}
	return first
}

// among inserts v into first, which must be sorted and have at most n elements. It places v after equal elements, and
// returns the result, truncated to n elements.
func among[T any](first []T, n int, v T, compare func(a, b T) int) []T {
	at := len(first)
	for at > 0 && compare(v, first[at-1]) < 0 {
		at--
	}
	if at == n {
		return first
	}
	first = slices.Insert(first, at, v)
	return first[:min(n, len(first))]
}

// Size describes how much of a resource a PBX has and uses.
type Size struct {
	PBX            *fleet.PBX // must not be modified
	Used, Capacity int64
	Peak           int64 // over the last PeakDays days; Absent: unknown
	State          fleet.SizeState
	Back           int64 // reclaimable capacity
}

// SizesOf returns an iterator over the PBXs' sizes for a resource (an index into fleet.Usages), in order of ID. It
// skips removed PBXs.
func SizesOf(s *fleet.Snapshot, resource int) iter.Seq[Size] {
	return func(yield func(Size) bool) {
		for row, p := range s.PBXs() {
			if !p.IsGone() && !yield(sizeOf(s, row, resource)) {
				return
			}
		}
	}
}

func sizeOf(s *fleet.Snapshot, row, resource int) Size {
	p, m := s.PBXs()[row], s.Measures()
	size := Size{
		PBX:      p,
		Used:     p.Number(fleet.Usages[resource].Used),
		Capacity: p.Number(fleet.Usages[resource].Capacity),
		Peak:     m.Peaks[resource][row],
		Back:     m.Reclaimable[resource][row],
	}
	for _, state := range fleet.SizeStates {
		if m.States[row]&fleet.SizeBit(resource, state) != 0 {
			size.State = state
		}
	}
	return size
}

// MostReclaimable returns up to n PBXs with the most reclaimable capacity for a resource (an index into fleet.Usages),
// in descending order.
func MostReclaimable(s *fleet.Snapshot, resource, n int) []Size {
	var most []Size
	for row, back := range s.Measures().Reclaimable[resource] {
		if back <= 0 || s.PBXs()[row].IsGone() || len(most) == n && back <= most[n-1].Back {
			continue
		}
		most = among(most, n, sizeOf(s, row, resource), func(a, b Size) int { return cmp.Compare(b.Back, a.Back) })
	}
	return most
}
