package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrOtherYCM means that the database mirrors a different YCM account than the one in the settings.
var ErrOtherYCM = errors.New("the database belongs to another YCM account")

// BindYCM binds the database to the YCM account whose fleet it mirrors. If the database belongs to a different account,
// BindYCM returns [ErrOtherYCM].
func (s *Store) BindYCM(ctx context.Context, url, clientID string) error {
	identity := url + " " + clientID
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var known string
		err := tx.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'ycm'`).Scan(&known)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			_, err = tx.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('ycm', ?)`, identity)
			return err
		case err != nil:
			return fmt.Errorf("read YCM account: %w", err)
		case known != identity:
			return fmt.Errorf(
				"%w: it mirrors the fleet of %s, but the settings name %s. Use a separate data directory for each "+
					"account",
				ErrOtherYCM,
				known,
				identity,
			)
		}
		return nil
	})
}
