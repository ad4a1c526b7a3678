package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Outcomes of audit events. An action at YCM leaves two rows: asked, and what came of it.
const (
	OutcomeAsked   = "asked"
	OutcomeDone    = "done"
	OutcomeRefused = "refused"
	OutcomeFailed  = "failed"
	OutcomeDenied  = "denied"
	OutcomeUnknown = "unknown"
)

// Actor is who did something, from where. ID 0 is somebody who isn't signed in, or the command line.
type Actor struct {
	ID        int64
	Email     string
	Name      string
	Role      string
	Address   string
	Session   string // the beginning of its token hash
	RequestID string // ours
}

// Event is a row of the audit log. It never holds a password, token or secret.
type Event struct {
	Seq          int64
	At           time.Time
	Actor        Actor
	Action       string // object.verb
	Target       string // id of what it was done to
	TargetName   string // its name, as it was then
	Outcome      string
	Detail       string
	YCMRequestID string
}

const auditColumns = `seq, at, actor_id, actor_email, actor_name, actor_role, address, session, action, target, target_name, outcome, detail, request_id, ycm_request_id, hash`

func scanEvent(row scanner) (e Event, hash string, err error) {
	var at int64
	err = row.Scan(&e.Seq, &at, &e.Actor.ID, &e.Actor.Email, &e.Actor.Name, &e.Actor.Role, &e.Actor.Address, &e.Actor.Session,
		&e.Action, &e.Target, &e.TargetName, &e.Outcome, &e.Detail, &e.Actor.RequestID, &e.YCMRequestID, &hash)
	e.At = fromUnix(at)
	return e, hash, one(err)
}

// scanEventOnly is scanEvent for who doesn't check the chain.
func scanEventOnly(row scanner) (Event, error) {
	e, _, err := scanEvent(row)
	return e, err
}

// Audit records an event that changes nothing else here, such as a refusal.
func (s *Store) Audit(ctx context.Context, by Actor, e Event) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return s.addAudit(ctx, tx, by, e) })
}

// addAudit appends e to the log, in the transaction of what it records. Texts are cut to a length that no honest one has.
func (s *Store) addAudit(ctx context.Context, tx *sql.Tx, by Actor, e Event) error {
	var last int64
	var before string
	err := tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1`).Scan(&last, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: read the audit log's head: %w", ErrUnavailable, err)
	}
	e.Seq, e.At, e.Actor = last+1, fromUnix(unix(s.now())), by
	for _, text := range []*string{&e.Actor.Email, &e.Actor.Name, &e.Actor.Address, &e.TargetName, &e.Target, &e.Detail, &e.YCMRequestID} {
		*text = clean(*text)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audit_events (`+auditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, unix(e.At), e.Actor.ID, e.Actor.Email, e.Actor.Name, e.Actor.Role, e.Actor.Address, e.Actor.Session,
		e.Action, e.Target, e.TargetName, e.Outcome, e.Detail, e.Actor.RequestID, e.YCMRequestID, s.auditHash(before, e)); err != nil {
		return fmt.Errorf("%w: record %s: %w", ErrUnavailable, e.Action, err)
	}
	return nil
}

// auditHash is keyed, so that who can write the table can't re-hash it, and covers the row before, so that none can be
// taken out of the middle.
func (s *Store) auditHash(before string, e Event) string {
	content, err := json.Marshal([]any{
		1, before, e.Seq, unix(e.At), e.Actor.ID, e.Actor.Email, e.Actor.Name, e.Actor.Role, e.Actor.Address,
		e.Actor.Session, e.Action, e.Target, e.TargetName, e.Outcome, e.Detail, e.Actor.RequestID, e.YCMRequestID,
	})
	if err != nil {
		panic(fmt.Sprintf("store: strings and numbers that are no JSON: %v", err))
	}
	mac := hmac.New(sha256.New, s.auditKey)
	mac.Write(content)
	return hex.EncodeToString(mac.Sum(nil))
}

// clean keeps a text on one line and short: control characters and those that turn text around become U+FFFD.
func clean(s string) string {
	const longest = 500
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return 0xfffd
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return s
}

// ErrTampered means that the audit log is not as it was written; the text names the first row that isn't.
var ErrTampered = errors.New("the audit log was changed")

// VerifyAudit reads the whole log and returns its head: how many rows it has, and the hash of the last.
func (s *Store) VerifyAudit(ctx context.Context) (seq int64, head string, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+auditColumns+` FROM audit_events ORDER BY seq`)
	if err != nil {
		return 0, "", fmt.Errorf("read the audit log: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		e, hash, err := scanEvent(rows)
		if err != nil {
			return seq, head, fmt.Errorf("%w at row %d: %w", ErrTampered, seq+1, err)
		}
		if e.Seq != seq+1 || !hmac.Equal([]byte(hash), []byte(s.auditHash(head, e))) {
			return seq, head, fmt.Errorf("%w at row %d", ErrTampered, seq+1)
		}
		seq, head = e.Seq, hash
	}
	return seq, head, rows.Err()
}

// AuditPage is a part of the log, newest first.
type AuditPage struct {
	Events []Event
	Total  int64 // of the rows that the reader may see
}

// AuditEvents returns a page, from 1, of the events whose object (the part of the action before its dot) is among
// objects; of all events for none.
func (s *Store) AuditEvents(ctx context.Context, page, per int, objects ...string) (AuditPage, error) {
	where, args := "TRUE", []any{}
	if len(objects) > 0 {
		where = "substr(action, 1, instr(action, '.') - 1) IN (?" + strings.Repeat(", ?", len(objects)-1) + ")"
		for _, o := range objects {
			args = append(args, o)
		}
	}
	var p AuditPage
	if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM audit_events WHERE `+where, args...).Scan(&p.Total); err != nil {
		return p, fmt.Errorf("count audit events: %w", err)
	}
	var err error
	p.Events, err = allRows(ctx, s, scanEventOnly, `SELECT `+auditColumns+` FROM audit_events WHERE `+where+` ORDER BY seq DESC LIMIT ? OFFSET ?`, append(args, per, (page-1)*per)...)
	if err != nil {
		return p, fmt.Errorf("read audit events: %w", err)
	}
	return p, nil
}

// AuditOfPBX returns what was done to a PBX, newest first.
func (s *Store) AuditOfPBX(ctx context.Context, id int64, limit int) ([]Event, error) {
	events, err := allRows(ctx, s, scanEventOnly, `SELECT `+auditColumns+` FROM audit_events WHERE target = ? AND (action LIKE 'pbx.%' OR action = 'creation.settle') ORDER BY seq DESC LIMIT ?`, strconv.FormatInt(id, 10), limit)
	if err != nil {
		return nil, fmt.Errorf("read what was done to PBX %d: %w", id, err)
	}
	return events, nil
}
