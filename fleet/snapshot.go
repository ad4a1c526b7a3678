package fleet

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"cordboard/fold"
)

// Snapshot is the whole fleet at one moment. It is immutable, so any number of requests may read it while the
// next one is made.
type Snapshot struct {
	version uint64
	pbxs    []*PBX // by ID, ascending; shared with other snapshots
	here    int
	limits  Limits
	facets  [len(Facets)]facet
	columns columns
	sizes   [len(Usages)]Sizes
	orders  sync.Map // "-name": *order; made on first use
	counts  sync.Map // countKey: *top
	kept    atomic.Int64
	marks   sync.Map // dayKey: *dayMarks
	sums    sync.Map // index into Resources: fleetSum
}

// facet is a field with few distinct words: the words, and each PBX's word as an index into them.
type facet struct {
	words []string // by code; absent is ""
	codes []uint32 // by row
}

// columns hold the values that most filters test, contiguous in memory: a loop over them is several times faster
// than one that visits PBXs all over the memory.
type columns struct {
	folds   []string
	expires []int64
	flags   []flag
	sizes   []uint16 // bits of sizeStates, by resource
	peaks   [len(Usages)][]int64
	backs   [len(Usages)][]int64 // reclaimable capacity
}

type flag uint8

const (
	isGone flag = 1 << iota
	isNearlyFull
	isFull
	isOver
	isOdd // has a date that can't be parsed
)

func newColumns(pbxs []*PBX, limits Limits) columns {
	c := columns{folds: make([]string, len(pbxs)), expires: make([]int64, len(pbxs)), flags: make([]flag, len(pbxs))}
	for i, p := range pbxs {
		c.folds[i] = p.fold
		c.expires[i], _ = p.Expires()
		if len(p.Odd) > 0 {
			if field, _ := p.OddDate(); field != "" {
				c.flags[i] |= isOdd
			}
		}
		if p.IsGone() {
			c.flags[i] |= isGone
		}
		for _, u := range usageFields {
			switch limits.Fit(p.number(u.used), p.number(u.capacity)) {
			case FitOver:
				c.flags[i] |= isNearlyFull | isOver
			case FitFull:
				c.flags[i] |= isNearlyFull | isFull
			case FitNearlyFull:
				c.flags[i] |= isNearlyFull
			case FitNormal, FitUnknown:
			}
		}
	}
	return c
}

// Facets are the fields with few distinct words that the list can be filtered by, with their query keys.
var Facets = [...]struct{ Key, Field string }{
	{"status", "pbxStatus"},
	{"activation", "activationStatus"},
	{"plan", "plan"},
	{"type", "type"},
	{"region", "region"},
	{"group", "group"},
	{"version", "version"},
	{"recording", "recordingStatus"},
	{"creator", "creator"},
	{"upgradeInPbx", "upgradeInPbx"},
	{"im", "im"},
	{"passwordlessLogin", "passwordlessLogin"},
	{"allowSuperiorPasswordlessLogin", "allowSuperiorPasswordlessLogin"},
	{"provisioningViaTemplate", "provisioningViaTemplate"},
	{"lastUsedTemplate", "lastUsedTemplate"},
}

// newSnapshot returns a snapshot of pbxs, which it takes over, and measures them.
func newSnapshot(version uint64, pbxs []*PBX, g gauge) *Snapshot {
	g.limits = g.limits.orDefault()
	s := &Snapshot{version: version, pbxs: pbxs, limits: g.limits}
	byID := func(a, b *PBX) int { return cmp.Compare(a.CloudPBXID, b.CloudPBXID) }
	if !slices.IsSortedFunc(s.pbxs, byID) {
		slices.SortFunc(s.pbxs, byID)
	}
	for i := range Facets {
		s.facets[i] = newFacet(s.pbxs, fields[Facets[i].Field].index)
	}
	s.columns = newColumns(s.pbxs, s.limits)
	s.sizes = g.measure(&s.columns, s.pbxs)
	for _, f := range s.columns.flags {
		if f&isGone == 0 {
			s.here++
		}
	}
	return s
}

func newFacet(pbxs []*PBX, text int) facet {
	f := facet{codes: make([]uint32, len(pbxs))}
	known := map[string]uint32{}
	for i := range pbxs {
		word := pbxs[i].texts[text]
		code, ok := known[word]
		if !ok {
			code = uint32(len(f.words)) //nolint:gosec // no more words than PBXs
			known[word] = code
			f.words = append(f.words, word)
		}
		f.codes[i] = code
	}
	return f
}

// Version returns a number that grows with each snapshot of a process.
func (s *Snapshot) Version() uint64 { return s.version }

// Len returns the number of PBXs, including gone ones.
func (s *Snapshot) Len() int { return len(s.pbxs) }

// Here returns the number of PBXs that are not gone.
func (s *Snapshot) Here() int { return s.here }

// PBX returns the PBX with an ID. The caller must not modify it.
func (s *Snapshot) PBX(id int64) (*PBX, bool) {
	i, ok := slices.BinarySearchFunc(s.pbxs, id, func(p *PBX, id int64) int { return cmp.Compare(p.CloudPBXID, id) })
	if !ok {
		return nil, false
	}
	return s.pbxs[i], true
}

// Words returns the words in a field's facet, sorted; nil if the field has no facet.
func (s *Snapshot) Words(field string) []string {
	i := facetOf(field)
	if i < 0 {
		return nil
	}
	words := slices.DeleteFunc(slices.Clone(s.facets[i].words), func(w string) bool { return w == "" })
	fold.Sort(words)
	return words
}
