// Package list implements the list of PBXs in memory: query language, matching, order, facets and paging. It reads
// no clock and, apart from loading time zones, does no I/O.
package list

import (
	"sync"

	"cordboard/fleet"
	"cordboard/fleet/list/grams"
	"cordboard/fold"
)

// Index runs the list's queries on a snapshot. It is immutable except for its caches, and safe for concurrent use.
type Index struct {
	*fleet.Snapshot
	pbxs      []*fleet.PBX // the Snapshot's PBXs, by row
	facets    [len(Facets)]facet
	columns   columns
	customers customers
	orders    sync.Map // sort order, such as "-name", to *order; computed on first use
	counts    topCache
	results   resultCache
	flags     sync.Map // dayKey to *dayFlags
	words     vocabulary
}

// vocabulary has the words that a search can be corrected to. They are collected when they are first needed.
type vocabulary struct {
	once sync.Once
	all  []string
}

// facet is a field with few distinct values: the values, and each PBX's value as an index into them.
type facet struct {
	words []string // by code; an absent value is ""
	codes []uint32 // by row
}

// columns has the values that most filters test, contiguous in memory. Looping over them is several times faster than
// visiting PBXs that are scattered in memory.
type columns struct {
	searchTexts []string
	grams       func() *grams.Index // of searchTexts; built for the first word that needs it
	expires     []int64
	states      []state
}

// candidates returns the rows that can contain a word. It builds no index for a word that is in any text, such as the
// first letter that somebody types.
func (c *columns) candidates(word string) grams.Set {
	if len(word) < grams.Length {
		return nil
	}
	return c.grams().Candidates(word)
}

type state uint8

const (
	isGone state = 1 << iota
	isNearlyFull
	isFull
	isOver
	isMalformed // has an expiration date that can't be parsed
)

func newColumns(s *fleet.Snapshot) columns {
	n := s.Len()
	c := columns{searchTexts: make([]string, n), expires: make([]int64, n), states: make([]state, n)}
	c.grams = sync.OnceValue(func() *grams.Index { return grams.New(c.searchTexts) })
	for i, p := range s.PBXs() {
		c.searchTexts[i] = p.SearchText()
		c.expires[i], _ = p.Expires()
		if f, _ := p.MalformedDate(); f != fleet.NoField {
			c.states[i] |= isMalformed
		}
		if p.IsGone() {
			c.states[i] |= isGone
		}
		for _, u := range fleet.Usages {
			switch s.Thresholds().Utilization(p.Number(u.Used), p.Number(u.Capacity)) {
			case fleet.UtilizationOver:
				c.states[i] |= isNearlyFull | isOver
			case fleet.UtilizationFull:
				c.states[i] |= isNearlyFull | isFull
			case fleet.UtilizationNearlyFull:
				c.states[i] |= isNearlyFull
			case fleet.UtilizationNormal, fleet.UtilizationUnknown:
			}
		}
	}
	return c
}

// Facet is a filterable field with few distinct values, and its query key.
type Facet struct {
	Key   string
	Field fleet.Field
}

// Facets lists the facets by which the list of PBXs can be filtered.
var Facets = [...]Facet{
	{"status", fleet.FieldStatus},
	{"activation", fleet.FieldActivation},
	{"plan", fleet.FieldPlan},
	{"type", fleet.FieldType},
	{"region", fleet.FieldRegion},
	{"group", fleet.FieldGroup},
	{"version", fleet.FieldVersion},
	{"recording", fleet.FieldRecordingStatus},
	{"creator", fleet.FieldCreator},
	{"upgradeInPbx", fleet.FieldUpgradeInPBX},
	{"im", fleet.FieldIM},
	{"passwordlessLogin", fleet.FieldPasswordlessLogin},
	{"allowSuperiorPasswordlessLogin", fleet.FieldAllowSuperiorPasswordlessLogin},
	{"provisioningViaTemplate", fleet.FieldProvisioningViaTemplate},
	{"lastUsedTemplate", fleet.FieldLastUsedTemplate},
	{"owner", fleet.FieldOwner},
	{"renewal", fleet.FieldRenewal},
}

// New returns an index of a snapshot.
func New(s *fleet.Snapshot) *Index {
	x := &Index{Snapshot: s, pbxs: s.PBXs(), columns: newColumns(s), customers: newCustomers(s.PBXs())}
	for i, f := range Facets {
		x.facets[i] = newFacet(x.pbxs, f.Field)
	}
	return x
}

func newFacet(pbxs []*fleet.PBX, field fleet.Field) facet {
	f := facet{codes: make([]uint32, len(pbxs))}
	known := map[string]uint32{}
	for i, p := range pbxs {
		word := p.Text(field)
		code, ok := known[word]
		if !ok {
			code = uint32(len(f.words)) //nolint:gosec // there are no more words than PBXs
			known[word] = code
			f.words = append(f.words, word)
		}
		f.codes[i] = code
	}
	return f
}

// Values returns the distinct values of a facet field or of FieldCustomer, sorted, or nil for any other field.
func (x *Index) Values(field fleet.Field) []string {
	if field == fleet.FieldCustomer {
		return x.customers.sorted()
	}
	i := facetOf(field)
	if i < 0 {
		return nil
	}
	var values []string
	for _, w := range x.facets[i].words {
		if w != "" {
			values = append(values, w)
		}
	}
	fold.Sort(values)
	return values
}
