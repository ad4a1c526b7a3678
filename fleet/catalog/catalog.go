// Package catalog caches the options for a new PBX: regions, domains, firmware versions, templates and customers.
package catalog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/ycm"
)

// YCM is the part of the YCM client that a Catalog uses.
type YCM interface {
	ListRegions(ctx context.Context) ([]ycm.Region, error)
	ListDomains(ctx context.Context, regionIDs ...int32) ([]ycm.Domain, error)
	ListFirmwares(ctx context.Context, regionIDs ...int32) ([]ycm.Firmware, error)
	ListProvisioningTemplates(ctx context.Context) ([]ycm.ProvisioningTemplate, error)
	ycm.CustomerLister
}

// Config configures a Catalog. All fields except Now and Log are required.
type Config struct {
	YCM      YCM
	Snapshot func() *fleet.Snapshot // the fleet, for the firmware versions in use
	Now      func() time.Time       // time.Now if nil
	Log      *slog.Logger           // logs nothing if nil

	// Listing is called before each read of the customers' list, and may be nil. The function that it returns is called
	// with all customers if the list was read completely.
	Listing func() (listed func(ctx context.Context, all []ycm.Customer) error)
}

// Catalog caches the options for a new PBX. Its methods are safe for concurrent use; only those that take a context can
// block.
type Catalog struct {
	c     Config
	turns map[fleet.OptionKind]chan struct{} // each channel is full while a goroutine reads the list
	asked chan struct{}                      // signals that a form was opened or customers are wanted

	mu      sync.Mutex
	lists   map[fleet.OptionKind]*fleet.Options // each is replaced as a whole
	tried   map[fleet.OptionKind]time.Time
	known   []*fleet.Customer // passed to Know since the last read of the customers began
	running bool              // Run is running
	wanted  chan struct{}     // not nil while customers are wanted; closed when they have been read or Run ends
}

// New returns an empty Catalog. Run, Reload and Prefetch read the options.
func New(c Config) *Catalog {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &Catalog{
		c:     c,
		turns: map[fleet.OptionKind]chan struct{}{},
		asked: make(chan struct{}, 1),
		lists: map[fleet.OptionKind]*fleet.Options{},
		tried: map[fleet.OptionKind]time.Time{},
	}
	for _, kind := range fleet.OptionKinds {
		g.lists[kind], g.turns[kind] = &fleet.Options{}, make(chan struct{}, 1)
	}
	return g
}

// Options returns a list of options as last read. It never waits for YCM.
func (g *Catalog) Options(kind fleet.OptionKind) *fleet.Options {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lists[kind]
}

// Know updates the list of customers with one that was read singly. If YCM no longer has the customer, Know removes it
// from the list.
func (g *Catalog) Know(c *fleet.Customer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = append(g.known, c)
	if known := g.lists[fleet.Customers]; !known.At.IsZero() {
		g.lists[fleet.Customers] = known.Knowing(c)
	}
}

// NewestFirmware returns the newest version that YCM offers or a PBX runs, or "" if none is known.
func (g *Catalog) NewestFirmware() string {
	newest := ""
	for version := range g.c.Snapshot().CountBy(fleet.FieldVersion) {
		if fleet.CompareVersions(version, newest) > 0 {
			newest = version
		}
	}
	for _, e := range g.Options(fleet.Firmwares).All {
		if fleet.CompareVersions(e.Name, newest) > 0 {
			newest = e.Name
		}
	}
	return newest
}

// staleAge is the age at which options are read again when a form is opened. oldAge is the age at which they are read
// again even if no form is opened.
const (
	staleAge = 5 * time.Minute
	oldAge   = 30 * time.Minute
)

// Reload reads the given lists again, and returns when they have been read or ctx ends. Options returns the result. If
// another goroutine is already reading a list, Reload waits for that goroutine instead.
func (g *Catalog) Reload(ctx context.Context, kinds ...fleet.OptionKind) {
	asked := g.c.Now()
	for _, kind := range kinds {
		if kind == fleet.Customers && g.wantCustomers(ctx) {
			continue
		}
		g.read(ctx, kind, asked)
	}
}

// triedAt returns when the last attempt to read a list ended, or the zero time if there was none.
func (g *Catalog) triedAt(kind fleet.OptionKind) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tried[kind]
}

// read waits for its turn and then reads one list. If another goroutine has read the list since asked, the time of the
// request, read returns without reading it again.
func (g *Catalog) read(ctx context.Context, kind fleet.OptionKind, asked time.Time) {
	turn := g.turns[kind]
	select {
	case turn <- struct{}{}:
		if !g.triedAt(kind).After(asked) {
			g.readNow(ctx, kind)
		}
		<-turn
	case <-ctx.Done():
	}
}

// wantCustomers makes Run read the customers again, and returns true when they have been read, or when Run or ctx ends.
// If Run isn't running, wantCustomers returns false immediately. At YCM's rate limit, reading thousands of customers
// takes a minute or more, so a user's request doesn't read them itself.
func (g *Catalog) wantCustomers(ctx context.Context) bool {
	g.mu.Lock()
	if !g.running {
		g.mu.Unlock()
		return false
	}
	if g.wanted == nil {
		g.wanted = make(chan struct{})
	}
	done := g.wanted
	g.mu.Unlock()
	fleet.Wake(g.asked)
	select {
	case <-done:
	case <-ctx.Done():
	}
	return true
}

// ReadingCustomers reports whether a requested read of the customers is pending or under way.
func (g *Catalog) ReadingCustomers() bool { return g.customersWanted() != nil }

// Prefetch prepares the options when a form is shown. It reads the lists for which no read has been attempted yet,
// and returns when they have been read or ctx ends. It makes Run read stale lists again in the background.
func (g *Catalog) Prefetch(ctx context.Context) {
	for _, kind := range fleet.OptionKinds {
		if l := g.Options(kind); l.At.IsZero() && l.Problem.Kind == fleet.NoProblem {
			g.Reload(ctx, kind)
		}
	}
	fleet.Wake(g.asked)
}

// Run reads all lists. Until ctx ends, it then rereads lists that are old or whose last read failed and, on request,
// stale lists and the customers.
func (g *Catalog) Run(ctx context.Context) {
	ctx = ycm.Background(ctx)
	g.mu.Lock()
	g.running = true
	g.mu.Unlock()
	defer g.recordStop()
	age := time.Duration(0)
	for ctx.Err() == nil {
		for _, kind := range fleet.OptionKinds {
			wanted := g.customersWanted() // taken before the read, so a channel made during it stays open
			if wanted != nil {            // somebody is waiting, so these come first
				g.read(ctx, fleet.Customers, g.c.Now())
				g.customersRead(wanted)
				if kind == fleet.Customers {
					continue
				}
			}
			l := g.Options(kind)
			if g.c.Now().Sub(g.triedAt(kind)) >= age || l.Problem.Kind != fleet.NoProblem {
				g.read(ctx, kind, g.c.Now())
			}
		}
		timer := time.NewTimer(time.Minute)
		select {
		case <-ctx.Done():
		case <-timer.C:
			age = oldAge
		case <-g.asked:
			age = staleAge
		}
		timer.Stop()
	}
}

// customersWanted returns the channel that [Catalog.customersRead] closes, or nil if the customers aren't wanted.
func (g *Catalog) customersWanted() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.wanted
}

// customersRead wakes the goroutines that wait for the customers.
func (g *Catalog) customersRead(wanted chan struct{}) {
	if wanted == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	close(wanted)
	g.wanted = nil
}

// recordStop records that Run has ended, and wakes the goroutines that wait for the customers.
func (g *Catalog) recordStop() {
	g.mu.Lock()
	g.running = false
	wanted := g.wanted
	g.mu.Unlock()
	g.customersRead(wanted)
}
