package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"time"
)

// Session is one browser that is, or was, signed in.
type Session struct {
	TokenHash string // see HashToken
	User      User
	Device    string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // the absolute limit
}

// HashToken is what is kept of a session's token.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// SignIn adds session n for by, forgets the failures counted under keys, and records it, in one transaction: a sign-in
// that can't be recorded doesn't happen.
func (s *Store) SignIn(ctx context.Context, by Actor, n Session, keys ...string) error {
	now := s.now()
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < ?`, unix(now)-86400); err != nil {
			return fmt.Errorf("drop old sessions: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sessions (token_hash, user_id, device, address, created_at, seen_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			n.TokenHash, n.User.ID, n.Device, n.Address, unix(now), unix(now), unix(n.ExpiresAt)); err != nil {
			return fmt.Errorf("add session: %w", err)
		}
		if err := noteVisit(ctx, tx, now, n.User.ID, ""); err != nil {
			return err
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `DELETE FROM signin_failures WHERE key = ?`, key); err != nil {
				return fmt.Errorf("forget failures: %w", err)
			}
		}
		return s.addAudit(ctx, tx, by, Event{Action: "session.signin", Target: fmt.Sprint(n.User.ID), TargetName: n.User.Email, Outcome: OutcomeDone})
	})
}

// SignOut ends a session and records it. Ending one that has ended already changes and records nothing.
func (s *Store) SignOut(ctx context.Context, by Actor, tokenHash string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ? AND revoked_at IS NULL`, unix(s.now()), tokenHash)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{Action: "session.signout", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone})
	})
}

// EndSession ends a session that another one of the same browser replaces; that one's sign-in is the record of it.
func (s *Store) EndSession(ctx context.Context, tokenHash string) error {
	_, err := s.write.ExecContext(ctx, `UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ? AND revoked_at IS NULL`, unix(s.now()), tokenHash)
	return outage(err)
}

// SessionByToken returns a session that is still good, and its user as they are now: ErrNotFound if it was ended, ran
// out, or belongs to somebody disabled. Whether it was idle for too long is the caller's to say.
func (s *Store) SessionByToken(ctx context.Context, tokenHash string) (Session, error) {
	n := Session{TokenHash: tokenHash}
	var created, seen, expires, before, userCreated int64
	var prefs string
	err := s.read.QueryRowContext(ctx, `SELECT s.device, s.address, s.created_at, s.seen_at, s.expires_at, u.before_at,
			u.id, u.email, u.name, u.role, u.time_zone, u.created_at, u.prefs
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = ? AND s.revoked_at IS NULL AND s.expires_at > ? AND NOT u.disabled`, tokenHash, unix(s.now())).
		Scan(&n.Device, &n.Address, &created, &seen, &expires, &before, &n.User.ID, &n.User.Email, &n.User.Name, &n.User.Role, &n.User.TimeZone, &userCreated, &prefs)
	n.User.Prefs = parsePrefs(prefs)
	n.CreatedAt, n.SeenAt, n.ExpiresAt, n.User.CreatedAt = fromUnix(created), fromUnix(seen), fromUnix(expires), fromUnix(userCreated)
	if before > 0 {
		n.User.BeforeAt = fromUnix(before)
	}
	return n, one(err)
}

// TouchSessions notes when sessions were last used. Ended ones are left alone.
func (s *Store) TouchSessions(ctx context.Context, seen map[string]time.Time) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for hash, at := range seen {
			if _, err := tx.ExecContext(ctx, `UPDATE sessions SET seen_at = max(seen_at, ?) WHERE token_hash = ? AND revoked_at IS NULL`, unix(at), hash); err != nil {
				return fmt.Errorf("touch session: %w", err)
			}
			if err := noteVisit(ctx, tx, at, 0, hash); err != nil {
				return err
			}
		}
		return nil
	})
}

// newVisit is how long somebody must have been away for a new visit to begin.
const newVisit = time.Hour

// noteVisit notes that a user, or the one of a session, is here, and after a break since when they were not.
func noteVisit(ctx context.Context, tx *sql.Tx, at time.Time, userID int64, tokenHash string) error {
	_, err := tx.ExecContext(ctx, `UPDATE users SET before_at = CASE WHEN ?1 - seen_at > ?2 THEN seen_at ELSE before_at END, seen_at = max(seen_at, ?1)
		WHERE id = ?3 OR id = (SELECT user_id FROM sessions WHERE token_hash = ?4)`, unix(at), int64(newVisit.Seconds()), userID, tokenHash)
	if err != nil {
		return fmt.Errorf("note the visit: %w", err)
	}
	return nil
}

// SessionData returns what was kept for a session that is still good.
func (s *Store) SessionData(ctx context.Context, tokenHash string) (data []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT data FROM sessions WHERE token_hash = ? AND revoked_at IS NULL AND expires_at > ?`, tokenHash, unix(s.now())).Scan(&data)
	return data, one(err)
}

// KeepSessionData updates, and never adds: what was signed out meanwhile stays so.
func (s *Store) KeepSessionData(ctx context.Context, tokenHash string, data []byte) error {
	_, err := s.write.ExecContext(ctx, `UPDATE sessions SET data = ? WHERE token_hash = ? AND revoked_at IS NULL`, data, tokenHash)
	return outage(err)
}

// failureWindow is the longest time over which failures count.
const failureWindow = 15 * time.Minute

// SignInFailed counts a failure under each key and records it.
func (s *Store) SignInFailed(ctx context.Context, by Actor, detail string, keys ...string) error {
	now := s.now()
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM signin_failures WHERE at < ?`, unix(now.Add(-failureWindow))); err != nil {
			return fmt.Errorf("drop old failures: %w", err)
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `INSERT INTO signin_failures (key, at) VALUES (?, ?)`, key, unix(now)); err != nil {
				return fmt.Errorf("count failure: %w", err)
			}
		}
		return s.addAudit(ctx, tx, by, Event{Action: "session.signin", TargetName: by.Email, Outcome: OutcomeFailed, Detail: detail})
	})
}

// Failures returns when the failures under key since then happened, oldest first.
func (s *Store) Failures(ctx context.Context, key string, since time.Time) ([]time.Time, error) {
	times, err := allRows(ctx, s, scanTime, `SELECT at FROM signin_failures WHERE key = ? AND at > ? ORDER BY at`, key, unix(since))
	if err != nil {
		return nil, fmt.Errorf("count failures: %w", err)
	}
	return times, nil
}
