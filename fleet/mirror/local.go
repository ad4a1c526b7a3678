package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/ycm"
)

// local serializes all writes to the local copy of the fleet. Passes and single reads compare the records that they
// read with the known ones, and write the differences. Only one of them writes at a time, so each change is recorded
// once.
type local struct {
	c     Config
	index atomic.Pointer[list.Index] // the last published snapshot, with its index

	mu      sync.Mutex
	pending map[int64]*fleet.PBX // written but not yet in the snapshot
	seq     uint64               // increases with each request and each write
	since   time.Time            // start of the last complete pass; the local copy was correct then
	words   intern
	peaks   map[int64]*peaks // nil: must be loaded

	windows   map[int64]*capacity.Window // nil: never loaded
	stale     bool                       // windows must be loaded again
	remeasure bool                       // the windows were loaded again, so the measures may differ
	customers uint64                     // version of the customers in the snapshot
}

// reading is one record from a YCM response. asked is the mark that asking returned before the request.
type reading struct {
	record *ycm.CloudPBX
	asked  uint64
	at     time.Time // when the response arrived
}

// asking returns a mark for the moment before a request. Anything written with a higher mark counts as newer than the
// response.
func (l *local) asking() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	return l.seq
}

// known returns a PBX as last read. The caller holds l.mu.
func (l *local) known(id int64) (*fleet.PBX, bool) {
	if p, ok := l.pending[id]; ok {
		return p, true
	}
	return l.Snapshot().PBX(id)
}

// Index returns the index of the last published snapshot.
func (l *local) Index() *list.Index { return l.index.Load() }

// Snapshot returns the last published snapshot of the fleet.
func (l *local) Snapshot() *fleet.Snapshot { return l.Index().Snapshot }

// differs reports whether a record differs from the mirror's copy.
func (l *local) differs(r reading) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.known(r.record.CloudPBXID.N)
	return !ok || known.IsGone() || known.Hash != contentHash(r.record)
}

// apply writes the samples, and the readings that differ from the mirror, in one transaction. It returns the number of
// readings that it wrote. The next publish adds them to the snapshot.
func (l *local) apply(ctx context.Context, readings []reading, samples []store.Sample) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	changes := store.Changes{Account: l.c.Account, Samples: samples}
	next := map[int64]*fleet.PBX{}
	for _, r := range readings {
		id := r.record.CloudPBXID.N
		before, ok := next[id] // a list that shifts during a pass can contain a PBX twice
		if !ok {
			before, ok = l.known(id)
		}
		p := newPBX(r.record, l.words)
		if ok && (before.Seq > r.asked || before.Hash == p.Hash && !before.IsGone()) {
			continue // unchanged, or a newer reading was written first
		}
		l.seq++
		p.Seq, p.ReadAt = l.seq, r.at.Unix()
		changes.PBXs = append(changes.PBXs, store.PBX{CloudPBXID: id, Record: r.record.Raw, ChangedAt: r.at})
		changes.Events = append(changes.Events, l.changes(before, p, r.at)...)
		next[id] = p
	}
	if err := l.c.Store.Put(ctx, changes); err != nil {
		l.peaks = nil // the peaks must match the stored samples, which are now unknown
		return 0, fmt.Errorf("write the mirror: %w", err)
	}
	maps.Copy(l.pending, next)
	return len(changes.PBXs), nil
}

// built returns a record as a PBX.
func (l *local) built(record *ycm.CloudPBX) *fleet.PBX {
	l.mu.Lock()
	defer l.mu.Unlock()
	return newPBX(record, l.words)
}

// markGone records that YCM no longer has the given PBXs.
func (l *local) markGone(ctx context.Context, ids []int64, at time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	changes := store.Changes{Account: l.c.Account, At: at}
	next := map[int64]*fleet.PBX{}
	for _, id := range ids {
		before, ok := l.known(id)
		if !ok || before.IsGone() {
			continue
		}
		l.seq++
		gone := before.AsGone(at.Unix())
		gone.Seq = l.seq
		next[id] = gone
		changes.Gone = append(changes.Gone, id)
		changes.Events = append(
			changes.Events,
			store.PBXEvent{CloudPBXID: id, Kind: store.PBXGone, After: l.lastSeen(before), At: at},
		)
	}
	if err := l.c.Store.Put(ctx, changes); err != nil {
		return fmt.Errorf("write the removed PBXs: %w", err)
	}
	maps.Copy(l.pending, next)
	return nil
}

// publish builds and publishes a new snapshot that includes the pending writes and the current customers. If nothing
// has changed, it keeps the current snapshot and its computed sort orders.
func (l *local) publish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.Index()
	customers := l.c.Customers.Version()
	unchanged := len(l.pending) == 0 && customers == l.customers && !l.measuresDiffer(before.Snapshot)
	if l.remeasure = false; unchanged {
		return
	}
	l.customers = customers
	pbxs := slices.Clone(before.PBXs())
	var added []*fleet.PBX
	for i, p := range pbxs {
		if now, ok := l.pending[p.CloudPBXID]; ok {
			pbxs[i] = now
			delete(l.pending, p.CloudPBXID)
		}
	}
	for _, p := range l.pending {
		added = append(added, p)
	}
	l.pending = map[int64]*fleet.PBX{}
	pbxs = append(pbxs, added...)
	l.c.Customers.Attach(pbxs)
	next := list.New(fleet.NewSnapshot(before.Version()+1, pbxs, l.c.Thresholds, l.sizer().Measure))
	next.Warm(before, l.c.Now())
	l.index.Store(next)
	l.c.Changed.Notify()
}

// measuresDiffer reports whether the windows were loaded again and would change the measures of s. The caller holds
// l.mu.
func (l *local) measuresDiffer(s *fleet.Snapshot) bool {
	if !l.remeasure {
		return false
	}
	measures := l.sizer().Measure(s.PBXs())
	return !measures.Equal(s.Measures())
}
