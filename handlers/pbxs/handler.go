// Package pbxs serves the list of PBXs with its filters, views and exports, and the page of each PBX.
package pbxs

import (
	"context"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/handlers/web/rows"
	"cordboard/store"
	"cordboard/views/parts"
)

// Fleet has the PBXs that the list searches.
type Fleet interface {
	Index() *list.Index
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
}

// Views is the part of the store that has the user's saved views and the settings of the list.
type Views interface {
	PutSaved(ctx context.Context, by store.Actor, kind store.SavedKind, v store.Saved) (store.Saved, error)
	DeleteSaved(ctx context.Context, by store.Actor, kind store.SavedKind, id int64) error
	SetPrefs(ctx context.Context, by store.Actor, action string, change func(*store.User)) error
}

// Handler serves the list of PBXs.
type Handler struct {
	site  *web.Site
	fleet Fleet
	views Views
	rows  rows.Cache
	sent  parts.Memory
}

// New returns a Handler for the site.
func New(s *web.Site, f Fleet, v Views) *Handler { return &Handler{site: s, fleet: f, views: v} }
