package fleet

import (
	"cmp"
	"slices"
	"sync"
)

// Snapshot is the whole fleet at one moment. Nothing in it ever changes, so any number of requests may read it while the
// next one is made.
type Snapshot struct {
	pbxs   []PBX // by id, ascending
	facets [len(Facets)]facet
	orders sync.Map // "-name": *order; made when first asked for
}

// facet is a field with few words: each PBX's word as a number, and the words.
type facet struct {
	words []string // by number; absent is ""
	codes []uint32 // by PBX
}

type order struct {
	once sync.Once
	rows []int32 // into pbxs
}

// Facets are the fields with few words that the list filters by, and the keys of the query.
var Facets = [...]struct{ Key, Field string }{
	{"status", "pbxStatus"},
	{"activation", "activationStatus"},
	{"plan", "plan"},
	{"type", "type"},
	{"region", "region"},
	{"group", "group"},
	{"version", "version"},
	{"recording", "recordingStatus"},
}

func newSnapshot(pbxs []PBX) *Snapshot {
	s := &Snapshot{pbxs: pbxs}
	slices.SortFunc(s.pbxs, func(a, b PBX) int { return cmp.Compare(a.CloudPBXID, b.CloudPBXID) })
	for i := range Facets {
		s.facets[i] = newFacet(s.pbxs, fields[Facets[i].Field].index)
	}
	return s
}

func newFacet(pbxs []PBX, text int) facet {
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

// Len counts the PBXs, gone ones too.
func (s *Snapshot) Len() int { return len(s.pbxs) }

// Here counts those that are not gone.
func (s *Snapshot) Here() int {
	n := 0
	for i := range s.pbxs {
		if !s.pbxs[i].IsGone() {
			n++
		}
	}
	return n
}

// PBX finds one by its id. The caller must not change it.
func (s *Snapshot) PBX(id int64) (*PBX, bool) {
	i, ok := slices.BinarySearchFunc(s.pbxs, id, func(p PBX, id int64) int { return cmp.Compare(p.CloudPBXID, id) })
	if !ok {
		return nil, false
	}
	return &s.pbxs[i], true
}

// sorted returns the rows in the order of a field. It is worked out once for each snapshot, field and direction.
func (s *Snapshot) sorted(f Field, descending bool) []int32 {
	key := f.Name
	if descending {
		key = "-" + key
	}
	made, _ := s.orders.LoadOrStore(key, &order{})
	o := made.(*order)
	o.once.Do(func() {
		o.rows = make([]int32, len(s.pbxs))
		for i := range o.rows {
			o.rows[i] = int32(i) // a fleet is smaller than 2^31
		}
		slices.SortFunc(o.rows, func(a, b int32) int { return compare(&s.pbxs[a], &s.pbxs[b], f, descending) })
	})
	return o.rows
}
