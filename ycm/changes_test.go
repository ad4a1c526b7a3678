package ycm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// changes contains the calls that make a change. It maps each call's operationId to a function that makes the call.
var changes = map[string]func(ctx context.Context, c *Client) (requestID string, err error){
	"createCloudPbx": func(ctx context.Context, c *Client) (string, error) {
		a, err := c.CreateCloudPBX(ctx, newPBX("once"))
		return a.RequestID, err
	},
	"startCloudPbx": func(ctx context.Context, c *Client) (string, error) { return id(c.StartCloudPBX(ctx, 7715)) },
	"stopCloudPbx":  func(ctx context.Context, c *Client) (string, error) { return id(c.StopCloudPBX(ctx, 7715)) },
	"resizeCloudPbx": func(ctx context.Context, c *Client) (string, error) {
		return id(c.ResizeCloudPBX(ctx, 7715, ResizeCloudPBXRequest{}))
	},
	"updateCloudPbx": func(ctx context.Context, c *Client) (string, error) {
		return id(c.UpdateCloudPBX(ctx, 7715, UpdateCloudPBXRequest{}))
	},
	"setCloudPbxCustomers": func(ctx context.Context, c *Client) (string, error) {
		return id(c.SetCloudPBXCustomers(ctx, 7715, nil))
	},
	"sendActivationEmails": func(ctx context.Context, c *Client) (string, error) {
		a, err := c.SendActivationEmails(ctx, 7715, nil)
		return a.RequestID, err
	},
	"deleteCloudPbxs": func(ctx context.Context, c *Client) (string, error) { return id(c.DeleteCloudPBXs(ctx, 7715)) },
	"createCustomer": func(ctx context.Context, c *Client) (string, error) {
		a, err := c.CreateCustomer(ctx, CustomerRequest{})
		return a.RequestID, err
	},
	"updateCustomer": func(ctx context.Context, c *Client) (string, error) {
		return id(c.UpdateCustomer(ctx, 50086182, CustomerRequest{}))
	},
	"deleteCustomers": func(
		ctx context.Context,
		c *Client,
	) (string, error) {
		return id(c.DeleteCustomers(ctx, 50086182))
	},
}

func id(d Done, err error) (string, error) { return d.RequestID, err }

// withData lists the changes whose responses have data.
var withData = []string{"createCloudPbx", "sendActivationEmails", "createCustomer"}

// TestChangesAreSentOnce checks that a change is never sent twice, whatever fails, and that the error has the expected
// class and reports whether anything was sent.
func TestChangesAreSentOnce(t *testing.T) {
	t.Parallel()
	for op, change := range changes {
		for _, tt := range []struct {
			kind    ycmtest.Kind
			class   error
			notSent bool
		}{
			{ycmtest.ResetUnprocessed, ErrUnavailable, false},
			{ycmtest.ResetProcessed, ErrUnavailable, false},
			{ycmtest.HangProcessed, ErrNoAnswer, false},
			{ycmtest.Error500, ErrUnavailable, false},
			{ycmtest.Gateway502, ErrUnavailable, false},
			{ycmtest.RateLimited, ErrRate, false},
			{ycmtest.TokenExpired, ErrCredentials, false},
			{ycmtest.Failed200, ErrUnavailable, false},
			{ycmtest.BrokenJSON, ErrUnreadable, false},
			{ycmtest.Redirect307, ErrUnreadable, false},
		} {
			t.Run(op+" "+string(tt.kind), func(t *testing.T) {
				t.Parallel()
				client, server, _ := fake(t, ycmtest.Config{PBXs: 40})
				if _, err := client.GetSubscription(t.Context()); err != nil { // gets a token
					t.Fatal(err)
				}
				if tt.kind == ycmtest.HangProcessed { // the server never responds
					client.config.CreateTimeout = time.Second
				}
				server.Inject(ycmtest.Fault{Op: op, Kind: tt.kind})
				_, err := change(t.Context(), client)
				var e *Error
				if !errors.As(err, &e) || !errors.Is(err, tt.class) || e.NotSent != tt.notSent {
					t.Errorf("error = %v, want %v, not sent %t", err, tt.class, tt.notSent)
				}
				if n := len(server.Requests(op)); n != 1 {
					t.Errorf("requests = %d, want 1", n)
				}
			})
		}
		t.Run(op+" without a connection", func(t *testing.T) {
			t.Parallel()
			client, server, _ := fake(t, ycmtest.Config{PBXs: 3})
			if _, err := client.GetSubscription(t.Context()); err != nil { // gets a token
				t.Fatal(err)
			}
			server.Refuse()
			if _, err := change(t.Context(), client); !errors.Is(err, ErrNotSent) {
				t.Errorf("error = %v, want ErrNotSent", err)
			}
		})
	}
}

// TestAnswersWithoutData checks that a call that returns no data accepts a response with or without data, and that a
// call that creates something rejects a response without an ID.
func TestAnswersWithoutData(t *testing.T) {
	t.Parallel()
	for op, change := range changes {
		for name, data := range map[string]string{
			"absent":    "",
			"null":      `"data":null,`,
			"an object": `"data":{"x":1},`,
			"a text":    `"data":"done",`,
		} {
			client, _, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{`+data+`"requestId":"r-7","status":"Success","time":1793000000}`)
			})
			requestID, err := change(t.Context(), client)
			if slices.Contains(withData, op) {
				if op != "sendActivationEmails" && !errors.Is(err, ErrUnreadable) {
					t.Errorf("%s with data %s = %v, want ErrUnreadable", op, name, err)
				}
				continue
			}
			if err != nil || requestID != "r-7" {
				t.Errorf("%s with data %s = %q, %v, want \"r-7\", nil", op, name, requestID, err)
			}
		}
	}
}

// TestSpellingsOfFailures checks that a failure has the same class in every format that the vendor's interfaces use:
// with HTTP status 200, 400 or 404; with the code as a number, a string of digits or a word; and at the top level or
// inside the error member.
func TestSpellingsOfFailures(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{}
	files, err := filepath.Glob("testdata/examples/failure.*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("examples of failures = %d, %v, want at least 9", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(file, "bare") { // the bare example has no code
			bodies[filepath.Base(file)] = string(body)
		}
	}
	for _, code := range []string{"code", "errno", "errorCode", "errcode"} {
		for _, message := range []string{"message", "msg", "errmsg", "errorMessage", "detailMessage"} {
			for _, value := range []string{"1000005", `"1000005"`} {
				inner := fmt.Sprintf("%q:%s,%q:%q", code, value, message, "There is no such record.")
				bodies[code+" "+message+" "+value] = `{"status":"Failed","requestId":"r",` + inner + `}`
				bodies[code+" "+message+" "+value+" without status"] = `{"requestId":"r",` + inner + `}`
				bodies[code+" "+message+" "+value+" nested"] = `{"status":"Failed","requestId":"r","error":{` + inner + `}}`
			}
		}
		bodies[code+" a word"] = `{"status":404,"` + code + `":"DATA_NOT_FOUND","detailMessage":"none such"}`
	}
	for name, body := range bodies {
		for _, status := range []int{200, 404, 400} {
			client, _, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			for call, err := range map[string]error{
				"GetCloudPBX":   second(client.GetCloudPBX(t.Context(), 7715)),
				"StartCloudPBX": second(client.StartCloudPBX(t.Context(), 7715)),
			} {
				if !errors.Is(err, ErrNotFound) {
					t.Errorf("%s with %d: %s = %v, want ErrNotFound", name, status, call, err)
				}
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestFraming checks that byte order marks, white space and other forms of the same values don't change the result. It
// also checks that a token's lifetime may be missing or invalid.
func TestFraming(t *testing.T) {
	t.Parallel()
	const bom = "\ufeff"
	for _, tt := range []struct{ name, token, answer string }{
		{
			"plain",
			`{"access_token":"T","token_type":"Bearer","expires_in":1800}`,
			`{"status":"Success","data":{"cloudPbxId":7715}}`,
		},
		{
			"a byte order mark",
			bom + `{"access_token":"T","token_type":"Bearer","expires_in":1800}`,
			bom + `{"status":"Success","data":{"cloudPbxId":7715}}`,
		},
		{
			"white space",
			"\r\n " + `{"access_token":"T","token_type":"Bearer","expires_in":1800}` + "\n\n",
			"\n\t" + `{"status":"Success","data":{"cloudPbxId":7715}}` + "\n",
		},
		{
			"a fraction",
			`{"access_token":"T","token_type":"Bearer","expires_in":1800.0}`,
			`{"status":"success","data":{"cloudPbxId":7715.0}}`,
		},
		{
			"text",
			`{"access_token":" T\n","token_type":" bearer ","expires_in":"1800"}`,
			`{"Status":"SUCCESS","data":{"cloudPbxId":"7715"}}`,
		},
		{
			"no lifetime",
			`{"access_token":"T","token_type":"Bearer"}`,
			`{"status":"Success","data":{"cloudPbxId":7715}}`,
		},
		{
			"a lifetime that is none",
			`{"access_token":"T","token_type":"Bearer","expires_in":"soon"}`,
			`{"status":"Success","data":{"cloudPbxId":7715}}`,
		},
	} {
		client, _, _ := setup(t, nil)
		client.reads.Transport = framed(tt.token, tt.answer)
		client.tokens.transport = client.reads.Transport
		if p, err := client.GetCloudPBX(t.Context(), 7715); err != nil || p.CloudPBXID.N != 7715 {
			t.Errorf("%s: GetCloudPBX(7715) = error %v, want PBX 7715", tt.name, err)
		}
	}
}

func framed(token, answer string) transport {
	return func(r *http.Request) (*http.Response, error) {
		body := answer
		if strings.Contains(r.URL.Path, "oauth") {
			body = token
		} else if got := r.Header.Get("Authorization"); got != "Bearer T" {
			body = fmt.Sprintf(`{"status":"Failed","errno":1000036,"errmsg":%q}`, got)
		}
		return &http.Response{
			StatusCode: http.StatusOK,
			Header:     http.Header{"Content-Type": {"application/json"}},
			Body:       io.NopCloser(strings.NewReader(body)),
			Request:    r,
		}, nil
	}
}

// TestExamplesOfRequests checks that the request bodies of three changes equal the examples in testdata.
func TestExamplesOfRequests(t *testing.T) {
	t.Parallel()
	for name, send := range map[string]func(ctx context.Context, c *Client) error{
		"resizeCloudPbx.request": func(ctx context.Context, c *Client) error {
			return second(c.ResizeCloudPBX(
				ctx,
				1,
				ResizeCloudPBXRequest{
					ExtensionCapacity:      30,
					ConcurrentCallCapacity: 15,
					RecordingStatus:        "Enabled",
					RecordingCapacity:      600,
				},
			))
		},
		"resizeCloudPbx.request.transcription": func(ctx context.Context, c *Client) error {
			return second(c.ResizeCloudPBX(ctx, 1, ResizeCloudPBXRequest{
				ExtensionCapacity:      30,
				ConcurrentCallCapacity: 15,
				RecordingStatus:        "Enabled",
				RecordingCapacity:      600,
				TranscriptionCapacity:  new(int64(200)),
			}))
		},
		"updateCloudPbx.request": func(ctx context.Context, c *Client) error {
			return second(c.UpdateCloudPBX(ctx, 1, UpdateCloudPBXRequest{
				Name:                           "Amber Bakery",
				UpgradeInPBX:                   "Disabled",
				IM:                             "Enabled",
				PBXAPI:                         "Enabled",
				PasswordlessLogin:              "Disabled",
				AllowSuperiorPasswordlessLogin: "Disabled", ProvisioningViaTemplate: "Disabled",
			}))
		},
		"setCloudPbxCustomers.request": func(ctx context.Context, c *Client) error {
			return second(c.SetCloudPBXCustomers(ctx, 1, []int64{50329411, 50086182}))
		},
	} {
		var sent []byte
		client, _, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
			sent, _ = io.ReadAll(r.Body)
			_, _ = io.WriteString(w, `{"status":"Success","requestId":"r"}`)
		})
		if err := send(t.Context(), client); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var want, got any
		if err := errors.Join(json.Unmarshal(example(t, name), &want), json.Unmarshal(sent, &got)); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(want) != fmt.Sprint(got) {
			t.Errorf("%s: sent %v, want %v", name, got, want)
		}
	}
}
