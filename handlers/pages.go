package handlers

import (
	"context"

	"cordboard/handlers/account"
	"cordboard/handlers/audit"
	"cordboard/handlers/capacity"
	"cordboard/handlers/desk"
	"cordboard/handlers/newpbx"
	"cordboard/handlers/operations"
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
	pbx            *pbxs.Record
	newPBX         *newpbx.Handler
	operationPages *operations.Handler
	capacity       *capacity.Handler
	desk           *desk.Handler
}

// newPages returns the handlers of all subjects for a site. It returns an error if the store can't be read.
func newPages(ctx context.Context, site *web.Site) (p pages, err error) {
	if p.signin, err = signin.New(ctx, site, signin.Config{
		Users:     site.Store,
		Links:     site.Store,
		Failures:  site.Store,
		Passwords: site.Identity.Passwords,
		Factors:   site.Identity.Factors,
		Throttle:  site.Identity.Throttle,
		Sessions:  site.Identity.Sessions,
	}); err != nil {
		return p, err
	}
	p.account = account.New(site, account.Config{
		Users:     site.Store,
		Factors:   site.Identity.Factors,
		Passwords: site.Identity.Passwords,
		Policy:    site.Identity.Policy,
		Sessions:  site.Identity.Sessions,
	})
	p.team = team.New(site, team.Config{
		Members:  site.Store,
		Links:    site.Store,
		Policy:   site.Identity.Policy,
		Sessions: site.Identity.Sessions,
	})
	p.audit = audit.New(site, site.Store)
	p.pbxs = pbxs.New(site, site.Mirror, site.Store)
	p.pbx = pbxs.NewRecord(site, pbxs.RecordConfig{
		History:    site.Mirror,
		Operations: site.Operations,
		AuditLog:   site.Store,
	})
	p.newPBX = newpbx.New(site, newpbx.Config{
		Create:     site.Create,
		Rules:      site.Rules,
		Catalog:    site.Catalog,
		Fleet:      site.Mirror,
		Readings:   site.Subscriptions,
		Operations: site.Operations,
		Presets:    site.Store,
	})
	p.operationPages = operations.New(site, site.Operations, site.Mirror)
	p.capacity = capacity.New(site, capacity.Config{
		Fleet:      site.Mirror,
		Readings:   site.Subscriptions,
		Operations: site.Operations,
	})
	p.desk = desk.New(site, desk.Config{
		Fleet:      site.Mirror,
		Readings:   site.Subscriptions,
		Operations: site.Operations,
		Catalog:    site.Catalog,
		Store:      site.Store,
		Policy:     site.Identity.Policy,
		Sessions:   site.Identity.Sessions,
	})
	return p, nil
}
