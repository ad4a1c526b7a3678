package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SubscriptionReading is a report on the subscription that YCM returned, unchanged, from ReadAt to SeenAt.
type SubscriptionReading struct {
	Account        string
	ReadAt, SeenAt time.Time
	Subscription   []byte // YCM's JSON
	PlanStatistics []byte // YCM's JSON; empty if the call to get it failed
	RequestID      string
}

// PutSubscription stores readings, which must be ordered oldest first. A reading becomes a new row if it differs from
// the last one or is the first of its day (UTC). Otherwise, it updates the last row's SeenAt and RequestID.
func (s *Store) PutSubscription(ctx context.Context, readings ...SubscriptionReading) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, r := range readings {
			if err := putSubscription(ctx, tx, r); err != nil {
				return err
			}
		}
		return nil
	})
}

func putSubscription(ctx context.Context, tx *sql.Tx, r SubscriptionReading) error {
	var id, at int64
	var subscription, plans string
	err := tx.QueryRowContext(ctx, `SELECT id, read_at, subscription, plan_statistics
		FROM subscription_readings
		WHERE account = ?
		ORDER BY id DESC
		LIMIT 1`, r.Account).
		Scan(&id, &at, &subscription, &plans)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("read the last subscription: %w", err)
	case err == nil && subscription == string(r.Subscription) && plans == string(
		r.PlanStatistics,
	) && at/86400 == unix(r.SeenAt)/86400:
		_, err = tx.ExecContext(
			ctx,
			`UPDATE subscription_readings SET seen_at = ?, request_id = ? WHERE id = ?`,
			unix(r.SeenAt),
			clean(r.RequestID),
			id,
		)
		return err
	}
	_, err = tx.ExecContext(
		ctx,
		`
INSERT INTO subscription_readings (account, read_at, seen_at, subscription, plan_statistics, request_id)
VALUES (:account, :seen_at, :seen_at, :subscription, :plan_statistics, :request_id)`,
		sql.Named("account", r.Account),
		sql.Named("seen_at", unix(r.SeenAt)),
		sql.Named("subscription", string(r.Subscription)),
		sql.Named("plan_statistics", string(r.PlanStatistics)),
		sql.Named("request_id", clean(r.RequestID)),
	)
	return err
}

// everyReadingKept is how long every reading is kept. After that, only the last reading of each day (UTC) is kept,
// forever.
const everyReadingKept = 30 * 24 * time.Hour

// ForgetReadings removes readings older than everyReadingKept, except the last one of each day (UTC).
func (s *Store) ForgetReadings(ctx context.Context, account string, now time.Time) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM subscription_readings WHERE account = ?1 AND read_at < ?2
			AND id NOT IN (SELECT max(id)
			FROM subscription_readings
			WHERE account = ?1
			GROUP BY read_at / 86400)`, account, unix(now.Add(-everyReadingKept)))
		if err != nil {
			return fmt.Errorf("delete old subscription readings: %w", err)
		}
		return nil
	})
}

const readingColumns = `account, read_at, seen_at, subscription, plan_statistics, request_id`

func scanReading(row scanner) (SubscriptionReading, error) {
	var r SubscriptionReading
	var read, seen int64
	err := row.Scan(&r.Account, &read, &seen, &r.Subscription, &r.PlanStatistics, &r.RequestID)
	r.ReadAt, r.SeenAt = fromUnix(read), fromUnix(seen)
	return r, err
}

// Subscription returns the last reading, or ErrNotFound.
func (s *Store) Subscription(ctx context.Context, account string) (SubscriptionReading, error) {
	r, err := scanReading(
		s.read.QueryRowContext(
			ctx,
			`SELECT `+readingColumns+` FROM subscription_readings WHERE account = ? ORDER BY id DESC LIMIT 1`,
			account,
		),
	)
	return r, notFound(err)
}

// SubscriptionAround returns the last reading that began before from, and the first that began at to or later. Until
// there is one, after is the last reading if it still held after to. Either is nil if it isn't known. It compares whole
// seconds, because a reading in the same second as a change usually follows it.
func (s *Store) SubscriptionAround(
	ctx context.Context,
	account string,
	from, to time.Time,
) (before, after *SubscriptionReading, err error) {
	read := func(at time.Time, where string) (*SubscriptionReading, error) {
		query := `SELECT ` + readingColumns + ` FROM subscription_readings WHERE account = ?1 AND ` + where + ` LIMIT 1`
		r, err := scanReading(s.read.QueryRowContext(ctx, query, account, unix(at)))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("read the subscription of %s: %w", at.UTC().Format(time.RFC3339), err)
		}
		return &r, nil
	}
	if before, err = read(from, `read_at < ?2 ORDER BY read_at DESC, id DESC`); err != nil {
		return nil, nil, err
	}
	if after, err = read(to, `read_at >= ?2 ORDER BY read_at, id`); err != nil {
		return nil, nil, err
	}
	if after == nil {
		if after, err = read(to, `read_at < ?2 ORDER BY read_at DESC, id DESC`); err != nil {
			return nil, nil, err
		}
		if after != nil && !after.SeenAt.After(to) {
			after = nil
		}
	}
	return before, after, nil
}

// SubscriptionDays returns the last reading of each day (by ReadAt, in UTC), oldest first. It ignores readings with a
// SeenAt earlier than since.
func (s *Store) SubscriptionDays(ctx context.Context, account string, since time.Time) ([]SubscriptionReading, error) {
	all, err := allRows(ctx, s, scanReading, `SELECT `+readingColumns+` FROM subscription_readings WHERE id IN (
		SELECT max(id)
		FROM subscription_readings
		WHERE account = ? AND seen_at >= ?
		GROUP BY read_at / 86400)
		ORDER BY id`, account, unix(since))
	if err != nil {
		return nil, fmt.Errorf("read daily subscription readings: %w", err)
	}
	return all, nil
}
