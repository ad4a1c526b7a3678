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

// mirror serializes all writes to the local copy of the fleet. Passes and single reads compare what they read
// with what is known, and write the differences. Only one writes at a time, so each change is recorded once.
type mirror struct {
	mu      sync.Mutex
	pending map[int64]*PBX // written but not yet in the snapshot
	seq     uint64         // grows with each reading and each write
	since   time.Time      // start of the last complete pass; what it saw was valid then
	words   intern
	peaks   map[int64]*peaks // nil: not loaded yet

	windows   map[int64]*Window // nil: never loaded
	stale     bool              // windows must be loaded again
	remeasure bool              // windows changed other than by a reading
}

// reading is one record from an answer of YCM. asked is the mirror's seq before the request.
type reading struct {
	record *ycm.CloudPBX
	asked  uint64
	at     time.Time // when the answer came
}

// asking returns a mark for the moment before a request. Anything written with a later mark is newer than the
// answer.
func (f *Fleet) asking() uint64 {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	f.mirror.seq++
	return f.mirror.seq
}

// known returns the last reading of a PBX. The caller holds the mirror's lock.
func (f *Fleet) known(id int64) (*PBX, bool) {
	if p, ok := f.mirror.pending[id]; ok {
		return p, true
	}
	return f.Snapshot().PBX(id)
}

// differs reports whether a record differs from the mirror.
func (f *Fleet) differs(r reading) bool {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	known, ok := f.known(r.record.CloudPBXID.N)
	return !ok || known.IsGone() || known.Hash != contentHash(r.record)
}

// apply writes the readings that differ from the mirror, and the samples, in one transaction. It returns how many
// readings differed. They are in the snapshot after the next publish.
func (f *Fleet) apply(ctx context.Context, readings []reading, samples []store.Sample) (int, error) {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	changes := store.Changes{Account: f.account, Samples: samples}
	next := map[int64]*PBX{}
	for _, r := range readings {
		id := r.record.CloudPBXID.N
		before, ok := next[id] // a list that shifts during the reading can contain a PBX twice
		if !ok {
			before, ok = f.known(id)
		}
		p := newPBX(r.record, f.mirror.words)
		if ok && (before.Seq > r.asked || before.Hash == p.Hash && !before.IsGone()) {
			continue // unchanged, or a newer reading came first
		}
		f.mirror.seq++
		p.Seq, p.ReadAt = f.mirror.seq, r.at.Unix()
		changes.PBXs = append(changes.PBXs, store.PBX{CloudPBXID: id, Record: r.record.Raw, ChangedAt: r.at})
		changes.Events = append(changes.Events, f.changes(before, p, r.at)...)
		next[id] = p
	}
	if err := f.store.Put(ctx, changes); err != nil {
		f.mirror.peaks = nil // they mirror the disk, whose content is not known now
		return 0, fmt.Errorf("write the mirror: %w", err)
	}
	maps.Copy(f.mirror.pending, next)
	return len(changes.PBXs), nil
}

// markGone records that YCM no longer has the PBXs.
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
		f.mirror.seq++
		gone := before.AsGone(at.Unix())
		gone.Seq = f.mirror.seq
		next[id] = gone
		changes.Events = append(
			changes.Events,
			store.PBXEvent{CloudPBXID: id, Kind: "gone", After: f.lastSeen(before), At: at},
		)
	}
	if err := f.store.Put(ctx, changes); err != nil {
		return fmt.Errorf("write the removed PBXs: %w", err)
	}
	maps.Copy(f.mirror.pending, next)
	return nil
}

// publish makes a new snapshot with what was written. Without changes, the snapshot and its computed sort orders
// stay.
func (f *Fleet) publish() {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	before := f.Index()
	if len(f.mirror.pending) == 0 && !f.measuresDiffer(before.Snapshot) {
		f.mirror.remeasure = false
		return
	}
	f.mirror.remeasure = false
	pbxs := slices.Clone(before.PBXs())
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
	next := NewIndex(NewSnapshot(before.Version()+1, append(pbxs, added...), f.thresholds, f.sizer().Measure))
	next.Warm(before, f.now())
	f.index.Store(next)
	f.announce()
}

// measuresDiffer reports whether windows have changed so that measuring a snapshot again would give another result.
func (f *Fleet) measuresDiffer(s *Snapshot) bool {
	if !f.mirror.remeasure {
		return false
	}
	m := f.sizer().Measure(s.PBXs())
	return !m.Equal(s.Measures())
}
