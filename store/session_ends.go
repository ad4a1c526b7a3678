package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// replace ends the session that n replaces. It returns ErrUserChanged if the user is disabled, or if the user's
// password or second factor no longer matches n.User. If n completes a session that awaited a second factor, and that
// session has ended, replace returns ErrNotFound.
func (s *Store) replace(ctx context.Context, tx *sql.Tx, now time.Time, n Session) error {
	var same bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1
		FROM users u
		WHERE u.id = ? AND NOT u.disabled AND u.password_hash = ? AND EXISTS (SELECT 1
		FROM factors f
		WHERE f.user_id = u.id AND f.confirmed_at > 0) = ?)`,
		n.User.ID, n.User.PasswordHash, n.User.Factor).
		Scan(&same)
	if err != nil {
		return fmt.Errorf("check the user again: %w", err)
	}
	if !same {
		return ErrUserChanged
	}
	if n.Replaces == "" {
		return nil
	}
	var half bool
	err = tx.QueryRowContext(ctx, `UPDATE sessions
		SET revoked_at = ?, data = x''
		WHERE token_hash = ? AND revoked_at IS NULL
		RETURNING half`, unix(now), n.Replaces).
		Scan(&half)
	if errors.Is(err, sql.ErrNoRows) && n.User.Factor && !n.AwaitingSecondFactor {
		return ErrNotFound // the session that awaited the second factor has ended or was already used
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("end the previous session: %w", err)
	}
	return nil
}

func endOldest(ctx context.Context, tx *sql.Tx, now time.Time, userID int64) (int, error) {
	result, err := tx.ExecContext(ctx, `UPDATE sessions SET revoked_at = ?1, data = x'' WHERE token_hash IN (
		SELECT token_hash
		FROM sessions
		WHERE user_id = ?2 AND revoked_at IS NULL AND expires_at > ?1 AND NOT half
		ORDER BY seen_at DESC, created_at DESC, rowid DESC
		LIMIT -1 OFFSET ?3)`, unix(now), userID, MaxSessions)
	if err != nil {
		return 0, fmt.Errorf("end the oldest sessions: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// RenewSession rotates a session's token.
func (s *Store) RenewSession(ctx context.Context, oldHash, newHash string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error { return renew(ctx, tx, s.now(), oldHash, newHash) })
}

// ConfirmSession rotates the token of a session whose user has just authenticated again, and records the confirmation.
func (s *Store) ConfirmSession(ctx context.Context, by Actor, oldHash, newHash string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		now := s.now()
		if err := renew(ctx, tx, now, oldHash, newHash); err != nil {
			return err
		}
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE sessions SET confirmed_at = ? WHERE token_hash = ?`,
			unix(now),
			newHash,
		); err != nil {
			return fmt.Errorf("confirm the session: %w", err)
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{Action: "session.confirm", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone},
		)
	})
}

func renew(ctx context.Context, tx *sql.Tx, now time.Time, oldHash, newHash string) error {
	result, err := tx.ExecContext(
		ctx,
		`INSERT INTO sessions (token_hash, user_id, data, device, address, created_at, seen_at,
			expires_at, door, confirmed_at)
		SELECT ?1, user_id, data, device, address, created_at, ?2, expires_at, door, confirmed_at
		FROM sessions
		WHERE token_hash = ?3 AND revoked_at IS NULL AND NOT half`,
		newHash,
		unix(now),
		oldHash,
	)
	if err != nil {
		return fmt.Errorf("renew the session: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	if _, err := tx.ExecContext(
		ctx,
		`UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ?`,
		unix(now),
		oldHash,
	); err != nil {
		return fmt.Errorf("end the previous session: %w", err)
	}
	return nil
}

// SessionsOf returns a user's valid sessions except pending ones, most recently used first. Callers must enforce the
// idle timeout themselves.
func (s *Store) SessionsOf(ctx context.Context, userID int64) ([]Session, error) {
	all, err := allRows(ctx, s, func(row scanner) (n Session, err error) {
		var created, seen, expires int64
		err = row.Scan(&n.TokenHash, &n.Device, &n.Address, &created, &seen, &expires, &n.Method)
		n.CreatedAt, n.SeenAt, n.ExpiresAt = fromUnix(created), fromUnix(seen), fromUnix(expires)
		return n, err
	}, `SELECT token_hash, device, address, created_at, seen_at, expires_at, door
		FROM sessions
		WHERE user_id = ? AND revoked_at IS NULL AND expires_at > ? AND NOT half
		ORDER BY seen_at DESC, created_at DESC`, userID, unix(s.now()))
	if err != nil {
		return nil, fmt.Errorf("list the sessions of user %d: %w", userID, err)
	}
	return all, nil
}

// EndSessions ends a user's sessions except the one whose hash is keep, and records the change. If the parameter only
// isn't "", EndSessions ends just the sessions whose hash starts with its value. It returns ErrNotFound if there is no
// session to end.
func (s *Store) EndSessions(ctx context.Context, by Actor, userID int64, only, keep string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var email string
		if err := tx.QueryRowContext(ctx, `SELECT email FROM users WHERE id = ?`, userID).Scan(&email); err != nil {
			return notFound(err)
		}
		n, err := endSessions(ctx, tx, s.now(), userID, only, keep)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrNotFound
		}
		return s.addNotice(
			ctx,
			tx,
			by,
			userID,
			Event{
				Action:     "session.end",
				Target:     fmt.Sprint(userID),
				TargetName: email,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteSessions, n)},
			},
		)
	})
}

func endSessions(ctx context.Context, tx *sql.Tx, now time.Time, userID int64, only, keep string) (int64, error) {
	result, err := tx.ExecContext(
		ctx,
		`
UPDATE sessions
SET revoked_at = :now, data = x''
WHERE user_id = :user_id
	AND revoked_at IS NULL
	AND expires_at > :now
	AND token_hash <> :keep
	AND substr(token_hash, 1, length(:only)) = :only`,
		sql.Named("now", unix(now)),
		sql.Named("user_id", userID),
		sql.Named("keep", keep),
		sql.Named("only", only),
	)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return result.RowsAffected()
}

// SignOut ends a session and records the sign-out. For a session that has already ended, it changes and records
// nothing.
func (s *Store) SignOut(ctx context.Context, by Actor, tokenHash string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(
			ctx,
			`UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ? AND revoked_at IS NULL`,
			unix(s.now()),
			tokenHash,
		)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{Action: "session.signout", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone},
		)
	})
}

// EndSession ends a session without recording anything. It is for sessions that are idle, and for those that another
// session of the same browser replaces.
func (s *Store) EndSession(ctx context.Context, tokenHash string) error {
	_, err := s.exec(
		ctx,
		`UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ? AND revoked_at IS NULL`,
		unix(s.now()),
		tokenHash,
	)
	return err
}
