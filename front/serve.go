package front

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// patience is the time that requests in flight have to end after a server stops accepting new ones.
const patience = 25 * time.Second

// Site is a handler at an address.
type Site struct {
	Listener net.Listener
	Handler  http.Handler
	TLS      *tls.Config // nil: plain HTTP
}

// Serving says how sites are served.
type Serving struct {
	Log      *slog.Logger
	Stopping func()        // called when ctx ends or a site fails, before the listeners close
	Drain    time.Duration // between Stopping and closing the listeners, so that a load balancer can send users elsewhere
}

// Serve serves sites until ctx ends or one of them fails, and closes their listeners. During the drain, it goes on
// answering. Afterward, requests in flight have 25 seconds to end.
func (s Serving) Serve(ctx context.Context, sites ...Site) (err error) {
	servers, failed := make([]*http.Server, len(sites)), make(chan error, len(sites))
	for i, site := range sites {
		servers[i] = newServer(site, s.Log)
		go func() {
			if site.TLS != nil {
				failed <- servers[i].ServeTLS(site.Listener, "", "")
				return
			}
			failed <- servers[i].Serve(site.Listener)
		}()
	}
	s.notify(daemon.SdNotifyReady)
	alive, dead := context.WithCancel(ctx)
	defer dead()
	go s.watchdog(alive)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.notify(daemon.SdNotifyStopping)
	s.Log.Info("stopping", "drain", s.Drain)
	s.Stopping()
	if err == nil {
		select {
		case <-time.After(s.Drain):
		case err = <-failed:
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(last))
	}
	return err
}

func newServer(site Site, log *slog.Logger) *http.Server {
	h := site.Handler
	if site.Listener.Addr().Network() == "unix" {
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.RemoteAddr = "127.0.0.1:0" // a Unix socket's clients have no address, and are on this machine
			site.Handler.ServeHTTP(w, r)
		})
	}
	return &http.Server{
		Handler:           h,
		TLSConfig:         site.TLS,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelInfo),
	}
}

// notify reports to systemd the state of the service, if systemd has asked for it.
func (s Serving) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.Log.Warn("notify systemd", "state", state, "err", err)
	}
}

// watchdog notifies systemd regularly that the process runs, if systemd has asked for it. It stops when ctx ends, as a
// process that stops isn't watched anymore.
func (s Serving) watchdog(ctx context.Context) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil || every <= 0 {
		return
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.notify(daemon.SdNotifyWatchdog)
		}
	}
}
