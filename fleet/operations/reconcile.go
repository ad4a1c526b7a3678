package operations

import (
	"context"
	"errors"
	"time"

	"cordboard/fleet"
	"cordboard/store"
)

// An unknown operation is resolved by reading YCM, never by sending it again. A read that finds no effect of the
// operation is a miss. The operation is presumed not done after at least minReconcileReads misses that span the whole
// window.
const (
	minReconcileReads = 3
	reconcileTimeout  = 5 * time.Second // limit for one read
)

// reconcileShares are the times of the reads, counted from the first miss, as fractions of ReconcileWindow.
var reconcileShares = []float64{0, 1. / 12, 1. / 4, 1. / 2, 1}

// keepReconciling reconciles unknown operations as they become due, until ctx ends.
func (m *Machine) keepReconciling(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(m.Reconcile(ctx))
		select {
		case <-m.reconcile:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Reconcile reconciles the unknown operations that are due, and returns how long to wait before the next call.
func (m *Machine) Reconcile(ctx context.Context) time.Duration {
	unknown, err := m.jobs(ctx, store.StateUnknown)
	if err != nil {
		if ctx.Err() == nil {
			m.c.Log.Error("read unknown operations", "err", err)
		}
		return retryDelay
	}
	wait := time.Minute
	due := map[string]time.Time{}
	for i := range unknown {
		o := &unknown[i]
		if o.Reconciled.GivenUp {
			continue
		}
		next, known := m.due[o.ID]
		if !known {
			next = m.c.Now() // it just became unknown, or the portal restarted
		}
		if !m.c.Now().Before(next) && ctx.Err() == nil {
			next = m.reconcileOne(ctx, o)
		}
		due[o.ID] = next
		wait = min(wait, max(next.Sub(m.c.Now()), time.Millisecond))
	}
	m.due = due
	return wait
}

// reconcileOne makes one read for an unknown operation, stores the result, and returns when the next read is due.
func (m *Machine) reconcileOne(ctx context.Context, o *job) time.Time {
	readCtx, cancel := context.WithTimeout(ctx, reconcileTimeout)
	defer cancel()
	proof, err := o.kind.Prove(readCtx, &o.Operation)
	now := m.c.Now()
	soon := now.Add(m.c.ReconcileWindow / 12)
	if ctx.Err() != nil {
		return soon
	}
	result := reconcileResult{state: store.StateUnknown, next: soon}
	r := &o.Reconciled
	switch {
	case errors.Is(err, ErrNoTrace):
		if end := o.Times.FinishedAt.Add(m.c.ReconcileWindow); now.Before(end) {
			return end
		}
		result.givenUp = true
	case err != nil:
		result.problem = store.FailureKind(fleet.ProblemOf(err).Kind)
		m.c.Log.Info("reconcile unknown operation", "operation", o.Number, "err", err)
	case proof.Done:
		result.state, result.ids = store.StateDone, ids{proof.CloudPBXID, proof.CustomerID}
	default:
		if r.Misses++; r.Misses == 1 ||
			r.MissesSince.After(now) { // a time in the future means that the clock was wrong
			r.MissesSince = now
		}
		if next := r.MissesSince.Add(m.share(r.Misses)); next.After(soon) {
			result.next = next
		}
		if r.Misses >= minReconcileReads && now.Sub(r.MissesSince) >= m.c.ReconcileWindow {
			result.state = store.StateNotDone
		}
	}
	m.recordReconcile(ctx, o, result)
	return result.next
}

// share returns the delay between the first miss and the read after n misses.
func (m *Machine) share(n int) time.Duration {
	return time.Duration(float64(m.c.ReconcileWindow) * reconcileShares[min(n, len(reconcileShares)-1)])
}

// reconcileResult is the result of one read.
type reconcileResult struct {
	state   store.OperationState
	ids     ids               // of the target, if state is StateDone
	problem store.FailureKind // "" if the read succeeded
	next    time.Time         // when the next read is due, while the operation is unknown
	givenUp bool              // no read can show the outcome
}

// recordReconcile stores the result of a read, and the outcome if it is now known. o has the updated count of misses.
func (m *Machine) recordReconcile(ctx context.Context, o *job, result reconcileResult) {
	if result.state == store.StateDone {
		o.kind.Done(&o.Operation)
	}
	stored := context.WithoutCancel(ctx)
	_, err := m.c.Store.ChangeOperation(stored, o.ID, cordboard, func(now *store.Operation) (store.Event, error) {
		if now.State != store.StateUnknown && now.State != store.StateNotDone {
			return store.Event{}, errFinished
		}
		r := &now.Reconciled
		if result.givenUp {
			r.GivenUp, r.NextAt = true, time.Time{}
			return store.Event{}, nil
		}
		r.Reads++
		r.Misses, r.MissesSince = o.Reconciled.Misses, o.Reconciled.MissesSince
		r.At, r.Problem, r.NextAt = m.c.Now(), result.problem, time.Time{}
		if result.state == now.State || result.state == store.StateUnknown {
			if now.State == store.StateUnknown {
				r.NextAt = result.next
			}
			return store.Event{}, nil
		}
		e, err := m.transition(now, outcome{state: result.state, ids: result.ids})
		found := []store.Note{store.NewNote(store.NoteFound, result.state), store.NewNote(store.NoteChecks, r.Reads)}
		e.Notes = append(found, e.Notes...)
		return e, err
	})
	if err != nil && !errors.Is(err, errFinished) {
		m.c.Log.Error("store reconcile result", "operation", o.Number, "err", err)
		return
	}
	m.Notify()
	if result.ids.pbx != 0 && err == nil {
		m.c.Mirror.ReadOne(ctx, result.ids.pbx)
	}
}

// cordboard is the actor in audit entries for outcomes that reconciling found.
var cordboard = store.Actor{Name: "Cordboard"}

// reconcilePause is the minimum time between the last check of an operation and one that a user requests.
const reconcilePause = 2 * time.Second

// ErrFinal means that there is nothing to check, because the operation's outcome is final.
var ErrFinal = errors.New("the operation has a final outcome")

// ReconcileNow checks with YCM whether an operation that is unknown, or presumed not done, was done after all. It
// returns ErrFinal if the outcome is final, ErrNoTrace if YCM can't show it, ErrUnknownKind if the machine doesn't have
// the operation's kind, and an *UpstreamError if YCM can't be read.
func (m *Machine) ReconcileNow(ctx context.Context, id string) error {
	_, err, _ := m.flight.Do(id, func() (any, error) { return nil, m.reconcileNow(context.WithoutCancel(ctx), id) })
	return err
}

func (m *Machine) reconcileNow(ctx context.Context, id string) error {
	o, err := m.Operation(ctx, id)
	if err != nil {
		return err
	}
	if o.State != store.StateUnknown && o.State != store.StateNotDone {
		return ErrFinal
	}
	kind, err := m.kind(&o)
	if err != nil {
		return err
	}
	// A check less than reconcilePause ago is recent enough.
	if age := m.c.Now().Sub(o.Reconciled.At); !o.Reconciled.At.IsZero() && age >= 0 && age < reconcilePause {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, m.c.ReadTimeout)
	defer cancel()
	proof, err := kind.Prove(ctx, &o)
	if errors.Is(err, ErrNoTrace) {
		return err
	}
	if err != nil {
		return &UpstreamError{fleet.ProblemOf(err)}
	}
	result := reconcileResult{state: o.State, next: o.Reconciled.NextAt}
	if proof.Done {
		result.state, result.ids = store.StateDone, ids{proof.CloudPBXID, proof.CustomerID}
	}
	m.recordReconcile(ctx, &job{o, kind}, result)
	fleet.Wake(m.reconcile)
	return nil
}

// proveByMirror finishes each operation that is unknown or presumed not done but was done according to the mirror.
func (m *Machine) proveByMirror(ctx context.Context) {
	if m.noneLost.Swap(true) {
		return
	}
	// Newer operations come first because they are more likely to match.
	lost, err := m.jobs(ctx, store.StateUnknown, store.StateNotDone)
	if err != nil {
		if ctx.Err() == nil {
			m.c.Log.Error("read unknown operations", "err", err)
		}
		m.noneLost.Store(false)
		return
	}
	if len(lost) > 0 {
		m.noneLost.Store(false)
	}
	for i := range lost {
		o := &lost[i]
		proof, err := o.kind.ProveLocally(ctx, &o.Operation)
		if err == nil && proof.Done {
			m.recordReconcile(ctx, o, reconcileResult{state: store.StateDone, ids: ids{proof.CloudPBXID, proof.CustomerID}})
		}
	}
}
