// Package store is the portal's SQLite database: users, sessions, the audit log, and the mirror of the fleet. It speaks in
// its own records and knows neither HTTP nor YCM.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite" // the driver, named "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound means that no row has the given key.
var ErrNotFound = errors.New("not found")

// Config says where the database is. Dir is made if it doesn't exist.
type Config struct {
	Dir      string           // holds cordboard.db and keys/
	AuditKey string           // file of the audit log's key; "" is keys/audit
	Now      func() time.Time // time.Now
}

// Store is safe for concurrent use. There is one writer at a time; readers don't wait for it. Close it.
type Store struct {
	write    *sql.DB // one connection
	read     *sql.DB // can't write
	dir      string
	now      func() time.Time
	auditKey []byte

	strangers strangers
}

const (
	// DatabaseName is the file in the data directory.
	DatabaseName   = "cordboard.db"
	readConnection = 4
)

// Open opens the database, makes or migrates it as needed, and makes the audit key of a new one. Before migrating it copies the database beside itself. It returns
// [ErrNewer] for a database that a later version has written, and leaves that as it is.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := makePrivate(c.Dir); err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, DatabaseName)
	if err := checkVersion(ctx, path); err != nil {
		return nil, err
	}
	s := &Store{dir: c.Dir, now: c.Now}
	var err error
	if s.auditKey, err = s.openAuditKey(c.AuditKey, path); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openAuditKey reads the key from where the settings say, or from keys/audit, which is made with the database and never after: a log whose key is lost
// can't be gone on with.
func (s *Store) openAuditKey(file, database string) ([]byte, error) {
	if file != "" {
		return readKey(file)
	}
	if info, err := os.Stat(database); err == nil && info.Size() > 0 && !s.HasKey("audit") {
		return nil, fmt.Errorf("%s is missing, which the audit log of this database is under: put it back from where the keys are kept", filepath.Join(s.dir, "keys", "audit"))
	}
	return s.Key("audit")
}

func (s *Store) connect(ctx context.Context, path string) error {
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil { //nolint:gosec // in the operator's directory, and ours alone from its first byte
		return fmt.Errorf("make the database: %w", err)
	} else if err := f.Close(); err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	var err error
	if s.write, err = sql.Open("sqlite", dsn(path, "rw", "_txlock=immediate")); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.write.SetMaxOpenConns(1)
	if err := backUpBefore(ctx, s.write, path); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	if s.read, err = sql.Open("sqlite", dsn(path, "ro", "_pragma=query_only(1)")); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.read.SetMaxOpenConns(readConnection)
	s.read.SetMaxIdleConns(readConnection)
	return nil
}

// dsn names the pragmas, and so every connection has them: sent through a pool, a PRAGMA reaches one connection only.
func dsn(path, mode string, more ...string) string {
	pragmas := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=synchronous(2)&_pragma=cache_size(-2000)"
	if mode == "rw" {
		pragmas = "_pragma=journal_mode(WAL)&_pragma=journal_size_limit(16777216)&" + pragmas
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode + "&" + strings.Join(append([]string{pragmas}, more...), "&")
}

// Close writes the log back into the database file and closes it.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping says whether the database takes writes now.
func (s *Store) Ping(ctx context.Context) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('ping', '') ON CONFLICT (key) DO UPDATE SET value = ''`)
		return err
	})
}

// ErrUnavailable means that the database takes no writes now: the disk is full, broken, or may only be read.
var ErrUnavailable = errors.New("the database can't be written")

// outage marks the errors that are the machine's fault as ErrUnavailable.
func outage(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff { // the primary code
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// inTx runs f in a write transaction, and keeps what it did if it returns nil.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", outage(err))
	}
	if err := f(tx); err != nil {
		return errors.Join(outage(err), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", outage(err))
	}
	return nil
}

// unix is a time as the tables hold it.
func unix(t time.Time) int64 { return t.Unix() }

func fromUnix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// orZero is fromUnix where 0 stands for never.
func orZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return fromUnix(seconds)
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

// one turns sql.ErrNoRows into ErrNotFound.
func one(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
