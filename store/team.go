package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Errors returned by methods that change users.
var (
	ErrNoRole    = errors.New("no such role")
	ErrLastAdmin = errors.New("the last admin can't be demoted or disabled")
	ErrNoChange  = errors.New("no change needed")
)

// NoticeKind is the kind of a notice: one of the constants if it is about a sign-in, and otherwise its action.
type NoticeKind string

// Kinds of notices about a sign-in.
const (
	NoticeRecoveryCode  NoticeKind = "recovery-code"  // a recovery code was used
	NoticeOldestSession NoticeKind = "oldest-session" // the least recently used session was ended because of MaxSessions
)

// Notice notifies a user of an audit row that concerns them.
type Notice struct {
	Event

	Kind NoticeKind
}

// addNotice is like addAudit, but also adds a notice of each of the given kinds for a user. If no kinds are given, it
// adds a notice only if e.Action is in noticeActions and someone else performed it. Its kind is then the action.
func (s *Store) addNotice(
	ctx context.Context,
	tx *sql.Tx,
	by Actor,
	userID int64,
	e Event,
	kinds ...NoticeKind,
) error {
	seq, err := s.addAuditRow(ctx, tx, by, e)
	if err != nil {
		return err
	}
	if len(kinds) == 0 && by.ID != userID && slices.Contains(noticeActions, e.Action) {
		kinds = []NoticeKind{NoticeKind(e.Action)}
	}
	for _, kind := range kinds {
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO news (user_id, seq, kind) VALUES (?, ?, ?)`,
			userID,
			seq,
			kind,
		); err != nil {
			return fmt.Errorf("store notice for user %d: %w", userID, err)
		}
	}
	if len(kinds) > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET news_seq = ? WHERE id = ?`, seq, userID); err != nil {
			return fmt.Errorf("store notice for user %d: %w", userID, err)
		}
	}
	return nil
}

// noticeActions lists the actions of which the affected user is notified if someone else performs them.
var noticeActions = []string{
	"user.role",
	"user.disable",
	"user.enable",
	"user.reset-password",
	"user.reset-2fa",
	"user.password",
	"session.end",
}

// Notices returns the notices that a user hasn't acknowledged, oldest first. If there are more than 20, it returns only
// the newest 20. The caller must not modify them.
func (s *Store) Notices(ctx context.Context, u User) ([]Notice, error) {
	return s.answers.notices.Get(&s.clock, noticesKey{u.ID, u.UserNotices}, func() ([]Notice, error) {
		return s.readNotices(ctx, u)
	})
}

type noticesKey struct {
	userID int64
	UserNotices
}

func (s *Store) readNotices(ctx context.Context, u User) ([]Notice, error) {
	type row struct {
		seq  int64
		kind NoticeKind
	}
	unread, err := allRows(
		ctx,
		s,
		func(r scanner) (n row, err error) { return n, r.Scan(&n.seq, &n.kind) },
		`SELECT seq, kind FROM news WHERE user_id = ? AND seq > ? AND seq <= ? ORDER BY seq DESC, kind LIMIT 20`,
		u.ID,
		u.AcknowledgedSeq,
		u.NoticeSeq,
	)
	if err != nil {
		return nil, fmt.Errorf("read notices for user %d: %w", u.ID, err)
	}
	var all []Notice
	for _, n := range slices.Backward(unread) {
		e, err := scanEvent(
			s.read.QueryRowContext(ctx, `SELECT `+auditColumns+` FROM audit_events WHERE seq = ?`, n.seq),
		)
		if err != nil {
			return nil, fmt.Errorf("read notices for user %d: %w", u.ID, err)
		}
		all = append(all, Notice{e, n.kind})
	}
	return all, nil
}

// AcknowledgeNotices records that the actor has acknowledged all notices up to audit row seq, and removes those
// notices.
func (s *Store) AcknowledgeNotices(ctx context.Context, by Actor, seq int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE users SET told_seq = max(told_seq, min(?, news_seq)) WHERE id = ?`,
			seq,
			by.ID,
		); err != nil {
			return fmt.Errorf("acknowledge notices: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM news WHERE user_id = ? AND seq <= ?`, by.ID, seq); err != nil {
			return fmt.Errorf("delete acknowledged notices: %w", err)
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{
				Action:     "account.told",
				Target:     fmt.Sprint(by.ID),
				TargetName: by.Email,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteAcknowledged, seq)},
			},
		)
	})
}

// userChange changes a user in the database and returns the event to record.
type userChange func(tx *sql.Tx, u User) (Event, error)

// changeUser reads a user, applies change, and records the event.
func (s *Store) changeUser(ctx context.Context, by Actor, id int64, change userChange) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, id))
		if err != nil {
			return err
		}
		e, err := change(tx, u)
		if err != nil {
			return err
		}
		e.Target, e.TargetName, e.Outcome = fmt.Sprint(u.ID), u.Email, OutcomeDone
		return s.addNotice(ctx, tx, by, id, e)
	})
}

// changeUserSignedOut is like changeUser, but also ends the user's sessions except the one whose hash is keep.
func (s *Store) changeUserSignedOut(ctx context.Context, by Actor, id int64, keep string, change userChange) error {
	return s.changeUser(ctx, by, id, func(tx *sql.Tx, u User) (Event, error) {
		e, err := change(tx, u)
		if err != nil {
			return e, err
		}
		n, err := endSessions(ctx, tx, s.now(), id, "", keep)
		if n > 0 {
			e.Notes = append(e.Notes, NewNote(NoteSessionsEnded, n))
		}
		return e, err
	})
}

// otherAdmin returns ErrLastAdmin unless an enabled user with another ID is an admin.
func otherAdmin(ctx context.Context, tx *sql.Tx, id int64) error {
	var other bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1
		FROM users
		WHERE role = 'admin' AND NOT disabled AND id <> ?)`, id).
		Scan(&other); err != nil {
		return fmt.Errorf("find other admins: %w", err)
	}
	if !other {
		return ErrLastAdmin
	}
	return nil
}

// SetRole sets a user's role, ends their sessions except the one whose hash is keep, withdraws links that they
// created, and records the change. Possible errors include ErrNotFound, ErrNoRole, ErrNoChange and ErrLastAdmin.
func (s *Store) SetRole(ctx context.Context, by Actor, id int64, role, keep string) error {
	return s.changeUserSignedOut(ctx, by, id, keep, func(tx *sql.Tx, u User) (Event, error) {
		switch {
		case !slices.Contains(Roles, role):
			return Event{}, ErrNoRole
		case u.Role == role:
			return Event{}, ErrNoChange
		case u.Role == RoleAdmin && !u.Disabled:
			if err := otherAdmin(ctx, tx, id); err != nil {
				return Event{}, err
			}
		}
		if err := withdrawLinksBy(ctx, tx, s.now(), id); err != nil {
			return Event{}, err
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET role = ? WHERE id = ?`, role, id)
		return Event{Action: "user.role", Changes: []Change{{"role", u.Role, role}}}, err
	})
}

// DisableUser disables a user, ends their sessions, withdraws links that were created for them or by them, and records
// the change. Possible errors include ErrNotFound, ErrNoChange and ErrLastAdmin.
func (s *Store) DisableUser(ctx context.Context, by Actor, id int64) error {
	return s.changeUserSignedOut(ctx, by, id, "", func(tx *sql.Tx, u User) (Event, error) {
		e := Event{Action: "user.disable"}
		if u.Disabled {
			return e, ErrNoChange
		}
		if err := errors.Join(
			withdrawLinks(ctx, tx, s.now(), u.Email),
			withdrawLinksBy(ctx, tx, s.now(), id),
		); err != nil {
			return e, err
		}
		if u.Role == RoleAdmin {
			if err := otherAdmin(ctx, tx, id); err != nil {
				return e, err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET disabled = TRUE WHERE id = ?`, id)
		return e, err
	})
}

// EnableUser enables a disabled user and records the change. It returns ErrNotFound if there is no such user, and
// ErrNoChange if the user isn't disabled.
func (s *Store) EnableUser(ctx context.Context, by Actor, id int64) error {
	return s.changeUser(ctx, by, id, func(tx *sql.Tx, u User) (Event, error) {
		e := Event{Action: "user.enable"}
		if !u.Disabled {
			return e, ErrNoChange
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET disabled = FALSE WHERE id = ?`, id)
		return e, err
	})
}

// SetPassword sets a user's password, ends their sessions except the one whose hash is keep, withdraws links for
// them, and records the change.
func (s *Store) SetPassword(ctx context.Context, by Actor, id int64, hash, keep string) error {
	return s.changeUserSignedOut(ctx, by, id, keep, func(tx *sql.Tx, u User) (Event, error) {
		err := writePassword(ctx, tx, unix(s.now()), id, hash)
		if err == nil {
			// The user no longer needs a reset link, but a thief could still use one.
			err = withdrawLinks(ctx, tx, s.now(), u.Email)
		}
		return Event{Action: "user.password"}, err
	})
}

func writePassword(ctx context.Context, tx *sql.Tx, now, id int64, hash string) error {
	if _, err := tx.ExecContext(
		ctx,
		`UPDATE users SET password_hash = ?, password_at = ? WHERE id = ?`,
		hash,
		now,
		id,
	); err != nil {
		return fmt.Errorf("set the password of user %d: %w", id, err)
	}
	return nil
}
