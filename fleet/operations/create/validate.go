package create

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
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
	input.Check

	Form    Form
	Request ycm.CreateCloudPBXRequest // complete only if Problems and Unread are empty
	Host    string                    // the new PBX's host name; "" while it can't be determined
	Words   map[string]string         // the names that the form's IDs stand for, by form field
	Unread  []fleet.OptionKind        // options that validation needs but that have not been read yet
	Takes   store.Resources           // indexed like fleet.Resources
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

// values returns the form's values.
func (v *validator) values() url.Values { return url.Values(v.Form) }

// chosen returns the ID of the option chosen in a field, and adds a problem if the option is invalid. Unless region
// is 0, that region must offer the option.
func (v *validator) chosen(
	field string,
	from fleet.OptionKind,
	p input.Presence,
	region int64,
) (id int64, ok bool) {
	s := v.Form.Get(field)
	if s == "" {
		v.Absent(field, p)
		return 0, false
	}
	options := v.rules.Options(from)
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || strconv.FormatInt(id, 10) != s {
		v.Problem(input.Finding{Field: field, Code: input.NotAnID, Value: list.Shorten(s)})
		return 0, false
	}
	if options.At.IsZero() {
		v.unread(from)
		return 0, false
	}
	e, known := options.ByID(id)
	switch {
	case !known || id <= 0 || id > math.MaxInt32:
		v.Problem(input.Finding{Field: field, Code: input.UnknownID, Value: list.Shorten(s)})
		return 0, false
	case region != 0 && !slices.Contains(e.Regions, region):
		v.Problem(input.Finding{Field: field, Code: FindingOtherRegion, Name: e.Name})
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
