// Package pbxs serves the list of PBXs with its filters, views and exports, and the page of each PBX.
package pbxs

import (
	"context"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web"
	"cordboard/store"
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
}

// New returns a Handler for the site.
func New(s *web.Site, f Fleet, v Views) *Handler { return &Handler{site: s, fleet: f, views: v} }

// History has the record of each PBX, what changed in it, and its usage over time.
type History interface {
	Snapshot() *fleet.Snapshot
	Record(ctx context.Context, id int64) (store.PBX, error)
	Timeline(ctx context.Context, id, before int64, limit int) ([]store.PBXEvent, error)
	Series(ctx context.Context, id int64, scale string, now time.Time) ([]mirror.Series, error)
}

// Operations has the operation that created a PBX.
type Operations interface {
	OfPBX(ctx context.Context, kind store.OperationKind, cloudPBXID int64) (store.Operation, error)
}

// AuditLog is the part of the store that has the audit entries about a PBX.
type AuditLog interface {
	AuditOfPBX(ctx context.Context, id int64, limit int) ([]store.Event, error)
}

// RecordConfig configures a Record. All fields are required.
type RecordConfig struct {
	History    History
	Operations Operations
	AuditLog   AuditLog
}

// Record serves the page of one PBX.
type Record struct {
	site       *web.Site
	history    History
	operations Operations
	auditLog   AuditLog
}

// NewRecord returns a Record for the site.
func NewRecord(s *web.Site, c RecordConfig) *Record {
	return &Record{site: s, history: c.History, operations: c.Operations, auditLog: c.AuditLog}
}
