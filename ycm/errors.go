package ycm

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// These are the classes of failure, each of which calls for a different action. Match them with errors.Is, as in
// errors.Is(err, ycm.ErrRate). A class's message is also used as a label value in a metric.
var (
	ErrCredentials      = errors.New("credentials refused")  // the client ID, the secret or a token is not valid
	ErrPermission       = errors.New("not permitted")        // no permission, or our IP address isn't allowed
	ErrRate             = errors.New("too many requests")    // code 1000040, status 429, or a pause after one of these
	ErrInvalidParameter = errors.New("invalid parameter")    // YCM rejected a value in the request
	ErrNotFound         = errors.New("not found")            // reported by YCM; a proxy's 404 page is ErrUnreadable
	ErrExists           = errors.New("exists already")       // for example, a host name or email address that is in use
	ErrUnavailable      = errors.New("not available")        // no connection, no complete response, or a server error
	ErrUnreadable       = errors.New("answer can't be read") // the response isn't in the format of YCM's API
	ErrRefused          = errors.New("refused")              // any other failure that YCM reported
	ErrNotSent          = errors.New("nothing was sent")     // matched in addition to the class, if no byte was sent
	ErrNoAnswer         = errors.New("no answer in time")    // matched in addition to ErrUnavailable, after a timeout
)

// Error is a failure that YCM reported, or the reason why there is no usable response. It never contains a token or
// a secret.
type Error struct {
	Op         string        // such as "GET v1/cloud_pbx/instances/7715"
	StatusCode int           // HTTP status; 0 without a response
	Code       int           // YCM's code, normally seven digits; 0 if there was none
	Message    string        // from YCM, truncated to 300 bytes, or from this package; for the log and support
	RequestID  string        // quote it when you contact Yeastar support
	RetryAfter time.Duration // the delay that YCM asked for, or the rest of a pause; 0 means none
	Class      error         // one of the classes above
	NotSent    bool          // no byte of the request left this machine
	Err        error         // the underlying error, such as a timeout; may be nil

	word     string // YCM's code as a word, such as DATA_NOT_FOUND
	explicit bool   // a nonzero code was in a member that only errors have
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

// hide truncates Message and RequestID at the first occurrence of secret, which is a token or the client secret. It
// matches only the start of the secret, because Message and RequestID may already be truncated.
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

// Is reports whether target is e's class. For ErrNotSent and ErrNoAnswer, it reports whether they apply to e.
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

// problems lists the classes that package fleet distinguishes, with their kinds. The first class that applies to an
// error determines its kind.
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

// Problem returns the error's kind, and YCM's code, message and request ID. The kind is "refused" if no class in
// problems applies.
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

// classByCode maps codes to classes. The codes are from the error table in the vendor's guide. All other codes mean
// ErrRefused.
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

// MayHaveActed reports whether e's HTTP status means that YCM may have acted on the request despite the error. The
// failure may have happened after the change, or the response may be from a proxy that gave up waiting.
func (e *Error) MayHaveActed() bool {
	switch e.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooEarly, statusClientClosed:
		return true
	}
	return e.StatusCode >= http.StatusInternalServerError
}

// messageNames lists the names, in lowercase, that the vendor's other interfaces use for the message in a failure
// response (see ErrorEnvelope in testdata/openapi.yaml).
var (
	messageNames = []string{"message", "msg", "errmsg", "errormessage", "detailmessage"}
)
