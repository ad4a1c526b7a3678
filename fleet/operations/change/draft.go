package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// Seen is a PBX as a user saw it: the values that a kind of operation depends on, by field name. A value that wasn't
// reported is missing.
type Seen map[string]string

// Draft is a change that is ready to be confirmed, or the reasons why it isn't.
type Draft struct {
	input.Check

	Kind       store.OperationKind
	PBX        *fleet.PBX // as it was read
	At         time.Time  // when it was read
	Seen       Seen       // of PBX
	Changes    []store.FieldChange
	Meanwhile  []store.FieldChange // what changed in YCM since the user saw the PBX
	Left       Left
	Takes      store.Resources
	Suspension *store.Suspension

	reason string
	body   json.RawMessage // of the request to YCM; nil if it has none
}

// Left is the available capacity of each resource, indexed like fleet.Resources.
type Left = [len(fleet.Resources)]opt.Int

// Look is like Preview, but uses the mirror, so it doesn't wait for YCM.
func (c *Changes) Look(ctx context.Context, r Request) (Draft, error) {
	p, ok := c.c.PBXs.Snapshot().PBX(r.PBX)
	if !ok {
		return Draft{}, store.ErrNotFound
	}
	d := c.draft(r, p)
	d.At = c.c.PBXs.Freshness().At
	return d, c.compare(ctx, &d)
}

// Request is a form for one change.
type Request struct {
	Kind store.OperationKind // or Suspend
	PBX  int64               // its cloudPbxId
	Form url.Values
	Seen Seen           // the PBX as the user saw it; nil: don't compare
	Zone *time.Location // of the days in Form
}

// Preview reads the PBX from YCM and returns what the form would change. The error is store.ErrNotFound if there is no
// such PBX, an *operations.BusyError if another operation on the PBX is open, and an *operations.UpstreamError if YCM
// can't be read.
func (c *Changes) Preview(ctx context.Context, r Request) (Draft, error) {
	p, err := c.read(ctx, r.PBX)
	if err != nil {
		return Draft{}, err
	}
	d := c.draft(r, p)
	d.At = c.c.Now()
	return d, c.compare(ctx, &d)
}

// compare adds the available capacity to a draft. It returns an *operations.BusyError if another operation on the PBX
// is open.
func (c *Changes) compare(ctx context.Context, d *Draft) error {
	open, err := c.machine.Open(ctx)
	if err != nil {
		return err
	}
	d.Left = c.left(open)
	for i := range open {
		if o := &open[i]; o.Target.Key == targetKey(d.PBX.CloudPBXID) {
			return operations.Busy(o)
		}
	}
	return nil
}

// read reads a PBX from YCM. A PBX that YCM no longer has is returned as the mirror has it.
func (c *Changes) read(ctx context.Context, id int64) (*fleet.PBX, error) {
	known, ok := c.c.PBXs.Snapshot().PBX(id)
	if !ok {
		return nil, store.ErrNotFound
	}
	if known.IsGone() {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.c.ReadTimeout)
	defer cancel()
	p, err := c.c.PBXs.Read(ctx, id)
	if errors.Is(err, ycm.ErrNotFound) {
		if gone, ok := c.c.PBXs.Snapshot().PBX(id); ok && gone.IsGone() {
			return gone, nil
		}
	}
	if err != nil {
		return nil, &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
	}
	return p, nil
}

// draft applies an action's rules to a form.
func (c *Changes) draft(r Request, p *fleet.PBX) Draft {
	a := actions[r.Kind]
	v := &planner{Draft: Draft{Kind: kindOf(r.Kind), PBX: p, Seen: seenOf(a, p)}, form: r.Form, now: c.c.Now().In(r.Zone)}
	for _, field := range a.depends {
		if before, now := r.Seen[field.Name()], v.Seen[field.Name()]; r.Seen != nil && before != now {
			v.Meanwhile = append(v.Meanwhile, store.FieldChange{Field: field.Name(), Before: before, After: now})
		}
	}
	v.reason = v.Text(r.Form, "reason", input.MaxReason)
	switch status := p.Status(); {
	case p.IsGone():
		v.Problem(input.Finding{Code: FindingRemoved})
	case status.IsTransitional():
		v.Problem(input.Finding{Code: FindingTransitional, Value: string(status)})
	default:
		a.plan(v)
	}
	return v.Draft
}

func seenOf(a action, p *fleet.PBX) Seen {
	seen := Seen{}
	for _, field := range a.depends {
		if value := p.Raw(field); value != "" {
			seen[field.Name()] = value
		}
	}
	return seen
}

// kindOf returns the kind of the operations that a form makes.
func kindOf(form store.OperationKind) store.OperationKind {
	if form == Suspend {
		return Stop
	}
	return form
}

// left returns the capacity of the last reading of the subscription, minus what open operations reserve.
func (c *Changes) left(open []store.Operation) Left {
	reading, _ := c.c.Subscriptions.Last()
	left := reading.Available
	for i, n := range operations.Holds(open) {
		left[i] = capacity.Minus(left[i], opt.New(n))
	}
	return left
}

// operation returns the operation for a draft, without its ID and its user.
func (c *Changes) operation(d *Draft) (store.Operation, error) {
	warnings, err := input.EncodeWarnings(d.Warnings)
	o := store.Operation{
		Kind: d.Kind,
		Target: store.Target{
			Key:        targetKey(d.PBX.CloudPBXID),
			Name:       nameOf(d.PBX),
			CloudPBXID: d.PBX.CloudPBXID,
		},
		Request: store.OperationRequest{
			Body:       d.body,
			Reason:     d.reason,
			Warnings:   warnings,
			Takes:      d.Takes,
			Seen:       d.Seen,
			Changes:    d.Changes,
			Suspension: d.Suspension,
		},
	}
	for i, n := range d.Left {
		if o.Request.Available[i] = fleet.Absent; n.Known() {
			o.Request.Available[i] = n.N
		}
	}
	return o, err
}

// targetKey returns the key of the target of each operation that changes the PBX with the given ID.
func targetKey(id int64) string { return "pbx:" + strconv.FormatInt(id, 10) }

// nameOf returns a PBX's name, or its host name or ID if it has none.
func nameOf(p *fleet.PBX) string {
	for _, f := range []fleet.Field{fleet.FieldName, fleet.FieldURL} {
		if name := p.Text(f); name != "" {
			return name
		}
	}
	return fmt.Sprintf("PBX %d", p.CloudPBXID)
}
