package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Snooze hides a reason for attention of a PBX until a day.
type Snooze struct {
	CloudPBXID int64
	What       string // the reason for attention, such as overdue
	Reason     string // entered by the user
	Until      string // the first day on which it is shown again, such as 2026-12-31
	By         Actor
	At         time.Time
}

// SetSnooze adds or replaces a snooze, with an audit event, in one transaction. If Until is "", it removes the snooze.
// name is the PBX's name, for the audit log.
func (s *Store) SetSnooze(ctx context.Context, account, name string, z Snooze) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var before string
		err := tx.QueryRowContext(ctx, `SELECT until FROM snoozes WHERE account = ? AND cloud_pbx_id = ? AND what = ?`,
			account, z.CloudPBXID, z.What).Scan(&before)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the snooze: %w", err)
		}
		if before == "" && z.Until == "" {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM snoozes WHERE account = ? AND cloud_pbx_id = ? AND what = ?`,
			account, z.CloudPBXID, z.What); err != nil {
			return fmt.Errorf("remove the snooze: %w", err)
		}
		if z.Until != "" {
			if _, err := tx.ExecContext(ctx, `
INSERT INTO snoozes (account, cloud_pbx_id, what, reason, until, actor, at)
VALUES (?, ?, ?, ?, ?, ?, ?)`,
				account, z.CloudPBXID, z.What, clean(z.Reason), z.Until, mustJSON(z.By), unix(s.now())); err != nil {
				return fmt.Errorf("add the snooze: %w", err)
			}
		}
		e := Event{
			Action: "attention.snooze", Target: strconv.FormatInt(z.CloudPBXID, 10), TargetName: name, Outcome: OutcomeDone,
			Changes: []Change{{z.What, before, z.Until}},
		}
		if z.Reason != "" {
			e.Notes = []Note{NewNote(NoteReason, z.Reason)}
		}
		return s.addAudit(ctx, tx, z.By, e)
	})
}

// Snoozes returns all snoozes, also those that are over, in the order in which they end.
func (s *Store) Snoozes(ctx context.Context, account string) ([]Snooze, error) {
	all, err := allRows(ctx, s, func(row scanner) (Snooze, error) {
		var z Snooze
		var actor string
		var at int64
		err := row.Scan(&z.CloudPBXID, &z.What, &z.Reason, &z.Until, &actor, &at)
		z.At = fromUnix(at)
		return z, errors.Join(err, json.Unmarshal([]byte(actor), &z.By))
	}, `SELECT cloud_pbx_id, what, reason, until, actor, at FROM snoozes WHERE account = ? ORDER BY until, what`, account)
	if err != nil {
		return nil, fmt.Errorf("read the snoozes: %w", err)
	}
	return all, nil
}
