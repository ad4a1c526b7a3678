package fleet

// Resources lists the subscription's resources by their member names in YCM. Ledgers, readings and operations use the
// same order. Stored operations rely on this order, so new resources may only be appended.
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
	Ultimate // extensions that may have the Ultimate Plan; a subset of Extensions
	Transcription
)

// ShownResources lists the indexes into Resources in the order in which pages and exports show them. A subset follows
// the resource that it is part of.
var ShownResources = [...]int{Extensions, Ultimate, Calls, Recording, Transcription}

// ResourceField returns the form field that determines how much of a resource a new PBX takes. For Ultimate Plan
// extensions, it is the plan.
func ResourceField(resource int) string {
	if resource == Ultimate {
		return "plan"
	}
	return Resources[resource]
}

// PBX plans that determine how much capacity a PBX takes from the subscription.
const (
	UltimatePlan  = "Ultimate Plan"
	UpgradingPlan = "Upgrading to Ultimate Plan"
)

// FreeMinutes is the number of free recording minutes per PBX, according to YCM's portal guide.
const FreeMinutes = 500
