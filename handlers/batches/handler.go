// Package batches serves plans for many PBXs, and the batches that they become.
package batches

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Batches makes plans and changes batches.
type Batches interface {
	Apply(
		ctx context.Context,
		by store.Actor,
		id string,
		acknowledged input.Acknowledged,
		waves bool,
	) (store.Batch, error)
	Approve(ctx context.Context, by store.Actor, id string) (store.Batch, error)
	Batch(ctx context.Context, id string) (store.Batch, error)
	Counts(ctx context.Context, b *store.Batch) (store.RowCounts, error)
	Done(ctx context.Context, b *store.Batch) ([]store.BatchRow, error)
	Failed(ctx context.Context, b *store.Batch) ([]store.BatchRow, error)
	Make(ctx context.Context, by store.Actor, id string, p batches.Plan) (store.Batch, error)
	Pause(ctx context.Context, by store.Actor, id string) (store.Batch, error)
	Resume(ctx context.Context, by store.Actor, id string, acknowledged input.Acknowledged) (store.Batch, error)
	Rows(ctx context.Context, b *store.Batch, offset, limit int, states ...string) ([]store.BatchRow, error)
	Stop(ctx context.Context, by store.Actor, id string) (store.Batch, error)
	Warnings(b *store.Batch, open store.Pending) []input.Finding
}

// Changes judges forms for many PBXs.
type Changes interface {
	Judge(
		ctx context.Context,
		kind store.OperationKind,
		inputs url.Values,
		zone *time.Location,
	) (*change.Judge, error)
}

// Creates judges forms for new PBXs.
type Creates interface {
	Judge(ctx context.Context) (*create.Judge, error)
	LeftOf(open store.Pending) create.Left
}

// Operations has what is under way.
type Operations interface {
	Open(ctx context.Context) (store.Pending, error)
}

// Fleet has the PBXs.
type Fleet interface {
	Index() *list.Index
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
}

// Catalog has YCM's customers.
type Catalog interface {
	Options(kind fleet.OptionKind) *fleet.Options
}

// Drafts is the part of the store that has files with errors.
type Drafts interface {
	Draft(ctx context.Context, account, id string, userID int64) (store.Draft, error)
	PutDraft(ctx context.Context, d store.Draft) error
}

// Config configures a Handler. All fields are required.
type Config struct {
	Batches    Batches
	Changes    Changes
	Creates    Creates
	Operations Operations
	Fleet      Fleet
	Catalog    Catalog
	Drafts     Drafts
	Rules      create.Rules

	// QueryWords returns a query of the list in words, and the sentences about its parts that have no effect.
	QueryWords func(q list.Query, problems []list.Problem) (words string, ignored []string)

	// RequireRecentAuth is the middleware for routes that require a recent sign-in.
	RequireRecentAuth func(next http.Handler) http.Handler
}

// Handler serves plans and batches.
type Handler struct {
	Plans   *Plans
	Imports *Imports

	site *web.Site
	c    Config
}

// Plans makes plans.
type Plans struct {
	site *web.Site
	c    Config
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	plans := &Plans{s, c}
	return &Handler{Plans: plans, Imports: &Imports{s, c, plans, make(chan struct{}, 1)}, site: s, c: c}
}
