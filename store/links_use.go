package store

import (
	"context"
	"database/sql"
	"fmt"
)

func (s *Store) useLink(ctx context.Context, tx *sql.Tx, kind LinkKind, tokenHash string) (Link, error) {
	l, err := scanLink(
		tx.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM links WHERE token_hash = ? AND kind = ?`, tokenHash, kind),
	)
	if err == nil {
		err = l.good(s.now())
	}
	if err != nil {
		return l, err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE links SET used_at = ? WHERE id = ?`, unix(s.now()), l.ID); err != nil {
		return l, fmt.Errorf("use the link: %w", err)
	}
	return l, nil
}

// Join uses up an invitation link, adds the invited user with u's name and password, and records the change.
func (s *Store) Join(ctx context.Context, by Actor, tokenHash string, u User) (User, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		l, err := s.useLink(ctx, tx, JoinLink, tokenHash)
		if err != nil {
			return err
		}
		u.Email, u.Role = l.Email, l.Role
		if err := s.insertUser(ctx, tx, &u); err != nil {
			return err
		}
		by.ID, by.Email, by.Name, by.Role = u.ID, u.Email, u.Name, u.Role
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{
				Action:     "user.join",
				Target:     fmt.Sprint(u.ID),
				TargetName: u.Email,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteInvitedBy, l.MadeBy)},
				Changes:    []Change{{"role", "", u.Role}},
			},
		)
	})
	return u, err
}

// ResetPassword uses up a password link, sets the user's password, ends all of the user's sessions, and records the
// change. The second factor stays in effect.
func (s *Store) ResetPassword(ctx context.Context, by Actor, tokenHash, passwordHash string) (User, error) {
	var u User
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		l, err := s.useLink(ctx, tx, PasswordLink, tokenHash)
		if err != nil {
			return err
		}
		if u, err = scanUser(
			tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, l.UserID),
		); err != nil {
			return err
		}
		if u.Disabled {
			return ErrLinkWithdrawn
		}
		if err := writePassword(ctx, tx, unix(s.now()), u.ID, passwordHash); err != nil {
			return err
		}
		n, err := endSessions(ctx, tx, s.now(), u.ID, "", "")
		if err != nil {
			return err
		}
		by.ID, by.Email, by.Name, by.Role = u.ID, u.Email, u.Name, u.Role
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{
				Action:     "user.password",
				Target:     fmt.Sprint(u.ID),
				TargetName: u.Email,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteLinkBy, l.MadeBy), NewNote(NoteSessionsEnded, n)},
			},
		)
	})
	return u, err
}
