package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fold"
)

// DailyFields are fields that can change every day without anybody doing anything.
var DailyFields = []string{"lastBackupTime", "lastUsedTime"}

// Made is where a change was made.
type Made string

// Values of Made. A change counts as made here if somebody acted on the PBX in Cordboard while it changed.
const (
	MadeAnywhere  Made = ""
	MadeHere      Made = "here"
	MadeElsewhere Made = "elsewhere"
)

// ChangeQuery selects changes to the fleet. The zero value selects all of them, except changes to DailyFields.
type ChangeQuery struct {
	From, To time.Time // At is not before From, and before To; a zero time is no limit
	// Kinds and Fields select changes that have any of the kinds or are to any of the fields.
	Kinds  []PBXEventKind
	Fields []string
	PBXs   []int64 // nil: all
	Made   Made
	By     string // part of the name or email address of who made the change, here or in YCM
}

// FleetChange is a change to a PBX, with who made it as far as that is known.
type FleetChange struct {
	PBXEvent

	Seq       int64  // the newest audit entry about the PBX while it changed; 0: none, so it was changed elsewhere
	Actor     string // who acted on the PBX in Cordboard; "" if Seq is 0
	Modifiers string // who changed it in YCM, separated by commas, as far as YCM said
}

// changeSearchTime is the time limit of SearchChanges.
const changeSearchTime = 2 * time.Second

// made finds out who made each change. YCM's clock may differ by a minute from Cordboard's.
const made = `
	(SELECT max(seq) FROM audit_events
		WHERE target = CAST(e.cloud_pbx_id AS TEXT) AND at BETWEEN e.after_at AND e.at AND ` + aboutPBXs + `) AS seq,
	(SELECT group_concat(DISTINCT modifier) FROM pbx_modifiers m
		WHERE m.account = e.account AND m.cloud_pbx_id = e.cloud_pbx_id AND e.kind = 'changed'
			AND m.at > e.after_at - 60 AND m.at <= e.at + 60) AS modifiers`

// SearchChanges returns at most limit changes that q selects, newest first. If before isn't 0, it returns only changes
// that come after the change whose ID is before. It returns ErrSlowSearch if it can't find them in changeSearchTime.
func (s *Store) SearchChanges(
	ctx context.Context,
	account string,
	q ChangeQuery,
	before int64,
	limit int,
) ([]FleetChange, error) {
	limited, cancel := context.WithTimeout(ctx, changeSearchTime)
	defer cancel()
	where, args := q.sql(account)
	if before > 0 {
		where += ` AND (e.at, e.id) < (SELECT at, id FROM pbx_events WHERE id = :before)`
		args = append(args, sql.Named("before", before))
	}
	// The IDs are read first, as one value, because the driver can cancel only the search for the first row of a result.
	var ids string
	err := s.heavy.QueryRowContext(limited, `
SELECT json_group_array(id) FROM (
	SELECT c.id FROM (SELECT e.id, e.at, `+made+` FROM pbx_events e WHERE `+where+`) c
	LEFT JOIN audit_events a ON a.seq = c.seq
	WHERE (:made = '' OR (c.seq IS NULL) = (:made = 'elsewhere'))
		AND (:by = '' OR instr(fold(coalesce(a.actor_name || char(10) || a.actor_email, '') || char(10)
			|| coalesce(c.modifiers, '')), :by) > 0)
	ORDER BY c.at DESC, c.id DESC
	LIMIT :limit)`, append(args, sql.Named("limit", limit))...).Scan(&ids)
	if err != nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
		return nil, ErrSlowSearch
	}
	if err != nil {
		return nil, fmt.Errorf("search the fleet's changes: %w", err)
	}
	changes, err := allRows(ctx, s, scanFleetChange, `
SELECT c.id, c.cloud_pbx_id, c.after_at, c.at, c.kind, c.field, c.old, c.new, coalesce(c.seq, 0),
	coalesce(a.actor_name, ''), coalesce(c.modifiers, '')
FROM (SELECT e.*, `+made+` FROM pbx_events e WHERE e.id IN (SELECT value FROM json_each(?))) c
LEFT JOIN audit_events a ON a.seq = c.seq
ORDER BY c.at DESC, c.id DESC`, ids)
	if err != nil {
		return nil, fmt.Errorf("read the fleet's changes: %w", err)
	}
	return changes, nil
}

func scanFleetChange(row scanner) (FleetChange, error) {
	var c FleetChange
	var after, at int64
	err := row.Scan(
		&c.ID, &c.CloudPBXID, &after, &at, &c.Kind, &c.Field, &c.Old, &c.New, &c.Seq, &c.Actor, &c.Modifiers,
	)
	c.After, c.At = fromUnix(after), fromUnix(at)
	return c, err
}

// ChangesAtOnce is how many changes EachChange reads at once.
const ChangesAtOnce = 500

// EachChange calls f with each change that q selects, newest first. It holds no connection while f runs.
func (s *Store) EachChange(ctx context.Context, account string, q ChangeQuery, f func(FleetChange) error) error {
	for before := int64(0); ; {
		changes, err := s.SearchChanges(ctx, account, q, before, ChangesAtOnce)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if err := f(c); err != nil {
				return err
			}
			before = c.ID
		}
		if len(changes) < ChangesAtOnce {
			return nil
		}
	}
}

// CountDaily returns the number of changes to DailyFields that q selects. It ignores Kinds, Fields, Made and By.
func (s *Store) CountDaily(ctx context.Context, account string, q ChangeQuery) (n int, err error) {
	where, args := ChangeQuery{From: q.From, To: q.To, PBXs: q.PBXs, Fields: DailyFields}.sql(account)
	const count = `SELECT count(*) FROM pbx_events e WHERE `
	if err := s.heavy.QueryRowContext(ctx, count+where, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the daily changes: %w", err)
	}
	return n, nil
}

// sql returns the condition on pbx_events, which has the alias e, and all named arguments.
func (q ChangeQuery) sql(account string) (where string, args []any) {
	to := int64(1) << 60
	if !q.To.IsZero() {
		to = unix(q.To)
	}
	args = []any{
		sql.Named("account", account),
		sql.Named("from", unix(q.From)),
		sql.Named("to", to),
		sql.Named("made", q.Made),
		sql.Named("by", fold.Text(q.By)),
	}
	conditions := []string{`e.account = :account AND e.at >= :from AND e.at < :to`}
	if !slices.ContainsFunc(q.Fields, func(f string) bool { return slices.Contains(DailyFields, f) }) {
		conditions = append(conditions, `e.field NOT IN ('lastBackupTime', 'lastUsedTime')`)
	}
	args = append(args, sql.Named("kinds", mustJSON(q.Kinds)), sql.Named("fields", mustJSON(q.Fields)))
	const ofFields = `e.field IN (SELECT value FROM json_each(:fields))` // the field is '' unless the kind is changed
	switch {
	case len(q.Kinds) > 0:
		conditions = append(conditions, `(e.kind IN (SELECT value FROM json_each(:kinds)) OR `+ofFields+`)`)
	case len(q.Fields) > 0:
		conditions = append(conditions, ofFields) // the index by time has the field, too
	}
	if q.PBXs != nil {
		conditions = append(conditions, `e.cloud_pbx_id IN (SELECT value FROM json_each(:pbxs))`)
		args = append(args, sql.Named("pbxs", mustJSON(q.PBXs)))
	}
	return strings.Join(conditions, ` AND `), args
}
