package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// failureWindow is the longest period over which failures are counted.
const failureWindow = 15 * time.Minute

// SignInFailed counts a failure under each key and records it.
func (s *Store) SignInFailed(ctx context.Context, by Actor, e Event, keys ...string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countFailure(ctx, tx, s.now(), keys); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, e)
	})
}

func countFailure(ctx context.Context, tx *sql.Tx, now time.Time, keys []string) error {
	if _, err := tx.ExecContext(
		ctx,
		`DELETE FROM signin_failures WHERE at < ? OR at > ?`,
		unix(now.Add(-failureWindow)),
		unix(now.Add(clockTolerance)),
	); err != nil {
		return fmt.Errorf("delete old failures: %w", err)
	}
	for _, key := range keys {
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO signin_failures (key, at) VALUES (?, ?)`,
			key,
			unix(now),
		); err != nil {
			return fmt.Errorf("count failure: %w", err)
		}
	}
	return nil
}

// Failures returns the times of the failures counted under key that are later than since and no later than upTo, oldest
// first.
func (s *Store) Failures(ctx context.Context, key string, since, upTo time.Time) ([]time.Time, error) {
	times, err := allRows(
		ctx,
		s,
		scanTime,
		`SELECT at FROM signin_failures WHERE key = ? AND at > ? AND at <= ? ORDER BY at`,
		key,
		unix(since),
		unix(upTo),
	)
	if err != nil {
		return nil, fmt.Errorf("read failures: %w", err)
	}
	return times, nil
}
