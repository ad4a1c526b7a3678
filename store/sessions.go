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

// Door is a user's authentication method. It is stored, and shown unchanged.
type Door string

// Authentication methods.
const (
	DoorPassword   Door = "password"
	DoorCode       Door = "password and code"
	DoorRecovery   Door = "password and recovery code"
	DoorInvitation Door = "invitation"
	DoorSetUp      Door = "set-up"
)

// Session is a browser that is or was signed in, or is signing in.
type Session struct {
	TokenHash string // see HashToken
	User      User
	Device    string
	Address   string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time // the absolute expiry
	Door      Door      // authentication method

	ConfirmedAt time.Time // when the user last authenticated

	// Half means that the password was correct and the second factor is pending. A half session opens no pages.
	Half  bool
	Tries int // wrong codes entered in a half session

	// Replaces is the hash of this browser's previous session, which signing in ends; "" means none.
	Replaces string
}

// MostSessions is the maximum number of sessions per user. A further sign-in ends the least recently used session.
const MostSessions = 10

// HashToken returns the hash under which a session's token is stored.
func HashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Proof is a second factor that a user presented: a code of a factor, or a recovery code. The zero value is none.
type Proof struct {
	FactorID, Step int64  // the factor, and the time step of its code
	Newest         int64  // the newest step possible now; a later one was used while a clock was wrong
	RecoveryHash   string // or the hash of a recovery code
}

// ErrCodeUsed means that a correct code was already used.
var ErrCodeUsed = errors.New("the code was already used")

// UseProof uses up a proof, so that it works only once even with concurrent requests. It returns ErrCodeUsed if
// the proof was already used, or if the recovery code doesn't exist. The zero Proof always succeeds.
func (s *Store) UseProof(ctx context.Context, userID int64, p Proof) error {
	var result sql.Result
	var err error
	switch {
	case p.FactorID != 0:
		result, err = s.exec(
			ctx,
			`UPDATE factors
				SET step = ?, used_at = ?
				WHERE id = ? AND user_id = ? AND (step < ? OR step > ? AND step <> ?)`,
			p.Step,
			unix(s.now()),
			p.FactorID,
			userID,
			p.Step,
			p.Newest,
			p.Step,
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

// SignIn adds session n for by, clears the failures counted under keys, and records it, in one transaction: a
// sign-in that can't be recorded doesn't happen. A half session is recorded as such. ended is the number of
// sessions that were ended because of MostSessions. SignIn returns ErrUserChanged if the user no longer matches
// n.User, and ErrNotFound if the half session that n completes has ended.
func (s *Store) SignIn(ctx context.Context, by Actor, n Session, keys ...string) (ended int, err error) {
	now := s.now()
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires_at < ?`, unix(now)-86400); err != nil {
			return fmt.Errorf("delete old sessions: %w", err)
		}
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO sessions (token_hash, user_id, device, address, created_at, seen_at, expires_at, door, half, confirmed_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			n.TokenHash,
			n.User.ID,
			n.Device,
			n.Address,
			unix(now),
			unix(now),
			unix(n.ExpiresAt),
			n.Door,
			n.Half,
			unix(now),
		); err != nil {
			return fmt.Errorf("add session: %w", err)
		}
		action, detail := "session.signin", "by "+string(n.Door)
		if n.Half {
			action, detail = "session.password", "password correct; second factor pending"
		} else {
			if err := noteVisit(ctx, tx, now, n.User.ID, ""); err != nil {
				return err
			}
			if ended, err = endOldest(ctx, tx, now, n.User.ID); err != nil {
				return err
			}
			if ended > 0 {
				detail += fmt.Sprintf(
					"; the session that was used longest ago ended, since %d at once are the most",
					MostSessions,
				)
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
			Detail:     detail,
		}
		var notices []string
		if n.Door == DoorRecovery && !n.Half {
			notices = append(notices, NoticeRecoveryCode)
		}
		if ended > 0 {
			notices = append(notices, NoticeOldestSession)
		}
		return s.addNotice(ctx, tx, by, n.User.ID, e, notices...)
	})
	return ended, err
}

// ErrUserChanged means that a user's password, second factor or state changed while they were signing in.
var ErrUserChanged = errors.New("the user changed during the sign-in")

// replace ends the session that n replaces. It returns ErrUserChanged if the user's password, second factor or
// state is no longer that of n.User.
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
	if errors.Is(err, sql.ErrNoRows) && n.User.Factor && !n.Half {
		return ErrNotFound // the half session was ended or already used
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
		LIMIT -1 OFFSET ?3)`, unix(now), userID, MostSessions)
	if err != nil {
		return 0, fmt.Errorf("end the oldest sessions: %w", err)
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// RenewSession rotates the token of a session. proved means that the user has just authenticated again; that is
// recorded.
func (s *Store) RenewSession(ctx context.Context, by Actor, oldHash, newHash string, proved bool) error {
	now := s.now()
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := renew(ctx, tx, now, oldHash, newHash, proved); err != nil || !proved {
			return err
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{Action: "session.confirm", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone},
		)
	})
}

func renew(ctx context.Context, tx *sql.Tx, now time.Time, oldHash, newHash string, proved bool) error {
	result, err := tx.ExecContext(
		ctx,
		`INSERT INTO sessions (token_hash, user_id, data, device, address, created_at, seen_at, expires_at, door, confirmed_at)
		SELECT ?1, user_id, data, device, address, created_at, ?2, expires_at, door, CASE WHEN ?4 THEN ?2 ELSE confirmed_at END
		FROM sessions
		WHERE token_hash = ?3 AND revoked_at IS NULL AND NOT half`,
		newHash,
		unix(now),
		oldHash,
		proved,
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

// SessionsOf returns a user's valid sessions, most recently used first. Callers check for themselves whether a
// session was idle for too long.
func (s *Store) SessionsOf(ctx context.Context, userID int64) ([]Session, error) {
	all, err := allRows(ctx, s, func(row scanner) (n Session, err error) {
		var created, seen, expires int64
		err = row.Scan(&n.TokenHash, &n.Device, &n.Address, &created, &seen, &expires, &n.Door)
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

// EndSessions ends the sessions of a user except keep, and records it. If only is not empty, it ends only
// sessions whose hash begins with only. It returns ErrNotFound if there is no session to end.
func (s *Store) EndSessions(ctx context.Context, by Actor, userID int64, only, keep string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var email string
		if err := tx.QueryRowContext(ctx, `SELECT email FROM users WHERE id = ?`, userID).Scan(&email); err != nil {
			return one(err)
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
				Detail:     sessionWords(n),
			},
		)
	})
}

func sessionWords(n int64) string {
	if n == 1 {
		return "1 session"
	}
	return fmt.Sprintf("%d sessions", n)
}

func endSessions(ctx context.Context, tx *sql.Tx, now time.Time, userID int64, only, keep string) (int64, error) {
	result, err := tx.ExecContext(
		ctx,
		`UPDATE sessions
			SET revoked_at = ?1, data = x''
			WHERE user_id = ?2
				AND revoked_at IS NULL
				AND expires_at > ?1
				AND token_hash <> ?3
				AND substr(token_hash, 1, length(?4)) = ?4`,
		unix(now),
		userID,
		keep,
		only,
	)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return result.RowsAffected()
}

// SignOut ends a session and records it. For a session that has already ended, it changes and records nothing.
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

// EndSession ends a session that another session of the same browser replaces. It records nothing, since the
// sign-in of the new session is recorded.
func (s *Store) EndSession(ctx context.Context, tokenHash string) error {
	_, err := s.exec(
		ctx,
		`UPDATE sessions SET revoked_at = ?, data = x'' WHERE token_hash = ? AND revoked_at IS NULL`,
		unix(s.now()),
		tokenHash,
	)
	return err
}

// SessionByToken returns a valid session, which may be a half one, with the current state of its user. It returns
// ErrNotFound if the session was ended, has expired, or belongs to a disabled user. Callers check for themselves
// whether it was idle for too long.
func (s *Store) SessionByToken(ctx context.Context, tokenHash string) (Session, error) {
	n := Session{TokenHash: tokenHash}
	var created, seen, expires, confirmed int64
	fields, done := userFields(&n.User)
	err := s.read.QueryRowContext(ctx, `SELECT s.device, s.address, s.created_at, s.seen_at, s.expires_at, s.door, s.half, s.tries, s.confirmed_at, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id
		WHERE s.token_hash = ? AND s.revoked_at IS NULL AND s.expires_at > ? AND s.created_at <= ? AND NOT u.disabled`, tokenHash, unix(s.now()), unix(s.now().Add(clockTolerance))).
		Scan(append([]any{&n.Device, &n.Address, &created, &seen, &expires, &n.Door, &n.Half, &n.Tries, &confirmed}, fields...)...)
	done()
	n.CreatedAt = fromUnix(created)
	n.SeenAt = fromUnix(seen)
	n.ExpiresAt = fromUnix(expires)
	n.ConfirmedAt = fromUnix(confirmed)
	return n, one(err)
}

// TouchSessions stores when sessions were last used. It doesn't change sessions that have ended.
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

// noteVisit stores that a user, or the user of a session, is active at a time. If that begins a new visit, it
// also stores when the previous visit ended.
func noteVisit(ctx context.Context, tx *sql.Tx, at time.Time, userID int64, tokenHash string) error {
	_, err := tx.ExecContext(
		ctx,
		`UPDATE users SET before_at = min(CASE WHEN ?1 - seen_at > ?2 THEN seen_at ELSE before_at END, ?1), seen_at = ?1
		WHERE id = ?3 OR id = (SELECT user_id FROM sessions WHERE token_hash = ?4)`,
		unix(at),
		int64(newVisit.Seconds()),
		userID,
		tokenHash,
	)
	if err != nil {
		return fmt.Errorf("store the visit: %w", err)
	}
	return nil
}

// SessionData returns the stored data of a valid session.
func (s *Store) SessionData(ctx context.Context, tokenHash string) (data []byte, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT data
		FROM sessions
		WHERE token_hash = ?
			AND revoked_at IS NULL
			AND expires_at > ?
			AND created_at <= ?`, tokenHash, unix(s.now()), unix(s.now().Add(clockTolerance))).
		Scan(&data)
	return data, one(err)
}

// KeepSessionData stores the data of a session. It never adds a session, so one that was signed out in the
// meantime stays signed out.
func (s *Store) KeepSessionData(ctx context.Context, tokenHash string, data []byte) error {
	_, err := s.exec(ctx, `UPDATE sessions SET data = ? WHERE token_hash = ? AND revoked_at IS NULL`, data, tokenHash)
	return err
}

// clockTolerance bounds how far in the future a stored time may be. A time further ahead was written while the
// clock was wrong, and is not trusted: otherwise a session or link would outlive its limit, and a failure would
// count once its time arrives.
const clockTolerance = time.Minute

// failureWindow is the longest period over which failures are counted.
const failureWindow = 15 * time.Minute

// SignInFailed counts a failure under each key and records it.
func (s *Store) SignInFailed(ctx context.Context, by Actor, e Event, keys ...string) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if err := countFailure(ctx, tx, s.now(), keys); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, e)
	})
}

func countFailure(ctx context.Context, tx *sql.Tx, now time.Time, keys []string) error {
	if _, err := tx.ExecContext(
		ctx,
		`DELETE FROM signin_failures WHERE at < ? OR at > ?`,
		unix(now.Add(-failureWindow)),
		unix(now.Add(clockTolerance)),
	); err != nil {
		return fmt.Errorf("delete old failures: %w", err)
	}
	for _, key := range keys {
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO signin_failures (key, at) VALUES (?, ?)`,
			key,
			unix(now),
		); err != nil {
			return fmt.Errorf("count failure: %w", err)
		}
	}
	return nil
}

// MostTries is the number of wrong codes after which a half session ends.
const MostTries = 5

// CodeFailed counts a wrong code, both for a half session and under each key, and records it. After MostTries
// wrong codes, the session ends. left is the number of tries that remain.
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
			RETURNING tries`, MostTries, unix(now), tokenHash).
			Scan(&tries); err != nil {
			return fmt.Errorf("count wrong code: %w", one(err))
		}
		left = max(0, MostTries-tries)
		return s.addAudit(ctx, tx, by, e)
	})
	return left, err
}

// Failures returns the times of the failures under key, after since and up to upTo, oldest first.
func (s *Store) Failures(ctx context.Context, key string, since, upTo time.Time) ([]time.Time, error) {
	times, err := allRows(
		ctx,
		s,
		scanTime,
		`SELECT at FROM signin_failures WHERE key = ? AND at > ? AND at <= ? ORDER BY at`,
		key,
		unix(since),
		unix(upTo),
	)
	if err != nil {
		return nil, fmt.Errorf("read failures: %w", err)
	}
	return times, nil
}
