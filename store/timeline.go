package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// PBXEvent is a change of a PBX. It happened after After and not after At.
type PBXEvent struct {
	ID         int64
	CloudPBXID int64
	After, At  time.Time
	Kind       string // changed, appeared, gone, returned
	Field      string // YCM's name, if Kind is changed
	Old, New   string // as YCM had them; "" was not reported
}

func addEvents(ctx context.Context, tx *sql.Tx, c Changes) error {
	return each(ctx, tx, c.Events, `INSERT INTO pbx_events (account, cloud_pbx_id, after_at, at, kind, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		func(e PBXEvent) []any {
			return []any{c.Account, e.CloudPBXID, unix(e.After), unix(e.At), e.Kind, e.Field, clean(e.Old), clean(e.New)}
		})
}

// PBXEvents returns a PBX's changes, newest first: at most limit, from before the event with the given id (0: from the newest).
func (s *Store) PBXEvents(ctx context.Context, account string, id, before int64, limit int) (events []PBXEvent, err error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, cloud_pbx_id, after_at, at, kind, field, old, new FROM pbx_events
		WHERE account = ? AND cloud_pbx_id = ? AND id < ? ORDER BY id DESC LIMIT ?`, account, id, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the changes of PBX %d: %w", id, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e PBXEvent
		var after, at int64
		if err := rows.Scan(&e.ID, &e.CloudPBXID, &after, &at, &e.Kind, &e.Field, &e.Old, &e.New); err != nil {
			return nil, fmt.Errorf("read the changes of PBX %d: %w", id, err)
		}
		e.After, e.At = fromUnix(after), fromUnix(at)
		events = append(events, e)
	}
	return events, rows.Err()
}
