package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"cordboard/store"
)

type backupCmd struct {
	dataConfig `       embed:""`
	To         string `         required:"" help:"File to write; it must not exist. The head of the audit log's hash chain is written to a second file with .head appended to the name."`
}

func (c *backupCmd) Run(ctx context.Context, io streams) error {
	for _, path := range []string{c.To, c.To + ".head"} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s already exists: a backup never overwrites a file", errConfig, path)
		}
	}
	return c.withExisting(ctx, func(db *store.Store) error {
		head, err := db.Backup(ctx, c.To)
		if err != nil {
			return err
		}
		line, err := json.Marshal(head)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.To+".head", append(line, '\n'), 0o600); err != nil {
			return fmt.Errorf("write the chain head: %w", err)
		}
		fmt.Fprintf(
			io.out,
			"%s contains everything up to audit entry %d; its chain head is in %s.\nBack up %s as well, and store it "+
				"separately: without the keys, the audit log can't be verified and second factors can't be read.\n",
			c.To,
			head.Seq,
			c.To+".head",
			filepath.Join(c.Data, "keys"),
		)
		return nil
	})
}

type restoreCmd struct {
	dataConfig `       embed:""`
	From       string `         required:"" type:"existingfile" help:"Backup to restore. Stop the portal first."`
}

// Run checks the backup's integrity and verifies its audit log with the keys before changing anything. The previous
// database is kept beside the restored one.
func (c *restoreCmd) Run(ctx context.Context, io streams) error {
	release, err := store.Lock(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = release() }() // the lock is released on exit anyway
	head, kept, err := store.Restore(ctx, store.Config{Dir: c.Data, AuditKey: c.AuditKey}, c.From)
	var tampered *store.TamperedError
	if errors.As(err, &tampered) {
		return fmt.Errorf(
			"%w: nothing was changed. Check that %s contains the keys of this backup",
			err,
			filepath.Join(c.Data, "keys"),
		)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Restored everything up to audit entry %d. ", head.Seq)
	if kept != "" {
		fmt.Fprintf(io.out, "The previous database is now %s.\n", kept)
	}
	fmt.Fprintln(
		io.out,
		"All sessions were ended. Passwords, disabled accounts, second factors and used recovery codes are as they "+
			"were at the time of the backup. Review the users on the Team page.",
	)
	fmt.Fprintln(io.out, "When the portal starts, it checks YCM to resolve operations that were open in the backup.")
	return nil
}
