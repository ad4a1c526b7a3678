package create

import (
	"encoding/json"
	"errors"
	"fmt"

	"cordboard/store"
)

// Finding is a problem or warning about a form field, or a note about a value that could not be cloned. Package display
// writes the sentence. Accepted warnings are stored with their operation as JSON.
type Finding struct {
	Field  string      `json:"field,omitempty"` // the input's name
	Code   FindingCode `json:"code"`
	Value  string      `json:"value,omitempty"`  // the field's value, shortened, unless Code says otherwise
	Name   string      `json:"name,omitempty"`   // depends on Code
	Names  []string    `json:"names,omitempty"`  // depends on Code
	Number int64       `json:"number,omitempty"` // depends on Code
	Limit  int64       `json:"limit,omitempty"`  // the limit that the value exceeds or falls below

	// Takes is the requested amount if it exceeds what the subscription has available; 0 if the finding is about something
	// else.
	Takes int64 `json:"takes,omitempty"`
}

// FindingCode identifies a kind of finding. The codes of warnings are stored, so they never change.
type FindingCode string

// Problems that several fields can have.
const (
	FindingMissing          FindingCode = "missing"           // nothing has been chosen or typed yet
	FindingTooLong          FindingCode = "too-long"          // Number characters
	FindingControlCharacter FindingCode = "control-character" // the value contains one
	FindingNotOneOf         FindingCode = "not-one-of"        // the value isn't in Names
	FindingNotASwitch       FindingCode = "not-a-switch"      // the value is neither Enabled nor Disabled
	FindingNotANumber       FindingCode = "not-a-number"      // the value isn't a whole number
	FindingTooHigh          FindingCode = "too-high"
	FindingTooLow           FindingCode = "too-low"
	FindingNotAnID          FindingCode = "not-an-id"       // the value can't be an ID
	FindingUnknownID        FindingCode = "unknown-id"      // YCM has no option with this ID
	FindingOtherRegion      FindingCode = "other-region"    // the chosen region doesn't offer the option Name
	FindingTooManyChosen    FindingCode = "too-many-chosen" // more than Limit options
)

// Problems with the host name. If it is taken, the value is the whole host name, otherwise the subdomain.
const (
	FindingSpace           FindingCode = "space"             // the subdomain contains one
	FindingBadCharacter    FindingCode = "bad-character"     // the subdomain contains one that DNS doesn't allow
	FindingHyphenAtEnd     FindingCode = "hyphen-at-end"     // the subdomain begins or ends with one
	FindingHostInYCM       FindingCode = "host-in-ycm"       // YCM has a PBX with it
	FindingHostInFleet     FindingCode = "host-in-fleet"     // PBX Number has it; Name is its name
	FindingHostInOperation FindingCode = "host-in-operation" // operation Number, which is open, uses it
	FindingHostJustCreated FindingCode = "host-just-created" // a PBX with it was created a moment ago
)

// Problems with the other fields.
const (
	FindingNoMinutes       FindingCode = "no-minutes"        // recording is on, but has no minutes
	FindingRecordingOff    FindingCode = "recording-off"     // recording is off, but has Number minutes
	FindingNotADate        FindingCode = "not-a-date"        // the value isn't a date
	FindingDatePassed      FindingCode = "date-passed"       // the expiration date has passed
	FindingDateTooFar      FindingCode = "date-too-far"      // the expiration date is over Limit years away
	FindingNotTrueOrFalse  FindingCode = "not-true-or-false" // the value is neither
	FindingProvisioningOff FindingCode = "provisioning-off"  // a template is chosen, but can't be used
	FindingOldFirmware     FindingCode = "old-firmware"      // a warning: Value is older than Name, which the field needs
	FindingFewExtensions   FindingCode = "few-extensions"    // a warning: the account requires at least Limit
	FindingEndlessTrial    FindingCode = "endless-trial"     // a warning: a trial without an expiration date
	FindingShortage        FindingCode = "shortage"          // a warning: of the resource Name, only Number is available
	FindingSentence        FindingCode = "sentence"          // a warning: Value is what an earlier version stored
)

// Notes about values that could not be cloned unchanged. Unless a comment says otherwise, the value is the one that YCM
// reports, or "" if it reports none.
const (
	FindingClonePlan       FindingCode = "clone-plan"        // Name is chosen instead
	FindingCloneEmpty      FindingCode = "clone-empty"       // the field was left empty
	FindingCloneOff        FindingCode = "clone-off"         // the switch is off
	FindingCloneNoEffect   FindingCode = "clone-no-effect"   // turned off, because passwordless login is off
	FindingCloneTemplate   FindingCode = "clone-template"    // YCM doesn't offer it
	FindingCloneRegion     FindingCode = "clone-region"      // YCM doesn't offer it, or doesn't report it
	FindingCloneDomain     FindingCode = "clone-domain"      // the region Name doesn't offer it
	FindingCloneFirmware   FindingCode = "clone-firmware"    // the region Name doesn't offer it, or YCM doesn't report it
	FindingCloneKeep       FindingCode = "clone-keep"        // YCM doesn't report what happens after the expiration date
	FindingCloneDatePassed FindingCode = "clone-date-passed" // the expiration date Value, such as 2026-01-31, has passed
	FindingCloneCustomers  FindingCode = "clone-customers"   // YCM's record has none
)

// Key identifies a warning when a user acknowledges it. The key of a shortage includes the requested amount, so that a
// request for a different amount must be acknowledged again.
func (f Finding) Key() string {
	if f.Takes > 0 {
		return fmt.Sprintf("short-%s-%d", f.Field, f.Takes)
	}
	return f.Field
}

// encodeWarnings returns warnings in the form in which operations store them.
func encodeWarnings(warnings []Finding) ([]json.RawMessage, error) {
	var all []json.RawMessage
	for _, w := range warnings {
		b, err := json.Marshal(w)
		if err != nil {
			return nil, fmt.Errorf("encode the warning %s: %w", w.Code, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// AcceptedWarnings returns the warnings that the user accepted when submitting an operation that creates a PBX.
func AcceptedWarnings(o *store.Operation) ([]Finding, error) {
	var all []Finding
	var errs []error
	for _, b := range o.Request.Warnings {
		var f Finding
		errs = append(errs, json.Unmarshal(b, &f))
		all = append(all, f)
	}
	return all, errors.Join(errs...)
}
