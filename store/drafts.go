package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// Draft is a file with errors that its user is correcting.
type Draft struct {
	ID      string // random
	Account string
	UserID  int64 // who sent the file
	MadeAt  time.Time
	Name    string // of the file
	Digest  string // identifies the file
	Content []byte // the table in the file, as its package encodes it
	Choices DraftChoices
}

// DraftChoices are how a file is to be read.
type DraftChoices struct {
	Columns  []string // field of each column; "": ignored
	Encoding string   // that the user confirmed; "": none
}

// maxDrafts is the number of drafts that are kept of a user.
const maxDrafts = 20

// PutDraft stores a draft, or replaces the choices of one that exists. It deletes the user's oldest drafts if there
// are more than 20.
func (s *Store) PutDraft(ctx context.Context, d Draft) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
INSERT INTO drafts (id, account, actor_id, made_at, name, digest, content, choices)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET choices = excluded.choices`, d.ID, d.Account, d.UserID, unix(d.MadeAt), d.Name,
			d.Digest, d.Content, mustJSON(d.Choices))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
DELETE FROM drafts
WHERE account = ?1 AND actor_id = ?2 AND id NOT IN (
	SELECT id FROM drafts WHERE account = ?1 AND actor_id = ?2 ORDER BY made_at DESC, id LIMIT ?3
)`, d.Account, d.UserID, maxDrafts)
		return err
	})
}

// Draft returns a user's draft, or ErrNotFound.
func (s *Store) Draft(ctx context.Context, account, id string, userID int64) (Draft, error) {
	d := Draft{ID: id, Account: account, UserID: userID}
	var made int64
	var choices string
	if err := s.read.QueryRowContext(ctx, `
SELECT made_at, name, digest, content, choices
FROM drafts
WHERE id = ? AND account = ? AND actor_id = ?`, id, account, userID).
		Scan(&made, &d.Name, &d.Digest, &d.Content, &choices); err != nil {
		return d, notFound(err)
	}
	d.MadeAt = fromUnix(made)
	return d, json.Unmarshal([]byte(choices), &d.Choices)
}

// DeleteDrafts deletes the drafts that were made before old.
func (s *Store) DeleteDrafts(ctx context.Context, old time.Time) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE made_at < ?`, unix(old))
		return err
	})
}
