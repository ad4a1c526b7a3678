package change

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/store"
)

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

// Row returns what the form would change in one PBX, as a row of a plan.
func (j *Judge) Row(p *fleet.PBX) (store.BatchRow, error) {
	of := j.ownersOf(p)
	form := url.Values{}
	if fill := actions[j.kind].fill; fill != nil {
		form = fill(p, of)
	}
	j.fill(form, p, of)
	return j.row(p, of, form, j.unknownSizes(p)...)
}

// RowOf returns what a form for one PBX would change, as a row of a plan.
func (j *Judge) RowOf(p *fleet.PBX, form url.Values) (store.BatchRow, error) {
	if j.kind == Delete {
		form.Set("confirmName", ConfirmName(p)) // the user confirms the whole list
	}
	return j.row(p, j.ownersOf(p), form)
}

// UndoRow returns what undoing an operation would change in its PBX, as a row of a plan. The kind of the Judge must be
// the Inverse of the operation's.
func (j *Judge) UndoRow(o *store.Operation, p *fleet.PBX) (store.BatchRow, error) {
	form, refused := Undo(o, p)
	now := joined(j.ownersOf(p).IDs)
	for _, c := range o.Request.Changes {
		if c.Field == CustomerIDs && p.Customers() != nil && now != c.After {
			refused = &input.Finding{Field: c.Field, Code: FindingChangedSince}
		}
	}
	if refused == nil {
		row, err := j.RowOf(p, form)
		if stays(o) && err == nil && row.State == store.RowPlanned {
			var note []json.RawMessage
			note, err = input.EncodeWarnings([]input.Finding{{Field: recordingCapacity, Code: FindingMinutesStay}})
			row.Request.Warnings = append(row.Request.Warnings, note...)
		}
		return row, err
	}
	row := store.BatchRow{State: store.RowNotApplicable, Target: targetOf(p)}
	var err error
	row.Problems, err = input.EncodeWarnings([]input.Finding{*refused})
	return row, err
}

func (j *Judge) row(p *fleet.PBX, of Owners, form url.Values, unknown ...input.Finding) (store.BatchRow, error) {
	row := store.BatchRow{State: store.RowNotApplicable, Target: targetOf(p)}
	d := j.draft(p, of, form)
	if len(unknown) > 0 && !p.IsGone() {
		d.Problems = unknown
	}
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

// ownersOf returns a PBX's customers as the mirror has them, if the kind of change depends on them.
func (j *Judge) ownersOf(p *fleet.PBX) Owners {
	set := p.Customers()
	if !actions[j.kind].customers || set == nil {
		return Owners{}
	}
	of := Owners{Names: map[int64]string{}, gone: j.unknown}
	for _, one := range set.All {
		of.IDs = append(of.IDs, one.ID)
		of.Names[one.ID] = one.Name()
	}
	slices.Sort(of.IDs)
	return of
}

// draft returns the change of one PBX.
func (j *Judge) draft(p *fleet.PBX, of Owners, form url.Values) Draft {
	d := j.changes.draft(Request{Kind: j.kind, PBX: p.CloudPBXID, Form: form, Zone: j.zone}, p, of)
	switch {
	case p.IsGone() || p.Status().IsTransitional():
	case actions[j.kind].customers && p.Customers() == nil:
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
