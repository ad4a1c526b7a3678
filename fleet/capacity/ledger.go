// Package capacity presents the hosting subscription as a ledger with a history and forecasts, and measures how PBXs
// use their capacity. It consists of pure functions of readings and snapshots.
package capacity

import (
	"time"

	"cordboard/fleet"
	"cordboard/opt"
)

// LedgerRow is one resource of the subscription: Total = Own + Assigned + Available + Unexplained.
type LedgerRow struct {
	Resource    string // one of fleet.Resources
	Total       opt.Int
	Used        opt.Int // as YCM counts it, including capacity assigned to resellers
	Own         opt.Int // Used minus Assigned
	Assigned    opt.Int // assigned to resellers
	Available   opt.Int
	Unexplained opt.Int // Total minus all other parts; negative if they exceed Total
	Frozen      opt.Int // extensions only; not part of the sum
	Fleet       opt.Int // total capacity of the PBXs that haven't been removed
	Difference  opt.Int // Fleet minus Own
}

// Ledger has one row per resource of the subscription, in the order of fleet.Resources.
type Ledger [len(fleet.Resources)]LedgerRow

// NewLedger converts a reading to a ledger, including Fleet and Difference. Fleet leaves out PBXs whose capacity YCM
// didn't report. If that leaves out every PBX, or if the fleet hasn't been read yet, Fleet is unknown.
func NewLedger(r Reading, s *fleet.Snapshot, fresh fleet.Freshness) Ledger {
	rows := r.Ledger()
	read := s.Len() > 0 || !fresh.At.IsZero()
	for i := range rows {
		total := s.Measures().Totals[i]
		rows[i].Fleet = opt.If(read && (s.Here() == 0 || total.Without < int64(s.Here())), total.Sum)
		rows[i].Difference = Minus(rows[i].Fleet, rows[i].Own)
	}
	return rows
}

// Ledger converts a reading to a ledger in which Fleet and Difference are unknown. A value that depends on an unknown
// value is unknown too.
func (r Reading) Ledger() (rows Ledger) {
	for i, resource := range fleet.Resources {
		row := LedgerRow{
			Resource:  resource,
			Total:     r.Total[i],
			Used:      r.Used[i],
			Assigned:  r.Assigned[i],
			Available: r.Available[i],
			Own:       Minus(r.Used[i], r.Assigned[i]),
		}
		if i == fleet.Extensions {
			row.Frozen = r.Frozen
		}
		row.Unexplained = Minus(row.Total, row.Own, row.Assigned, row.Available)
		rows[i] = row
	}
	return rows
}

// Minus returns n minus all parts. The result is unknown if n or a part is unknown, or if the subtraction overflows.
func Minus(n opt.Int, parts ...opt.Int) opt.Int {
	for _, part := range parts {
		rest := n.N - part.N
		if !n.Known() || !part.Known() || (rest < n.N) != (part.N > 0) {
			return opt.Int{}
		}
		n.N = rest
	}
	return n
}

// CauseKind is a reason why a ledger row's Fleet may differ from its Own.
type CauseKind int

// Kinds of causes.
const (
	CauseUnreported        CauseKind = iota // YCM's list lacks the capacity of N PBXs
	CauseIncomplete                         // YCM counts N PBXs that have not been read yet
	CausePlans                              // YCM's plan statistics count N more PBXs than the list; negative: fewer
	CauseFleetOlder                         // the fleet was read N seconds before the subscription
	CauseSubscriptionOlder                  // the subscription was read N seconds before the fleet
	CauseOpen                               // open operations reserve N of the resource
	CauseFrozen                             // the difference is N or -N, where N is the frozen capacity
	CauseFreeRecording                      // each of N PBXs may have 500 free minutes
	// N PBXs are upgrading to the Ultimate Plan, and YCM may already count their extensions.
	CauseUpgrading
)

// Cause is one possible reason for a difference. Kind determines the meaning of N.
type Cause struct {
	Kind CauseKind
	N    int64
}

// Causes returns the likely causes of each row's difference, in a fixed order. A row whose difference is 0 or unknown
// has no causes. held is the capacity that open operations reserve.
func Causes(
	sub *Subscription,
	rows Ledger,
	snapshot *fleet.Snapshot,
	fresh fleet.Freshness,
	held [len(fleet.Resources)]int64,
) (all [len(fleet.Resources)][]Cause) {
	var plans int64
	for _, p := range sub.Plans {
		plans = bounded(plans, p.PBXs.N)
		if !p.PBXs.Known() {
			plans = int64(snapshot.Here())
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
		sum := snapshot.Measures().Totals[i]
		if sum.Without > 0 && r.Difference.N < 0 {
			add(CauseUnreported, sum.Without)
		}
		if i == fleet.Ultimate && sum.Upgrading > 0 && r.Difference.N < 0 {
			add(CauseUpgrading, sum.Upgrading)
		}
		if missing := fresh.Total - int64(snapshot.Here()); missing > 0 {
			add(CauseIncomplete, missing)
		}
		if n := plans - int64(snapshot.Here()); n != 0 && len(sub.Plans) > 0 {
			add(CausePlans, n)
		}
		switch apart := sub.At.Sub(fresh.At); {
		case fresh.At.IsZero():
		case apart > 2*max(fresh.Interval, time.Second):
			add(CauseFleetOlder, int64(apart.Seconds()))
		case -apart > 2*max(fresh.Interval, time.Second):
			add(CauseSubscriptionOlder, int64(-apart.Seconds()))
		}
		if held[i] > 0 {
			add(CauseOpen, held[i])
		}
		if r.Resource == "recordingCapacity" && r.Difference.N > 0 && r.Difference.N <= fleet.FreeMinutes*sum.With {
			add(CauseFreeRecording, sum.With)
		}
	}
	return all
}

// Reported reports whether YCM sent any value for the resource. A resource without values is presumably not part of the
// subscription, which is not the same as a capacity of 0.
func (r LedgerRow) Reported() bool {
	for _, n := range []opt.Int{r.Total, r.Used, r.Assigned, r.Available} {
		if n.Reported() {
			return true
		}
	}
	return false
}
