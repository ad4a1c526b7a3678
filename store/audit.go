package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Outcomes of audit events. An operation or a backup adds one row with OutcomeAsked before it starts, and at least one
// more row with its result.
const (
	OutcomeAsked   = "asked"
	OutcomeDone    = "done"
	OutcomeRefused = "refused"
	OutcomeFailed  = "failed"
	OutcomeDenied  = "denied"
	OutcomeUnknown = "unknown"
)

// Actor identifies the user who performed an action, and where the request came from. ID 0 means Cordboard itself, the
// command line, or someone who isn't signed in.
type Actor struct {
	ID        int64
	Email     string
	Name      string
	Role      string
	Address   string
	Session   string // prefix of the session's token hash
	RequestID string // assigned by Cordboard
	Reason    string // entered by the actor, such as a ticket number

	// Stranger is true for an HTTP client that isn't signed in and hasn't entered a correct password. Unsuccessful
	// requests from strangers share one limit on audit rows.
	Stranger bool `json:"-"`

	// Recorded counts the rows written for this actor, and those omitted because of the strangers' limit. If it is nil,
	// nothing is counted.
	Recorded *atomic.Int64 `json:"-"`
}

// Change is the value of a field before and after an event. It never contains a secret.
type Change struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Event is a row of the audit log. It never contains a password, token or secret.
type Event struct {
	Seq          int64
	At           time.Time
	Actor        Actor
	Action       string // object.verb
	Target       string // ID of the object that was acted on
	TargetName   string // the object's name at that time
	Outcome      string
	Notes        []Note // see Detail
	YCMRequestID string
	Changes      []Change
	Hash         string // in hex; covers this row and the previous row's hash

	encoding
}

// encoding has the stored values that an event's hash depends on in addition to the other fields of Event.
type encoding struct {
	version int
	changes string // Changes encoded as JSON
	detail  string // Notes encoded as JSON; before notesVersion, text
}

const auditColumns = `seq, at, actor_id, actor_email, actor_name, actor_role, address, session,
	action, target, target_name, outcome, detail, request_id, ycm_request_id, version, changes, reason, hash`

func scanEvent(row scanner) (e Event, err error) {
	var at int64
	err = row.Scan(
		&e.Seq,
		&at,
		&e.Actor.ID,
		&e.Actor.Email,
		&e.Actor.Name,
		&e.Actor.Role,
		&e.Actor.Address,
		&e.Actor.Session,
		&e.Action,
		&e.Target,
		&e.TargetName,
		&e.Outcome,
		&e.detail,
		&e.Actor.RequestID,
		&e.YCMRequestID,
		&e.version,
		&e.changes,
		&e.Actor.Reason,
		&e.Hash,
	)
	e.At = fromUnix(at)
	if err == nil && e.changes != "" {
		// Changes that can't be decoded were tampered with. VerifyAudit reports them.
		_ = json.Unmarshal([]byte(e.changes), &e.Changes)
	}
	if e.version >= notesVersion {
		e.Notes = decodeNotes(e.detail)
	}
	return e, notFound(err)
}

// Audit records an event that changes nothing else in the database, such as a refusal.
func (s *Store) Audit(ctx context.Context, by Actor, e Event) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return s.addAudit(ctx, tx, by, e) })
}

// addAudit appends e to the log, in the same transaction as the change that it records. Long text fields are truncated.
func (s *Store) addAudit(ctx context.Context, tx *sql.Tx, by Actor, e Event) error {
	_, err := s.addAuditRow(ctx, tx, by, e)
	return err
}

// addAuditRow is like addAudit, but also returns the row's number. It returns 0 if the row was omitted because of the
// strangers' limit.
func (s *Store) addAuditRow(ctx context.Context, tx *sql.Tx, by Actor, e Event) (seq int64, err error) {
	if by.Stranger && e.Outcome != OutcomeDone && !s.strangers.admit(s.now()) {
		if by.Recorded != nil {
			by.Recorded.Add(1)
		}
		return 0, nil
	}
	var before string
	err = tx.QueryRowContext(ctx, `SELECT seq, hash FROM audit_events ORDER BY seq DESC LIMIT 1`).Scan(&seq, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("%w: read the head of the audit log: %w", ErrUnavailable, err)
	}
	e.Seq, e.At, e.Actor, e.version = seq+1, fromUnix(unix(s.now())), by, auditVersion
	e.clean()
	if _, err := tx.ExecContext(
		ctx,
		`INSERT INTO audit_events (`+auditColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Seq,
		unix(e.At),
		e.Actor.ID,
		e.Actor.Email,
		e.Actor.Name,
		e.Actor.Role,
		e.Actor.Address,
		e.Actor.Session,
		e.Action,
		e.Target,
		e.TargetName,
		e.Outcome,
		e.detail,
		e.Actor.RequestID,
		e.YCMRequestID,
		e.version,
		e.changes,
		e.Actor.Reason,
		auditHash(s.mac(), before, e),
	); err != nil {
		return 0, fmt.Errorf("%w: record %s: %w", ErrUnavailable, e.Action, err)
	}
	if _, err := tx.ExecContext(
		ctx,
		`INSERT INTO audit_search (rowid, text) VALUES (?, ?)`,
		e.Seq,
		searchText(e),
	); err != nil {
		return 0, fmt.Errorf("%w: index %s: %w", ErrUnavailable, e.Action, err)
	}
	if by.Recorded != nil {
		by.Recorded.Add(1)
	}
	return e.Seq, nil
}

// clean applies the function clean to the strings in e that can contain external input, and encodes e's changes and
// notes as JSON.
func (e *Event) clean() {
	for _, text := range []*string{
		&e.Actor.Email,
		&e.Actor.Name,
		&e.Actor.Address,
		&e.Actor.Reason,
		&e.TargetName,
		&e.Target,
		&e.YCMRequestID,
	} {
		*text = clean(*text)
	}
	e.changes = ""
	if len(e.Changes) > 0 {
		changes := make([]Change, len(e.Changes))
		for i, c := range e.Changes {
			changes[i] = Change{clean(c.Field), clean(c.Before), clean(c.After)}
		}
		e.changes = mustJSON(changes)
	}
	e.detail = ""
	if e.Notes = cleanNotes(e.Notes); len(e.Notes) > 0 {
		e.detail = mustJSON(e.Notes)
	}
}

// isUnsafe reports whether a character is a control character, including those that change the direction of text.
func isUnsafe(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 ||
		r == 0x2028 || r == 0x2029 || r == 0x200e || r == 0x200f || r == 0x61c
}

// clean returns s as one line, truncated after 500 characters. Invalid UTF-8 and control characters, including those
// that change the direction of text, become U+FFFD.
func clean(s string) string {
	const longest = 500
	s = strings.Map(func(r rune) rune {
		if isUnsafe(r) {
			return 0xfffd
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if runes := []rune(s); len(runes) > longest {
		s = string(runes[:longest]) + "…"
	}
	return s
}
