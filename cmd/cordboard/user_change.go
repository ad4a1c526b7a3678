package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"cordboard/handlers/team"
	"cordboard/store"
)

// whom has the flags of a command that changes a user: the user's email address, and the reason for the change.
type whom struct {
	Email  string `required:"" help:"The user's email address (case-insensitive)."`
	Reason string `            help:"Reason for the audit log, such as a ticket number."`
}

// change runs f for the user, and prints the user's email address followed by the text in done.
func (w whom) change(
	ctx context.Context,
	c dataConfig,
	io streams,
	done string,
	f func(db *store.Store, by store.Actor, u store.User) error,
) error {
	by := byCommandLine
	by.Reason = w.Reason
	return c.withExisting(ctx, func(db *store.Store) error {
		u, err := db.UserByEmail(ctx, w.Email)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("no user with the email address %s", w.Email)
		}
		if err == nil {
			err = f(db, by, u)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", w.Email, err)
		}
		fmt.Fprintf(io.out, "%s %s\n", u.Email, done)
		return nil
	})
}

type userDisableCmd struct {
	dataConfig `embed:""`
	whom       `embed:""`
}

func (c *userDisableCmd) Run(ctx context.Context, io streams) error {
	return c.change(
		ctx,
		c.dataConfig,
		io,
		"can no longer sign in and was signed out everywhere.",
		func(db *store.Store, by store.Actor, u store.User) error {
			return db.DisableUser(ctx, by, u.ID)
		},
	)
}

type userEnableCmd struct {
	dataConfig `embed:""`
	whom       `embed:""`
}

func (c *userEnableCmd) Run(ctx context.Context, io streams) error {
	return c.change(
		ctx,
		c.dataConfig,
		io,
		"can sign in again.",
		func(db *store.Store, by store.Actor, u store.User) error {
			return db.EnableUser(ctx, by, u.ID)
		},
	)
}

type userReset2FACmd struct {
	dataConfig `embed:""`
	whom       `embed:""`
}

func (c *userReset2FACmd) Run(ctx context.Context, io streams) error {
	return c.change(
		ctx,
		c.dataConfig,
		io,
		"no longer has a second factor and was signed out everywhere.",
		func(db *store.Store, by store.Actor, u store.User) error {
			err := db.RemoveFactor(ctx, by, u.ID, "user.reset-2fa", "")
			if errors.Is(err, store.ErrNotFound) {
				return errors.New("no second factor to remove")
			}
			return err
		},
	)
}

type userResetPasswordCmd struct {
	dataConfig `       embed:""`
	whom       `       embed:""`
	PublicURL  string `         env:"CORDBOARD_PUBLIC_URL" help:"Public HTTPS URL of the portal, used in the link."`
	Addr       string `         env:"CORDBOARD_ADDR"       help:"Address that the portal listens on, used in the link if there is no public URL." default:"127.0.0.1:8080"`
}

// base returns the portal's URL, derived from the same settings that the serve command uses.
func (c *userResetPasswordCmd) base() (string, error) {
	if c.PublicURL != "" {
		address, err := normalURL(strings.TrimSuffix(c.PublicURL, "/"))
		// A portal can use plain HTTP if it listens only on this machine or was started with --allow-insecure-http. This
		// command can't check either.
		if err != nil && strings.HasPrefix(c.PublicURL, "http://") {
			return strings.TrimSuffix(c.PublicURL, "/"), nil
		}
		if err != nil {
			return "", fmt.Errorf(
				"%w: CORDBOARD_PUBLIC_URL %q must be https://HOST or https://HOST:PORT",
				errConfig,
				c.PublicURL,
			)
		}
		return address, nil
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return "", fmt.Errorf("%w: for a link, set CORDBOARD_PUBLIC_URL, or CORDBOARD_ADDR as host:port", errConfig)
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1" // the portal listens there too
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

func (c *userResetPasswordCmd) Run(ctx context.Context, io streams) error {
	base, err := c.base()
	if err != nil {
		return err
	}
	token := rand.Text()
	link := base + "/link?" + url.Values{"token": {token}}.Encode()
	return c.change(
		ctx,
		c.dataConfig,
		io,
		"can set a new password with this single-use link, valid for 1 hour:\n  "+link,
		func(db *store.Store, by store.Actor, u store.User) error {
			return db.OfferPassword(ctx, by, u.ID, store.HashToken(token), time.Now().Add(team.PasswordLinkFor))
		},
	)
}
