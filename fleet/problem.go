package fleet

import (
	"errors"

	"cordboard/store"
	"cordboard/ycm"
)

// ProblemKind tells causes apart that a person would act on differently.
type ProblemKind int

// Kinds of problems.
const (
	NoProblem   ProblemKind = iota
	Refused                 // YCM said no, for a reason that we don't know
	Credentials             // client id or secret is wrong
	Permission              // the API is off for us, or our address isn't on its list
	Rate                    // too many requests
	Unreadable              // an answer that isn't YCM's
	NoAnswer                // time ran out
	Unavailable             // no connection, or trouble of YCM's own
	NotKept                 // our database can't be written
	NotYetRead              // a look-up is being read for the first time
	Incomplete              // an answer that lacks what earlier ones had
)

// Problem is why YCM could not be read.
type Problem struct {
	Kind      ProblemKind
	Code      int    // YCM's; 0 if it sent none
	Message   string // YCM's words
	RequestID string // YCM's, to quote to its support
	err       error
}

// Error makes it one to return, too: a sentence for the log.
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
