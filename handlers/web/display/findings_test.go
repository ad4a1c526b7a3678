package display

import (
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/operations/create"
	"cordboard/store"
)

// findings has at least one finding of each code, and its sentence.
var findings = []struct {
	finding create.Finding
	want    string
}{
	{create.Finding{Field: "name", Code: create.FindingMissing}, "Enter a name for the PBX."},
	{create.Finding{Field: "customerIds", Code: create.FindingMissing}, "Choose at least one customer."},
	{create.Finding{Field: "regionId", Code: create.FindingMissing}, "Choose a region."},
	{create.Finding{Field: "versionId", Code: create.FindingMissing}, "Choose a firmware version."},
	{create.Finding{Field: "domainId", Code: create.FindingMissing}, "Choose a domain."},
	{
		create.Finding{Field: "subDomain", Code: create.FindingMissing},
		"Enter the subdomain, the first part of the host name.",
	},
	{create.Finding{Field: "plan", Code: create.FindingMissing}, "Choose a plan."},
	{create.Finding{Field: "extensionCapacity", Code: create.FindingMissing}, "Enter the number of extensions."},
	{
		create.Finding{Field: "concurrentCallCapacity", Code: create.FindingMissing},
		"Enter the number of concurrent calls.",
	},
	{
		create.Finding{Field: "recordingCapacity", Code: create.FindingMissing},
		"Enter the recording minutes, or turn recording off.",
	},
	{create.Finding{Field: "type", Code: create.FindingMissing}, "Choose a type."},
	{
		create.Finding{Field: "allowRunAfterExpirationDate", Code: create.FindingMissing},
		"Choose whether the PBX keeps running or stops after the date.",
	},
	{
		create.Finding{Field: "name", Code: create.FindingTooLong, Number: 300, Limit: 255},
		"Use at most 255 characters. You entered 300.",
	},
	{
		create.Finding{Field: "name", Code: create.FindingControlCharacter},
		"This value contains a control character. Type the text instead of pasting it.",
	},
	{
		create.Finding{
			Field: "plan",
			Code:  create.FindingNotOneOf,
			Value: "Gold",
			Names: []string{"Enterprise Plan", "Ultimate Plan"},
		},
		"“Gold” isn’t valid. Choose Enterprise Plan or Ultimate Plan.",
	},
	{
		create.Finding{Field: "im", Code: create.FindingNotASwitch, Value: "yes"},
		"“yes” isn’t valid. It must be Enabled or Disabled.",
	},
	{
		create.Finding{Field: "extensionCapacity", Code: create.FindingNotANumber, Value: "2e1"},
		"“2e1” isn’t a whole number. Use digits only.",
	},
	{
		create.Finding{Field: "concurrentCallCapacity", Code: create.FindingTooHigh, Value: "100001", Limit: 100_000},
		"100001 is too high. The maximum is 100,000.",
	},
	{
		create.Finding{Field: "extensionCapacity", Code: create.FindingTooLow, Value: "0", Limit: 1},
		"0 is too low. The minimum is 1.",
	},
	{
		create.Finding{Field: "customerIds", Code: create.FindingNotAnID, Value: "Acme"},
		"“Acme” isn’t a valid customer. Choose one from the list.",
	},
	{
		create.Finding{Field: "versionId", Code: create.FindingNotAnID, Value: "x"},
		"“x” isn’t a valid firmware version. Choose one from the list.",
	},
	{
		create.Finding{Field: "customerIds", Code: create.FindingUnknownID, Value: "1"},
		"YCM has no customer with ID 1. Choose one from the list, or reload it.",
	},
	{
		create.Finding{Field: "provisionTemplateId", Code: create.FindingUnknownID, Value: "1"},
		"YCM offers no template with ID 1. Choose one from the list, or reload it.",
	},
	{
		create.Finding{Field: "domainId", Code: create.FindingOtherRegion, Name: "pbx.example.com"},
		"pbx.example.com isn’t offered in this region. Choose another from the list.",
	},
	{
		create.Finding{Field: "customerIds", Code: create.FindingTooManyChosen, Limit: 500},
		"Choose at most 500 customers.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingSpace, Value: "a b"},
		"“a b” contains a space. Use letters, digits and hyphens.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingBadCharacter, Value: "a.b"},
		"“a.b” contains a character that isn’t allowed in host names. Use letters, digits and hyphens.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingHyphenAtEnd},
		"The subdomain can’t begin or end with a hyphen.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingHostInYCM, Value: "a.example.com"},
		"a.example.com is taken: YCM has a PBX with this host name.",
	},
	{
		create.Finding{
			Field:  "subDomain",
			Code:   create.FindingHostInFleet,
			Value:  "a.example.com",
			Name:   "Acme",
			Number: 7715,
		},
		"a.example.com is taken: PBX 7715 in your fleet (Acme) has this host name.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingHostInOperation, Value: "a.example.com", Number: 12},
		"a.example.com is taken: operation 12, which creates a PBX with this host name, is still open.",
	},
	{
		create.Finding{Field: "subDomain", Code: create.FindingHostJustCreated, Value: "a.example.com"},
		"a.example.com is taken: a PBX with this host name was created a moment ago.",
	},
	{
		create.Finding{Field: "recordingCapacity", Code: create.FindingNoMinutes},
		"Recording is on, so enter the minutes. At 0 minutes, YCM turns recording off.",
	},
	{
		create.Finding{Field: "recordingStatus", Code: create.FindingRecordingOff, Number: 1500},
		"Recording is off, but the minutes are set to 1,500. Turn recording on, or set the minutes to 0.",
	},
	{
		create.Finding{Field: "expirationDate", Code: create.FindingNotADate, Value: "soon"},
		"“soon” isn’t a date. Enter one such as 2027-03-31.",
	},
	{
		create.Finding{Field: "expirationDate", Code: create.FindingDatePassed},
		"This date has passed. Choose today or a later date.",
	},
	{
		create.Finding{Field: "expirationDate", Code: create.FindingDateTooFar, Limit: 50},
		"The date must be within the next 50 years.",
	},
	{
		create.Finding{Field: "allowRunAfterExpirationDate", Code: create.FindingNotTrueOrFalse, Value: "maybe"},
		"“maybe” is neither true nor false.",
	},
	{
		create.Finding{Field: "provisionTemplateId", Code: create.FindingProvisioningOff},
		"A template is chosen, but provisioning via template is off. Turn it on, or remove the template.",
	},
	{
		create.Finding{Field: "im", Code: create.FindingOldFirmware, Value: "84.8", Name: "84.12.0.32"},
		"Internal chat needs firmware 84.12.0.32 or later; 84.8 is older.",
	},
	{
		create.Finding{
			Field: "transcriptionCapacity",
			Code:  create.FindingOldFirmware,
			Value: "84.8",
			Name:  "84.19.0.110",
		},
		"Transcription needs firmware 84.19.0.110 or later; 84.8 is older.",
	},
	{
		create.Finding{Field: "extensionCapacity", Code: create.FindingFewExtensions, Limit: 10},
		"This account requires at least 10 extensions per PBX.",
	},
	{
		create.Finding{Field: "expirationDate", Code: create.FindingEndlessTrial},
		"A trial without an expiration date doesn’t end automatically.",
	},
	{
		create.Finding{
			Field:  "plan",
			Code:   create.FindingShortage,
			Name:   "ultimatePlanCapacity",
			Number: 999,
			Takes:  1000,
		},
		"Not enough Ultimate Plan extensions: this PBX needs 1,000, but the subscription has 999 available " +
			"(last reading minus open operations).",
	},
	{
		create.Finding{
			Field:  "concurrentCallCapacity",
			Code:   create.FindingShortage,
			Name:   "concurrentCallCapacity",
			Number: 0,
			Takes:  5,
		},
		"Not enough concurrent calls: this PBX needs 5, but the subscription has 0 available " +
			"(last reading minus open operations).",
	},
	{create.Finding{Code: create.FindingSentence, Value: "Check this."}, "Check this."},
	{
		create.Finding{
			Field: "plan",
			Code:  create.FindingClonePlan,
			Value: "Upgrading to Ultimate Plan",
			Name:  "Ultimate Plan",
		},
		"YCM reports “Upgrading to Ultimate Plan”, so Ultimate Plan is chosen here.",
	},
	{
		create.Finding{Field: "plan", Code: create.FindingClonePlan, Name: "Enterprise Plan"},
		"YCM doesn’t report it, so Enterprise Plan is chosen here.",
	},
	{
		create.Finding{Field: "extensionCapacity", Code: create.FindingCloneEmpty},
		"YCM doesn’t report this value, so the field was left empty.",
	},
	{create.Finding{Field: "im", Code: create.FindingCloneOff, Value: "no"}, "YCM reports “no”, so it is off here."},
	{create.Finding{Field: "im", Code: create.FindingCloneOff}, "YCM doesn’t report it, so it is off here."},
	{
		create.Finding{Field: "allowSuperiorPasswordlessLogin", Code: create.FindingCloneNoEffect},
		"Turned off, because it has no effect while passwordless login is off.",
	},
	{
		create.Finding{Field: "provisionTemplateId", Code: create.FindingCloneTemplate, Value: "Law firm"},
		"YCM doesn’t currently offer “Law firm”.",
	},
	{
		create.Finding{Field: "regionId", Code: create.FindingCloneRegion, Value: "Mars"},
		"YCM doesn’t currently offer “Mars”. Without a region, the domain and firmware can’t be determined.",
	},
	{
		create.Finding{Field: "regionId", Code: create.FindingCloneRegion},
		"YCM doesn’t report it. Without a region, the domain and firmware can’t be determined.",
	},
	{
		create.Finding{Field: "domainId", Code: create.FindingCloneDomain, Value: "old.example.com", Name: "Frankfurt"},
		"“old.example.com” is not currently offered in Frankfurt, so the first one offered is chosen.",
	},
	{
		create.Finding{Field: "versionId", Code: create.FindingCloneFirmware, Value: "80.1", Name: "Frankfurt"},
		"80.1 is not currently offered in Frankfurt, so the newest one offered is chosen.",
	},
	{
		create.Finding{Field: "versionId", Code: create.FindingCloneFirmware, Name: "Frankfurt"},
		"YCM doesn’t report it, so the newest one offered is chosen.",
	},
	{
		create.Finding{Field: "allowRunAfterExpirationDate", Code: create.FindingCloneKeep},
		"YCM doesn’t report what happens. Choose an option.",
	},
	{
		create.Finding{Field: "expirationDate", Code: create.FindingCloneDatePassed, Value: "2026-03-06"},
		"6 Mar 2026 has passed, so the field was left empty.",
	},
	{
		create.Finding{Field: "customerIds", Code: create.FindingCloneCustomers},
		"YCM’s PBX record doesn’t include them. Choose them here.",
	},
}

// TestFinding checks the sentence for each code, that every code that package create declares has one, and that every
// resource has a noun.
func TestFinding(t *testing.T) {
	t.Parallel()
	tested := map[create.FindingCode]bool{}
	for _, tt := range findings {
		tested[tt.finding.Code] = true
		if got := Finding(tt.finding); got != tt.want {
			t.Errorf("Finding(%+v) = %q, want %q", tt.finding, got, tt.want)
		}
	}
	for _, resource := range fleet.Resources {
		if store.ResourceNouns[resource].Many == "" {
			t.Errorf("the resource %s has no noun", resource)
		}
	}
	for _, code := range declared(t, "../../../fleet/operations/create", "FindingCode") {
		if !tested[create.FindingCode(code)] {
			t.Errorf("no row has the code %q", code)
		}
	}
}
