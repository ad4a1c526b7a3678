package operations

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

const (
	maxConcurrentSends = 4

	// stopGrace is how long a request in flight can still wait for its response when the portal stops. If no response
	// arrives in time, the operation becomes unknown and is reconciled after the next start.
	stopGrace = 4 * time.Second

	retryDelay = time.Second // between two attempts to read or store operations
)

// Run sends submitted operations, each at most once, and reconciles unknown ones, until ctx ends.
func (m *Machine) Run(ctx context.Context) {
	m.Recover(ctx)
	var reconciling, sending sync.WaitGroup
	reconciling.Go(func() { m.keepReconciling(ctx) })
	defer reconciling.Wait()
	defer sending.Wait()
	slots := make(chan struct{}, maxConcurrentSends)
	started := map[string]bool{}
	for {
		wait := time.Minute
		waiting, err := m.jobs(ctx, store.StateSubmitted)
		if err != nil && ctx.Err() == nil {
			m.c.Log.Error("read submitted operations", "err", err)
			wait = retryDelay
		}
		for i := len(waiting) - 1; i >= 0; i-- { // oldest first
			o := &waiting[i]
			// Package batches sends the operations of batches.
			if started[o.ID] || !o.Times.SendingAt.IsZero() || o.Batch.ID != "" {
				continue
			}
			started[o.ID] = true
			sending.Go(func() {
				select {
				case slots <- struct{}{}:
					m.Send(ctx, o.ID)
					<-slots
				case <-ctx.Done():
				}
			})
		}
		timer := time.NewTimer(wait)
		select {
		case <-m.unsent:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// Recover resolves operations that a previous process left submitted. Those whose sending had started become unknown;
// none of these is ever sent again. The others become not sent, unless they belong to a batch that continues.
func (m *Machine) Recover(ctx context.Context) {
	left, err := m.jobs(ctx, store.StateSubmitted)
	for ; err != nil && ctx.Err() == nil; left, err = m.jobs(ctx, store.StateSubmitted) {
		m.c.Log.Error("read operations of the previous process", "err", err)
		if pause(ctx, retryDelay) != nil {
			return
		}
	}
	for i := range left {
		o := &left[i].Operation
		if o.Number > m.last {
			continue
		}
		state := store.StateUnknown
		if o.Times.SendingAt.IsZero() {
			if b, err := m.c.Store.Batch(ctx, m.c.Account, o.Batch.ID); err == nil && continues(&b) {
				continue
			}
			state = store.StateNotSent
		}
		m.finish(ctx, o, outcome{state: state, answer: store.Answer{Kind: store.FailureRestarted}})
	}
}

// continues reports whether a batch will send its operation that isn't sent yet.
func continues(b *store.Batch) bool {
	return b.State == store.BatchRunning
}

// ids are the IDs that YCM gave an operation's target. 0 means unchanged.
type ids struct{ pbx, customer int64 }

func (i ids) set(t *store.Target) {
	t.CloudPBXID, t.CustomerID = cmp.Or(i.pbx, t.CloudPBXID), cmp.Or(i.customer, t.CustomerID)
}

// outcome is the result of an operation's call, as far as it is known.
type outcome struct {
	state  store.OperationState
	ids    ids
	answer store.Answer
}

var errSent = errors.New("the operation was already sent or is being sent")

// Send makes an operation's one request. It stores the start of sending before the first byte leaves. If the process is
// killed, the operation may become unknown, but it is never sent again. Send leaves an operation of an unknown kind as
// it is.
func (m *Machine) Send(ctx context.Context, id string) {
	if ctx.Err() != nil {
		return // the next start marks it as not sent
	}
	stored := context.WithoutCancel(ctx)
	o, err := m.markSending(stored, id)
	if errors.Is(err, errSent) || errors.Is(err, ErrUnknownKind) {
		return
	}
	if err != nil {
		m.c.Log.Error("mark operation as sending; not sent", "operation", id, "err", err)
		o.ID = id
		m.finish(ctx, &o.Operation, outcome{state: store.StateNotSent, answer: store.Answer{Kind: store.FailureNotWritten}})
		return
	}
	m.Notify()
	sendCtx, cancel := context.WithCancel(stored)
	if o.Batch.ID != "" {
		sendCtx = ycm.Background(sendCtx) // users' own requests come first
	}
	defer cancel()
	stopGraceful := context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })
	defer stopGraceful()
	start := m.c.Now()
	sent, err := o.kind.Send(sendCtx, &o.Operation)
	result := outcomeOf(sent, err)
	result.answer.Took = m.c.Now().Sub(start)
	if err != nil {
		m.c.Log.Error("send operation", "operation", o.Number, "kind", o.Kind, "state", result.state, "err", err)
	}
	if result.state == store.StateDone {
		o.kind.Done(&o.Operation)
	}
	m.finish(ctx, &o.Operation, result)
	if result.state == store.StateDone && sent.CloudPBXID != 0 {
		m.c.Mirror.ReadOne(sendCtx, sent.CloudPBXID)
	}
}

// markSending stores that sending an operation begins now. It returns errSent if it had begun before, and
// ErrUnknownKind if the machine doesn't have the operation's kind.
func (m *Machine) markSending(ctx context.Context, id string) (o job, err error) {
	mark := func(now *store.Operation) (_ store.Event, err error) {
		if o.kind, err = m.kind(now); err != nil {
			return store.Event{}, err
		}
		if now.State != store.StateSubmitted || !now.Times.SendingAt.IsZero() {
			return store.Event{}, errSent
		}
		now.Times.SendingAt = m.c.Now()
		return store.Event{}, nil
	}
	o.Operation, err = m.c.Store.ChangeOperation(ctx, id, store.Actor{}, mark)
	return o, err
}

// classes maps the errors of a call to the resulting states. The first match applies.
var classes = []struct {
	err   error
	kind  store.FailureKind
	state store.OperationState
}{
	{ycm.ErrNoAnswer, store.FailureNoAnswer, store.StateUnknown},
	{ycm.ErrUnavailable, store.FailureUnavailable, store.StateUnknown},
	{ycm.ErrUnreadable, store.FailureUnreadable, store.StateUnknown},
	{ycm.ErrCredentials, store.FailureCredentials, store.StateRefused},
	{ycm.ErrPermission, store.FailurePermission, store.StateRefused},
	{ycm.ErrRate, store.FailureRate, store.StateRefused},
	{ycm.ErrInvalidParameter, store.FailureInvalid, store.StateRefused},
	{ycm.ErrExists, store.FailureExists, store.StateRefused},
	{ycm.ErrNotFound, store.FailureRefused, store.StateRefused},
	{ycm.ErrRefused, store.FailureRefused, store.StateRefused},
}

// outcomeOf returns the outcome of a call. The state is refused only if YCM itself rejected the request, and not sent
// only if the call failed before the first byte. After any other error, the state is unknown.
func outcomeOf(sent Sent, err error) outcome {
	r := outcome{
		state:  store.StateDone,
		ids:    ids{sent.CloudPBXID, sent.CustomerID},
		answer: store.Answer{RequestID: sent.RequestID, Message: sent.Message},
	}
	if err == nil {
		return r
	}
	r.state, r.answer.Kind = store.StateUnknown, store.FailureUnavailable
	for _, class := range classes {
		if errors.Is(err, class.err) {
			r.state, r.answer.Kind = class.state, class.kind
			break
		}
	}
	var e *ycm.Error
	var unsent *NotSentError
	isYCMs, isUnsent := errors.As(err, &e), errors.As(err, &unsent)
	switch {
	case isUnsent && !isYCMs:
		r.state, r.answer.Kind = store.StateNotSent, unsent.Kind
		return r
	case !isYCMs: // no request was made
		r.state, r.answer.Kind = store.StateNotSent, store.FailureNoRequest
		return r
	}
	r.answer.StatusCode, r.answer.Code, r.answer.Message = e.StatusCode, e.Code, e.Message
	if e.RequestID != "" {
		r.answer.RequestID = e.RequestID
	}
	switch {
	case isUnsent, errors.Is(err, ycm.ErrNotSent):
		r.state = store.StateNotSent
	case e.MayHaveActed():
		r.state = store.StateUnknown // whatever the response says: the failure may have come after YCM acted
	}
	return r
}

var errFinished = errors.New("the operation already has an outcome")

// finish stores an operation's outcome. It retries until the database is writable, because the operation must not stay
// submitted. If the portal stops before then, Recover resolves the operation after the next start.
func (m *Machine) finish(ctx context.Context, o *store.Operation, result outcome) {
	stored := context.WithoutCancel(ctx)
	for {
		now, err := m.c.Store.ChangeOperation(
			stored,
			o.ID,
			store.Actor{},
			func(o *store.Operation) (store.Event, error) {
				if !o.IsOpen() || o.State == result.state {
					return store.Event{}, errFinished
				}
				return m.transition(o, result)
			},
		)
		if err == nil || errors.Is(err, errFinished) || errors.Is(err, ErrUnknownKind) {
			if now.State == store.StateUnknown {
				m.noneLost.Store(false)
				fleet.Wake(m.reconcile)
			}
			m.Notify()
			return
		}
		m.c.Log.Error("store outcome of operation", "operation", o.ID, "state", result.state, "err", err)
		if pause(ctx, retryDelay) != nil {
			return
		}
	}
}

// transition moves an operation to another state, and returns the audit event. It returns ErrUnknownKind, and changes
// nothing, if the machine doesn't have the operation's kind.
func (m *Machine) transition(o *store.Operation, result outcome) (store.Event, error) {
	kind, err := m.kind(o)
	if err != nil {
		return store.Event{}, err
	}
	o.State, o.Times.FinishedAt, o.Reconciled.NextAt = result.state, m.c.Now(), time.Time{}
	if result.answer != (store.Answer{}) {
		o.Answer = result.answer
	}
	result.ids.set(&o.Target)
	return eventOf(kind, o, auditOutcomes[result.state]), nil
}

// pause waits for d. It returns ctx's error if ctx ends first.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
