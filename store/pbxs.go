package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PBX is the local copy of a PBX's record.
type PBX struct {
	Account     string
	CloudPBXID  int64
	Record      []byte // YCM's JSON, unchanged
	FirstSeenAt time.Time
	ChangedAt   time.Time // when the record was first read with this content
	GoneAt      time.Time // when the PBX was found missing from YCM; zero: it isn't missing
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
	return p, notFound(err)
}

// EachPBX calls f with every PBX of the account, including removed ones, in order of ID. It stops if f returns an
// error.
func (s *Store) EachPBX(ctx context.Context, account string, f func(PBX) error) error {
	err := s.eachRow(ctx, func(row scanner) error {
		p, err := scanPBX(row)
		if err != nil {
			return err
		}
		return f(p)
	}, `SELECT `+pbxColumns+` FROM pbxs WHERE account = ? ORDER BY cloud_pbx_id`, account)
	if err != nil {
		return fmt.Errorf("read the fleet: %w", err)
	}
	return nil
}

// PBX returns the local copy of one PBX, or ErrNotFound.
func (s *Store) PBX(ctx context.Context, account string, id int64) (PBX, error) {
	return scanPBX(
		s.read.QueryRowContext(
			ctx,
			`SELECT `+pbxColumns+` FROM pbxs WHERE account = ? AND cloud_pbx_id = ?`,
			account,
			id,
		),
	)
}

// Changes are the results of reading YCM. Put writes them together or not at all.
type Changes struct {
	Account string
	PBXs    []PBX // new or changed PBXs, and removed PBXs that are back in YCM
	Gone    []int64
	At      time.Time // when the PBXs in Gone were found missing
	Events  []PBXEvent
	Samples []Sample
}

// Put writes c in one transaction.
func (s *Store) Put(ctx context.Context, c Changes) error {
	if len(c.PBXs)+len(c.Gone)+len(c.Events)+len(c.Samples) == 0 {
		return nil
	}
	return s.inTx(ctx, func(tx *sql.Tx) error {
		return errors.Join(putPBXs(ctx, tx, c), markGone(ctx, tx, c), addEvents(ctx, tx, c), putSamples(ctx, tx, c))
	})
}

func putPBXs(ctx context.Context, tx *sql.Tx, c Changes) error {
	return each(
		ctx,
		tx,
		c.PBXs,
		`INSERT INTO pbxs (account, cloud_pbx_id, record, first_seen_at, changed_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account, cloud_pbx_id) DO UPDATE
		SET record = excluded.record, changed_at = excluded.changed_at, gone_at = NULL`,
		func(p PBX) []any {
			return []any{c.Account, p.CloudPBXID, string(p.Record), unix(p.ChangedAt), unix(p.ChangedAt)}
		},
	)
}

func markGone(ctx context.Context, tx *sql.Tx, c Changes) error {
	return each(
		ctx,
		tx,
		c.Gone,
		`UPDATE pbxs SET gone_at = ? WHERE account = ? AND cloud_pbx_id = ? AND gone_at IS NULL`,
		func(id int64) []any { return []any{unix(c.At), c.Account, id} },
	)
}

// each runs a statement for every item, with the arguments that args returns.
func each[T any](ctx context.Context, tx *sql.Tx, items []T, query string, args func(T) []any) (err error) {
	if len(items) == 0 {
		return nil
	}
	statement, err := tx.PrepareContext(ctx, query)
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	for _, item := range items {
		if _, err := statement.ExecContext(ctx, args(item)...); err != nil {
			return fmt.Errorf("write %v: %w", args(item)[:2], err)
		}
	}
	return nil
}
