package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cordboard/store"
)

// TestOnePortalADirectory checks that serve, sync and restore refuse to use a running portal's data directory and
// report the portal's process ID. Other commands must work while the portal runs.
func TestOnePortalADirectory(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, "--sandbox", "--sandbox-pbxs", "3", "--data", dir)
	sandbox := filepath.Join(dir, "sandbox")
	for _, args := range [][]string{
		{"serve", "--addr", "127.0.0.1:0", "--sandbox", "--data", dir},
		{
			"sync",
			"--data",
			sandbox,
			"--ycm-url",
			"http://127.0.0.1:1",
			"--ycm-client-id",
			"x",
			"--ycm-client-secret",
			"not-in-a-document",
		},
		{"restore", "--data", sandbox, "--from", os.Args[0]},
	} {
		code, _, stderr := cordboard(t, "", args...)
		if code != exitFailed || !strings.Contains(stderr, fmt.Sprintf("in use: process %d", os.Getpid())) {
			t.Errorf("cordboard %s = %d, %s; want a refusal", args[0], code, stderr)
		}
	}
	for _, args := range [][]string{
		{"user", "list", "--data", sandbox},
		{"user", "disable", "--data", sandbox, "--email", "viewer@example.com"},
		{"audit", "verify", "--data", sandbox},
		{"audit", "export", "--data", sandbox},
		{"backup", "--data", sandbox, "--to", filepath.Join(t.TempDir(), "b.db")},
	} {
		if args[1] == "disable" {
			args[5] = sandboxUsers[len(sandboxUsers)-1].Email
		}
		if code, _, stderr := cordboard(t, "", args...); code != 0 {
			t.Errorf("cordboard %s beside the portal = %d, %s; want 0", strings.Join(args[:2], " "), code, stderr)
		}
	}
	p.end(t)
	again := serve(t, "--sandbox", "--sandbox-pbxs", "3", "--data", dir)
	again.end(t)
}

// TestStateThatIsGone checks that commands fail instead of silently starting over if the database, a key or the audit
// log's rows are missing.
func TestStateThatIsGone(t *testing.T) {
	for name, tt := range map[string]struct {
		lose func(dir string) error
		want string
	}{
		"the database": {
			func(dir string) error { return os.Remove(filepath.Join(dir, store.DatabaseName)) },
			"no database",
		},
		"what is in the database": {func(dir string) error {
			return os.Truncate(filepath.Join(dir, store.DatabaseName), 0)
		}, "no database"},
		"the log's key": {
			func(dir string) error { return os.Remove(filepath.Join(dir, "keys", "audit")) },
			"put it back",
		},
		"all keys": {func(dir string) error { return os.RemoveAll(filepath.Join(dir, "keys")) }, "put it back"},
		"the log's rows": {func(dir string) error {
			db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, store.DatabaseName))
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			_, err = db.Exec(
				`DROP TRIGGER audit_events_no_update; DROP TRIGGER audit_events_no_delete; DELETE FROM audit_events`,
			)
			return err
		}, "audit log"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if code, _, stderr := cordboard(
				t,
				"brass cord switchboard",
				"user",
				"add",
				"--data",
				dir,
				"--email",
				"a@example.com",
				"--name",
				"A",
				"--role",
				"admin",
				"--password-stdin",
			); code != 0 {
				t.Fatalf("user add = %d %s", code, stderr)
			}
			if err := tt.lose(dir); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{
				{
					"serve",
					"--addr",
					"127.0.0.1:0",
					"--data",
					dir,
					"--ycm-url",
					"http://127.0.0.1:1",
					"--ycm-client-id",
					"x",
					"--ycm-client-secret",
					"not-in-a-document",
				},
				{"audit", "verify", "--data", dir},
				{"user", "list", "--data", dir},
			} {
				code, out, stderr := cordboard(t, "", args...)
				if code == 0 || !strings.Contains(stderr, tt.want) || strings.Contains(out, "Verified ") {
					t.Errorf("cordboard %s = %d, %q, %q; want %q in the error", args[0], code, out, stderr, tt.want)
				}
			}
		})
	}
}
