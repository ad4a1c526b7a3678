package batches

import (
	"context"
	"errors"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/store"
)

// errNoChange means that a batch is already as a user wants it.
var errNoChange = errors.New("nothing to change")

// change changes a batch, and wakes Run and the pages that show it.
func (b *Batches) change(
	ctx context.Context,
	by store.Actor,
	id string,
	change func(one *store.Batch, open store.Pending) (store.Event, error),
) (store.Batch, error) {
	one, err := b.c.Store.ChangeBatch(context.WithoutCancel(ctx), b.c.Account, id, by, change)
	if errors.Is(err, errNoChange) {
		return one, nil
	}
	if err == nil {
		fleet.Wake(b.work)
		b.c.Machine.Notify()
	}
	return one, err
}

// Apply starts to carry out a plan. If that was done before, it does nothing. It reads the subscription first if the
// plan takes anything of it.
//
// The error is ErrExpired, ErrUnapproved or ErrEmpty, a *StateError if the plan was discarded, a *WarnedError if
// warnings aren't acknowledged, or an *operations.UpstreamError if YCM can't be read.
func (b *Batches) Apply(
	ctx context.Context,
	by store.Actor,
	id string,
	acknowledged input.Acknowledged,
	waves bool,
) (store.Batch, error) {
	one, err := b.Batch(ctx, id)
	if err != nil {
		return one, err
	}
	if err := b.isApplicable(&one, by); err == nil {
		if err := b.measure(ctx, one.Takes); err != nil {
			return one, err
		}
	}
	earlier := one.Source.Earlier
	return b.change(ctx, by, id, func(one *store.Batch, open store.Pending) (store.Event, error) {
		if err := b.isApplicable(one, by); err != nil {
			return store.Event{}, err
		}
		one.Source.Earlier = earlier
		if warnings := b.Warnings(one, open); !acknowledged.Covers(warnings) {
			return store.Event{}, &WarnedError{warnings}
		}
		one.State, one.Applied = store.BatchRunning, store.BatchStep{By: by, At: b.c.Now()}
		one.Run = store.BatchRun{Waves: waves, MaxFailed: b.c.Rules.MaxFailed}
		if waves {
			one.Run.WaveEnd = FirstWave
		}
		return event("batch.apply", one), nil
	})
}

// isApplicable returns the reason why a batch can't be applied now, or errNoChange if it was applied before.
func (b *Batches) isApplicable(one *store.Batch, by store.Actor) error {
	approved := !one.Approved.At.IsZero()
	switch {
	case !one.Applied.At.IsZero():
		return errNoChange
	case isExpired(one, b.c.Now()), one.State == store.BatchExpired:
		return ErrExpired
	case one.State == store.BatchWaiting, one.State == store.BatchPlanned && !approved && b.c.Rules.needApproval(one):
		return ErrUnapproved
	case approved && one.By.ID == 0 && one.Approved.By.ID == by.ID: // made on the command line, by nobody known
		return ErrOwnPlan
	case one.State != store.BatchPlanned:
		return &StateError{one.State}
	case one.Total == 0:
		return ErrEmpty
	}
	return nil
}

// Approve approves a plan that waits for a second user. From then on, the plan can be applied for an hour. The error is
// ErrOwnPlan if by made the plan, and a *StateError if it doesn't wait.
func (b *Batches) Approve(ctx context.Context, by store.Actor, id string) (store.Batch, error) {
	return b.change(ctx, by, id, func(one *store.Batch, _ store.Pending) (store.Event, error) {
		switch {
		case !one.Approved.At.IsZero():
			return store.Event{}, errNoChange
		case one.State != store.BatchWaiting && (one.State != store.BatchPlanned || !b.c.Rules.needApproval(one)):
			return store.Event{}, &StateError{one.State}
		case one.By.ID == by.ID:
			return store.Event{}, ErrOwnPlan
		}
		one.State, one.Approved = store.BatchPlanned, store.BatchStep{By: by, At: b.c.Now()}
		one.Expires = b.c.Now().Add(Lifetime)
		return event("batch.approve", one), nil
	})
}

// Pause pauses a running batch. The error is a *StateError if it isn't running.
func (b *Batches) Pause(ctx context.Context, by store.Actor, id string) (store.Batch, error) {
	return b.change(ctx, by, id, func(one *store.Batch, _ store.Pending) (store.Event, error) {
		switch one.State {
		case store.BatchPaused:
			return store.Event{}, errNoChange
		case store.BatchRunning:
		default:
			return store.Event{}, &StateError{one.State}
		}
		one.State, one.Run.Why = store.BatchPaused, store.BatchByUser
		return event("batch.pause", one), nil
	})
}

// CanResume reports whether a batch can be resumed: if it is paused, or if it stopped by itself.
func CanResume(one *store.Batch) bool {
	return one.State == store.BatchPaused || one.State == store.BatchStopped && one.Run.Why != store.BatchByUser
}

// Resume continues a batch. A batch that stopped by itself no longer reserved capacity, so Resume checks it again. The
// error is a *StateError if the batch can't be resumed, a *WarnedError if warnings aren't acknowledged, or an
// *operations.UpstreamError if YCM can't be read.
func (b *Batches) Resume(
	ctx context.Context,
	by store.Actor,
	id string,
	acknowledged input.Acknowledged,
) (store.Batch, error) {
	one, err := b.Batch(ctx, id)
	if err != nil {
		return one, err
	}
	var takes store.Resources
	was := one.State
	if was == store.BatchStopped {
		rows, err := b.Rows(ctx, &one, 0, maxRows, string(store.RowPlanned))
		if err != nil {
			return one, err
		}
		for i := range rows {
			for resource, n := range rows[i].Request.Takes {
				takes[resource] += n
			}
		}
	}
	if err := b.measure(ctx, takes); err != nil {
		return one, err
	}
	last, err := b.c.Store.OperationsOfBatch(ctx, id, 0, 1)
	if err != nil {
		return one, err
	}
	return b.change(ctx, by, id, func(one *store.Batch, open store.Pending) (store.Event, error) {
		switch {
		case one.State == store.BatchRunning:
			return store.Event{}, errNoChange
		case !CanResume(one), one.State != was: // its capacity wasn't checked
			return store.Event{}, &StateError{one.State}
		}
		if warnings := b.short(takes, open); !acknowledged.Covers(warnings) {
			return store.Event{}, &WarnedError{warnings}
		}
		if one.Run.Why == store.BatchWave {
			one.Run.WaveEnd = nextWave(one.Run.WaveEnd)
		}
		for i := range last {
			one.Run.Since = last[i].Number
		}
		one.State, one.Run.Why, one.Ended = store.BatchRunning, "", time.Time{}
		return event("batch.resume", one), nil
	})
}

// nextWave returns the number of rows after which the wave after the current one ends; 0: no further wave.
func nextWave(end int) int {
	if end == FirstWave {
		return SecondWave
	}
	return 0
}

// Stop stops a batch for good, or discards a plan. Rows that aren't carried out never will be. The error is a
// *StateError if the batch has ended.
func (b *Batches) Stop(ctx context.Context, by store.Actor, id string) (store.Batch, error) {
	return b.change(ctx, by, id, func(one *store.Batch, _ store.Pending) (store.Event, error) {
		switch {
		case one.State == store.BatchStopped && one.Run.Why == store.BatchByUser:
			return store.Event{}, errNoChange
		case one.State == store.BatchDone, one.State == store.BatchExpired:
			return store.Event{}, &StateError{one.State}
		}
		one.State, one.Run.Why, one.Ended = store.BatchStopped, store.BatchByUser, b.c.Now()
		return event("batch.stop", one), nil
	})
}
