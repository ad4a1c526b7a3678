package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// ErrOtherYCM means that the database mirrors another YCM account than the one in the settings.
var ErrOtherYCM = errors.New("the database belongs to another YCM")

// BindYCM makes the database remember whose fleet it mirrors, and refuses another's.
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
			return fmt.Errorf("read whose fleet it is: %w", err)
		case known != identity:
			return fmt.Errorf("%w: it holds the fleet of %s, and the settings say %s. Use another data directory for another account", ErrOtherYCM, known, identity)
		}
		return nil
	})
}
