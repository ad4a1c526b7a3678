package ycm

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// These are the classes of failure that call for different actions. Each works with errors.Is(err, ycm.ErrRate) and
// the like. The text of a class is also a label value of a metric.
var (
	ErrCredentials      = errors.New("credentials refused")  // the client ID or secret is wrong or was regenerated
	ErrPermission       = errors.New("not permitted")        // no permission, or our IP address isn't allowed
	ErrRate             = errors.New("too many requests")    // 1000040 or 429
	ErrInvalidParameter = errors.New("invalid parameter")    // YCM rejected a value in the request
	ErrNotFound         = errors.New("not found")            // reported by YCM; a proxy's 404 page is ErrUnreadable
	ErrExists           = errors.New("exists already")       // such as a host name or an email address
	ErrUnavailable      = errors.New("not available")        // no connection, no response in time, or 5xx
	ErrUnreadable       = errors.New("answer can't be read") // not from YCM's API, or not in its format
	ErrRefused          = errors.New("refused")              // any other YCM code
	ErrNotSent          = errors.New("nothing was sent")     // in addition, if the failure preceded the first byte
	ErrNoAnswer         = errors.New("no answer in time")    // in addition, if an ErrUnavailable is a timeout
)

// Error is a failure that YCM reported, or the reason that there is no response. It never holds a token or a
// secret.
type Error struct {
	Op         string        // "GET v1/cloud_pbx/instances/7715"
	StatusCode int           // HTTP status; 0 without a response
	Code       int           // YCM's seven-digit code; 0 if there was none
	Message    string        // YCM's message, truncated to 300 bytes; for the log and for support
	RequestID  string        // quote it to Yeastar's support
	RetryAfter time.Duration // the delay that YCM asked for; 0 if it asked for none
	Class      error         // one of the classes above
	NotSent    bool          // no byte of the request left this machine
	Err        error         // the cause on our side, such as a timeout

	word     string // the code, where it is a word
	explicit bool   // the code came under a name that only errors have
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ycm: %s: %v", e.Op, e.Class)
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, ", status %d", e.StatusCode)
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ", code %d", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, " %q", e.Message)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, ", requestId %q", e.RequestID)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// hide truncates YCM's texts where they repeat a token or secret. It matches the start of the secret only, since
// the texts may be truncated already.
func (e *Error) hide(secret string) {
	if secret == "" {
		return
	}
	for _, words := range []*string{&e.Message, &e.RequestID} {
		if before, _, found := strings.Cut(*words, secret[:min(len(secret), 16)]); found {
			*words = before + "…"
		}
	}
}

// Is reports whether target is the class of e, or is ErrNotSent or ErrNoAnswer and applies to e.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotSent:
		return e.NotSent
	case ErrNoAnswer:
		return e.Class == ErrUnavailable && isTimeout(e.Err)
	}
	return target == e.Class
}

func (e *Error) Unwrap() error { return e.Err }

// problems are the classes that the fleet distinguishes, with their codes. The first that applies counts.
var problems = []struct {
	err  error
	kind string
}{
	{ErrCredentials, "credentials"},
	{ErrPermission, "permission"},
	{ErrRate, "rate"},
	{ErrUnreadable, "unreadable"},
	{ErrNoAnswer, "no-answer"},
	{ErrUnavailable, "unavailable"},
}

// Problem returns what the error is about: a code that stands for its class, "refused" for all that call for no action
// of their own, and YCM's code, message and request ID.
func (e *Error) Problem() (kind string, code int, message, requestID string) {
	kind = "refused"
	for _, p := range problems {
		if e.Is(p.err) {
			kind = p.kind
			break
		}
	}
	return kind, e.Code, e.Message, e.RequestID
}

// classByCode maps codes from the guide's table to a class. All other codes are ErrRefused.
var classByCode = map[int]error{
	1000001: ErrUnavailable,
	1000012: ErrUnavailable,
	1000030: ErrUnavailable,
	1000002: ErrCredentials,
	1000011: ErrCredentials,
	1000033: ErrCredentials,
	1000035: ErrCredentials,
	1000036: ErrCredentials,
	1000004: ErrInvalidParameter,
	1000031: ErrInvalidParameter,
	1000005: ErrNotFound,
	1000015: ErrNotFound,
	1000007: ErrExists,
	1000019: ErrExists,
	1000040: ErrRate,
	1000042: ErrPermission,
	1000043: ErrPermission,
}

// MayHaveActed reports whether YCM may have done what was asked although the answer is an error: the failure may have
// come after the change, or from a proxy that gave up waiting.
func (e *Error) MayHaveActed() bool {
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, statusClientClosed:
		return true
	}
	return e.StatusCode >= http.StatusInternalServerError
}

// codeNames and messageNames are the names of these members in failures of the vendor's other interfaces, in lower
// case (testdata/openapi.yaml, ErrorEnvelope).
var (
	messageNames = []string{"message", "msg", "errmsg", "errormessage", "detailmessage"}
)
