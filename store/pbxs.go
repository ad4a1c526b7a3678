package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PBX is our copy of a PBX's record.
type PBX struct {
	Account     string
	CloudPBXID  int64
	Record      []byte // YCM's JSON, as it came
	FirstSeenAt time.Time
	ChangedAt   time.Time // when a pass first read this record
	GoneAt      time.Time // zero: it is there
}

const pbxColumns = `account, cloud_pbx_id, record, first_seen_at, changed_at, gone_at`

func scanPBX(row scanner) (PBX, error) {
	var p PBX
	var first, changed int64
	var gone sql.NullInt64
	err := row.Scan(&p.Account, &p.CloudPBXID, &p.Record, &first, &changed, &gone)
	p.FirstSeenAt, p.ChangedAt = fromUnix(first), fromUnix(changed)
	if gone.Valid {
		p.GoneAt = fromUnix(gone.Int64)
	}
	return p, one(err)
}

// EachPBX calls f with every PBX of the account, gone ones too, by id.
func (s *Store) EachPBX(ctx context.Context, account string, f func(PBX) error) (err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+pbxColumns+` FROM pbxs WHERE account = ? ORDER BY cloud_pbx_id`, account)
	if err != nil {
		return fmt.Errorf("read the fleet: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		p, err := scanPBX(rows)
		if err != nil {
			return fmt.Errorf("read the fleet: %w", err)
		}
		if err := f(p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PBX returns our copy of one PBX, or ErrNotFound.
func (s *Store) PBX(ctx context.Context, account string, id int64) (PBX, error) {
	return scanPBX(s.read.QueryRowContext(ctx, `SELECT `+pbxColumns+` FROM pbxs WHERE account = ? AND cloud_pbx_id = ?`, account, id))
}

// PutPBXs adds or replaces records. A PBX that was gone is there again.
func (s *Store) PutPBXs(ctx context.Context, pbxs []PBX) error {
	if len(pbxs) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) (err error) {
		put, err := tx.PrepareContext(ctx, `INSERT INTO pbxs (account, cloud_pbx_id, record, first_seen_at, changed_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (account, cloud_pbx_id) DO UPDATE SET record = excluded.record, changed_at = excluded.changed_at, gone_at = NULL`)
		if err != nil {
			return fmt.Errorf("put PBXs: %w", err)
		}
		defer func() { err = errors.Join(err, put.Close()) }()
		for _, p := range pbxs {
			if _, err := put.ExecContext(ctx, p.Account, p.CloudPBXID, string(p.Record), unix(p.ChangedAt), unix(p.ChangedAt)); err != nil {
				return fmt.Errorf("put PBX %d: %w", p.CloudPBXID, err)
			}
		}
		return nil
	})
}

// MarkGone notes that YCM no longer knows the PBXs.
func (s *Store) MarkGone(ctx context.Context, account string, ids []int64, at time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, `UPDATE pbxs SET gone_at = ? WHERE account = ? AND cloud_pbx_id = ? AND gone_at IS NULL`, unix(at), account, id); err != nil {
				return fmt.Errorf("mark PBX %d as gone: %w", id, err)
			}
		}
		return nil
	})
}
