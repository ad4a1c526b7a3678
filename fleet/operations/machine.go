// Package operations implements the durable state machine for changes to YCM. It stores each request, sends it at most
// once, and finds out its outcome by reading YCM if the response is inconclusive. Kinds of operation plug in; creating
// a PBX is the first.
package operations

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/store"
)

// Sent is the result of a kind's call: the ID of the PBX or customer, if YCM returned one, and YCM's requestId.
type Sent struct {
	CloudPBXID int64
	CustomerID int64
	RequestID  string
	Message    string // what else YCM reported; "" if nothing
}

// Proof is the evidence from YCM or the mirror about whether an operation was done.
type Proof struct {
	Done       bool
	CloudPBXID int64 // ID of the operation's PBX; 0 unless Done
	CustomerID int64 // ID of the operation's customer; 0 unless Done
}

// Kind defines one kind of operation. The machine calls its methods concurrently.
type Kind interface {
	// Action returns the operation's action in the audit log, such as "pbx.create".
	Action() string

	// Describe returns the target's name and the notes for the audit log, such as the capacity that the operation takes
	// and the user's reason.
	Describe(o *store.Operation, outcome string) (target string, notes []store.Note)

	// Send sends the operation's one request to YCM. An error from YCM's client is a *ycm.Error. Any other error means
	// that nothing was sent, such as a *NotSentError.
	Send(ctx context.Context, o *store.Operation) (Sent, error)

	// Prove reads YCM to find out whether an operation was done. If it wasn't, YCM may still do it later. Prove returns
	// ErrNoTrace if nothing in YCM can show it.
	Prove(ctx context.Context, o *store.Operation) (Proof, error)

	// ProveLocally does the same as Prove, but reads the mirror instead of YCM.
	ProveLocally(ctx context.Context, o *store.Operation) (Proof, error)

	// Done is called before the state "done" is stored, so o still counts as open unless it was presumed not done.
	Done(o *store.Operation)
}

// PBXs is the part of the mirror that operations use.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	ReadOne(ctx context.Context, id int64)
	AfterPass(f func(context.Context))
}

// Config sets up a Machine. Account, Store, Mirror, Changed and Kinds are required.
type Config struct {
	Account string
	Store   Store
	Mirror  PBXs
	Changed *fleet.Signal // notified of every change to an operation
	Kinds   map[store.OperationKind]Kind
	Now     func() time.Time // time.Now if nil
	Log     *slog.Logger     // discards if nil

	// ReconcileWindow is how long Cordboard checks YCM for the effect of a request that got no conclusive response; 2 min
	// if 0.
	ReconcileWindow time.Duration

	// ReadTimeout bounds a check that a user requests; 10 s if 0.
	ReadTimeout time.Duration
}

// Machine stores operations, sends each one at most once, and reconciles those without a conclusive response. Its
// methods are safe for concurrent use, but Reconcile must not be called while Run or another Reconcile is running.
type Machine struct {
	c Config

	// last is the number of the newest operation when this process started. Operations up to this number belong to a
	// previous process.
	last    int64
	flight  singleflight.Group
	version atomic.Uint64 // grows with each change to an operation

	// noneLost means that no operation is unknown or presumed not done, so proveByMirror has nothing to do.
	noneLost  atomic.Bool
	unsent    chan struct{} // signals that there is something to send
	reconcile chan struct{} // signals that there is something to reconcile

	// due maps the ID of each unknown operation to the time of its next read. Only the goroutine that reconciles uses it.
	due map[string]time.Time

	// skipped has the IDs of the operations of an unknown kind that were logged.
	skipped sync.Map
}

// New returns a Machine. It sends nothing to YCM; Run does.
func New(ctx context.Context, c Config) (*Machine, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.ReconcileWindow = cmp.Or(c.ReconcileWindow, 2*time.Minute)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 10*time.Second)
	m := &Machine{
		c:         c,
		unsent:    make(chan struct{}, 1),
		reconcile: make(chan struct{}, 1),
		due:       map[string]time.Time{},
	}
	var err error
	if m.last, err = c.Store.LastOperation(ctx, c.Account); err != nil {
		return nil, fmt.Errorf("read the newest operation: %w", err)
	}
	c.Mirror.AfterPass(m.proveByMirror)
	return m, nil
}

// kind returns an operation's kind, or ErrUnknownKind.
func (m *Machine) kind(o *store.Operation) (Kind, error) {
	if kind, known := m.c.Kinds[o.Kind]; known {
		return kind, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownKind, o.Kind)
}

// job is an operation with its kind.
type job struct {
	store.Operation

	kind Kind
}

// jobs returns the operations in the given states, newest first, without those of an unknown kind. These stay as they
// are until a version that has their kind runs. Each of them is logged once.
func (m *Machine) jobs(ctx context.Context, states ...store.OperationState) ([]job, error) {
	all, err := m.InState(ctx, states...)
	jobs := make([]job, 0, len(all))
	for i := range all {
		o := &all[i]
		kind, err := m.kind(o)
		if err == nil {
			jobs = append(jobs, job{*o, kind})
			continue
		}
		if _, logged := m.skipped.LoadOrStore(o.ID, true); !logged {
			m.c.Log.Error("leave operation as it is", "operation", o.Number, "state", o.State, "err", err)
		}
	}
	return jobs, err
}

// Submit stores an operation and queues it for sending. Its ID is a form's one-time ID: if the same user submits the
// form again, Submit returns the existing operation.
//
// Submit calls check with what is under way, in the transaction that stores o. Therefore each of
// several concurrent submissions sees the operations stored before its own. If check returns an error, nothing is
// stored and Submit returns that error.
//
// The error is a *BusyError if another operation on the target is open, ErrNotYours if the ID belongs to another
// user's operation, store.ErrNotRunning if the operation's batch isn't running, and store.ErrUnavailable if the
// operation can't be stored. Run doesn't send the operation of a batch.
func (m *Machine) Submit(
	ctx context.Context,
	o store.Operation,
	check func(o *store.Operation, open store.Pending) error,
) (store.Operation, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), submitTimeout)
	defer cancel()
	by := o.By
	o.Account = m.c.Account
	kind, err := m.kind(&o)
	if err != nil {
		return o, err
	}
	o, err = m.c.Store.AddOperation(ctx, o, func(o *store.Operation, open store.Pending) error {
		if err := check(o, open); err != nil {
			return err
		}
		if other := open.On(o.Target.Key); other != nil {
			return Busy(other)
		}
		return nil
	}, func(o *store.Operation) store.Event { return eventOf(kind, o, store.OutcomeAsked) })
	if err != nil {
		return o, err
	}
	if o.By.ID != by.ID {
		return store.Operation{}, ErrNotYours
	}
	fleet.Wake(m.unsent)
	m.Notify()
	return o, nil
}

// submitTimeout bounds the time to store an operation.
const submitTimeout = 5 * time.Second

// Operation returns the operation with the given ID, or store.ErrNotFound if there is none.
func (m *Machine) Operation(ctx context.Context, id string) (store.Operation, error) {
	return m.c.Store.Operation(ctx, m.c.Account, id)
}

// NewestOf returns the newest operation of the given kind on the target's customer or, if it has none, on its PBX. It
// returns store.ErrNotFound if there is no operation. For a PBX, an empty kind means any kind.
func (m *Machine) NewestOf(ctx context.Context, kind store.OperationKind, t store.Target) (store.Operation, error) {
	if t.CustomerID != 0 {
		return m.c.Store.OperationOfCustomer(ctx, m.c.Account, kind, t.CustomerID)
	}
	return m.c.Store.OperationOfPBX(ctx, m.c.Account, kind, t.CloudPBXID)
}

// List returns a page of the operations that the filter selects, newest first.
func (m *Machine) List(ctx context.Context, f store.OperationFilter, page, per int) (store.OperationPage, error) {
	return m.c.Store.Operations(ctx, m.c.Account, f, page, per)
}

// InState returns the operations in the given states, newest first.
func (m *Machine) InState(ctx context.Context, states ...store.OperationState) ([]store.Operation, error) {
	return m.c.Store.OperationsIn(ctx, m.c.Account, states...)
}

// Open returns what is under way.
func (m *Machine) Open(ctx context.Context) (store.Pending, error) {
	return m.c.Store.OperationsOpen(ctx, m.c.Account)
}

// CountOpen returns the number of open operations.
func (m *Machine) CountOpen(ctx context.Context) (int64, error) {
	return m.c.Store.OpenOperations(ctx, m.c.Account)
}

// Version returns a number that grows with each change to an operation.
func (m *Machine) Version() uint64 { return m.version.Load() }

// Notify wakes everything that watches operations.
func (m *Machine) Notify() {
	m.version.Add(1)
	m.c.Changed.Notify()
}

// Holds returns the capacity that open operations and running batches reserve in the subscription.
func Holds(open store.Pending) store.Resources {
	sum := open.Held
	for i := range open.Operations {
		for resource, n := range open.Operations[i].Request.Takes {
			sum[resource] += n
		}
	}
	return sum
}
