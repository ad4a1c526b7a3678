package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SyncRun is one pass over YCM's list.
type SyncRun struct {
	Account   string
	StartedAt time.Time
	EndedAt   time.Time
	OK        bool // every page was read
	Requests  int
	Total     int64
	Written   int
	Gone      int
	Error     string
	RequestID string // YCM's
}

// keptRuns is how many passes are remembered.
const keptRuns = 1000

// AddSyncRun remembers a pass, and forgets the oldest of many.
func (s *Store) AddSyncRun(ctx context.Context, r SyncRun) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `INSERT INTO sync_runs (account, started_at, ended_at, ok, requests, total, written, gone, error, request_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.Account, unix(r.StartedAt), unix(r.EndedAt), r.OK, r.Requests, r.Total, r.Written, r.Gone, clean(r.Error), clean(r.RequestID))
		if err != nil {
			return fmt.Errorf("remember the pass: %w", err)
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sync_runs WHERE id <= ?`, id-keptRuns)
		return err
	})
}

// LastGoodRun returns the newest pass that read every page, or ErrNotFound.
func (s *Store) LastGoodRun(ctx context.Context, account string) (SyncRun, error) {
	r := SyncRun{Account: account}
	var started, ended int64
	err := s.read.QueryRowContext(ctx, `SELECT started_at, ended_at, ok, requests, total, written, gone, error, request_id FROM sync_runs WHERE account = ? AND ok ORDER BY id DESC LIMIT 1`, account).
		Scan(&started, &ended, &r.OK, &r.Requests, &r.Total, &r.Written, &r.Gone, &r.Error, &r.RequestID)
	r.StartedAt, r.EndedAt = fromUnix(started), fromUnix(ended)
	return r, one(err)
}

// SubscriptionReading is what YCM said of the hosting package, from ReadAt to SeenAt.
type SubscriptionReading struct {
	Account        string
	ReadAt, SeenAt time.Time
	Subscription   []byte // YCM's JSON
	PlanStatistics []byte // YCM's JSON; empty where that call failed
	RequestID      string
}

// PutSubscription keeps a reading: as a new row if it differs from the last, else by moving that one's SeenAt.
func (s *Store) PutSubscription(ctx context.Context, r SubscriptionReading) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var id int64
		var subscription, plans string
		err := tx.QueryRowContext(ctx, `SELECT id, subscription, plan_statistics FROM subscription_readings WHERE account = ? ORDER BY id DESC LIMIT 1`, r.Account).Scan(&id, &subscription, &plans)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("read the last subscription: %w", err)
		case err == nil && subscription == string(r.Subscription) && plans == string(r.PlanStatistics):
			_, err = tx.ExecContext(ctx, `UPDATE subscription_readings SET seen_at = ?, request_id = ? WHERE id = ?`, unix(r.SeenAt), clean(r.RequestID), id)
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO subscription_readings (account, read_at, seen_at, subscription, plan_statistics, request_id) VALUES (?, ?, ?, ?, ?, ?)`,
			r.Account, unix(r.SeenAt), unix(r.SeenAt), string(r.Subscription), string(r.PlanStatistics), clean(r.RequestID))
		return err
	})
}

// Subscription returns the last reading, or ErrNotFound.
func (s *Store) Subscription(ctx context.Context, account string) (SubscriptionReading, error) {
	r := SubscriptionReading{Account: account}
	var read, seen int64
	err := s.read.QueryRowContext(ctx, `SELECT read_at, seen_at, subscription, plan_statistics, request_id FROM subscription_readings WHERE account = ? ORDER BY id DESC LIMIT 1`, account).
		Scan(&read, &seen, &r.Subscription, &r.PlanStatistics, &r.RequestID)
	r.ReadAt, r.SeenAt = fromUnix(read), fromUnix(seen)
	return r, one(err)
}
