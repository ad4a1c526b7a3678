package fleet

import (
	"cordboard/store"
	"cordboard/ycm"
)

// Resources are those of the hosting package, by YCM's members, in the order in which ledgers, readings and attempts have them. Attempts on disk have it too: it only
// grows at its end.
var Resources = [...]string{"extensionCapacity", "concurrentCallCapacity", "recordingCapacity", "ultimatePlanCapacity", "transcriptionCapacity"}

// Indexes into Resources. The first three are those of Usages too.
const (
	extensions = iota
	calls
	recording
	ultimate // extensions that may carry the Ultimate Plan: a part of the extensions, not more on top
	transcription
)

// ShownResources are the indexes of Resources in the order in which pages and exports show them: a part stands behind its whole.
var ShownResources = [...]int{extensions, ultimate, calls, recording, transcription}

var resourceNouns = [len(Resources)]string{"extensions", "concurrent calls", "recording minutes", "Ultimate Plan extensions", "transcription minutes"}

// ResourceField is the field of the form that says how much of a resource a new PBX takes. Ultimate extensions are taken by the plan.
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

// takes is what a PBX takes from the package. Of recording the first minutes are free; of transcription only what is on top of the plan's counts (assumed).
func takes(r ycm.CreateCloudPBXRequest) (t store.Resources) {
	t[extensions], t[calls], t[recording] = r.ExtensionCapacity, r.ConcurrentCallCapacity, max(0, r.RecordingCapacity-freeMinutes)
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
		extensionCapacity, fields["concurrentCallCapacity"].index, fields["recordingCapacity"].index, extensionCapacity, fields["transcriptionCapacityAddon"].index,
	}
)

// has is how much of a resource a PBX has, as the package counts it; Absent if YCM didn't report it.
func (p *PBX) has(resource int) int64 {
	if resource == ultimate && p.texts[planText] != ultimatePlan {
		if p.texts[planText] == "" {
			return Absent
		}
		return 0
	}
	return p.numbers[resourceNumbers[resource]]
}

// fleetSum is what all PBXs that are there have of a resource.
type fleetSum struct {
	sum           int64
	with, without int64 // PBXs with some of it, and those of which YCM didn't report it
	upgrading     int64 // PBXs on their way to the Ultimate Plan
}

// resource adds a resource up over the fleet, once for each snapshot.
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

// Reported reports whether YCM says anything of the resource; one of which it says nothing is not in the package, as far as we know, and is not 0.
func (r LedgerRow) Reported() bool {
	for _, n := range []Int{r.Total, r.Used, r.Assigned, r.Available} {
		if n.Known || n.Raw != "" {
			return true
		}
	}
	return false
}
