package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// ErrOtherYCM means that the database mirrors a different YCM account than the one in the settings.
var ErrOtherYCM = errors.New("the database belongs to another YCM account")

// BindYCM binds the database to the YCM account whose fleet it mirrors. If the database belongs to a different account,
// BindYCM returns [ErrOtherYCM]. A database that has nothing from YCM yet, as after a start with a misspelled setting,
// belongs to no account.
func (s *Store) BindYCM(ctx context.Context, address, clientID string) error {
	identity := normalAddress(address) + " " + clientID
	return s.inTx(ctx, func(tx *sql.Tx) error {
		known, err := boundTo(ctx, tx)
		if err != nil {
			return err
		}
		bound, client, _ := strings.Cut(known, " ")
		if normalAddress(bound)+" "+client == identity {
			return nil
		}
		var used bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pbxs) OR EXISTS (SELECT 1 FROM operations)
			OR EXISTS (SELECT 1 FROM subscription_readings) OR EXISTS (SELECT 1 FROM sync_runs WHERE ok)`).
			Scan(&used); err != nil {
			return fmt.Errorf("find data from YCM: %w", err)
		}
		if known != "" && used {
			return fmt.Errorf(
				"%w: it mirrors the fleet of %s, but the settings name %s. Use a separate data directory for each "+
					"account. If the account only has a new address or client ID, run cordboard account rebind",
				ErrOtherYCM,
				known,
				identity,
			)
		}
		return bindTo(ctx, tx, identity)
	})
}

// boundTo returns the account to which the database is bound, as URL and client ID, or "".
func boundTo(ctx context.Context, tx *sql.Tx) (identity string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'ycm'`).Scan(&identity)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read YCM account: %w", err)
	}
	return identity, nil
}

func bindTo(ctx context.Context, tx *sql.Tx, identity string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('ycm', ?)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, identity)
	if err != nil {
		return fmt.Errorf("store YCM account: %w", err)
	}
	return nil
}

// normalAddress returns a URL without what can be spelled in several ways: case, the default port, and a final slash.
// What isn't a URL, such as "sandbox", stays as it is.
func normalAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]; port != "" {
		u.Host = strings.TrimSuffix(u.Host, port)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u.String()
}

// Rebind binds the database to another YCM account, such as when YCM gave a new client ID, and records this. It returns
// the account to which the database was bound, as URL and client ID. The caller has made sure that the other account
// has the same PBXs.
func (s *Store) Rebind(ctx context.Context, by Actor, address, clientID string) (from string, err error) {
	to := normalAddress(address) + " " + clientID
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if from, err = boundTo(ctx, tx); err != nil || from == to {
			return err
		}
		if err := bindTo(ctx, tx, to); err != nil {
			return err
		}
		return s.addAudit(ctx, tx, by, Event{
			Action: "account.rebind", Target: "ycm", Outcome: OutcomeDone, Changes: []Change{{"account", from, to}},
		})
	})
	return from, err
}
