// Package operations serves the pages about operations, which are changes in YCM that users request in Cordboard.
package operations

import (
	"context"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Operations reads the operations and checks the outcome of those that are unknown.
type Operations interface {
	Operation(ctx context.Context, id string) (store.Operation, error)
	List(ctx context.Context, f store.OperationFilter, page, per int) (store.OperationPage, error)
	ReconcileNow(ctx context.Context, id string) error
}

// Fleet has the PBXs that operations create or change.
type Fleet interface {
	Snapshot() *fleet.Snapshot
}

// Readings has the subscription's capacity over time.
type Readings interface {
	Around(ctx context.Context, from, to time.Time) (capacity.Measured, error)
}

// Batches has the plans and batches.
type Batches interface {
	Page(ctx context.Context, offset, limit int) ([]store.Batch, int, error)
	Recent(ctx context.Context, limit int) ([]store.Batch, error)
	Counts(ctx context.Context, b *store.Batch) (store.RowCounts, error)
}

// Handler serves the pages about operations.
type Handler struct {
	site       *web.Site
	operations Operations
	fleet      Fleet
	readings   Readings
	batches    Batches
}

// New returns a Handler for the site.
func New(s *web.Site, o Operations, f Fleet, r Readings, b Batches) *Handler {
	return &Handler{site: s, operations: o, fleet: f, readings: r, batches: b}
}
