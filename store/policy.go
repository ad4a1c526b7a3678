package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Policy determines which users must have a second factor.
type Policy struct {
	Required string `json:"required"` // "" (no one), "admins" or "all"
	From     int64  `json:"from"`     // Unix seconds; until then, users are only reminded
	Day      string `json:"day"`      // the date chosen for From, in the time zone of the admin who set it
}

// TwoFactorPolicy returns the policy in effect. The zero Policy means that no one must have a second factor.
func (s *Store) TwoFactorPolicy(ctx context.Context) (Policy, error) { return readPolicy(ctx, s.read) }

func readPolicy(ctx context.Context, db querier) (Policy, error) {
	var p Policy
	var text string
	err := db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'two-factor'`).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &p)
	}
	if err != nil {
		return p, fmt.Errorf("read the policy: %w", err)
	}
	return p, nil
}

// SetTwoFactorPolicy puts p into effect and records the change.
func (s *Store) SetTwoFactorPolicy(ctx context.Context, by Actor, p Policy) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		before, err := readPolicy(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(
			ctx,
			`INSERT INTO meta (key, value)
				VALUES ('two-factor', ?)
				ON CONFLICT (key) DO UPDATE
				SET value = excluded.value`,
			mustJSON(p),
		); err != nil {
			return fmt.Errorf("set the policy: %w", err)
		}
		e := Event{Action: "settings.two-factor", TargetName: "Two-factor", Outcome: OutcomeDone}
		if before.Required != p.Required {
			e.Changes = append(e.Changes, Change{"required", policyWord(before), policyWord(p)})
		}
		if before.From != p.From {
			e.Changes = append(e.Changes, Change{"from", before.Day, p.Day})
		}
		return s.addAudit(ctx, tx, by, e)
	})
}

func policyWord(p Policy) string {
	if p.Required == "" {
		return "nobody"
	}
	return p.Required
}
