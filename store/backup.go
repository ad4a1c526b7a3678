package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Backup copies the current database to a new file, and returns the head of the copy's audit log. The file must not
// exist yet. Readers and writers don't wait for the backup. The start of the backup is recorded before the copy is
// made, so the copy contains that row. The outcome is recorded afterward.
func (s *Store) Backup(ctx context.Context, to string) (Head, error) {
	if err := s.Audit(
		ctx,
		commandLine,
		Event{Action: "database.backup", TargetName: filepath.Base(to), Outcome: OutcomeAsked},
	); err != nil {
		return Head{}, err
	}
	if err := makeEmpty(to); err != nil {
		return Head{}, s.backedUp(ctx, to, err)
	}
	if err := s.copyInto(ctx, to); err != nil {
		return Head{}, s.backedUp(ctx, to, err)
	}
	copied, err := sql.Open("sqlite", dsn(to, "ro", "_pragma=query_only(1)"))
	if err != nil {
		return Head{}, fmt.Errorf("open the backup: %w", err)
	}
	head, err := (&Store{read: copied, heavy: copied}).AuditHead(ctx)
	return head, s.backedUp(ctx, to, errors.Join(err, copied.Close()))
}

// backedUp records the outcome of a backup. It returns err, joined with any error from recording.
func (s *Store) backedUp(ctx context.Context, to string, err error) error {
	e := Event{Action: "database.backup", TargetName: filepath.Base(to), Outcome: OutcomeDone}
	if err != nil {
		e.Outcome = OutcomeFailed
	}
	return errors.Join(err, s.Audit(ctx, commandLine, e))
}

// makeEmpty creates an empty file that only the current OS user can access, so that the backup is private from its
// first byte.
func makeEmpty(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names it
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("create the backup file: %w", err)
	}
	return nil
}

// commandLine is the actor for commands that are run on this machine.
var commandLine = Actor{Email: "command line", Name: "command line"}

// copyInto copies the database through a separate connection, so that neither writers nor readers wait.
func (s *Store) copyInto(ctx context.Context, to string) error {
	db, err := sql.Open("sqlite", dsn(filepath.Join(s.dir, DatabaseName), "rw"))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	return errors.Join(vacuumInto(ctx, db, to), db.Close())
}

// vacuumInto copies a database into an existing, empty file. The parameter to is the file's path.
func vacuumInto(ctx context.Context, db *sql.DB, to string) error {
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("write the backup: %w", err)
	}
	return nil
}

// Restore verifies a backup and its audit log with the log's key, and makes the backup the database of the data
// directory. It also migrates the restored database, ends its sessions and withdraws its links. head is the head of the
// backup's log. Restore keeps the previous database beside the restored one; kept is its path, or "" if there was none.
// Restore returns a [TamperedError] if the log does not match what was written.
func Restore(ctx context.Context, c Config, from string) (head Head, kept string, err error) {
	dir := c.Dir
	staged := filepath.Join(dir, DatabaseName+".restoring")
	if err := errors.Join(makePrivate(dir), removeAll(staged)); err != nil {
		return head, "", err
	}
	if err := copyFile(staged, from); err != nil {
		return head, "", err
	}
	head, err = checkBackup(ctx, c, staged, from)
	if err != nil {
		return head, "", errors.Join(err, removeAll(staged))
	}
	path := filepath.Join(dir, DatabaseName)
	if _, err := os.Stat(path); err == nil {
		if kept, err = setAside(ctx, path); err != nil {
			return head, "", errors.Join(err, removeAll(staged))
		}
	}
	if err := os.Rename(staged, path); err != nil {
		return head, kept, fmt.Errorf("put the backup into place: %w", err)
	}
	return head, kept, syncDir(dir)
}

// checkBackup returns an error unless the database at path is intact, its version is supported, and its log can be
// verified with the audit key. It migrates the database, ends its sessions, withdraws its links, and records the
// restore. head is the head of the log before that record.
func checkBackup(ctx context.Context, c Config, path, from string) (head Head, err error) {
	if err := checkVersion(ctx, path, false); err != nil {
		return head, err
	}
	db, err := sql.Open("sqlite", dsn(path, "rw", "_txlock=immediate"))
	if err != nil {
		return head, fmt.Errorf("open the backup: %w", err)
	}
	s := &Store{read: db, heavy: db, write: db, dir: c.Dir, now: time.Now, writeWait: writeWait}
	defer func() { err = errors.Join(err, db.Close()) }()
	var result string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&result); err != nil || result != "ok" {
		return head, fmt.Errorf("the backup is damaged: %s: %w", result, errors.Join(err, ErrTampered))
	}
	if err := migrate(ctx, db); err != nil { // the backup may be from an earlier version
		return head, err
	}
	if err := s.checkKeys(ctx, c.AuditKey, path); err != nil {
		return head, err
	}
	if err := s.openLog(ctx, c.AuditKey); err != nil {
		return head, err
	}
	if head, err = s.VerifyAudit(ctx, Head{}); err != nil {
		return head, err
	}
	return head, s.restored(ctx, filepath.Base(from))
}

// restored ends all sessions and withdraws all links. Otherwise, the restore would revive sessions that have ended, and
// links that have been used, since the backup. restored also records the restore. From that row on, the log doesn't
// match chain heads that were saved between the backup and the restore.
func (s *Store) restored(ctx context.Context, from string) error {
	now := unix(s.now())
	return s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE sessions SET revoked_at = ?, data = x'' WHERE revoked_at IS NULL`,
			now,
		); err != nil {
			return fmt.Errorf("end the sessions: %w", err)
		}
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE links SET withdrawn_at = ? WHERE used_at IS NULL AND withdrawn_at IS NULL`,
			now,
		); err != nil {
			return fmt.Errorf("withdraw the links: %w", err)
		}
		return s.addAudit(
			ctx,
			tx,
			commandLine,
			Event{
				Action:     "database.restore",
				TargetName: from,
				Outcome:    OutcomeDone,
				Notes:      []Note{NewNote(NoteAllEnded)},
			},
		)
	})
}

// setAside creates a second hard link to a closed database, and returns the link's path. It first merges the
// write-ahead log into the file.
func setAside(ctx context.Context, path string) (string, error) {
	db, err := sql.Open("sqlite", dsn(path, "rw", "_txlock=immediate"))
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	// Without other connections, the whole write-ahead log is merged, so the file alone is the complete database.
	_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	if err := errors.Join(err, db.Close()); err != nil {
		return "", fmt.Errorf("close %s: %w", path, err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return "", fmt.Errorf("%s is in use, and nothing was changed: stop the portal first", path)
	}
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.before-%d", path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			// Link rather than rename, so that a database exists at every moment.
			if err := os.Link(path, aside); err != nil {
				return "", fmt.Errorf("keep the previous database: %w", err)
			}
			return aside, nil
		}
	}
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("read the backup: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // in the data directory
	if err != nil {
		return fmt.Errorf("copy the backup: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy the backup: %w", err)
	}
	return nil
}

// removeAll removes an unfinished database, with its write-ahead log and shared-memory file. It ignores missing files.
func removeAll(path string) error {
	var errs []error
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// backUpBefore makes a backup beside the database before a migration changes the database, and returns its path. It
// does nothing if the database is new or already current.
func backUpBefore(ctx context.Context, db *sql.DB, path string) (to string, err error) {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).
		Scan(&tables); err != nil ||
		tables == 0 {
		return "", err
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).
		Scan(&version); err != nil {
		return "", fmt.Errorf("read the schema version: %w", err)
	}
	if version == 0 || version >= schemaVersion {
		return "", nil
	}
	to = fmt.Sprintf("%s.schema-%d", strings.TrimSuffix(path, ".db"), version)
	if err := removeAll(to); err != nil { // left by an interrupted start
		return "", err
	}
	if err := makeEmpty(to); err != nil {
		return "", err
	}
	return to, vacuumInto(ctx, db, to)
}

// Migrated returns the path of the copy that Open made of the database before it migrated it, or "" if it didn't.
func (s *Store) Migrated() string { return s.copied }
