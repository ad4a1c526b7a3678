package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/fold"
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
	Difference
	content

	Kind       store.OperationKind
	PBX        *fleet.PBX // as it was read
	At         time.Time  // when it was read
	Seen       Seen       // of PBX
	Left       Left
	Takes      store.Resources
	Suspension *store.Suspension
	Form       url.Values // the form's values; those of the PBX if the form is new
	Owners     Owners     // the PBX's customers, if the kind depends on them
}

// Difference is what a draft changes, and how that compares with what the user saw.
type Difference struct {
	Changes    []store.FieldChange
	Meanwhile  []store.FieldChange // what changed in YCM since the user saw the PBX
	Unreviewed bool                // Changes isn't what the user reviewed
}

// content is what an operation stores besides the exported fields of its draft.
type content struct {
	reason   string
	body     json.RawMessage // of the request to YCM; nil if it has none
	warnings []input.Finding // without those about available capacity
}

// Digest identifies the new values, so that a form can say which ones its user reviewed.
func (d *Difference) Digest() string {
	h := fnv.New64a()
	for _, c := range d.Changes {
		fmt.Fprintf(h, "%q %q\n", c.Field, c.After)
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// Left is the available capacity of each resource, indexed like fleet.Resources.
type Left = [len(fleet.Resources)]opt.Int

// Look is like Preview, but uses the mirror, so it doesn't wait for YCM. Only the customers aren't in the mirror; if
// they can't be read, the draft has a problem, and the customers that the user saw if r has them.
func (c *Changes) Look(ctx context.Context, r Request) (Draft, error) {
	p, ok := c.c.PBXs.Snapshot().PBX(r.PBX)
	if !ok {
		return Draft{}, store.ErrNotFound
	}
	of, err := c.owners(ctx, r, p)
	if fill := actions[r.Kind].fill; fill != nil && len(r.Form) == 0 {
		r.Form = fill(p, of)
	}
	d := c.draft(r, p, of)
	if err != nil {
		unread := input.Finding{Code: FindingUnread}
		if _, ok := r.Seen[CustomerIDs]; ok { // the form has the customers that its user saw
			unread.Field = CustomerIDs
		}
		d.Problems, d.Changes, d.warnings = []input.Finding{unread}, nil, nil
	}
	d.At = c.c.PBXs.Freshness().At
	return d, c.withOpen(ctx, &d)
}

// Request is a form for one change.
type Request struct {
	Kind store.OperationKind // or Suspend
	PBX  int64               // its cloudPbxId
	Form url.Values
	Seen Seen           // the PBX as the user saw it; nil: don't compare
	Zone *time.Location // of the days in Form
	Live bool           // the user is typing, so the customers in Seen are good enough

	Reviewed string // the Digest of the changes that the user reviewed; "": don't compare
}

// Preview reads the PBX from YCM and returns what the form would change. The error is store.ErrNotFound if there is no
// such PBX, an *operations.BusyError if another operation on the PBX is open, and an *operations.UpstreamError if YCM
// can't be read.
func (c *Changes) Preview(ctx context.Context, r Request) (Draft, error) {
	p, err := c.read(ctx, r.PBX)
	if err != nil {
		return Draft{}, err
	}
	of, err := c.owners(ctx, r, p)
	if err != nil {
		return Draft{}, &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
	}
	d := c.draft(r, p, of)
	d.At = c.c.Now()
	return d, c.withOpen(ctx, &d)
}

// withOpen compares a draft with the available capacity. It returns an *operations.BusyError if another operation on
// the PBX is open.
func (c *Changes) withOpen(ctx context.Context, d *Draft) error {
	open, err := c.machine.Open(ctx)
	if err != nil {
		return err
	}
	d.compare(c.left(open))
	if o := open.On(targetKey(d.PBX.CloudPBXID)); o != nil {
		return operations.Busy(o)
	}
	return nil
}

// compare sets the available capacity, and adds a warning for each resource of which the change takes more. A value
// that YCM didn't report causes no warning.
func (d *Draft) compare(left Left) {
	d.Left, d.Warnings = left, slices.Clone(d.warnings)
	for i, l := range left {
		if l.Known() && l.N < d.Takes[i] && d.Takes[i] > 0 {
			d.Warn(input.Finding{
				Field:  fleet.Resources[i],
				Code:   FindingMoreShortage,
				Name:   fleet.Resources[i],
				Number: max(l.N, 0),
				Takes:  d.Takes[i],
			})
		}
	}
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
func (c *Changes) draft(r Request, p *fleet.PBX, of Owners) Draft {
	a := actions[r.Kind]
	v := &planner{
		Draft:         Draft{Kind: KindOf(r.Kind), PBX: p, Seen: seenOf(a, p, of), Form: r.Form, Owners: of},
		form:          r.Form,
		now:           c.c.Now().In(r.Zone),
		minExtensions: c.c.MinExtensions,
	}
	for _, name := range a.fields() {
		if before, now := r.Seen[name], v.Seen[name]; r.Seen != nil && before != now {
			v.Meanwhile = append(v.Meanwhile, store.FieldChange{Field: name, Before: before, After: now})
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
		if len(v.Changes)+len(v.Problems) == 0 {
			v.Problem(input.Finding{Field: a.fields()[0], Code: FindingUnchanged})
		}
	}
	v.warnings = v.Warnings
	return v.Draft
}

// fields returns the names of the fields that the action depends on.
func (a *action) fields() (names []string) {
	if a.customers {
		names = append(names, CustomerIDs)
	}
	for _, field := range a.depends {
		names = append(names, field.Name())
	}
	return names
}

func seenOf(a action, p *fleet.PBX, of Owners) Seen {
	seen := Seen{}
	if a.customers {
		seen[CustomerIDs] = joined(of.IDs)
	}
	for _, field := range a.depends {
		if value := valueOf(p, field); value != "" {
			seen[field.Name()] = value
		}
	}
	return seen
}

// KindOf returns the kind of the operations that a form makes.
func KindOf(form store.OperationKind) store.OperationKind {
	if form == Suspend {
		return Stop
	}
	return form
}

// left returns the capacity of the last reading of the subscription, minus what is reserved.
func (c *Changes) left(open store.Pending) Left {
	reading, _ := c.c.Subscriptions.Last()
	left := reading.Available
	for i, n := range operations.Holds(open) {
		left[i] = capacity.Minus(left[i], opt.New(n))
	}
	return left
}

// request returns what an operation for the draft stores.
func (d *Draft) request() (store.OperationRequest, error) {
	warnings, err := input.EncodeWarnings(d.Warnings)
	r := store.OperationRequest{
		Body:       d.body,
		Words:      d.Owners.words(),
		Reason:     d.reason,
		Warnings:   warnings,
		Takes:      d.Takes,
		Seen:       d.Seen,
		Changes:    d.Changes,
		Suspension: d.Suspension,
	}
	for i, n := range d.Left {
		if r.Available[i] = fleet.Absent; n.Known() {
			r.Available[i] = n.N
		}
	}
	return r, err
}

// targetOf returns the target of each operation that changes a PBX.
func targetOf(p *fleet.PBX) store.Target {
	return store.Target{Key: targetKey(p.CloudPBXID), Name: nameOf(p), CloudPBXID: p.CloudPBXID}
}

// targetKey returns the key of the target of each operation that changes the PBX with the given ID.
func targetKey(id int64) string { return "pbx:" + strconv.FormatInt(id, 10) }

// nameOf returns a PBX's name, or its host name or ID if it has none.
func nameOf(p *fleet.PBX) string {
	for _, f := range []fleet.Field{fleet.FieldName, fleet.FieldURL} {
		if name := p.Text(f); fold.Shows(name) {
			return name
		}
	}
	return fmt.Sprintf("PBX %d", p.CloudPBXID)
}
