// Package newpbx serves the New PBX form and its presets, and starts the operation that creates the PBX.
package newpbx

import (
	"context"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Creator previews and submits the operation that creates a PBX. To check a host name, it may ask YCM.
type Creator interface {
	Preview(ctx context.Context, form create.Form, zone *time.Location) (create.Draft, create.Left, error)
	CheckHost(ctx context.Context, host string) create.HostState
	Submit(
		ctx context.Context,
		by store.Actor,
		id string,
		form create.Form,
		acknowledged input.Acknowledged,
		zone *time.Location,
	) (create.Submitted, error)
}

// Catalog has YCM's lists of options, and reads them again on request.
type Catalog interface {
	Options(kind fleet.OptionKind) *fleet.Options
	ReadingCustomers() bool
	Prefetch(ctx context.Context)
	Reload(ctx context.Context, kinds ...fleet.OptionKind)
}

// Fleet has the PBXs that a new one can be cloned from.
type Fleet interface {
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
}

// Readings has the subscription, whose capacity the new PBX takes.
type Readings interface {
	Subscription() capacity.Subscription
}

// Operations has the earlier operations, whose values can be used again.
type Operations interface {
	Operation(ctx context.Context, id string) (store.Operation, error)
}

// Presets is the part of the store that has the user's saved values of the form.
type Presets interface {
	Saved(ctx context.Context, kind store.SavedKind, userID int64) ([]store.Saved, error)
	PutSaved(ctx context.Context, by store.Actor, kind store.SavedKind, v store.Saved) (store.Saved, error)
	DeleteSaved(ctx context.Context, by store.Actor, kind store.SavedKind, id int64) error
}

// Config configures a Handler. All fields are required.
type Config struct {
	Create     Creator
	Rules      create.Rules
	Catalog    Catalog
	Fleet      Fleet
	Readings   Readings
	Operations Operations
	Presets    Presets
}

// Handler serves the New PBX form and its presets.
type Handler struct {
	site             *web.Site
	create           Creator
	rules            create.Rules
	catalog          Catalog
	fleet            Fleet
	readings         Readings
	operations       Operations
	saved            Presets
	hostCheckLimiter *web.UserLimiter // limits requests to YCM while a user fills in the form
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{
		site:             s,
		create:           c.Create,
		rules:            c.Rules,
		catalog:          c.Catalog,
		fleet:            c.Fleet,
		readings:         c.Readings,
		operations:       c.Operations,
		saved:            c.Presets,
		hostCheckLimiter: web.NewUserLimiter(hostsAMinute, s.Now),
	}
}

// hostsAMinute is the maximum number of host name checks and option reloads per user per minute.
const hostsAMinute = 30
