package fleet

import (
	"context"
	"fmt"
	"time"

	"cordboard/opt"
	"cordboard/store"
)

// loadWindows reads the peaks of the last days again: with each new day, the oldest one drops out.
func (f *Fleet) loadWindows(ctx context.Context) error {
	windows := map[int64]*Window{}
	since := f.now().AddDate(0, 0, -f.thresholds.PeakDays)
	var counters []string
	for _, u := range Usages {
		counters = append(counters, u.Used.Name())
	}
	err := f.store.EachPeak(ctx, f.account, since, counters, func(p store.Peak) {
		for i, u := range Usages {
			if u.Used.Name() != p.Counter {
				continue
			}
			w := windows[p.CloudPBXID]
			if w == nil {
				w = NewWindow(p.First)
				windows[p.CloudPBXID] = w
			}
			w.Since = min(w.Since, p.First.Unix()/86400)
			if p.Known {
				w.Peaks[i] = max(w.Peaks[i], p.Max)
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
func (f *Fleet) watch(id int64, at time.Time, number func(Field) opt.Int) {
	if f.mirror.windows == nil {
		return
	}
	w := f.mirror.windows[id]
	if w == nil {
		w = NewWindow(at)
		f.mirror.windows[id] = w
	}
	for i, u := range Usages {
		if n := number(u.Used); n.Known() {
			w.Peaks[i] = max(w.Peaks[i], n.N)
		}
	}
}
