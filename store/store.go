// Package store provides access to the portal's SQLite database: users, sessions, the audit log, operations, and the
// mirror of the fleet. It has its own record types, and uses neither HTTP nor YCM.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"cordboard/store/memo"
)

// ErrNotFound means that there is no matching row.
var ErrNotFound = errors.New("not found")

// Config has the settings of a Store. Dir is created if it doesn't exist.
type Config struct {
	Dir      string           // contains cordboard.db and keys/
	AuditKey string           // file with the audit log's key; "" means keys/audit
	Keep     bool             // don't migrate the database, as another version of the portal may be using it
	Now      func() time.Time // nil means time.Now

	// WriteWait limits the total time that one request waits for write access (see WithPatience). 0 means 5 seconds.
	WriteWait time.Duration
}

// Store is an open database. It is safe for concurrent use. There is one writer at a time, and readers don't wait for
// it. Callers must close the Store.
type Store struct {
	write    *sql.DB // one connection
	read     *sql.DB // read-only
	heavy    *sql.DB // read-only, for slow work: searches, exports and verification of the log
	dir      string
	copied   string // see Migrated
	now      func() time.Time
	auditKey []byte

	files     []fileID // the database's files as they were when opened
	clock     memo.Clock
	answers   answers
	writeWait time.Duration
	stuck     atomic.Int64 // time of the last failed wait, in Unix nanoseconds; 0 after a successful wait
	strangers strangers
}

// answers are the answers that pages need, kept until the database changes.
type answers struct {
	sessions    memo.Answers[string, Session]    // by token hash
	sessionData memo.Answers[string, sessionRow] // by token hash
	saved       memo.Answers[savedKey, []Saved]
	notices     memo.Answers[noticesKey, []Notice]
	open        memo.Answers[string, int64] // by account
}

const (
	// DatabaseName is the name of the database file in the data directory.
	DatabaseName   = "cordboard.db"
	readConnection = 4
)

// Open opens the database, and creates or migrates it if needed. For a new database, it also creates an audit key,
// unless c names one. Before a migration, it copies the database to a file beside it. If a newer version wrote the
// database, Open returns [ErrNewer] and changes nothing, as it does with [ErrOlder] if c says not to migrate.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if err := makePrivate(c.Dir); err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, DatabaseName)
	if err := checkVersion(ctx, path, c.Keep); err != nil {
		return nil, err
	}
	s := &Store{dir: c.Dir, now: c.Now, writeWait: c.WriteWait}
	s.clock.Log = path + "-wal"
	if s.writeWait == 0 {
		s.writeWait = writeWait
	}
	if err := s.checkKeys(ctx, c.AuditKey, path); err != nil {
		return nil, err
	}
	if err := s.connect(ctx, path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.openLog(ctx, c.AuditKey); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// ErrStateGone means that one part of the portal's data exists and another is missing.
var ErrStateGone = errors.New("part of the data is missing")

// checkKeys returns [ErrStateGone] if there are keys but no database, or if there is a database without its audit key.
// In both cases, something was lost or not mounted, and a log can't be continued without its key. An unused database
// may get a new key. Call checkKeys before anything is written.
func (s *Store) checkKeys(ctx context.Context, auditKey, database string) error {
	keys := filepath.Join(s.dir, "keys")
	info, err := os.Stat(database)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("find the database: %w", err)
	}
	if err != nil || info.Size() == 0 {
		entries, err := os.ReadDir(keys)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("read the keys directory: %w", err)
		}
		if len(entries) > 0 {
			return fmt.Errorf(
				"%w: there are keys in %s, but no database at %s. Check that the volume is mounted. Restore a "+
					"backup, or move the keys away to start with an empty database",
				ErrStateGone,
				keys,
				database,
			)
		}
		return nil
	}
	if auditKey != "" || s.HasKey("audit") {
		return nil
	}
	unused, err := isUnused(ctx, database)
	if err == nil && !unused {
		err = fmt.Errorf(
			"%w: %s, the key of this database's audit log: put it back from your backup of the keys",
			ErrStateGone,
			filepath.Join(keys, "audit"),
		)
	}
	return err
}

// isUnused reports whether a database has neither users nor audit rows, as after an interrupted first start.
func isUnused(ctx context.Context, path string) (unused bool, err error) {
	db, err := sql.Open("sqlite", dsn(path, "ro", "_pragma=query_only(1)"))
	if err != nil {
		return false, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, table := range []string{"audit_events", "users"} {
		var rows int
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`, table).
			Scan(&rows)
		if err == nil && rows > 0 {
			err = db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` LIMIT 1)`).Scan(&rows)
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, err)
		}
		if rows > 0 {
			return false, nil
		}
	}
	return true, nil
}

// openLog reads the audit log's key from file. If file is "", it reads keys/audit, and creates that key if needed.
// It returns [ErrStateGone] if there are users but no audit rows: adding a user adds a row, so the log was emptied.
func (s *Store) openLog(ctx context.Context, file string) (err error) {
	if file != "" {
		s.auditKey, err = readKey(file)
	} else {
		s.auditKey, err = s.Key("audit")
	}
	if err != nil {
		return err
	}
	var emptied bool
	if err := s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1
		FROM users) AND NOT EXISTS (SELECT 1
		FROM audit_events)`).
		Scan(&emptied); err != nil {
		return fmt.Errorf("check the audit log: %w", err)
	}
	if emptied {
		return fmt.Errorf(
			"%w: the audit log in %s is empty, but there are users, and adding a user always adds an entry. Restore "+
				"a backup",
			ErrStateGone,
			s.dir,
		)
	}
	return nil
}

func (s *Store) connect(ctx context.Context, path string) error {
	// Create the file first, so that it is private from the first byte.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil { //nolint:gosec // operator's path
		return fmt.Errorf("create the database: %w", err)
	} else if err := f.Close(); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	var err error
	if s.write, err = sql.Open("sqlite", dsn(path, "rw", "_txlock=immediate")); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.copied, err = backUpBefore(ctx, s.write, path); err != nil {
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
	if s.heavy, err = sql.Open("sqlite", dsn(path, "ro", "_pragma=query_only(1)")); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	s.heavy.SetMaxOpenConns(max(1, runtime.NumCPU()-1)) // leaves one core for interactive requests
	for _, name := range []string{path, path + "-wal"} {
		f, err := identify(name)
		if err != nil {
			return fmt.Errorf("identify %s: %w", name, err)
		}
		s.files = append(s.files, f)
	}
	return nil
}

// dsn returns a data source name that includes the pragmas, so that every connection has them. A PRAGMA statement
// that is sent through a pool reaches only one connection.
func dsn(path, mode string, more ...string) string {
	pragmas := "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=synchronous(2)&_pragma=cache_size(-2000)"
	if mode == "rw" {
		pragmas = "_pragma=journal_mode(WAL)&_pragma=journal_size_limit(16777216)&" + pragmas
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode + "&" + strings.Join(
		append([]string{pragmas}, more...),
		"&",
	)
}

// Close merges the write-ahead log into the database file and closes the database.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.heavy, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Ping returns nil if the database can be written now. It waits less than a second for write access.
func (s *Store) Ping(ctx context.Context) error {
	return s.inTx(withPatience(ctx, min(pingWait, s.writeWait)), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(
			ctx,
			`INSERT INTO meta (key, value) VALUES ('ping', '') ON CONFLICT (key) DO UPDATE SET value = ''`,
		)
		return err
	})
}

// unix returns a time as the tables store it, in Unix seconds.
func unix(t time.Time) int64 { return t.Unix() }

func fromUnix(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// timeOrZero is fromUnix for columns in which 0 means never.
func timeOrZero(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return fromUnix(seconds)
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(...any) error }

// notFound turns sql.ErrNoRows into ErrNotFound.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
