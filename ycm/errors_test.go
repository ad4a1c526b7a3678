package ycm

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func gzipBomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 12 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const page404 = `<html><body><h1>404 Not Found</h1><p>1000005 DATA_NOT_FOUND</p></body></html>`

func TestErrors(t *testing.T) {
	t.Parallel()
	ours := func(rest string) string { return `{"requestId":"r-1","Status":"Failed","time":1664450755` + rest + `}` }
	list := func(data string) string { return `{"requestId":"r-1","status":"Success","time":1,"data":` + data + `}` }
	tests := []struct {
		name          string
		status        int
		header        string // "Name: value"
		body          string
		wantClass     error
		wantCode      int
		wantMessage   string
		wantRequestID string
	}{
		// failures in YCM's envelope, with the code in different places
		{
			"errno",
			404,
			"",
			ours(`,"errno":1000005,"errmsg":"DATA_NOT_FOUND"`),
			ErrNotFound,
			1000005,
			"DATA_NOT_FOUND",
			"r-1",
		},
		{
			"code and message",
			400,
			"",
			ours(`,"code":1000004,"message":"name is too long"`),
			ErrInvalidParameter,
			1000004,
			"name is too long",
			"r-1",
		},
		{"code as string", 400, "", ours(`,"code":"1000004"`), ErrInvalidParameter, 1000004, "", "r-1"},
		{
			"nested",
			409,
			"",
			ours(`,"error":{"code":1000007,"message":"DATA_ALREADY_EXISTS"}`),
			ErrExists,
			1000007,
			"DATA_ALREADY_EXISTS",
			"r-1",
		},
		{"nested too deep", 409, "", ours(`,"a":{"b":{"code":1000004}}`), ErrExists, 0, "", "r-1"},
		{
			"symbol before prose",
			400,
			"",
			ours(`,"errmsg":"INVALID_PARAMETER","message":"no"`),
			ErrInvalidParameter,
			0,
			"INVALID_PARAMETER",
			"r-1",
		},
		{"id is no code", 400, "", ours(`,"cloudPbxId":1234567,"errno":1000001`), ErrUnavailable, 1000001, "", "r-1"},
		{"time is no code", 400, "", `{"time":1664450,"status":"Failed"}`, ErrInvalidParameter, 0, "", ""},
		{
			"200 Failed",
			200,
			"",
			ours(`,"errno":1000002,"errmsg":"AUTHENTICATION_FAILED"`),
			ErrCredentials,
			1000002,
			"AUTHENTICATION_FAILED",
			"r-1",
		},
		{"200 failed without a code", 200, "", `{"status":"failed","requestId":"r-2"}`, ErrRefused, 0, "", "r-2"},
		{
			"unknown code",
			400,
			"",
			ours(`,"errno":3000014,"errmsg":"USER_ASSOCIATED_CLOUD_PBX"`),
			ErrRefused,
			3000014,
			"USER_ASSOCIATED_CLOUD_PBX",
			"r-1",
		},
		{"rate in a 200", 200, "", ours(`,"errno":1000040`), ErrRate, 1000040, "", "r-1"},
		{"permission", 403, "", ours(`,"errno":1000043`), ErrPermission, 1000043, "", "r-1"},
		{"server error", 500, "", ours(`,"errno":1000001`), ErrUnavailable, 1000001, "", "r-1"},
		{"requestId a number", 404, "", `{"requestId":77,"errno":1000005}`, ErrNotFound, 1000005, "", "77"},

		// responses that may not be from YCM's API
		{"HTML 404", 404, "", page404, ErrUnreadable, 0, "", ""},
		{"HTML 502", 502, "", page404, ErrUnavailable, 0, "", ""},
		{"HTML 503", 503, "", page404, ErrUnavailable, 0, "", ""},
		{"HTML 429", 429, "", page404, ErrRate, 0, "", ""},
		{"HTML 403", 403, "", page404, ErrPermission, 0, "", ""},
		{"HTML 200", 200, "", page404, ErrUnreadable, 0, "", ""},
		{"JSON 404 without a code", 404, "", `{"status":"Failed"}`, ErrNotFound, 0, "", ""},
		{"empty 404", 404, "", ``, ErrUnreadable, 0, "", ""},
		{"null 500", 500, "", `null`, ErrUnavailable, 0, "", ""},
		{"list 400", 400, "", `[1000004]`, ErrUnreadable, 0, "", ""},

		// responses that have status 200 or 204 but are not successes, invalid UTF-8, and a long message
		{"empty", 200, "", ``, ErrUnreadable, 0, "", ""},
		{"204", 204, "", ``, ErrUnreadable, 0, "", ""},
		{"{}", 200, "", `{}`, ErrUnreadable, 0, "status is neither Success nor Failed", ""},
		{"null", 200, "", `null`, ErrUnreadable, 0, "status is neither Success nor Failed", ""},
		{"truncated", 200, "", `{"data":{"total":1,"list":[{"cloudPbx`, ErrUnreadable, 0, "", ""},
		{"cut off by the connection", 200, "Content-Length: 1000", list(`{"total":0}`), ErrUnavailable, 0, "", ""},
		{
			"status a number",
			200,
			"",
			`{"status":1,"data":{"total":0},"requestId":"r-3"}`,
			ErrUnreadable,
			0,
			"status is neither Success nor Failed",
			"r-3",
		},
		{
			"data absent",
			200,
			"",
			`{"status":"Success","requestId":"r-3"}`,
			ErrUnreadable,
			0,
			"response has no data",
			"r-3",
		},
		{"data null", 200, "", list(`null`), ErrUnreadable, 0, "response has no data", "r-1"},
		{"data a string", 200, "", list(`"x"`), ErrUnreadable, 0, "", "r-1"},
		{"list an object", 200, "", list(`{"total":1,"list":{}}`), ErrUnreadable, 0, "", "r-1"},
		{"record a number", 200, "", list(`{"total":1,"list":[1]}`), ErrUnreadable, 0, "", "r-1"},
		{"no total", 200, "", list(`{"list":[]}`), ErrUnreadable, 0, "list has no total", "r-1"},
		{"total a word", 200, "", list(`{"total":"many","list":[]}`), ErrUnreadable, 0, "list has no total", "r-1"},
		{"total negative", 200, "", list(`{"total":-1,"list":[]}`), ErrUnreadable, 0, "list has no total", "r-1"},
		{
			"invalid UTF-8",
			400,
			"",
			ours(",\"errmsg\":\"a\xff\xfeb\",\"errno\":1000004"),
			ErrInvalidParameter,
			1000004,
			"a\uFFFD\uFFFDb",
			"r-1",
		},
		{"invalid UTF-8 for JSON", 200, "", "\xff\xfe{", ErrUnreadable, 0, "", ""},
		{
			"over 8 MiB",
			200,
			"",
			list(`{"total":1,"x":"` + strings.Repeat("x", maxBody) + `"}`),
			ErrUnreadable,
			0,
			"response is larger than 8 MiB",
			"",
		},
		{
			"gzip bomb",
			200,
			"Content-Encoding: gzip",
			gzipBomb(t),
			ErrUnreadable,
			0,
			"response is larger than 8 MiB",
			"",
		},
		{"gzip that isn't", 200, "Content-Encoding: gzip", "not gzip at all", ErrUnavailable, 0, "", ""},
		{
			"long message",
			400,
			"",
			ours(`,"errmsg":"` + strings.Repeat("é", 400) + `"`),
			ErrInvalidParameter,
			0,
			strings.Repeat("é", 150) + "…",
			"r-1",
		},

		// 3xx responses; the client never follows a redirect
		{"301", 301, "Location: /dm/open_api/v1/elsewhere", page404, ErrUnreadable, 0, "", ""},
		{"302 elsewhere", 302, "Location: https://evil.example/", ``, ErrUnreadable, 0, "", ""},
		{"307", 307, "Location: /dm/open_api/v1/elsewhere", `{}`, ErrUnreadable, 0, "", ""},
		{"304", 304, "", ``, ErrUnreadable, 0, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, up, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				if name, value, ok := strings.Cut(tt.header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			noRetries(client)
			_, err := client.ListCloudPBXs(t.Context(), ListOptions{})
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("ListCloudPBXs = %v, want an *Error", err)
			}
			got := Error{
				StatusCode: e.StatusCode,
				Code:       e.Code,
				Message:    e.Message,
				RequestID:  e.RequestID,
				NotSent:    e.NotSent,
			}
			want := Error{
				StatusCode: tt.status,
				Code:       tt.wantCode,
				Message:    tt.wantMessage,
				RequestID:  tt.wantRequestID,
			}
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Error{})); diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			for _, class := range []error{
				ErrCredentials,
				ErrPermission,
				ErrRate,
				ErrInvalidParameter,
				ErrNotFound,
				ErrExists,
				ErrUnavailable,
				ErrUnreadable,
				ErrRefused,
				ErrNotSent,
				ErrNoAnswer,
			} {
				if errors.Is(err, class) != errors.Is(class, tt.wantClass) {
					t.Errorf("errors.Is(%v, %q) = %t, want class %q", err, class, errors.Is(err, class), tt.wantClass)
				}
			}
			if n := up.calls.Load(); n != 1 {
				t.Errorf("requests = %d, want 1", n)
			}
		})
	}
}

// TestErrorsHoldNoSecret checks that an error contains neither the token nor the secret, even if YCM's message
// repeats our request.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	echo := func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Location", "/?t="+token)
		w.WriteHeader(http.StatusForbidden)
		words := strconv.Quote("may not use " + token + r.PostForm.Get("client_secret"))
		_, _ = w.Write([]byte(`{"errmsg":` + words + `,"requestId":` + words + `,"errno":1000042}`))
	}
	t.Run("read", func(t *testing.T) {
		client, _, _ := setup(t, echo)
		_, err := client.GetSubscription(t.Context())
		if !errors.Is(err, ErrPermission) || strings.Contains(err.Error(), "token-1") {
			t.Errorf("GetSubscription = %v, want %v without the token", err, ErrPermission)
		}
	})
	t.Run("create", func(t *testing.T) {
		client, _, _ := setup(t, echo)
		_, err := client.CreateCloudPBX(t.Context(), newPBX("x"))
		if !errors.Is(err, ErrPermission) || strings.Contains(err.Error(), "token-1") {
			t.Errorf("CreateCloudPBX = %v, want %v without the token", err, ErrPermission)
		}
	})
	t.Run("token", func(t *testing.T) {
		client, _ := setupToken(t, echo, func(c *Config) { c.ClientSecret = secret })
		_, err := client.GetSubscription(t.Context())
		if !errors.Is(err, ErrPermission) || strings.Contains(err.Error(), secret) {
			t.Errorf("GetSubscription = %v, want %v without the secret", err, ErrPermission)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		config, _ := testConfig("http://127.0.0.1:1")
		config.ClientSecret = secret
		_, err := mustNew(t, config).GetSubscription(t.Context())
		if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), secret) {
			t.Errorf("GetSubscription = %v, want %v without the secret", err, ErrUnavailable)
		}
	})
}

func TestHide(t *testing.T) {
	t.Parallel()
	jwt := "eyJhbGciOiJIUzI1NiJ9." + strings.Repeat("x", 600)
	tests := []struct{ name, words, secret, want string }{
		{"absent", "no such PBX", jwt, "no such PBX"},
		{"whole", "bad token " + jwt + ", sorry", jwt, "bad token …"},
		{"cut off", cut("bad token "+jwt, 300), jwt, "bad token …"},
		{"short", "bad secret s3cr3t", "s3cr3t", "bad secret …"},
		{"no secret", "words", "", "words"},
	}
	for _, tt := range tests {
		e := &Error{Message: tt.words, RequestID: tt.words}
		if e.hide(tt.secret); e.Message != tt.want || e.RequestID != tt.want {
			t.Errorf("%s: hide(%q) = %q, %q, want %q", tt.name, tt.words, e.Message, e.RequestID, tt.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := newClock().Now()
	tests := []struct {
		name, in string
		want     time.Duration
	}{
		{"absent", "", 0},
		{"seconds", "7", 7 * time.Second},
		{"seconds with blanks", " 7 ", 7 * time.Second},
		{"cap", "61", 60 * time.Second},
		{"an hour and more", "999999", 60 * time.Second},
		{"past any int", "99999999999999999999", 60 * time.Second},
		{"negative", "-1", 0},
		{"words", "soon", 0},
		{"date", now.Add(9 * time.Second).Format(http.TimeFormat), 9 * time.Second},
		{"date, cap", now.Add(time.Hour).Format(http.TimeFormat), 60 * time.Second},
		{"date gone by", now.Add(-time.Hour).Format(http.TimeFormat), 0},
	}
	for _, tt := range tests {
		if got := retryAfter(http.Header{"Retry-After": {tt.in}}, now); got != tt.want {
			t.Errorf("%s: retryAfter(%q) = %v, want %v", tt.name, tt.in, got, tt.want)
		}
	}
}

// TestMayHaveActed checks which statuses mean that a change may have been made.
func TestMayHaveActed(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{
		0: false, 200: false, 400: false, 401: false, 404: false, 409: false, 429: false,
		408: true, 425: true, 499: true, 500: true, 502: true, 504: true, 524: true,
	} {
		if got := (&Error{StatusCode: status}).MayHaveActed(); got != want {
			t.Errorf("status %d: MayHaveActed = %v, want %v", status, got, want)
		}
	}
}
