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

// User roles. Each includes all permissions of the previous one.
const (
	RoleViewer   = "viewer"
	RoleOperator = "operator"
	RoleAdmin    = "admin"
)

// Roles lists the roles in order, from the fewest permissions to the most.
var Roles = []string{RoleViewer, RoleOperator, RoleAdmin}

// ErrEmailTaken means that another user has the email address, perhaps in a different spelling.
var ErrEmailTaken = errors.New("another user already has this email address")

// ErrNotFirst means that a user already exists, so the first user can't be added.
var ErrNotFirst = errors.New("a user already exists")

// User is a person with an account in the portal.
type User struct {
	UserTimes
	UserFactor
	UserNotices

	ID           int64
	Email        string
	Name         string
	Role         string
	PasswordHash string // argon2id, PHC form
	TimeZone     string // IANA name; "" means the portal's
	Disabled     bool
	Prefs        Prefs
}

// UserTimes has the times of a user's account and visits; zero means never.
type UserTimes struct {
	CreatedAt  time.Time
	SeenAt     time.Time
	BeforeAt   time.Time // end of the visit before the current one
	PasswordAt time.Time // when the password was last set
}

// UserFactor is the state of a user's second factor.
type UserFactor struct {
	Factor    bool // whether the user has a confirmed second factor
	CodesLeft int  // number of unused recovery codes
}

// UserNotices identifies a user's newest notice and the last one that the user acknowledged.
type UserNotices struct {
	NoticeSeq, AcknowledgedSeq int64 // numbers of the notices' audit rows; 0 means none
}

const userColumns = `u.id, u.email, u.name, u.role, u.password_hash, u.time_zone, u.disabled,
	u.created_at, u.prefs, u.seen_at, u.password_at, u.before_at, u.news_seq, u.told_seq,
	EXISTS (SELECT 1
	FROM factors f
	WHERE f.user_id = u.id AND f.confirmed_at > 0), (SELECT count(*)
	FROM recovery_codes c
	WHERE c.user_id = u.id AND c.used_at IS NULL)`

// userFields returns the scan destinations for a row of userColumns. Call done after the scan to complete u.
func userFields(u *User) (fields []any, done func()) {
	var created, seen, password, before int64
	var prefs string
	fields = []any{
		&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash, &u.TimeZone, &u.Disabled, &created, &prefs,
		&seen, &password, &before, &u.NoticeSeq, &u.AcknowledgedSeq, &u.Factor, &u.CodesLeft,
	}
	return fields, func() {
		u.CreatedAt, u.Prefs = fromUnix(created), parsePrefs(prefs)
		u.SeenAt, u.BeforeAt, u.PasswordAt = timeOrZero(seen), timeOrZero(before), timeOrZero(max(created, password))
	}
}

func scanUser(row scanner) (User, error) {
	var u User
	fields, done := userFields(&u)
	err := row.Scan(fields...)
	done()
	return u, notFound(err)
}

// UserByID returns a user, or ErrNotFound.
func (s *Store) UserByID(ctx context.Context, id int64) (User, error) {
	return scanUser(s.read.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, id))
}

// EmailKey returns the form in which email addresses are compared. Different spellings of one address have the same
// form.
func EmailKey(email string) string { return fold.Email(email) }

// UserByEmail returns the user with the email address, in any spelling (see [EmailKey]), or ErrNotFound.
func (s *Store) UserByEmail(ctx context.Context, email string) (User, error) {
	// If two accounts turned out to share an address (migration 12), the second one kept its old key and can still be
	// found by that key.
	return scanUser(
		s.read.QueryRowContext(
			ctx,
			`SELECT `+userColumns+` FROM users u WHERE u.email_key IN (?1, ?2) ORDER BY u.email_key <> ?1 LIMIT 1`,
			strings.ToLower(strings.TrimSpace(email)),
			EmailKey(email),
		),
	)
}

// Users returns all users, ordered by name.
func (s *Store) Users(ctx context.Context) ([]User, error) {
	users, err := allRows(ctx, s, scanUser, `SELECT `+userColumns+` FROM users u ORDER BY u.email_key`)
	if err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	slices.SortStableFunc(users, func(a, b User) int { return fold.Compare(a.Name, b.Name) })
	return users, nil
}

// HasUsers reports whether any user exists.
func (s *Store) HasUsers(ctx context.Context) (bool, error) {
	var has bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has)
	return has, err
}

// AddUser adds u, records the addition, and returns u with its ID and CreatedAt set. It returns ErrEmailTaken if
// another user has u's email address.
func (s *Store) AddUser(ctx context.Context, by Actor, u User) (User, error) {
	return s.addUser(ctx, by, u, false)
}

// AddFirstUser is like AddUser, but for the user who sets up the portal. It returns ErrNotFirst if a user already
// exists.
func (s *Store) AddFirstUser(ctx context.Context, by Actor, u User) (User, error) {
	return s.addUser(ctx, by, u, true)
}

func (s *Store) addUser(ctx context.Context, by Actor, u User, first bool) (User, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if first {
			var has bool
			if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users)`).Scan(&has); err != nil {
				return fmt.Errorf("check for users: %w", err)
			}
			if has {
				return ErrNotFirst
			}
		}
		if err := s.insertUser(ctx, tx, &u); err != nil {
			return err
		}
		return s.addAudit(
			ctx,
			tx,
			by,
			Event{
				Action:     "user.add",
				Target:     fmt.Sprint(u.ID),
				TargetName: u.Email,
				Outcome:    OutcomeDone,
				Changes:    []Change{{"role", "", u.Role}},
			},
		)
	})
	return u, err
}

func (s *Store) insertUser(ctx context.Context, tx *sql.Tx, u *User) error {
	u.CreatedAt, u.Email = fromUnix(unix(s.now())), strings.TrimSpace(u.Email)
	if err := emailFree(ctx, tx, u.Email); err != nil {
		return err
	}
	result, err := tx.ExecContext(
		ctx,
		`
INSERT INTO users (email, email_key, name, role, password_hash, time_zone, created_at)
VALUES (:email, :email_key, :name, :role, :password_hash, :time_zone, :created_at)`,
		sql.Named("email", u.Email),
		sql.Named("email_key", EmailKey(u.Email)),
		sql.Named("name", u.Name),
		sql.Named("role", u.Role),
		sql.Named("password_hash", u.PasswordHash),
		sql.Named("time_zone", u.TimeZone),
		sql.Named("created_at", unix(u.CreatedAt)),
	)
	if err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	u.ID, err = result.LastInsertId()
	return err
}

func emailFree(ctx context.Context, tx *sql.Tx, email string) error {
	var taken bool
	if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM users WHERE email_key = ?)`, EmailKey(email)).
		Scan(&taken); err != nil {
		return fmt.Errorf("check for user %s: %w", email, err)
	}
	if taken {
		return ErrEmailTaken
	}
	return nil
}
