package main

import (
	"context"

	"cordboard/fleet/account"
	"cordboard/handlers"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/identity"
	"cordboard/ycm"
)

// accountConfig returns the configuration of the YCM account.
func (p *portal) accountConfig(client *ycm.Client, rate int) account.Config {
	return account.Config{
		YCM:      client,
		Store:    p.store,
		Log:      p.log,
		Interval: p.web.interval,
		Rate:     rate,
		Limits: account.Limits{
			MinExtensions: p.web.minExtensions,
			Thresholds:    p.web.limits,
			Batches:       p.batches,
		},
		ReconcileWindow: p.web.reconcileWindow,
		WarningText:     display.Finding,
		WebhookSecret:   string(p.web.webhookSecret),
	}
}

// newHandler returns the handler of all pages.
func (p *portal) newHandler(ctx context.Context, f *account.Account, c web.Config) (*handlers.Server, error) {
	i, err := identity.New(ctx, identity.Config{Store: p.store, Log: p.log, SessionIdle: c.SessionIdle})
	if err != nil {
		return nil, err
	}
	backend := web.Backend{Store: p.store, Account: f, Identity: i}
	site, err := web.New(backend, c)
	if err != nil {
		return nil, err
	}
	return handlers.New(ctx, site, backend)
}

// webConfig returns the configuration of the pages.
func (p *portal) webConfig(ycmHost string) web.Config {
	return web.Config{
		Log: p.log,
		Reach: web.Reach{
			PublicURL:      p.web.publicURL,
			LocalURL:       p.localURL(),
			CookiePort:     cookiePort(p.web.front.Addr),
			TrustedProxies: p.web.proxies,
		},
		SignIn:   web.SignIn{SessionIdle: p.web.idle, SessionMax: p.web.longest},
		Sandbox:  p.cmd.Sandbox,
		TimeZone: p.web.zone,
		DiskFree: p.diskFree,
		YCMHost:  ycmHost,
	}
}
