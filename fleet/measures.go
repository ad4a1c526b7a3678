package fleet

import "slices"

// Measures are how the PBXs of a snapshot use their capacity. Columns are by row, the index into the snapshot's PBXs.
type Measures struct {
	Sizes       [len(Usages)]Sizes    // in the order of Usages
	Totals      [len(Resources)]Total // in the order of Resources
	States      []uint16              // bits of SizeBit
	Peaks       [len(Usages)][]int64  // peak usage over the last days; Absent: not known
	Reclaimable [len(Usages)][]int64  // reclaimable capacity
}

// Equal reports whether measuring gave the same result.
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

// Sizes counts the PBXs by how their use of a resource compares with its capacity. Calls are measured by their
// peak.
type Sizes struct {
	Resource string // one of extensionCapacity, concurrentCallCapacity, recordingCapacity
	// These count PBXs, and add up to those that are not gone. Unused ones have no capacity and use none.
	Over, Full, NearlyFull, Normal, Unknown, Unused int
	Reclaimable                                     int   // PBXs of Normal with reclaimable capacity
	Reclaim                                         int64 // their reclaimable capacity in total
}

// Total is the capacity of a resource over all PBXs that are not gone.
type Total struct {
	Sum           int64
	With, Without int64 // PBXs with some of it, and PBXs for which YCM didn't report it
	Upgrading     int64 // PBXs that are upgrading to the Ultimate Plan
}

// SizeStates are the states of the size filter. Their indexes are the constants below.
var SizeStates = [...]string{"over", "full", "nearly-full", "unknown", "reclaimable"}

// Indexes into SizeStates.
const (
	SizeOver = iota
	SizeFull
	SizeNearlyFull
	SizeUnknown
	SizeReclaimable
)

// CanReclaim reports for each of Usages whether YCM lets a PBX return capacity. Recording minutes can't be lowered.
var CanReclaim = [len(Usages)]bool{true, true, false}

// sizeKeys are the names of the resources in the size filter, in the order of Usages.
var sizeKeys = [len(Usages)]string{"extensions", "calls", "recording"}

// SizeWord returns the size filter's word for a resource, an index into Usages, in one of SizeStates.
func SizeWord(resource int, state string) string { return sizeKeys[resource] + "-" + state }

// SizeWords are the words of the size filter, in the order of SizeBit.
var SizeWords = func() (all []string) {
	for i := range sizeKeys {
		for state, word := range SizeStates {
			if state != SizeReclaimable || CanReclaim[i] {
				all = append(all, SizeWord(i, word))
			}
		}
	}
	return all
}()

// SizeBits is the number of bits of SizeBit. The last one is not used, because recording minutes aren't reclaimable.
const SizeBits = len(Usages) * len(SizeStates)

// SizeBit returns the bit of a resource, an index into Usages, in a state, an index into SizeStates.
func SizeBit(resource, state int) uint16 { return 1 << (resource*len(SizeStates) + state) }
