package ycm

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// failure returns the Error for a response that isn't a success. The guide doesn't name the members that contain
// YCM's code and message. failure therefore looks for the names that the vendor's other interfaces use, and for likely
// values.
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

// refuses reports whether a response whose status is neither Success nor Failed is a failure. It is a failure if it has
// a code in YCM's range, a word from the guide's error table, or a nonzero code in a member that only errors have.
// Anything else, such as code 200 or the word ACCEPTED, may occur in a success.
func (e *Error) refuses() bool {
	_, known := codeByWord[e.word]
	return known || e.explicit || e.Code >= 1_000_000 && e.Code <= 9_999_999
}

// statusClientClosed is nginx's status for a client that disconnected before the response.
const statusClientClosed = 499

// codeByWord maps the words in the guide's error table to their codes, for responses that contain only the word.
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

// codeNames lists the names, in lowercase, that the vendor's other interfaces use for the code in a failure response
// (see ErrorEnvelope in testdata/openapi.yaml).
var codeNames = []string{"code", "errcode", "errno", "errorcode"}

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

// describe sets e's code, message and request ID from a failure's members, and from the members of objects directly
// inside the failure. It visits members in the order of their names, so that the same body always gives the same
// Error.
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
			// These members never contain the code, even if their values have seven digits.
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
		case isString && e.Message == "" && (strings.Contains(lower, "msg") || strings.Contains(
			lower,
			"message",
		) || strings.HasPrefix(lower, "error")):
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
