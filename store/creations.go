package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"
)

// States of an operation that creates a PBX.
const (
	Submitted  = "submitted"   // stored, with no outcome yet
	Created    = "created"     // the PBX exists
	Refused    = "refused"     // YCM refused, and there is no PBX
	NotSent    = "not-sent"    // nothing was sent
	Unknown    = "unknown"     // sent, with no conclusive answer
	NotCreated = "not-created" // was unknown, and YCM has no PBX with the host name
)

// Creation is an operation that creates a PBX. Its Request is sent at most once, ever.
type Creation struct {
	ID          string // the form's one-time ID
	Number      int64  // shown to users
	Account     string
	Host        string // of the new PBX; case-insensitive
	State       string
	Request     json.RawMessage   // the body of YCM's request
	Words       map[string]string // names for the IDs in Request, by member
	Reason      string
	Warnings    []string  // accepted by the user
	Takes       Resources // from the subscription
	Available   Resources // before the operation
	By          Actor
	SubmittedAt time.Time
	SendingAt   time.Time // zero: nothing was sent
	SettledAt   time.Time // zero: no outcome yet
	CloudPBXID  int64     // 0: unknown
	Answer      Answer
	Looks       int       // reconcile reads so far
	Clear       int       // reads since it became unknown that found no PBX
	ClearSince  time.Time // time of the first of these
	LookedAt    time.Time // time of the last read; zero: never
	NextLookAt  time.Time // zero: none is planned
	LookProblem string    // why the last read was inconclusive
}

// IsOpen reports whether the operation may still create a PBX. Until it is closed, its host name is reserved and
// its capacity counts as used.
func (c Creation) IsOpen() bool { return c.State == Submitted || c.State == Unknown }

// Resources are, in this order: extensions, concurrent calls, recording minutes, extensions with the Ultimate
// Plan, and transcription minutes.
type Resources [5]int64

// notReported is the value of a resource that YCM didn't report.
const notReported = math.MinInt64

// UnmarshalJSON also reads the shorter lists of earlier versions. It sets the missing resources to notReported.
func (r *Resources) UnmarshalJSON(b []byte) error {
	var known []int64
	if err := json.Unmarshal(b, &known); err != nil {
		return err
	}
	for i := range r {
		if r[i] = notReported; i < len(known) {
			r[i] = known[i]
		}
	}
	return nil
}

// Answer is YCM's response to the create request, or the reason that there is none.
type Answer struct {
	Kind       string        `json:"kind,omitempty"` // the class of the failure; "" for success
	StatusCode int           `json:"statusCode,omitempty"`
	Code       int           `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"` // YCM's message
	RequestID  string        `json:"requestId,omitempty"`
	Took       time.Duration `json:"took,omitempty"` // from sending to the response
}

const creationColumns = `id, number, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate, transcription, available, actor,
	submitted_at, sending_at, settled_at, cloud_pbx_id, answer, looks, clear_looks, clear_since, looked_at, next_look_at, look_problem`

func scanCreation(row scanner) (Creation, error) {
	var c Creation
	var request, words, warnings, available, actor, answer string
	var submitted int64
	var sending, settled, pbx, clearSince, looked, next sql.NullInt64
	err := row.Scan(
		&c.ID,
		&c.Number,
		&c.Account,
		&c.Host,
		&c.State,
		&request,
		&words,
		&c.Reason,
		&warnings,
		&c.Takes[0],
		&c.Takes[1],
		&c.Takes[2],
		&c.Takes[3],
		&c.Takes[4],
		&available,
		&actor,
		&submitted,
		&sending,
		&settled,
		&pbx,
		&answer,
		&c.Looks,
		&c.Clear,
		&clearSince,
		&looked,
		&next,
		&c.LookProblem,
	)
	if err != nil {
		return c, one(err)
	}
	c.Request, c.SubmittedAt, c.CloudPBXID = json.RawMessage(request), fromUnix(submitted), pbx.Int64
	for at, v := range map[*time.Time]sql.NullInt64{&c.SendingAt: sending, &c.SettledAt: settled, &c.ClearSince: clearSince, &c.LookedAt: looked, &c.NextLookAt: next} {
		if v.Valid {
			*at = fromUnix(v.Int64)
		}
	}
	return c, errors.Join(
		json.Unmarshal([]byte(words), &c.Words),
		json.Unmarshal([]byte(warnings), &c.Warnings),
		json.Unmarshal([]byte(available), &c.Available),
		json.Unmarshal([]byte(actor), &c.By),
		json.Unmarshal([]byte(answer), &c.Answer),
	)
}

// asJSON returns v as JSON. It panics if v has no JSON form, which plain values always have.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: encode %T as JSON: %v", v, err))
	}
	return string(b)
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return unix(t)
}

// AddCreation stores an operation as submitted and records it, in one transaction. check gets the account's open
// operations in that transaction. It may change c; if it returns an error, nothing is stored. For an ID that
// exists already, AddCreation returns the stored operation.
func (s *Store) AddCreation(
	ctx context.Context,
	c Creation,
	check func(c *Creation, open []Creation) error,
	event func(Creation) Event,
) (Creation, error) {
	c.State, c.SubmittedAt = Submitted, fromUnix(unix(s.now()))
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		known, err := scanCreation(
			tx.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE id = ?`, c.ID),
		)
		if !errors.Is(err, ErrNotFound) {
			c = known
			return err
		}
		open, err := allRowsIn(
			ctx,
			tx,
			scanCreation,
			`SELECT `+creationColumns+` FROM creations WHERE account = ? AND state IN ('submitted', 'unknown')`,
			c.Account,
		)
		if err != nil {
			return fmt.Errorf("read open operations: %w", err)
		}
		if err := check(&c, open); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `INSERT INTO creations (id, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate, transcription, available,
				actor, actor_id, submitted_at, answer, looks, clear_looks, look_problem)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', 0, 0, '')
				RETURNING number`,
			c.ID, c.Account, c.Host, c.State, string(c.Request), asJSON(c.Words), c.Reason, asJSON(c.Warnings), c.Takes[0], c.Takes[1], c.Takes[2], c.Takes[3], c.Takes[4], asJSON(c.Available),
			asJSON(c.By), c.By.ID, unix(c.SubmittedAt)).
			Scan(&c.Number)
		if err != nil {
			return fmt.Errorf("store the operation: %w", err)
		}
		return s.addAudit(ctx, tx, c.By, event(c))
	})
	return c, err
}

// ChangeCreation changes an operation and records the event that change returns, in one transaction. It records
// nothing if the event has no action. A zero by means the user who submitted the operation. If change returns an
// error, nothing is changed.
func (s *Store) ChangeCreation(
	ctx context.Context,
	id string,
	by Actor,
	change func(*Creation) (Event, error),
) (Creation, error) {
	var c Creation
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var err error
		if c, err = scanCreation(
			tx.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE id = ?`, id),
		); err != nil {
			return err
		}
		e, err := change(&c)
		if err != nil {
			return err
		}
		var pbx any
		if c.CloudPBXID != 0 {
			pbx = c.CloudPBXID
		}
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE creations
				SET state = ?, sending_at = ?, settled_at = ?, cloud_pbx_id = ?, answer = ?, looks = ?, clear_looks = ?, clear_since = ?, looked_at = ?,
				next_look_at = ?, look_problem = ? WHERE id = ?`,
			c.State,
			orNull(c.SendingAt),
			orNull(c.SettledAt),
			pbx,
			asJSON(c.Answer),
			c.Looks,
			c.Clear,
			orNull(c.ClearSince),
			orNull(c.LookedAt),
			orNull(c.NextLookAt),
			c.LookProblem,
			id,
		); err != nil {
			return fmt.Errorf("change operation %d: %w", c.Number, err)
		}
		if e.Action == "" {
			return nil
		}
		if by == (Actor{}) {
			by = c.By
		}
		return s.addAudit(ctx, tx, by, e)
	})
	return c, err
}

// Creation returns an operation, or ErrNotFound.
func (s *Store) Creation(ctx context.Context, account, id string) (Creation, error) {
	return scanCreation(
		s.read.QueryRowContext(
			ctx,
			`SELECT `+creationColumns+` FROM creations WHERE account = ? AND id = ?`,
			account,
			id,
		),
	)
}

// CreationOfPBX returns the operation that created a PBX, or ErrNotFound.
func (s *Store) CreationOfPBX(ctx context.Context, account string, cloudPBXID int64) (Creation, error) {
	return scanCreation(
		s.read.QueryRowContext(
			ctx,
			`SELECT `+creationColumns+`
				FROM creations
				WHERE account = ? AND cloud_pbx_id = ?
				ORDER BY number DESC
				LIMIT 1`,
			account,
			cloudPBXID,
		),
	)
}

// CreationsIn returns the operations in the given states, newest first.
func (s *Store) CreationsIn(ctx context.Context, account string, states ...string) ([]Creation, error) {
	found, err := allRows(
		ctx,
		s,
		scanCreation,
		`SELECT `+creationColumns+`
			FROM creations
			WHERE account = ? AND state IN (SELECT value
			FROM json_each(?))
			ORDER BY number DESC`,
		account,
		asJSON(states),
	)
	if err != nil {
		return nil, fmt.Errorf("read operations: %w", err)
	}
	return found, nil
}

// CreationPage is one page of the operations, newest first.
type CreationPage struct {
	Creations []Creation
	Total     int64
}

// Creations returns a page of the operations in the given states, or of all operations if none is given. page
// counts from 1.
func (s *Store) Creations(ctx context.Context, account string, page, per int, states ...string) (CreationPage, error) {
	var p CreationPage
	const where = ` FROM creations WHERE account = ?1 AND (?2 = 'null' OR state IN (SELECT value FROM json_each(?2)))`
	if err := s.read.QueryRowContext(ctx, `SELECT count(*)`+where, account, asJSON(states)).Scan(&p.Total); err != nil {
		return p, fmt.Errorf("count operations: %w", err)
	}
	if int64(page-1)*int64(per) >= p.Total {
		return p, nil
	}
	var err error
	p.Creations, err = allRows(
		ctx,
		s,
		scanCreation,
		`SELECT `+creationColumns+where+` ORDER BY number DESC LIMIT ?3 OFFSET ?4`,
		account,
		asJSON(states),
		per,
		(page-1)*per,
	)
	if err != nil {
		return p, fmt.Errorf("read operations: %w", err)
	}
	return p, nil
}

// LastCreation returns the number of the newest operation, or 0 if there is none.
func (s *Store) LastCreation(ctx context.Context, account string) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM creations WHERE account = ?`, account).
		Scan(&n)
	return n, err
}

// OpenCreations returns the number of operations that may still create a PBX.
func (s *Store) OpenCreations(ctx context.Context, account string) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT count(*)
		FROM creations
		WHERE account = ? AND state IN ('submitted', 'unknown')`, account).
		Scan(&n)
	return n, err
}
