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

// RenewalState is how far the renewal of a PBX is.
type RenewalState string

// States of renewals. A PBX without a renewal is in state RenewalOpen, too.
const (
	RenewalOpen    RenewalState = "open"
	RenewalAsked   RenewalState = "asked"
	RenewalQuoted  RenewalState = "quoted"
	RenewalRenewed RenewalState = "renewed" // agreed, but YCM doesn't have the new date yet
	RenewalLetGo   RenewalState = "let-go"
)

// RenewalStates lists the states in the order in which a renewal goes through them.
var RenewalStates = []RenewalState{RenewalOpen, RenewalAsked, RenewalQuoted, RenewalRenewed, RenewalLetGo}

// Renewal is how far the renewal of a PBX is.
type Renewal struct {
	ID         int64
	CloudPBXID int64
	State      RenewalState
	Next       string // the next step; "" for none
	NextOn     string // its day, such as 2026-12-31; "" for none
	ExpiresAt  int64  // the PBX's earliest expiration date when the renewal began, in Unix seconds; 0: none was known
	By         Actor  // who changed it last
	UpdatedAt  time.Time
}

// RenewalChange is what to change in the renewal of a PBX. What is nil stays as it is.
type RenewalChange struct {
	CloudPBXID int64
	Name       string // the PBX's name, for the audit log
	ExpiresAt  int64  // see Renewal; it counts if a renewal begins
	State      *RenewalState
	Next       *string
	NextOn     *string
	Owner      *int64 // a user's ID; 0 for nobody
}

// ChangeRenewals changes renewals and owners of PBXs, with an audit event for each PBX that changes, all in one
// transaction. Changes that change nothing leave no trace.
func (s *Store) ChangeRenewals(ctx context.Context, account string, by Actor, all ...RenewalChange) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for _, c := range all {
			if err := s.changeRenewal(ctx, tx, account, by, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) changeRenewal(ctx context.Context, tx *sql.Tx, account string, by Actor, c RenewalChange) error {
	e := Event{
		Action: "renewal.update", Target: strconv.FormatInt(c.CloudPBXID, 10), TargetName: c.Name, Outcome: OutcomeDone,
	}
	before, err := scanRenewal(tx.QueryRowContext(ctx, `SELECT `+renewalColumns+` FROM renewals
		WHERE account = ? AND cloud_pbx_id = ? AND closed_at IS NULL`, account, c.CloudPBXID))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil {
		before = Renewal{State: RenewalOpen, ExpiresAt: c.ExpiresAt}
	}
	after := before
	set := func(field string, now *string, to *string) {
		if to == nil || clean(*to) == *now {
			return
		}
		e.Changes = append(e.Changes, Change{field, *now, clean(*to)})
		*now = clean(*to)
	}
	set("state", (*string)(&after.State), (*string)(c.State))
	set("next", &after.Next, c.Next)
	set("nextOn", &after.NextOn, c.NextOn)
	if len(e.Changes) > 0 {
		if _, err := tx.ExecContext(ctx, `
INSERT INTO renewals (account, cloud_pbx_id, state, next, next_on, expires_at, actor, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (account, cloud_pbx_id) WHERE closed_at IS NULL DO UPDATE
SET state = excluded.state, next = excluded.next, next_on = excluded.next_on, actor = excluded.actor,
	updated_at = excluded.updated_at`,
			account, c.CloudPBXID, after.State, after.Next, after.NextOn, after.ExpiresAt, mustJSON(by),
			unix(s.now())); err != nil {
			return fmt.Errorf("change the renewal: %w", err)
		}
	}
	if c.Owner != nil {
		changed, err := setOwner(ctx, tx, account, AboutPBX, c.CloudPBXID, *c.Owner)
		if err != nil {
			return err
		}
		e.Changes = append(e.Changes, changed...)
	}
	if len(e.Changes) == 0 {
		return nil
	}
	return s.addAudit(ctx, tx, by, e)
}

// SetCustomerOwner sets who looks after a customer, with an audit event. user is a user's ID; 0 for nobody. name is the
// customer's name, for the audit log.
func (s *Store) SetCustomerOwner(ctx context.Context, account, name string, by Actor, id, user int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		changes, err := setOwner(ctx, tx, account, AboutCustomer, id, user)
		if err != nil || len(changes) == 0 {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{
			Action: "owner.update", Target: fmt.Sprintf("%s %d", AboutCustomer, id), TargetName: name,
			Outcome: OutcomeDone, Changes: changes,
		})
	})
}

// setOwner sets an owner, and returns what changed, with email addresses.
func setOwner(
	ctx context.Context,
	tx *sql.Tx,
	account string,
	about About,
	subject, user int64,
) ([]Change, error) {
	var before int64
	err := tx.QueryRowContext(ctx, `SELECT user_id FROM owners WHERE account = ? AND about = ? AND subject = ?`,
		account, about, subject).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read the owner: %w", err)
	}
	if before == user {
		return nil, nil
	}
	query, args := `INSERT INTO owners (account, about, subject, user_id) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET user_id = excluded.user_id`, []any{account, about, subject, user}
	if user == 0 {
		query, args = `DELETE FROM owners WHERE account = ? AND about = ? AND subject = ?`, args[:3]
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return nil, fmt.Errorf("set the owner: %w", err)
	}
	change := Change{Field: "owner"}
	for id, email := range map[int64]*string{before: &change.Before, user: &change.After} {
		err := tx.QueryRowContext(ctx, `SELECT email FROM users WHERE id = ?`, id).Scan(email)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("read the owner's address: %w", err)
		}
	}
	return []Change{change}, nil
}

// CloseRenewal closes the current renewal with the given ID: Cordboard saw a later expiration date, renewedTo in Unix
// seconds, or that the PBX is gone. It does nothing if the renewal is closed.
func (s *Store) CloseRenewal(ctx context.Context, id, renewedTo int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE renewals SET closed_at = ?, renewed_to = ? WHERE id = ? AND closed_at IS NULL`,
			unix(s.now()), renewedTo, id)
		if err != nil {
			return fmt.Errorf("close the renewal: %w", err)
		}
		return nil
	})
}

const renewalColumns = `id, cloud_pbx_id, state, next, next_on, expires_at, actor, updated_at`

func scanRenewal(row scanner) (Renewal, error) {
	var r Renewal
	var actor string
	var updated int64
	err := row.Scan(&r.ID, &r.CloudPBXID, &r.State, &r.Next, &r.NextOn, &r.ExpiresAt, &actor, &updated)
	if err != nil {
		return r, notFound(err)
	}
	r.UpdatedAt = fromUnix(updated)
	return r, json.Unmarshal([]byte(actor), &r.By)
}

// Renewals returns the current renewals.
func (s *Store) Renewals(ctx context.Context, account string) ([]Renewal, error) {
	all, err := allRows(ctx, s, scanRenewal,
		`SELECT `+renewalColumns+` FROM renewals WHERE account = ? AND closed_at IS NULL`, account)
	if err != nil {
		return nil, fmt.Errorf("read the renewals: %w", err)
	}
	return all, nil
}

// Owners returns the IDs of the users who look after PBXs or customers, by the PBX's or customer's ID.
func (s *Store) Owners(ctx context.Context, account string, about About) (map[int64]int64, error) {
	owners := map[int64]int64{}
	err := eachRowIn(ctx, s.read, func(row scanner) error {
		var subject, user int64
		err := row.Scan(&subject, &user)
		owners[subject] = user
		return err
	}, `SELECT subject, user_id FROM owners WHERE account = ? AND about = ?`, account, about)
	if err != nil {
		return nil, fmt.Errorf("read the owners: %w", err)
	}
	return owners, nil
}

// NoteTexts returns the texts of all notes about PBXs, newest first, by the PBX's ID.
func (s *Store) NoteTexts(ctx context.Context, account string) (map[int64][]string, error) {
	texts := map[int64][]string{}
	err := eachRowIn(ctx, s.read, func(row scanner) error {
		var subject int64
		var text string
		err := row.Scan(&subject, &text)
		texts[subject] = append(texts[subject], text)
		return err
	}, `SELECT subject, text FROM notes WHERE account = ? AND about = ? ORDER BY id DESC`, account, AboutPBX)
	if err != nil {
		return nil, fmt.Errorf("read the texts of notes: %w", err)
	}
	return texts, nil
}
