package fleet

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// Sizes of a resource: how the fleet's use goes together with its capacity. Calls are measured by their peak.
type Sizes struct {
	Resource                                        string // extensionCapacity, concurrentCallCapacity or recordingCapacity
	Over, Full, NearlyFull, Normal, Unknown, Unused int    // PBXs; they add up to those that are there. Unused ones have no capacity and use none
	Reclaimable                                     int    // PBXs of Normal that could be made smaller
	Reclaim                                         int64  // and how much they could give back in all
}

// sizeKeys are the resources in the words of the size filter, in the order of Usages.
var sizeKeys = [len(Usages)]string{"extensions", "calls", "recording"}

// SizeWord is the word of the size filter for a resource in a state: over, full, nearly-full, unknown or reclaimable.
func SizeWord(resource int, state string) string { return sizeKeys[resource] + "-" + state }

// SizeWords are those of the size filter.
var SizeWords = func() (all []string) {
	for i := range sizeKeys {
		for state, word := range sizeStates {
			if state != sizeReclaimable || reclaimable[i] {
				all = append(all, SizeWord(i, word))
			}
		}
	}
	return all
}()

var sizeStates = [...]string{"over", "full", "nearly-full", "unknown", "reclaimable"}

// Indexes into sizeStates.
const (
	sizeOver = iota
	sizeFull
	sizeNearlyFull
	sizeUnknown
	sizeReclaimable
)

// window is what a PBX used most in the last days, by Usages; Absent: never reported. Since is the day of its first sample.
type window struct {
	peak  [len(Usages)]int64
	since int64
}

// watchedDays is for how long a PBX must have been watched before anything of it counts as not needed.
const watchedDays = 14

// reclaimable are the resources that YCM lets a PBX give back: recording minutes may not be lowered.
var reclaimable = [len(Usages)]bool{true, true, false}

// floors are what a PBX keeps of each resource in any case.
var floors = [len(Usages)]int64{1, 1, 0}

// gauge measures a snapshot's PBXs.
type gauge struct {
	limits  Limits
	windows map[int64]*window
	floors  [len(Usages)]int64
	now     int64 // Unix seconds
}

// size says how a PBX's use of a resource goes together with its capacity, and how much of it could be given back.
func (g *gauge) size(p *PBX, w *window, resource int) (state int, reclaim int64, normal bool) {
	f := usageFields[resource]
	used, capacity := p.number(f.used), p.number(f.capacity)
	if Usages[resource].Used == "activeCalls" && w != nil {
		used = max(used, w.peak[resource])
	}
	switch g.limits.Fit(used, capacity) {
	case FitOver:
		return sizeOver, 0, false
	case FitFull:
		return sizeFull, 0, false
	case FitNearlyFull:
		return sizeNearlyFull, 0, false
	case FitUnknown:
		return sizeUnknown, 0, false
	case FitNormal:
	}
	return sizeReclaimable, g.reclaim(p, w, resource, max(used, 0), capacity), true
}

// reclaim is what could be taken from a PBX so that its peak would just reach ReclaimBelow. One that is new, or wasn't watched for
// long, keeps all.
func (g *gauge) reclaim(p *PBX, w *window, resource int, used, capacity int64) int64 {
	if !reclaimable[resource] || w == nil || w.peak[resource] == Absent || w.since > g.now/86400-watchedDays {
		return 0
	}
	if created := p.numbers[createTime]; created != Absent && created > g.now-int64(g.limits.PeakDays)*86400 {
		return 0
	}
	peak := max(used, w.peak[resource])
	if capacity > 1<<40 || reaches(peak, capacity, g.limits.ReclaimBelow) {
		return 0
	}
	keep := int64(float64(peak)*100/float64(g.limits.ReclaimBelow)) + 1
	if peak*100%g.limits.ReclaimBelow == 0 {
		keep--
	}
	return max(capacity-max(keep, g.floors[resource]), 0)
}

// measure fills in the columns of sizes, and adds them up.
func (g *gauge) measure(c *columns, pbxs []*PBX) (all [len(Usages)]Sizes) {
	c.sizes = make([]uint16, len(pbxs))
	for i, u := range Usages {
		all[i].Resource = u.Capacity
		c.peaks[i], c.backs[i] = make([]int64, len(pbxs)), make([]int64, len(pbxs))
	}
	for row, p := range pbxs {
		w := g.windows[p.CloudPBXID]
		for i := range all {
			state, back, normal := g.size(p, w, i)
			c.peaks[i][row], c.backs[i][row] = Absent, back
			if w != nil {
				c.peaks[i][row] = w.peak[i]
			}
			if !normal || back > 0 {
				c.sizes[row] |= 1 << (i*len(sizeStates) + state)
			}
			if !p.IsGone() {
				all[i].add(state, back, normal, p.number(usageFields[i].capacity))
			}
		}
	}
	return all
}

// add counts a PBX that is there.
func (s *Sizes) add(state int, back int64, normal bool, capacity int64) {
	switch {
	case !normal:
		*[...]*int{&s.Over, &s.Full, &s.NearlyFull, &s.Unknown}[state]++
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

// fits says whether measuring again would come to the same.
func (s *Snapshot) fits(g gauge) bool {
	var c columns
	if g.measure(&c, s.pbxs) != s.sizes || !slices.Equal(c.sizes, s.columns.sizes) {
		return false
	}
	for i := range Usages {
		if !slices.Equal(c.peaks[i], s.columns.peaks[i]) || !slices.Equal(c.backs[i], s.columns.backs[i]) {
			return false
		}
	}
	return true
}

// Sizes are those of the three resources, in the order of Usages.
func (s *Snapshot) Sizes() [len(Usages)]Sizes { return s.sizes }

// Largest are the PBXs that have the most of a resource, an index into Usages, and of equal ones those that use the most; at most n.
func (s *Snapshot) Largest(resource, n int) []*PBX {
	f := usageFields[resource]
	var first []*PBX
	for _, row := range s.sorted(f.capacity, true) {
		p := s.pbxs[row]
		if p.number(f.capacity) == Absent || len(first) == n && p.number(f.capacity) < first[n-1].number(f.capacity) {
			break
		}
		if !p.IsGone() {
			first = among(first, n, p, func(a, b *PBX) int {
				return cmp.Or(cmp.Compare(b.number(f.capacity), a.number(f.capacity)), cmp.Compare(b.number(f.used), a.number(f.used)))
			})
		}
	}
	return first
}

// among puts v among the first n in an order, if it belongs there; after those that are equal.
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

// Size is how a PBX uses a resource.
type Size struct {
	PBX            *PBX // not to be changed
	Used, Capacity int64
	Peak           int64  // of the last days; Absent: not known
	State          string // of the size filter; "" for none of its
	Back           int64  // what it could give back
}

// SizesOf goes through the sizes of a resource, an index into Usages, of all PBXs that are there, by id.
func (s *Snapshot) SizesOf(resource int) iter.Seq[Size] {
	return func(yield func(Size) bool) {
		for row, p := range s.pbxs {
			if !p.IsGone() && !yield(s.sizeOf(row, resource)) {
				return
			}
		}
	}
}

func (s *Snapshot) sizeOf(row, resource int) Size {
	p := s.pbxs[row]
	size := Size{
		PBX: p, Used: p.number(usageFields[resource].used), Capacity: p.number(usageFields[resource].capacity),
		Peak: s.columns.peaks[resource][row], Back: s.columns.backs[resource][row],
	}
	for state, word := range sizeStates {
		if s.columns.sizes[row]&(1<<(resource*len(sizeStates)+state)) != 0 {
			size.State = word
		}
	}
	return size
}

// Giving are the PBXs that could give back the most of a resource, an index into Usages; at most n.
func (s *Snapshot) Giving(resource, n int) []Size {
	var most []Size
	for row, back := range s.columns.backs[resource] {
		if back <= 0 || s.pbxs[row].IsGone() || len(most) == n && back <= most[n-1].Back {
			continue
		}
		most = among(most, n, s.sizeOf(row, resource), func(a, b Size) int { return cmp.Compare(b.Back, a.Back) })
	}
	return most
}

// loadWindows reads the peaks of the last days anew: with each day that comes, one falls out.
func (f *Fleet) loadWindows(ctx context.Context) error {
	windows := map[int64]*window{}
	since := f.now().AddDate(0, 0, -f.limits.PeakDays)
	var counters []string
	for _, u := range Usages {
		counters = append(counters, u.Used)
	}
	err := f.store.EachPeak(ctx, f.account, since, counters, func(p store.Peak) {
		for i, u := range Usages {
			if u.Used != p.Counter {
				continue
			}
			w := windows[p.CloudPBXID]
			if w == nil {
				w = newWindow(p.First)
				windows[p.CloudPBXID] = w
			}
			w.since = min(w.since, p.First.Unix()/86400)
			if p.Known {
				w.peak[i] = max(w.peak[i], p.Max)
			}
		}
	})
	if err != nil {
		return fmt.Errorf("load peaks: %w", err)
	}
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	f.mirror.windows, f.mirror.stale, f.mirror.remeasure = windows, false, true
	return nil
}

func newWindow(first time.Time) *window {
	w := &window{since: first.Unix() / 86400}
	for i := range w.peak {
		w.peak[i] = Absent
	}
	return w
}

// loadWindowsOnce loads the peaks unless they are known. Without them nothing is reclaimable, which keeps nobody from reading.
func (f *Fleet) loadWindowsOnce(ctx context.Context) {
	f.mirror.mu.Lock()
	known := f.mirror.windows != nil && !f.mirror.stale
	f.mirror.mu.Unlock()
	if known {
		return
	}
	if err := f.loadWindows(ctx); err != nil {
		if ctx.Err() == nil { // else the portal is stopping, or who asked has gone
			f.log.Error("the peaks could not be read", "err", err)
		}
		return
	}
	f.publish() // so that nobody waits for the pass
}

// watch raises a PBX's peaks to what it uses now. The caller holds the mirror.
func (f *Fleet) watch(id int64, at time.Time, numbers *[len(numberFields)]ycm.Int) {
	if f.mirror.windows == nil {
		return
	}
	w := f.mirror.windows[id]
	if w == nil {
		w = newWindow(at)
		f.mirror.windows[id] = w
	}
	for i, u := range usageFields {
		if n := numbers[u.used.index]; n.Valid {
			w.peak[i] = max(w.peak[i], n.N)
		}
	}
}
