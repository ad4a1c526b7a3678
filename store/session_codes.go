package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// MFAProof is the code that a user presented: a second factor's code or a recovery code. The zero value means none.
type MFAProof struct {
	FactorID, Step int64  // the factor, and the time step of its code
	Newest         int64  // newest step possible now; a later step can only have been used while a clock was wrong
	RecoveryHash   string // hash of the recovery code, if the user presented one
}

// ErrCodeUsed means that a code was already used, or that it isn't valid for the user.
var ErrCodeUsed = errors.New("the code was already used")

// UseProof uses up a proof, so that it works only once, even with concurrent requests. It returns ErrCodeUsed if the
// same or a later code was already used, or if the user has no such factor or recovery code. The zero MFAProof always
// succeeds.
func (s *Store) UseProof(ctx context.Context, userID int64, p MFAProof) error {
	var result sql.Result
	var err error
	switch {
	case p.FactorID != 0:
		result, err = s.exec(
			ctx,
			`
UPDATE factors
SET step = :step, used_at = :now
WHERE id = :id AND user_id = :user_id AND (step < :step OR step > :newest AND step <> :step)`,
			sql.Named("step", p.Step),
			sql.Named("now", unix(s.now())),
			sql.Named("id", p.FactorID),
			sql.Named("user_id", userID),
			sql.Named("newest", p.Newest),
		)
	case p.RecoveryHash != "":
		result, err = s.exec(
			ctx,
			`UPDATE recovery_codes SET used_at = ? WHERE user_id = ? AND hash = ? AND used_at IS NULL`,
			unix(s.now()),
			userID,
			p.RecoveryHash,
		)
	default:
		return nil
	}
	if err != nil {
		return fmt.Errorf("use up code: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrCodeUsed)
	}
	return nil
}

// MaxCodeAttempts is the number of wrong codes after which a session that awaits a second factor ends.
const MaxCodeAttempts = 5

// CodeFailed counts a wrong code, both for a session that awaits a second factor and under each of keys. It also
// records the failure. After MaxCodeAttempts wrong codes, the session ends. left is the number of remaining tries.
func (s *Store) CodeFailed(
	ctx context.Context,
	by Actor,
	e Event,
	tokenHash string,
	keys ...string,
) (left int, err error) {
	now := s.now()
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countFailure(ctx, tx, now, keys); err != nil {
			return err
		}
		var tries int
		if err := tx.QueryRowContext(ctx, `UPDATE sessions
			SET tries = tries + 1, revoked_at = CASE WHEN tries + 1 >= ? THEN ? ELSE revoked_at END
			WHERE token_hash = ?
			RETURNING tries`, MaxCodeAttempts, unix(now), tokenHash).
			Scan(&tries); err != nil {
			return fmt.Errorf("count wrong code: %w", notFound(err))
		}
		left = max(0, MaxCodeAttempts-tries)
		return s.addAudit(ctx, tx, by, e)
	})
	return left, err
}
