package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fold"
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
	SeenAt       time.Time // zero: never
	PasswordAt   time.Time // when the password was set last
	Factor       bool      // they have a second factor
	CodesLeft    int       // recovery codes
	Prefs        Prefs
	News, Told   int64     // the newest event that somebody else made of them, and up to which they were told
	BeforeAt     time.Time // when they were here last before the visit that is on; zero: never
}

const userColumns = `u.id, u.email, u.name, u.role, u.password_hash, u.time_zone, u.disabled, u.created_at, u.prefs, u.seen_at, u.password_at, u.before_at, u.news_seq, u.told_seq,
	EXISTS (SELECT 1 FROM factors f WHERE f.user_id = u.id AND f.confirmed_at > 0), (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id AND c.used_at IS NULL)`

// userFields are where a row of userColumns goes; done makes them a User's.
func userFields(u *User) (fields []any, done func()) {
	var created, seen, password, before int64
	var prefs string
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash, &u.TimeZone, &u.Disabled, &created, &prefs, &seen, &password, &before, &u.News, &u.Told, &u.Factor, &u.CodesLeft}, func() {
		u.CreatedAt, u.Prefs = fromUnix(created), parsePrefs(prefs)
		u.SeenAt, u.BeforeAt, u.PasswordAt = orZero(seen), orZero(before), orZero(max(created, password))
	}
}

func scanUser(row scanner) (User, error) {
	var u User
	fields, done := userFields(&u)
	err := row.Scan(fields...)
	done()
	return u, one(err)
}

// UserByID returns a user, or ErrNotFound.
func (s *Store) UserByID(ctx context.Context, id int64) (User, error) {
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, id))
}

// EmailKey is the form in which e-mail addresses are compared, however they are spelled.
func EmailKey(email string) string { return fold.Email(email) }

// UserByEmail returns the user with that address, in whatever letters, or ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	// Where two accounts turned out to have one address (migration 12), the second has the key of before, by which it is still found.
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.email_key IN (?1, ?2) ORDER BY u.email_key <> ?1 LIMIT 1`,
		strings.ToLower(strings.TrimSpace(email)), EmailKey(email)))
}

// Users returns everybody, by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	users, err := allRows(ctx, s, scanUser, `SELECT `+userColumns+` FROM users u ORDER BY u.email_key`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	slices.SortStableFunc(users, func(a, b User) int { return fold.Compare(a.Name, b.Name) })
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
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if first {
			var any bool
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&any); err != nil {
				return fmt.Errorf("look for users: %w", err)
			}
			if any {
				return ErrNotFirst
			}
		}
		if err := s.insertUser(ctx, tx, &u); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{Action: "user.add", Target: fmt.Sprint(u.ID), TargetName: u.Email, Outcome: OutcomeDone, Changes: []Change{{"role", "", u.Role}}})
	})
	return u, err
}

func (s *Store) insertUser(ctx context.Context, tx *sql.Tx, u *User) error {
	u.CreatedAt, u.Email = fromUnix(unix(s.now())), strings.TrimSpace(u.Email)
	if err := emailFree(ctx, tx, u.Email); err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `INSERT INTO users (email, email_key, name, role, password_hash, time_zone, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		u.Email, EmailKey(u.Email), u.Name, u.Role, u.PasswordHash, u.TimeZone, unix(u.CreatedAt))
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	u.ID, err = result.LastInsertId()
	return err
}

func emailFree(ctx context.Context, tx *sql.Tx, email string) error {
	var taken bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE email_key = ?)`, EmailKey(email)).Scan(&taken); err != nil {
		return fmt.Errorf("look for %s: %w", email, err)
	}
	if taken {
		return ErrEmailTaken
	}
	return nil
}
