package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"
)

// PBXEventKind is the kind of a change to a PBX.
type PBXEventKind string

// Kinds of changes to a PBX.
const (
	PBXChanged  PBXEventKind = "changed"  // a field has a new value
	PBXAppeared PBXEventKind = "appeared" // YCM's list has a PBX that Cordboard didn't know
	PBXGone     PBXEventKind = "gone"     // YCM no longer has the PBX
	PBXReturned PBXEventKind = "returned" // YCM has a removed PBX again
)

// PBXEvent is a change to a PBX. It happened later than After and no later than At.
type PBXEvent struct {
	ID         int64
	CloudPBXID int64
	After, At  time.Time
	Kind       PBXEventKind
	Field      string // YCM's name of the changed field, if Kind is PBXChanged
	Old, New   string // YCM's values; "" means not reported
}

func addEvents(ctx context.Context, tx *sql.Tx, c Changes) error {
	return each(
		ctx,
		tx,
		c.Events,
		`INSERT INTO pbx_events (account, cloud_pbx_id, after_at, at, kind, field, old, new)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		func(e PBXEvent) []any {
			return []any{
				c.Account,
				e.CloudPBXID,
				unix(e.After),
				unix(e.At),
				e.Kind,
				e.Field,
				clean(e.Old),
				clean(e.New),
			}
		},
	)
}

const pbxEventColumns = `id, cloud_pbx_id, after_at, at, kind, field, old, new`

func scanPBXEvent(row scanner) (PBXEvent, error) {
	var e PBXEvent
	var after, at int64
	err := row.Scan(&e.ID, &e.CloudPBXID, &after, &at, &e.Kind, &e.Field, &e.Old, &e.New)
	e.After, e.At = fromUnix(after), fromUnix(at)
	return e, err
}

// Changes returns at most limit changes to the fleet whose At is later than since, newest first. It omits changes to
// lastBackupTime and lastUsedTime, which can change every day.
func (s *Store) Changes(ctx context.Context, account string, since time.Time, limit int) ([]PBXEvent, error) {
	events, err := allRows(ctx, s, scanPBXEvent, `SELECT `+pbxEventColumns+` FROM pbx_events
		WHERE account = ? AND at > ? AND field NOT IN ('lastBackupTime', 'lastUsedTime')
		ORDER BY at DESC, id DESC
		LIMIT ?`, account, unix(since), limit)
	if err != nil {
		return nil, fmt.Errorf("read fleet changes: %w", err)
	}
	return events, nil
}

// PBXEvents returns at most limit changes to any of the given PBXs, newest first. If before is positive, it returns
// only events whose ID is lower than before.
func (s *Store) PBXEvents(
	ctx context.Context,
	account string,
	before int64,
	limit int,
	ids ...int64,
) ([]PBXEvent, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	if ids == nil {
		ids = []int64{}
	}
	events, err := allRows(ctx, s, scanPBXEvent, `
SELECT `+pbxEventColumns+`
FROM pbx_events
WHERE account = :account AND cloud_pbx_id IN (SELECT value FROM json_each(:ids)) AND id < :before
ORDER BY id DESC
LIMIT :limit`,
		sql.Named("account", account),
		sql.Named("ids", mustJSON(ids)),
		sql.Named("before", before),
		sql.Named("limit", limit),
	)
	if err != nil {
		return nil, fmt.Errorf("read the changes of PBXs: %w", err)
	}
	return events, nil
}
