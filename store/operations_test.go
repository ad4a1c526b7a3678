package store_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
)

// TestCreationsBecomeOperations checks that an earlier version's creations become operations of kind create, with all
// of their data.
func TestCreationsBecomeOperations(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 14, `
INSERT INTO creations (
	number, id, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate,
	transcription, available, actor, actor_id, submitted_at, sending_at, settled_at, cloud_pbx_id, answer, looks,
	clear_looks, clear_since, looked_at, next_look_at, look_problem
) VALUES
	(1, 'a', 'default', 'Acme.pbx.example.com', 'created', '{"name":"Acme"}', '{"regionId":"Europe"}',
		'CB-1', '["w"]', 20, 5,
		100, 0, 7, '[50,10,500]', '{"id":7,"name":"Ines"}', 7, 100, 101, 102, 7715, '{"requestId":"r"}', 0, 0, 0, 0,
		0, ''),
	(2, 'b', 'default', 'b.pbx.example.com', 'not-created', '{}', '{}', '', '[]', 1, 1, 0, 0, 0, '[1,1,1,1,1]', '{}', 7,
		200, 201, 202, NULL, '{"kind":"no-answer"}', 4, 3, 203, 204, 0, 'rate'),
	(3, 'c', 'default', 'c.pbx.example.com', 'unknown', '{}', '{}', '', '[]', 1, 1, 0, 0, 0, '[1,1,1,1,1]', '{}', 7, 300,
		301, 302, NULL, '{}', 1, 1, 303, 304, 305, '')`)
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open a database of before: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	page, err := s.Operations(t.Context(), "default", 1, 10)
	if err != nil || page.Total != 3 {
		t.Fatalf("Operations = %d, %v, want 3", page.Total, err)
	}
	at := func(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
	const absent = -1 << 63
	want := store.Operation{
		ID: "a", Number: 1, Account: "default", Kind: "create", State: store.StateDone,
		Target: store.Target{Key: "host:acme.pbx.example.com", Name: "Acme.pbx.example.com", CloudPBXID: 7715},
		Request: store.OperationRequest{
			Body:      json.RawMessage(`{"name":"Acme"}`),
			Words:     map[string]string{"regionId": "Europe"},
			Reason:    "CB-1",
			Warnings:  []string{"w"},
			Takes:     store.Resources{20, 5, 100, 0, 7},
			Available: store.Resources{50, 10, 500, absent, absent},
		},
		By:     store.Actor{ID: 7, Name: "Ines"},
		Times:  store.OperationTimes{SubmittedAt: at(100), SendingAt: at(101), FinishedAt: at(102)},
		Answer: store.Answer{RequestID: "r"},
	}
	if diff := cmp.Diff(want, page.Operations[2]); diff != "" {
		t.Errorf("the created one (-want +got):\n%s", diff)
	}
	notDone := page.Operations[1]
	if notDone.State != store.StateNotDone || notDone.Target.CloudPBXID != 0 {
		t.Errorf(
			"the one not created is %s with PBX %d, want not-done without",
			notDone.State,
			notDone.Target.CloudPBXID,
		)
	}
	wantReads := store.Reconciled{Reads: 4, Misses: 3, MissesSince: at(203), At: at(204), Problem: "rate"}
	if diff := cmp.Diff(wantReads, notDone.Reconciled); diff != "" {
		t.Errorf("its reads (-want +got):\n%s", diff)
	}
	open, err := s.OpenOperations(t.Context(), "default")
	if err != nil || open != 1 {
		t.Errorf("OpenOperations = %d, %v, want 1", open, err)
	}
	last, err := s.LastOperation(t.Context(), "default")
	if err != nil || last != 3 {
		t.Errorf("LastOperation = %d, %v, want 3", last, err)
	}
}
