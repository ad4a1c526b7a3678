package fleet

import (
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// Resources are the resources of the subscription, by YCM's members, in the order of ledgers, readings and
// attempts. Attempts on disk rely on this order, so new ones are only appended.
var Resources = [...]string{
	"extensionCapacity",
	"concurrentCallCapacity",
	"recordingCapacity",
	"ultimatePlanCapacity",
	"transcriptionCapacity",
}

// Indexes into Resources. The first three are also indexes into Usages.
const (
	extensions = iota
	calls
	recording
	ultimate // extensions that may have the Ultimate Plan: a part of the extensions, not in addition to them
	transcription
)

// ShownResources are the indexes of Resources in the order of pages and exports: a part comes after its whole.
var ShownResources = [...]int{extensions, ultimate, calls, recording, transcription}

var resourceNouns = [len(Resources)]string{
	"extensions",
	"concurrent calls",
	"recording minutes",
	"Ultimate Plan extensions",
	"transcription minutes",
}

// ResourceField returns the form field that determines how much of a resource a new PBX takes. For Ultimate Plan
// extensions, it is the plan.
func ResourceField(resource int) string {
	if resource == ultimate {
		return "plan"
	}
	return Resources[resource]
}

const (
	ultimatePlan  = "Ultimate Plan"
	upgradingPlan = "Upgrading to Ultimate Plan"
)

// takes returns what a PBX takes from the subscription. The first recording minutes are free. Of transcription,
// only minutes beyond the plan's count (assumed).
func takes(r ycm.CreateCloudPBXRequest) (t store.Resources) {
	t[extensions] = r.ExtensionCapacity
	t[calls] = r.ConcurrentCallCapacity
	t[recording] = max(0, r.RecordingCapacity-freeMinutes)
	if r.Plan == ultimatePlan {
		t[ultimate] = r.ExtensionCapacity
	}
	if r.TranscriptionCapacity != nil {
		t[transcription] = *r.TranscriptionCapacity
	}
	return t
}

var (
	planText          = fields["plan"].index
	extensionCapacity = fields["extensionCapacity"].index
	resourceNumbers   = [len(Resources)]int{
		extensionCapacity,
		fields["concurrentCallCapacity"].index,
		fields["recordingCapacity"].index,
		extensionCapacity,
		fields["transcriptionCapacityAddon"].index,
	}
)

// has returns how much of a resource a PBX has, as the subscription counts it; Absent if YCM didn't report it.
func (p *PBX) has(resource int) int64 {
	if resource == ultimate && p.texts[planText] != ultimatePlan {
		if p.texts[planText] == "" {
			return Absent
		}
		return 0
	}
	return p.numbers[resourceNumbers[resource]]
}

// fleetSum is the capacity of a resource over all PBXs that are not gone.
type fleetSum struct {
	sum           int64
	with, without int64 // PBXs with some of it, and PBXs for which YCM didn't report it
	upgrading     int64 // PBXs that are upgrading to the Ultimate Plan
}

// resource returns a resource's sum over the fleet. It is computed once for each snapshot.
func (s *Snapshot) resource(resource int) fleetSum {
	if sum, ok := s.sums.Load(resource); ok {
		return sum.(fleetSum)
	}
	var f fleetSum
	for _, p := range s.pbxs {
		if p.IsGone() {
			continue
		}
		if p.texts[planText] == upgradingPlan {
			f.upgrading++
		}
		switch n := p.has(resource); {
		case n == Absent:
			f.without++
		case n != 0:
			f.with++
			f.sum = bounded(f.sum, n)
		}
	}
	s.sums.Store(resource, f)
	return f
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
