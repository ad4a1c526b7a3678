package fleet

import (
	"time"

	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// LedgerRow is one resource of the subscription: Total = Own + Assigned + Available + Unexplained.
type LedgerRow struct {
	Resource    string // one of Resources
	Total       opt.Int
	Used        opt.Int // as YCM counts it, including what is assigned to resellers
	Own         opt.Int // Used less Assigned
	Assigned    opt.Int // assigned to resellers
	Available   opt.Int
	Unexplained opt.Int // capacity that is missing, or if negative, in excess; never hidden
	Frozen      opt.Int // extensions only; not part of the sum
	Fleet       opt.Int // sum over the PBXs that are not gone
	Difference  opt.Int // Fleet less Own
}

// Ledger returns the subscription as a ledger, with the fleet's side. A value that depends on something YCM
// didn't report is not known. The fleet's side isn't known until the fleet was read.
func (f *Fleet) Ledger(s Subscription, fleet *Snapshot) [len(Resources)]LedgerRow {
	rows := ledger(s.pack)
	read := fleet.Len() > 0 || !f.Freshness().At.IsZero()
	for i := range rows {
		sum := fleet.Measures().Totals[i]
		rows[i].Fleet = opt.If(read && (fleet.Here() == 0 || sum.Without < int64(fleet.Here())), sum.Sum)
		rows[i].Difference = minus(rows[i].Fleet, rows[i].Own)
	}
	return rows
}

// ledger returns the rows without the fleet's side, in the order of Resources.
func ledger(p ycm.Subscription) [len(Resources)]LedgerRow {
	t, u, a := p.Capacity.Total, p.Capacity.Used, p.Capacity.Available
	return [...]LedgerRow{
		ledgerRow(
			"extensionCapacity",
			t.ExtensionCapacity,
			u.ExtensionCapacity,
			u.AssignedToResellerExtensionCapacity,
			a.ExtensionCapacity,
			u.FrozenExtensionCapacity,
		),
		ledgerRow(
			"concurrentCallCapacity",
			t.ConcurrentCallCapacity,
			u.ConcurrentCallCapacity,
			u.AssignedToResellerConcurrentCallCapacity,
			a.ConcurrentCallCapacity,
			ycm.Int{},
		),
		ledgerRow(
			"recordingCapacity",
			t.RecordingCapacity,
			u.RecordingCapacity,
			u.AssignedToResellerRecordingCapacity,
			a.RecordingCapacity,
			ycm.Int{},
		),
		ledgerRow(
			"ultimatePlanCapacity",
			t.UltimatePlanCapacity,
			u.UltimatePlanCapacity,
			u.AssignedToResellerUltimatePlanCapacity,
			a.UltimatePlanCapacity,
			ycm.Int{},
		),
		ledgerRow(
			"transcriptionCapacity",
			t.TranscriptionCapacity,
			u.TranscriptionCapacity,
			u.AssignedToResellerTranscriptionCapacity,
			a.TranscriptionCapacity,
			ycm.Int{},
		),
	}
}

func ledgerRow(resource string, total, used, assigned, available, frozen ycm.Int) LedgerRow {
	r := LedgerRow{
		Resource:  resource,
		Total:     total.Int,
		Used:      used.Int,
		Assigned:  assigned.Int,
		Available: available.Int,
		Frozen:    frozen.Int,
		Own:       minus(used.Int, assigned.Int),
	}
	r.Unexplained = minus(r.Total, r.Own, r.Assigned, r.Available)
	return r
}

// minus subtracts parts from n. The result is not known if one of them isn't, or on overflow.
func minus(n opt.Int, parts ...opt.Int) opt.Int {
	for _, part := range parts {
		rest := n.N - part.N
		if !n.Known() || !part.Known() || (rest < n.N) != (part.N > 0) {
			return opt.Int{}
		}
		n.N = rest
	}
	return n
}

// CauseKind is a reason why the sum over the fleet may differ from what YCM counts as own.
type CauseKind int

// Kinds of causes.
const (
	CauseUnreported    CauseKind = iota // YCM's list lacks the capacity of N PBXs
	CauseIncomplete                     // YCM counts N PBXs that were not read yet
	CausePlans                          // YCM's plan statistics have N PBXs more than the list, or if negative, fewer
	CauseFleetOlder                     // the fleet was read N seconds before the subscription
	CausePackageOlder                   // the subscription was read N seconds before the fleet
	CauseOpen                           // open attempts reserve N of the resource
	CauseFrozen                         // the difference equals the frozen capacity, N
	CauseFreeRecording                  // each of N PBXs may have 500 free minutes
	// N PBXs are upgrading to the Ultimate Plan, and YCM may already count their extensions.
	CauseUpgrading
)

// Cause is one possible reason for a difference; Kind gives N its meaning.
type Cause struct {
	Kind CauseKind
	N    int64
}

// Causes returns the likely causes of each row's difference, the most telling first; none where nothing differs.
// open are the attempts without a final outcome.
func (f *Fleet) Causes(
	s Subscription,
	rows [len(Resources)]LedgerRow,
	fleet *Snapshot,
	open []store.Creation,
) (all [len(Resources)][]Cause) {
	fresh, held := f.Freshness(), Holds(open)
	var plans int64
	for _, p := range s.Plans {
		plans = bounded(plans, p.PBXs.N)
		if !p.PBXs.Known() {
			plans = int64(fleet.Here())
			break
		}
	}
	for i, r := range rows {
		if !r.Difference.Known() || r.Difference.N == 0 {
			continue
		}
		add := func(kind CauseKind, n int64) { all[i] = append(all[i], Cause{kind, n}) }
		if r.Frozen.Known() && r.Frozen.N != 0 && (r.Difference.N == r.Frozen.N || r.Difference.N == -r.Frozen.N) {
			add(CauseFrozen, r.Frozen.N)
		}
		sum := fleet.Measures().Totals[i]
		if sum.Without > 0 && r.Difference.N < 0 {
			add(CauseUnreported, sum.Without)
		}
		if i == Ultimate && sum.Upgrading > 0 && r.Difference.N < 0 {
			add(CauseUpgrading, sum.Upgrading)
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
		if r.Resource == "recordingCapacity" && r.Difference.N > 0 && r.Difference.N <= freeMinutes*sum.With {
			add(CauseFreeRecording, sum.With)
		}
	}
	return all
}

// Holds returns what open attempts reserve of the subscription.
func Holds(open []store.Creation) (sum store.Resources) {
	for i := range open {
		for resource, n := range open[i].Takes {
			sum[resource] += n
		}
	}
	return sum
}

// Reported reports whether YCM sent any value of the resource. One without values is presumably not in the
// subscription, which is not the same as 0.
func (r LedgerRow) Reported() bool {
	for _, n := range []opt.Int{r.Total, r.Used, r.Assigned, r.Available} {
		if n.Reported() {
			return true
		}
	}
	return false
}
