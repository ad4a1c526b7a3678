package fleet

import "slices"

// Measures describe how the PBXs in a snapshot use their capacity. The slices have one element per PBX, in the order of
// the snapshot's PBXs.
type Measures struct {
	Sizes       [len(Usages)]Sizes    // in the order of Usages
	Totals      [len(Resources)]Total // in the order of Resources
	States      []uint16              // bits from SizeBit
	Peaks       [len(Usages)][]int64  // peak usage over the last PeakDays days; Absent: unknown
	Reclaimable [len(Usages)][]int64  // reclaimable capacity
}

// Equal reports whether two measurements of the same PBXs gave the same result. It doesn't compare Totals, which depend
// only on the PBXs.
func (m *Measures) Equal(other *Measures) bool {
	if m.Sizes != other.Sizes || !slices.Equal(m.States, other.States) {
		return false
	}
	for i := range Usages {
		if !slices.Equal(m.Peaks[i], other.Peaks[i]) || !slices.Equal(m.Reclaimable[i], other.Reclaimable[i]) {
			return false
		}
	}
	return true
}

// Sizes counts the PBXs by how their usage of a resource compares with their capacity. For calls, peak usage is
// compared.
type Sizes struct {
	Resource string // one of extensionCapacity, concurrentCallCapacity, recordingCapacity
	// These fields are numbers of PBXs. Each PBX that is not gone is counted in exactly one of them. Unused PBXs have no
	// capacity and no usage.
	Over, Full, NearlyFull, Normal, Unknown, Unused int
	Reclaimable                                     int   // PBXs counted in Normal that have reclaimable capacity
	Reclaim                                         int64 // their total reclaimable capacity
}

// Total is the total capacity of a resource across all PBXs that are not gone.
type Total struct {
	Sum           int64
	With, Without int64 // PBXs that have capacity, and PBXs for which YCM didn't report it
	Upgrading     int64 // PBXs that are upgrading to the Ultimate Plan
}

// SizeState describes how a PBX's usage of a resource compares with its capacity.
type SizeState uint8

// States of a PBX's size. SizeNone means that utilization is normal and no capacity is reclaimable.
const (
	SizeNone SizeState = iota
	SizeOver
	SizeFull
	SizeNearlyFull
	SizeUnknown
	SizeReclaimable // utilization is normal
)

// SizeStates are the states of the size filter: all but SizeNone.
var SizeStates = [...]SizeState{SizeOver, SizeFull, SizeNearlyFull, SizeUnknown, SizeReclaimable}

// String returns the state's name in the size filter and in exports, or "" for SizeNone.
func (s SizeState) String() string {
	return [...]string{"", "over", "full", "nearly-full", "unknown", "reclaimable"}[s]
}

// CanReclaim lists, for each of Usages, whether YCM allows reducing a PBX's capacity. YCM doesn't allow it for
// recording minutes.
var CanReclaim = [len(Usages)]bool{true, true, false}

// sizeKeys are the names of the resources in the size filter, in the order of Usages.
var sizeKeys = [len(Usages)]string{"extensions", "calls", "recording"}

// SizeWord returns the size filter's value for a resource (an index into Usages) in one of SizeStates.
func SizeWord(resource int, state SizeState) string { return sizeKeys[resource] + "-" + state.String() }

// SizeWords are the values of the size filter, in the order of their bits (see SizeBit).
var SizeWords = func() (all []string) {
	for i := range sizeKeys {
		for _, state := range SizeStates {
			if state != SizeReclaimable || CanReclaim[i] {
				all = append(all, SizeWord(i, state))
			}
		}
	}
	return all
}()

// SizeBits is the number of different bits that SizeBit can return. The last bit is unused, because recording minutes
// aren't reclaimable.
const SizeBits = len(Usages) * len(SizeStates)

// SizeBit returns the bit for a resource (an index into Usages) in one of SizeStates.
func SizeBit(resource int, state SizeState) uint16 {
	return 1 << (resource*len(SizeStates) + int(state-SizeOver))
}
