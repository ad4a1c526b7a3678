package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Prefs are what somebody likes. Their zero value is as it comes.
type Prefs struct {
	Cols    []string `json:"cols,omitempty"`    // of the list, by YCM's names; nil: the usual ones
	Density string   `json:"density,omitempty"` // comfortable, compact; "": comfortable
	Times   string   `json:"times,omitempty"`   // both, relative, absolute; "": both
	Loose   bool     `json:"loose,omitempty"`   // the first column doesn't stay while the others scroll
	Landing string   `json:"landing,omitempty"` // what opens after signing in: a view's key, "all" for all PBXs; "": the overview

	// Blocks of the overview in the order in which they stand, by key; one with a "-" before it is hidden. Those that aren't named
	// stand as they come.
	Blocks  []string `json:"blocks,omitempty"`
	KeysOff bool     `json:"keysOff,omitempty"` // no keyboard shortcuts
}

// parsePrefs reads what was written, perhaps by another version: what it can't read is as it comes.
func parsePrefs(text string) Prefs {
	var p Prefs
	if json.Unmarshal([]byte(text), &p) != nil {
		return Prefs{}
	}
	return p
}

// SetPrefs changes what a user likes.
func (s *Store) SetPrefs(ctx context.Context, userID int64, change func(*Prefs)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT prefs FROM users WHERE id = ?`, userID).Scan(&text); err != nil {
			return one(err)
		}
		p := parsePrefs(text)
		change(&p)
		written, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET prefs = ? WHERE id = ?`, string(written), userID); err != nil {
			return fmt.Errorf("keep preferences: %w", err)
		}
		return nil
	})
}
