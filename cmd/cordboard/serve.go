package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"cordboard/fleet/account"
	"cordboard/fleet/batches"
	"cordboard/front"
	"cordboard/handlers"
	"cordboard/metrics"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

type serveCmd struct {
	dataConfig `embed:""`
	ycmConfig  `embed:""`
	webConfig  `embed:""`

	Webhook webhookConfig `embed:""`
	Batches batchConfig   `embed:""`

	Sandbox        bool   `help:"Run with a sample in-memory fleet instead of YCM."`
	SandboxPBXs    string `help:"Number of PBXs in the sandbox."                              name:"sandbox-pbxs" default:"480"`
	SandboxHostile bool   `help:"Include hostile names and malformed records in the sandbox."`
}

// sandboxDir is the sandbox's subdirectory of the data directory. The separate directory ensures that the sandbox never
// touches a real mirror.
const sandboxDir = "sandbox"

// Run serves requests until ctx ends. It goes on for CORDBOARD_DRAIN, and then waits up to 25 seconds for the requests
// in flight.
func (c *serveCmd) Run(ctx context.Context, io streams, unknown misspelled) error {
	log, logProblems := c.logger(io.err)
	parsed, webProblems := c.parse()
	var hookProblems []error
	parsed.webhookSecret, hookProblems = c.Webhook.secret()
	rules, batchProblems := c.Batches.rules()
	upstream, dir, ycmProblems := c.upstream()
	if err := configError(ycmProblems, webProblems, hookProblems, batchProblems, logProblems); err != nil {
		return err
	}
	for _, name := range unknown {
		log.Warn("this environment variable is no setting and has no effect", "name", name)
	}
	release, err := store.Lock(dir)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{Dir: dir, AuditKey: c.AuditKey})
	if err != nil {
		return errors.Join(err, release())
	}
	log.Info("start", "version", version(), "data", dir)
	if copied := db.Migrated(); copied != "" {
		log.Info("the database was migrated", "copy", copied)
	}
	p := &portal{cmd: c, web: parsed, log: log, store: db, dir: dir, streams: io, batches: rules}
	err = p.serve(ctx, upstream)
	return errors.Join(err, db.Close(), release())
}

// upstream returns the YCM client's configuration, the data directory, and the problems with the settings. The portal
// uses either the configured YCM or the sandbox, never both. For the sandbox, the configuration is empty.
func (c *serveCmd) upstream() (ycm.Config, string, []error) {
	if !c.Sandbox {
		if !c.isSet() {
			return ycm.Config{}, "", []error{
				errors.New(
					"no YCM configured: set CORDBOARD_YCM_URL, CORDBOARD_YCM_CLIENT_ID and " +
						"CORDBOARD_YCM_CLIENT_SECRET, or try the portal with --sandbox",
				),
			}
		}
		config, problems := c.client()
		return config, c.Data, problems
	}
	var problems []error
	if c.isSet() {
		problems = append(problems, errors.New("--sandbox can't be combined with YCM settings: remove one or the other"))
	}
	if n, err := strconv.Atoi(c.SandboxPBXs); err != nil || n < 0 || n > 200_000 {
		problems = append(problems, fmt.Errorf("--sandbox-pbxs %q must be a number from 0 to 200000", c.SandboxPBXs))
	}
	return ycm.Config{}, filepath.Join(c.Data, sandboxDir), problems
}

// portal has the parts that the serve method wires together.
type portal struct {
	cmd     *serveCmd
	web     settings
	log     *slog.Logger
	store   *store.Store
	dir     string
	streams streams
	batches batches.Rules
	main    net.Listener
}

func (p *portal) serve(ctx context.Context, upstream ycm.Config) error {
	m := metrics.New(version())
	identity := upstream.URL
	var sandbox *ycmtest.Server
	if p.cmd.Sandbox {
		var err error
		if sandbox, err = startSandbox(ctx, p.store, p.cmd.SandboxPBXs, p.cmd.SandboxHostile); err != nil {
			return err
		}
		defer sandbox.Close()
		upstream, identity = sandboxClient(sandbox), "sandbox"
	}
	if err := p.store.BindYCM(ctx, identity, upstream.ClientID); err != nil {
		return err
	}
	if sandbox != nil {
		if err := growPast(ctx, p.store, sandbox); err != nil {
			return err
		}
	}
	upstream.Seen = m.YCMRequest
	client, err := ycm.New(upstream)
	if err != nil {
		return err
	}
	defer client.Close()
	f, err := account.New(ctx, p.accountConfig(client, upstream.RatePerMinute))
	if err != nil {
		return err
	}
	m.Watch(f.Mirror)
	m.WatchHooks(f.Hooks)
	if p.cmd.Sandbox {
		if err := addSandboxUsers(ctx, p.store); err != nil {
			return err
		}
	}
	if p.main, err = p.open(ctx); err != nil {
		return err
	}
	c := p.webConfig(hostOf(upstream.URL))
	c.RequestSeen = m.Request
	server, err := p.newHandler(ctx, f, c)
	if err != nil {
		return errors.Join(err, p.main.Close())
	}
	return p.listen(ctx, server, f, m)
}

// listen serves requests and runs the workers. When ctx ends or a server fails, it shuts down the servers and then
// stops the workers.
func (p *portal) listen(ctx context.Context, server *handlers.Server, f *account.Account, m *metrics.Metrics) error {
	sites := []front.Site{{Listener: p.main, Handler: server}}
	if p.web.front.TLSCert != "" {
		certificate, err := front.LoadCertificate(p.web.front.TLSCert, p.web.front.TLSKey, p.log, time.Now)
		if err != nil {
			return errors.Join(err, p.main.Close())
		}
		sites[0].TLS = certificate.Config()
	}
	if p.web.front.MetricsAddr != "" {
		l, err := front.Listen(ctx, p.web.front.MetricsAddr)
		if err != nil {
			return errors.Join(err, p.main.Close())
		}
		sites = append(sites, front.Site{Listener: l, Handler: m.Handler()})
		p.say(fmt.Sprintf("Metrics are at http://%s/metrics", l.Addr()))
	}
	p.greet(p.main.Addr(), server)

	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var work sync.WaitGroup
	work.Go(func() { f.Run(workCtx) })
	work.Go(func() { server.Run(workCtx) })
	err := front.Serving{Log: p.log, Stopping: server.Stopping, Drain: p.web.front.DrainTime()}.Serve(ctx, sites...)
	stopWork()
	work.Wait()
	return err
}

// open returns the listener for the portal's pages: the socket that systemd passed, or else CORDBOARD_ADDR.
func (p *portal) open(ctx context.Context) (net.Listener, error) {
	if l, err := front.Passed(); l != nil || err != nil {
		return l, err
	}
	return front.Listen(ctx, p.web.front.Addr)
}

// greet prints the portal's URL and, if they apply, the setup link and the sandbox's credentials. It prints everything
// in one write, so that scripts don't read only part of it.
func (p *portal) greet(addr net.Addr, server *handlers.Server) {
	home := p.web.publicURL
	if home == "" && addr.Network() == "unix" {
		home = "unix:" + addr.String()
	} else if home == "" {
		home = "http://" + addr.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Cordboard is at %s\n", home)
	if token := server.SetupToken(); token != "" {
		fmt.Fprintf(
			&b,
			"No accounts exist yet. Create the first account with this one-time link:\n  %s/setup?%s\n",
			home,
			url.Values{"token": {token}}.Encode(),
		)
	}
	if p.cmd.Sandbox {
		greetSandbox(&b)
	}
	p.say(strings.TrimSuffix(b.String(), "\n"))
}

// say prints a message. If the log is JSON, so is each line of the message, because both can end up in the same file.
func (p *portal) say(message string) {
	if p.cmd.LogFormat != "json" {
		fmt.Fprintln(p.streams.out, message)
		return
	}
	log, _ := p.cmd.logger(p.streams.out)
	for line := range strings.SplitSeq(message, "\n") {
		log.Info(strings.TrimSpace(line))
	}
}

func (p *portal) diskFree() (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(p.dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil //nolint:gosec,unconvert // both are signed on some systems
}

// cookiePort returns the port that distinguishes this portal's cookies from those of other portals on the host. It
// returns "" for the default port and for a port that changes with each start.
func cookiePort(addr string) string {
	if _, port, err := net.SplitHostPort(addr); err == nil && port != "0" && port != "8080" {
		return port
	}
	return ""
}

// localURL returns the portal's URL on this machine, or "" if the portal is also reachable from other machines.
func (p *portal) localURL() string {
	addr := p.web.front.Addr
	if p.main != nil {
		addr = p.main.Addr().String() // with the port that the system chose; of a socket, its path
	}
	if local, err := front.IsLocal(addr); err != nil || !local {
		return ""
	}
	return "http://" + addr
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "YCM"
	}
	return u.Host
}

// sandboxClient returns the client configuration for the in-memory YCM. It sets no rate limit, because there are no
// other clients.
func sandboxClient(s *ycmtest.Server) ycm.Config {
	return ycm.Config{
		URL:          s.URL,
		ClientID:     "sandbox",
		ClientSecret: sandboxSecret,
		UserAgent:    "cordboard/" + version(),
	}
}
