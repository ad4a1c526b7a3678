package fleet

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// mirror is the way of all writing to our copy of the fleet: passes and single reads compare what they read with what is
// known, and write what differs. One writes at a time, so that a change is seen as one by one of them only.
type mirror struct {
	mu      sync.Mutex
	pending map[int64]*PBX // written, and not yet in the snapshot
	seq     uint64         // grows with each reading and each write
	since   time.Time      // when the last complete pass began: all that it saw was as it was then
	words   intern
	peaks   map[int64]*peaks // nil: to be loaded

	windows   map[int64]*window // nil: never loaded
	stale     bool              // they are to be loaded anew
	remeasure bool              // they changed otherwise than by a reading
}

// reading is one record as an answer of YCM had it. Asked is the mirror's seq before YCM was asked.
type reading struct {
	record *ycm.CloudPBX
	asked  uint64
	at     time.Time // when the answer came
}

// asking marks the moment before a request. What is written later than that is newer than the answer.
func (f *Fleet) asking() uint64 {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	f.mirror.seq++
	return f.mirror.seq
}

// known finds what was read of a PBX last. The caller holds the mirror.
func (f *Fleet) known(id int64) (*PBX, bool) {
	if p, ok := f.mirror.pending[id]; ok {
		return p, true
	}
	return f.Snapshot().PBX(id)
}

// differs says whether a record isn't as the mirror has it.
func (f *Fleet) differs(r reading) bool {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	known, ok := f.known(r.record.CloudPBXID.N)
	return !ok || known.IsGone() || known.hash != contentHash(r.record)
}

// apply writes the readings that differ from the mirror, with the samples of those that don't, in one transaction, and says
// how many differed. What it wrote is in the snapshot after the next publish.
func (f *Fleet) apply(ctx context.Context, readings []reading, samples []store.Sample) (int, error) {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	changes := store.Changes{Account: f.account, Samples: samples}
	next := map[int64]*PBX{}
	for _, r := range readings {
		id := r.record.CloudPBXID.N
		before, ok := next[id] // a list that shifts may show one twice
		if !ok {
			before, ok = f.known(id)
		}
		p := newPBX(r.record, f.mirror.words)
		if ok && (before.seq > r.asked || before.hash == p.hash && !before.IsGone()) {
			continue // another reading was quicker
		}
		f.mirror.seq++
		p.seq, p.readAt = f.mirror.seq, r.at.Unix()
		changes.PBXs = append(changes.PBXs, store.PBX{CloudPBXID: id, Record: r.record.Raw, ChangedAt: r.at})
		changes.Events = append(changes.Events, f.changes(before, p, r.at)...)
		next[id] = p
	}
	if err := f.store.Put(ctx, changes); err != nil {
		f.mirror.peaks = nil // they say what is on disk, and that is not known now
		return 0, fmt.Errorf("write the mirror: %w", err)
	}
	maps.Copy(f.mirror.pending, next)
	return len(changes.PBXs), nil
}

// markGone writes that YCM no longer knows the PBXs.
func (f *Fleet) markGone(ctx context.Context, ids []int64, at time.Time) error {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	changes := store.Changes{Account: f.account, Gone: ids, At: at}
	next := map[int64]*PBX{}
	for _, id := range ids {
		before, ok := f.known(id)
		if !ok || before.IsGone() {
			continue
		}
		gone := *before
		f.mirror.seq++
		gone.GoneAt, gone.seq = at.Unix(), f.mirror.seq
		next[id] = &gone
		changes.Events = append(changes.Events, store.PBXEvent{CloudPBXID: id, Kind: "gone", After: f.lastSeen(before), At: at})
	}
	if err := f.store.Put(ctx, changes); err != nil {
		return fmt.Errorf("write what is gone: %w", err)
	}
	maps.Copy(f.mirror.pending, next)
	return nil
}

// publish makes what was written part of the snapshot that everybody reads. Without changes the snapshot, and the orders
// worked out for it, stay.
func (f *Fleet) publish() {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	before := f.Snapshot()
	if len(f.mirror.pending) == 0 && (!f.mirror.remeasure || before.fits(f.gauge())) {
		f.mirror.remeasure = false
		return
	}
	f.mirror.remeasure = false
	pbxs := slices.Clone(before.pbxs)
	var added []*PBX
	for i, p := range pbxs {
		if now, ok := f.mirror.pending[p.CloudPBXID]; ok {
			pbxs[i] = now
			delete(f.mirror.pending, p.CloudPBXID)
		}
	}
	for _, p := range f.mirror.pending {
		added = append(added, p)
	}
	f.mirror.pending = map[int64]*PBX{}
	next := newSnapshot(before.version+1, append(pbxs, added...), f.gauge())
	next.warm(before, f.now())
	f.snapshot.Store(next)
	f.announce()
}
