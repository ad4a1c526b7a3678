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
	Theme   string   `json:"theme,omitempty"`   // light, dark; "": the system's
	Dates   string   `json:"dates,omitempty"`   // how dates are written, see views.DateFormats; "": 17 Mar 2026
}

// parsePrefs reads what was written, perhaps by another version: what it can't read is as it comes.
func parsePrefs(text string) Prefs {
	var p Prefs
	if json.Unmarshal([]byte(text), &p) != nil {
		return Prefs{}
	}
	return p
}

// SetPrefs changes what a user likes, or their time zone, and records it as action.
func (s *Store) SetPrefs(ctx context.Context, by Actor, action string, change func(*User)) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		u, err := scanUser(tx.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users u WHERE u.id = ?`, by.ID))
		if err != nil {
			return err
		}
		before := u.likes()
		change(&u)
		after := u.likes()
		if _, err := tx.ExecContext(ctx, `UPDATE users SET prefs = ?, time_zone = ? WHERE id = ?`, asJSON(u.Prefs), u.TimeZone, by.ID); err != nil {
			return fmt.Errorf("keep preferences: %w", err)
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

// likes are a user's preferences by name, all of them, as texts.
func (u User) likes() map[string]string {
	p := u.Prefs
	return map[string]string{
		"cols": strings.Join(p.Cols, " "), "density": p.Density, "times": p.Times, "freeze": onOff(!p.Loose), "landing": p.Landing,
		"blocks": strings.Join(p.Blocks, " "), "keys": onOff(!p.KeysOff), "theme": p.Theme, "dates": p.Dates, "timeZone": u.TimeZone,
	}
}
