package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// AddOperation stores an operation in the submitted state, and records the event that event returns, in one
// transaction. First, in the same transaction, it calls check with what is under way in the account. check may change
// o; if it returns an error, nothing is stored. If the ID already exists, AddOperation returns the stored operation
// instead. The operation of a batch's row is stored only while the batch is running; otherwise, the error is
// ErrNotRunning.
func (s *Store) AddOperation(
	ctx context.Context,
	o Operation,
	check func(o *Operation, open Pending) error,
	event func(*Operation) Event,
) (Operation, error) {
	o.State, o.Times.SubmittedAt = StateSubmitted, fromUnix(unix(s.now()))
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		known, err := scanOperation(tx.QueryRowContext(ctx, selectOperation+`
WHERE id = ?`, o.ID))
		if !errors.Is(err, ErrNotFound) {
			o = known
			return err
		}
		open, err := readOpen(ctx, tx, o.Account)
		if err != nil {
			return err
		}
		if err := check(&o, open); err != nil {
			return err
		}
		if err := startBatchRow(ctx, tx, &o); err != nil {
			return err
		}
		if err := insertOperation(ctx, tx, &o); err != nil {
			return fmt.Errorf("store the operation: %w", err)
		}
		return s.addAudit(ctx, tx, o.By, event(&o))
	})
	return o, err
}

// insertOperation inserts a new operation and sets its number.
func insertOperation(ctx context.Context, tx *sql.Tx, o *Operation) error {
	return tx.QueryRowContext(ctx, `
INSERT INTO operations (
	id, account, kind, state,
	target, target_name, cloud_pbx_id, customer_id,
	request, words, reason, warnings, takes, available, seen, changes, suspension,
	actor, actor_id, submitted_at, batch,
	answer, reads, misses, read_problem
) VALUES (
	:id, :account, :kind, :state,
	:target, :target_name, :cloud_pbx_id, :customer_id,
	:request, :words, :reason, :warnings, :takes, :available, :seen, :changes, :suspension,
	:actor, :actor_id, :submitted_at, :batch,
	'{}', 0, 0, ''
)
RETURNING number`,
		sql.Named("id", o.ID),
		sql.Named("account", o.Account),
		sql.Named("kind", o.Kind),
		sql.Named("state", o.State),
		sql.Named("target", o.Target.Key),
		sql.Named("target_name", o.Target.Name),
		sql.Named("cloud_pbx_id", nullID(o.Target.CloudPBXID)),
		sql.Named("customer_id", nullID(o.Target.CustomerID)),
		sql.Named("request", string(o.Request.Body)),
		sql.Named("words", mustJSON(o.Request.Words)),
		sql.Named("reason", o.Request.Reason),
		sql.Named("warnings", mustJSON(o.Request.Warnings)),
		sql.Named("takes", mustJSON(o.Request.Takes)),
		sql.Named("available", mustJSON(o.Request.Available)),
		sql.Named("seen", mustJSON(o.Request.Seen)),
		sql.Named("changes", mustJSON(o.Request.Changes)),
		sql.Named("suspension", nullJSON(o.Request.Suspension)),
		sql.Named("actor", mustJSON(o.By)),
		sql.Named("actor_id", o.By.ID),
		sql.Named("submitted_at", unix(o.Times.SubmittedAt)),
		sql.Named("batch", o.Batch.ID),
	).Scan(&o.Number)
}

// ChangeOperation calls change to modify an operation, and records the event that change returns, in one transaction.
// It stores changes only to the state, SendingAt, FinishedAt, answer, reconciliation and the target's IDs. It records
// nothing if the event has no action. If by is the zero Actor, the event's actor is the user who submitted the
// operation. If change returns an error, nothing is stored.
func (s *Store) ChangeOperation(
	ctx context.Context,
	id string,
	by Actor,
	change func(*Operation) (Event, error),
) (Operation, error) {
	var o Operation
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var err error
		o, err = scanOperation(tx.QueryRowContext(ctx, selectOperation+`
WHERE id = ?`, id))
		if err != nil {
			return err
		}
		e, err := change(&o)
		if err != nil {
			return err
		}
		if err := updateOperation(ctx, tx, &o); err != nil {
			return fmt.Errorf("change operation %d: %w", o.Number, err)
		}
		if err := setBatchRow(ctx, tx, &o); err != nil {
			return fmt.Errorf("change the row of operation %d: %w", o.Number, err)
		}
		if e.Action == "" {
			return nil
		}
		if by == (Actor{}) {
			by = o.By
		}
		return s.addAudit(ctx, tx, by, e)
	})
	return o, err
}

func updateOperation(ctx context.Context, tx *sql.Tx, o *Operation) error {
	_, err := tx.ExecContext(ctx, `
UPDATE operations
SET
	state = :state,
	sending_at = :sending_at,
	finished_at = :finished_at,
	cloud_pbx_id = :cloud_pbx_id,
	customer_id = :customer_id,
	answer = :answer,
	reads = :reads,
	misses = :misses,
	misses_since = :misses_since,
	read_at = :read_at,
	next_read_at = :next_read_at,
	read_problem = :read_problem,
	given_up = :given_up
WHERE id = :id`,
		sql.Named("state", o.State),
		sql.Named("sending_at", nullTime(o.Times.SendingAt)),
		sql.Named("finished_at", nullTime(o.Times.FinishedAt)),
		sql.Named("cloud_pbx_id", nullID(o.Target.CloudPBXID)),
		sql.Named("customer_id", nullID(o.Target.CustomerID)),
		sql.Named("answer", mustJSON(o.Answer)),
		sql.Named("reads", o.Reconciled.Reads),
		sql.Named("misses", o.Reconciled.Misses),
		sql.Named("misses_since", nullTime(o.Reconciled.MissesSince)),
		sql.Named("read_at", nullTime(o.Reconciled.At)),
		sql.Named("next_read_at", nullTime(o.Reconciled.NextAt)),
		sql.Named("read_problem", o.Reconciled.Problem),
		sql.Named("given_up", o.Reconciled.GivenUp),
		sql.Named("id", o.ID),
	)
	return err
}
