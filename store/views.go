package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SavedView is a name for a query of the list.
type SavedView struct {
	ID        int64
	OwnerID   int64
	OwnerName string // "" if there is no such user any more
	Name      string
	Shared    bool   // everybody sees it; its owner alone changes it
	Query     string // as the list's address has it
	UpdatedAt time.Time
}

// ErrTooManyViews means that somebody has as many views as one may.
var ErrTooManyViews = errors.New("too many saved views")

const (
	maxViews     = 50
	maxViewName  = 60   // runes
	maxViewQuery = 4000 // bytes
)

const viewColumns = `v.id, v.owner_id, coalesce(u.name, ''), v.name, v.shared, v.query, v.updated_at`

func scanView(row scanner) (SavedView, error) {
	var v SavedView
	var updated int64
	err := row.Scan(&v.ID, &v.OwnerID, &v.OwnerName, &v.Name, &v.Shared, &v.Query, &updated)
	v.UpdatedAt = fromUnix(updated)
	return v, one(err)
}

// Views returns those that a user sees, own and shared, by name.
func (s *Store) Views(ctx context.Context, userID int64) ([]SavedView, error) {
	views, err := allRows(ctx, s, scanView, `SELECT `+viewColumns+` FROM saved_views v LEFT JOIN users u ON u.id = v.owner_id WHERE v.owner_id = ? OR v.shared ORDER BY v.name_key, v.id`, userID)
	if err != nil {
		return nil, fmt.Errorf("list views: %w", err)
	}
	return views, nil
}

// PutView adds a view, or replaces its owner's view of that name, in whatever letters.
func (s *Store) PutView(ctx context.Context, v SavedView) (SavedView, error) {
	v.Name = clean(strings.TrimSpace(v.Name))
	if runes := []rune(v.Name); len(runes) > maxViewName {
		v.Name = string(runes[:maxViewName])
	}
	if v.Name == "" || len(v.Query) > maxViewQuery {
		return v, fmt.Errorf("view %q: a view has a name, and a query of at most %d bytes", v.Name, maxViewQuery)
	}
	now := unix(s.now())
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM saved_views WHERE owner_id = ? AND name_key <> ?`, v.OwnerID, strings.ToLower(v.Name)).Scan(&n); err != nil {
			return fmt.Errorf("count views: %w", err)
		}
		if n >= maxViews {
			return ErrTooManyViews
		}
		return tx.QueryRowContext(ctx, `INSERT INTO saved_views (owner_id, name, name_key, shared, query, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (owner_id, name_key) DO UPDATE SET name = excluded.name, shared = excluded.shared, query = excluded.query, updated_at = excluded.updated_at
			RETURNING id`, v.OwnerID, v.Name, strings.ToLower(v.Name), v.Shared, v.Query, now, now).Scan(&v.ID)
	})
	return v, err
}

// DeleteView removes a user's own view, or returns ErrNotFound.
func (s *Store) DeleteView(ctx context.Context, userID, id int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM saved_views WHERE id = ? AND owner_id = ?`, id, userID)
		if err != nil {
			return fmt.Errorf("delete view %d: %w", id, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return nil
	})
}
