package store

import (
	"database/sql"
	"testing"
)

// TestPragmas checks the pragmas of every connection of the write and read pools. All connections are open at once,
// because a PRAGMA statement sent through a pool reaches only one of them.
func TestPragmas(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.read.ExecContext(t.Context(), `DELETE FROM users`); err == nil {
		t.Error("the read pool can write")
	}
	s.write.SetMaxOpenConns(8)
	s.read.SetMaxOpenConns(16)
	for name, pool := range map[string]struct {
		db        *sql.DB
		n         int
		queryOnly int
	}{"write": {s.write, 8, 0}, "read": {s.read, 16, 1}} {
		for i := range pool.n {
			c, err := pool.db.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			var journal string
			var synchronous, foreignKeys, busy, queryOnly int
			for pragma, into := range map[string]any{
				"journal_mode": &journal,
				"synchronous":  &synchronous,
				"foreign_keys": &foreignKeys,
				"busy_timeout": &busy,
				"query_only":   &queryOnly,
			} {
				if err := c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(into); err != nil {
					t.Fatal(err)
				}
			}
			if journal != "wal" || synchronous != 2 || foreignKeys != 1 || busy < 5000 || queryOnly != pool.queryOnly {
				t.Errorf(
					"%s connection %d: journal_mode=%s synchronous=%d foreign_keys=%d busy_timeout=%d query_only=%d, "+
						"want wal, 2, 1, at least 5000, and 1 for the read pool only",
					name,
					i,
					journal,
					synchronous,
					foreignKeys,
					busy,
					queryOnly,
				)
			}
		}
	}
}
