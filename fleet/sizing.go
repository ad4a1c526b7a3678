package fleet

import (
	"context"
	"cordboard/store"
	"cordboard/ycm"
	"fmt"
	"slices"
	"time"
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
		for _, state := range sizeStates {
			all = append(all, SizeWord(i, state))
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

// floors are what a PBX keeps of each resource in any case: YCM's first 500 minutes of recording may be free.
var floors = [len(Usages)]int64{1, 1, freeMinutes}

// gauge measures a snapshot's PBXs.
type gauge struct {
	limits  Limits
	windows map[int64]*window
	floors  [len(Usages)]int64
	now     int64 // Unix seconds
}

// size says how a PBX's use of a resource goes together with its capacity, and how much of it could be given back.
func (g *gauge) size(p *PBX, resource int) (state int, reclaim int64, normal bool) {
	f := usageFields[resource]
	used, capacity := p.number(f.used), p.number(f.capacity)
	w := g.windows[p.CloudPBXID]
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
	if w == nil || w.peak[resource] == Absent || g.now/86400-w.since < watchedDays {
		return 0
	}
	if created := p.numbers[createTime]; created != Absent && g.now-created < int64(g.limits.PeakDays)*86400 {
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
	for i, u := range Usages {
		all[i].Resource = u.Capacity
	}
	for row, p := range pbxs {
		for i := range all {
			state, reclaim, normal := g.size(p, i)
			if !normal || reclaim > 0 {
				c.sizes[row] |= 1 << (i*len(sizeStates) + state)
			}
			if p.IsGone() {
				continue
			}
			s := &all[i]
			switch {
			case !normal:
				*[...]*int{&s.Over, &s.Full, &s.NearlyFull, &s.Unknown}[state]++
			case p.number(usageFields[i].capacity) <= 0:
				s.Unused++
			default:
				s.Normal++
				if reclaim > 0 {
					s.Reclaimable++
					s.Reclaim += reclaim
				}
			}
		}
	}
	return all
}

// fits says whether measuring again would come to the same.
func (s *Snapshot) fits(g gauge) bool {
	c := columns{sizes: make([]uint16, len(s.pbxs))}
	return g.measure(&c, s.pbxs) == s.sizes && slices.Equal(c.sizes, s.columns.sizes)
}

// Sizes are those of the three resources, in the order of Usages.
func (s *Snapshot) Sizes() [len(Usages)]Sizes { return s.sizes }

// Largest are the PBXs that have the most of a capacity, at most n.
func (s *Snapshot) Largest(field string, n int) []*PBX {
	f, _ := FieldByName(field)
	var first []*PBX
	for _, row := range s.sorted(f, true) {
		p := s.pbxs[row]
		if len(first) == n || p.number(f) == Absent {
			break
		}
		if !p.IsGone() {
			first = append(first, p)
		}
	}
	return first
}

// loadWindows reads the peaks of the last days anew: with each day that comes, one falls out.
func (f *Fleet) loadWindows(ctx context.Context) error {
	windows := map[int64]*window{}
	since := f.now().AddDate(0, 0, -f.limits.PeakDays)
	err := f.store.EachPeak(ctx, f.account, since, func(p store.Peak) {
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
	f.mirror.windows, f.mirror.remeasure = windows, true
	return nil
}

func newWindow(first time.Time) *window {
	w := &window{since: first.Unix() / 86400}
	for i := range w.peak {
		w.peak[i] = Absent
	}
	return w
}

// loadWindowsOnce loads the peaks unless they are known.
func (f *Fleet) loadWindowsOnce(ctx context.Context) error {
	f.mirror.mu.Lock()
	known := f.mirror.windows != nil
	f.mirror.mu.Unlock()
	if known {
		return nil
	}
	return f.loadWindows(ctx)
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
