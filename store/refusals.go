package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Refusals returns the operations that YCM has refused since a time and that still ask for attention, newest first:
// those that nobody has dismissed, and after which no operation of the same kind on the same target was done.
func (s *Store) Refusals(ctx context.Context, account string, since time.Time) ([]Operation, error) {
	found, err := allRows(ctx, s, scanOperation, selectOperation+`
WHERE account = ? AND state = ? AND submitted_at > ? AND dismissed_at IS NULL AND NOT EXISTS (
	SELECT 1 FROM operations later
	WHERE
		later.account = operations.account AND later.kind = operations.kind AND later.target = operations.target
		AND later.state = 'done' AND later.number > operations.number -- the literal is what makes SQLite use the index
)
ORDER BY number DESC`, account, StateRefused, unix(since))
	if err != nil {
		return nil, fmt.Errorf("read refused operations: %w", err)
	}
	return found, nil
}

// Dismiss makes a refused operation stop asking for attention, with an audit event. It returns ErrNotFound if there is
// no such operation, or if it isn't refused. Dismissing it again changes nothing.
func (s *Store) Dismiss(ctx context.Context, account, id string, by Actor) (Operation, error) {
	var o Operation
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var err error
		o, err = scanOperation(tx.QueryRowContext(ctx, selectOperation+`
WHERE account = ? AND id = ? AND state = ?`, account, id, StateRefused))
		if err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE operations SET dismissed_at = ? WHERE id = ? AND dismissed_at IS NULL`,
			unix(s.now()), id)
		if err != nil {
			return fmt.Errorf("dismiss operation %d: %w", o.Number, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{
			Action: "operation.dismiss", Target: o.Target.Key, TargetName: o.Target.Name, Outcome: OutcomeDone,
			Notes: []Note{NewNote(NoteOperation, o.Number)},
		})
	})
	return o, err
}
