package store_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
	"cordboard/store/storetest"
)

// creationsOfBefore has operations that an earlier version stored in each state, some of them before the subscription
// had five resources.
const creationsOfBefore = `
INSERT INTO creations (
	number, id, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate,
	transcription, available, actor, actor_id, submitted_at, sending_at, settled_at, cloud_pbx_id, answer, looks,
	clear_looks, clear_since, looked_at, next_look_at, look_problem
) VALUES
	(
		2, 'queued', 'default', 'Queued.pbx.example.com', 'submitted', '{"name":"Queued"}', 'null', '', 'null', 20, 5, 0, 0,
		0, '[100,40,5000,10,600]', '{"ID":7,"Email":"ines@example.com","Name":"Ines","Role":"operator"}', 7, 1000, NULL,
		NULL, NULL, '{}', 0, 0, NULL, NULL, NULL, ''
	),
	(
		3, 'sending', 'default', 'sending.pbx.example.com', 'submitted', '{"name":"Sending"}', 'null', '', 'null', 20, 5, 0,
		0, 0, '[80,35,5000,10,600]', '{"ID":8,"Name":"Kim","Address":"10.0.0.8","Session":"ab12","RequestID":"R"}',
		8, 1010, 1011, NULL, NULL, '{}', 0, 0, NULL, NULL, NULL, ''
	),
	(
		5, 'created', 'default', 'Created.PBX.example.com', 'created', '{"name":"Created","regionId":3}',
		'{"regionId":"Frankfurt"}', 'CB-4711', '["The name is in use."]', 30, 6, 1500, 0, 0, '[130,46,6500]',
		'{"ID":7,"Name":"Ines"}', 7, 1020, 1021, 1023, 7715, '{"statusCode":200,"requestId":"theirs","took":1500000000}', 0,
		0, NULL, NULL, NULL, ''
	),
	(
		6, 'found', 'default', 'found.pbx.example.com', 'created', '{}', '{}', '', '[]', 1, 2, 3, 4, 5, '[10,20,30,40,50]',
		'{"ID":7}', 7, 1030, 1031, 1100, 7716, '{"kind":"no-answer"}', 3, 2, 1040, 1099, NULL, ''
	),
	(
		7, 'refused', 'default', 'refused.pbx.example.com', 'refused', '{}', '{}', '', '[]', 1, 2, 3, 4, 5,
		'[10,20,30,-9223372036854775808,50]', '{"ID":7}', 7, 1040, 1041, 1042, NULL,
		'{"kind":"invalid","statusCode":200,"code":1000004,"message":"PARAMETER_ERROR","requestId":"theirs"}', 0, 0, NULL,
		NULL, NULL, ''
	),
	(
		8, 'not-sent', 'default', 'not-sent.pbx.example.com', 'not-sent', '{}', '{}', '', '[]', 1, 2, 3, 4, 5, '[]',
		'{"ID":7}', 7, 1050, NULL, 1060, NULL, '{"kind":"restarted"}', 0, 0, NULL, NULL, NULL, ''
	),
	(
		9, 'lost', 'default', 'lost.pbx.example.com', 'unknown', '{}', '{}', '', '[]', 1, 2, 3, 4, 5, '[10,20,30,40,50]',
		'{"ID":7}', 7, 1060, 1061, NULL, NULL, '{"kind":"restarted"}', 0, 0, NULL, NULL, NULL, ''
	),
	(
		10, 'checked', 'default', 'checked.pbx.example.com', 'unknown', '{}', '{}', '', '[]', 1, 2, 3, 4, 5,
		'[10,20,30,40,50]', '{"ID":7}', 7, 1070, 1071, 1072, NULL, '{"kind":"unavailable","statusCode":502}', 4, 2, 1080,
		1100, 1130, 'unavailable'
	),
	(
		11, 'not-created', 'default', 'gone.pbx.example.com', 'not-created', '{}', '{}', '', '[]', 1, 2, 3, 4, 5,
		'[10,20,30,40,50]', '{"ID":7}', 7, 1080, 1081, 1210, NULL, '{"kind":"no-answer"}', 6, 5, 1090, 1209, NULL, ''
	),
	(
		12, 'again', 'other', 'lost.pbx.example.com', 'unknown', '{}', '{}', '', '[]', 1, 2, 3, 4, 5, '[10,20,30,40,50]',
		'{"ID":7}', 7, 1090, 1091, 1092, NULL, '{"kind":"no-answer"}', 0, 0, NULL, NULL, NULL, ''
	)`

// operationsOfBefore returns the operations that creationsOfBefore becomes in the account "default", oldest first.
func operationsOfBefore() []store.Operation {
	const missing = math.MinInt64 // value of a resource that YCM didn't report
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	ines := store.Actor{ID: 7}
	small := store.OperationRequest{
		Body:      []byte(`{}`),
		Words:     map[string]string{},
		Warnings:  []json.RawMessage{},
		Takes:     store.Resources{1, 2, 3, 4, 5},
		Available: store.Resources{10, 20, 30, 40, 50},
	}
	refused, notSent := small, small
	refused.Available[3] = missing
	notSent.Available = store.Resources{missing, missing, missing, missing, missing}
	all := []store.Operation{
		{
			Number: 2, ID: "queued", State: store.StateSubmitted,
			Target: store.Target{Key: "host:queued.pbx.example.com", Name: "Queued.pbx.example.com"},
			Request: store.OperationRequest{
				Body:      []byte(`{"name":"Queued"}`),
				Takes:     store.Resources{20, 5, 0, 0, 0},
				Available: store.Resources{100, 40, 5000, 10, 600},
			},
			By:    store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines", Role: store.RoleOperator},
			Times: store.OperationTimes{SubmittedAt: at(1000)},
		},
		{
			Number: 3, ID: "sending", State: store.StateSubmitted,
			Target: store.Target{Key: "host:sending.pbx.example.com", Name: "sending.pbx.example.com"},
			Request: store.OperationRequest{
				Body:      []byte(`{"name":"Sending"}`),
				Takes:     store.Resources{20, 5, 0, 0, 0},
				Available: store.Resources{80, 35, 5000, 10, 600},
			},
			By:    store.Actor{ID: 8, Name: "Kim", Address: "10.0.0.8", Session: "ab12", RequestID: "R"},
			Times: store.OperationTimes{SubmittedAt: at(1010), SendingAt: at(1011)},
		},
		{
			Number: 5, ID: "created", State: store.StateDone,
			Target: store.Target{Key: "host:created.pbx.example.com", Name: "Created.PBX.example.com", CloudPBXID: 7715},
			Request: store.OperationRequest{
				Body:      []byte(`{"name":"Created","regionId":3}`),
				Words:     map[string]string{"regionId": "Frankfurt"},
				Reason:    "CB-4711",
				Warnings:  []json.RawMessage{[]byte(`{"code":"sentence","value":"The name is in use."}`)},
				Takes:     store.Resources{30, 6, 1500, 0, 0},
				Available: store.Resources{130, 46, 6500, missing, missing},
			},
			By:     store.Actor{ID: 7, Name: "Ines"},
			Times:  store.OperationTimes{SubmittedAt: at(1020), SendingAt: at(1021), FinishedAt: at(1023)},
			Answer: store.Answer{StatusCode: 200, RequestID: "theirs", Took: 1500 * time.Millisecond},
		},
		{
			Number: 6, ID: "found", State: store.StateDone, Request: small, By: ines,
			Target:     store.Target{Key: "host:found.pbx.example.com", Name: "found.pbx.example.com", CloudPBXID: 7716},
			Times:      store.OperationTimes{SubmittedAt: at(1030), SendingAt: at(1031), FinishedAt: at(1100)},
			Answer:     store.Answer{Kind: "no-answer"},
			Reconciled: store.Reconciled{Reads: 3, Misses: 2, MissesSince: at(1040), At: at(1099)},
		},
		{
			Number: 7, ID: "refused", State: store.StateRefused, Request: refused, By: ines,
			Target: store.Target{Key: "host:refused.pbx.example.com", Name: "refused.pbx.example.com"},
			Times:  store.OperationTimes{SubmittedAt: at(1040), SendingAt: at(1041), FinishedAt: at(1042)},
			Answer: store.Answer{
				Kind: "invalid", StatusCode: 200, Code: 1000004, Message: "PARAMETER_ERROR", RequestID: "theirs",
			},
		},
		{
			Number: 8, ID: "not-sent", State: store.StateNotSent, Request: notSent, By: ines,
			Target: store.Target{Key: "host:not-sent.pbx.example.com", Name: "not-sent.pbx.example.com"},
			Times:  store.OperationTimes{SubmittedAt: at(1050), FinishedAt: at(1060)},
			Answer: store.Answer{Kind: "restarted"},
		},
		{
			Number: 9, ID: "lost", State: store.StateUnknown, Request: small, By: ines,
			Target: store.Target{Key: "host:lost.pbx.example.com", Name: "lost.pbx.example.com"},
			Times:  store.OperationTimes{SubmittedAt: at(1060), SendingAt: at(1061)},
			Answer: store.Answer{Kind: "restarted"},
		},
		{
			Number: 10, ID: "checked", State: store.StateUnknown, Request: small, By: ines,
			Target: store.Target{Key: "host:checked.pbx.example.com", Name: "checked.pbx.example.com"},
			Times:  store.OperationTimes{SubmittedAt: at(1070), SendingAt: at(1071), FinishedAt: at(1072)},
			Answer: store.Answer{Kind: "unavailable", StatusCode: 502},
			Reconciled: store.Reconciled{
				Reads: 4, Misses: 2, MissesSince: at(1080), At: at(1100), NextAt: at(1130), Problem: "unavailable",
			},
		},
		{
			Number: 11, ID: "not-created", State: store.StateNotDone, Request: small, By: ines,
			Target:     store.Target{Key: "host:gone.pbx.example.com", Name: "gone.pbx.example.com"},
			Times:      store.OperationTimes{SubmittedAt: at(1080), SendingAt: at(1081), FinishedAt: at(1210)},
			Answer:     store.Answer{Kind: "no-answer"},
			Reconciled: store.Reconciled{Reads: 6, Misses: 5, MissesSince: at(1090), At: at(1209)},
		},
	}
	for i := range all {
		all[i].Account, all[i].Kind = "default", "create"
	}
	return all
}

// TestOperationsOfBefore checks that the operations of an earlier version, which could only create PBXs, keep all of
// their values.
func TestOperationsOfBefore(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 14, creationsOfBefore)
	s := storetest.Open(t, dir, nil)
	p, err := s.Operations(t.Context(), "default", store.OperationFilter{}, 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(p.Operations) // oldest first
	if diff := cmp.Diff(operationsOfBefore(), p.Operations); diff != "" {
		t.Errorf("operations after the migration (-want +got):\n%s", diff)
	}
	if o, err := s.Operation(t.Context(), "other", "again"); err != nil || o.Number != 12 {
		t.Errorf("operation of another account = %d, %v, want 12", o.Number, err)
	}
	var others int
	if err := open(t, dir).QueryRow(`SELECT count(*) FROM operations WHERE actor_id <> actor ->> 'ID'`).
		Scan(&others); err != nil || others != 0 {
		t.Errorf("%d operations have another user's ID, %v, want none", others, err)
	}
}

// TestNoticesOfBefore checks which audit rows become notices, which an earlier version didn't store. They come after
// the last row that the user has acknowledged, up to the newest one that concerned the user.
func TestNoticesOfBefore(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 12, `
INSERT INTO users (id, email, email_key, name, role, password_hash, created_at, told_seq, news_seq) VALUES
	(7, 'ines@example.com', 'ines@example.com', 'Ines', 'operator', 'h', 1, 2, 18),
	(77, 'kim@example.com', 'kim@example.com', 'Kim', 'viewer', 'h', 1, 0, 0);
INSERT INTO audit_events (
	seq, at, actor_id, actor_email, actor_name, actor_role, address, session, action, target, target_name, outcome, detail,
	request_id, ycm_request_id, hash
)
SELECT
	value ->> 0, 1, value ->> 1, '', '', '', '', '', value ->> 2, value ->> 3, '', value ->> 4, value ->> 5,
	'', '', ''
FROM json_each('[
	[1, 9, "user.role", "7", "done", "acknowledged"],
	[2, 9, "user.role", "7", "done", "acknowledged, too"],
	[3, 9, "user.role", "7", "done", ""],
	[4, 9, "user.disable", "7", "refused", "the last admin"],
	[5, 7, "user.password", "7", "done", "changed by the user"],
	[6, 9, "user.password", "7", "done", ""],
	[7, 7, "session.signin", "7", "done", "by password"],
	[8, 7, "session.signin", "7", "done", "by password and recovery code"],
	[9, 7, "session.signin", "7", "failed", "wrong recovery code"],
	[10, 7, "session.signin", "7", "done", "by password; the session that was used longest ago ended"],
	[11, 7, "session.signin", "7", "done", "by recovery code; the session that was used longest ago ended"],
	[12, 9, "session.end", "77", "done", "of a user without notices"],
	[13, 9, "pbx.create", "7", "done", "of a PBX with the same ID as the user"],
	[14, 9, "user.disable", "7", "done", ""],
	[15, 9, "user.enable", "7", "done", ""],
	[16, 9, "user.reset-password", "7", "done", ""],
	[17, 9, "user.reset-2fa", "7", "done", ""],
	[18, 0, "session.end", "7", "done", "by the command line"],
	[19, 9, "user.role", "7", "done", "after the newest notice"]
]')`)
	if err := os.Mkdir(filepath.Join(dir, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "keys", "audit"), make([]byte, 32))
	storetest.Open(t, dir, nil)
	var got string
	if err := open(t, dir).QueryRow(`
SELECT group_concat(user_id || ' ' || seq || ' ' || kind, char(10) ORDER BY user_id, seq, kind)
FROM news`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"7 3 user.role",
		"7 6 user.password",
		"7 8 recovery-code",
		"7 10 oldest-session",
		"7 11 recovery-code",
		"7 14 user.disable",
		"7 15 user.enable",
		"7 16 user.reset-password",
		"7 17 user.reset-2fa",
		"7 18 session.end",
	}, "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notices after the migration (-want +got):\n%s", diff)
	}
}
