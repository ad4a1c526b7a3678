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

// States of an attempt to create a PBX.
const (
	Submitted  = "submitted"   // written, and not answered yet
	Created    = "created"     // there is a PBX
	Refused    = "refused"     // YCM said no: there is none
	NotSent    = "not-sent"    // nothing left this machine
	Unknown    = "unknown"     // sent, and no answer that says anything
	NotCreated = "not-created" // was unknown, and YCM doesn't know the host name
)

// Creation is one attempt to create a PBX. What Request says is sent once at the most, ever.
type Creation struct {
	ID          string // the form's one-time id
	Number      int64  // what people call it
	Account     string
	Host        string // as it will be; two that differ in case only are the same
	State       string
	Request     json.RawMessage   // the body
	Words       map[string]string // what the ids in it are called, by the member's name
	Reason      string
	Warnings    []string  // what it was sent in spite of
	Takes       Resources // from the package
	Available   Resources // before it; see [Resources]
	By          Actor
	SubmittedAt time.Time
	SendingAt   time.Time // zero: no byte has left
	SettledAt   time.Time // zero: no outcome yet
	CloudPBXID  int64     // 0: not known
	Answer      Answer
	Looks       int       // how often YCM was asked for the host name
	Clear       int       // of them, those since it became unknown that told that there is none
	ClearSince  time.Time // the first of these
	LookedAt    time.Time // zero: never
	NextLookAt  time.Time // zero: there is none
	LookProblem string    // why the last look told nothing
}

// IsOpen says whether the attempt may still become a PBX: its host name takes no second one, and its capacity counts as used.
func (c Creation) IsOpen() bool { return c.State == Submitted || c.State == Unknown }

// Resources are extensions, concurrent calls, minutes of recording, extensions with the Ultimate Plan, and minutes of transcription, in this order.
type Resources [5]int64

// notReported stands for what wasn't known.
const notReported = math.MinInt64

// UnmarshalJSON reads those of earlier versions too, which were fewer: the rest was not known.
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

// Answer is what YCM said to a create, or why it said nothing.
type Answer struct {
	Kind       string        `json:"kind,omitempty"` // the class of the failure; "" for a success
	StatusCode int           `json:"statusCode,omitempty"`
	Code       int           `json:"code,omitempty"`
	Message    string        `json:"message,omitempty"` // YCM's words
	RequestID  string        `json:"requestId,omitempty"`
	Took       time.Duration `json:"took,omitempty"` // from sending to the answer
}

const creationColumns = `id, number, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate, transcription, available, actor,
	submitted_at, sending_at, settled_at, cloud_pbx_id, answer, looks, clear_looks, clear_since, looked_at, next_look_at, look_problem`

func scanCreation(row scanner) (Creation, error) {
	var c Creation
	var request, words, warnings, available, actor, answer string
	var submitted int64
	var sending, settled, pbx, clearSince, looked, next sql.NullInt64
	err := row.Scan(&c.ID, &c.Number, &c.Account, &c.Host, &c.State, &request, &words, &c.Reason, &warnings, &c.Takes[0], &c.Takes[1], &c.Takes[2], &c.Takes[3], &c.Takes[4], &available, &actor,
		&submitted, &sending, &settled, &pbx, &answer, &c.Looks, &c.Clear, &clearSince, &looked, &next, &c.LookProblem)
	if err != nil {
		return c, one(err)
	}
	c.Request, c.SubmittedAt, c.CloudPBXID = json.RawMessage(request), fromUnix(submitted), pbx.Int64
	for at, v := range map[*time.Time]sql.NullInt64{&c.SendingAt: sending, &c.SettledAt: settled, &c.ClearSince: clearSince, &c.LookedAt: looked, &c.NextLookAt: next} {
		if v.Valid {
			*at = fromUnix(v.Int64)
		}
	}
	return c, errors.Join(json.Unmarshal([]byte(words), &c.Words), json.Unmarshal([]byte(warnings), &c.Warnings),
		json.Unmarshal([]byte(available), &c.Available), json.Unmarshal([]byte(actor), &c.By), json.Unmarshal([]byte(answer), &c.Answer))
}

// asJSON is for plain values, which always have a JSON form.
func asJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("store: %T has no JSON: %v", v, err))
	}
	return string(b)
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return unix(t)
}

// AddCreation writes an attempt as submitted, and records it, in one transaction. check gets the account's open attempts as they are at that
// moment; it may still change c, and its error leaves everything as it was. Whoever comes second with an ID gets the first one's attempt.
func (s *Store) AddCreation(ctx context.Context, c Creation, check func(c *Creation, open []Creation) error, event func(Creation) Event) (Creation, error) {
	c.State, c.SubmittedAt = Submitted, fromUnix(unix(s.now()))
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		known, err := scanCreation(tx.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE id = ?`, c.ID))
		if !errors.Is(err, ErrNotFound) {
			c = known
			return err
		}
		open, err := allRowsIn(ctx, tx, scanCreation, `SELECT `+creationColumns+` FROM creations WHERE account = ? AND state IN ('submitted', 'unknown')`, c.Account)
		if err != nil {
			return fmt.Errorf("read the open attempts: %w", err)
		}
		if err := check(&c, open); err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `INSERT INTO creations (id, account, host, state, request, words, reason, warnings, extensions, calls, recording, ultimate, transcription, available,
				actor, actor_id, submitted_at, answer, looks, clear_looks, look_problem) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', 0, 0, '') RETURNING number`,
			c.ID, c.Account, c.Host, c.State, string(c.Request), asJSON(c.Words), c.Reason, asJSON(c.Warnings), c.Takes[0], c.Takes[1], c.Takes[2], c.Takes[3], c.Takes[4], asJSON(c.Available),
			asJSON(c.By), c.By.ID, unix(c.SubmittedAt)).Scan(&c.Number)
		if err != nil {
			return fmt.Errorf("write the attempt: %w", err)
		}
		return s.addAudit(ctx, tx, c.By, event(c))
	})
	return c, err
}

// ChangeCreation changes an attempt as it is at that moment, and records the event that change returns for it, if it has an action, in one
// transaction; a zero by is who made the attempt. An error of change leaves everything as it was.
func (s *Store) ChangeCreation(ctx context.Context, id string, by Actor, change func(*Creation) (Event, error)) (Creation, error) {
	var c Creation
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var err error
		if c, err = scanCreation(tx.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE id = ?`, id)); err != nil {
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
		if _, err := tx.ExecContext(ctx, `UPDATE creations SET state = ?, sending_at = ?, settled_at = ?, cloud_pbx_id = ?, answer = ?, looks = ?, clear_looks = ?, clear_since = ?, looked_at = ?,
				next_look_at = ?, look_problem = ? WHERE id = ?`,
			c.State, orNull(c.SendingAt), orNull(c.SettledAt), pbx, asJSON(c.Answer), c.Looks, c.Clear, orNull(c.ClearSince), orNull(c.LookedAt), orNull(c.NextLookAt), c.LookProblem, id); err != nil {
			return fmt.Errorf("change attempt %d: %w", c.Number, err)
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

// Creation returns an attempt, or ErrNotFound.
func (s *Store) Creation(ctx context.Context, account, id string) (Creation, error) {
	return scanCreation(s.read.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE account = ? AND id = ?`, account, id))
}

// CreationOfPBX returns the attempt that a PBX came from, or ErrNotFound.
func (s *Store) CreationOfPBX(ctx context.Context, account string, cloudPBXID int64) (Creation, error) {
	return scanCreation(s.read.QueryRowContext(ctx, `SELECT `+creationColumns+` FROM creations WHERE account = ? AND cloud_pbx_id = ? ORDER BY number DESC LIMIT 1`, account, cloudPBXID))
}

// CreationsIn returns the attempts that are in one of the states, newest first.
func (s *Store) CreationsIn(ctx context.Context, account string, states ...string) ([]Creation, error) {
	found, err := allRows(ctx, s, scanCreation, `SELECT `+creationColumns+` FROM creations WHERE account = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY number DESC`, account, asJSON(states))
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	return found, nil
}

// CreationPage is a part of the attempts, newest first.
type CreationPage struct {
	Creations []Creation
	Total     int64
}

// Creations returns a page, from 1, of the attempts in one of the states; of all for none.
func (s *Store) Creations(ctx context.Context, account string, page, per int, states ...string) (CreationPage, error) {
	var p CreationPage
	const where = ` FROM creations WHERE account = ?1 AND (?2 = 'null' OR state IN (SELECT value FROM json_each(?2)))`
	if err := s.read.QueryRowContext(ctx, `SELECT count(*)`+where, account, asJSON(states)).Scan(&p.Total); err != nil {
		return p, fmt.Errorf("count attempts: %w", err)
	}
	if int64(page-1)*int64(per) >= p.Total {
		return p, nil
	}
	var err error
	p.Creations, err = allRows(ctx, s, scanCreation, `SELECT `+creationColumns+where+` ORDER BY number DESC LIMIT ?3 OFFSET ?4`, account, asJSON(states), per, (page-1)*per)
	if err != nil {
		return p, fmt.Errorf("read attempts: %w", err)
	}
	return p, nil
}

// LastCreation returns the number of the newest attempt, 0 if there is none.
func (s *Store) LastCreation(ctx context.Context, account string) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM creations WHERE account = ?`, account).Scan(&n)
	return n, err
}

// OpenCreations counts the attempts that may still become a PBX.
func (s *Store) OpenCreations(ctx context.Context, account string) (int64, error) {
	var n int64
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM creations WHERE account = ? AND state IN ('submitted', 'unknown')`, account).Scan(&n)
	return n, err
}
