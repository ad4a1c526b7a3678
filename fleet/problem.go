package fleet

import (
	"errors"

	"cordboard/store"
	"cordboard/ycm"
)

// ProblemKind is the cause of a problem. Causes that call for different actions have different kinds.
type ProblemKind int

// Kinds of problems.
const (
	NoProblem   ProblemKind = iota
	Refused                 // YCM rejected the request for a reason that we don't know
	Credentials             // the client ID or secret is wrong
	Permission              // the API is disabled for us, or our address isn't on its list
	Rate                    // too many requests
	Unreadable              // the answer isn't YCM's
	NoAnswer                // the request timed out
	Unavailable             // no connection, or YCM has problems
	NotKept                 // Cordboard's database can't be written
	NotYetRead              // a look-up is still being read for the first time
	Incomplete              // the answer lacks what earlier ones had
)

// Problem is why YCM could not be read.
type Problem struct {
	Kind      ProblemKind
	Code      int    // YCM's; 0 if it sent none
	Message   string // YCM's message
	RequestID string // YCM's, for its support
	err       error
}

// Error implements error. The text is for the log.
func (p Problem) Error() string { return p.err.Error() }

func (p Problem) Unwrap() error { return p.err }

func problemOf(err error) Problem {
	if err == nil {
		return Problem{}
	}
	p := Problem{Kind: Refused, err: err}
	for _, k := range []struct {
		err  error
		kind ProblemKind
	}{
		{store.ErrUnavailable, NotKept},
		{ycm.ErrCredentials, Credentials},
		{ycm.ErrPermission, Permission},
		{ycm.ErrRate, Rate},
		{ycm.ErrUnreadable, Unreadable},
		{ycm.ErrNoAnswer, NoAnswer},
		{ycm.ErrUnavailable, Unavailable},
	} {
		if errors.Is(err, k.err) {
			p.Kind = k.kind
			break
		}
	}
	var e *ycm.Error
	if errors.As(err, &e) {
		p.Code, p.Message, p.RequestID = e.Code, e.Message, e.RequestID
	}
	return p
}
