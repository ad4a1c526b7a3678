package input

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fold"
)

// Values of a switch.
const (
	On  = "Enabled"
	Off = "Disabled"
)

// MaxName is the maximum length of a PBX's name, in characters. YCM's own limit is not known; this is far above any
// legitimate name. MaxReason applies to a field that isn't sent to YCM.
const (
	MaxName   = 255
	MaxReason = 200
)

// Limits on sizes. MaxExtensions is per PBX, according to YCM's portal guide. YCM's other limits are not known, so
// these are far above any legitimate value.
const (
	MaxExtensions = 500
	MaxCalls      = 100_000     // concurrent calls
	MaxMinutes    = 100_000_000 // recording or transcription minutes
	MaxCustomers  = 500         // per PBX
)

// TranscriptionFirmware is the first firmware version that supports transcription.
const TranscriptionFirmware = "84.19.0.110"

// Get returns a field's first value without surrounding space. In all fields but the name, it also replaces characters
// with their plain-keyboard equivalents and removes invisible ones (see [fold.Typed]).
func Get(form url.Values, field string) string {
	v := form.Get(field)
	if field != "name" {
		v = fold.Typed(v)
	}
	return strings.TrimSpace(v)
}

// All returns the values of a repeated field without duplicates or blank values.
func All(form url.Values, field string) []string {
	var all []string
	seen := map[string]bool{"": true}
	for _, v := range form[field] {
		if v = strings.TrimSpace(v); !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	return all
}

// Check checks the fields of a form, and collects what is wrong with them.
type Check struct {
	Problems []Finding // they prevent sending
	Warnings []Finding // they prevent sending until they are acknowledged
}

// Problem adds a problem.
func (c *Check) Problem(f Finding) { c.Problems = append(c.Problems, f) }

// Warn adds a warning.
func (c *Check) Warn(f Finding) { c.Warnings = append(c.Warnings, f) }

// Missing adds the problem that a field is empty.
func (c *Check) Missing(field string) { c.Problem(Finding{Field: field, Code: Missing}) }

// Presence determines whether an empty field is a problem.
type Presence int

// Values of Presence.
const (
	Optional Presence = iota
	Required
)

// Absent adds a problem if a field that is empty is required.
func (c *Check) Absent(field string, p Presence) {
	if p == Required {
		c.Missing(field)
	}
}

// Text returns the value of a single-line field of at most limit characters, and adds a problem if it is invalid.
func (c *Check) Text(form url.Values, field string, limit int64) string {
	s := Get(form, field)
	switch length := int64(len([]rune(s))); {
	case length > limit:
		c.Problem(Finding{Field: field, Code: TooLong, Number: length, Limit: limit})
	case strings.ContainsFunc(s, fold.Control):
		c.Problem(Finding{Field: field, Code: ControlCharacter})
	}
	return s
}

// Name returns the value of the field "name", and adds a problem if it is empty or invalid.
func (c *Check) Name(form url.Values) string {
	s := c.Text(form, "name", MaxName)
	if !fold.Shows(s) {
		c.Missing("name")
	}
	return s
}

// Word returns the value of a field that must have one of the values in words, and adds a problem if it doesn't.
func (c *Check) Word(form url.Values, field string, words ...string) string {
	s := Get(form, field)
	switch {
	case s == "":
		c.Missing(field)
	case !slices.Contains(words, s):
		c.Problem(Finding{Field: field, Code: NotOneOf, Value: list.Shorten(s), Names: words})
	}
	return s
}

// Switch returns On or Off, the value of a switch. It adds a problem for an invalid value.
func (c *Check) Switch(form url.Values, field string) string {
	switch s := Get(form, field); s {
	case On:
		return On
	case "", Off:
	default:
		c.Problem(Finding{Field: field, Code: NotASwitch, Value: list.Shorten(s)})
	}
	return Off
}

// Digits matches a whole number in decimal.
var Digits = regexp.MustCompile(`^-?[0-9]+$`)

// Range is a range of whole numbers, both ends included.
type Range struct{ From, To int64 }

// Number returns the value of a field that takes a whole number in a range. If the field is empty or its value is
// invalid, Number returns false and adds a problem, except for an empty field that is optional.
func (c *Check) Number(form url.Values, field string, p Presence, in Range) (n int64, ok bool) {
	s := Get(form, field)
	if s == "" {
		c.Absent(field, p)
		return 0, false
	}
	if !Digits.MatchString(s) {
		c.Problem(Finding{Field: field, Code: NotANumber, Value: list.Shorten(s)})
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil && !strings.HasPrefix(s, "-") || n > in.To:
		c.Problem(Finding{Field: field, Code: TooHigh, Value: list.Shorten(s), Limit: in.To})
	case n < in.From:
		c.Problem(Finding{Field: field, Code: TooLow, Value: list.Shorten(s), Limit: in.From})
	default:
		return n, true
	}
	return 0, false
}

// Recording returns the fields recordingStatus and recordingCapacity. It adds a problem unless the minutes are positive
// if recording is on, and 0 or empty if it is off.
func (c *Check) Recording(form url.Values) (status string, minutes int64) {
	status = c.Switch(form, "recordingStatus")
	p := Optional
	if status == On {
		p = Required
	}
	minutes, ok := c.Number(form, "recordingCapacity", p, Range{0, MaxMinutes})
	switch {
	case !ok:
	case status == On && minutes == 0:
		c.Problem(Finding{Field: "recordingCapacity", Code: NoMinutes})
	case status == Off && minutes > 0:
		c.Problem(Finding{Field: "recordingStatus", Code: RecordingOff, Number: minutes})
	}
	return status, minutes
}

// Date returns the value of a field that takes a day, such as 2027-03-31, from the day of now up to the given number of
// years later. If the field is empty or its value is invalid, Date returns false and adds a problem, except for an
// empty field that is optional.
func (c *Check) Date(form url.Values, field string, p Presence, now time.Time, years int) (day time.Time, ok bool) {
	s := Get(form, field)
	if s == "" {
		c.Absent(field, p)
		return time.Time{}, false
	}
	day, err := time.Parse(time.DateOnly, s)
	switch {
	case err != nil:
		c.Problem(Finding{Field: field, Code: NotADate, Value: list.Shorten(s)})
	case fleet.DayNumber(day) < fleet.Day(now.Unix(), now.Location()):
		c.Problem(Finding{Field: field, Code: DatePassed})
	case day.After(now.AddDate(years, 0, 0)):
		c.Problem(Finding{Field: field, Code: DateTooFar, Limit: int64(years)})
	default:
		return day, true
	}
	return day, false
}
