package fleet

import (
	"math"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// Int is a number of YCM's. Known is false where YCM didn't report one, which is not 0; Raw is then what came instead.
type Int struct {
	N     int64
	Known bool
	Raw   string
}

func fromYCM(n ycm.Int) Int { return Int{n.N, n.Valid, n.Raw} }

// LedgerRow is one resource of the hosting package: Total = Own + Assigned + Available + Unexplained.
type LedgerRow struct {
	Resource    string // of Resources
	Total       Int
	Used        Int // as YCM counts it, what is assigned to resellers included
	Own         Int // used, less what is assigned to resellers
	Assigned    Int // to resellers
	Available   Int
	Unexplained Int // what is missing, or below 0 too much; never hidden
	Frozen      Int // extensions only; a note
	Fleet       Int // sum over the PBXs that are there
	Difference  Int // of that sum to Own
}

// Ledger adds the package up. What can't be worked out because YCM left a member out is not known, and neither is the fleet's side
// while the fleet was never read.
func (f *Fleet) Ledger(s Subscription, fleet *Snapshot) [len(Resources)]LedgerRow {
	rows := ledger(s.pack)
	read := fleet.Len() > 0 || !f.Freshness().At.IsZero()
	for i := range rows {
		sum := fleet.resource(i)
		rows[i].Fleet = Int{N: sum.sum, Known: read && (fleet.Here() == 0 || sum.without < int64(fleet.Here()))}
		rows[i].Difference = minus(rows[i].Fleet, rows[i].Own)
	}
	return rows
}

// ledger is the package alone, in the order of Resources.
func ledger(p ycm.Subscription) [len(Resources)]LedgerRow {
	t, u, a := p.Capacity.Total, p.Capacity.Used, p.Capacity.Available
	return [...]LedgerRow{
		ledgerRow("extensionCapacity", t.ExtensionCapacity, u.ExtensionCapacity, u.AssignedToResellerExtensionCapacity, a.ExtensionCapacity, u.FrozenExtensionCapacity),
		ledgerRow("concurrentCallCapacity", t.ConcurrentCallCapacity, u.ConcurrentCallCapacity, u.AssignedToResellerConcurrentCallCapacity, a.ConcurrentCallCapacity, ycm.Int{}),
		ledgerRow("recordingCapacity", t.RecordingCapacity, u.RecordingCapacity, u.AssignedToResellerRecordingCapacity, a.RecordingCapacity, ycm.Int{}),
		ledgerRow("ultimatePlanCapacity", t.UltimatePlanCapacity, u.UltimatePlanCapacity, u.AssignedToResellerUltimatePlanCapacity, a.UltimatePlanCapacity, ycm.Int{}),
		ledgerRow("transcriptionCapacity", t.TranscriptionCapacity, u.TranscriptionCapacity, u.AssignedToResellerTranscriptionCapacity, a.TranscriptionCapacity, ycm.Int{}),
	}
}

func ledgerRow(resource string, total, used, assigned, available, frozen ycm.Int) LedgerRow {
	r := LedgerRow{
		Resource: resource, Total: fromYCM(total), Used: fromYCM(used), Assigned: fromYCM(assigned), Available: fromYCM(available), Frozen: fromYCM(frozen),
		Own: minus(fromYCM(used), fromYCM(assigned)),
	}
	r.Unexplained = minus(r.Total, r.Own, r.Assigned, r.Available)
	return r
}

// minus subtracts parts from n. If one of them isn't known, or it gets too large for a number, neither is the rest.
func minus(n Int, parts ...Int) Int {
	for _, part := range parts {
		rest := n.N - part.N
		if !n.Known || !part.Known || (rest < n.N) != (part.N > 0) {
			return Int{}
		}
		n.N = rest
	}
	return n
}

// Sum adds a number field over all PBXs that are there. What YCM didn't report adds nothing.
func (s *Snapshot) Sum(field string) (sum int64) {
	f, ok := fields[field]
	if !ok || f.Kind == TextField {
		return 0
	}
	for _, p := range s.pbxs {
		if n := p.number(f); n != Absent && !p.IsGone() {
			sum = bounded(sum, n)
		}
	}
	return sum
}

// bounded adds, and stops at the ends of the numbers instead of going round.
func bounded(a, b int64) int64 {
	switch sum := a + b; {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64 + 1
	default:
		return sum
	}
}

// CauseKind is why the sum over the fleet may differ from what YCM counts as own.
type CauseKind int

// Kinds of causes.
const (
	CauseUnreported    CauseKind = iota // N PBXs whose capacity YCM's list doesn't tell
	CauseIncomplete                     // N PBXs that YCM counts and that were not read yet
	CausePlans                          // YCM's plan statistics count N PBXs more than the list has, or below 0 fewer
	CauseFleetOlder                     // the fleet was read N seconds before the package
	CausePackageOlder                   // the package was read N seconds before the fleet
	CauseOpen                           // open attempts hold N of the resource
	CauseFrozen                         // the difference is what is frozen, N
	CauseFreeRecording                  // each of N PBXs may have 500 minutes for free
	CauseUpgrading                      // N PBXs are on their way to the Ultimate Plan, and YCM may count their extensions already
)

// Cause is one of them.
type Cause struct {
	Kind CauseKind
	N    int64
}

// Causes are the likely ones of each row's difference, the most telling first. There are none where nothing differs. open are the
// attempts that are not settled.
func (f *Fleet) Causes(s Subscription, rows [len(Resources)]LedgerRow, fleet *Snapshot, open []store.Creation) (all [len(Resources)][]Cause) {
	fresh, held := f.Freshness(), Holds(open)
	var plans int64
	for _, p := range s.Plans {
		plans = bounded(plans, p.PBXs.N)
		if !p.PBXs.Known {
			plans = int64(fleet.Here())
			break
		}
	}
	for i, r := range rows {
		if !r.Difference.Known || r.Difference.N == 0 {
			continue
		}
		add := func(kind CauseKind, n int64) { all[i] = append(all[i], Cause{kind, n}) }
		if r.Frozen.Known && r.Frozen.N != 0 && (r.Difference.N == r.Frozen.N || r.Difference.N == -r.Frozen.N) {
			add(CauseFrozen, r.Frozen.N)
		}
		sum := fleet.resource(i)
		if sum.without > 0 && r.Difference.N < 0 {
			add(CauseUnreported, sum.without)
		}
		if i == ultimate && sum.upgrading > 0 && r.Difference.N < 0 {
			add(CauseUpgrading, sum.upgrading)
		}
		if missing := fresh.Total - int64(fleet.Here()); missing > 0 {
			add(CauseIncomplete, missing)
		}
		if n := plans - int64(fleet.Here()); n != 0 && len(s.Plans) > 0 {
			add(CausePlans, n)
		}
		switch apart := s.At.Sub(fresh.At); {
		case fresh.At.IsZero():
		case apart > 2*max(f.interval, time.Second):
			add(CauseFleetOlder, int64(apart.Seconds()))
		case -apart > 2*max(f.interval, time.Second):
			add(CausePackageOlder, int64(-apart.Seconds()))
		}
		if held[i] > 0 {
			add(CauseOpen, held[i])
		}
		if r.Resource == "recordingCapacity" && r.Difference.N > 0 && r.Difference.N <= freeMinutes*sum.with {
			add(CauseFreeRecording, sum.with)
		}
	}
	return all
}

// Holds adds up what open attempts take from the package.
func Holds(open []store.Creation) (sum store.Resources) {
	for i := range open {
		for resource, n := range open[i].Takes {
			sum[resource] += n
		}
	}
	return sum
}
