package operations

import (
	"context"

	"cordboard/store"
)

// Store is the part of the store that has the operations. It stores each change of an operation together with its audit
// entry.
type Store interface {
	AddOperation(
		ctx context.Context,
		o store.Operation,
		check func(o *store.Operation, open store.Pending) error,
		event func(*store.Operation) store.Event,
	) (store.Operation, error)
	ChangeOperation(
		ctx context.Context,
		id string,
		by store.Actor,
		change func(*store.Operation) (store.Event, error),
	) (store.Operation, error)
	Operation(ctx context.Context, account, id string) (store.Operation, error)
	Batch(ctx context.Context, account, id string) (store.Batch, error)
	OperationOfPBX(
		ctx context.Context,
		account string,
		kind store.OperationKind,
		cloudPBXID int64,
	) (store.Operation, error)
	OperationOfCustomer(
		ctx context.Context,
		account string,
		kind store.OperationKind,
		customerID int64,
	) (store.Operation, error)
	Operations(
		ctx context.Context,
		account string,
		f store.OperationFilter,
		page, per int,
	) (store.OperationPage, error)
	OperationsIn(ctx context.Context, account string, states ...store.OperationState) ([]store.Operation, error)
	OperationsOpen(ctx context.Context, account string) (store.Pending, error)
	OpenOperations(ctx context.Context, account string) (int64, error)
	LastOperation(ctx context.Context, account string) (int64, error)
}
