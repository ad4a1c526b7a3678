package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Task is something that somebody has to do in YCM itself, because YCM's API can't.
type Task struct {
	ID         int64
	CloudPBXID int64
	Goal
	DueOn      string // a day, such as 2026-12-31; "" for none
	AssigneeID int64  // a user's ID; 0 for nobody
	By         Actor
	CreatedAt  time.Time
	Closed
}

// Goal is what a task is to change.
type Goal struct {
	What   string // the member of the PBX's record, by YCM's name, or OtherTask
	Value  string // what the member shall be, or any other value if it is ""; the text if What is OtherTask
	Before string // what the member was when the task was created
}

// Closed is how a task ended.
type Closed struct {
	At        time.Time // zero: the task is open
	By        *Actor    // who closed it; nil: Cordboard, because the PBX changed
	ChangedBy string    // who made the change in YCM, if YCM said so
}

// OtherTask is the What of a task that Cordboard can't recognize as done.
const OtherTask = "other"

// AddTask adds a task and its audit event in one transaction, and returns its ID. name is the PBX's name, for the audit
// log. If the same user added the same task less than a minute ago, AddTask adds nothing and returns that task's ID.
func (s *Store) AddTask(ctx context.Context, account, name string, t Task) (id int64, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `
SELECT id FROM tasks
WHERE account = ? AND cloud_pbx_id = ? AND what = ? AND value = ? AND due_on = ? AND closed_at IS NULL
AND json_extract(actor, '$.ID') = ? AND created_at > ?`,
			account, t.CloudPBXID, t.What, clean(t.Value), t.DueOn, t.By.ID, unix(s.now().Add(-doubleClick))).Scan(&id)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		// Before is compared with YCM's value, so it isn't cleaned.
		err = tx.QueryRowContext(ctx, `
INSERT INTO tasks (account, cloud_pbx_id, what, value, before, due_on, assignee, actor, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING id`,
			account, t.CloudPBXID, t.What, clean(t.Value), t.Before, t.DueOn, nullID(t.AssigneeID), mustJSON(t.By),
			unix(s.now())).Scan(&id)
		if err != nil {
			return fmt.Errorf("add the task: %w", err)
		}
		return s.addAudit(ctx, tx, t.By, Event{
			Action:     "task.create",
			Target:     strconv.FormatInt(t.CloudPBXID, 10),
			TargetName: name,
			Outcome:    OutcomeDone,
			Notes:      []Note{NewNote(NoteChange, t.What, t.Before, t.Value)},
		})
	})
	return id, err
}

// CloseTask closes an open task. If c has a By, it also records that in the audit log. It returns ErrNotFound if there
// is no such open task.
func (s *Store) CloseTask(ctx context.Context, account string, id int64, c Closed) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		by := ""
		if c.By != nil {
			by = mustJSON(c.By)
		}
		t, err := scanTask(tx.QueryRowContext(ctx, `
UPDATE tasks
SET closed_at = ?, closed_by = ?, changed_by = ?
WHERE account = ? AND id = ? AND closed_at IS NULL
RETURNING `+taskColumns, unix(s.now()), by, clean(c.ChangedBy), account, id))
		if err != nil || c.By == nil {
			return err
		}
		return s.addAudit(ctx, tx, *c.By, Event{
			Action:  "task.close",
			Target:  strconv.FormatInt(t.CloudPBXID, 10),
			Outcome: OutcomeDone,
			Notes:   []Note{NewNote(NoteChange, t.What, t.Before, t.Value)},
		})
	})
}

const taskColumns = `id, cloud_pbx_id, what, value, before, due_on, assignee, actor, created_at, closed_at, closed_by,
	changed_by`

func scanTask(row scanner) (Task, error) {
	var t Task
	var assignee, closed sql.NullInt64
	var actor, by string
	var created int64
	err := row.Scan(
		&t.ID, &t.CloudPBXID, &t.What, &t.Value, &t.Before, &t.DueOn, &assignee, &actor, &created,
		&closed, &by, &t.ChangedBy,
	)
	if err != nil {
		return t, notFound(err)
	}
	t.AssigneeID, t.CreatedAt, t.At = assignee.Int64, fromUnix(created), timeOrZero(closed.Int64)
	return t, errors.Join(
		json.Unmarshal([]byte(actor), &t.By),
		json.Unmarshal([]byte(cmp.Or(by, "null")), &t.Closed.By),
	)
}

// OpenTasks returns the open tasks, those that are due first coming first.
func (s *Store) OpenTasks(ctx context.Context, account string) ([]Task, error) {
	return s.tasks(ctx, `account = ? AND closed_at IS NULL ORDER BY due_on = '', due_on, id`, account)
}

// ClosedTasks returns at most limit closed tasks, the last one first.
func (s *Store) ClosedTasks(ctx context.Context, account string, limit int) ([]Task, error) {
	return s.tasks(ctx, `account = ? AND closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ?`, account, limit)
}

func (s *Store) tasks(ctx context.Context, where string, args ...any) ([]Task, error) {
	all, err := allRows(ctx, s, scanTask, `SELECT `+taskColumns+` FROM tasks WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read the tasks: %w", err)
	}
	return all, nil
}
