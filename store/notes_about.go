package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// About is the kind of subject that a written note is about.
type About string

// Kinds of subjects of written notes.
const (
	AboutPBX      About = "pbx"
	AboutCustomer About = "customer"
)

// Remark is what somebody noted about a PBX or a customer.
type Remark struct {
	About   About
	Subject int64 // the PBX's or customer's ID
	At      time.Time
	By      Actor
	Text    string
}

// doubleClick is how long the same text of the same user counts as sent by mistake.
const doubleClick = time.Minute

// AddRemark adds a remark and its audit event in one transaction. name is the subject's name, for the audit log. If the
// same user has added the same text less than a minute ago, nothing is added.
func (s *Store) AddRemark(ctx context.Context, account, name string, r Remark) error {
	now, text := s.now(), cleanText(r.Text)
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var known int
		err := tx.QueryRowContext(ctx, `
SELECT count(*) FROM notes
WHERE account = ? AND about = ? AND subject = ? AND text = ? AND json_extract(actor, '$.ID') = ? AND at > ?`,
			account, r.About, r.Subject, text, r.By.ID, unix(now.Add(-doubleClick))).Scan(&known)
		if err != nil || known > 0 {
			return err
		}
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO notes (account, about, subject, at, actor, text) VALUES (?, ?, ?, ?, ?, ?)`,
			account, r.About, r.Subject, unix(now), mustJSON(r.By), text); err != nil {
			return fmt.Errorf("add the note: %w", err)
		}
		return s.addAudit(ctx, tx, r.By, Event{
			Action:     "note.add",
			Target:     fmt.Sprintf("%s %d", r.About, r.Subject),
			TargetName: name,
			Outcome:    OutcomeDone,
		})
	})
}

// cleanText returns text with plain line breaks. Invalid UTF-8 and control characters become U+FFFD.
func cleanText(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if r != '\t' && isUnsafe(r) {
				return '\uFFFD'
			}
			return r
		}, lines[i])
	}
	return strings.Join(lines, "\n")
}

// Remarks returns at most limit remarks about a PBX or a customer, newest first.
func (s *Store) Remarks(ctx context.Context, account string, about About, subject int64, limit int) ([]Remark, error) {
	all, err := allRows(ctx, s, func(row scanner) (Remark, error) {
		r := Remark{About: about, Subject: subject}
		var at int64
		var actor string
		err := row.Scan(&at, &actor, &r.Text)
		r.At = fromUnix(at)
		return r, errors.Join(err, json.Unmarshal([]byte(actor), &r.By))
	}, `
SELECT at, actor, text
FROM notes
WHERE account = ? AND about = ? AND subject = ?
ORDER BY id DESC
LIMIT ?`, account, about, subject, limit)
	if err != nil {
		return nil, fmt.Errorf("read the notes: %w", err)
	}
	return all, nil
}
