package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"cordboard/fold"
	"cordboard/identity"
	"cordboard/store"
)

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Add somebody who may sign in."`
	List userListCmd `cmd:"" help:"List everybody who may sign in."`

	Disable       userDisableCmd       `cmd:"" help:"Keep somebody from signing in, and sign them out everywhere."`
	Enable        userEnableCmd        `cmd:"" help:"Let somebody sign in again."`
	ResetPassword userResetPasswordCmd `cmd:"" help:"Make a link, good for an hour and once, that sets a password anew."`
	Reset2FA      userReset2FACmd      `cmd:"" name:"reset-2fa" help:"Take away the second factor of somebody who lost it."`
}

type userAddCmd struct {
	dataConfig    `embed:""`
	Email         string `required:"" help:"E-mail address to sign in with."`
	Name          string `required:"" help:"Name, as the audit log shows it."`
	Role          string `required:"" help:"viewer, operator or admin."`
	PasswordStdin bool   `required:"" help:"Read the password from standard input. One newline at its end is not part of it."`
}

// byCommandLine is who acts here: whoever runs commands on this machine.
var byCommandLine = store.Actor{Email: "command line", Name: "command line"}

func (c *userAddCmd) Run(ctx context.Context, io streams) error {
	password, err := readPassword(io.in)
	if err != nil {
		return err
	}
	c.Email, c.Name = fold.Visible(strings.TrimSpace(c.Email)), strings.TrimSpace(c.Name)
	var problems []error
	for _, problem := range []string{identity.EmailProblem(c.Email), identity.NameProblem(c.Name), identity.PasswordProblem(password, c.Email)} {
		if problem != "" {
			problems = append(problems, errors.New(problem))
		}
	}
	if !slices.Contains(store.Roles, c.Role) {
		problems = append(problems, fmt.Errorf("there is no role %q: use %s", c.Role, strings.Join(store.Roles, ", ")))
	}
	if err := configError(problems); err != nil {
		return err
	}
	hash, err := identity.HashPassword(password, identity.DefaultHash)
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(db *store.Store) error {
		u, err := db.AddUser(ctx, byCommandLine, store.User{Email: c.Email, Name: c.Name, Role: c.Role, PasswordHash: hash})
		if err != nil {
			return fmt.Errorf("add %s: %w", c.Email, err)
		}
		fmt.Fprintf(io.out, "%s can sign in now, as %s.\n", u.Email, u.Role)
		return nil
	})
}

// readPassword takes all of standard input but one newline at its end.
func readPassword(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(string(b), "\ufeff"), "\n"), "\r"), nil
}

type userListCmd struct {
	dataConfig `embed:""`
}

func (c *userListCmd) Run(ctx context.Context, io streams) error {
	return c.withExisting(ctx, func(db *store.Store) error {
		users, err := db.Users(ctx)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(io.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "EMAIL\tNAME\tROLE\tSTATE\tTWO-FACTOR")
		for _, u := range users {
			state := "active"
			if u.Disabled {
				state = "disabled"
			}
			factor := "off"
			if u.Factor {
				factor = "on"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", u.Email, u.Name, u.Role, state, factor)
		}
		return t.Flush()
	})
}

// withExisting is withStore for who has no use for a new database.
func (c dataConfig) withExisting(ctx context.Context, f func(*store.Store) error) error {
	if _, err := os.Stat(filepath.Join(c.Data, store.DatabaseName)); err != nil {
		return fmt.Errorf("%w: there is no database in %s: is --data right?", errConfig, c.Data)
	}
	return c.withStore(ctx, f)
}

func (c dataConfig) withStore(ctx context.Context, f func(*store.Store) error) error {
	db, err := store.Open(ctx, store.Config{Dir: c.Data, AuditKey: c.AuditKey})
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
