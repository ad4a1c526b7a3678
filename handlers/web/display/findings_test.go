package display

import (
	"testing"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/operations/customer"
	"cordboard/store"
)

// findings has at least one finding of each code, and its sentence.
var findings = []struct {
	finding input.Finding
	want    string
}{
	{input.Finding{Field: "name", Code: input.Missing}, "Enter a name for the PBX."},
	{input.Finding{Field: "customerIds", Code: input.Missing}, "Choose at least one customer."},
	{input.Finding{Field: "regionId", Code: input.Missing}, "Choose a region."},
	{input.Finding{Field: "versionId", Code: input.Missing}, "Choose a firmware version."},
	{input.Finding{Field: "domainId", Code: input.Missing}, "Choose a domain."},
	{
		input.Finding{Field: "subDomain", Code: input.Missing},
		"Enter the subdomain, the first part of the host name.",
	},
	{input.Finding{Field: "plan", Code: input.Missing}, "Choose a plan."},
	{input.Finding{Field: "note", Code: input.Missing}, "Enter a note or a reason."},
	{input.Finding{Field: "reviewOn", Code: input.Missing}, "Enter the day on which to review this."},
	{input.Finding{Field: "until", Code: input.Missing}, "Enter the day until which this can wait."},
	{input.Finding{Field: "of tomorrow", Code: input.Missing}, "Fill in this field."},
	{input.Finding{Code: change.FindingRemoved}, "YCM no longer has this PBX, so it can’t be changed."},
	{
		input.Finding{Code: change.FindingNotKnown},
		"Cordboard doesn’t know this PBX. If it exists in YCM, try again after the next sync.",
	},
	{
		input.Finding{Code: change.FindingTransitional, Value: "Upgrading"},
		"The PBX is upgrading. Wait until this is over.",
	},
	{
		input.Finding{Field: "name", Code: change.FindingUnchanged},
		"These are the PBX’s current values. Change at least one of them.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: change.FindingBelowUse, Number: 1200},
		"The PBX already uses 1,200, more than this. YCM may refuse it.",
	},
	{
		input.Finding{
			Field: "extensionCapacity", Code: change.FindingMoreShortage, Name: "extensionCapacity", Number: 9, Takes: 10,
		},
		"Not enough extensions: this change takes 10 more, but the subscription has 9 available (last reading minus open " +
			"operations).",
	},
	{input.Finding{Field: "confirmName", Code: input.Missing}, "Type the PBX’s name."},
	{input.Finding{Field: "firstName", Code: input.Missing}, "Enter the first name of the contact person."},
	{input.Finding{Field: "company", Code: input.Missing}, "Enter the company."},
	{input.Finding{Field: "email", Code: input.Missing}, "Enter the email address."},
	{
		input.Finding{Field: "email", Code: customer.FindingNotAnEmail},
		"This isn’t an email address. Enter one such as ann@example.com.",
	},
	{
		input.Finding{Field: "email", Code: customer.FindingEmailTaken, Name: "Acme"},
		"Acme has the same email address. YCM may refuse it.",
	},
	{input.Finding{Code: customer.FindingGone}, "YCM no longer has this customer, so it can’t be changed."},
	{
		input.Finding{Field: "company", Code: customer.FindingUnchanged},
		"These are the customer’s current values. Change at least one of them.",
	},
	{
		input.Finding{Code: customer.FindingHasPBXs, Number: 1},
		"The customer has 1 PBX. YCM deletes only customers without one. Hand the PBX over first.",
	},
	{
		input.Finding{Code: customer.FindingHasPBXs, Number: 1200},
		"The customer has 1,200 PBXs. YCM deletes only customers without one. Hand the PBXs over first.",
	},
	{
		input.Finding{Field: "confirmName", Code: change.FindingWrongName, Name: "Alder"},
		"This isn’t the PBX’s name. Type: Alder",
	},
	{
		input.Finding{Field: "customerIds", Code: change.FindingNotACustomer, Value: "7"},
		"Customer 7 isn’t a customer of this PBX. Choose from the list.",
	},
	{
		input.Finding{Field: "customerIds", Code: change.FindingNoCustomers},
		"The PBX would have no customer. YCM doesn’t say whether that is possible.",
	},
	{
		input.Finding{Code: change.FindingNobodyToEmail},
		"The PBX has no customer, so there is nobody to email. Add a customer first.",
	},
	{
		input.Finding{Code: change.FindingUnread},
		"YCM can’t be read now, so the PBX’s customers aren’t known. Try again in a moment.",
	},
	{
		input.Finding{Field: "activeCalls", Code: change.FindingCallsCut, Number: 1975},
		"1,975 calls in progress may be cut off.",
	},
	{
		input.Finding{Code: change.FindingDeletes, Number: 1200},
		"This deletes 1,200 PBXs with all data in YCM. Nothing can undo it.",
	},
	{
		input.Finding{Field: "name", Code: input.NoValue, Value: "#REF!"},
		"“#REF!” is an error or a formula without a result in the file. Enter a value.",
	},
	{
		input.Finding{Field: "domainId", Code: input.OtherHost, Value: "pbx.example.com"},
		"The host name in this line ends in “pbx.example.com”, which is another domain.",
	},
	{
		input.Finding{Field: "plan", Code: input.NoColumn},
		"The file has no column for “Plan”. Add one, or choose the column that has it.",
	},
	{
		input.Finding{Field: "regionId", Code: input.UnknownName, Value: "Frankfort", Names: []string{"Frankfurt"}},
		"YCM offers no region with the name or ID “Frankfort”. Did you mean Frankfurt?",
	},
	{
		input.Finding{Field: "customerIds", Code: input.UnknownName, Value: "Elm"},
		"No customer has the name, email address or ID “Elm”.",
	},
	{
		input.Finding{
			Field: "customerIds", Code: input.AmbiguousName, Value: "Elm", Names: []string{"Elm (1)", "Elm (2)"},
		},
		"“Elm” could be Elm (1) or Elm (2). Use the ID.",
	},
	{
		input.Finding{
			Field: "expirationDate", Code: input.AmbiguousDate, Value: "03/04/2027",
			Names: []string{"2027-04-03", "2027-03-04"},
		},
		"“03/04/2027” could be 2027-04-03 or 2027-03-04. Write it like that.",
	},
	{
		input.Finding{
			Field: "subDomain", Code: input.UnknownDomain, Value: "a.example.net", Names: []string{"pbx.example.com"},
		},
		"“a.example.net” is in none of your domains, which are pbx.example.com.",
	},
	{
		input.Finding{Field: "subDomain", Code: input.DuplicateLine, Value: "a.example.com", Number: 7},
		"Line 7 has the same host name.",
	},
	{
		input.Finding{Field: "subDomain", Code: input.OtherHost, Value: "birch"},
		"“birch” isn’t the beginning of the host name in this line.",
	},
	{
		input.Finding{Field: "name", Code: input.DoubledColumn, Value: "PBX"},
		"The column “PBX” is used for the same. Choose one of them.",
	},
	{
		input.Finding{Code: input.ExtraCells, Value: "x", Number: 13, Limit: 11},
		"The line has 13 cells, but the first line has 11. A cell with a separator needs quotation marks.",
	},
	{
		input.Finding{Field: "rows", Code: input.RowWarnings, Number: 12},
		"12 rows have warnings. See their notes.",
	},
	{
		input.Finding{Field: "file", Code: input.SameFile, Number: 7},
		"Batch 7 was made from the same file, and was applied.",
	},
	{input.Finding{Code: change.FindingBusy, Number: 1200}, "Operation 1,200 on the PBX is open."},
	{input.Finding{Code: change.FindingCustomersUnread}, "The PBX’s customers haven’t been read yet."},
	{input.Finding{Code: change.FindingActivated}, "The PBX is activated already, so nobody needs the link."},
	{
		input.Finding{Field: "im", Code: change.FindingNotReported},
		"YCM didn’t report what the value was before, so the change can’t be undone.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: change.FindingUnknownSize},
		"YCM doesn’t report the value, so nothing can be added to it. Enter the new one.",
	},
	{
		input.Finding{Field: "recordingCapacity", Code: change.FindingMinutesStay},
		"YCM doesn’t allow lowering this, so it stays as it is.",
	},
	{
		input.Finding{Field: "im", Code: change.FindingChangedSince},
		"The value has been changed since, so undoing would overwrite that.",
	},
	{input.Finding{Code: change.FindingNothingChosen}, "Choose at least one change."},
	{input.Finding{Code: change.FindingAlreadyRunning}, "The PBX is running already."},
	{input.Finding{Code: change.FindingAlreadyStopped}, "The PBX is stopped already."},
	{
		input.Finding{Field: "activeCalls", Code: change.FindingCallsInProgress, Number: 1},
		"The PBX has 1 call in progress, which may be cut off.",
	},
	{
		input.Finding{Field: "activeCalls", Code: change.FindingCallsInProgress, Number: 1200},
		"The PBX has 1,200 calls in progress, which may be cut off.",
	},
	{input.Finding{Field: "extensionCapacity", Code: input.Missing}, "Enter the number of extensions."},
	{
		input.Finding{Field: "concurrentCallCapacity", Code: input.Missing},
		"Enter the number of concurrent calls.",
	},
	{
		input.Finding{Field: "recordingCapacity", Code: input.Missing},
		"Enter the recording minutes, or turn recording off.",
	},
	{input.Finding{Field: "type", Code: input.Missing}, "Choose a type."},
	{
		input.Finding{Field: "allowRunAfterExpirationDate", Code: input.Missing},
		"Choose whether the PBX keeps running or stops after the date.",
	},
	{
		input.Finding{Field: "name", Code: input.TooLong, Number: 300, Limit: 255},
		"Use at most 255 characters. You entered 300.",
	},
	{
		input.Finding{Field: "name", Code: input.ControlCharacter},
		"This value contains a control character. Type the text instead of pasting it.",
	},
	{
		input.Finding{
			Field: "plan",
			Code:  input.NotOneOf,
			Value: "Gold",
			Names: []string{"Enterprise Plan", "Ultimate Plan"},
		},
		"“Gold” isn’t valid. Choose Enterprise Plan or Ultimate Plan.",
	},
	{
		input.Finding{Field: "im", Code: input.NotASwitch, Value: "yes"},
		"“yes” isn’t valid. It must be Enabled or Disabled.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: input.NotANumber, Value: "2e1"},
		"“2e1” isn’t a whole number. Use digits only.",
	},
	{
		input.Finding{Field: "concurrentCallCapacity", Code: input.TooHigh, Value: "100001", Limit: 100_000},
		"100001 is too high. The maximum is 100,000.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: input.TooLow, Value: "0", Limit: 1},
		"0 is too low. The minimum is 1.",
	},
	{
		input.Finding{Field: "customerIds", Code: input.NotAnID, Value: "Acme"},
		"“Acme” isn’t a valid customer. Choose one from the list.",
	},
	{
		input.Finding{Field: "versionId", Code: input.NotAnID, Value: "x"},
		"“x” isn’t a valid firmware version. Choose one from the list.",
	},
	{
		input.Finding{Field: "customerIds", Code: input.UnknownID, Value: "1"},
		"YCM has no customer with ID 1. Choose one from the list, or reload it.",
	},
	{
		input.Finding{Field: "provisionTemplateId", Code: input.UnknownID, Value: "1"},
		"YCM offers no template with ID 1. Choose one from the list, or reload it.",
	},
	{
		input.Finding{Field: "domainId", Code: create.FindingOtherRegion, Name: "pbx.example.com"},
		"pbx.example.com isn’t offered in this region. Choose another from the list.",
	},
	{
		input.Finding{Field: "customerIds", Code: input.TooManyChosen, Limit: 500},
		"Choose at most 500 customers.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingSpace, Value: "a b"},
		"“a b” contains a space. Use letters, digits and hyphens.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingBadCharacter, Value: "a.b"},
		"“a.b” contains a character that isn’t allowed in host names. Use letters, digits and hyphens.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingHyphenAtEnd},
		"The subdomain can’t begin or end with a hyphen.",
	},
	{
		input.Finding{Field: "name", Code: create.FindingNameInFleet, Value: "Acme", Name: "a.example.com", Number: 7715},
		"PBX 7715 in your fleet (a.example.com) has the same name.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingHostInYCM, Value: "a.example.com"},
		"a.example.com is taken: YCM has a PBX with this host name.",
	},
	{
		input.Finding{
			Field:  "subDomain",
			Code:   create.FindingHostInFleet,
			Value:  "a.example.com",
			Name:   "Acme",
			Number: 7715,
		},
		"a.example.com is taken: PBX 7715 in your fleet (Acme) has this host name.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingHostInOperation, Value: "a.example.com", Number: 12},
		"a.example.com is taken: operation 12, which creates a PBX with this host name, is still open.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingHostInBatch, Value: "a.example.com", Number: 12},
		"a.example.com is taken: batch 12 has yet to create a PBX with this host name.",
	},
	{
		input.Finding{Field: "subDomain", Code: create.FindingHostJustCreated, Value: "a.example.com"},
		"a.example.com is taken: a PBX with this host name was created a moment ago.",
	},
	{
		input.Finding{Field: "recordingCapacity", Code: input.NoMinutes},
		"Recording is on, so enter the minutes. At 0 minutes, YCM turns recording off.",
	},
	{
		input.Finding{Field: "recordingStatus", Code: input.RecordingOff, Number: 1500},
		"Recording is off, but the minutes are set to 1,500. Turn recording on, or set the minutes to 0.",
	},
	{
		input.Finding{Field: "expirationDate", Code: input.NotADate, Value: "soon"},
		"“soon” isn’t a date. Enter one such as 2027-03-31.",
	},
	{
		input.Finding{Field: "expirationDate", Code: input.DatePassed},
		"This date has passed. Choose today or a later date.",
	},
	{
		input.Finding{Field: "expirationDate", Code: input.DateTooFar, Limit: 50},
		"The date must be within the next 50 years.",
	},
	{
		input.Finding{Field: "allowRunAfterExpirationDate", Code: create.FindingNotTrueOrFalse, Value: "maybe"},
		"“maybe” is neither true nor false.",
	},
	{
		input.Finding{Field: "provisionTemplateId", Code: create.FindingProvisioningOff},
		"A template is chosen, but provisioning via template is off. Turn it on, or remove the template.",
	},
	{
		input.Finding{Field: "im", Code: input.OldFirmware, Value: "84.8", Name: "84.12.0.32"},
		"Internal chat needs firmware 84.12.0.32 or later; 84.8 is older.",
	},
	{
		input.Finding{
			Field: "transcriptionCapacity",
			Code:  input.OldFirmware,
			Value: "84.8",
			Name:  "84.19.0.110",
		},
		"Transcription needs firmware 84.19.0.110 or later; 84.8 is older.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: input.FewExtensions, Limit: 10},
		"This account requires at least 10 extensions per PBX.",
	},
	{
		input.Finding{Field: "expirationDate", Code: create.FindingEndlessTrial},
		"A trial without an expiration date doesn’t end automatically.",
	},
	{
		input.Finding{
			Field:  "plan",
			Code:   input.Shortage,
			Name:   "ultimatePlanCapacity",
			Number: 999,
			Takes:  1000,
		},
		"Not enough Ultimate Plan extensions: this needs 1,000, but the subscription has 999 available " +
			"(last reading minus open operations).",
	},
	{
		input.Finding{
			Field:  "concurrentCallCapacity",
			Code:   input.Shortage,
			Name:   "concurrentCallCapacity",
			Number: 0,
			Takes:  5,
		},
		"Not enough concurrent calls: this needs 5, but the subscription has 0 available " +
			"(last reading minus open operations).",
	},
	{input.Finding{Code: input.Sentence, Value: "Check this."}, "Check this."},
	{
		input.Finding{
			Field: "plan",
			Code:  create.FindingClonePlan,
			Value: "Upgrading to Ultimate Plan",
			Name:  "Ultimate Plan",
		},
		"YCM reports “Upgrading to Ultimate Plan”, so Ultimate Plan is chosen here.",
	},
	{
		input.Finding{Field: "plan", Code: create.FindingClonePlan, Name: "Enterprise Plan"},
		"YCM doesn’t report it, so Enterprise Plan is chosen here.",
	},
	{
		input.Finding{Field: "extensionCapacity", Code: create.FindingCloneEmpty},
		"YCM doesn’t report this value, so the field was left empty.",
	},
	{input.Finding{Field: "im", Code: create.FindingCloneOff, Value: "no"}, "YCM reports “no”, so it is off here."},
	{input.Finding{Field: "im", Code: create.FindingCloneOff}, "YCM doesn’t report it, so it is off here."},
	{
		input.Finding{Field: "allowSuperiorPasswordlessLogin", Code: create.FindingCloneNoEffect},
		"Turned off, because it has no effect while passwordless login is off.",
	},
	{
		input.Finding{Field: "provisionTemplateId", Code: create.FindingCloneTemplate, Value: "Law firm"},
		"YCM doesn’t currently offer “Law firm”.",
	},
	{
		input.Finding{Field: "regionId", Code: create.FindingCloneRegion, Value: "Mars"},
		"YCM doesn’t currently offer “Mars”. Without a region, the domain and firmware can’t be determined.",
	},
	{
		input.Finding{Field: "regionId", Code: create.FindingCloneRegion},
		"YCM doesn’t report it. Without a region, the domain and firmware can’t be determined.",
	},
	{
		input.Finding{Field: "domainId", Code: create.FindingCloneDomain, Value: "old.example.com", Name: "Frankfurt"},
		"“old.example.com” is not currently offered in Frankfurt, so the first one offered is chosen.",
	},
	{
		input.Finding{Field: "versionId", Code: create.FindingCloneFirmware, Value: "80.1", Name: "Frankfurt"},
		"80.1 is not currently offered in Frankfurt, so the newest one offered is chosen.",
	},
	{
		input.Finding{Field: "versionId", Code: create.FindingCloneFirmware, Name: "Frankfurt"},
		"YCM doesn’t report it, so the newest one offered is chosen.",
	},
	{
		input.Finding{Field: "allowRunAfterExpirationDate", Code: create.FindingCloneKeep},
		"YCM doesn’t report what happens. Choose an option.",
	},
	{
		input.Finding{Field: "expirationDate", Code: create.FindingCloneDatePassed, Value: "2026-03-06"},
		"6 Mar 2026 has passed, so the field was left empty.",
	},
	{
		input.Finding{Field: "customerIds", Code: create.FindingCloneCustomers},
		"Cordboard hasn’t read them yet. Choose them here.",
	},
	{
		input.Finding{Field: "customerIds", Code: create.FindingCloneGone, Name: "Dune Ltd"},
		"YCM no longer has Dune Ltd, so it was left out.",
	},
}

// TestFinding checks the sentence for each code, that every code that is declared has one, and that every resource has
// a noun.
func TestFinding(t *testing.T) {
	t.Parallel()
	tested := map[input.FindingCode]bool{}
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
	for _, dir := range []string{"input", "operations/change", "operations/create"} {
		for _, code := range declared(t, "../../../fleet/"+dir, "FindingCode") {
			if !tested[input.FindingCode(code)] {
				t.Errorf("no row has the code %q", code)
			}
		}
	}
}
