package handlers

import (
	"context"

	"cordboard/handlers/account"
	"cordboard/handlers/actions"
	"cordboard/handlers/audit"
	"cordboard/handlers/capacity"
	"cordboard/handlers/customers"
	"cordboard/handlers/desk"
	"cordboard/handlers/newpbx"
	"cordboard/handlers/operations"
	"cordboard/handlers/pbx"
	"cordboard/handlers/pbxs"
	"cordboard/handlers/signin"
	"cordboard/handlers/team"
	"cordboard/handlers/web"
)

// pages has the handlers of all subjects.
type pages struct {
	signin         *signin.Handler
	account        *account.Handler
	team           *team.Handler
	audit          *audit.Handler
	pbxs           *pbxs.Handler
	pbx            *pbx.Handler
	customers      *customers.Handler
	newPBX         *newpbx.Handler
	actions        *actions.Handler
	operationPages *operations.Handler
	capacity       *capacity.Handler
	desk           *desk.Handler
}

// newPages returns the handlers of all subjects for a site. It returns an error if the store can't be read.
func newPages(ctx context.Context, site *web.Site, b web.Backend) (p pages, err error) {
	p.account = account.New(site, account.Config{
		Users:     b.Store,
		Factors:   b.Identity.Factors,
		Passwords: b.Identity.Passwords,
		Policy:    b.Identity.Policy,
		Sessions:  b.Identity.Sessions,
	})
	p.team = team.New(site, team.Config{
		Members:  b.Store,
		Links:    b.Store,
		Policy:   b.Identity.Policy,
		Sessions: b.Identity.Sessions,
	})
	p.audit = audit.New(site, b.Store)
	p.addFleet(site, b)
	p.signin, err = signin.New(ctx, site, signin.Config{
		Users:     b.Store,
		Links:     b.Store,
		Failures:  b.Store,
		Passwords: b.Identity.Passwords,
		Factors:   b.Identity.Factors,
		Throttle:  b.Identity.Throttle,
		Sessions:  b.Identity.Sessions,
	})
	return p, err
}

// addFleet adds the handlers of the subjects that are about the YCM account.
func (p *pages) addFleet(site *web.Site, b web.Backend) {
	p.pbxs = pbxs.New(site, b.Account.Mirror, b.Store)
	p.pbx = pbx.New(site, pbx.Config{
		History:    b.Account.Mirror,
		Operations: b.Account.Operations,
		Changes:    b.Account.Changes,
		AuditLog:   b.Store,
		Customers:  b.Account.Customers,
		Readings:   b.Account.Subscriptions,
	})
	p.customers = customers.New(site, customers.Config{
		Directory:  b.Account.Customers,
		Fleet:      b.Account.Mirror,
		Operations: b.Account.Operations,
		AuditLog:   b.Store,
		Changes:    b.Account.CustomerForms,
	})
	p.newPBX = newpbx.New(site, newpbx.Config{
		Create:     b.Account.Create,
		Rules:      b.Account.Rules,
		Catalog:    b.Account.Catalog,
		Fleet:      b.Account.Mirror,
		Readings:   b.Account.Subscriptions,
		Operations: b.Account.Operations,
		Presets:    b.Store,
	})
	p.actions = actions.New(site, actions.Config{
		Changes:    b.Account.Changes,
		Operations: b.Account.Operations,
		Readings:   b.Account.Subscriptions,
		Catalog:    b.Account.Catalog,
		Fleet:      b.Account.Mirror,
	})
	p.operationPages = operations.New(
		site,
		b.Account.Operations,
		b.Account.Mirror,
		b.Account.Subscriptions,
		b.Account.Batches,
	)
	p.capacity = capacity.New(site, capacity.Config{
		Fleet:      b.Account.Mirror,
		Readings:   b.Account.Subscriptions,
		Operations: b.Account.Operations,
	})
	p.desk = desk.New(site, desk.Config{
		Fleet:      b.Account.Mirror,
		Readings:   b.Account.Subscriptions,
		Operations: b.Account.Operations,
		Batches:    b.Account.Batches,
		Suspended:  b.Account.Changes,
		Tasks:      b.Store,
		Catalog:    b.Account.Catalog,
		Store:      b.Store,
		Policy:     b.Identity.Policy,
		Sessions:   b.Identity.Sessions,
	})
}
