package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Errors of what can't be done to the team.
var (
	ErrNoRole    = errors.New("there is no such role")
	ErrLastAdmin = errors.New("the last administrator can't be lost")
	ErrNoChange  = errors.New("it is so already")
)

// What a user is told of a sign-in. All else that they are told of is named by its action.
const (
	NewsRecoveryCode  = "recovery-code"  // it was made with one
	NewsOldestSession = "oldest-session" // it ended that session, since there were too many
)

// News is what a user is told: a row of the log that is about them, and as what.
type News struct {
	Event

	Kind string // NewsRecoveryCode, NewsOldestSession or the action
}

// addNews is addAudit for what somebody does to a user: they are told of it when they sign in, as each of kinds. Without kinds it is the action, unless it was themselves.
func (s *Store) addNews(ctx context.Context, tx *sql.Tx, by Actor, userID int64, e Event, kinds ...string) error {
	seq, err := s.addAuditRow(ctx, tx, by, e)
	if err != nil {
		return err
	}
	if len(kinds) == 0 && by.ID != userID && slices.Contains(toldActions, e.Action) {
		kinds = []string{e.Action}
	}
	for _, kind := range kinds {
		if _, err := tx.ExecContext(ctx, `INSERT INTO news (user_id, seq, kind) VALUES (?, ?, ?)`, userID, seq, kind); err != nil {
			return fmt.Errorf("note what to tell user %d: %w", userID, err)
		}
	}
	if len(kinds) > 0 {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET news_seq = ? WHERE id = ?`, seq, userID); err != nil {
			return fmt.Errorf("note what to tell user %d: %w", userID, err)
		}
	}
	return nil
}

// toldActions are those that a user is told of.
var toldActions = []string{"user.role", "user.disable", "user.enable", "user.reset-password", "user.reset-2fa", "user.password", "session.end"}

// NewsOf returns what others did to a user since they were told last, oldest first: the newest 20 of it.
func (s *Store) NewsOf(ctx context.Context, u User) ([]News, error) {
	type row struct {
		seq  int64
		kind string
	}
	told, err := allRows(ctx, s, func(r scanner) (n row, err error) { return n, r.Scan(&n.seq, &n.kind) },
		`SELECT seq, kind FROM news WHERE user_id = ? AND seq > ? AND seq <= ? ORDER BY seq DESC, kind LIMIT 20`, u.ID, u.Told, u.News)
	if err != nil {
		return nil, fmt.Errorf("read what to tell user %d: %w", u.ID, err)
	}
	var all []News
	for _, n := range slices.Backward(told) {
		e, err := scanEvent(s.read.QueryRowContext(ctx, `SELECT `+auditColumns+` FROM audit_events WHERE seq = ?`, n.seq))
		if err != nil {
			return nil, fmt.Errorf("read what to tell user %d: %w", u.ID, err)
		}
		all = append(all, News{e, n.kind})
	}
	return all, nil
}

// Told notes that a user knows of all up to a row.
func (s *Store) Told(ctx context.Context, by Actor, seq int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE users SET told_seq = max(told_seq, min(?, news_seq)) WHERE id = ?`, seq, by.ID); err != nil {
			return fmt.Errorf("note what a user knows: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM news WHERE user_id = ? AND seq <= ?`, by.ID, seq); err != nil {
			return fmt.Errorf("drop what a user knows: %w", err)
		}
		return s.addAudit(ctx, tx, by, Event{Action: "account.told", Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone, Detail: fmt.Sprintf("of all up to no. %d", seq)})
	})
}

// changeUser reads a user, lets f change them in the database, ends their sessions but keep if end is set, and records what f returns.
func (s *Store) changeUser(ctx context.Context, by Actor, id int64, end bool, keep string, f func(tx *sql.Tx, u User) (Event, error)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, id))
		if err != nil {
			return err
		}
		e, err := f(tx, u)
		if err != nil {
			return err
		}
		if end {
			n, err := endSessions(ctx, tx, s.now(), id, "", keep)
			if err != nil {
				return err
			}
			if n > 0 {
				e.Detail = joinWords(e.Detail, sessionWords(n)+" ended")
			}
		}
		e.Target, e.TargetName, e.Outcome = fmt.Sprint(u.ID), u.Email, OutcomeDone
		return s.addNews(ctx, tx, by, id, e)
	})
}

func joinWords(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// otherAdmin returns ErrLastAdmin unless somebody else is an administrator who can sign in.
func otherAdmin(ctx context.Context, tx *sql.Tx, id int64) error {
	var other bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND id <> ?)`, id).Scan(&other); err != nil {
		return fmt.Errorf("look for administrators: %w", err)
	}
	if !other {
		return ErrLastAdmin
	}
	return nil
}

// SetRole gives user id the role, ends their sessions but keep, voids links that they made, and records it. It returns ErrNotFound, ErrNoRole, ErrNoChange or ErrLastAdmin.
func (s *Store) SetRole(ctx context.Context, by Actor, id int64, role, keep string) error {
	return s.changeUser(ctx, by, id, true, keep, func(tx *sql.Tx, u User) (Event, error) {
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

// SetDisabled keeps user id from signing in, or lets them again, ends their sessions, voids links for them and by them, and records it. It returns ErrNotFound,
// ErrNoChange or ErrLastAdmin.
func (s *Store) SetDisabled(ctx context.Context, by Actor, id int64, disabled bool) error {
	return s.changeUser(ctx, by, id, disabled, "", func(tx *sql.Tx, u User) (Event, error) {
		e := Event{Action: "user.enable"}
		switch {
		case u.Disabled == disabled:
			return e, ErrNoChange
		case disabled:
			e.Action = "user.disable"
			if err := errors.Join(withdrawLinks(ctx, tx, s.now(), u.Email), withdrawLinksBy(ctx, tx, s.now(), id)); err != nil {
				return e, err
			}
			if u.Role == RoleAdmin {
				if err := otherAdmin(ctx, tx, id); err != nil {
					return e, err
				}
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE users SET disabled = ? WHERE id = ?`, disabled, id)
		return e, err
	})
}

// SetPassword sets user id's own password, ends their other sessions, and records it.
func (s *Store) SetPassword(ctx context.Context, by Actor, id int64, hash, keep string) error {
	return s.changeUser(ctx, by, id, true, keep, func(tx *sql.Tx, u User) (Event, error) {
		err := writePassword(ctx, tx, unix(s.now()), id, hash)
		if err == nil {
			err = withdrawLinks(ctx, tx, s.now(), u.Email) // a link to reset what was changed just now has no use left but a thief's
		}
		return Event{Action: "user.password"}, err
	})
}

func writePassword(ctx context.Context, tx *sql.Tx, now, id int64, hash string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password_hash = ?, password_at = ? WHERE id = ?`, hash, now, id); err != nil {
		return fmt.Errorf("set the password of user %d: %w", id, err)
	}
	return nil
}

// Policy says who must have a second factor.
type Policy struct {
	Required string `json:"required"` // "" nobody, "admins", "all"
	From     int64  `json:"from"`     // Unix seconds; until then people are reminded
	Day      string `json:"day"`      // as it was chosen, in whoever's zone
}

// TwoFactorPolicy returns the one in force.
func (s *Store) TwoFactorPolicy(ctx context.Context) (Policy, error) { return readPolicy(ctx, s.read) }

func readPolicy(ctx context.Context, db querier) (Policy, error) {
	var p Policy
	var text string
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'two-factor'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &p)
	}
	if err != nil {
		return p, fmt.Errorf("read the policy: %w", err)
	}
	return p, nil
}

// SetTwoFactorPolicy puts p in force and records it.
func (s *Store) SetTwoFactorPolicy(ctx context.Context, by Actor, p Policy) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		before, err := readPolicy(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('two-factor', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, asJSON(p)); err != nil {
			return fmt.Errorf("set the policy: %w", err)
		}
		e := Event{Action: "settings.two-factor", TargetName: "Two-factor", Outcome: OutcomeDone}
		if before.Required != p.Required {
			e.Changes = append(e.Changes, Change{"required", policyWord(before), policyWord(p)})
		}
		if before.From != p.From {
			e.Changes = append(e.Changes, Change{"from", before.Day, p.Day})
		}
		return s.addAudit(ctx, tx, by, e)
	})
}

func policyWord(p Policy) string {
	if p.Required == "" {
		return "nobody"
	}
	return p.Required
}
