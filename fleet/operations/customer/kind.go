package customer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cordboard/fleet"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
)

// kind implements [operations.Kind].
type kind struct {
	name      store.OperationKind
	customers *Customers
}

// Action implements [operations.Kind].
func (k *kind) Action() string { return strings.Replace(string(k.name), "-", ".", 1) }

var (
	errChanged = errors.New("the customer was changed in YCM after the user had confirmed")
	errGone    = errors.New("YCM no longer has the customer")
)

// Send implements [operations.Kind]. Right before the request, it reads an existing customer again. If the customer
// isn't as the user saw it, Send makes no request.
func (k *kind) Send(ctx context.Context, o *store.Operation) (operations.Sent, error) {
	id := o.Target.CustomerID
	if k.name != Create {
		now, err := k.customers.c.Directory.Read(ctx, id)
		switch {
		case errors.Is(err, ycm.ErrNotFound):
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureGone, Err: errGone}
		case err != nil:
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureUnavailable, Err: err}
		case !maps.Equal(seenOf(now), o.Request.Seen):
			return operations.Sent{}, &operations.NotSentError{Kind: store.FailureChanged, Err: errChanged}
		}
	}
	sent, err := k.call(ctx, o)
	if err == nil && sent.CustomerID != 0 {
		k.refresh(ctx, sent.CustomerID)
	}
	return sent, err
}

// call makes the one request.
func (k *kind) call(ctx context.Context, o *store.Operation) (operations.Sent, error) {
	id, y := o.Target.CustomerID, k.customers.c.YCM
	var body ycm.CustomerRequest
	if k.name != Delete {
		if err := json.Unmarshal(o.Request.Body, &body); err != nil {
			return operations.Sent{}, fmt.Errorf("decode the customer: %w", err)
		}
	}
	switch k.name {
	case Create:
		created, err := y.CreateCustomer(ctx, body)
		return operations.Sent{CustomerID: created.CustomerID, RequestID: created.RequestID}, err
	case Update:
		done, err := y.UpdateCustomer(ctx, id, body)
		return operations.Sent{CustomerID: id, RequestID: done.RequestID}, err
	}
	done, err := y.DeleteCustomers(ctx, id)
	return operations.Sent{CustomerID: id, RequestID: done.RequestID}, err
}

// refresh reads a customer into the directory. If that fails, the next list of the customers has it.
func (k *kind) refresh(ctx context.Context, id int64) {
	_, _ = k.customers.c.Directory.Read(ctx, id)
}

// Prove implements [operations.Kind]. A creation is proved by YCM's list, the others by the customer's record.
func (k *kind) Prove(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	if k.isLate(o) {
		return operations.Proof{}, nil
	}
	if k.name == Create {
		return k.proveCreated(ctx, o)
	}
	now, err := k.customers.c.Directory.Read(ctx, o.Target.CustomerID)
	switch {
	case errors.Is(err, ycm.ErrNotFound):
		return operations.Proof{Done: k.name == Delete, CustomerID: o.Target.CustomerID}, nil
	case err != nil:
		return operations.Proof{}, err
	}
	done := k.name == Update
	for _, c := range o.Request.Changes {
		done = done && now.Members[c.Field] == c.After
	}
	return operations.Proof{Done: done, CustomerID: o.Target.CustomerID}, nil
}

// proveCreated looks for the new customer in YCM's list.
func (k *kind) proveCreated(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	var body ycm.CustomerRequest
	if err := json.Unmarshal(o.Request.Body, &body); err != nil {
		return operations.Proof{}, fmt.Errorf("decode the customer: %w", err)
	}
	for c, err := range ycm.Customers(ctx, k.customers.c.YCM) {
		if err != nil {
			return operations.Proof{}, err
		}
		if c.CustomerID.Known() && !wasKnown(o, c.CustomerID.N) && string(c.FirstName) == body.FirstName &&
			string(c.Company) == body.Company && emailKey(string(c.Email)) == emailKey(body.Email) {
			k.refresh(ctx, c.CustomerID.N)
			return k.adopt(ctx, o, c.CustomerID.N)
		}
	}
	return operations.Proof{}, nil
}

// adopt returns the proof that an operation created a customer. The proof is empty if another operation created it, or
// if one that may have is open, because that one has precedence.
func (k *kind) adopt(ctx context.Context, o *store.Operation, id int64) (operations.Proof, error) {
	open, err := k.customers.machine.Open(ctx)
	if err != nil {
		return operations.Proof{}, err
	}
	if slices.ContainsFunc(open.Operations, func(other store.Operation) bool {
		return other.ID != o.ID && other.Target.Key == o.Target.Key
	}) {
		return operations.Proof{}, nil
	}
	other, err := k.customers.machine.NewestOf(ctx, Create, store.Target{CustomerID: id})
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return operations.Proof{}, err
	case err == nil && other.ID != o.ID && other.Target.Key == o.Target.Key:
		return operations.Proof{}, nil
	}
	return operations.Proof{Done: true, CustomerID: id}, nil
}

// wasKnown reports whether a customer existed before an operation that creates one.
func wasKnown(o *store.Operation, id int64) bool {
	return slices.Contains(strings.Fields(o.Request.Seen[knownIDs]), strconv.FormatInt(id, 10))
}

// ProveLocally implements [operations.Kind]. The directory doesn't say when a record was read, so only a new customer,
// or one that is gone, proves anything.
func (k *kind) ProveLocally(ctx context.Context, o *store.Operation) (operations.Proof, error) {
	if k.isLate(o) {
		return operations.Proof{}, nil
	}
	switch k.name {
	case Create:
		var body ycm.CustomerRequest
		if err := json.Unmarshal(o.Request.Body, &body); err != nil {
			return operations.Proof{}, fmt.Errorf("decode the customer: %w", err)
		}
		for _, c := range k.customers.c.Directory.All() {
			if !c.IsGone() && !wasKnown(o, c.ID) && c.Members[fleet.FirstName] == body.FirstName &&
				c.Members[fleet.Company] == body.Company && emailKey(c.Members[fleet.Email]) == emailKey(body.Email) {
				return k.adopt(ctx, o, c.ID)
			}
		}
	case Delete:
		c := k.customers.c.Directory.Customer(o.Target.CustomerID)
		done := c != nil && c.IsGone() && c.GoneAt >= o.Times.SendingAt.Unix()
		return operations.Proof{Done: done, CustomerID: o.Target.CustomerID}, nil
	}
	return operations.Proof{}, nil
}

// isLate reports whether an operation was presumed not done so long ago that its effect would be somebody else's.
func (k *kind) isLate(o *store.Operation) bool {
	return o.State == store.StateNotDone && k.customers.c.Now().Sub(o.Times.FinishedAt) > lateEffect
}

// Done implements [operations.Kind].
func (*kind) Done(*store.Operation) {}

// Describe implements [operations.Kind]. The notes include each change.
func (k *kind) Describe(o *store.Operation, outcome string) (target string, notes []store.Note) {
	notes = append(notes, store.NewNote(store.NoteOperation, o.Number))
	for _, c := range o.Request.Changes {
		if c.Field != presence { // which says no more than the kind
			notes = append(notes, store.NewNote(store.NoteChange, c.Field, c.Before, c.After))
		}
	}
	return o.Target.Name, append(notes, operations.CommonNotes(o, outcome, k.customers.c.WarningText)...)
}
