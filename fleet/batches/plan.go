package batches

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/store"
)

const deletes = change.Delete

// Plan is what a plan is made of. Its rows were judged and are in their final order.
type Plan struct {
	Kind    store.OperationKind // of the form
	Source  store.BatchSource
	Rows    []store.BatchRow
	Calls   int64 // calls in progress on the PBXs of planned rows
	Touched int   // number of customers who have these PBXs or get them, as far as they are known
	Unread  int   // number of these PBXs whose customers aren't known
}

// Make stores a plan under a new random ID, and returns it as Batch does.
func (b *Batches) Make(ctx context.Context, by store.Actor, id string, p Plan) (store.Batch, error) {
	one := store.Batch{
		ID: id, Account: b.c.Account, Kind: p.Kind, State: store.BatchPlanned, MadeAt: b.c.Now(),
		BatchDetail: store.BatchDetail{Source: p.Source, By: by, Calls: p.Calls, Touched: p.Touched, Unread: p.Unread},
	}
	for i := range p.Rows {
		if p.Rows[i].State != store.RowPlanned {
			continue
		}
		one.Total++
		warned, err := isWarned(&p.Rows[i])
		if err != nil {
			return one, err
		}
		if warned {
			one.Warned++
		}
		for resource, n := range p.Rows[i].Request.Takes {
			one.Takes[resource] += n
		}
	}
	one.Expires = b.c.Now().Add(Lifetime)
	if b.c.Rules.needApproval(&one) {
		one.State = store.BatchWaiting
	}
	if _, err := b.c.Store.AddBatch(ctx, one, p.Rows); err != nil {
		return one, err
	}
	b.c.Machine.Notify()
	return b.Batch(ctx, id)
}

// isWarned reports whether a row has a warning that no warning about the whole plan covers.
func isWarned(row *store.BatchRow) (bool, error) {
	warnings, err := input.DecodeWarnings(row.Request.Warnings)
	return slices.ContainsFunc(warnings, func(f input.Finding) bool {
		return f.Code != change.FindingCallsInProgress
	}), err
}

// needApproval reports whether a second user must approve a plan.
func (r Rules) needApproval(one *store.Batch) bool {
	return r.ApproveOver > 0 && one.Total > 0 && (one.Kind == deletes || one.Total > r.ApproveOver)
}

// OfPBXs returns a plan that carries out a form for each of the given PBXs. The PBXs with the IDs in unknown aren't in
// the mirror; their rows say so.
func OfPBXs(
	j *change.Judge,
	kind store.OperationKind,
	source store.BatchSource,
	pbxs []*fleet.PBX,
	unknown []int64,
) (Plan, error) {
	var others []store.Target
	for _, id := range unknown {
		others = append(others, store.Target{
			Key: fmt.Sprintf("pbx:%d", id), Name: fmt.Sprintf("PBX %d", id), CloudPBXID: id,
		})
	}
	return planFor(kind, source, pbxs, others, j.Row)
}

// planFor returns a plan with one row per PBX, followed by one for each of the others, which aren't in the mirror.
func planFor(
	kind store.OperationKind,
	source store.BatchSource,
	pbxs []*fleet.PBX,
	others []store.Target,
	row func(*fleet.PBX) (store.BatchRow, error),
) (Plan, error) {
	p := Plan{Kind: kind, Source: source}
	touched := map[int64]bool{}
	for _, pbx := range pbxs {
		r, err := row(pbx)
		if err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, r)
		if r.State != store.RowPlanned {
			continue
		}
		if n := pbx.Number(fleet.FieldActiveCalls); n != fleet.Absent {
			p.Calls += n
		}
		if set := pbx.Customers(); set != nil {
			for _, one := range set.All {
				touched[one.ID] = true
			}
		} else {
			p.Unread++
		}
		for _, id := range change.CustomersAfter(&r.Request) {
			touched[id] = true
		}
	}
	p.Touched = len(touched)
	for _, target := range others {
		r := store.BatchRow{State: store.RowNotApplicable, Target: target}
		var err error
		if r.Problems, err = input.EncodeWarnings([]input.Finding{{Code: change.FindingNotKnown}}); err != nil {
			return p, err
		}
		p.Rows = append(p.Rows, r)
	}
	return p, nil
}

// Failed returns the rows of a batch that could be tried again: those with a failed outcome, and those that a batch
// that has ended didn't carry out.
func (b *Batches) Failed(ctx context.Context, one *store.Batch) ([]store.BatchRow, error) {
	states := []string{string(store.StateRefused), string(store.StateNotSent), string(store.StateNotDone)}
	if one.State == store.BatchStopped || one.State == store.BatchDone {
		states = append(states, string(store.RowPlanned))
	}
	return b.Rows(ctx, one, 0, maxRows, states...)
}

// Done returns the rows of a batch that were carried out.
func (b *Batches) Done(ctx context.Context, one *store.Batch) ([]store.BatchRow, error) {
	return b.Rows(ctx, one, 0, maxRows, string(store.StateDone))
}

// maxRows is more than the number of rows of any batch.
const maxRows = 1 << 20

// pbxsOf returns the PBXs of rows, as a snapshot has them, and those that aren't in the snapshot.
func pbxsOf(rows []store.BatchRow, snapshot *fleet.Snapshot) (pbxs []*fleet.PBX, others []store.Target) {
	for i := range rows {
		target := rows[i].Target
		if o := rows[i].Outcome; target.CloudPBXID == 0 && o != nil {
			target = o.Target // a PBX that the row created
		}
		if p, ok := snapshot.PBX(target.CloudPBXID); ok {
			pbxs = append(pbxs, p)
		} else {
			others = append(others, target)
		}
	}
	return pbxs, others
}

// Undo returns a plan that undoes the rows of a batch that were carried out.
func Undo(
	j *change.Judge,
	kind store.OperationKind,
	source store.BatchSource,
	rows []store.BatchRow,
	snapshot *fleet.Snapshot,
) (Plan, error) {
	outcomes := map[int64]*store.Operation{}
	for i := range rows {
		if o := rows[i].Outcome; o != nil {
			outcomes[o.Target.CloudPBXID] = o
		}
	}
	pbxs, others := pbxsOf(rows, snapshot)
	return planFor(kind, source, pbxs, others, func(p *fleet.PBX) (store.BatchRow, error) {
		return j.UndoRow(outcomes[p.CloudPBXID], p)
	})
}

// Inverse returns the kind of form that undoes a batch, or "" if nothing does.
func Inverse(kind store.OperationKind) store.OperationKind {
	if kind == create.Name {
		return deletes
	}
	return change.Inverse(kind)
}

// Again returns a plan that tries rows of a batch again. If the batch came from a form for many PBXs, its inputs are in
// the Judge; a batch that undid another has none, so each of its rows is tried as it was.
func Again(
	j *change.Judge,
	kind store.OperationKind,
	source store.BatchSource,
	rows []store.BatchRow,
	snapshot *fleet.Snapshot,
) (Plan, error) {
	tried := map[int64]*store.BatchRow{}
	for i := range rows {
		tried[rows[i].Target.CloudPBXID] = &rows[i]
	}
	fixed := len(source.Inputs) == 0 && (kind == change.Resize || kind == change.Update || kind == change.Customers)
	pbxs, others := pbxsOf(rows, snapshot)
	return planFor(kind, source, pbxs, others, func(p *fleet.PBX) (store.BatchRow, error) {
		row := tried[p.CloudPBXID]
		// What was presumed not done may have been done late, so an amount isn't added again.
		if fixed || row.Outcome != nil && row.Outcome.State == store.StateNotDone {
			o := store.Operation{Kind: change.KindOf(kind), Request: row.Request}
			return j.RowOf(p, change.Again(&o, p))
		}
		return j.Row(p)
	})
}

// CreateAgain returns a plan that tries again the rows of a batch that creates PBXs.
func CreateAgain(
	j *create.Judge,
	source store.BatchSource,
	rows []store.BatchRow,
	zone *time.Location,
) (Plan, error) {
	p := Plan{Kind: create.Name, Source: source}
	for i := range rows {
		o := store.Operation{Kind: create.Name, Request: rows[i].Request}
		row, _, err := j.Row(create.FormOfOperation(&o, zone), zone)
		if err != nil {
			return p, err
		}
		row.Line = rows[i].Line
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// Deletes reports whether a batch deletes PBXs.
func Deletes(one *store.Batch) bool { return one.Kind == deletes }
