package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// SyncRun is one sync: a pass over YCM's list of PBXs.
type SyncRun struct {
	Account   string
	StartedAt time.Time
	EndedAt   time.Time
	OK        bool // whether the sync completed without an error
	Requests  int
	Total     int64
	Written   int
	Gone      int
	Error     string
	RequestID string // YCM's
}

// keptRuns is the number of syncs that are kept.
const keptRuns = 1000

// AddSyncRun stores a sync, and removes all but the newest keptRuns syncs.
func (s *Store) AddSyncRun(ctx context.Context, r SyncRun) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(
			ctx,
			`
INSERT INTO sync_runs (
	account, started_at, ended_at, ok,
	requests, total, written, gone, error, request_id
) VALUES (
	:account, :started_at, :ended_at, :ok,
	:requests, :total, :written, :gone, :error, :request_id
)`,
			sql.Named("account", r.Account),
			sql.Named("started_at", unix(r.StartedAt)),
			sql.Named("ended_at", unix(r.EndedAt)),
			sql.Named("ok", r.OK),
			sql.Named("requests", r.Requests),
			sql.Named("total", r.Total),
			sql.Named("written", r.Written),
			sql.Named("gone", r.Gone),
			sql.Named("error", clean(r.Error)),
			sql.Named("request_id", clean(r.RequestID)),
		)
		if err != nil {
			return fmt.Errorf("store the sync: %w", err)
		}
		id, err := result.LastInsertId()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM sync_runs WHERE id <= ?`, id-keptRuns)
		return err
	})
}

// LastGoodRun returns the newest sync that completed without an error, or ErrNotFound.
func (s *Store) LastGoodRun(ctx context.Context, account string) (SyncRun, error) {
	r := SyncRun{Account: account}
	var started, ended int64
	err := s.read.QueryRowContext(ctx,
		`SELECT started_at, ended_at, ok, requests, total, written, gone, error, request_id
		FROM sync_runs
		WHERE account = ? AND ok
		ORDER BY id DESC
		LIMIT 1`, account).
		Scan(&started, &ended, &r.OK, &r.Requests, &r.Total, &r.Written, &r.Gone, &r.Error, &r.RequestID)
	r.StartedAt, r.EndedAt = fromUnix(started), fromUnix(ended)
	return r, notFound(err)
}
