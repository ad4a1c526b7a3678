// Package create implements the kind of operation that creates a PBX: the form and its rules, the checks before an
// operation is stored, the one request, and how to find out whether YCM created the PBX.
package create

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// Name is the name of this kind of operation.
const Name store.OperationKind = "create"

// YCM is the part of the YCM client that a Kind uses.
type YCM interface {
	ListCloudPBXs(ctx context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error)
	GetCloudPBXByURL(ctx context.Context, host string) (ycm.CloudPBX, error)
	CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error)
}

// Subscriptions is the part of mirror.Subscriptions that a Kind uses.
type Subscriptions interface {
	Mark() uint64
	Last() (capacity.Reading, uint64)
	Read(ctx context.Context, timeout time.Duration) (capacity.Reading, uint64, error)
}

// Config sets up a Kind. All fields but WarningText and PrecheckTimeout are required.
type Config struct {
	YCM           YCM
	Mirror        operations.PBXs
	Subscriptions Subscriptions
	Rules         Rules
	Reload        func(ctx context.Context, kinds ...fleet.OptionKind) // reads options from YCM again
	Now           func() time.Time

	// Left returns the target keys of the creations that batches have yet to carry out, each with the number of its
	// batch. If it is nil, there are none.
	Left func(ctx context.Context) (map[string]int64, error)

	// WarningText writes an accepted warning as a sentence for the audit log. If it is nil, the log contains the code.
	WarningText func(input.Finding) string

	// PrecheckTimeout limits each of two steps before an operation is stored: rereading options, and checking the host
	// name and the capacity with YCM. It is 10 s if 0.
	PrecheckTimeout time.Duration
}

// Kind is the kind of operation that creates a PBX. It validates and submits forms, and remembers the PBXs that were
// created recently. Its methods are safe for concurrent use.
type Kind struct {
	c       Config
	machine *operations.Machine // set by Use
	flight  singleflight.Group

	mu     sync.Mutex
	recent []createdPBX // created PBXs that might not be in a subscription reading yet
	hosts  map[string]hostAnswer
}

// createdPBX is a PBX whose creation this process has confirmed.
type createdPBX struct {
	mark  uint64 // taken after its creation
	id    string // the operation's ID
	host  string
	at    time.Time
	takes store.Resources
}

// New returns the kind of operation that creates a PBX. Call Use before any method that needs the machine, such as
// Preview or Submit.
func New(c Config) *Kind {
	if c.PrecheckTimeout == 0 {
		c.PrecheckTimeout = 10 * time.Second
	}
	if c.WarningText == nil {
		c.WarningText = func(f input.Finding) string { return string(f.Code) }
	}
	return &Kind{c: c, hosts: map[string]hostAnswer{}}
}

// Use sets the machine to which operations are submitted. Call it once, before any method that needs the machine.
func (k *Kind) Use(m *operations.Machine) { k.machine = m }

// Submitted is the result of submitting a form.
type Submitted struct {
	Operation *store.Operation // nil if the draft's Problems or Warnings prevented storing one
	Draft     Draft
}

// Submit stores an operation from a form and queues it for sending, or returns the problems or warnings that prevent
// this. id is the form's one-time ID: if the same user submits the form again, Submit returns the existing operation.
//
// Submit asks YCM whether the host name is free and how much capacity the subscription has available. If YCM can't be
// read, the error is an *operations.UpstreamError; if the operation can't be stored, it is store.ErrUnavailable. In
// both cases no operation exists and nothing is sent.
func (k *Kind) Submit(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	acknowledged input.Acknowledged,
	zone *time.Location,
) (Submitted, error) {
	v, err, _ := k.flight.Do(id, func() (any, error) {
		// Other callers may be waiting for the same form, so canceling one caller's ctx must not affect them.
		return k.submit(context.WithoutCancel(ctx), by, id, form, acknowledged, zone)
	})
	s, _ := v.(Submitted)
	if err == nil && s.Operation != nil && s.Operation.By.ID != by.ID {
		return Submitted{}, operations.ErrNotYours
	}
	return s, err
}

func (k *Kind) submit(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	acknowledged input.Acknowledged,
	zone *time.Location,
) (Submitted, error) {
	known, err := k.machine.Operation(ctx, id)
	if err == nil {
		return Submitted{Operation: &known}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Submitted{}, err
	}
	mark := k.c.Subscriptions.Mark() // taken before the host name is checked anywhere
	d, err := k.validateFresh(ctx, form, zone)
	if err != nil {
		return Submitted{Draft: d}, err
	}
	if err := k.checkNames(ctx, &d); err != nil || len(d.Problems) > 0 {
		return Submitted{Draft: d}, err
	}
	if !acknowledged.Covers(d.Warnings) { // no need to ask YCM about a form that isn't sent
		return Submitted{Draft: d}, nil
	}
	taken, r, err := k.precheck(ctx, d.Host)
	if err != nil {
		return Submitted{Draft: d}, err
	}
	if taken {
		d.taken(input.Finding{Code: FindingHostInYCM})
		return Submitted{Draft: d}, nil
	}
	o, err := k.store(ctx, by, id, &d, r, mark, acknowledged)
	switch {
	case errors.Is(err, errHeld), errors.Is(err, errWarned):
		return Submitted{Draft: d}, nil
	case err != nil:
		return Submitted{Draft: d}, err
	}
	return Submitted{Operation: &o, Draft: d}, nil
}

var (
	errHeld   = errors.New("the host name is taken")
	errWarned = errors.New("the warnings are not acknowledged")
)

// store submits the operation, unless another one has taken the host name meanwhile or a warning isn't acknowledged.
func (k *Kind) store(
	ctx context.Context,
	by store.Actor,
	id string,
	d *Draft,
	r reading,
	mark uint64,
	acknowledged input.Acknowledged,
) (store.Operation, error) {
	body, err := json.Marshal(d.Request)
	if err != nil {
		return store.Operation{}, fmt.Errorf("encode the create request: %w", err)
	}
	o := store.Operation{
		ID:     id,
		Kind:   Name,
		Target: store.Target{Key: hostKey(d.Host), Name: d.Host},
		Request: store.OperationRequest{
			Body:   body,
			Words:  d.Words,
			Reason: d.Form.Get("reason"),
			Takes:  d.Takes,
		},
		By: by,
	}
	static := len(d.Warnings)
	return k.machine.Submit(ctx, o, func(o *store.Operation, open store.Pending) error {
		d.Warnings = d.Warnings[:static]
		owner := heldBy(open, d.Host)
		if owner.Code == "" && k.createdSince(d.Host, mark) {
			owner.Code = FindingHostJustCreated
		}
		if owner.Code != "" {
			d.taken(owner)
			return errHeld
		}
		left := k.left(r, open)
		d.short(left)
		if !acknowledged.Covers(d.Warnings) {
			return errWarned
		}
		var err error
		if o.Request.Warnings, err = input.EncodeWarnings(d.Warnings); err != nil {
			return err
		}
		for i, n := range left {
			if o.Request.Available[i] = fleet.Absent; n.Known() {
				o.Request.Available[i] = n.N
			}
		}
		return nil
	})
}
