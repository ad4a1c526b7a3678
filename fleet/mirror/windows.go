package mirror

import (
	"context"
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/opt"
	"cordboard/store"
)

// loadWindows loads each PBX's usage peaks of the last PeakDays days. It must run at least once per day, because the
// window moves every day.
func (l *local) loadWindows(ctx context.Context) error {
	windows := map[int64]*capacity.Window{}
	since := l.c.Now().AddDate(0, 0, -l.c.Thresholds.PeakDays)
	var counters []string
	for _, u := range fleet.Usages {
		counters = append(counters, u.Used.Name())
	}
	err := l.c.Store.EachPeak(ctx, l.c.Account, since, counters, func(p store.Peak) {
		for i, u := range fleet.Usages {
			if u.Used.Name() != p.Counter {
				continue
			}
			w := windows[p.CloudPBXID]
			if w == nil {
				w = capacity.NewWindow(p.First)
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.windows, l.stale, l.remeasure = windows, false, true
	return nil
}

// loadWindowsOnce loads the peaks if they aren't loaded yet or are stale. If loading fails, the pass continues with the
// peaks that were loaded before; if there are none, no capacity is reclaimable.
func (l *local) loadWindowsOnce(ctx context.Context) {
	l.mu.Lock()
	known := l.windows != nil && !l.stale
	l.mu.Unlock()
	if known {
		return
	}
	if err := l.loadWindows(ctx); err != nil {
		if ctx.Err() == nil { // if ctx has ended, the portal is stopping or the caller gave up
			l.c.Log.Error("read peaks", "err", err)
		}
		return
	}
	l.publish() // now, so that the portal's pages don't wait for the end of the pass
}

// watch raises a PBX's peaks to its current usage where the usage is higher. The caller holds l.mu.
func (l *local) watch(id int64, at time.Time, number func(fleet.Field) opt.Int) {
	if l.windows == nil {
		return
	}
	w := l.windows[id]
	if w == nil {
		w = capacity.NewWindow(at)
		l.windows[id] = w
	}
	for i, u := range fleet.Usages {
		if n := number(u.Used); n.Known() {
			w.Peaks[i] = max(w.Peaks[i], n.N)
		}
	}
}
