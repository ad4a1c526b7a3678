package change

import "cordboard/fleet/input"

// Findings about a change, besides those that package input defines. A finding without a field is about the PBX. The
// codes of warnings are stored, so they never change.
const (
	FindingRemoved         input.FindingCode = "removed"           // YCM no longer has the PBX
	FindingNotKnown        input.FindingCode = "not-known"         // Cordboard hasn't read the PBX, or has forgotten it
	FindingTransitional    input.FindingCode = "transitional"      // the PBX's status is Value, which it leaves on its own
	FindingAlreadyRunning  input.FindingCode = "already-running"   // so it can't be started
	FindingAlreadyStopped  input.FindingCode = "already-stopped"   // so it can't be stopped
	FindingCallsInProgress input.FindingCode = "calls-in-progress" // a warning: the PBX has Number calls
	FindingUnchanged       input.FindingCode = "unchanged"         // the form has the PBX's current values
	FindingBelowUse        input.FindingCode = "below-use"         // a warning: the PBX uses Number, which is more
	FindingMoreShortage    input.FindingCode = "more-shortage"     // a warning: of resource Name, only Number is available
	FindingNoCustomers     input.FindingCode = "no-customers"      // a warning: the PBX would have none
	FindingNotACustomer    input.FindingCode = "not-a-customer"    // Value is no customer of the PBX
	FindingNobodyToEmail   input.FindingCode = "nobody-to-email"   // the PBX has no customer
	FindingUnread          input.FindingCode = "unread"            // YCM can't be read now
	FindingBusy            input.FindingCode = "busy"              // operation Number on the PBX is open
	FindingCustomersUnread input.FindingCode = "customers-unread"  // the PBX's customers haven't been read yet
	FindingActivated       input.FindingCode = "activated"         // so nobody needs the activation link
	FindingNothingChosen   input.FindingCode = "nothing-chosen"    // the form for many PBXs changes nothing
	FindingNotReported     input.FindingCode = "not-reported"      // YCM didn't report the value before the change
	FindingChangedSince    input.FindingCode = "changed-since"     // the value isn't what the operation set it to
	FindingUnknownSize     input.FindingCode = "unknown-size"      // YCM doesn't report the value, so nothing can be added
	FindingMinutesStay     input.FindingCode = "minutes-stay"      // a warning: YCM doesn't take recording minutes back
	FindingCallsCut        input.FindingCode = "calls-cut"         // a warning: the PBXs of a plan have Number calls
	FindingDeletes         input.FindingCode = "deletes"           // a warning: a plan deletes Number PBXs
	FindingWrongName       input.FindingCode = "wrong-name"        // the PBX's name is Name
)
