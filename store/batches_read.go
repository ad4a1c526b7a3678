package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Batch returns a batch, or ErrNotFound.
func (s *Store) Batch(ctx context.Context, account, id string) (Batch, error) {
	return scanBatch(s.read.QueryRowContext(ctx, selectBatch+`
WHERE account = ? AND id = ?`, account, id))
}

// BatchesIn returns the batches in the given states, newest first, at most limit.
func (s *Store) BatchesIn(ctx context.Context, account string, limit int, states ...BatchState) ([]Batch, error) {
	found, err := allRows(ctx, s, scanBatch, selectBatch+`
WHERE account = ? AND state IN (SELECT value FROM json_each(?))
ORDER BY number DESC
LIMIT ?`, account, mustJSON(states), limit)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	return found, nil
}

// Batches returns up to limit of an account's batches from the given offset on, newest first, and the number of all of
// them.
func (s *Store) Batches(ctx context.Context, account string, offset, limit int) (found []Batch, total int, err error) {
	if err := s.read.QueryRowContext(ctx, `
SELECT count(*)
FROM batches
WHERE account = ?`, account).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count batches: %w", err)
	}
	found, err = allRows(ctx, s, scanBatch, selectBatch+`
WHERE account = ?
ORDER BY number DESC
LIMIT ? OFFSET ?`, account, limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("read batches: %w", err)
	}
	return found, total, nil
}

// RowCounts are the numbers of a batch's rows.
type RowCounts struct {
	States map[string]int // by state; a row that was carried out has the state of its operation
	Open   int            // rows whose operation has no outcome yet
}

// BatchCounts counts a batch's rows.
func (s *Store) BatchCounts(ctx context.Context, batch int64) (RowCounts, error) {
	counts := RowCounts{States: map[string]int{}}
	err := eachRowIn(ctx, s.read, func(row scanner) error {
		var state string
		var n, open int
		if err := row.Scan(&state, &n, &open); err != nil {
			return err
		}
		counts.States[state] = n
		counts.Open += open
		return nil
	}, `
SELECT word, rows, is_open
FROM batch_counts
WHERE batch = ? AND rows > 0`, batch)
	if err != nil {
		return counts, fmt.Errorf("count the rows of a batch: %w", err)
	}
	return counts, nil
}

// BatchRows returns up to limit of a batch's rows in the given states, or in any state if none is given, from the given
// offset on.
func (s *Store) BatchRows(
	ctx context.Context,
	batch int64,
	offset, limit int,
	states ...string,
) ([]BatchRow, error) {
	rows, err := allRows(ctx, s, scanBatchRow, `
SELECT n, line, state, target, request, problems, coalesce(operation, '')
FROM batch_rows
WHERE batch = ?1 AND (?2 = 'null' OR word IN (SELECT value FROM json_each(?2)))
ORDER BY n
LIMIT ?3 OFFSET ?4`, batch, mustJSON(states), limit, offset)
	if err != nil {
		return nil, fmt.Errorf("read the rows of a batch: %w", err)
	}
	var ids []string
	at := map[string]*BatchRow{}
	for i := range rows {
		if o := rows[i].Outcome; o != nil {
			ids = append(ids, o.ID)
			at[o.ID] = &rows[i]
		}
	}
	found, err := allRows(ctx, s, scanOperation, selectOperation+`
WHERE id IN (SELECT value FROM json_each(?))`, mustJSON(ids))
	if err != nil {
		return nil, fmt.Errorf("read the operations of a batch: %w", err)
	}
	for i := range found {
		at[found[i].ID].Outcome = &found[i]
	}
	return rows, nil
}

func scanBatchRow(row scanner) (BatchRow, error) {
	var r BatchRow
	var target, request, problems, operation string
	if err := row.Scan(&r.N, &r.Line, &r.State, &target, &request, &problems, &operation); err != nil {
		return r, notFound(err)
	}
	if operation != "" {
		r.Outcome = &Operation{ID: operation}
	}
	return r, errors.Join(
		json.Unmarshal([]byte(target), &r.Target),
		json.Unmarshal([]byte(request), &r.Request),
		json.Unmarshal([]byte(problems), &r.Problems),
	)
}

// NextBatchRow returns the first planned row of a batch that isn't carried out yet, or ErrNotFound.
func (s *Store) NextBatchRow(ctx context.Context, batch int64) (BatchRow, error) {
	return scanBatchRow(s.read.QueryRowContext(ctx, `
SELECT n, line, state, target, request, problems, ''
FROM batch_rows
WHERE batch = ?1 AND n = (
	SELECT min(n)
	FROM batch_rows INDEXED BY batch_rows_left
	WHERE batch = ?1 AND state = 'planned' AND operation IS NULL
)`, batch))
}

// LeftTargets returns the target keys of the rows that running and paused batches of a kind haven't carried out, each
// with the number of its batch.
func (s *Store) LeftTargets(ctx context.Context, account string, kind OperationKind) (map[string]int64, error) {
	left := map[string]int64{}
	err := eachRowIn(ctx, s.read, func(row scanner) error {
		var key string
		var number int64
		err := row.Scan(&key, &number)
		left[key] = number
		return err
	}, `
SELECT r.target ->> '$.Key', b.number
FROM batches b CROSS JOIN batch_rows r INDEXED BY batch_rows_left ON r.batch = b.number
WHERE b.account = ? AND b.state IN ('running', 'paused') AND b.kind = ?
	AND r.state = 'planned' AND r.operation IS NULL`, account, kind)
	if err != nil {
		return nil, fmt.Errorf("read what is left of batches: %w", err)
	}
	return left, nil
}

// OperationsOfBatch returns up to limit of a batch's operations with a number above since, newest first.
func (s *Store) OperationsOfBatch(ctx context.Context, id string, since int64, limit int) ([]Operation, error) {
	found, err := allRows(ctx, s, scanOperation, selectOperation+`
WHERE batch <> '' AND batch = ? AND number > ?
ORDER BY number DESC
LIMIT ?`, id, since, limit)
	if err != nil {
		return nil, fmt.Errorf("read the operations of a batch: %w", err)
	}
	return found, nil
}

// BatchOfDigest returns the newest batch that was made from the file with the given digest and then applied, or
// ErrNotFound.
func (s *Store) BatchOfDigest(ctx context.Context, account, digest string) (Batch, error) {
	return scanBatch(s.read.QueryRowContext(ctx, selectBatch+`
WHERE account = ? AND detail ->> '$.Source.Digest' = ? AND detail ->> '$.Applied.At' > '0001-01-02'
ORDER BY number DESC
LIMIT 1`, account, digest))
}

// ExpireBatches marks the plans that expired before now, and deletes the rows of those that expired before old.
func (s *Store) ExpireBatches(ctx context.Context, account string, now, old time.Time) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		plans, err := allRowsIn(ctx, tx, scanBatch, selectBatch+`
WHERE account = ? AND state = 'planned'`, account)
		if err != nil {
			return err
		}
		for i := range plans {
			if !plans[i].Expires.After(now) {
				if _, err := tx.ExecContext(ctx, `UPDATE batches SET state = 'expired' WHERE number = ?`,
					plans[i].Number); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, `
DELETE FROM batch_rows
WHERE batch IN (SELECT number FROM batches WHERE account = ? AND state = 'expired' AND made_at < ?)`, account,
			unix(old))
		return err
	})
}
