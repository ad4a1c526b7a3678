package change

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
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

// Judge finds out what a form for many PBXs would change in each of them, by what the mirror has.
type Judge struct {
	// At is when the mirror last read all PBXs.
	At time.Time

	kind      store.OperationKind
	inputs    url.Values
	zone      *time.Location
	changes   *Changes
	open      store.Pending
	suspended map[int64]*store.Suspension
	unknown   []int64 // customers in inputs that YCM doesn't have
}

// Judge returns a Judge for a form.
func (c *Changes) Judge(
	ctx context.Context,
	kind store.OperationKind,
	inputs url.Values,
	zone *time.Location,
) (*Judge, error) {
	j := &Judge{
		At: c.c.PBXs.Freshness().At, kind: kind, inputs: inputs, zone: zone, changes: c,
		suspended: map[int64]*store.Suspension{},
	}
	var err error
	if j.open, err = c.machine.Open(ctx); err != nil {
		return nil, err
	}
	all, err := c.c.Suspended(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if o := &all[i]; j.suspended[o.Target.CloudPBXID] == nil {
			j.suspended[o.Target.CloudPBXID] = o.Request.Suspension
		}
	}
	if options := c.c.Customers(); !options.At.IsZero() {
		for _, word := range input.All(inputs, CustomerIDs) {
			id, err := strconv.ParseInt(word, 10, 64)
			if _, known := options.ByID(id); err == nil && !known {
				j.unknown = append(j.unknown, id)
			}
		}
	}
	return j, nil
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

// Row returns what the form would change in one PBX, as a row of a plan.
func (j *Judge) Row(p *fleet.PBX) (store.BatchRow, error) {
	row := store.BatchRow{State: store.RowNotApplicable, Target: targetOf(p)}
	d := j.draft(p)
	switch o := j.open.On(row.Target.Key); {
	case o != nil:
		d.Problems = []input.Finding{{Code: FindingBusy, Number: o.Number}}
	case len(d.Problems) == 0:
		row.State = store.RowPlanned
	case !slices.ContainsFunc(d.Problems, func(f input.Finding) bool { return !isUnchanged(f.Code) }):
		row.State = store.RowUnchanged
	}
	if d.Kind == Stop && d.Suspension == nil {
		d.Suspension = j.suspended[p.CloudPBXID]
	}
	var err error
	if row.Problems, err = input.EncodeWarnings(d.Problems); err != nil || row.State != store.RowPlanned {
		return row, err
	}
	row.Request, err = d.request()
	return row, err
}

// isUnchanged reports whether a problem is that there is nothing to change.
func isUnchanged(code input.FindingCode) bool {
	return code == FindingUnchanged || code == FindingAlreadyRunning || code == FindingAlreadyStopped
}

// draft returns the change of one PBX.
func (j *Judge) draft(p *fleet.PBX) Draft {
	a := actions[j.kind]
	r := Request{Kind: j.kind, PBX: p.CloudPBXID, Form: url.Values{}, Zone: j.zone}
	var of Owners
	set := p.Customers()
	if a.customers && set != nil {
		of = Owners{Names: map[int64]string{}, gone: j.unknown}
		for _, one := range set.All {
			of.IDs = append(of.IDs, one.ID)
			of.Names[one.ID] = one.Name()
		}
		slices.Sort(of.IDs)
	}
	if a.fill != nil {
		r.Form = a.fill(p, of)
	}
	j.fill(r.Form, p, of)
	d := j.changes.draft(r, p, of)
	switch {
	case p.IsGone() || p.Status().IsTransitional():
	case a.customers && set == nil:
		d.Problems = []input.Finding{{Code: FindingCustomersUnread}}
	case j.kind == Email && p.Activation() == fleet.Activated:
		d.Problems = []input.Finding{{Code: FindingActivated}}
	}
	j.name(&d)
	d.Warnings = d.warnings
	return d
}

// name adds the names of the customers in the form to those of the PBX.
func (j *Judge) name(d *Draft) {
	if d.Owners.Names == nil {
		return
	}
	options := j.changes.c.Customers()
	for _, word := range d.Form[CustomerIDs] {
		id, _ := strconv.ParseInt(word, 10, 64)
		if known, ok := options.ByID(id); ok && d.Owners.Names[id] == "" {
			d.Owners.Names[id] = known.Name
		}
	}
}

// fill sets the fields of the form for one PBX that the form for many changes.
func (j *Judge) fill(form url.Values, p *fleet.PBX, of Owners) {
	for _, name := range append([]string{"reason", "note", "reviewOn"}, BulkSwitches[j.kind]...) {
		if s := input.Get(j.inputs, name); s != "" {
			form.Set(name, s)
		}
	}
	switch j.kind {
	case Resize:
		for _, name := range BulkSizes {
			if s := input.Get(j.inputs, name); s != "" {
				form.Set(name, resized(p, name, s))
			}
		}
	case Customers:
		form[CustomerIDs] = j.owners(of.IDs)
	case Delete:
		form.Set("confirmName", ConfirmName(p)) // the user confirms the whole list
	}
}

// resized returns the new value of a field that sets a size, which may be an amount to add. It returns "" if the PBX's
// size isn't known.
func resized(p *fleet.PBX, name, value string) string {
	if !byAmount.MatchString(value) {
		return value
	}
	now := addon(p)
	if field, ok := fleet.FieldByName(name); ok && name != "transcriptionCapacity" {
		now = p.Value(field)
	}
	amount, err := strconv.ParseInt(value, 10, 64)
	switch {
	case !now.Known():
		return ""
	case err != nil || amount > input.MaxMinutes || amount < -input.MaxMinutes:
		return value // which is out of range
	}
	return number(now.N + amount)
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
