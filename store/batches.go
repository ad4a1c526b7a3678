package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// BatchState is the state of a batch. Until somebody applies it, a batch is a plan.
type BatchState string

// States of a batch. Only package batches moves a batch to another state.
const (
	BatchPlanned BatchState = "planned" // can be applied until it expires
	BatchWaiting BatchState = "waiting" // for a second user's approval
	BatchRunning BatchState = "running" // its rows are carried out one by one
	BatchPaused  BatchState = "paused"  // continues when a user says so
	BatchStopped BatchState = "stopped" // by a user for good, or by itself until a user resumes it
	BatchDone    BatchState = "done"    // each row has an outcome
	BatchExpired BatchState = "expired" // nobody applied it in time
)

// Batch is a frozen list of planned operations of one kind.
type Batch struct {
	ID      string // random
	Number  int64  // shown to users
	Account string
	Kind    OperationKind // of the form that its operations come from, such as "suspend"
	State   BatchState
	MadeAt  time.Time
	Total   int // number of planned rows
	BatchDetail
}

// BatchDetail is the part of a batch that the store doesn't search.
type BatchDetail struct {
	Source   BatchSource
	By       Actor // who made the plan
	Applied  BatchStep
	Approved BatchStep
	Ended    time.Time // zero: it hasn't ended
	Expires  time.Time // when the plan expires; zero: not while it waits for approval
	Run      BatchRun
	Takes    Resources // what all planned rows take
	Calls    int64     // calls in progress on the PBXs of its planned rows
	Touched  int       // number of customers who have these PBXs or get them, as far as they are known
	Unread   int       // number of these PBXs whose customers aren't known
	Warned   int       // number of planned rows with a warning that isn't about the plan as a whole
}

// BatchStep is who did something with a batch, and when.
type BatchStep struct {
	By Actor
	At time.Time // zero: nobody did
}

// BatchSource is what a plan was made from.
type BatchSource struct {
	Words  string     // the PBXs in words, such as the list's filter, or the file's name
	Query  string     // the list's query string; "" if it wasn't a query
	Inputs url.Values // of the form for many PBXs
	Of     string     // ID of the batch that the plan repeats or undoes; "": none
	Judged time.Time  // when the data was read by which the plan was judged
	Digest string     // identifies the file; "": not from a file

	Earlier int64 // number of a batch from the same file that was applied; 0: none
	Ignored int   // number of the file's columns that have content but no field
}

// BatchRun is how a batch is carried out.
type BatchRun struct {
	Why       BatchReason // why it is paused or stopped
	Waves     bool        // it pauses after the first rows
	WaveEnd   int         // number of rows after which it pauses; 0: never
	Since     int64       // number of the last operation before the batch was resumed
	MaxFailed int         // consecutive failures after which it stops
}

// BatchReason is why a batch is paused or stopped.
type BatchReason string

// Reasons.
const (
	BatchByUser   BatchReason = "user"     // somebody paused or stopped it
	BatchWave     BatchReason = "wave"     // a wave has ended
	BatchFailures BatchReason = "failures" // too many consecutive rows failed
	BatchYCMDown  BatchReason = "ycm-down" // YCM can't be reached
)

// RowState is the state of a row before it is carried out.
type RowState string

// States of rows.
const (
	RowPlanned       RowState = "planned"
	RowUnchanged     RowState = "unchanged"      // the PBX is that way already
	RowNotApplicable RowState = "not-applicable" // the row can't be carried out
)

// RowRef identifies a row of a batch.
type RowRef struct {
	ID string // of the batch
	N  int    // of the row; 0 in an operation that was read from the store
}

// BatchRow is one row of a batch.
type BatchRow struct {
	N        int // from 1
	Line     int // of the file; 0 if the row isn't from a file
	State    RowState
	Target   Target
	Request  OperationRequest
	Problems []json.RawMessage // findings; why the row isn't planned
	Outcome  *Operation        // the row's operation; nil if it isn't carried out
}

const selectBatch = `
SELECT number, id, account, kind, state, made_at, total, detail
FROM batches`

func scanBatch(row scanner) (Batch, error) {
	var b Batch
	var made int64
	var detail string
	err := row.Scan(&b.Number, &b.ID, &b.Account, &b.Kind, &b.State, &made, &b.Total, &detail)
	if err != nil {
		return b, notFound(err)
	}
	b.MadeAt = fromUnix(made)
	return b, json.Unmarshal([]byte(detail), &b.BatchDetail)
}

// AddBatch stores a plan with its rows, which it numbers from 1.
func (s *Store) AddBatch(ctx context.Context, b Batch, rows []BatchRow) (Batch, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `
INSERT INTO batches (id, account, kind, state, made_at, total, detail)
VALUES (?, ?, ?, ?, ?, ?, ?)
RETURNING number`, b.ID, b.Account, b.Kind, b.State, unix(b.MadeAt), b.Total, mustJSON(b.BatchDetail)).
			Scan(&b.Number); err != nil {
			return fmt.Errorf("store the plan: %w", err)
		}
		return insertBatchRows(ctx, tx, b.Number, rows)
	})
	return b, err
}

func insertBatchRows(ctx context.Context, tx *sql.Tx, batch int64, rows []BatchRow) (err error) {
	insert, err := tx.PrepareContext(ctx, `
INSERT INTO batch_rows (
	batch, n, state, line, target, request, problems, extensions, calls, recording, ultimate, transcription
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	for i := range rows {
		r := &rows[i]
		r.N = i + 1
		takes := r.Request.Takes
		if _, err := insert.ExecContext(ctx, batch, r.N, r.State, r.Line, mustJSON(r.Target), mustJSON(r.Request),
			mustJSON(r.Problems), takes[0], takes[1], takes[2], takes[3], takes[4]); err != nil {
			return fmt.Errorf("store row %d: %w", r.N, err)
		}
	}
	return nil
}

// ChangeBatch calls change to modify a batch, and records the event that change returns, in one transaction. change is
// called with what is under way in the account. If it returns an error, nothing is stored. Nothing is recorded if the
// event has no action.
func (s *Store) ChangeBatch(
	ctx context.Context,
	account, id string,
	by Actor,
	change func(b *Batch, open Pending) (Event, error),
) (Batch, error) {
	var b Batch
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var err error
		if b, err = scanBatch(tx.QueryRowContext(ctx, selectBatch+`
WHERE account = ? AND id = ?`, account, id)); err != nil {
			return err
		}
		open, err := readOpen(ctx, tx, account)
		if err != nil {
			return err
		}
		e, err := change(&b, open)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE batches SET state = ?, detail = ? WHERE number = ?`, b.State,
			mustJSON(b.BatchDetail), b.Number); err != nil {
			return fmt.Errorf("change batch %d: %w", b.Number, err)
		}
		if e.Action == "" {
			return nil
		}
		return s.addAudit(ctx, tx, by, e)
	})
	return b, err
}

// ErrNotRunning means that the batch of an operation isn't running.
var ErrNotRunning = errors.New("the batch isn't running")

// startBatchRow links the row of an operation's batch to the operation.
func startBatchRow(ctx context.Context, tx *sql.Tx, o *Operation) error {
	if o.Batch.ID == "" {
		return nil
	}
	changed, err := tx.ExecContext(ctx, `
UPDATE batch_rows
SET operation = ?, outcome = 'submitted', is_open = 1
WHERE batch = (SELECT number FROM batches WHERE id = ? AND state = 'running') AND n = ? AND state = 'planned'
	AND operation IS NULL`, o.ID, o.Batch.ID, o.Batch.N)
	if err != nil {
		return fmt.Errorf("start row %d: %w", o.Batch.N, err)
	}
	if n, err := changed.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, ErrNotRunning)
	}
	return nil
}

// heldByBatches returns what rows of running and paused batches reserve that aren't operations yet.
func heldByBatches(ctx context.Context, q querier, account string) (held Resources, err error) {
	err = q.QueryRowContext(ctx, `
SELECT
	coalesce(sum(extensions), 0), coalesce(sum(calls), 0), coalesce(sum(recording), 0), coalesce(sum(ultimate), 0),
	coalesce(sum(transcription), 0)
FROM batches AS b CROSS JOIN batch_rows AS r INDEXED BY batch_rows_left ON r.batch = b.number
WHERE b.account = ? AND b.state IN ('running', 'paused') AND r.state = 'planned' AND r.operation IS NULL`, account).
		Scan(&held[0], &held[1], &held[2], &held[3], &held[4])
	if err != nil {
		return held, fmt.Errorf("read what batches reserve: %w", err)
	}
	return held, nil
}

// setBatchRow copies the state of an operation to the row that it carries out.
func setBatchRow(ctx context.Context, tx *sql.Tx, o *Operation) error {
	if o.Batch.ID == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE batch_rows SET outcome = ?, is_open = ? WHERE operation = ?`, o.State,
		o.IsOpen(), o.ID)
	return err
}
