package operations

import (
	"errors"
	"fmt"

	"cordboard/fleet"
	"cordboard/store"
)

// ErrUnknownKind means that the machine doesn't have the operation's kind. A newer version of Cordboard stored the
// operation.
var ErrUnknownKind = errors.New("this version doesn't support this kind of operation")

// ErrNotYours means that the one-time ID belongs to another user's operation.
var ErrNotYours = errors.New("the operation belongs to another user")

// BusyError means that another operation on the same target is open.
type BusyError struct {
	ID     string // of the other operation, as are the other fields
	Number int64
	Kind   store.OperationKind
	By     string // the user's name
}

// Busy returns the error that an open operation causes.
func Busy(o *store.Operation) *BusyError { return &BusyError{o.ID, o.Number, o.Kind, o.By.Name} }

func (e *BusyError) Error() string {
	return fmt.Sprintf("operation %d on the same target is open", e.Number)
}

// NotSentError means that a kind's Send made no request, because a check right before it failed. Kind is the reason if
// Err isn't an error of YCM's client.
type NotSentError struct {
	Kind store.FailureKind
	Err  error
}

func (e *NotSentError) Error() string { return "nothing was sent: " + e.Err.Error() }

func (e *NotSentError) Unwrap() error { return e.Err }

// ErrNoTrace means that nothing in YCM can show whether an operation was done.
var ErrNoTrace = errors.New("the operation leaves no trace in YCM")

// UpstreamError means that YCM or one of its lists of options could not be read. Nothing was stored or changed.
type UpstreamError struct{ Problem fleet.Problem }

func (e *UpstreamError) Error() string { return "read from YCM: " + e.Problem.Error() }

func (e *UpstreamError) Unwrap() error { return e.Problem.Err }
