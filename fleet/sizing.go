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

// Sizes counts the PBXs by how their use of a resource compares with its capacity. Calls are measured by their
// peak.
type Sizes struct {
	Resource string // one of extensionCapacity, concurrentCallCapacity, recordingCapacity
	// These count PBXs, and add up to those that are not gone. Unused ones have no capacity and use none.
	Over, Full, NearlyFull, Normal, Unknown, Unused int
	Reclaimable                                     int   // PBXs of Normal with reclaimable capacity
	Reclaim                                         int64 // their reclaimable capacity in total
}

// sizeKeys are the names of the resources in the size filter, in the order of Usages.
var sizeKeys = [len(Usages)]string{"extensions", "calls", "recording"}

// SizeWord returns the size filter's word for a resource in a state: over, full, nearly-full, unknown or
// reclaimable.
func SizeWord(resource int, state string) string { return sizeKeys[resource] + "-" + state }

// SizeWords are the words of the size filter.
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

// window has a PBX's peak usage over the last days, by Usages; Absent: never reported. since is the day of its
// first sample.
type window struct {
	peak  [len(Usages)]int64
	since int64
}

// watchedDays is how many days a PBX must have been observed before any of its capacity counts as reclaimable.
const watchedDays = 14

// reclaimable are the resources of which YCM lets a PBX return capacity. Recording minutes can't be lowered.
var reclaimable = [len(Usages)]bool{true, true, false}

// floors are the minimum that a PBX keeps of each resource.
var floors = [len(Usages)]int64{1, 1, 0}

// gauge computes the sizes of a snapshot's PBXs.
type gauge struct {
	limits  Limits
	windows map[int64]*window
	floors  [len(Usages)]int64
	now     int64 // Unix seconds
}

// size returns how a PBX's use of a resource compares with its capacity, and how much of the capacity is
// reclaimable.
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

// reclaim returns how much capacity can be taken from a PBX so that its peak just reaches ReclaimBelow. It
// returns 0 for PBXs that are new or were not observed long enough.
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

// measure fills the size columns and returns the totals.
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

// add counts a PBX that is not gone.
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

// fits reports whether measuring again would give the same result.
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

// Sizes returns the sizes of the three resources, in the order of Usages.
func (s *Snapshot) Sizes() [len(Usages)]Sizes { return s.sizes }

// Largest returns the PBXs with the highest capacity of a resource, an index into Usages; at most n. Of equal
// ones, those that use more come first.
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
				return cmp.Or(
					cmp.Compare(b.number(f.capacity), a.number(f.capacity)),
					cmp.Compare(b.number(f.used), a.number(f.used)),
				)
			})
		}
	}
	return first
}

// among inserts v into the first n of an order, if it belongs there, after equal elements.
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

// Size is a PBX's use of a resource.
type Size struct {
	PBX            *PBX // not to be modified
	Used, Capacity int64
	Peak           int64  // over the last days; Absent: not known
	State          string // of the size filter; "": none of its states
	Back           int64  // reclaimable capacity
}

// SizesOf iterates over the sizes of a resource, an index into Usages, of all PBXs that are not gone, by ID.
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

// Giving returns the PBXs with the most reclaimable capacity of a resource, an index into Usages; at most n.
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

// loadWindows reads the peaks of the last days again: with each new day, the oldest one drops out.
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

// loadWindowsOnce loads the peaks unless they are known. Without peaks nothing is reclaimable, but a pass can go
// on.
func (f *Fleet) loadWindowsOnce(ctx context.Context) {
	f.mirror.mu.Lock()
	known := f.mirror.windows != nil && !f.mirror.stale
	f.mirror.mu.Unlock()
	if known {
		return
	}
	if err := f.loadWindows(ctx); err != nil {
		if ctx.Err() == nil { // otherwise the portal is stopping, or the caller has gone
			f.log.Error("read peaks", "err", err)
		}
		return
	}
	f.publish() // now, so that pages don't wait for the end of the pass
}

// watch raises a PBX's peaks to its current usage. The caller holds the mirror's lock.
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
		if n := numbers[u.used.index]; n.Known() {
			w.peak[i] = max(w.peak[i], n.N)
		}
	}
}
