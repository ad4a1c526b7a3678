// Package customers serves the list of customers, the page of each customer, and the forms that change them.
package customers

import (
	"context"

	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/handlers/web"
	"cordboard/store"
)

// Directory has the customers and whose customer each PBX is.
type Directory interface {
	Book() *customers.Book
	Progress() customers.Progress
	Customer(id int64) *fleet.Customer
}

// Fleet has the customers' PBXs, and what changed in them.
type Fleet interface {
	Snapshot() *fleet.Snapshot
	Freshness() fleet.Freshness
	Timeline(ctx context.Context, before int64, limit int, ids ...int64) ([]store.PBXEvent, error)
}

// Operations has the operations that are open, and those that used a form's one-time ID.
type Operations interface {
	Open(ctx context.Context) (store.Pending, error)
	Submissions
}

// AuditLog is the part of the store that has the audit entries about PBXs and customers, who changed PBXs in YCM, the
// notes about customers, and who looks after them.
type AuditLog interface {
	AuditOfPBXs(ctx context.Context, limit int, ids ...int64) ([]store.Event, error)
	AuditOfCustomer(ctx context.Context, limit int, id int64) ([]store.Event, error)
	Modifiers(ctx context.Context, account string, limit int, ids ...int64) ([]store.Modifier, error)
	Remarks(ctx context.Context, account string, about store.About, subject int64, limit int) ([]store.Remark, error)
	Owners(ctx context.Context, account string, about store.About) (map[int64]int64, error)
	Users(ctx context.Context) ([]store.User, error)
}

// Config configures a Handler. All fields are required.
type Config struct {
	Directory  Directory
	Fleet      Fleet
	Operations Operations
	AuditLog   AuditLog
	Changes    Changes
}

// Handler serves the pages about customers. Forms serves the forms that change them.
type Handler struct {
	Forms *Forms

	site *web.Site
	c    Config
}

// New returns a Handler for the site.
func New(s *web.Site, c Config) *Handler {
	return &Handler{Forms: &Forms{s, c.Changes, c.Operations}, site: s, c: c}
}

// open returns the number of open operations on each customer and on each customer's PBXs.
func (h *Handler) open(ctx context.Context) (map[int64]int, error) {
	open, err := h.c.Operations.Open(ctx)
	if err != nil {
		return nil, err
	}
	all := open.Operations
	counts := map[int64]int{}
	for i := range all {
		if id := all[i].Target.CustomerID; id != 0 {
			counts[id]++
		}
		p, ok := h.c.Fleet.Snapshot().PBX(all[i].Target.CloudPBXID)
		if !ok || p.Customers() == nil {
			continue
		}
		for _, c := range p.Customers().All {
			counts[c.ID]++
		}
	}
	return counts, nil
}
