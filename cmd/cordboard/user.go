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
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/store"
)

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"Add a user."`
	List userListCmd `cmd:"" help:"List all users."`

	Disable       userDisableCmd       `cmd:"" help:"Disable an account and end all of its sessions."`
	Enable        userEnableCmd        `cmd:"" help:"Enable a disabled account."`
	ResetPassword userResetPasswordCmd `cmd:"" help:"Create a single-use password-reset link (valid for 1 hour)."`
	Reset2FA      userReset2FACmd      `cmd:"" help:"Remove a user's second factor."                              name:"reset-2fa"`
}

type userAddCmd struct {
	dataConfig    `       embed:""`
	Email         string `         required:"" help:"Email address for signing in."`
	Name          string `         required:"" help:"Name shown in the audit log."`
	Role          string `         required:"" help:"Role: viewer, operator or admin."`
	PasswordStdin bool   `         required:"" help:"Read the password from standard input. One trailing newline is ignored."`
}

// byCommandLine is the actor in the audit log for commands that are run on this machine.
var byCommandLine = store.Actor{Email: "command line", Name: "command line"}

func (c *userAddCmd) Run(ctx context.Context, io streams) error {
	password, err := readPassword(io.in)
	if err != nil {
		return err
	}
	c.Email, c.Name = fold.Visible(strings.TrimSpace(c.Email)), strings.TrimSpace(c.Name)
	var problems []error
	for _, problem := range []identity.Problem{
		identity.EmailProblem(c.Email),
		identity.NameProblem(c.Name),
		identity.PasswordProblem(password, c.Email),
	} {
		if problem != "" {
			problems = append(problems, errors.New(display.AccountProblem(problem)))
		}
	}
	if !slices.Contains(store.Roles, c.Role) {
		problems = append(problems, fmt.Errorf("%q is not a role: use one of %s", c.Role, strings.Join(store.Roles, ", ")))
	}
	if err := configError(problems); err != nil {
		return err
	}
	hash, err := identity.HashPassword(password, identity.DefaultHash)
	if err != nil {
		return err
	}
	return c.withStore(ctx, func(db *store.Store) error {
		u, err := db.AddUser(
			ctx,
			byCommandLine,
			store.User{
				Email:        c.Email,
				Name:         c.Name,
				Role:         c.Role,
				PasswordHash: hash,
			},
		)
		if err != nil {
			return fmt.Errorf("add %s: %w", c.Email, err)
		}
		fmt.Fprintf(io.out, "%s can now sign in with the %s role.\n", u.Email, u.Role)
		return nil
	})
}

// readPassword reads the password from r. It strips one trailing newline and a leading byte order mark.
func readPassword(r io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(r, 4096))
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
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

// withExisting is like withStore, but fails if no database exists.
func (c dataConfig) withExisting(ctx context.Context, f func(*store.Store) error) error {
	if _, err := os.Stat(filepath.Join(c.Data, store.DatabaseName)); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: no database in %s: check --data", errConfig, c.Data)
	} else if err != nil {
		return fmt.Errorf("%w: the database can't be read: %w. Run the command as the portal's user", errConfig, err)
	}
	return c.withStore(ctx, f)
}

// withStore calls f with the database, which it creates if needed. It doesn't migrate the database, because the portal
// may be running with it.
func (c dataConfig) withStore(ctx context.Context, f func(*store.Store) error) error {
	return c.withOpen(ctx, store.Config{Dir: c.Data, AuditKey: c.AuditKey, Keep: true}, f)
}

func (dataConfig) withOpen(ctx context.Context, config store.Config, f func(*store.Store) error) error {
	db, err := store.Open(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
