package fleet

import "errors"

// ProblemKind is the cause of a problem. Causes that call for different actions have different kinds.
type ProblemKind string

// Kinds of problems. The YCM client and the store use the same codes.
const (
	NoProblem   ProblemKind = ""
	Refused     ProblemKind = "refused"      // YCM rejected the request for a reason that we don't know
	Credentials ProblemKind = "credentials"  // the client ID or secret is wrong
	Permission  ProblemKind = "permission"   // the API is disabled for us, or our address isn't on its list
	Rate        ProblemKind = "rate"         // too many requests
	Unreadable  ProblemKind = "unreadable"   // the answer isn't YCM's
	NoAnswer    ProblemKind = "no-answer"    // the request timed out
	Unavailable ProblemKind = "unavailable"  // no connection, or YCM has problems
	NotKept     ProblemKind = "not-kept"     // Cordboard's database can't be written
	NotYetRead  ProblemKind = "not-yet-read" // a list of options is still being read for the first time
	Incomplete  ProblemKind = "incomplete"   // the answer lacks what earlier ones had
)

// Problem is why YCM could not be read. It is an error whose text is for the log.
type Problem struct {
	Kind      ProblemKind
	Code      int    // YCM's; 0 if it sent none
	Message   string // YCM's message
	RequestID string // YCM's, for its support
	Err       error  // the cause; nil if Kind is NoProblem or Incomplete
}

// Error implements error.
func (p Problem) Error() string {
	if p.Err == nil {
		return string(p.Kind)
	}
	return p.Err.Error()
}

func (p Problem) Unwrap() error { return p.Err }

// described is an error that names the kind of problem that it is. Errors of the YCM client and of the store do.
type described interface {
	error
	Problem() (kind string, code int, message, requestID string)
}

// ProblemOf returns the problem that an error is; the zero Problem for nil. An error that doesn't name its kind is
// Refused.
func ProblemOf(err error) Problem {
	if err == nil {
		return Problem{}
	}
	p := Problem{Kind: Refused, Err: err}
	var d described
	if errors.As(err, &d) {
		kind, code, message, requestID := d.Problem()
		p.Kind, p.Code, p.Message, p.RequestID = ProblemKind(kind), code, message, requestID
	}
	return p
}
