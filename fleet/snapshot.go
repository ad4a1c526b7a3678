package fleet

import (
	"cmp"
	"slices"
	"strings"
)

// Snapshot is the whole fleet at one moment. It is immutable, so any number of requests may read it while the
// next snapshot is being built.
type Snapshot struct {
	version    uint64
	pbxs       []*PBX // sorted by ID; the PBXs are shared with other snapshots
	here       int
	thresholds Thresholds
	measures   Measures
}

// NewSnapshot returns a snapshot of pbxs. It takes ownership of pbxs, sorts them by ID, and passes them to measure.
func NewSnapshot(version uint64, pbxs []*PBX, t Thresholds, measure func([]*PBX) Measures) *Snapshot {
	s := &Snapshot{version: version, pbxs: pbxs, thresholds: t.OrDefault()}
	byID := func(a, b *PBX) int { return cmp.Compare(a.CloudPBXID, b.CloudPBXID) }
	if !slices.IsSortedFunc(s.pbxs, byID) {
		slices.SortFunc(s.pbxs, byID)
	}
	for _, p := range pbxs {
		if !p.IsGone() {
			s.here++
		}
	}
	s.measures = measure(s.pbxs)
	return s
}

// Version returns a number that increases with each snapshot in a process.
func (s *Snapshot) Version() uint64 { return s.version }

// Len returns the number of PBXs, including removed ones.
func (s *Snapshot) Len() int { return len(s.pbxs) }

// Here returns the number of PBXs that haven't been removed.
func (s *Snapshot) Here() int { return s.here }

// Thresholds returns the levels at which the snapshot's PBXs are flagged.
func (s *Snapshot) Thresholds() Thresholds { return s.thresholds }

// Measures returns how the PBXs use their capacity. The caller must not modify it.
func (s *Snapshot) Measures() *Measures { return &s.measures }

// PBXs returns all PBXs, including removed ones, sorted by ID. The slices in Measures have the same order. The caller
// must not modify the slice or the PBXs.
func (s *Snapshot) PBXs() []*PBX { return s.pbxs }

// PBX returns the PBX with the given ID. The caller must not modify it.
func (s *Snapshot) PBX(id int64) (*PBX, bool) {
	i, ok := slices.BinarySearchFunc(s.pbxs, id, func(p *PBX, id int64) int { return cmp.Compare(p.CloudPBXID, id) })
	if !ok {
		return nil, false
	}
	return s.pbxs[i], true
}

// ByHost returns the PBX that has the given host name, ignoring case, and hasn't been removed, or nil if there is none.
func (s *Snapshot) ByHost(host string) *PBX {
	for _, p := range s.pbxs {
		if url := p.texts[FieldURL-firstText]; !p.IsGone() && len(url) == len(host) && strings.EqualFold(url, host) {
			return p
		}
	}
	return nil
}

// CountBy returns, for each value of a text field, the number of PBXs that haven't been removed.
func (s *Snapshot) CountBy(f Field) map[string]int {
	counts := map[string]int{}
	for _, p := range s.pbxs {
		if !p.IsGone() {
			counts[p.Text(f)]++
		}
	}
	return counts
}
