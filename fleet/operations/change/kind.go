package change

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// kind implements [operations.Kind] for one action.
type kind struct {
	name    store.OperationKind
	action  action
	changes *Changes
}

// Action implements [operations.Kind].
func (k *kind) Action() string { return "pbx." + string(k.name) }

var (
	errChanged = errors.New("the PBX was changed in YCM after the user had confirmed")
	errGone    = errors.New("YCM no longer has the PBX")
)

// Send implements [operations.Kind]. Right before the request, it reads the PBX again. If the PBX isn't as the user saw
// it, Send makes no request.
func (k *kind) Send(ctx context.Context, o *store.Operation) (operations.Sent, error) {
	p, err := k.changes.c.PBXs.Read(ctx, o.Target.CloudPBXID)
	switch {
	case errors.Is(err, ycm.ErrNotFound):
		return operations.Sent{}, &operations.NotSentError{Kind: store.FailureGone, Err: errGone}
	case err != nil:
		return operations.Sent{}, &operations.NotSentError{Kind: store.FailureUnavailable, Err: err}
	case p.IsGone():
		return operations.Sent{}, &operations.NotSentError{Kind: store.FailureGone, Err: errGone}
	}
	var of Owners
	if k.action.customers {
		if of.IDs, err = k.changes.c.YCM.GetCloudPBXCustomers(ctx, o.Target.CloudPBXID); err != nil {
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureUnavailable, Err: err}
		}
	}
	if !maps.Equal(seenOf(k.action, p, of), o.Request.Seen) {
		return operations.Sent{}, &operations.NotSentError{Kind: store.FailureChanged, Err: errChanged}
	}
	return k.action.send(ctx, k.changes.c.YCM, o)
}

// Prove implements [operations.Kind]. An operation was done if every field that it changes has its new value.
func (k *kind) Prove(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	if late, err := k.isLate(ctx, o); late || err != nil {
		return operations.Proof{}, err
	}
	switch k.name {
	case Email:
		return operations.Proof{}, operations.ErrNoTrace
	case Customers:
		return k.proveCustomers(ctx, o)
	}
	p, err := k.changes.c.PBXs.Read(ctx, o.Target.CloudPBXID)
	if errors.Is(err, ycm.ErrNotFound) {
		return k.proofOfGone(o), nil
	}
	if err != nil {
		return operations.Proof{}, err
	}
	return k.proofFrom(o, p)
}

// proveCustomers proves that a PBX has the customers that an operation set.
func (k *kind) proveCustomers(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	ids, err := k.changes.c.YCM.GetCloudPBXCustomers(ctx, o.Target.CloudPBXID)
	if errors.Is(err, ycm.ErrNotFound) {
		return operations.Proof{}, nil
	}
	if err != nil {
		return operations.Proof{}, err
	}
	for _, c := range o.Request.Changes {
		if joined(ids) != c.After {
			return operations.Proof{}, nil
		}
	}
	return operations.Proof{Done: true, CloudPBXID: o.Target.CloudPBXID}, nil
}

// lateEffect is how long after an operation was presumed not done a change in YCM still counts as its effect. A later
// change is somebody else's.
const lateEffect = 10 * time.Minute

// ProveLocally implements [operations.Kind]. It considers only a record that was read after the request.
func (k *kind) ProveLocally(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	if k.action.customers {
		return operations.Proof{}, operations.ErrNoTrace // the mirror has no customers
	}
	p, ok := k.changes.c.PBXs.Snapshot().PBX(o.Target.CloudPBXID)
	if !ok {
		return operations.Proof{}, nil
	}
	readAt := p.ReadAt
	if p.IsGone() {
		readAt = p.GoneAt
	}
	if readAt < o.Times.SendingAt.Unix() {
		return operations.Proof{}, nil
	}
	if late, err := k.isLate(ctx, o); late || err != nil {
		return operations.Proof{}, err
	}
	return k.proofFrom(o, p)
}

// isLate reports whether an operation was presumed not done, and its effect would now be somebody else's: because too
// much time has passed, or because of a later operation on the PBX.
func (k *kind) isLate(ctx context.Context, o *store.Operation) (bool, error) {
	if o.State != store.StateNotDone {
		return false, nil
	}
	if k.changes.c.Now().Sub(o.Times.FinishedAt) > lateEffect {
		return true, nil
	}
	newest, err := k.changes.machine.NewestOf(ctx, "", store.Target{CloudPBXID: o.Target.CloudPBXID})
	return newest.Number != o.Number, err
}

// proofFrom compares the values of a PBX with those that an operation set. Values that YCM doesn't report prove
// nothing; if it reports none of them, the error is operations.ErrNoTrace.
func (k *kind) proofFrom(o *store.Operation, p *fleet.PBX) (operations.Proof, error) {
	if p.IsGone() {
		return k.proofOfGone(o), nil
	}
	reported := false
	for _, c := range o.Request.Changes {
		field, ok := fleet.FieldByName(c.Field)
		value := ""
		if ok {
			value = valueOf(p, field)
		}
		if value != "" && !shows(field, value, c.After) || c.Field == Presence {
			return operations.Proof{}, nil
		}
		reported = reported || value != ""
	}
	if !reported {
		return operations.Proof{}, operations.ErrNoTrace
	}
	return operations.Proof{Done: true, CloudPBXID: p.CloudPBXID}, nil
}

// proofOfGone returns the proof from the fact that YCM no longer has the PBX.
func (k *kind) proofOfGone(o *store.Operation) operations.Proof {
	if k.name != Delete {
		return operations.Proof{}
	}
	return operations.Proof{Done: true, CloudPBXID: o.Target.CloudPBXID}
}

// shows reports whether a value that YCM reports means that a field was set to the value after. A PBX that is starting
// has been started.
func shows(field fleet.Field, value, after string) bool {
	if field == fleet.FieldStatus && after == string(fleet.StatusRunning) {
		return value == after || value == string(fleet.StatusStarting)
	}
	if field == fleet.FieldRecordingStatus || slices.Contains(SwitchFields, field) {
		return switchOf(value) == after
	}
	return value == after
}

// Done implements [operations.Kind].
func (*kind) Done(*store.Operation) {}

// Describe implements [operations.Kind]. The notes include each change of a member.
func (k *kind) Describe(o *store.Operation, outcome string) (target string, notes []store.Note) {
	notes = append(notes, store.NewNote(store.NoteOperation, o.Number))
	for _, c := range o.Request.Changes {
		if c.Field != Presence { // which says no more than the kind
			notes = append(notes, store.NewNote(store.NoteChange, c.Field, c.Before, c.After))
		}
	}
	if s := o.Request.Suspension; s != nil {
		notes = append(notes, store.NewNote(store.NoteSuspended, s.ReviewOn, s.Note))
	}
	return o.Target.Name, append(notes, operations.CommonNotes(o, outcome, k.changes.c.WarningText)...)
}
