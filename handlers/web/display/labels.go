package display

import (
	"cmp"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/labels"
)

// Labels maps the names of YCM's fields and of Cordboard's own, such as "customer", to the names in the UI.
var Labels = map[string]string{
	"cloudPbxId":                     "ID",
	"pbxStatus":                      "Status",
	"activationStatus":               "Activation",
	"name":                           "PBX",
	"sn":                             "Serial number",
	"plan":                           "Plan",
	"planExpirationDate":             "Plan expires",
	"extensionCapacity":              "Extension capacity",
	"concurrentCallCapacity":         "Call capacity",
	"recordingStatus":                "Call recording",
	"recordingCapacity":              "Recording capacity, minutes",
	"transcriptionCapacity":          "Transcription, minutes",
	"transcriptionCapacityPlan":      "Transcription in plan, minutes",
	"transcriptionCapacityAddon":     "Transcription add-on, minutes",
	"usedTranscription":              "Transcription used, minutes",
	"region":                         "Region",
	"url":                            "Host name",
	"type":                           "Type",
	"expirationDate":                 "PBX expires",
	"version":                        "Firmware",
	"group":                          "Group",
	"creator":                        "Creator",
	"createTime":                     "Created",
	"initialStartUpTime":             "First started",
	"upgradeInPbx":                   "Customer can upgrade firmware",
	"im":                             "Internal chat (IM)",
	"passwordlessLogin":              "Passwordless login",
	"allowSuperiorPasswordlessLogin": "Parent account may use it",
	"provisioningViaTemplate":        "Provisioning via template",
	"lastUsedTemplate":               "Last used template",
	"lastUsedTime":                   "Template used at",
	"activeCalls":                    "Calls",
	"usedExtensions":                 "Extensions",
	"usedRecording":                  "Recording, minutes",
	"lastBackupTime":                 "Last backup",
	"expires":                        "Expires",
	"usage":                          "Highest usage",
	"customer":                       "Customer",
	"contact":                        "Contact",
	"owner":                          "Owner",
	"renewal":                        "Renewal",
	"next":                           "Next step",
	"nextOn":                         "Next step on",
	"note":                           "Notes",
	"receptionistCapacity":           "AI receptionist, minutes",
	"receptionistCapacityPlan":       "AI receptionist in plan, minutes",
	"receptionistCapacityAddon":      "AI receptionist add-on, minutes",
	"usedReceptionist":               "AI receptionist used, minutes",
}

// Columns lists all fields in the order in which the list settings offer them. UsualColumns are the columns for users
// who haven't chosen any.
var (
	Columns = []string{
		"name",
		"pbxStatus",
		"customer",
		"expires",
		"usedExtensions",
		"plan",
		"activationStatus",
		"usedRecording",
		"type",
		"region",
		"version",
		"group",
		"activeCalls",
		"planExpirationDate",
		"expirationDate",
		"owner",
		"renewal",
		"next",
		"nextOn",
		"note",
		"contact",
		"cloudPbxId",
		"sn",
		"url",
		"creator",
		"createTime",
		"initialStartUpTime",
		"lastBackupTime",
		"extensionCapacity",
		"concurrentCallCapacity",
		"recordingStatus",
		"recordingCapacity",
		"transcriptionCapacity",
		"transcriptionCapacityPlan",
		"transcriptionCapacityAddon",
		"usedTranscription",
		"receptionistCapacity",
		"receptionistCapacityPlan",
		"receptionistCapacityAddon",
		"usedReceptionist",
		"upgradeInPbx",
		"im",
		"passwordlessLogin",
		"allowSuperiorPasswordlessLogin",
		"provisioningViaTemplate",
		"lastUsedTemplate",
		"lastUsedTime",
	}
	UsualColumns = Columns[:13]
)

// FacetLabels are the labels of Cordboard's own filters and of some facets, by key. The other facets use Labels.
var FacetLabels = map[string]string{
	"status":     "Status",
	"activation": "Activation",
	"plan":       "Plan",
	"type":       "Type",
	"region":     "Region",
	"group":      "Group",
	"version":    "Firmware",
	"recording":  "Recording",
	"attention":  "Needs attention",
	"expires":    "Expires",
	"usage":      "Usage",
	"presence":   "Presence",
	"onboarding": "Stuck in onboarding",
	"size":       "Size",
}

// CustomerLabels are the labels of the members of a customer's record.
var CustomerLabels = map[string]string{
	fleet.FirstName:  "First name",
	fleet.LastName:   "Last name",
	fleet.Company:    "Company",
	fleet.Email:      "Email",
	"businessNumber": "Business phone",
	"mobileNumber":   "Mobile phone",
	"homeNumber":     "Home phone",
	"faxNumber":      "Fax",
	"street":         "Street",
	"zipCode":        "ZIP code",
	"city":           "City",
	"state":          "State",
	"country":        "Country",
	fleet.Remark:     "Remark",
}

// EnumLabel returns the label of a filter value that Cordboard defines. For other values, such as date ranges, it uses
// DateRange.
func EnumLabel(key, word string, l fleet.Thresholds) string {
	return cmp.Or(labels.Of(key, word, l), DateRange(word))
}

// UsageOf returns the capacity field that corresponds to a usage field.
func UsageOf(used fleet.Field) (capacity fleet.Field, ok bool) {
	capacity = fleet.CapacityOf(used)
	return capacity, capacity != fleet.NoField
}

// DateRange formats a date or a range, such as "2026-12-01..2026-12-31", with readable dates. It returns any other
// text unchanged.
func DateRange(word string) string {
	from, to, ok := strings.Cut(word, "..")
	a, aErr := time.Parse(time.DateOnly, from)
	b, bErr := time.Parse(time.DateOnly, to)
	const layout = "2 Jan 2006"
	switch {
	case ok && from == "" && bErr == nil:
		return "up to " + b.Format(layout)
	case ok && to == "" && aErr == nil:
		return "from " + a.Format(layout)
	case !ok && aErr == nil || ok && aErr == nil && bErr == nil && a.Equal(b):
		return a.Format(layout)
	case ok && aErr == nil && bErr == nil:
		return a.Format(layout) + " – " + b.Format(layout)
	}
	return word
}
