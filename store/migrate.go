package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// ErrNewer means that a later version of Cordboard wrote the database.
var ErrNewer = errors.New("the database was written by a newer version of Cordboard")

// ErrOlder means that the database would have to be migrated first.
var ErrOlder = errors.New("the database is of an older version of Cordboard")

// schemaVersion is the version of the newest migration.
const schemaVersion = 27

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// checkVersion returns an error unless this version can open the database. The database must be private and readable,
// and its schema must not be newer than schemaVersion or, if keep is set, older. A missing or empty file is valid. Call
// checkVersion before anything else opens the database; its own connection can't write.
func checkVersion(ctx context.Context, path string, keep bool) (err error) {
	if info, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	if err := checkPrivate(path); err != nil {
		return err
	}
	db, err := sql.Open("sqlite", dsn(path, "ro", "_pragma=query_only(1)"))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`).
		Scan(&tables); err != nil {
		return fmt.Errorf("%s is not a readable database: %w", path, err)
	}
	if tables == 0 {
		return nil
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).
		Scan(&version); err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if version > schemaVersion {
		return fmt.Errorf(
			"%w (schema %d; this version supports %d): nothing was changed; run the newer version, or restore a "+
				"backup made before the upgrade",
			ErrNewer,
			version,
			schemaVersion,
		)
	}
	if keep && version < schemaVersion {
		return fmt.Errorf(
			"%w (schema %d; this version needs %d): nothing was changed. Starting the portal migrates it; until then, use "+
				"the version that wrote it",
			ErrOlder,
			version,
			schemaVersion,
		)
	}
	return nil
}
