// Package capacity serves the subscription's ledger, its history and forecast, and right-sizing.
package capacity

import (
	"context"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Fleet has the PBXs whose capacities the page shows.
type Fleet interface {
	Index() *list.Index
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
}

// Readings has the readings of the subscription, past and present, and the forecasts from them.
type Readings interface {
	Subscription() capacity.Subscription
	History(days int) capacity.History
	Forecasts() [len(fleet.Resources)]capacity.Forecast
}

// Operations has the open operations, which hold capacity until their outcome is known.
type Operations interface {
	Open(ctx context.Context) (store.Pending, error)
}

// Config configures a Handler. All fields are required.
type Config struct {
	Fleet      Fleet
	Readings   Readings
	Operations Operations
}

// Handler serves the capacity page and its exports.
type Handler struct {
	site       *web.Site
	fleet      Fleet
	readings   Readings
	operations Operations
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{site: s, fleet: c.Fleet, readings: c.Readings, operations: c.Operations}
}
