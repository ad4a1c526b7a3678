package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cordboard/store"
	"cordboard/store/storetest"
)

var submitter = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines", Role: store.RoleOperator}

func anyTarget(*store.Operation, store.Pending) error { return nil }

func asked(*store.Operation) store.Event {
	return store.Event{Action: "pbx.rename", Outcome: store.OutcomeAsked}
}

// submit stores an operation that has a target of its own.
func submit(t *testing.T, s *store.Store, account, id string) store.Operation {
	t.Helper()
	o, err := s.AddOperation(t.Context(), store.Operation{
		ID:      id,
		Account: account,
		Kind:    "rename",
		Target:  store.Target{Key: "target:" + id, Name: id, CloudPBXID: int64(len(id))},
		Request: store.OperationRequest{Body: []byte(`{"name":"Birch"}`), Reason: "ticket 7"},
		By:      submitter,
	}, anyTarget, asked)
	if err != nil {
		t.Fatalf("AddOperation(%s): %v", id, err)
	}
	return o
}

func setState(t *testing.T, s *store.Store, id string, state store.OperationState) store.Operation {
	t.Helper()
	o, err := s.ChangeOperation(t.Context(), id, store.Actor{}, func(o *store.Operation) (store.Event, error) {
		o.State = state
		return store.Event{}, nil
	})
	if err != nil {
		t.Fatalf("ChangeOperation(%s): %v", id, err)
	}
	return o
}

func idsOf(all []store.Operation) (ids []string) {
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	return ids
}

// TestOperations checks that an operation is stored with everything that was submitted, and only once per ID.
func TestOperations(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	o := store.Operation{
		ID:      "one",
		Account: "default",
		Kind:    "create",
		Target:  store.Target{Key: "host:acme.example.com", Name: "acme.example.com"},
		Request: store.OperationRequest{
			Body:     []byte(`{"name":"Acme"}`),
			Words:    map[string]string{"regionId": "Frankfurt"},
			Reason:   "ticket 7",
			Warnings: []json.RawMessage{[]byte(`{"code":"check"}`)},
			Takes:    store.Resources{20, 5, 0, 0, 0},
			Seen:     map[string]string{"pbxStatus": "Running"},
			Changes:  []store.FieldChange{{Field: "pbxStatus", Before: "Running", After: "Stopped"}},
			Suspension: &store.Suspension{
				Note:     "Unpaid",
				ReviewOn: "2026-04-01",
			},
		},
		By: submitter,
	}
	added, err := s.AddOperation(t.Context(), o, anyTarget, asked)
	if err != nil {
		t.Fatal(err)
	}
	if added.State != store.StateSubmitted || added.Number == 0 || !added.IsOpen() ||
		!added.Times.SubmittedAt.Equal(c.Now()) {
		t.Errorf("AddOperation = %+v", added)
	}
	read, err := s.Operation(t.Context(), "default", "one")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(added, read, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Actor{}, "Recorded")); d != "" {
		t.Errorf("the stored operation differs (-added +read):\n%s", d)
	}
	c.Add(time.Hour)
	o.Request.Reason = "another"
	again, err := s.AddOperation(t.Context(), o, func(*store.Operation, store.Pending) error {
		t.Error("a form that is submitted again is checked again")
		return nil
	}, asked)
	if err != nil || again.Number != added.Number || again.Request.Reason != "ticket 7" {
		t.Errorf("submitting again = %+v, %v, want the first operation", again, err)
	}
	if _, err := s.Operation(t.Context(), "default", "two"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an operation that isn't there: %v", err)
	}
	if _, err := s.Operation(t.Context(), "other", "one"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an operation of another account: %v", err)
	}
}

// TestOperationsAreChecked checks that AddOperation's check sees the account's open operations, newest first, and that
// nothing is stored or recorded if the check returns an error.
func TestOperationsAreChecked(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	for _, id := range []string{"a", "bb", "ccc", "dddd"} {
		submit(t, s, "default", id)
	}
	submit(t, s, "other", "eeeee")
	setState(t, s, "bb", store.StateDone)
	setState(t, s, "ccc", store.StateUnknown)
	refused := errors.New("not now")
	var seen []string
	_, err := s.AddOperation(
		t.Context(),
		store.Operation{ID: "new", Account: "default", Kind: "rename", Target: store.Target{Key: "k"}, By: submitter},
		func(_ *store.Operation, open store.Pending) error {
			seen = idsOf(open.Operations)
			return refused
		},
		asked,
	)
	if !errors.Is(err, refused) || !slices.Equal(seen, []string{"dddd", "ccc", "a"}) {
		t.Errorf("the check saw %q and the result is %v", seen, err)
	}
	if _, err := s.Operation(t.Context(), "default", "new"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a refused operation is stored: %v", err)
	}
	p, err := s.AuditEvents(t.Context(), 1, 100, store.AuditQuery{})
	if err != nil || p.Total != 5 {
		t.Errorf("the log has %d rows, %v, want 5", p.Total, err)
	}
}

// TestOpenTargetsAreUnique checks that the database itself refuses a second open operation on a target.
func TestOpenTargetsAreUnique(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	add := func(id string) error {
		_, err := s.AddOperation(t.Context(), store.Operation{
			ID: id, Account: "default", Kind: "rename", Target: store.Target{Key: "pbx:7001"}, By: submitter,
		}, anyTarget, asked)
		return err
	}
	if err := add("one"); err != nil {
		t.Fatal(err)
	}
	if err := add("two"); err == nil {
		t.Error("two open operations on one target are stored")
	}
	setState(t, s, "one", store.StateUnknown)
	if err := add("two"); err == nil {
		t.Error("an unknown operation leaves its target to another")
	}
	setState(t, s, "one", store.StateNotDone)
	if err := add("two"); err != nil {
		t.Errorf("after the first ended: %v", err)
	}
}

// TestOperationLists checks the methods that list, count and find operations.
func TestOperationLists(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	states := []store.OperationState{
		store.StateSubmitted, store.StateDone, store.StateRefused, store.StateNotSent, store.StateUnknown,
		store.StateNotDone, store.StateDone,
	}
	for i, state := range states {
		id := fmt.Sprintf("op-%d", i)
		submit(t, s, "default", id)
		setState(t, s, id, state)
	}
	submit(t, s, "other", "not ours")
	for _, tt := range []struct {
		page, per int
		states    []store.OperationState
		want      []string
		total     int64
	}{
		{1, 50, nil, []string{"op-6", "op-5", "op-4", "op-3", "op-2", "op-1", "op-0"}, 7},
		{1, 3, nil, []string{"op-6", "op-5", "op-4"}, 7},
		{3, 3, nil, []string{"op-0"}, 7},
		{4, 3, nil, nil, 7},
		{1 << 30, 50, nil, nil, 7},
		{1, 50, []store.OperationState{store.StateDone}, []string{"op-6", "op-1"}, 2},
		{2, 1, []store.OperationState{store.StateDone}, []string{"op-1"}, 2},
		{1, 50, []store.OperationState{"made up"}, nil, 0},
	} {
		p, err := s.Operations(t.Context(), "default", store.OperationFilter{States: tt.states}, tt.page, tt.per)
		if err != nil || p.Total != tt.total || !slices.Equal(idsOf(p.Operations), tt.want) {
			t.Errorf("page %d of %d, %q = %q of %d, %v, want %q of %d",
				tt.page, tt.per, tt.states, idsOf(p.Operations), p.Total, err, tt.want, tt.total)
		}
	}
	open, err := s.OperationsIn(t.Context(), "default", store.StateSubmitted, store.StateUnknown)
	if err != nil || !slices.Equal(idsOf(open), []string{"op-4", "op-0"}) {
		t.Errorf("OperationsIn = %q, %v", idsOf(open), err)
	}
	if n, err := s.OpenOperations(t.Context(), "default"); err != nil || n != 2 {
		t.Errorf("OpenOperations = %d, %v, want 2", n, err)
	}
	last, err := s.LastOperation(t.Context(), "default")
	if newest, _ := s.Operation(t.Context(), "default", "op-6"); err != nil || last != newest.Number {
		t.Errorf("LastOperation = %d, %v, want %d", last, err, newest.Number)
	}
	if n, err := s.LastOperation(t.Context(), "nobody's"); err != nil || n != 0 {
		t.Errorf("LastOperation of an account without any = %d, %v", n, err)
	}
	if o, err := s.OperationOfPBX(t.Context(), "default", "rename", 4); err != nil || o.ID != "op-6" {
		t.Errorf("OperationOfPBX = %s, %v, want the newest", o.ID, err)
	}
	if _, err := s.OperationOfPBX(t.Context(), "default", "create", 4); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an operation of another kind: %v", err)
	}
}

// TestChangeOperation checks that a change and its row in the log are stored together or not at all.
func TestChangeOperation(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := storetest.New(t, c.Now)
	submit(t, s, "default", "one")
	c.Add(time.Minute)
	changed, err := s.ChangeOperation(t.Context(), "one", store.Actor{}, func(o *store.Operation) (store.Event, error) {
		o.State = store.StateRefused
		o.Times.SendingAt, o.Times.FinishedAt = c.Now(), c.Now().Add(time.Second)
		o.Answer = store.Answer{Kind: "exists", Code: 1000007, Message: "DATA_ALREADY_EXISTS", StatusCode: 200}
		o.Reconciled.Reads = 2
		o.Target.CloudPBXID = 7001
		return store.Event{Action: "pbx.rename", Outcome: store.OutcomeRefused}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	read, err := s.Operation(t.Context(), "default", "one")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(changed, read, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Actor{}, "Recorded")); d != "" {
		t.Errorf("the stored change differs (-changed +read):\n%s", d)
	}
	broken := errors.New("not like this")
	if _, err := s.ChangeOperation(t.Context(), "one", store.Actor{}, func(o *store.Operation) (store.Event, error) {
		o.State = store.StateDone
		return store.Event{Action: "pbx.rename", Outcome: store.OutcomeDone}, broken
	}); !errors.Is(err, broken) {
		t.Errorf("a change that fails: %v", err)
	}
	if o, _ := s.Operation(t.Context(), "default", "one"); o.State != store.StateRefused {
		t.Errorf("a change that failed is stored: %s", o.State)
	}
	p, err := s.AuditEvents(t.Context(), 1, 100, store.AuditQuery{})
	if err != nil || p.Total != 2 || p.Events[0].Outcome != store.OutcomeRefused || p.Events[0].Actor.Name != "Ines" {
		t.Errorf("the log has %d rows, the newest %+v, %v", p.Total, p.Events[0], err)
	}
	if _, err := s.ChangeOperation(t.Context(), "made up", store.Actor{}, func(*store.Operation) (store.Event, error) {
		return store.Event{}, nil
	}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("changing an operation that isn't there: %v", err)
	}
}

// TestWarningsOfBefore checks that the warnings of operations that an earlier version stored keep their sentences and
// their order, and that an operation without warnings stays without any.
func TestWarningsOfBefore(t *testing.T) {
	t.Parallel()
	dir := databaseOfBefore(t, 16, `
INSERT INTO operations (
	number, id, account, kind, state, target, target_name, request, words, reason, warnings,
	takes, available, actor, actor_id, submitted_at, answer, reads, misses, read_problem
) VALUES
	(1, 'none', 'default', 'create', 'done', 'host:a', 'a', '{}', '{}', '', 'null',
		'[]', '[]', '{}', 7, 1, '{}', 0, 0, ''),
	(2, 'empty', 'default', 'create', 'done', 'host:b', 'b', '{}', '{}', '', '[]',
		'[]', '[]', '{}', 7, 1, '{}', 0, 0, ''),
	(3, 'two', 'default', 'create', 'done', 'host:c', 'c', '{}', '{}', '',
		'["Is it \u201cso\u201d?","A trial\nis \"endless\"."]',
		'[]', '[]', '{}', 7, 1, '{}', 0, 0, '')`)
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatalf("Open a database of before: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	type warning struct{ Code, Value string }
	for id, want := range map[string][]warning{
		"none":  nil,
		"empty": nil,
		"two":   {{"sentence", "Is it “so”?"}, {"sentence", "A trial\nis \"endless\"."}},
	} {
		o, err := s.Operation(t.Context(), "default", id)
		if err != nil {
			t.Fatalf("Operation(%s): %v", id, err)
		}
		var got []warning
		for _, w := range o.Request.Warnings {
			var one warning
			if err := json.Unmarshal(w, &one); err != nil {
				t.Fatal(err)
			}
			got = append(got, one)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("warnings of %s (-want +got):\n%s", id, diff)
		}
	}
}

// TestGivenUp checks that an unknown operation that was given up isn't open, and no longer reserves its target.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	first := submit(t, s, "default", "one")
	setState(t, s, "one", store.StateUnknown)
	again := first
	again.ID = "two"
	if _, err := s.AddOperation(t.Context(), again, anyTarget, asked); err == nil {
		t.Fatal("a second operation on the target was stored while the first was unknown")
	}
	given, err := s.ChangeOperation(t.Context(), "one", store.Actor{}, func(o *store.Operation) (store.Event, error) {
		o.Reconciled.GivenUp = true
		return store.Event{}, nil
	})
	if err != nil || given.IsOpen() {
		t.Errorf("the operation is open: %t, %v, want no", given.IsOpen(), err)
	}
	open, err := s.OperationsOpen(t.Context(), "default")
	count, countErr := s.OpenOperations(t.Context(), "default")
	if err != nil || countErr != nil || len(open.Operations) != 0 || count != 0 {
		t.Errorf("open operations: %q and %d, %v, %v, want none", idsOf(open.Operations), count, err, countErr)
	}
	if _, err := s.AddOperation(t.Context(), again, anyTarget, asked); err != nil {
		t.Errorf("another operation on the target: %v", err)
	}
	if open, err = s.OperationsOpen(t.Context(), "default"); err != nil ||
		!slices.Equal(idsOf(open.Operations), []string{"two"}) {
		t.Errorf("open operations: %q, %v, want two", idsOf(open.Operations), err)
	}
	newest, err := s.OperationOfPBX(t.Context(), "default", "", first.Target.CloudPBXID)
	if err != nil || newest.ID != "two" {
		t.Errorf("newest operation of any kind: %s, %v, want two", newest.ID, err)
	}
}

// TestSuspensions checks that a suspension ends with a later start or stop of the same PBX that was done.
func TestSuspensions(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, newClock().Now)
	n := 0
	add := func(account string, pbx int64, kind store.OperationKind, state store.OperationState, reviewOn string) {
		t.Helper()
		n++
		o := store.Operation{
			ID: fmt.Sprint(n), Account: account, Kind: kind, By: submitter,
			Target:  store.Target{Key: fmt.Sprint("pbx:", pbx), CloudPBXID: pbx},
			Request: store.OperationRequest{Body: []byte("{}")},
		}
		if reviewOn != "" {
			o.Request.Suspension = &store.Suspension{ReviewOn: reviewOn}
		}
		if _, err := s.AddOperation(t.Context(), o, anyTarget, asked); err != nil {
			t.Fatal(err)
		}
		setState(t, s, o.ID, state)
	}
	add("default", 1, "stop", store.StateDone, "2026-04-01")
	add("default", 2, "stop", store.StateDone, "2026-04-02")
	add("default", 2, "start", store.StateRefused, "")
	add("default", 2, "resize", store.StateDone, "")
	add("default", 3, "stop", store.StateDone, "2026-04-03")
	add("default", 3, "start", store.StateDone, "")
	add("default", 4, "stop", store.StateNotDone, "2026-04-04")
	add("default", 5, "stop", store.StateDone, "2026-04-05")
	add("default", 5, "stop", store.StateDone, "2026-04-06")
	add("other", 6, "stop", store.StateDone, "2026-04-07")
	found, err := s.Suspensions(t.Context(), "default")
	if want := []string{"9", "2", "1"}; err != nil || !slices.Equal(idsOf(found), want) {
		t.Errorf("Suspensions = %q, %v, want %q", idsOf(found), err, want)
	}
}

// TestOperationsAreIndexed checks that the queries of every page don't read the whole table of operations, which grows
// with each change.
func TestOperationsAreIndexed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := storetest.Open(t, dir, newClock().Now)
	submit(t, s, "default", "one")
	db := open(t, dir)
	for query, index := range map[string]string{
		`SELECT count(*) FROM operations WHERE account = 'default' AND is_open`:               "operations_open",
		`SELECT * FROM operations WHERE account = 'default' AND is_open ORDER BY number DESC`: "operations_open",
		`SELECT * FROM operations WHERE account = 'default' AND suspension IS NOT NULL AND state = 'done'
		ORDER BY number DESC`: "operations_suspensions",
		`SELECT 1 FROM operations WHERE account = 'default' AND kind = 'create' AND target = 'x' AND state = 'done'
		AND number > 3`: "operations_done", // as Refusals does for each refusal
	} {
		var id, parent, unused int
		var plan string
		err := db.QueryRow(`EXPLAIN QUERY PLAN `+query).Scan(&id, &parent, &unused, &plan)
		if err != nil || !strings.Contains(plan, "USING INDEX "+index) && !strings.Contains(plan, "COVERING INDEX "+index) {
			t.Errorf("%s: %q, %v, want the index %s", query, plan, err, index)
		}
	}
}
