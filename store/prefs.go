package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Prefs are a user's preferences. The zero value means the defaults.
type Prefs struct {
	Cols             []string `json:"cols,omitempty"`    // YCM's names of the list's columns; nil: the default columns
	Density          string   `json:"density,omitempty"` // compact, comfortable; "": compact
	Times            string   `json:"times,omitempty"`   // both, relative, absolute; "": both
	UnpinFirstColumn bool     `json:"loose,omitempty"`   // the first column is not frozen
	Landing          string   `json:"landing,omitempty"` // key of the view at /, or "all" (all PBXs); "": the overview

	// Blocks are the keys of the overview's blocks, in the user's order. A "-" before a key hides the block.
	// Blocks that aren't named keep their default positions.
	Blocks  []string `json:"blocks,omitempty"`
	KeysOff bool     `json:"keysOff,omitempty"` // keyboard shortcuts are off
	Theme   string   `json:"theme,omitempty"`   // light, dark; "": the system's
	Dates   string   `json:"dates,omitempty"`   // date format (see ui.DateFormats); "": 17 Mar 2026
}

// parsePrefs parses stored preferences, which another version may have written. It returns the defaults if it
// can't parse them.
func parsePrefs(text string) Prefs {
	var p Prefs
	if json.Unmarshal([]byte(text), &p) != nil {
		return Prefs{}
	}
	return p
}

// SetPrefs calls change to modify the actor's preferences or time zone, and records the changes as action.
func (s *Store) SetPrefs(ctx context.Context, by Actor, action string, change func(*User)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, by.ID))
		if err != nil {
			return err
		}
		before := u.preferences()
		change(&u)
		after := u.preferences()
		if _, err := tx.ExecContext(
			ctx,
			`UPDATE users SET prefs = ?, time_zone = ? WHERE id = ?`,
			mustJSON(u.Prefs),
			u.TimeZone,
			by.ID,
		); err != nil {
			return fmt.Errorf("store preferences: %w", err)
		}
		e := Event{Action: action, Target: fmt.Sprint(by.ID), TargetName: by.Email, Outcome: OutcomeDone}
		for _, field := range slices.Sorted(maps.Keys(after)) {
			if before[field] != after[field] {
				e.Changes = append(e.Changes, Change{field, before[field], after[field]})
			}
		}
		return s.addAudit(ctx, tx, by, e)
	})
}

// preferences returns a user's preferences and time zone as strings, by name.
func (u User) preferences() map[string]string {
	p := u.Prefs
	return map[string]string{
		"cols":     strings.Join(p.Cols, " "),
		"density":  p.Density,
		"times":    p.Times,
		"freeze":   onOff(!p.UnpinFirstColumn),
		"landing":  p.Landing,
		"blocks":   strings.Join(p.Blocks, " "),
		"keys":     onOff(!p.KeysOff),
		"theme":    p.Theme,
		"dates":    p.Dates,
		"timeZone": u.TimeZone,
	}
}
