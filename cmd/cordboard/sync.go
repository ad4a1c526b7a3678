package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordboard/fleet/account"
	"cordboard/store"
	"cordboard/ycm"
)

type syncCmd struct {
	dataConfig `embed:""`
	ycmConfig  `embed:""`
}

// Run syncs once and prints the changes.
func (c *syncCmd) Run(ctx context.Context, io streams) error {
	log, logProblems := c.logger(io.err)
	config, problems := c.client()
	if err := configError(problems, logProblems); err != nil {
		return err
	}
	release, err := store.Lock(c.Data)
	if err != nil {
		return err
	}
	err = c.withOpen(ctx, store.Config{Dir: c.Data, AuditKey: c.AuditKey}, func(db *store.Store) error {
		if err := db.BindYCM(ctx, config.URL, config.ClientID); err != nil {
			return err
		}
		client, err := ycm.New(config)
		if err != nil {
			return err
		}
		defer client.Close()
		f, err := account.New(ctx, account.Config{YCM: client, Store: db, Log: log})
		if err != nil {
			return err
		}
		p, err := f.Mirror.Sync(ctx)
		fmt.Fprintf(
			io.out,
			"PBXs in YCM: %d; list requests: %d; added or changed: %d; removed: %d; duration: %s\n",
			p.Total,
			p.Requests,
			p.Written,
			p.Gone,
			p.Duration.Round(time.Millisecond),
		)
		if p.Drifted {
			fmt.Fprintln(io.out, "The list changed during the sync, so no PBX was marked as removed.")
		}
		return err
	})
	return errors.Join(err, release())
}
