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

// The classes of failure that a person would act on differently. errors.Is(err, ycm.ErrRate) works for each [Error].
var (
	ErrCredentials      = errors.New("credentials refused")  // client id or secret is wrong, or was regenerated
	ErrPermission       = errors.New("not permitted")        // the account lacks the right, or our address isn't on its list
	ErrRate             = errors.New("too many requests")    // 1000040 or 429
	ErrInvalidParameter = errors.New("invalid parameter")    // YCM didn't like what we sent
	ErrNotFound         = errors.New("not found")            // YCM itself says so; a proxy's 404 page is ErrUnreadable
	ErrExists           = errors.New("exists already")       // host name, e-mail, ...
	ErrUnavailable      = errors.New("not available")        // no connection, no answer in time, 5xx
	ErrUnreadable       = errors.New("answer can't be read") // not YCM's API answering, or not in its form
	ErrRefused          = errors.New("refused")              // any other code of YCM's
	ErrNotSent          = errors.New("nothing was sent")     // also set on failures before the first byte left
	ErrNoAnswer         = errors.New("no answer in time")    // a kind of ErrUnavailable: time ran out waiting for YCM
)

// Error is what YCM answered, or why there is no answer. It never holds a token or a secret.
type Error struct {
	Op         string        // "GET v1/cloud_pbx/instances/7715"
	StatusCode int           // HTTP status; 0 without an answer
	Code       int           // YCM's seven digits; 0 if there was none
	Message    string        // YCM's own words, cut to 300 bytes; for the log and for support
	RequestID  string        // quote this to Yeastar's support
	RetryAfter time.Duration // how long YCM asked to wait; 0 if it didn't
	Class      error         // one of the classes above
	NotSent    bool          // no byte of the request left this machine
	Err        error         // the cause on our side, such as a time-out

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

// hide cuts YCM's words where they repeat a token or secret. Its beginning is enough, since they may be cut already.
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

// Is makes errors.Is(err, ycm.ErrNotFound) and its like work.
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

// classByCode holds the codes of the guide's table that say what to do; all others are ErrRefused.
var classByCode = map[int]error{
	1000001: ErrUnavailable, 1000012: ErrUnavailable, 1000030: ErrUnavailable,
	1000002: ErrCredentials, 1000011: ErrCredentials, 1000033: ErrCredentials, 1000035: ErrCredentials, 1000036: ErrCredentials,
	1000004: ErrInvalidParameter, 1000031: ErrInvalidParameter,
	1000005: ErrNotFound, 1000015: ErrNotFound,
	1000007: ErrExists, 1000019: ErrExists,
	1000040: ErrRate,
	1000042: ErrPermission, 1000043: ErrPermission,
}

// failure makes the Error of an answer that isn't a success. The names of the members that carry YCM's code and words
// are not known, so they are looked for under the names that the vendor's other interfaces have, and else by shape.
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
	"SERVER_ERROR": 1000001, "AUTHENTICATION_FAILED": 1000002, "INVALID_PARAMETER": 1000004, "DATA_NOT_FOUND": 1000005, "DATA_ALREADY_EXISTS": 1000007,
	"SESSION_EXPIRED": 1000011, "DATABASE_ERROR": 1000012, "USER_NOT_FOUND": 1000015, "EMAIL_ADDRESS_ALREADY_EXISTS": 1000019, "INVALID_CLIENT": 1000033,
	"TOKEN_EXPIRED": 1000035, "INVALID_TOKEN": 1000036, "RATE_LIMIT_EXCEEDED": 1000040, "ACCESS_DENIED": 1000042, "PERMISSION_DENIED": 1000043,
}

// codeNames and messageNames are the members that failures of the vendor's other interfaces have, in lower case (testdata/openapi.yaml, ErrorEnvelope).
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

// describe fills code, words and requestId from the members of a failure, one level deep, in the order of their names,
// so that the same body always gives the same Error.
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
		case lower == "status" || lower == "time" || strings.HasSuffix(lower, "id"): // no code, even with seven digits
		case bytes.HasPrefix(raw, []byte("{")) && depth == 0:
			var inner map[string]json.RawMessage
			if json.Unmarshal(raw, &inner) == nil {
				e.describe(inner, 1)
			}
		case slices.Contains(codeNames, lower):
			if n, err := strconv.Atoi(strings.TrimSpace(strings.Trim(string(raw), `"`))); err == nil {
				if e.Code == 0 {
					e.Code = n // 0 is none
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
			if n, err := strconv.Atoi(strings.Trim(string(raw), `"`)); err == nil && n >= 1_000_000 && n <= 9_999_999 && e.Code == 0 {
				e.Code = n
			}
		}
	}
}

// maxRetryAfter caps what YCM, or a proxy before it, may ask us to wait.
const maxRetryAfter = 60 * time.Second

func retryAfter(header http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(header.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(v); err == nil || errors.Is(err, strconv.ErrRange) { // the nearest int, then
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
