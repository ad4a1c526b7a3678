// Package change implements the kinds of operation that change one existing PBX: the forms and their rules, the
// difference that a user confirms, the one request, and the reads that prove what YCM did.
package change

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// Kinds of operation. Suspend is only the name of a form; its operations are of the kind Stop.
const (
	Start   store.OperationKind = "start"
	Stop    store.OperationKind = "stop"
	Suspend store.OperationKind = "suspend"
	Resize  store.OperationKind = "resize"
	Update  store.OperationKind = "update"
	Delete  store.OperationKind = "delete"

	Customers store.OperationKind = "customers"
	Email     store.OperationKind = "activation-email"
)

// YCM is the part of the YCM client that changes a PBX.
type YCM interface {
	StartCloudPBX(ctx context.Context, id int64) (ycm.Done, error)
	StopCloudPBX(ctx context.Context, id int64) (ycm.Done, error)
	ResizeCloudPBX(ctx context.Context, id int64, r ycm.ResizeCloudPBXRequest) (ycm.Done, error)
	UpdateCloudPBX(ctx context.Context, id int64, r ycm.UpdateCloudPBXRequest) (ycm.Done, error)
	DeleteCloudPBXs(ctx context.Context, ids ...int64) (ycm.Done, error)
	GetCloudPBXCustomers(ctx context.Context, id int64) ([]int64, error)
	SetCloudPBXCustomers(ctx context.Context, id int64, customers []int64) (ycm.Done, error)
	SendActivationEmails(ctx context.Context, id int64, customers []int64) (ycm.ActivationEmails, error)
	GetCustomer(ctx context.Context, id int64) (ycm.Customer, error)
}

// PBXs is the part of the mirror that changes use. Read reads a PBX from YCM; the other methods don't wait for YCM.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
	Read(ctx context.Context, id int64) (*fleet.PBX, error)
}

// Subscriptions has the last reading of the subscription, and reads it again.
type Subscriptions interface {
	Last() (capacity.Reading, uint64)
	Read(ctx context.Context, timeout time.Duration) (capacity.Reading, uint64, error)
}

// Config sets up Changes. All fields but MinExtensions, WarningText and ReadTimeout are required.
type Config struct {
	YCM           YCM
	PBXs          PBXs
	Subscriptions Subscriptions
	Customers     func() *fleet.Options                                // YCM's customers as last read, for their names
	Suspended     func(ctx context.Context) ([]store.Operation, error) // see store.Suspensions
	Now           func() time.Time
	MinExtensions int64 // minimum extensions per PBX; 0: not known

	// WarningText writes an accepted warning as a sentence for the audit log. If it is nil, the log contains the code.
	WarningText func(input.Finding) string

	ReadTimeout time.Duration // limits the reads before an operation is stored; 10 s if 0
}

// Changes prepares and submits operations that change a PBX. Its methods are safe for concurrent use.
type Changes struct {
	c       Config
	machine *operations.Machine // set by Use
	flight  singleflight.Group
}

// New returns Changes. Call Use before any method that needs the machine, such as Preview or Submit.
func New(c Config) *Changes {
	if c.ReadTimeout == 0 {
		c.ReadTimeout = 10 * time.Second
	}
	if c.WarningText == nil {
		c.WarningText = func(f input.Finding) string { return string(f.Code) }
	}
	return &Changes{c: c}
}

// Use sets the machine to which operations are submitted. Call it once, before any method that needs the machine.
func (c *Changes) Use(m *operations.Machine) { c.machine = m }

// Kinds returns the kinds of operation that this package implements.
func (c *Changes) Kinds() map[store.OperationKind]operations.Kind {
	kinds := map[store.OperationKind]operations.Kind{}
	for name, a := range actions {
		if name != Suspend {
			kinds[name] = &kind{name: name, action: a, changes: c}
		}
	}
	return kinds
}

// Submitted is the result of submitting a form.
type Submitted struct {
	Operation *store.Operation // nil if the draft's Problems, Warnings or Meanwhile prevented storing one
	Draft     Draft
}

// Submit stores an operation from a form and queues it for sending, or returns a draft that says what prevents this.
// id is the form's one-time ID: if the same user submits the form again, Submit returns the existing operation.
//
// Submit reads the PBX from YCM. If it isn't as the user saw it, no operation is stored. The errors are those of
// Preview and of [operations.Machine.Submit].
func (c *Changes) Submit(
	ctx context.Context,
	by store.Actor,
	id string,
	r Request,
	acknowledged input.Acknowledged,
) (Submitted, error) {
	v, err, _ := c.flight.Do(id, func() (any, error) {
		// Other callers may be waiting for the same form, so canceling one caller's ctx must not affect them.
		return c.submit(context.WithoutCancel(ctx), by, id, r, acknowledged)
	})
	s, _ := v.(Submitted)
	if err == nil && s.Operation != nil && s.Operation.By.ID != by.ID {
		return Submitted{}, operations.ErrNotYours
	}
	return s, err
}

func (c *Changes) submit(
	ctx context.Context,
	by store.Actor,
	id string,
	r Request,
	acknowledged input.Acknowledged,
) (Submitted, error) {
	known, err := c.machine.Operation(ctx, id)
	if err == nil {
		return Submitted{Operation: &known}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Submitted{}, err
	}
	d, err := c.Preview(ctx, r)
	d.Unreviewed = r.Reviewed != "" && r.Reviewed != d.Digest() && len(d.Problems)+len(d.Meanwhile) == 0
	if err != nil || d.Unreviewed || len(d.Problems)+len(d.Meanwhile) > 0 || !acknowledged.Covers(d.Warnings) {
		return Submitted{Draft: d}, err
	}
	if d.Takes != (store.Resources{}) {
		if _, _, err := c.c.Subscriptions.Read(ctx, c.c.ReadTimeout); err != nil {
			return Submitted{Draft: d}, &operations.UpstreamError{Problem: fleet.ProblemOf(err)}
		}
	}
	if err := c.keepSuspension(ctx, &d); err != nil {
		return Submitted{Draft: d}, err
	}
	o := store.Operation{ID: id, By: by, Kind: d.Kind, Target: targetOf(d.PBX)}
	o, err = c.machine.Submit(ctx, o, func(o *store.Operation, open store.Pending) error {
		d.compare(c.left(open))
		if !acknowledged.Covers(d.Warnings) {
			return errWarned
		}
		var err error
		o.Request, err = d.request()
		return err
	})
	if errors.Is(err, errWarned) {
		return Submitted{Draft: d}, nil
	}
	if err != nil {
		return Submitted{Draft: d}, err
	}
	return Submitted{Operation: &o, Draft: d}, nil
}

var errWarned = errors.New("the warnings are not acknowledged")
