// Package mirror maintains the local copy of YCM's PBXs and of its hosting subscription. It syncs with YCM even while
// YCM's list is changing, records changes and usage samples, and publishes snapshots.
package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/store"
	"cordboard/ycm"
)

// DefaultAccount is the account from the configuration, the only one so far.
const DefaultAccount = "default"

// YCM is the part of the YCM client that the mirror uses.
type YCM interface {
	ListCloudPBXs(ctx context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error)
	GetCloudPBX(ctx context.Context, id int64) (ycm.CloudPBX, error)
	GetCloudPBXStatus(ctx context.Context, id int64) (ycm.CloudPBXStatus, error)
	GetSubscription(ctx context.Context) (ycm.Subscription, error)
	GetPlanStatistics(ctx context.Context) (ycm.PlanStatistics, error)
}

// Config configures a Mirror and its Subscriptions. YCM and Store are required.
type Config struct {
	Account  string // DefaultAccount if ""
	YCM      YCM
	Store    Store
	Interval time.Duration    // from the end of a pass to the start of the next; default 60 s
	Rate     int              // requests per minute, enforced by the client; 0: unlimited
	Now      func() time.Time // time.Now if nil
	Log      *slog.Logger     // if nil, nothing is logged
	Changed  *fleet.Signal    // notified of every change; a new Signal if nil

	// Customers knows the customers of each PBX, and what else is attached to it; nil: none are known.
	Customers Customers

	// MinExtensions is the account's minimum number of extensions per PBX, which YCM's API doesn't expose; 0: unknown.
	MinExtensions int64
	Thresholds    fleet.Thresholds // levels at which a PBX is flagged
}

// Customers knows the customers of each PBX. Its methods don't block.
type Customers interface {
	// Version returns a number that increases with each change.
	Version() uint64

	// Attach replaces each PBX in the slice whose customers aren't up to date with a copy.
	Attach(pbxs []*fleet.PBX)
}

func (c Config) orDefault() Config {
	if c.Account == "" {
		c.Account = DefaultAccount
	}
	if c.Interval == 0 {
		c.Interval = time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Changed == nil {
		c.Changed = &fleet.Signal{}
	}
	if c.Customers == nil {
		c.Customers = fleet.NoCustomers{}
	}
	c.Thresholds = c.Thresholds.OrDefault()
	return c
}

// Mirror is the local copy of one account's PBXs. Except for AfterPass, its methods are safe for concurrent use; only
// those that take a context can block.
type Mirror struct {
	c           Config
	asked       chan struct{} // signals that a pass is wanted now
	syncing     sync.Mutex    // one pass at a time
	lastNominee int64         // last ID that confirmGone selected when there were too many nominees; guarded by syncing
	afterPass   []func(context.Context)
	local       local

	mu     sync.Mutex
	fresh  fleet.Freshness
	passed chan struct{} // closed the next time a pass ends
}

// New returns a Mirror with the PBXs from the store. It sends no requests to YCM; Run and Sync do.
func New(ctx context.Context, c Config) (*Mirror, error) {
	c = c.orDefault()
	m := &Mirror{
		c:      c,
		asked:  make(chan struct{}, 1),
		passed: make(chan struct{}),
		local:  local{c: c, pending: map[int64]*fleet.PBX{}, words: intern{}},
	}
	m.fresh.Interval = m.c.Interval
	if err := m.load(ctx); err != nil {
		return nil, fmt.Errorf("load the mirror: %w", err)
	}
	return m, nil
}

func (m *Mirror) load(ctx context.Context) error {
	pbxs, err := m.loadPBXs(ctx)
	if err != nil {
		return err
	}
	m.local.customers = m.c.Customers.Version()
	m.c.Customers.Attach(pbxs)
	m.local.index.Store(list.New(fleet.NewSnapshot(1, pbxs, m.c.Thresholds, m.local.sizer().Measure)))
	run, err := m.c.Store.LastGoodRun(ctx, m.c.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	m.fresh.At, m.fresh.Total, m.local.since = run.EndedAt, run.Total, run.StartedAt
	return nil
}

// loadPBXs reads the PBXs from the store. It decodes each while the next ones are read, as both take equally long.
func (m *Mirror) loadPBXs(ctx context.Context) (pbxs []*fleet.PBX, err error) {
	rows := make(chan store.PBX, 256)
	var reading errgroup.Group
	reading.Go(func() error {
		defer close(rows)
		return m.c.Store.EachPBX(ctx, m.c.Account, func(row store.PBX) error { rows <- row; return nil })
	})
	for row := range rows {
		p, wrong := fromStore(row, m.local.words)
		if wrong != nil && err == nil {
			err = fmt.Errorf("PBX %d: %w", row.CloudPBXID, wrong)
		}
		pbxs = append(pbxs, p)
	}
	return pbxs, cmp.Or(reading.Wait(), err)
}

// AfterPass makes Sync call f at the end of each pass. Call AfterPass before the first pass.
func (m *Mirror) AfterPass(f func(context.Context)) { m.afterPass = append(m.afterPass, f) }

// Snapshot returns the last published snapshot of the fleet.
func (m *Mirror) Snapshot() *fleet.Snapshot { return m.local.Snapshot() }

// Index returns the index of the last published snapshot.
func (m *Mirror) Index() *list.Index { return m.local.Index() }

// sizer returns a sizer for the current windows and time. The caller holds l.mu.
func (l *local) sizer() *capacity.Sizer {
	return &capacity.Sizer{
		Thresholds:    l.c.Thresholds,
		Windows:       l.windows,
		MinExtensions: l.c.MinExtensions,
		Now:           l.c.Now(),
	}
}

// Record returns the stored copy of one PBX with its JSON, or store.ErrNotFound.
func (m *Mirror) Record(ctx context.Context, id int64) (store.PBX, error) {
	return m.c.Store.PBX(ctx, m.c.Account, id)
}

// Freshness returns the mirror's freshness as of now.
func (m *Mirror) Freshness() fleet.Freshness {
	m.mu.Lock()
	fresh := m.fresh
	m.mu.Unlock()
	return fresh.In(m.c.Now())
}

func (m *Mirror) note(change func(*fleet.Freshness)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.fresh)
}

// Refresh requests a pass as soon as possible, and returns a channel that is closed when the pass ends. If a pass is
// already running, Refresh doesn't request another one, and the channel is closed when the running pass ends.
func (m *Mirror) Refresh() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.fresh.Reading {
		fleet.Wake(m.asked)
	}
	return m.passed
}

// Passed returns a channel that is closed the next time a pass ends.
func (m *Mirror) Passed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.passed
}

// Changed returns a channel that is closed when there is something new to show, such as the end of a pass.
func (m *Mirror) Changed() <-chan struct{} { return m.c.Changed.Changed() }

// Run reads the fleet now, and again one interval after each pass or when Refresh is called, until ctx ends. Meanwhile,
// it polls PBXs in a transitional state one by one.
func (m *Mirror) Run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { m.pollTransitional(ctx) })
	defer beside.Wait()
	for ctx.Err() == nil {
		if _, err := m.Sync(ctx); err != nil && ctx.Err() == nil {
			m.c.Log.Error("sync fleet", "err", err)
		}
		m.note(func(fresh *fleet.Freshness) { fresh.Next = m.c.Now().Add(m.c.Interval) })
		timer := time.NewTimer(m.c.Interval)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-m.asked:
		}
		timer.Stop()
	}
}
