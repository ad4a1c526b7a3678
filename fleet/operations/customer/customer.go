// Package customer implements the kinds of operation that create, change and delete a customer.
package customer

import (
	"context"
	"errors"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// Kinds of operation.
const (
	Create store.OperationKind = "customer-create"
	Update store.OperationKind = "customer-update"
	Delete store.OperationKind = "customer-delete"
)

// YCM is the part of the YCM client that changes customers.
type YCM interface {
	CreateCustomer(ctx context.Context, r ycm.CustomerRequest) (ycm.CreatedCustomer, error)
	UpdateCustomer(ctx context.Context, id int64, r ycm.CustomerRequest) (ycm.Done, error)
	DeleteCustomers(ctx context.Context, ids ...int64) (ycm.Done, error)
	ycm.CustomerLister
}

// Directory has the customers as last read. Read reads one from YCM; if YCM doesn't have it, the error matches
// ycm.ErrNotFound. ReadPBXs reads from YCM whether a customer still has the PBXs that PBXs counts. The other methods
// don't wait for YCM.
type Directory interface {
	Customer(id int64) *fleet.Customer
	All() []*fleet.Customer
	PBXs(id int64) int
	Read(ctx context.Context, id int64) (*fleet.Customer, error)
	ReadPBXs(ctx context.Context, id int64) error
}

// Config sets up Customers. YCM, Directory, Reload and Now are required.
type Config struct {
	YCM       YCM
	Directory Directory
	Reload    func(ctx context.Context, kinds ...fleet.OptionKind) // reads YCM's list of customers into the directory
	Now       func() time.Time

	// WarningText writes an accepted warning as a sentence for the audit log. If it is nil, the log contains the code.
	WarningText func(input.Finding) string

	ReadTimeout time.Duration // limits the read before an operation is stored; 10 s if 0
}

// Customers prepares and submits operations on customers. Its methods are safe for concurrent use.
type Customers struct {
	c       Config
	machine *operations.Machine // set by Use
	flight  singleflight.Group
}

// New returns Customers. Call Use before Look or Submit.
func New(c Config) *Customers {
	if c.ReadTimeout == 0 {
		c.ReadTimeout = 10 * time.Second
	}
	if c.WarningText == nil {
		c.WarningText = func(f input.Finding) string { return string(f.Code) }
	}
	return &Customers{c: c}
}

// Use sets the machine to which operations are submitted. Call it once, before Look or Submit.
func (c *Customers) Use(m *operations.Machine) { c.machine = m }

// Kinds returns the kinds of operation that this package implements.
func (c *Customers) Kinds() map[store.OperationKind]operations.Kind {
	kinds := map[store.OperationKind]operations.Kind{}
	for _, name := range []store.OperationKind{Create, Update, Delete} {
		kinds[name] = &kind{name: name, customers: c}
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
// Submit reads the customer from YCM, or, to create one, the list of customers. If the customer isn't as the user saw
// it, no operation is stored.
//
// The errors are store.ErrNotFound if there is no such customer, an *operations.UpstreamError if YCM can't be read, and
// those of [operations.Machine.Submit].
func (c *Customers) Submit(
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

func (c *Customers) submit(
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
	d, err := c.preview(ctx, r)
	if err != nil || len(d.Problems)+len(d.Meanwhile) > 0 || !acknowledged.Covers(d.Warnings) {
		return Submitted{Draft: d}, err
	}
	o := store.Operation{ID: id, By: by, Kind: d.Kind, Target: d.target()}
	if o.Request, err = d.request(); err != nil {
		return Submitted{Draft: d}, err
	}
	o, err = c.machine.Submit(ctx, o, func(*store.Operation, store.Pending) error { return nil })
	if err != nil {
		return Submitted{Draft: d}, err
	}
	return Submitted{Operation: &o, Draft: d}, nil
}

// target returns the target of an operation. Two open operations can't create a customer with the same email address.
func (d *Draft) target() store.Target {
	if d.Customer == nil {
		return store.Target{Key: "customer-email:" + emailKey(d.members[fleet.Email]), Name: nameOf(d.members)}
	}
	id := strconv.FormatInt(d.Customer.ID, 10)
	return store.Target{Key: "customer:" + id, Name: d.Customer.Name(), CustomerID: d.Customer.ID}
}

// nameOf returns the name of a new customer.
func nameOf(members map[string]string) string {
	return (&fleet.Customer{Members: members, GoneAt: fleet.Absent}).Name()
}
