package batches

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/fleet/operations/change"
	"cordboard/store"
)

// pollEvery is how often Run looks for batches that another process applied, and for rows whose PBX is no longer busy.
const pollEvery = time.Second

// Run carries out batches until ctx ends. Users' operations don't wait for it: only one row at a time is sent.
func (b *Batches) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if b.Step(ctx) {
			continue
		}
		timer := time.NewTimer(pollEvery)
		select {
		case <-b.work:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Step carries out the next row of each running batch, and reports whether it sent any.
func (b *Batches) Step(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	b.expire(ctx)
	running, err := b.c.Store.BatchesIn(ctx, b.c.Account, maxRows, store.BatchRunning)
	if err != nil {
		report(ctx, b.c.Log, "read running batches", err)
		return false
	}
	sent := false
	for _, one := range slices.Backward(running) {
		did, err := b.next(ctx, &one)
		if err != nil {
			report(ctx, b.c.Log, "carry out a row", fmt.Errorf("batch %d: %w", one.Number, err))
		}
		sent = sent || did && err == nil
	}
	return sent
}

// report logs an error, unless the portal is stopping.
func report(ctx context.Context, log *slog.Logger, message string, err error) {
	if ctx.Err() == nil {
		log.ErrorContext(ctx, message, "err", err)
	}
}

// expire marks expired plans, once a minute.
func (b *Batches) expire(ctx context.Context) {
	now := b.c.Now()
	if age := now.Sub(b.expired); age >= 0 && age < time.Minute {
		return
	}
	b.expired = now
	if err := b.c.Store.ExpireBatches(ctx, b.c.Account, now, now.Add(-keepRows)); err != nil {
		report(ctx, b.c.Log, "expire plans", err)
	}
	if err := b.c.Store.DeleteDrafts(ctx, now.Add(-keepDrafts)); err != nil {
		report(ctx, b.c.Log, "delete drafts", err)
	}
}

// next carries out a batch's next row, or ends, pauses or stops the batch. It reports whether it sent anything.
func (b *Batches) next(ctx context.Context, one *store.Batch) (bool, error) {
	last, err := b.c.Store.OperationsOfBatch(ctx, one.ID, 0, max(one.Run.MaxFailed, 1))
	if err != nil {
		return false, err
	}
	if len(last) == 0 && one.Approved.At.IsZero() && b.c.Rules.needApproval(one) {
		return false, b.halt(ctx, one, store.BatchWaiting, "") // another process had other rules
	}
	if len(last) > 0 && last[0].State == store.StateSubmitted {
		if !last[0].Times.SendingAt.IsZero() {
			return false, nil // recovery gives it an outcome
		}
		b.c.Machine.Send(ctx, last[0].ID) // the portal stopped before it was sent
		return true, nil
	}
	last = slices.DeleteFunc(last, func(o store.Operation) bool { return o.Number <= one.Run.Since })
	if why := stopsBy(one, last, b.c.Freshness().In(b.c.Now())); why != "" {
		return false, b.halt(ctx, one, store.BatchStopped, why)
	}
	if one.Run.WaveEnd > 0 {
		counts, err := b.c.Store.BatchCounts(ctx, one.Number)
		if err != nil {
			return false, err
		}
		if left := counts.States[string(store.RowPlanned)]; left > 0 && one.Total-left >= one.Run.WaveEnd {
			return false, b.halt(ctx, one, store.BatchPaused, store.BatchWave)
		}
	}
	row, err := b.c.Store.NextBatchRow(ctx, one.Number)
	if errors.Is(err, store.ErrNotFound) {
		return false, b.end(ctx, one)
	}
	if err != nil {
		return false, err
	}
	return b.send(ctx, one, &row)
}

// send carries out a row, unless another operation on its target is open.
func (b *Batches) send(ctx context.Context, one *store.Batch, row *store.BatchRow) (bool, error) {
	o := store.Operation{
		ID:      fmt.Sprintf("%s-%d", one.ID, row.N),
		Kind:    change.KindOf(one.Kind),
		Target:  row.Target,
		Request: row.Request,
		By:      one.Applied.By,
		Batch:   store.RowRef{ID: one.ID, N: row.N},
	}
	o, err := b.c.Machine.Submit(ctx, o, func(*store.Operation, store.Pending) error { return nil })
	var busy *operations.BusyError
	if errors.As(err, &busy) || errors.Is(err, store.ErrNotRunning) {
		return false, nil // it is tried again later, or the batch was stopped
	}
	if err != nil {
		return false, err
	}
	b.c.Machine.Send(ctx, o.ID)
	return true, nil
}

// stopsBy returns why a batch has to stop, or "". last has its last operations, newest first.
func stopsBy(one *store.Batch, last []store.Operation, f fleet.Freshness) store.BatchReason {
	switch {
	case f.State == fleet.Failing && f.Failures > 1, len(last) > 0 && isYCMDown(&last[0]):
		return store.BatchYCMDown
	case len(last) < one.Run.MaxFailed:
		return ""
	case slices.ContainsFunc(last, func(o store.Operation) bool { return !hasFailed(&o) }):
		return ""
	}
	return store.BatchFailures
}

// HasDropped reports whether an operation's row dropped out: nothing was sent, because the PBX was changed or removed
// since it was planned, or because the host name was taken.
func HasDropped(o *store.Operation) bool {
	switch o.Answer.Kind {
	case store.FailureChanged, store.FailureGone, store.FailureExists:
		return o.State == store.StateNotSent
	}
	return false
}

// hasFailed reports whether a row has failed, as far as is known.
func hasFailed(o *store.Operation) bool {
	return o.State != store.StateDone && o.State != store.StateSubmitted && !HasDropped(o)
}

// isYCMDown reports whether an operation shows that YCM can't be read, or doesn't let Cordboard in. The read right
// before a request is repeated, so its failure isn't a single mishap.
func isYCMDown(o *store.Operation) bool {
	switch o.Answer.Kind {
	case store.FailureCredentials, store.FailureNoAnswer, store.FailureUnavailable, store.FailureUnreadable,
		store.FailurePermission, store.FailureRate:
		return o.State == store.StateNotSent
	}
	return false
}

// end ends a batch whose rows are all operations, once each has an outcome.
func (b *Batches) end(ctx context.Context, one *store.Batch) error {
	counts, err := b.c.Store.BatchCounts(ctx, one.Number)
	if err != nil || counts.Open > 0 {
		return err
	}
	return b.halt(ctx, one, store.BatchDone, "")
}

// cordboard is the actor in audit entries for batches that stopped by themselves.
var cordboard = store.Actor{Name: "Cordboard"}

// halt moves a running batch to another state, which no user asked for.
func (b *Batches) halt(ctx context.Context, one *store.Batch, to store.BatchState, why store.BatchReason) error {
	_, err := b.change(ctx, cordboard, one.ID, func(one *store.Batch, _ store.Pending) (store.Event, error) {
		if one.State != store.BatchRunning {
			return store.Event{}, errNoChange
		}
		one.State, one.Run.Why = to, why
		note := store.NewNote(store.NoteBatchWhy, why)
		switch to {
		case store.BatchWaiting:
			one.Applied, one.Run = store.BatchStep{}, store.BatchRun{}
			return event("batch.stop", one), nil
		case store.BatchPaused:
			return event("batch.pause", one, note), nil
		case store.BatchStopped:
			one.Ended = b.c.Now()
			return event("batch.stop", one, note), nil
		}
		one.Ended = b.c.Now()
		return store.Event{}, nil
	})
	return err
}
