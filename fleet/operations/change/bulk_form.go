package change

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/opt"
	"cordboard/store"
)

// A form for many PBXs has the fields of the form for one, with these differences. An empty field leaves a PBX's value
// alone. A number with a sign, such as +10, is added. A switch is Enabled, Disabled or empty. The field mode says what
// to do with customers. Names and confirmName aren't among the fields.
const (
	Mode       = "mode"
	ModeAdd    = "add"
	ModeRemove = "remove"
	ModeSet    = "set"
)

// byAmount matches a number that is added to the current one.
var byAmount = regexp.MustCompile(`^[+-][0-9]+$`)

// BulkSizes and BulkSwitches are the fields of the forms that resize and update many PBXs.
var (
	BulkSizes = []string{
		fleet.FieldExtensionCapacity.Name(),
		fleet.FieldConcurrentCallCapacity.Name(),
		fleet.FieldRecordingCapacity.Name(),
		"transcriptionCapacity",
	}
	BulkSwitches = map[store.OperationKind][]string{
		Resize: {fleet.FieldRecordingStatus.Name()},
		Update: fieldNames(SwitchFields),
	}
)

func fieldNames(fields []fleet.Field) (names []string) {
	for _, f := range fields {
		names = append(names, f.Name())
	}
	return names
}

// CheckInputs returns what is wrong with the form itself, whichever PBXs it is for.
func (j *Judge) CheckInputs() []input.Finding {
	v := planner{form: j.inputs, now: j.changes.c.Now().In(j.zone)}
	v.Owners.gone = j.unknown
	v.reason = v.Text(j.inputs, "reason", input.MaxReason)
	given := 0
	for _, name := range BulkSwitches[j.kind] {
		if input.Get(j.inputs, name) != "" {
			given++
			v.Switch(j.inputs, name)
		}
	}
	switch j.kind {
	case Resize:
		for _, name := range BulkSizes {
			s := input.Get(j.inputs, name)
			if s == "" {
				continue
			}
			if given++; !byAmount.MatchString(s) {
				v.Number(j.inputs, name, input.Required, input.Range{From: 0, To: input.MaxMinutes})
			} else if n, err := strconv.ParseInt(s, 10, 64); err != nil || n > input.MaxMinutes || n < -input.MaxMinutes {
				f := input.Finding{Field: name, Code: input.TooHigh, Limit: input.MaxMinutes}
				if strings.HasPrefix(s, "-") {
					f.Code, f.Limit = input.TooLow, -input.MaxMinutes
				}
				v.Problem(f)
			}
		}
	case Suspend:
		v.suspension()
	case Customers:
		v.mode()
	}
	if _, switches := BulkSwitches[j.kind]; switches && given == 0 {
		v.Problem(input.Finding{Code: FindingNothingChosen})
	}
	return v.Problems
}

// mode checks the form that changes the customers of many PBXs.
func (v *planner) mode() {
	mode := v.Word(v.form, Mode, ModeAdd, ModeRemove, ModeSet)
	if len(v.customerIDs()) == 0 && len(v.Problems) == 0 && mode != ModeSet {
		v.Missing(CustomerIDs)
	}
}

// resized returns the new value of a field that sets a size, which may be an amount to add to a known one.
func resized(p *fleet.PBX, name, value string) string {
	amount, err := strconv.ParseInt(value, 10, 64)
	if !byAmount.MatchString(value) || err != nil {
		return value
	}
	return number(sizeOf(p, name).N + amount)
}

// sizeOf returns a PBX's current value of a field that sets a size.
func sizeOf(p *fleet.PBX, name string) opt.Int {
	if field, ok := fleet.FieldByName(name); ok && name != "transcriptionCapacity" {
		return p.Value(field)
	}
	return addon(p)
}

// unknownSizes returns a problem for each amount of the form that can't be added, because YCM doesn't report the value.
func (j *Judge) unknownSizes(p *fleet.PBX) (problems []input.Finding) {
	for _, name := range BulkSizes {
		if j.kind == Resize && byAmount.MatchString(input.Get(j.inputs, name)) && !sizeOf(p, name).Known() {
			problems = append(problems, input.Finding{Field: name, Code: FindingUnknownSize})
		}
	}
	return problems
}

// owners returns a PBX's customers after the change.
func (j *Judge) owners(now []int64) (after []string) {
	given := input.All(j.inputs, CustomerIDs)
	mode := input.Get(j.inputs, Mode)
	if mode == ModeSet {
		return given
	}
	for _, id := range now {
		if word := number(id); mode == ModeAdd || !slices.Contains(given, word) {
			after = append(after, word)
		}
	}
	if mode == ModeAdd {
		after = append(after, given...)
	}
	return after
}
