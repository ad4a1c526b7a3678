package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// LinkKind is the purpose of a one-time link.
type LinkKind string

// Kinds of links.
const (
	JoinLink     LinkKind = "join"
	PasswordLink LinkKind = "password"
)

// Link is a one-time link for joining the team or setting a password without signing in. Only the hash of its token is
// stored.
type Link struct {
	ID        int64
	Kind      LinkKind
	UserID    int64 // user whose password the link sets; 0 for JoinLink
	Email     string
	Role      string // role of the new user
	MadeBy    string
	CreatedAt time.Time
	ExpiresAt time.Time
	used      bool
	withdrawn bool
}

// Reasons that a link doesn't work. LinkByToken returns them together with the link.
var (
	ErrLinkUsed      = errors.New("the link was already used")
	ErrLinkExpired   = errors.New("the link has expired")
	ErrLinkWithdrawn = errors.New("the link was withdrawn")
)

const linkColumns = `id, kind, user_id, email, role, made_by, created_at, expires_at,
	used_at IS NOT NULL, withdrawn_at IS NOT NULL`

func scanLink(row scanner) (Link, error) {
	var l Link
	var created, expires int64
	err := row.Scan(&l.ID, &l.Kind, &l.UserID, &l.Email, &l.Role, &l.MadeBy, &created, &expires, &l.used, &l.withdrawn)
	l.CreatedAt, l.ExpiresAt = fromUnix(created), fromUnix(expires)
	return l, notFound(err)
}

// good returns the reason that a link doesn't work, or nil if it works.
func (l Link) good(now time.Time) error {
	switch {
	case l.used:
		return ErrLinkUsed
	case l.withdrawn:
		return ErrLinkWithdrawn
	case !now.Before(l.ExpiresAt), l.CreatedAt.After(now.Add(clockTolerance)):
		return ErrLinkExpired
	}
	return nil
}

func withdrawLinks(ctx context.Context, tx *sql.Tx, now time.Time, email string) error {
	if _, err := tx.ExecContext(
		ctx,
		`UPDATE links SET withdrawn_at = ? WHERE email_key = ? AND used_at IS NULL AND withdrawn_at IS NULL`,
		unix(now),
		EmailKey(email),
	); err != nil {
		return fmt.Errorf("withdraw links: %w", err)
	}
	return nil
}

// withdrawLinksBy withdraws the unused links that a user created. Call it when the user loses the admin role or
// is disabled.
func withdrawLinksBy(ctx context.Context, tx *sql.Tx, now time.Time, userID int64) error {
	if _, err := tx.ExecContext(
		ctx,
		`UPDATE links SET withdrawn_at = ? WHERE made_by_id = ? AND used_at IS NULL AND withdrawn_at IS NULL`,
		unix(now),
		userID,
	); err != nil {
		return fmt.Errorf("withdraw links: %w", err)
	}
	return nil
}

func (s *Store) insertLink(ctx context.Context, tx *sql.Tx, by Actor, l Link, tokenHash string) error {
	if err := withdrawLinks(ctx, tx, s.now(), l.Email); err != nil {
		return err
	}
	_, err := tx.ExecContext(
		ctx,
		`
INSERT INTO links (
	token_hash, kind, user_id, email, email_key, role,
	made_by, made_by_id, created_at, expires_at
) VALUES (
	:token_hash, :kind, :user_id, :email, :email_key, :role,
	:made_by, :made_by_id, :created_at, :expires_at
)`,
		sql.Named("token_hash", tokenHash),
		sql.Named("kind", l.Kind),
		sql.Named("user_id", l.UserID),
		sql.Named("email", l.Email),
		sql.Named("email_key", EmailKey(l.Email)),
		sql.Named("role", l.Role),
		sql.Named("made_by", by.Name),
		sql.Named("made_by_id", by.ID),
		sql.Named("created_at", unix(s.now())),
		sql.Named("expires_at", unix(l.ExpiresAt)),
	)
	if err != nil {
		return fmt.Errorf("add link: %w", err)
	}
	return nil
}

// Invite creates an invitation link, withdraws earlier links for the email address, and records the invitation. It
// returns ErrNoRole if the role doesn't exist, and ErrEmailTaken if a user already has the address.
func (s *Store) Invite(ctx context.Context, by Actor, email, role, tokenHash string, until time.Time) error {
	email = strings.TrimSpace(email)
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if !slices.Contains(Roles, role) {
			return ErrNoRole
		}
		if err := emailFree(ctx, tx, email); err != nil {
			return err
		}
		if err := s.insertLink(
			ctx,
			tx,
			by,
			Link{Kind: JoinLink, Email: email, Role: role, ExpiresAt: until},
			tokenHash,
		); err != nil {
			return err
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{
				Action:     "user.invite",
				TargetName: email,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteValidUntil, until)},
				Changes:    []Change{{"role", "", role}},
			},
		)
	})
}

// OfferPassword creates a link that lets a user set a password, withdraws earlier links for the user, and records the
// new link. Until the link is used, the current password and sessions stay valid. OfferPassword returns ErrNotFound if
// there is no such user, and ErrDisabled if the user is disabled.
func (s *Store) OfferPassword(ctx context.Context, by Actor, id int64, tokenHash string, until time.Time) error {
	return s.changeUser(ctx, by, id, func(tx *sql.Tx, u User) (Event, error) {
		if u.Disabled {
			return Event{}, ErrDisabled
		}
		err := s.insertLink(
			ctx,
			tx,
			by,
			Link{Kind: PasswordLink, UserID: id, Email: u.Email, ExpiresAt: until},
			tokenHash,
		)
		return Event{Action: "user.reset-password", Notes: []Note{NewNote(NoteLinkUntil, until)}}, err
	})
}

// ErrDisabled means that the user isn't allowed to sign in, so a new password would be useless.
var ErrDisabled = errors.New("the account is disabled")

// Invitations returns the invitation links that still work, oldest first.
func (s *Store) Invitations(ctx context.Context) ([]Link, error) {
	links, err := allRows(
		ctx,
		s,
		scanLink,
		`SELECT `+linkColumns+`
			FROM links
			WHERE kind = 'join' AND used_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?
			ORDER BY id`,
		unix(s.now()),
	)
	if err != nil {
		return nil, fmt.Errorf("list invitations: %w", err)
	}
	return links, nil
}

// Withdraw withdraws an invitation and records the withdrawal. It returns ErrNotFound if the invitation doesn't exist
// or no longer works.
func (s *Store) Withdraw(ctx context.Context, by Actor, id int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		l, err := scanLink(
			tx.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM links WHERE id = ? AND kind = 'join'`, id),
		)
		if err != nil {
			return err
		}
		if l.good(s.now()) != nil {
			return ErrNotFound
		}
		if err := withdrawLinks(ctx, tx, s.now(), l.Email); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{Action: "user.withdraw", TargetName: l.Email, Outcome: OutcomeDone})
	})
}

// LinkByToken returns the link with the given token hash, or ErrNotFound. If the link doesn't work, it also returns the
// reason: ErrLinkUsed, ErrLinkExpired or ErrLinkWithdrawn.
func (s *Store) LinkByToken(ctx context.Context, tokenHash string) (Link, error) {
	l, err := scanLink(s.read.QueryRowContext(ctx, `SELECT `+linkColumns+` FROM links WHERE token_hash = ?`, tokenHash))
	if err != nil {
		return l, err
	}
	return l, l.good(s.now())
}
