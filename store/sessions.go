package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// AuthMethod is a user's authentication method. Its value is stored, and shown unchanged.
type AuthMethod string

// Authentication methods.
const (
	AuthPassword     AuthMethod = "password"
	AuthCode         AuthMethod = "password and code"
	AuthRecoveryCode AuthMethod = "password and recovery code"
	AuthInvitation   AuthMethod = "invitation"
	AuthSetup        AuthMethod = "set-up"
)

// Session is the session of a browser that is or was signed in, or is signing in.
type Session struct {
	TokenHash string // see HashToken
	User      User
	Device    string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time  // the absolute expiry
	Method    AuthMethod // how the user signed in

	ConfirmedAt time.Time // when the user last authenticated

	// AwaitingSecondFactor means that the password was correct and the second factor is pending. A session in this state,
	// called a pending session, allows only entering that factor.
	AwaitingSecondFactor bool
	Tries                int // wrong codes entered while the second factor is pending

	// Replaces is the hash of this browser's previous session, which SignIn ends; "" means none.
	Replaces string
}

// MaxSessions is the maximum number of sessions per user, not counting pending ones. Beyond it, each sign-in ends the
// least recently used session.
const MaxSessions = 10

// HashToken returns the hash that is stored in place of a secret token.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// SignIn adds the session n, clears the failures counted under keys, and records the sign-in, in one transaction, so a
// sign-in that can't be recorded doesn't happen. ended is the number of sessions that were ended because of
// MaxSessions. SignIn returns ErrUserChanged if the user no longer matches n.User. If n completes a session that
// awaited a second factor, and that session has ended, SignIn returns ErrNotFound.
func (s *Store) SignIn(ctx context.Context, by Actor, n Session, keys ...string) (ended int, err error) {
	now := s.now()
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := addSession(ctx, tx, now, n); err != nil {
			return err
		}
		action, notes := "session.signin", []Note{NewNote(NoteSignedInBy, n.Method)}
		if n.AwaitingSecondFactor {
			action, notes = "session.password", []Note{NewNote(NoteSecondFactorPending)}
		} else {
			if err := noteVisit(ctx, tx, now, n.User.ID, ""); err != nil {
				return err
			}
			if ended, err = endOldest(ctx, tx, now, n.User.ID); err != nil {
				return err
			}
			if ended > 0 {
				notes = append(notes, NewNote(NoteOldestSession, MaxSessions))
			}
		}
		for _, key := range keys {
			if _, err := tx.ExecContext(ctx, `DELETE FROM signin_failures WHERE key = ?`, key); err != nil {
				return fmt.Errorf("clear failures: %w", err)
			}
		}
		if err := s.replace(ctx, tx, now, n); err != nil {
			return err
		}
		e := Event{
			Action:     action,
			Target:     fmt.Sprint(n.User.ID),
			TargetName: n.User.Email,
			Outcome:    OutcomeDone,
			Notes:      notes,
		}
		var notices []NoticeKind
		if n.Method == AuthRecoveryCode && !n.AwaitingSecondFactor {
			notices = append(notices, NoticeRecoveryCode)
		}
		if ended > 0 {
			notices = append(notices, NoticeOldestSession)
		}
		return s.addNotice(ctx, tx, by, n.User.ID, e, notices...)
	})
	return ended, err
}

// addSession stores a session, and deletes sessions that expired more than a day ago.
func addSession(ctx context.Context, tx *sql.Tx, now time.Time, n Session) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < ?`, unix(now)-86400); err != nil {
		return fmt.Errorf("delete old sessions: %w", err)
	}
	if _, err := tx.ExecContext(
		ctx,
		`
INSERT INTO sessions (
	token_hash, user_id, device, address,
	created_at, seen_at, expires_at, confirmed_at,
	door, half
) VALUES (
	:token_hash, :user_id, :device, :address,
	:now, :now, :expires_at, :now,
	:door, :half
)`,
		sql.Named("token_hash", n.TokenHash),
		sql.Named("user_id", n.User.ID),
		sql.Named("device", n.Device),
		sql.Named("address", n.Address),
		sql.Named("now", unix(now)),
		sql.Named("expires_at", unix(n.ExpiresAt)),
		sql.Named("door", n.Method),
		sql.Named("half", n.AwaitingSecondFactor),
	); err != nil {
		return fmt.Errorf("add session: %w", err)
	}
	return nil
}

// ErrUserChanged means that, during a sign-in, the user was disabled, or the user's password or second factor changed.
var ErrUserChanged = errors.New("the user changed during the sign-in")

// SessionByToken returns the valid session with the given token hash, and its user's current state. The session may
// still await a second factor. SessionByToken returns ErrNotFound if no session has that hash, or if the session was
// ended, has expired, was created in the future (see clockTolerance), or belongs to a disabled user. Callers must
// enforce the idle timeout themselves.
func (s *Store) SessionByToken(ctx context.Context, tokenHash string) (Session, error) {
	n, err := s.answers.sessions.Get(&s.clock, tokenHash, func() (Session, error) {
		return s.session(ctx, tokenHash)
	})
	if err == nil && !s.isValid(n.CreatedAt, n.ExpiresAt) {
		return Session{}, ErrNotFound
	}
	return n, err
}

// isValid reports whether a session that was created at one time and expires at another is valid now.
func (s *Store) isValid(created, expires time.Time) bool {
	now := s.now()
	return unix(expires) > unix(now) && unix(created) <= unix(now.Add(clockTolerance))
}

// session returns a session that hasn't been ended and whose user isn't disabled. It may have expired.
func (s *Store) session(ctx context.Context, tokenHash string) (Session, error) {
	n := Session{TokenHash: tokenHash}
	var created, seen, expires, confirmed int64
	fields, done := userFields(&n.User)
	err := s.read.QueryRowContext(ctx,
		`SELECT s.device, s.address, s.created_at, s.seen_at, s.expires_at, s.door, s.half,
			s.tries, s.confirmed_at, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = ? AND s.revoked_at IS NULL AND NOT u.disabled`,
		tokenHash).
		Scan(append(
			[]any{&n.Device, &n.Address, &created, &seen, &expires, &n.Method, &n.AwaitingSecondFactor, &n.Tries, &confirmed},
			fields...,
		)...)
	done()
	n.CreatedAt = fromUnix(created)
	n.SeenAt = fromUnix(seen)
	n.ExpiresAt = fromUnix(expires)
	n.ConfirmedAt = fromUnix(confirmed)
	return n, notFound(err)
}

// TouchSessions stores the time at which each session was last used. It doesn't change sessions that have ended.
func (s *Store) TouchSessions(ctx context.Context, seen map[string]time.Time) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		for hash, at := range seen {
			if _, err := tx.ExecContext(
				ctx,
				`UPDATE sessions SET seen_at = max(min(seen_at, ?), ?) WHERE token_hash = ? AND revoked_at IS NULL`,
				unix(s.now()),
				unix(at),
				hash,
			); err != nil {
				return fmt.Errorf("touch session: %w", err)
			}
			if err := noteVisit(ctx, tx, at, 0, hash); err != nil {
				return err
			}
		}
		return nil
	})
}

// newVisit is the minimum absence after which a new visit begins.
const newVisit = time.Hour

// noteVisit stores the time of a user's last activity. The user is given by userID, or by the tokenHash of a session.
// If the activity begins a new visit, noteVisit also stores when the previous visit ended.
func noteVisit(ctx context.Context, tx *sql.Tx, at time.Time, userID int64, tokenHash string) error {
	_, err := tx.ExecContext(
		ctx,
		`
UPDATE users
SET
	before_at = min(CASE WHEN :at - seen_at > :new_visit THEN seen_at ELSE before_at END, :at),
	seen_at = :at
WHERE id = :id OR id = (SELECT user_id FROM sessions WHERE token_hash = :token_hash)`,
		sql.Named("at", unix(at)),
		sql.Named("new_visit", int64(newVisit.Seconds())),
		sql.Named("id", userID),
		sql.Named("token_hash", tokenHash),
	)
	if err != nil {
		return fmt.Errorf("store the visit: %w", err)
	}
	return nil
}

// sessionRow is what SessionData reads.
type sessionRow struct {
	data             []byte
	created, expires time.Time
}

// SessionData returns the stored data of a valid session. The caller must not modify it.
func (s *Store) SessionData(ctx context.Context, tokenHash string) (data []byte, err error) {
	row, err := s.answers.sessionData.Get(&s.clock, tokenHash, func() (row sessionRow, err error) {
		var created, expires int64
		err = s.read.QueryRowContext(
			ctx,
			`SELECT data, created_at, expires_at FROM sessions WHERE token_hash = ? AND revoked_at IS NULL`,
			tokenHash,
		).Scan(&row.data, &created, &expires)
		row.created, row.expires = fromUnix(created), fromUnix(expires)
		return row, notFound(err)
	})
	if err == nil && !s.isValid(row.created, row.expires) {
		return nil, ErrNotFound
	}
	return row.data, err
}

// KeepSessionData stores the data of a session. It never adds a session, so a session that has ended in the meantime
// stays ended.
func (s *Store) KeepSessionData(ctx context.Context, tokenHash string, data []byte) error {
	_, err := s.exec(ctx, `UPDATE sessions SET data = ? WHERE token_hash = ? AND revoked_at IS NULL`, data, tokenHash)
	return err
}

// clockTolerance is how far in the future a stored time may be. A time further ahead was written while the clock was
// wrong, and is not trusted. Otherwise, a session or link would outlive its limit, and a failure would count when its
// time came.
const clockTolerance = time.Minute
