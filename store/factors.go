package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// TOTP is the kind of factor that generates a new code every 30 seconds.
const TOTP = "totp"

// Factor is a user's second proof of identity, in addition to the password. Its secret is sealed, so the store can't
// read it.
type Factor struct {
	ID        int64
	UserID    int64
	Secret    string // sealed
	Step      int64  // time step of the last code that was used
	CreatedAt time.Time
	Confirmed bool // an unconfirmed factor can't be used to sign in
	UsedAt    time.Time
}

const factorColumns = `id, user_id, secret, step, created_at, confirmed_at > 0, used_at`

func scanFactor(row scanner) (Factor, error) {
	var f Factor
	var created, used int64
	err := row.Scan(&f.ID, &f.UserID, &f.Secret, &f.Step, &created, &f.Confirmed, &used)
	f.CreatedAt, f.UsedAt = fromUnix(created), timeOrZero(used)
	return f, notFound(err)
}

const selectFactor = `
SELECT ` + factorColumns + `
FROM factors
WHERE user_id = ? AND kind = ?`

// ActiveFactor returns the TOTP factor that a user signs in with, or ErrNotFound.
func (s *Store) ActiveFactor(ctx context.Context, userID int64) (Factor, error) {
	return scanFactor(s.read.QueryRowContext(ctx, selectFactor+` AND confirmed_at > 0`, userID, TOTP))
}

// PendingFactor returns the TOTP factor that a user is setting up, or ErrNotFound.
func (s *Store) PendingFactor(ctx context.Context, userID int64) (Factor, error) {
	return scanFactor(s.read.QueryRowContext(ctx, selectFactor+` AND confirmed_at = 0`, userID, TOTP))
}

// SealedSecrets returns the secrets of all factors, still sealed.
func (s *Store) SealedSecrets(ctx context.Context) ([]string, error) {
	return allRows(
		ctx,
		s,
		func(row scanner) (text string, err error) { return text, row.Scan(&text) },
		`SELECT secret FROM factors WHERE secret <> ''`,
	)
}

// BeginFactor stores an unconfirmed factor, which replaces any earlier unconfirmed one, and records the event. seal
// receives the factor's ID, and returns the secret, sealed and bound to that ID.
func (s *Store) BeginFactor(ctx context.Context, by Actor, seal func(id int64) (string, error)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(
			ctx,
			`DELETE FROM factors WHERE user_id = ? AND confirmed_at = 0`,
			by.ID,
		); err != nil {
			return fmt.Errorf("delete the previous factor: %w", err)
		}
		var id int64
		if err := tx.QueryRowContext(ctx, `INSERT INTO factors (user_id, kind, secret, created_at)
			VALUES (?, ?, '', ?)
			RETURNING id`, by.ID, TOTP, unix(s.now())).
			Scan(&id); err != nil {
			return fmt.Errorf("add factor: %w", err)
		}
		sealed, err := seal(id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE factors SET secret = ? WHERE id = ?`, sealed, id); err != nil {
			return fmt.Errorf("store the secret: %w", err)
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{Action: "factor.begin", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone},
		)
	})
}

// ConfirmFactor activates the unconfirmed factor f with new recovery codes, and replaces any earlier factor. It ends
// the user's sessions except the one whose hash is keep, and records the change. It returns ErrNotFound if f was
// replaced or confirmed in the meantime. A factor that replaces another one may get the same ID, so the secret must
// match, too.
func (s *Store) ConfirmFactor(ctx context.Context, by Actor, f Factor, step int64, codes []string, keep string) error {
	return s.changeUserSignedOut(ctx, by, by.ID, keep, func(tx *sql.Tx, u User) (Event, error) {
		e := Event{Action: "factor.confirm", Changes: []Change{{"twoFactor", onOff(u.Factor), "on"}}}
		if _, err := tx.ExecContext(
			ctx,
			`DELETE
				FROM factors
				WHERE user_id = ?1 AND id <> ?2 AND EXISTS (SELECT 1
				FROM factors
				WHERE id = ?2 AND user_id = ?1 AND secret = ?3 AND confirmed_at = 0)`,
			u.ID,
			f.ID,
			f.Secret,
		); err != nil {
			return e, fmt.Errorf("delete the previous factor: %w", err)
		}
		result, err := tx.ExecContext(
			ctx,
			`
UPDATE factors
SET confirmed_at = :now, used_at = :now, step = :step
WHERE id = :id AND user_id = :user_id AND secret = :secret AND confirmed_at = 0`,
			sql.Named("now", unix(s.now())),
			sql.Named("step", step),
			sql.Named("id", f.ID),
			sql.Named("user_id", u.ID),
			sql.Named("secret", f.Secret),
		)
		if err != nil {
			return e, fmt.Errorf("confirm the factor: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return e, errors.Join(err, ErrNotFound)
		}
		if u.Factor {
			e.Notes = []Note{NewNote(NoteFactorReplaced)}
		}
		return e, putCodes(ctx, tx, u.ID, codes)
	})
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func putCodes(ctx context.Context, tx *sql.Tx, userID int64, hashes []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery_codes WHERE user_id = ?`, userID); err != nil {
		return fmt.Errorf("delete recovery codes: %w", err)
	}
	for _, hash := range hashes {
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)`,
			userID,
			hash,
		); err != nil {
			return fmt.Errorf("store recovery codes: %w", err)
		}
	}
	return nil
}

// NewCodes replaces a user's recovery codes, ends their sessions except the one whose hash is keep, and records the
// change. It returns ErrNotFound if the user has no second factor.
func (s *Store) NewCodes(ctx context.Context, by Actor, hashes []string, keep string) error {
	return s.changeUserSignedOut(ctx, by, by.ID, keep, func(tx *sql.Tx, u User) (Event, error) {
		if !u.Factor {
			return Event{}, ErrNotFound
		}
		notes := []Note{NewNote(NoteCodesReplaced, len(hashes), u.CodesLeft)}
		return Event{Action: "factor.codes", Notes: notes}, putCodes(ctx, tx, u.ID, hashes)
	})
}

// RemoveFactor removes a user's second factor and recovery codes, ends their sessions except the one whose hash is
// keep, and records the change as action. It returns ErrNotFound if the user has no second factor.
func (s *Store) RemoveFactor(ctx context.Context, by Actor, id int64, action, keep string) error {
	return s.changeUserSignedOut(ctx, by, id, keep, func(tx *sql.Tx, u User) (Event, error) {
		e := Event{Action: action, Changes: []Change{{"twoFactor", "on", "off"}}}
		if !u.Factor {
			return e, ErrNotFound
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM factors WHERE user_id = ?`, id); err != nil {
			return e, fmt.Errorf("remove the factor: %w", err)
		}
		return e, putCodes(ctx, tx, id, nil)
	})
}
