package display

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/fleet/operations/customer"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/views/ui"
)

// Finding returns a message about a form that creates or changes a PBX or a customer, or about one of its fields: a
// problem, a warning, or a note about a value that could not be cloned.
func Finding(f input.Finding) string {
	switch f.Code {
	case input.Missing:
		return cmp.Or(missingFields[f.Field], "Fill in this field.")
	case input.NotAnID:
		return fmt.Sprintf("“%s” isn’t a valid %s. Choose one from the list.", f.Value, optionNouns[f.Field])
	case input.UnknownID:
		if f.Field == "customerIds" { // YCM doesn't offer customers as it offers regions
			return fmt.Sprintf("YCM has no customer with ID %s. Choose one from the list, or reload it.", f.Value)
		}
		return fmt.Sprintf(
			"YCM offers no %s with ID %s. Choose one from the list, or reload it.",
			optionNouns[f.Field],
			f.Value,
		)
	case create.FindingOtherRegion:
		return fmt.Sprintf("%s isn’t offered in this region. Choose another from the list.", f.Name)
	case input.TooManyChosen:
		return fmt.Sprintf("Choose at most %d customers.", f.Limit)
	case input.NotOneOf:
		return fmt.Sprintf("“%s” isn’t valid. Choose %s.", f.Value, strings.Join(f.Names, " or "))
	case input.NotASwitch:
		return fmt.Sprintf("“%s” isn’t valid. It must be Enabled or Disabled.", f.Value)
	case create.FindingNotTrueOrFalse:
		return fmt.Sprintf("“%s” is neither true nor false.", f.Value)
	case input.NotANumber:
		return fmt.Sprintf("“%s” isn’t a whole number. Use digits only.", f.Value)
	case input.TooHigh:
		return fmt.Sprintf("%s is too high. The maximum is %s.", f.Value, fold.Number(f.Limit))
	case input.TooLow:
		return fmt.Sprintf("%s is too low. The minimum is %s.", f.Value, fold.Number(f.Limit))
	case input.RecordingOff:
		return fmt.Sprintf(
			"Recording is off, but the minutes are set to %s. Turn recording on, or set the minutes to 0.",
			fold.Number(f.Number),
		)
	case input.NotADate:
		return fmt.Sprintf("“%s” isn’t a date. Enter one such as 2027-03-31.", f.Value)
	case input.DateTooFar:
		return fmt.Sprintf("The date must be within the next %d years.", f.Limit)
	}
	if text := fileFinding(f); text != "" {
		return text
	}
	return textFinding(f)
}

// missingFields has the sentence for each field that must not be empty.
var missingFields = map[string]string{
	"name":                        "Enter a name for the PBX.",
	"customerIds":                 "Choose at least one customer.",
	"regionId":                    "Choose a region.",
	"versionId":                   "Choose a firmware version.",
	"domainId":                    "Choose a domain.",
	"subDomain":                   "Enter the subdomain, the first part of the host name.",
	"plan":                        "Choose a plan.",
	"extensionCapacity":           "Enter the number of extensions.",
	"concurrentCallCapacity":      "Enter the number of concurrent calls.",
	"recordingCapacity":           "Enter the recording minutes, or turn recording off.",
	"type":                        "Choose a type.",
	"allowRunAfterExpirationDate": "Choose whether the PBX keeps running or stops after the date.",
	"note":                        "Enter a note or a reason.",
	"confirmName":                 "Type the PBX’s name.",
	"reviewOn":                    "Enter the day on which to review this.",
	"until":                       "Enter the day until which this can wait.",
	"firstName":                   "Enter the first name of the contact person.",
	"company":                     "Enter the company.",
	"email":                       "Enter the email address.",
}

// optionNouns has the noun for each field whose value is the ID of an option.
var optionNouns = map[string]string{
	"customerIds":         "customer",
	"regionId":            "region",
	"versionId":           "firmware version",
	"domainId":            "domain",
	"provisionTemplateId": "template",
}

// textFinding returns the sentence about a text field or the host name.
func textFinding(f input.Finding) string {
	switch f.Code {
	case input.TooLong:
		return fmt.Sprintf("Use at most %d characters. You entered %d.", f.Limit, f.Number)
	case create.FindingSpace:
		return fmt.Sprintf("“%s” contains a space. Use letters, digits and hyphens.", f.Value)
	case create.FindingBadCharacter:
		return fmt.Sprintf(
			"“%s” contains a character that isn’t allowed in host names. Use letters, digits and hyphens.",
			f.Value,
		)
	case create.FindingNameInFleet:
		return fmt.Sprintf("PBX %d in your fleet (%s) has the same name.", f.Number, f.Name)
	case create.FindingHostInYCM:
		return f.Value + " is taken: YCM has a PBX with this host name."
	case create.FindingHostInFleet:
		return fmt.Sprintf("%s is taken: PBX %d in your fleet (%s) has this host name.", f.Value, f.Number, f.Name)
	case create.FindingHostInOperation:
		return fmt.Sprintf(
			"%s is taken: operation %d, which creates a PBX with this host name, is still open.",
			f.Value,
			f.Number,
		)
	case create.FindingHostInBatch:
		return fmt.Sprintf("%s is taken: batch %d has yet to create a PBX with this host name.", f.Value, f.Number)
	case create.FindingHostJustCreated:
		return f.Value + " is taken: a PBX with this host name was created a moment ago."
	}
	return customerFinding(f)
}

// customerFinding returns the sentence about a customer.
func customerFinding(f input.Finding) string {
	switch f.Code {
	case customer.FindingGone:
		return "YCM no longer has this customer, so it can’t be changed."
	case customer.FindingUnchanged:
		return "These are the customer’s current values. Change at least one of them."
	case customer.FindingHasPBXs:
		pbxs := "PBXs"
		if f.Number == 1 {
			pbxs = "PBX"
		}
		return fmt.Sprintf("The customer has %s %s. YCM deletes only customers without one. Hand the %s over first.",
			fold.Number(f.Number), pbxs, pbxs)
	case customer.FindingNotAnEmail:
		return "This isn’t an email address. Enter one such as ann@example.com."
	case customer.FindingEmailTaken:
		return fmt.Sprintf("%s has the same email address. YCM may refuse it.", f.Name)
	}
	return warning(f)
}

// warning returns the sentence of a warning.
func warning(f input.Finding) string {
	switch f.Code {
	case change.FindingCallsInProgress:
		calls := "calls"
		if f.Number == 1 {
			calls = "call"
		}
		return fmt.Sprintf("The PBX has %s %s in progress, which may be cut off.", fold.Number(f.Number), calls)
	case change.FindingBelowUse:
		return fmt.Sprintf("The PBX already uses %s, more than this. YCM may refuse it.", fold.Number(f.Number))
	case change.FindingMoreShortage:
		return fmt.Sprintf(
			"Not enough %s: this change takes %s more, but the subscription has %s available "+
				"(last reading minus open operations).",
			store.ResourceNouns[f.Name].Many,
			fold.Number(f.Takes),
			fold.Number(f.Number),
		)
	case change.FindingNotACustomer:
		return fmt.Sprintf("Customer %s isn’t a customer of this PBX. Choose from the list.", f.Value)
	case change.FindingWrongName:
		return fmt.Sprintf("This isn’t the PBX’s name. Type: %s", f.Name)
	case change.FindingCallsCut:
		return fmt.Sprintf("%s may be cut off.", ui.Count(f.Number, "call in progress", "calls in progress"))
	case change.FindingDeletes:
		return fmt.Sprintf("This deletes %s with all data in YCM. Nothing can undo it.", ui.Count(f.Number, "PBX", "PBXs"))
	case change.FindingBusy:
		return fmt.Sprintf("Operation %s on the PBX is open.", fold.Number(f.Number))
	case change.FindingTransitional:
		return fmt.Sprintf("The PBX is %s. Wait until this is over.", strings.ToLower(f.Value))
	case input.OldFirmware:
		feature := "Internal chat"
		if f.Field == "transcriptionCapacity" {
			feature = "Transcription"
		}
		return fmt.Sprintf("%s needs firmware %s or later; %s is older.", feature, f.Name, f.Value)
	case input.FewExtensions:
		return fmt.Sprintf("This account requires at least %d extensions per PBX.", f.Limit)
	case input.Shortage:
		return fmt.Sprintf(
			"Not enough %s: this needs %s, but the subscription has %s available "+
				"(last reading minus open operations).",
			store.ResourceNouns[f.Name].Many,
			fold.Number(f.Takes),
			fold.Number(f.Number),
		)
	case input.Sentence:
		return f.Value
	}
	return cloneNote(f)
}

// cloneNote returns the sentence about a value that could not be cloned unchanged.
func cloneNote(f input.Finding) string {
	if text, ok := unreported[f.Code]; ok && f.Value == "" {
		return strings.ReplaceAll(text, "%s", f.Name)
	}
	switch f.Code {
	case create.FindingClonePlan:
		return fmt.Sprintf("YCM reports “%s”, so %s is chosen here.", f.Value, f.Name)
	case create.FindingCloneGone:
		return fmt.Sprintf("YCM no longer has %s, so it was left out.", f.Name)
	case create.FindingCloneOff:
		return fmt.Sprintf("YCM reports “%s”, so it is off here.", f.Value)
	case create.FindingCloneTemplate:
		return fmt.Sprintf("YCM doesn’t currently offer “%s”.", f.Value)
	case create.FindingCloneRegion:
		return fmt.Sprintf(
			"YCM doesn’t currently offer “%s”. Without a region, the domain and firmware can’t be determined.",
			f.Value,
		)
	case create.FindingCloneDomain:
		return fmt.Sprintf(
			"“%s” is not currently offered in %s, so the first one offered is chosen.",
			f.Value,
			f.Name,
		)
	case create.FindingCloneFirmware:
		return fmt.Sprintf("%s is not currently offered in %s, so the newest one offered is chosen.", f.Value, f.Name)
	case create.FindingCloneDatePassed:
		day := f.Value
		if at, err := time.Parse(time.DateOnly, f.Value); err == nil {
			day = at.Format("2 Jan 2006")
		}
		return day + " has passed, so the field was left empty."
	}
	return plainFindings[f.Code]
}

// plainFindings has the sentences that need no values.
var plainFindings = map[input.FindingCode]string{
	input.ControlCharacter:    "This value contains a control character. Type the text instead of pasting it.",
	create.FindingHyphenAtEnd: "The subdomain can’t begin or end with a hyphen.",
	input.NoMinutes:           "Recording is on, so enter the minutes. At 0 minutes, YCM turns recording off.",
	input.DatePassed:          "This date has passed. Choose today or a later date.",
	create.FindingProvisioningOff: "A template is chosen, but provisioning via template is off. Turn it on, or remove " +
		"the template.",
	change.FindingRemoved:       "YCM no longer has this PBX, so it can’t be changed.",
	change.FindingNotKnown:      "Cordboard doesn’t know this PBX. If it exists in YCM, try again after the next sync.",
	change.FindingNoCustomers:   "The PBX would have no customer. YCM doesn’t say whether that is possible.",
	change.FindingNobodyToEmail: "The PBX has no customer, so there is nobody to email. Add a customer first.",
	change.FindingUnread: "YCM can’t be read now, so the PBX’s customers aren’t known. Try again in a " +
		"moment.",
	change.FindingUnchanged:       "These are the PBX’s current values. Change at least one of them.",
	change.FindingCustomersUnread: "The PBX’s customers haven’t been read yet.",
	change.FindingActivated:       "The PBX is activated already, so nobody needs the link.",
	change.FindingNotReported:     "YCM didn’t report what the value was before, so the change can’t be undone.",
	change.FindingUnknownSize:     "YCM doesn’t report the value, so nothing can be added to it. Enter the new one.",
	change.FindingMinutesStay:     "YCM doesn’t allow lowering this, so it stays as it is.",
	change.FindingChangedSince:    "The value has been changed since, so undoing would overwrite that.",
	change.FindingNothingChosen:   "Choose at least one change.",
	change.FindingAlreadyRunning:  "The PBX is running already.",
	change.FindingAlreadyStopped:  "The PBX is stopped already.",
	create.FindingEndlessTrial:    "A trial without an expiration date doesn’t end automatically.",

	create.FindingCloneEmpty:     "YCM doesn’t report this value, so the field was left empty.",
	create.FindingCloneNoEffect:  "Turned off, because it has no effect while passwordless login is off.",
	create.FindingCloneKeep:      "YCM doesn’t report what happens. Choose an option.",
	create.FindingCloneCustomers: "Cordboard hasn’t read them yet. Choose them here.",
}

// unreported has the sentences about values that YCM doesn't report. The placeholder stands for the finding's Name.
var unreported = map[input.FindingCode]string{
	create.FindingClonePlan:     "YCM doesn’t report it, so %s is chosen here.",
	create.FindingCloneOff:      "YCM doesn’t report it, so it is off here.",
	create.FindingCloneRegion:   "YCM doesn’t report it. Without a region, the domain and firmware can’t be determined.",
	create.FindingCloneFirmware: "YCM doesn’t report it, so the newest one offered is chosen.",
}
