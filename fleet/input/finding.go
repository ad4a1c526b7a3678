// Package input checks values that people type, and describes what is wrong with them.
package input

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Finding is a problem or warning about a form field, or a note about it. Package display writes the sentence. Accepted
// warnings are stored with their operation as JSON.
type Finding struct {
	Field  string      `json:"field,omitempty"` // the input's name
	Code   FindingCode `json:"code"`
	Value  string      `json:"value,omitempty"`  // the field's value, shortened, unless Code says otherwise
	Name   string      `json:"name,omitempty"`   // depends on Code
	Names  []string    `json:"names,omitempty"`  // depends on Code
	Number int64       `json:"number,omitempty"` // depends on Code
	Limit  int64       `json:"limit,omitempty"`  // the limit that the value exceeds or falls below

	// Takes is the requested amount if it exceeds what the subscription has available; 0 if the finding is about
	// something else.
	Takes int64 `json:"takes,omitempty"`
}

// FindingCode identifies a kind of finding. The codes of warnings are stored, so they never change. Each kind of
// operation has codes of its own, besides those below.
type FindingCode string

// Codes of findings that forms of several kinds of operation have.
const (
	Missing          FindingCode = "missing"           // nothing has been chosen or typed yet
	TooLong          FindingCode = "too-long"          // Number characters
	ControlCharacter FindingCode = "control-character" // the value contains one
	NotOneOf         FindingCode = "not-one-of"        // the value isn't in Names
	NotASwitch       FindingCode = "not-a-switch"      // the value is neither Enabled nor Disabled
	NotANumber       FindingCode = "not-a-number"      // the value isn't a whole number
	TooHigh          FindingCode = "too-high"
	TooLow           FindingCode = "too-low"
	NotAnID          FindingCode = "not-an-id"       // the value can't be an ID
	UnknownID        FindingCode = "unknown-id"      // YCM has no option with this ID
	TooManyChosen    FindingCode = "too-many-chosen" // more than Limit options
	NoMinutes        FindingCode = "no-minutes"      // recording is on, but has no minutes
	RecordingOff     FindingCode = "recording-off"   // recording is off, but has Number minutes
	NotADate         FindingCode = "not-a-date"      // the value isn't a date
	DatePassed       FindingCode = "date-passed"     // the date has passed
	DateTooFar       FindingCode = "date-too-far"    // the date is over Limit years away
	OldFirmware      FindingCode = "old-firmware"    // a warning: the field needs Name; Value is older
	FewExtensions    FindingCode = "few-extensions"  // a warning: the account requires at least Limit
	Shortage         FindingCode = "shortage"        // a warning: of the resource Name, only Number is available
	Sentence         FindingCode = "sentence"        // a warning: Value is what an earlier version stored
)

// Codes of findings about the cells of a file.
const (
	NoColumn      FindingCode = "no-column"      // the file has no column for the field
	UnknownName   FindingCode = "unknown-name"   // YCM offers no option with the name or ID; Names are the nearest ones
	AmbiguousName FindingCode = "ambiguous-name" // several options have the name; Names are they, with their IDs
	AmbiguousDate FindingCode = "ambiguous-date" // the value could be any of the days in Names
	UnknownDomain FindingCode = "unknown-domain" // the host name is in none of the domains, such as those in Names
	DuplicateLine FindingCode = "duplicate-line" // line Number has the same host name
	OtherHost     FindingCode = "other-host"     // the subdomain isn't that of the line's host name
	NoValue       FindingCode = "no-value"       // the cell has an error, or a formula whose result isn't in the file
	DoubledColumn FindingCode = "doubled-column" // the column Value has the same field
	ExtraCells    FindingCode = "extra-cells"    // the line has Number cells, the first line only Limit
	SameFile      FindingCode = "same-file"      // a warning: batch Number was made from the same file
	RowWarnings   FindingCode = "row-warnings"   // a warning: Number rows of a plan have warnings of their own
)

// Key identifies a warning when a user acknowledges it. The key of a shortage includes the requested amount, so that a
// request for a different amount must be acknowledged again.
func (f Finding) Key() string {
	if f.Takes > 0 {
		return fmt.Sprintf("short-%s-%d", f.Field, f.Takes)
	}
	return f.Field
}

// EncodeWarnings returns warnings in the form in which operations store them.
func EncodeWarnings(warnings []Finding) ([]json.RawMessage, error) {
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

// DecodeWarnings returns warnings that EncodeWarnings encoded.
func DecodeWarnings(encoded []json.RawMessage) ([]Finding, error) {
	var all []Finding
	var errs []error
	for _, b := range encoded {
		var f Finding
		errs = append(errs, json.Unmarshal(b, &f))
		all = append(all, f)
	}
	return all, errors.Join(errs...)
}

// Acknowledged lists the keys of the warnings that a user acknowledged. AcknowledgeAll is for users who acknowledge
// warnings without having seen them.
type Acknowledged []string

// AcknowledgeAll acknowledges every warning.
const AcknowledgeAll = "*"

// AcknowledgedIn returns the keys of the warnings that a user acknowledged in a form: those in the field "warned", or
// all if there is no such field, as in a form that a script posts. Without sendAnyway=yes, it returns nil.
func AcknowledgedIn(form url.Values) Acknowledged {
	switch {
	case form.Get("sendAnyway") != "yes":
		return nil
	case form.Has("warned"):
		return strings.Fields(form.Get("warned"))
	}
	return Acknowledged{AcknowledgeAll}
}

// Covers reports whether every warning was acknowledged.
func (a Acknowledged) Covers(warnings []Finding) bool {
	for _, w := range warnings {
		if !slices.Contains(a, w.Key()) && !slices.Contains(a, AcknowledgeAll) {
			return false
		}
	}
	return true
}
