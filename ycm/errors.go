package ycm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
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

// failure returns the Error for a response that isn't a success. The guide doesn't name the members that hold
// YCM's code and message. failure therefore looks for the names in the vendor's other interfaces, then for a
// likely value.
func failure(op string, status int, header http.Header, body []byte, now time.Time) *Error {
	e := &Error{Op: op, StatusCode: status, RetryAfter: retryAfter(header, now)}
	var members map[string]json.RawMessage
	ours := json.Unmarshal(body, &members) == nil && members != nil
	if ours {
		e.describe(members, 0)
	}
	e.Message = cut(e.Message, 300)
	e.RequestID = cut(e.RequestID, 100)
	code := e.Code
	if code == 0 {
		code = codeByWord[e.word]
	}
	e.Class = classOf(code, status, ours)
	if e.Code == 0 && e.word != "" && errors.Is(e.Class, ErrUnreadable) {
		e.Class = ErrRefused
	}
	return e
}

// refuses reports whether an answer without a status says no: by a code of YCM's, a word of the guide's table, or a
// member that only errors have. Anything else, such as code 200 or the word ACCEPTED, may stand in a success.
func (e *Error) refuses() bool {
	_, known := codeByWord[e.word]
	return known || e.explicit || e.Code >= 1_000_000 && e.Code <= 9_999_999
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

// statusClientClosed is nginx's status for a client that didn't wait.
const statusClientClosed = 499

// codeByWord holds the codes of the guide's table by their words, for answers that have the words alone.
var codeByWord = map[string]int{
	"SERVER_ERROR":                 1000001,
	"AUTHENTICATION_FAILED":        1000002,
	"INVALID_PARAMETER":            1000004,
	"DATA_NOT_FOUND":               1000005,
	"DATA_ALREADY_EXISTS":          1000007,
	"SESSION_EXPIRED":              1000011,
	"DATABASE_ERROR":               1000012,
	"USER_NOT_FOUND":               1000015,
	"EMAIL_ADDRESS_ALREADY_EXISTS": 1000019,
	"INVALID_CLIENT":               1000033,
	"TOKEN_EXPIRED":                1000035,
	"INVALID_TOKEN":                1000036,
	"RATE_LIMIT_EXCEEDED":          1000040,
	"ACCESS_DENIED":                1000042,
	"PERMISSION_DENIED":            1000043,
}

// codeNames and messageNames are the names of these members in failures of the vendor's other interfaces, in lower
// case (testdata/openapi.yaml, ErrorEnvelope).
var (
	codeNames    = []string{"code", "errcode", "errno", "errorcode"}
	messageNames = []string{"message", "msg", "errmsg", "errormessage", "detailmessage"}
)

func classOf(code, status int, ours bool) error {
	if class, ok := classByCode[code]; ok {
		return class
	}
	if code != 0 {
		return ErrRefused
	}
	switch {
	case status == http.StatusTooManyRequests:
		return ErrRate
	case status >= 500:
		return ErrUnavailable
	case status == http.StatusUnauthorized:
		return ErrCredentials
	case status == http.StatusForbidden:
		return ErrPermission
	case status >= 300 && status < 400, !ours:
		return ErrUnreadable
	case status == http.StatusBadRequest, status == http.StatusUnprocessableEntity:
		return ErrInvalidParameter
	case status == http.StatusNotFound:
		return ErrNotFound
	case status == http.StatusConflict:
		return ErrExists
	}
	return ErrRefused
}

var upperSnake = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9.]+)+$`)

// describe sets the code, message and request ID from the members of a failure and of its objects, one level
// deep. It visits them in the order of their names, so that the same body always gives the same Error.
func (e *Error) describe(members map[string]json.RawMessage, depth int) {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		raw := members[name]
		var s string
		isString := json.Unmarshal(raw, &s) == nil
		switch lower := strings.ToLower(name); {
		case lower == "requestid":
			var id Text
			if json.Unmarshal(raw, &id) == nil {
				e.RequestID = string(id)
			}
		case lower == "status" || lower == "time" || strings.HasSuffix(lower, "id"):
			// These never hold the code, even with seven digits.
		case bytes.HasPrefix(raw, []byte("{")) && depth == 0:
			var inner map[string]json.RawMessage
			if json.Unmarshal(raw, &inner) == nil {
				e.describe(inner, 1)
			}
		case slices.Contains(codeNames, lower):
			if n, err := strconv.Atoi(strings.TrimSpace(strings.Trim(string(raw), `"`))); err == nil {
				if e.Code == 0 {
					e.Code = n // 0 means no code
				}
				e.explicit = e.explicit || n != 0 && lower != "code"
			} else if isString {
				if e.word = cut(s, 100); e.Message == "" {
					e.Message = s
				}
			}
		case slices.Contains(messageNames, lower) && isString && s != "":
			if upperSnake.MatchString(s) {
				e.word = cut(s, 100)
			}
			if !upperSnake.MatchString(e.Message) {
				e.Message = s
			}
		case isString && upperSnake.MatchString(s):
			e.Message = s
		case isString && e.Message == "" && (strings.Contains(lower, "msg") || strings.Contains(lower, "message") || strings.HasPrefix(lower, "error")):
			e.Message = s
		default:
			if n, err := strconv.Atoi(
				strings.Trim(string(raw), `"`),
			); err == nil && n >= 1_000_000 && n <= 9_999_999 &&
				e.Code == 0 {
				e.Code = n
			}
		}
	}
}

// maxRetryAfter limits the delay that YCM, or a proxy in front of it, can impose.
const maxRetryAfter = 60 * time.Second

func retryAfter(header http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(header.Get("Retry-After"))
	if v == "" {
		return 0
	}
	// If v is out of range, Atoi returns the nearest int.
	if seconds, err := strconv.Atoi(v); err == nil || errors.Is(err, strconv.ErrRange) {
		return min(max(time.Duration(min(seconds, 3600))*time.Second, 0), maxRetryAfter)
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
