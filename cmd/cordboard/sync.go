package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

type syncCmd struct {
	dataConfig `embed:""`
	ycmConfig  `embed:""`
}

// Run makes one pass and tells.
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
	err = c.withStore(ctx, func(db *store.Store) error {
		if err := db.BindYCM(ctx, config.URL, config.ClientID); err != nil {
			return err
		}
		client, err := ycm.New(config)
		if err != nil {
			return err
		}
		defer client.Close()
		f, err := fleet.New(ctx, fleet.Config{YCM: client, Store: db, Log: log})
		if err != nil {
			return err
		}
		p, err := f.Sync(ctx)
		fmt.Fprintf(io.out, "%d PBXs at YCM, %d list requests, %d added or changed, %d gone, in %s\n", p.Total, p.Requests, p.Written, p.Gone, p.Duration.Round(time.Millisecond))
		if p.Drifted {
			fmt.Fprintln(io.out, "The list changed while it was read, so nothing was taken for gone.")
		}
		return err
	})
	return errors.Join(err, release())
}
