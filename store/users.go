package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Roles, each with all that the one before may do.
const (
	RoleViewer   = "viewer"
	RoleOperator = "operator"
	RoleAdmin    = "admin"
)

// Roles lists them in the order of what they may do.
var Roles = []string{RoleViewer, RoleOperator, RoleAdmin}

// ErrEmailTaken means that another user has the e-mail address, perhaps in other letters.
var ErrEmailTaken = errors.New("another user has this e-mail address")

// ErrNotFirst means that a user exists already, so that none can be set up as the first one.
var ErrNotFirst = errors.New("there is a user already")

// User is a person who may sign in.
type User struct {
	ID           int64
	Email        string
	Name         string
	Role         string
	PasswordHash string // argon2id, PHC form
	TimeZone     string // IANA name; "" means the portal's
	Disabled     bool
	CreatedAt    time.Time
	Prefs        Prefs
	BeforeAt     time.Time // when they were here last before the visit that is on; zero: never. Sessions alone have it
}

const userColumns = `id, email, name, role, password_hash, time_zone, disabled, created_at, prefs`

func scanUser(row scanner) (User, error) {
	var u User
	var created int64
	var prefs string
	err := row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash, &u.TimeZone, &u.Disabled, &created, &prefs)
	u.CreatedAt, u.Prefs = fromUnix(created), parsePrefs(prefs)
	return u, one(err)
}

// EmailKey is the form in which e-mail addresses are compared.
func EmailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// UserByEmail returns the user with that address, in whatever letters, or ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE email_key = ?`, EmailKey(email)))
}

// Users returns everybody, by e-mail address.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	users, err := allRows(ctx, s, scanUser, `SELECT `+userColumns+` FROM users ORDER BY email_key`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	return users, nil
}

// HasUsers says whether anybody may sign in yet.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	var has bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has)
	return has, err
}

// AddUser adds u, whose ID and CreatedAt are set by it, and records who did so. It returns ErrEmailTaken if the address
// is in use.
func (s *Store) AddUser(ctx context.Context, by Actor, u User) (User, error) {
	return s.addUser(ctx, by, u, false)
}

// AddFirstUser is AddUser for the one who sets the portal up; ErrNotFirst if somebody was faster.
func (s *Store) AddFirstUser(ctx context.Context, by Actor, u User) (User, error) {
	return s.addUser(ctx, by, u, true)
}

func (s *Store) addUser(ctx context.Context, by Actor, u User, first bool) (User, error) {
	u.CreatedAt = fromUnix(unix(s.now()))
	u.Email = strings.TrimSpace(u.Email)
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var taken, any bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE email_key = ?), EXISTS (SELECT 1 FROM users)`, EmailKey(u.Email)).Scan(&taken, &any); err != nil {
			return fmt.Errorf("look for %s: %w", u.Email, err)
		}
		switch {
		case first && any:
			return ErrNotFirst
		case taken:
			return ErrEmailTaken
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO users (email, email_key, name, role, password_hash, time_zone, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			u.Email, EmailKey(u.Email), u.Name, u.Role, u.PasswordHash, u.TimeZone, unix(u.CreatedAt))
		if err != nil {
			return fmt.Errorf("add user: %w", err)
		}
		if u.ID, err = result.LastInsertId(); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{Action: "user.add", Target: fmt.Sprint(u.ID), TargetName: u.Email, Outcome: OutcomeDone, Detail: "role " + u.Role})
	})
	return u, err
}
