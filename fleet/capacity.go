package fleet

import "cordboard/ycm"

// Int is a number of YCM's. Known is false where YCM didn't report one, which is not 0; Raw is then what came instead.
type Int struct {
	N     int64
	Known bool
	Raw   string
}

func fromYCM(n ycm.Int) Int { return Int{n.N, n.Valid, n.Raw} }

// LedgerRow is one resource of the hosting package: Total = Own + Assigned + Available + Unexplained.
type LedgerRow struct {
	Resource    string // extensionCapacity, concurrentCallCapacity or recordingCapacity
	Total       Int
	Own         Int // used, less what is assigned to resellers
	Assigned    Int // to resellers
	Available   Int
	Unexplained Int // what is missing, or below 0 too much; never hidden
	Frozen      Int // extensions only; a note
	Fleet       Int // sum over the PBXs that are there
	Difference  Int // of that sum to Own
}

// Ledger adds the package up. What can't be worked out because YCM left a member out is not known.
func (s Subscription) Ledger(fleet *Snapshot) []LedgerRow {
	t, u, a := s.pack.Capacity.Total, s.pack.Capacity.Used, s.pack.Capacity.Available
	return []LedgerRow{
		ledgerRow("extensionCapacity", t.ExtensionCapacity, u.ExtensionCapacity, u.AssignedToResellerExtensionCapacity, a.ExtensionCapacity, u.FrozenExtensionCapacity, fleet),
		ledgerRow("concurrentCallCapacity", t.ConcurrentCallCapacity, u.ConcurrentCallCapacity, u.AssignedToResellerConcurrentCallCapacity, a.ConcurrentCallCapacity, ycm.Int{}, fleet),
		ledgerRow("recordingCapacity", t.RecordingCapacity, u.RecordingCapacity, u.AssignedToResellerRecordingCapacity, a.RecordingCapacity, ycm.Int{}, fleet),
	}
}

func ledgerRow(resource string, total, used, assigned, available, frozen ycm.Int, fleet *Snapshot) LedgerRow {
	r := LedgerRow{
		Resource: resource, Total: fromYCM(total), Assigned: fromYCM(assigned), Available: fromYCM(available), Frozen: fromYCM(frozen),
		Own: minus(fromYCM(used), fromYCM(assigned)), Fleet: Int{N: fleet.Sum(resource), Known: true},
	}
	r.Unexplained = minus(r.Total, r.Own, r.Assigned, r.Available)
	r.Difference = minus(r.Fleet, r.Own)
	return r
}

// minus subtracts parts from n. If one of them isn't known, neither is the rest.
func minus(n Int, parts ...Int) Int {
	for _, part := range parts {
		if !n.Known || !part.Known {
			return Int{}
		}
		n.N -= part.N
	}
	return n
}

// Sum adds a number over all PBXs that are there. What YCM didn't report adds nothing.
func (s *Snapshot) Sum(field string) int64 {
	var sum int64
	for _, p := range s.pbxs {
		if n := p.Number(field); n != Absent && !p.IsGone() {
			sum += n
		}
	}
	return sum
}
