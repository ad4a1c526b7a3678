package store

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// OperationKind identifies a kind of operation, such as "create". The package of each kind declares its own.
type OperationKind string

// OperationState is the state of an operation.
type OperationState string

// States of an operation. Only the state machine in package operations moves an operation to another state.
const (
	// StateSubmitted means that the operation is stored and has no outcome yet. The sender moves it to done, refused,
	// not-sent or unknown. After a crash, recovery moves it to not-sent if SendingAt is zero, and to unknown otherwise.
	StateSubmitted OperationState = "submitted"

	// StateDone means that YCM performed the operation. This state is final.
	StateDone OperationState = "done"

	// StateRefused means that YCM rejected the operation, so nothing was changed. This state is final.
	StateRefused OperationState = "refused"

	// StateNotSent means that no request left this machine. This state is final: the operation is never sent later.
	StateNotSent OperationState = "not-sent"

	// StateUnknown means that YCM may have acted on the request. The operation counts as open. The reconciler reads YCM,
	// and moves the operation to done or not-done; nothing sends it again. After a crash, the reconciler resumes. If
	// nothing in YCM can show the outcome, the reconciler sets GivenUp instead, and the operation is no longer open.
	StateUnknown OperationState = "unknown"

	// StateNotDone means that the outcome was unknown, and that YCM showed no trace of the operation during the entire
	// reconcile window. If a trace is found later, the operation moves to done. A crash doesn't affect this state.
	StateNotDone OperationState = "not-done"
)

// Operation is a change to be made in YCM. Its request is sent at most once, ever.
type Operation struct {
	ID         string // the form's one-time ID
	Number     int64  // shown to users
	Account    string
	Kind       OperationKind
	State      OperationState
	Target     Target
	Request    OperationRequest
	By         Actor
	Times      OperationTimes
	Answer     Answer
	Reconciled Reconciled
	Batch      RowRef // the row of a batch that the operation carries out; the zero value if there is none
}

// Target is the object that an operation changes.
type Target struct {
	// Key identifies the target, such as "host:acme.example.com" or "pbx:7715". Two open operations of an account can't
	// have the same key.
	Key        string
	Name       string // shown to users
	CloudPBXID int64  // 0: unknown, or the target is a customer
	CustomerID int64  // 0: unknown, or the target is a PBX
}

// OperationRequest describes the request that an operation sends to YCM.
type OperationRequest struct {
	Body      json.RawMessage   // body of the request to YCM
	Words     map[string]string // names for the IDs in Body, keyed by JSON member
	Reason    string
	Warnings  []json.RawMessage // accepted by the user; each kind of operation defines their members
	Takes     Resources         // resources that the operation takes from the subscription
	Available Resources         // resources available before the operation

	// Seen has the members on which the user's decision was based, with their values, as in FieldChange. If the PBX
	// differs, the operation isn't sent. It is nil for an operation that doesn't depend on an existing PBX.
	Seen       map[string]string
	Changes    []FieldChange // what the operation changes in an existing PBX, as the user confirmed it
	Suspension *Suspension   // of an operation that suspends a PBX; otherwise nil
}

// FieldChange is a member of a PBX's record with its values before and after a change: text as YCM spells it, or a
// number in decimal. A value that YCM didn't report is "".
type FieldChange struct {
	Field  string `json:"field"` // YCM's name of the member
	Before string `json:"before"`
	After  string `json:"after"`
}

// Suspension is why a PBX was stopped for some time.
type Suspension struct {
	Note     string `json:"note,omitempty"`
	ReviewOn string `json:"reviewOn"` // the day on which somebody should look at it again, such as 2026-12-31
}

// OperationTimes are the times of an operation's steps.
type OperationTimes struct {
	SubmittedAt time.Time
	SendingAt   time.Time // when sending began; zero: nothing was sent
	FinishedAt  time.Time // when the current state began; zero: still submitted
}

// Reconciled summarizes the reads of YCM that try to determine an operation's unknown outcome.
type Reconciled struct {
	Reads       int         // number of reads so far
	Misses      int         // reads that found no trace of the operation in YCM
	MissesSince time.Time   // time of the first miss
	At          time.Time   // time of the last read; zero: never
	NextAt      time.Time   // time of the next read; zero: none is planned
	Problem     FailureKind // why the last read failed; "" if it didn't
	GivenUp     bool        // the outcome stays unknown, because nothing in YCM can show it
}

// IsOpen reports whether the operation's outcome is still to be determined. While the operation is open, its target is
// reserved, and the resources that it takes count as used.
func (o *Operation) IsOpen() bool {
	return o.State == StateSubmitted || o.State == StateUnknown && !o.Reconciled.GivenUp
}

// Resources are, in this order: extensions, concurrent calls, recording minutes, extensions with the Ultimate
// Plan, and transcription minutes.
type Resources [5]int64

// notReported is the value of a resource that YCM didn't report.
const notReported = math.MinInt64

// UnmarshalJSON also reads the shorter lists that earlier versions stored. It sets the missing resources to
// notReported.
func (r *Resources) UnmarshalJSON(b []byte) error {
	var known []int64
	if err := json.Unmarshal(b, &known); err != nil {
		return err
	}
	for i := range r {
		if r[i] = notReported; i < len(known) {
			r[i] = known[i]
		}
	}
	return nil
}

// Answer is YCM's response to an operation's request, or the reason that there is none.
type Answer struct {
	Kind       FailureKind   `json:"kind,omitempty"`
	StatusCode int           `json:"statusCode,omitempty"`
	Code       int           `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"` // YCM's message
	RequestID  string        `json:"requestId,omitempty"`
	Took       time.Duration `json:"took,omitempty"` // from sending to the response
}

// FailureKind is the reason why a request to YCM or a read of YCM failed, or "" if it succeeded. A failed read can also
// have a kind of problem that package fleet defines.
type FailureKind string

// Kinds of failures of a request.
const (
	FailureNoAnswer    FailureKind = "no-answer"   // the request timed out
	FailureUnavailable FailureKind = "unavailable" // no connection, or YCM had problems
	FailureUnreadable  FailureKind = "unreadable"  // the response wasn't in the format of YCM's API
	FailureCredentials FailureKind = "credentials" // the client ID or secret was wrong
	FailurePermission  FailureKind = "permission"  // the API was disabled, or Cordboard's IP address wasn't allowed
	FailureRate        FailureKind = "rate"        // too many requests
	FailureInvalid     FailureKind = "invalid"     // YCM rejected a value
	FailureExists      FailureKind = "exists"      // what the request would have created exists
	FailureRefused     FailureKind = "refused"     // any other rejection by YCM
	FailureRestarted   FailureKind = "restarted"   // Cordboard stopped before it sent the request or got the response
	FailureNoRequest   FailureKind = "no-request"  // no request could be built from what was stored
	FailureNotWritten  FailureKind = "not-written" // Cordboard couldn't write to its database, so it sent nothing
	FailureChanged     FailureKind = "changed"     // the PBX changed after the user confirmed, so nothing was sent
	FailureGone        FailureKind = "gone"        // YCM no longer had the PBX, so nothing was sent
)

// selectOperation selects its columns in the order that scanOperation expects.
const selectOperation = `
SELECT
	id, number, account, kind, state,
	target, target_name, cloud_pbx_id, customer_id,
	request, words, reason, warnings, takes, available, seen, changes, suspension,
	actor, submitted_at, sending_at, finished_at, answer,
	reads, misses, misses_since, read_at, next_read_at, read_problem, given_up, batch
FROM operations`

func scanOperation(row scanner) (Operation, error) {
	var o Operation
	var body, words, warnings, takes, available, seen, changes, actor, answer string
	var suspension sql.NullString
	var submitted int64
	var sending, finished, pbx, customer, missesSince, read, next sql.NullInt64
	t, r := &o.Times, &o.Reconciled
	err := row.Scan(
		&o.ID, &o.Number, &o.Account, &o.Kind, &o.State,
		&o.Target.Key, &o.Target.Name, &pbx, &customer,
		&body, &words, &o.Request.Reason, &warnings, &takes, &available, &seen, &changes, &suspension,
		&actor, &submitted, &sending, &finished, &answer,
		&r.Reads, &r.Misses, &missesSince, &read, &next, &r.Problem, &r.GivenUp, &o.Batch.ID,
	)
	if err != nil {
		return o, notFound(err)
	}
	o.Request.Body, o.Target.CloudPBXID, o.Target.CustomerID = json.RawMessage(body), pbx.Int64, customer.Int64
	t.SubmittedAt, t.SendingAt, t.FinishedAt = fromUnix(submitted), timeOrZero(sending.Int64), timeOrZero(
		finished.Int64,
	)
	r.MissesSince, r.At, r.NextAt = timeOrZero(missesSince.Int64), timeOrZero(read.Int64), timeOrZero(next.Int64)
	return o, errors.Join(
		json.Unmarshal([]byte(words), &o.Request.Words),
		json.Unmarshal([]byte(warnings), &o.Request.Warnings),
		json.Unmarshal([]byte(takes), &o.Request.Takes),
		json.Unmarshal([]byte(available), &o.Request.Available),
		json.Unmarshal([]byte(seen), &o.Request.Seen),
		json.Unmarshal([]byte(changes), &o.Request.Changes),
		json.Unmarshal([]byte(cmp.Or(suspension.String, "null")), &o.Request.Suspension),
		json.Unmarshal([]byte(actor), &o.By),
		json.Unmarshal([]byte(answer), &o.Answer),
	)
}

// mustJSON returns v as JSON. It panics if v can't be encoded, which never happens with plain values.
func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T as JSON: %v", v, err))
	}
	return string(b)
}

func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return unix(t)
}

// nullJSON returns v as JSON, or nil if v is nil.
func nullJSON[T any](v *T) any {
	if v == nil {
		return nil
	}
	return mustJSON(v)
}

func nullID(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
