// Package actions serves the forms that change one PBX, such as stopping it.
package actions

import (
	"context"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Changes prepares and submits changes of PBXs.
type Changes interface {
	Look(ctx context.Context, r change.Request) (change.Draft, error)
	Preview(ctx context.Context, r change.Request) (change.Draft, error)
	Suspension(ctx context.Context, pbx int64) (*store.Operation, error)
	Submit(
		ctx context.Context,
		by store.Actor,
		id string,
		r change.Request,
		acknowledged input.Acknowledged,
	) (change.Submitted, error)
}

// Operations has the operations that used a form's one-time ID.
type Operations interface {
	Operation(ctx context.Context, id string) (store.Operation, error)
}

// Readings has the subscription, of which a change can take capacity.
type Readings interface {
	Subscription() capacity.Subscription
}

// Catalog has YCM's customers.
type Catalog interface {
	Options(kind fleet.OptionKind) *fleet.Options
}

// Fleet has the PBXs.
type Fleet interface{ Snapshot() *fleet.Snapshot }

// Config configures a Handler. All fields are required.
type Config struct {
	Changes    Changes
	Operations Operations
	Readings   Readings
	Catalog    Catalog
	Fleet      Fleet
}

// Handler serves the forms that change one PBX.
type Handler struct {
	site       *web.Site
	changes    Changes
	operations Operations
	readings   Readings
	catalog    Catalog
	fleet      Fleet
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{
		site:       s,
		changes:    c.Changes,
		operations: c.Operations,
		readings:   c.Readings,
		catalog:    c.Catalog,
		fleet:      c.Fleet,
	}
}
