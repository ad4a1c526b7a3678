package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
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
	mu      sync.Mutex
	pending map[int64]*fleet.PBX // written but not yet in the snapshot
	seq     uint64               // increases with each request and each write
	since   time.Time            // start of the last complete pass; the local copy was correct then
	words   intern
	peaks   map[int64]*peaks // nil: not loaded yet

	windows   map[int64]*capacity.Window // nil: never loaded
	stale     bool                       // windows must be loaded again
	remeasure bool                       // windows changed for another reason than a reading
}

// reading is one record from a YCM response. asked is the mirror's seq before the request.
type reading struct {
	record *ycm.CloudPBX
	asked  uint64
	at     time.Time // when the response arrived
}

// asking returns a mark for the moment before a request. Anything written with a higher mark counts as newer than the
// response.
func (m *Mirror) asking() uint64 {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	m.local.seq++
	return m.local.seq
}

// known returns the last reading of a PBX. The caller holds the lock of local.
func (m *Mirror) known(id int64) (*fleet.PBX, bool) {
	if p, ok := m.local.pending[id]; ok {
		return p, true
	}
	return m.Snapshot().PBX(id)
}

// differs reports whether a record differs from the mirror's copy.
func (m *Mirror) differs(r reading) bool {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	known, ok := m.known(r.record.CloudPBXID.N)
	return !ok || known.IsGone() || known.Hash != contentHash(r.record)
}

// apply writes the samples, and the readings that differ from the mirror, in one transaction. It returns the number of
// readings that it wrote. The next publish adds them to the snapshot.
func (m *Mirror) apply(ctx context.Context, readings []reading, samples []store.Sample) (int, error) {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	changes := store.Changes{Account: m.c.Account, Samples: samples}
	next := map[int64]*fleet.PBX{}
	for _, r := range readings {
		id := r.record.CloudPBXID.N
		before, ok := next[id] // a list that shifts during a pass can contain a PBX twice
		if !ok {
			before, ok = m.known(id)
		}
		p := newPBX(r.record, m.local.words)
		if ok && (before.Seq > r.asked || before.Hash == p.Hash && !before.IsGone()) {
			continue // unchanged, or a newer reading was written first
		}
		m.local.seq++
		p.Seq, p.ReadAt = m.local.seq, r.at.Unix()
		changes.PBXs = append(changes.PBXs, store.PBX{CloudPBXID: id, Record: r.record.Raw, ChangedAt: r.at})
		changes.Events = append(changes.Events, m.changes(before, p, r.at)...)
		next[id] = p
	}
	if err := m.c.Store.Put(ctx, changes); err != nil {
		m.local.peaks = nil // they mirror the disk, whose content is now unknown
		return 0, fmt.Errorf("write the mirror: %w", err)
	}
	maps.Copy(m.local.pending, next)
	return len(changes.PBXs), nil
}

// markGone records that YCM no longer has the PBXs.
func (m *Mirror) markGone(ctx context.Context, ids []int64, at time.Time) error {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	changes := store.Changes{Account: m.c.Account, Gone: ids, At: at}
	next := map[int64]*fleet.PBX{}
	for _, id := range ids {
		before, ok := m.known(id)
		if !ok || before.IsGone() {
			continue
		}
		m.local.seq++
		gone := before.AsGone(at.Unix())
		gone.Seq = m.local.seq
		next[id] = gone
		changes.Events = append(
			changes.Events,
			store.PBXEvent{CloudPBXID: id, Kind: "gone", After: m.lastSeen(before), At: at},
		)
	}
	if err := m.c.Store.Put(ctx, changes); err != nil {
		return fmt.Errorf("write the removed PBXs: %w", err)
	}
	maps.Copy(m.local.pending, next)
	return nil
}

// publish makes a new snapshot that includes the pending writes. If nothing has changed, it keeps the current snapshot
// and its computed sort orders.
func (m *Mirror) publish() {
	m.local.mu.Lock()
	defer m.local.mu.Unlock()
	before := m.Index()
	if len(m.local.pending) == 0 && !m.measuresDiffer(before.Snapshot) {
		m.local.remeasure = false
		return
	}
	m.local.remeasure = false
	pbxs := slices.Clone(before.PBXs())
	var added []*fleet.PBX
	for i, p := range pbxs {
		if now, ok := m.local.pending[p.CloudPBXID]; ok {
			pbxs[i] = now
			delete(m.local.pending, p.CloudPBXID)
		}
	}
	for _, p := range m.local.pending {
		added = append(added, p)
	}
	m.local.pending = map[int64]*fleet.PBX{}
	next := list.New(fleet.NewSnapshot(before.Version()+1, append(pbxs, added...), m.c.Thresholds, m.sizer().Measure))
	next.Warm(before, m.c.Now())
	m.index.Store(next)
	m.c.Changed.Notify()
}

// measuresDiffer reports whether the windows have changed in a way that changes a snapshot's measures.
func (m *Mirror) measuresDiffer(s *fleet.Snapshot) bool {
	if !m.local.remeasure {
		return false
	}
	measures := m.sizer().Measure(s.PBXs())
	return !measures.Equal(s.Measures())
}
