package create

import "cordboard/fleet/input"

// Problems with the host name. If it is taken, the value is the whole host name, otherwise the subdomain.
const (
	FindingSpace           input.FindingCode = "space"             // the subdomain contains one
	FindingBadCharacter    input.FindingCode = "bad-character"     // the subdomain contains one that DNS doesn't allow
	FindingHyphenAtEnd     input.FindingCode = "hyphen-at-end"     // the subdomain begins or ends with one
	FindingHostInYCM       input.FindingCode = "host-in-ycm"       // YCM has a PBX with it
	FindingHostInFleet     input.FindingCode = "host-in-fleet"     // PBX Number has it; Name is its name
	FindingHostInOperation input.FindingCode = "host-in-operation" // operation Number, which is open, uses it
	FindingHostInBatch     input.FindingCode = "host-in-batch"     // batch Number has yet to create a PBX with it
	FindingHostJustCreated input.FindingCode = "host-just-created" // a PBX with it was created a moment ago
)

// Problems with the other fields.
const (
	FindingOtherRegion     input.FindingCode = "other-region"      // the chosen region doesn't offer the option Name
	FindingNotTrueOrFalse  input.FindingCode = "not-true-or-false" // the value is neither
	FindingProvisioningOff input.FindingCode = "provisioning-off"  // a template is chosen, but can't be used
	FindingNameInFleet     input.FindingCode = "name-in-fleet"     // a warning: PBX Number has the same name
	FindingEndlessTrial    input.FindingCode = "endless-trial"     // a warning: a trial without an expiration date
)

// Notes about values that could not be cloned unchanged. Unless a comment says otherwise, the value is the one that YCM
// reports, or "" if it reports none.
const (
	FindingClonePlan       input.FindingCode = "clone-plan"        // Name is chosen instead
	FindingCloneEmpty      input.FindingCode = "clone-empty"       // the field was left empty
	FindingCloneOff        input.FindingCode = "clone-off"         // the switch is off
	FindingCloneNoEffect   input.FindingCode = "clone-no-effect"   // turned off, because passwordless login is off
	FindingCloneTemplate   input.FindingCode = "clone-template"    // YCM doesn't offer it
	FindingCloneRegion     input.FindingCode = "clone-region"      // YCM doesn't offer it, or doesn't report it
	FindingCloneDomain     input.FindingCode = "clone-domain"      // the region Name doesn't offer it
	FindingCloneFirmware   input.FindingCode = "clone-firmware"    // not offered in region Name, or not reported
	FindingCloneKeep       input.FindingCode = "clone-keep"        // YCM doesn't report what happens after the date
	FindingCloneDatePassed input.FindingCode = "clone-date-passed" // the expiration date has passed
	FindingCloneCustomers  input.FindingCode = "clone-customers"   // they haven't been read yet
	FindingCloneGone       input.FindingCode = "clone-gone"        // YCM no longer has customer Name
)
