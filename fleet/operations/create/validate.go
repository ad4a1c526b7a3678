package create

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

// Rules validates the forms of new PBXs. All fields but MinExtensions are required.
type Rules struct {
	Options       func(fleet.OptionKind) *fleet.Options
	Snapshot      func() *fleet.Snapshot
	Now           func() time.Time
	MinExtensions int64 // minimum extensions per PBX; 0: not known
}

// Draft is a validated form: the request body made from the form, and everything that prevents sending it.
type Draft struct {
	Form     Form
	Request  ycm.CreateCloudPBXRequest // complete only if Problems and Unread are empty
	Host     string                    // the new PBX's host name; "" while it can't be determined
	Words    map[string]string         // the names that the form's IDs stand for, by form field
	Problems []Finding                 // they prevent sending
	Warnings []Finding                 // they prevent sending until they are acknowledged
	Unread   []fleet.OptionKind        // options that validation needs but that have not been read yet
	Takes    store.Resources           // indexed like fleet.Resources
}

// Validate applies all rules that need neither requests to YCM nor other operations. The expiration date means the end
// of that day in zone.
func (r Rules) Validate(form Form, zone *time.Location) Draft {
	v := validator{Draft: Draft{Form: form, Words: map[string]string{}}, rules: r}
	v.validateIdentity()
	v.validateLocation()
	v.validateSize()
	v.validateDates(r.Now().In(zone))
	v.validateAccess()
	v.validateTemplate()
	v.Takes = takes(v.Request)
	return v.Draft
}

// validator builds a Draft.
type validator struct {
	Draft
	rules Rules
}

func (v *validator) problem(f Finding) { v.Problems = append(v.Problems, f) }

func (v *validator) missing(field string) { v.problem(Finding{Field: field, Code: FindingMissing}) }

func (v *validator) warn(f Finding) { v.Warnings = append(v.Warnings, f) }

// presence determines whether an empty field is a problem.
type presence int

const (
	optional presence = iota
	required
)

// absent adds a problem if a field that is empty is required.
func (v *validator) absent(field string, p presence) {
	if p == required {
		v.missing(field)
	}
}

// text returns the value of a single-line field, and adds a problem if it is invalid.
func (v *validator) text(field string, most int64) string {
	s := v.Form.Get(field)
	switch {
	case int64(len([]rune(s))) > most:
		v.problem(Finding{Field: field, Code: FindingTooLong, Number: int64(len([]rune(s))), Limit: most})
	case strings.ContainsFunc(s, fold.Control):
		v.problem(Finding{Field: field, Code: FindingControlCharacter})
	}
	return s
}

// word returns the value of a field that must have one of the values in words, and adds a problem if it doesn't.
func (v *validator) word(field string, words ...string) string {
	s := v.Form.Get(field)
	switch {
	case s == "":
		v.missing(field)
	case !slices.Contains(words, s):
		v.problem(Finding{Field: field, Code: FindingNotOneOf, Value: list.Shorten(s), Names: words})
	}
	return s
}

// toggle returns the value of a switch: Enabled if it is on, else Disabled. It adds a problem for an invalid value.
func (v *validator) toggle(field string) string {
	switch s := v.Form.Get(field); s {
	case on:
		return on
	case "", off:
	default:
		v.problem(Finding{Field: field, Code: FindingNotASwitch, Value: list.Shorten(s)})
	}
	return off
}

var digits = regexp.MustCompile(`^-?[0-9]+$`)

// number returns the value of a field that takes a whole number from least to most. If the field is empty or its value
// is invalid, number returns false and adds a problem, except for an empty field that is optional.
func (v *validator) number(field string, p presence, least, most int64) (n int64, ok bool) {
	s := v.Form.Get(field)
	if s == "" {
		v.absent(field, p)
		return 0, false
	}
	if !digits.MatchString(s) {
		v.problem(Finding{Field: field, Code: FindingNotANumber, Value: list.Shorten(s)})
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n > most:
		v.problem(Finding{Field: field, Code: FindingTooHigh, Value: list.Shorten(s), Limit: most})
	case n < least:
		v.problem(Finding{Field: field, Code: FindingTooLow, Value: list.Shorten(s), Limit: least})
	default:
		return n, true
	}
	return 0, false
}

// chosen returns the ID of the option chosen in a field, and adds a problem if the option is invalid. Unless region
// is 0, that region must offer the option.
func (v *validator) chosen(
	field string,
	from fleet.OptionKind,
	p presence,
	region int64,
) (id int64, ok bool) {
	s := v.Form.Get(field)
	if s == "" {
		v.absent(field, p)
		return 0, false
	}
	options := v.rules.Options(from)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		v.problem(Finding{Field: field, Code: FindingNotAnID, Value: list.Shorten(s)})
		return 0, false
	}
	if options.At.IsZero() {
		v.unread(from)
		return 0, false
	}
	e, known := options.ByID(id)
	switch {
	case !known || id <= 0 || id > math.MaxInt32:
		v.problem(Finding{Field: field, Code: FindingUnknownID, Value: list.Shorten(s)})
		return 0, false
	case region != 0 && !slices.Contains(e.Regions, region):
		v.problem(Finding{Field: field, Code: FindingOtherRegion, Name: e.Name})
		return 0, false
	}
	v.Words[field] = e.Name
	return id, true
}

func (v *validator) unread(name fleet.OptionKind) {
	if !slices.Contains(v.Unread, name) {
		v.Unread = append(v.Unread, name)
	}
}
