package create

import (
	"fmt"
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

// Finding is a problem or warning about a form field. Field is the input's name.
type Finding struct {
	Field   string
	Text    string
	Missing bool // nothing has been chosen or typed yet
	// Takes is the requested amount if it exceeds what the subscription has available; 0 if the finding is about something
	// else.
	Takes int64
}

// Key identifies a warning when a user acknowledges it. The key of a shortage includes the requested amount, so that a
// request for a different amount must be acknowledged again.
func (f Finding) Key() string {
	if f.Takes > 0 {
		return fmt.Sprintf("short-%s-%d", f.Field, f.Takes)
	}
	return f.Field
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

func (v *validator) problem(field, format string, args ...any) {
	v.Problems = append(v.Problems, Finding{Field: field, Text: fmt.Sprintf(format, args...)})
}

func (v *validator) missing(field, text string) {
	v.Problems = append(v.Problems, Finding{Field: field, Text: text, Missing: true})
}

func (v *validator) warn(field, format string, args ...any) {
	v.Warnings = append(v.Warnings, Finding{Field: field, Text: fmt.Sprintf(format, args...)})
}

// text returns the value of a single-line field, and adds a problem if it is invalid.
func (v *validator) text(field string, most int) string {
	s := v.Form.Get(field)
	switch {
	case len([]rune(s)) > most:
		v.problem(field, "Use at most %d characters. You entered %d.", most, len([]rune(s)))
	case strings.ContainsFunc(s, fold.Control):
		v.problem(field, "This value contains a control character. Type the text instead of pasting it.")
	}
	return s
}

// word returns the value of a field that must have one of the values in words, and adds a problem if it doesn't.
func (v *validator) word(field, missing string, words ...string) string {
	s := v.Form.Get(field)
	switch {
	case s == "":
		v.missing(field, missing)
	case !slices.Contains(words, s):
		v.problem(field, "“%s” isn’t valid. Choose %s.", list.Shorten(s), strings.Join(words, " or "))
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
		v.problem(field, "“%s” isn’t valid. It must be Enabled or Disabled.", list.Shorten(s))
	}
	return off
}

var digits = regexp.MustCompile(`^-?[0-9]+$`)

// number returns the value of a field that takes a whole number from least to most. If the field is empty or its value
// is invalid, number returns false and adds a problem, except for an empty field if missing is "".
func (v *validator) number(field string, least, most int64, missing string) (n int64, ok bool) {
	s := v.Form.Get(field)
	if s == "" {
		if missing != "" {
			v.missing(field, missing)
		}
		return 0, false
	}
	if !digits.MatchString(s) {
		v.problem(field, "“%s” isn’t a whole number. Use digits only.", list.Shorten(s))
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n > most:
		v.problem(field, "%s is too high. The maximum is %s.", list.Shorten(s), fold.Number(most))
	case n < least:
		v.problem(field, "%s is too low. The minimum is %s.", list.Shorten(s), fold.Number(least))
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
	what, missing string,
	region int64,
) (id int64, ok bool) {
	s := v.Form.Get(field)
	if s == "" {
		if missing != "" {
			v.missing(field, missing)
		}
		return 0, false
	}
	options := v.rules.Options(from)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		v.problem(field, "“%s” isn’t a valid %s. Choose one from the list.", list.Shorten(s), what)
		return 0, false
	}
	if options.At.IsZero() {
		v.unread(from)
		return 0, false
	}
	e, known := options.ByID(id)
	switch {
	case !known || id <= 0 || id > math.MaxInt32:
		v.problem(field, "YCM offers no %s with ID %s. Choose one from the list, or reload it.", what, list.Shorten(s))
		return 0, false
	case region != 0 && !slices.Contains(e.Regions, region):
		v.problem(field, "%s isn’t offered in this region. Choose another from the list.", e.Name)
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
