package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Modifier is who changed a PBX in YCM, and when.
type Modifier struct {
	CloudPBXID int64
	At         time.Time
	By         string // as YCM names the user
}

// keepModifiers is how long modifiers are kept: as long as the samples.
const keepModifiers = 400 * 24 * time.Hour

// AddModifiers adds modifiers, except those that it has already. It also deletes old ones.
func (s *Store) AddModifiers(ctx context.Context, account string, all []Modifier) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM pbx_modifiers WHERE account = ? AND at < ?`,
			account, unix(s.now().Add(-keepModifiers)))
		return errors.Join(err, each(ctx, tx, all,
			`INSERT OR IGNORE INTO pbx_modifiers (account, cloud_pbx_id, at, modifier) VALUES (?, ?, ?, ?)`,
			func(m Modifier) []any { return []any{account, m.CloudPBXID, unix(m.At), clean(m.By)} }))
	})
}

// Modifiers returns at most limit modifiers of the given PBXs, newest first.
func (s *Store) Modifiers(ctx context.Context, account string, limit int, ids ...int64) ([]Modifier, error) {
	if ids == nil {
		ids = []int64{}
	}
	all, err := allRows(ctx, s, func(row scanner) (Modifier, error) {
		var m Modifier
		var at int64
		err := row.Scan(&m.CloudPBXID, &at, &m.By)
		m.At = fromUnix(at)
		return m, err
	}, `
SELECT cloud_pbx_id, at, modifier
FROM pbx_modifiers
WHERE account = ? AND cloud_pbx_id IN (SELECT value FROM json_each(?))
ORDER BY at DESC
LIMIT ?`, account, mustJSON(ids), limit)
	if err != nil {
		return nil, fmt.Errorf("read the modifiers of PBXs: %w", err)
	}
	return all, nil
}
