package main

import (
	"cordboard/fleet/account"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/ycm"
)

// accountConfig returns the configuration of the YCM account.
func (p *portal) accountConfig(client *ycm.Client, rate int) account.Config {
	return account.Config{
		YCM:             client,
		Store:           p.store,
		Log:             p.log,
		Interval:        p.web.interval,
		Rate:            rate,
		MinExtensions:   p.web.minExtensions,
		Thresholds:      p.web.limits,
		ReconcileWindow: p.web.reconcileWindow,
		WarningText:     display.Finding,
	}
}

// webConfig returns the configuration of the pages.
func (p *portal) webConfig(f *account.Account, ycmHost string) web.Config {
	return web.Config{
		Store:   p.store,
		Account: f,
		Log:     p.log,
		Reach: web.Reach{
			PublicURL:      p.web.publicURL,
			LocalURL:       p.localURL(),
			CookiePort:     cookiePort(p.web.addr),
			TrustedProxies: p.web.proxies,
		},
		SignIn:   web.SignIn{SessionIdle: p.web.idle, SessionMax: p.web.longest},
		Sandbox:  p.cmd.Sandbox,
		TimeZone: p.web.zone,
		DiskFree: p.diskFree,
		YCMHost:  ycmHost,
	}
}
