package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"cordboard/fold"
)

// SavedKind is the kind of a saved query. Its value is the name of the table that stores this kind.
type SavedKind string

// Kinds of saved queries.
const (
	ListViews   SavedKind = "saved_views"  // queries of the PBX list
	ChangeViews SavedKind = "change_views" // queries of the fleet's changes
	Presets     SavedKind = "presets"      // values that prefill the form for a new PBX
)

// Saved is a saved query.
type Saved struct {
	ID        int64
	OwnerID   int64
	OwnerName string // "" if the user no longer exists
	Name      string
	Shared    bool   // everyone sees it; only its owner can change it
	Query     string // as in a URL
	UpdatedAt time.Time
}

// ErrTooManySaved means that a user has reached the limit for one kind of saved query.
var ErrTooManySaved = errors.New("too many saved queries")

const (
	maxSaved      = 50
	maxSavedName  = 60   // runes
	maxSavedQuery = 4000 // bytes
)

const savedColumns = `v.id, v.owner_id, coalesce(u.name, ''), v.name, v.shared, v.query, v.updated_at`

func scanSaved(row scanner) (Saved, error) {
	var v Saved
	var updated int64
	err := row.Scan(&v.ID, &v.OwnerID, &v.OwnerName, &v.Name, &v.Shared, &v.Query, &updated)
	v.UpdatedAt = fromUnix(updated)
	return v, notFound(err)
}

// Saved returns the saved queries of one kind that a user can see: the user's own and the shared ones. They are ordered
// by name. The caller must not modify them.
func (s *Store) Saved(ctx context.Context, kind SavedKind, userID int64) ([]Saved, error) {
	return s.answers.saved.Get(&s.clock, savedKey{kind, userID}, func() ([]Saved, error) {
		return s.readSaved(ctx, kind, userID)
	})
}

type savedKey struct {
	kind   SavedKind
	userID int64
}

func (s *Store) readSaved(ctx context.Context, kind SavedKind, userID int64) ([]Saved, error) {
	all, err := allRows(
		ctx,
		s,
		scanSaved,
		`SELECT `+savedColumns+` FROM `+string(
			kind,
		)+` v LEFT JOIN users u ON u.id = v.owner_id WHERE v.owner_id = ? OR v.shared ORDER BY v.name_key, v.id`,
		userID,
	)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, err)
	}
	slices.SortStableFunc(all, func(a, b Saved) int { return fold.Compare(a.Name, b.Name) })
	return all, nil
}

// nameKey returns the form in which names of saved queries are compared. It ignores case, Unicode composition and
// invisible characters.
func nameKey(name string) string { return strings.ToLower(norm.NFC.String(fold.Visible(name))) }

// PutSaved stores a saved query and records the change. It overwrites a query with the same owner and name; nameKey
// determines whether two names are the same.
func (s *Store) PutSaved(ctx context.Context, by Actor, kind SavedKind, v Saved) (Saved, error) {
	v.Name = clean(strings.TrimSpace(v.Name))
	if runes := []rune(v.Name); len(runes) > maxSavedName {
		v.Name = string(runes[:maxSavedName])
	}
	if v.Name == "" || len(v.Query) > maxSavedQuery {
		return v, fmt.Errorf(
			"%s: %q: the name must not be empty, and the query must be at most %d bytes",
			kind,
			v.Name,
			maxSavedQuery,
		)
	}
	now := unix(s.now())
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*)
			FROM `+string(kind)+`
			WHERE owner_id = ? AND name_key <> ?`, v.OwnerID, nameKey(v.Name)).
			Scan(&n); err != nil {
			return fmt.Errorf("count %s: %w", kind, err)
		}
		if n >= maxSaved {
			return ErrTooManySaved
		}
		err := tx.QueryRowContext(ctx, `
INSERT INTO `+string(kind)+` (owner_id, name, name_key, shared, query, created_at, updated_at)
VALUES (:owner_id, :name, :name_key, :shared, :query, :now, :now)
ON CONFLICT (owner_id, name_key) DO UPDATE
SET name = excluded.name, shared = excluded.shared, query = excluded.query, updated_at = excluded.updated_at
RETURNING id`,
			sql.Named("owner_id", v.OwnerID),
			sql.Named("name", v.Name),
			sql.Named("name_key", nameKey(v.Name)),
			sql.Named("shared", v.Shared),
			sql.Named("query", v.Query),
			sql.Named("now", now),
		).Scan(&v.ID)
		if err != nil {
			return fmt.Errorf("store %q in %s: %w", v.Name, kind, err)
		}
		return s.addAudit(ctx, tx, by, kind.event("save", v.ID, v.Name))
	})
	return v, err
}

// DeleteSaved deletes one of the actor's own saved queries and records the deletion, or returns ErrNotFound.
func (s *Store) DeleteSaved(ctx context.Context, by Actor, kind SavedKind, id int64) error {
	return s.inTx(ctx, func(tx *sql.Tx) error {
		var name string
		err := tx.QueryRowContext(ctx, `DELETE
			FROM `+string(kind)+`
			WHERE id = ? AND owner_id = ?
			RETURNING name`, id, by.ID).
			Scan(&name)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("delete %d from %s: %w", id, kind, err)
		}
		return s.addAudit(ctx, tx, by, kind.event("delete", id, name))
	})
}

// event returns the audit event for a change to a saved query.
func (k SavedKind) event(verb string, id int64, name string) Event {
	object := "view"
	if k == Presets {
		object = "preset"
	}
	return Event{Action: object + "." + verb, Target: fmt.Sprint(id), TargetName: name, Outcome: OutcomeDone}
}
