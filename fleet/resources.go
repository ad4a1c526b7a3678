package fleet

// Resources are the resources of the subscription, by YCM's members, in the order of ledgers, readings and
// operations. Operations on disk rely on this order, so new ones are only appended.
var Resources = [...]string{
	"extensionCapacity",
	"concurrentCallCapacity",
	"recordingCapacity",
	"ultimatePlanCapacity",
	"transcriptionCapacity",
}

// Indexes into Resources. The first three are also indexes into Usages.
const (
	Extensions = iota
	Calls
	Recording
	Ultimate // extensions that may have the Ultimate Plan: a part of the extensions, not in addition to them
	Transcription
)

// ShownResources are the indexes of Resources in the order of pages and exports: a part comes after its whole.
var ShownResources = [...]int{Extensions, Ultimate, Calls, Recording, Transcription}

// ResourceNouns are the resources in words, in the order of Resources.
var ResourceNouns = [len(Resources)]string{
	"extensions",
	"concurrent calls",
	"recording minutes",
	"Ultimate Plan extensions",
	"transcription minutes",
}

// ResourceField returns the form field that determines how much of a resource a new PBX takes. For Ultimate Plan
// extensions, it is the plan.
func ResourceField(resource int) string {
	if resource == Ultimate {
		return "plan"
	}
	return Resources[resource]
}

// Plans of a PBX that decide what it takes of the subscription.
const (
	UltimatePlan  = "Ultimate Plan"
	UpgradingPlan = "Upgrading to Ultimate Plan"
)

// FreeMinutes is the number of recording minutes that each PBX has for free, from YCM's portal guide.
const FreeMinutes = 500
