package ycm

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"cordboard/ycm/ycmtest"
)

// TestCreateFaults checks that CreateCloudPBX sends at most one request, whatever fails, and that the error reports
// whether anything was sent and whether the call timed out.
func TestCreateFaults(t *testing.T) {
	t.Parallel()
	one := func(f ycmtest.Fault) func(*ycmtest.Server) {
		return func(s *ycmtest.Server) {
			if f.Op == "" {
				f.Op = "createCloudPbx"
			}
			s.Inject(f)
		}
	}
	const soon = 400 * time.Millisecond
	tests := []struct {
		name         string
		fault        func(*ycmtest.Server)
		timeout      time.Duration // 0 means the default
		want         error
		wantSent     int
		wantMade     bool
		wantNotSent  bool
		wantNoAnswer bool
	}{
		{"1 refused", func(s *ycmtest.Server) { s.Refuse() }, 0, ErrUnavailable, 0, false, true, false},
		{
			"2 reset before any byte",
			func(s *ycmtest.Server) { s.ResetConnections(-1) },
			0,
			ErrUnavailable,
			0,
			false,
			false,
			false,
		},
		{"3 reset", one(ycmtest.Fault{Kind: ycmtest.ResetUnprocessed}), 0, ErrUnavailable, 1, false, false, false},
		{
			"4 reset, processed",
			one(ycmtest.Fault{Kind: ycmtest.ResetProcessed}),
			0,
			ErrUnavailable,
			1,
			true,
			false,
			false,
		},
		{
			"5 no answer, processed",
			one(ycmtest.Fault{Kind: ycmtest.HangProcessed}),
			soon,
			ErrUnavailable,
			1,
			true,
			false,
			true,
		},
		{"5 no answer", one(ycmtest.Fault{Kind: ycmtest.HangUnprocessed}), soon, ErrUnavailable, 1, false, false, true},
		{
			"6 late, processed",
			one(ycmtest.Fault{Kind: ycmtest.LateProcessed, Delay: time.Minute}),
			soon,
			ErrUnavailable,
			1,
			true,
			false,
			true,
		},
		{
			"7 500, processed",
			one(ycmtest.Fault{Kind: ycmtest.Error500Processed}),
			0,
			ErrUnavailable,
			1,
			true,
			false,
			false,
		},
		{"8 500", one(ycmtest.Fault{Kind: ycmtest.Error500}), 0, ErrUnavailable, 1, false, false, false},
		{"9 502, processed", one(ycmtest.Fault{Kind: ycmtest.Gateway502}), 0, ErrUnavailable, 1, true, false, false},
		{"9 503", one(ycmtest.Fault{Kind: ycmtest.Unavailable503}), 0, ErrUnavailable, 1, false, false, false},
		{"10 429", one(ycmtest.Fault{Kind: ycmtest.RateLimited, RetryAfter: 3}), 0, ErrRate, 1, false, false, false},
		{"11 401", one(ycmtest.Fault{Kind: ycmtest.TokenExpired}), 0, ErrCredentials, 1, false, false, false},
		{"12 Failed", one(ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000007}), 0, ErrExists, 1, false, false, false},
		{
			"12 Failed, server error",
			one(ycmtest.Fault{Kind: ycmtest.Failed200}),
			0,
			ErrUnavailable,
			1,
			false,
			false,
			false,
		},
		{
			"12 Failed, unknown code",
			one(ycmtest.Fault{Kind: ycmtest.Failed200, Code: 4000001}),
			0,
			ErrRefused,
			1,
			false,
			false,
			false,
		},
		{"13 broken JSON", one(ycmtest.Fault{Kind: ycmtest.BrokenJSON}), 0, ErrUnreadable, 1, true, false, false},
		{"14 without id", one(ycmtest.Fault{Kind: ycmtest.WithoutID}), 0, ErrUnreadable, 1, true, false, false},
		{"15 307", one(ycmtest.Fault{Kind: ycmtest.Redirect307}), 0, ErrUnreadable, 1, false, false, false},

		{
			"token refused",
			func(s *ycmtest.Server) { s.ExpireTokens(); s.ChangeSecret("other") },
			0,
			ErrCredentials,
			0,
			false,
			true,
			false,
		},
		{
			"token 503",
			one(ycmtest.Fault{Op: "requestToken", Kind: ycmtest.Unavailable503}),
			0,
			ErrUnavailable,
			0,
			false,
			true,
			false,
		},
		{
			"token reset",
			one(ycmtest.Fault{Op: "requestToken", Kind: ycmtest.ResetUnprocessed}),
			0,
			ErrUnavailable,
			0,
			false,
			true,
			false,
		},
		{
			"token never",
			one(ycmtest.Fault{Op: "requestToken", Kind: ycmtest.HangUnprocessed}),
			soon,
			ErrUnavailable,
			0,
			false,
			true,
			true,
		},
		{
			"token limited",
			one(ycmtest.Fault{Op: "requestToken", Kind: ycmtest.RateLimited, RetryAfter: 3}),
			0,
			ErrRate,
			0,
			false,
			true,
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client, server, _ := fake(t, ycmtest.Config{PBXs: 40}, func(c *Config) {
				if c.ReadTimeout = 5 * time.Second; tt.timeout != 0 {
					c.CreateTimeout = tt.timeout
				}
			})
			if tt.name[0] != 't' { // except for token faults, the client starts with a token
				if _, err := client.GetSubscription(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			before := len(server.IDs())
			tt.fault(server)
			created, err := client.CreateCloudPBX(t.Context(), newPBX("acme"))
			if tt.wantSent == 0 && !tt.wantNotSent { // the reset may happen before or after the client connects
				tt.wantNotSent = errors.Is(err, ErrNotSent)
			}
			if !errors.Is(err, tt.want) || errors.Is(err, ErrNotSent) != tt.wantNotSent ||
				errors.Is(err, ErrNoAnswer) != tt.wantNoAnswer {
				t.Errorf(
					"CreateCloudPBX = %+v, %v, want error %v, not sent %t, no answer %t",
					created,
					err,
					tt.want,
					tt.wantNotSent,
					tt.wantNoAnswer,
				)
			}
			if n := len(server.Requests("createCloudPbx")); n != tt.wantSent {
				t.Errorf("creates sent = %d, want %d", n, tt.wantSent)
			}
			if made := len(server.IDs()) > before; made != tt.wantMade {
				t.Errorf("PBX created = %t, want %t", made, tt.wantMade)
			}
			server.Clear() // otherwise a later token call would hang
		})
	}
}

// TestCreateAnsweredWith checks what CreateCloudPBX returns for success and failure responses that a gateway or another
// YCM version may send. The client must not report a possible success as a refusal.
func TestCreateAnsweredWith(t *testing.T) {
	t.Parallel()
	const success = `{"status":"Success","requestId":"r","data":{"cloudPbxId":42100}}`
	tests := []struct {
		name   string
		status int
		body   string
		want   error
		wantID int64
	}{
		{"200", 200, success, nil, 42100},
		{"201", 201, success, nil, 42100},
		{"202", 202, success, nil, 42100},
		{"201 without a body", 201, ``, ErrUnreadable, 0},
		{"204", 204, ``, ErrUnreadable, 0},
		{"202 Failed", 202, `{"Status":"Failed","errno":1000004}`, ErrInvalidParameter, 0},
		{"code 200", 200, `{"code":200,"msg":"success","data":{"cloudPbxId":9}}`, ErrUnreadable, 0},
		{"code 0", 200, `{"code":0,"message":"OK","data":{"cloudPbxId":9}}`, ErrUnreadable, 0},
		{"status 200", 200, `{"status":200,"code":200,"data":{"cloudPbxId":9}}`, ErrUnreadable, 0},
		{"Accepted", 202, `{"status":"Accepted","message":"PROVISIONING_STARTED","data":{}}`, ErrUnreadable, 0},
		{"Processing", 200, `{"status":"Processing","message":"REQUEST_ACCEPTED"}`, ErrUnreadable, 0},
		{"errno 0", 200, `{"errno":0,"errmsg":"SUCCESS","cloudPbxId":9}`, ErrUnreadable, 0},
		{"errno without a status", 200, `{"errno":401,"errmsg":"expired"}`, ErrRefused, 0},
		{"a word of the guide without a status", 200, `{"message":"DATA_ALREADY_EXISTS"}`, ErrExists, 0},
		{"Failed with spaces", 200, `{"status":" failed ","code":1000007}`, ErrExists, 0},
		{"id as digits", 200, `{"status":"Success","data":{"cloudPbxId":"42100"}}`, nil, 42100},
		{"id 0", 200, `{"status":"Success","data":{"cloudPbxId":0}}`, ErrUnreadable, 0},
		{"id below 0", 200, `{"status":"Success","data":{"cloudPbxId":-7}}`, ErrUnreadable, 0},
		{"id null", 200, `{"status":"Success","data":{"cloudPbxId":null}}`, ErrUnreadable, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, up, _ := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			})
			got, err := client.CreateCloudPBX(t.Context(), newPBX("acme"))
			if !errors.Is(err, tt.want) || got.CloudPBXID != tt.wantID || up.calls.Load() != 1 {
				t.Errorf(
					"CreateCloudPBX = %+v, %v after %d requests, want ID %d, %v after 1",
					got,
					err,
					up.calls.Load(),
					tt.wantID,
					tt.want,
				)
			}
		})
	}
}

// TestCreateOnDeadConnection checks that a create request isn't sent twice if its keep-alive connection breaks.
func TestCreateOnDeadConnection(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 40})
	if _, err := client.CreateCloudPBX(t.Context(), newPBX("first")); err != nil {
		t.Fatal(err)
	}
	server.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.ResetProcessed, Times: 1})
	_, err := client.CreateCloudPBX(t.Context(), newPBX("second"))
	if !errors.Is(err, ErrUnavailable) || errors.Is(err, ErrNotSent) {
		t.Errorf("CreateCloudPBX = %v, want %v", err, ErrUnavailable)
	}
	if n := len(server.Requests("createCloudPbx")); n != 2 {
		t.Errorf("creates sent = %d, want 2", n)
	}
}

func TestCreateAlreadyCancelled(t *testing.T) {
	t.Parallel()
	client, server, _ := fake(t, ycmtest.Config{PBXs: 40})
	if _, err := client.GetSubscription(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.CreateCloudPBX(ctx, newPBX("acme"))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrNotSent) || len(server.Requests("createCloudPbx")) != 0 {
		t.Errorf("CreateCloudPBX = %v, want %v and nothing sent", err, context.Canceled)
	}
}
