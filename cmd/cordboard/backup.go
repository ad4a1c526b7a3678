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
	dataConfig `embed:""`
	To         string `required:"" help:"File to write; it must not exist. The chain's head goes into a second one, with .head behind its name."`
}

func (c *backupCmd) Run(ctx context.Context, io streams) error {
	for _, path := range []string{c.To, c.To + ".head"} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s exists already: a backup never overwrites another", errConfig, path)
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
			return fmt.Errorf("write the head: %w", err)
		}
		fmt.Fprintf(io.out, "%s holds all up to audit no. %d; its head is in %s.\nKeep %s too, apart from it: without the keys neither log nor second factors can be read.\n",
			c.To, head.Seq, c.To+".head", filepath.Join(c.Data, "keys"))
		return nil
	})
}

type restoreCmd struct {
	dataConfig `embed:""`
	From       string `required:"" type:"existingfile" help:"A backup. The portal must not run."`
}

// Run checks the backup whole before it touches anything: its integrity, and its chain under the keys of the data directory. What was there stays beside it.
func (c *restoreCmd) Run(ctx context.Context, io streams) error {
	release, err := store.Lock(c.Data)
	if err != nil {
		return err
	}
	defer func() { _ = release() }() // it ends with the process anyway
	head, kept, err := store.Restore(ctx, store.Config{Dir: c.Data, AuditKey: c.AuditKey}, c.From)
	var tampered *store.TamperedError
	if errors.As(err, &tampered) {
		return fmt.Errorf("%w: nothing was changed. Are the keys of this backup in %s?", err, filepath.Join(c.Data, "keys"))
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Restored up to audit no. %d. ", head.Seq)
	if kept != "" {
		fmt.Fprintf(io.out, "What was there before is %s.\n", kept)
	}
	fmt.Fprintln(io.out, "All sessions are ended. Passwords, disabled accounts, second factors and used recovery codes are as they were then: look through the team.")
	fmt.Fprintln(io.out, "Attempts that were open in it are settled by looking at YCM when the portal starts.")
	return nil
}
