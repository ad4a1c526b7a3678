package main

import (
	"context"
	"errors"
	"fmt"

	"cordboard/store"
)

type accountCmd struct {
	Rebind rebindCmd `cmd:"" help:"Bind the database to the YCM account in the settings. The portal must be stopped."`
}

type rebindCmd struct {
	dataConfig `embed:""`
	ycmConfig  `embed:""`
	Yes        bool `help:"Confirm that the account in the settings has the same PBXs."`
}

// Run binds the database to the account in the settings. It sends nothing to YCM.
func (c *rebindCmd) Run(ctx context.Context, io streams) error {
	config, problems := c.client()
	if !c.Yes {
		problems = append(problems, errors.New(
			"the account in the settings must have the same PBXs as the database, for example because YCM gave it a new "+
				"client ID. Otherwise, the next sync marks all PBXs as removed. If it has the same PBXs, pass --yes",
		))
	}
	if err := configError(problems); err != nil {
		return err
	}
	release, err := store.Lock(c.Data)
	if err != nil {
		return err
	}
	return errors.Join(c.withExisting(ctx, func(db *store.Store) error {
		from, err := db.Rebind(ctx, byCommandLine, config.URL, config.ClientID)
		if err == nil {
			fmt.Fprintf(io.out, "The database was bound to %q and is now bound to %s %s.\n", from, config.URL, config.ClientID)
		}
		return err
	}), release())
}
