package fleet

import "errors"

// ProblemKind is the cause of a problem. Causes that call for different actions have different kinds.
type ProblemKind string

// Kinds of problems. Errors from the YCM client and the store use the same values.
const (
	NoProblem   ProblemKind = ""
	Refused     ProblemKind = "refused"      // any other rejection by YCM, or an unknown cause
	Credentials ProblemKind = "credentials"  // the client ID or secret is wrong
	Permission  ProblemKind = "permission"   // the API is disabled, or Cordboard's IP address isn't allowed
	Rate        ProblemKind = "rate"         // too many requests
	Unreadable  ProblemKind = "unreadable"   // the response isn't in the format of YCM's API
	NoAnswer    ProblemKind = "no-answer"    // the request timed out
	Unavailable ProblemKind = "unavailable"  // no connection, or YCM has problems
	NotKept     ProblemKind = "not-kept"     // Cordboard can't write to its database
	NotYetRead  ProblemKind = "not-yet-read" // a list of options is still being read for the first time
	Incomplete  ProblemKind = "incomplete"   // the response lacks members that an earlier one had
)

// Problem is the reason why data could not be read from YCM or saved. It is also an error, with a message for the log.
type Problem struct {
	Kind      ProblemKind
	Code      int    // YCM's code; 0 if it sent none
	Message   string // YCM's message; for NotYetRead, the kind of options
	RequestID string // YCM's request ID; quote it when you contact Yeastar support
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

// described is an error that reports the kind of its problem, as errors from the YCM client and the store do.
type described interface {
	error
	Problem() (kind string, code int, message, requestID string)
}

// ProblemOf converts an error to a Problem. It returns the zero Problem for nil. An error that doesn't report its kind
// becomes Refused.
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
