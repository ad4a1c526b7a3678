package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// DefaultAccount is the account from the configuration, the only one so far.
const DefaultAccount = "default"

// YCM is the part of the YCM client that the fleet uses.
type YCM interface {
	ListCloudPBXs(ctx context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error)
	GetCloudPBX(ctx context.Context, id int64) (ycm.CloudPBX, error)
	GetCloudPBXByURL(ctx context.Context, host string) (ycm.CloudPBX, error)
	GetCloudPBXStatus(ctx context.Context, id int64) (ycm.CloudPBXStatus, error)
	GetSubscription(ctx context.Context) (ycm.Subscription, error)
	GetPlanStatistics(ctx context.Context) (ycm.PlanStatistics, error)
	ListRegions(ctx context.Context) ([]ycm.Region, error)
	ListDomains(ctx context.Context, regionIDs ...int32) ([]ycm.Domain, error)
	ListFirmwares(ctx context.Context, regionIDs ...int32) ([]ycm.Firmware, error)
	ListProvisioningTemplates(ctx context.Context) ([]ycm.ProvisioningTemplate, error)
	Customers(ctx context.Context) iter.Seq2[ycm.Customer, error]
	CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error)
}

// Config sets up a Fleet: its account, dependencies, intervals and limits.
type Config struct {
	Account  string // DefaultAccount if ""
	YCM      YCM
	Store    *store.Store
	Interval time.Duration    // from the end of a pass to the start of the next; 60 s
	Rate     int              // requests a minute, enforced by the client; 0: unlimited
	Now      func() time.Time // time.Now if nil
	Log      *slog.Logger     // discards if nil

	// MinExtensions is the fewest extensions per PBX for this account, which YCM's API doesn't expose; 0: not
	// known.
	MinExtensions int64
	Thresholds    Thresholds    // levels at which a PBX is flagged
	LookSpan      time.Duration // how long to check YCM for a PBX after an unanswered create; 2 min
	AskTimeout    time.Duration // for all requests to YCM before an attempt; 10 s
}

// Fleet mirrors the PBXs of one account. Its methods are safe for concurrent use; only those that take a context
// can block.
type Fleet struct {
	account  string
	ycm      YCM
	store    *store.Store
	interval time.Duration
	rate     int
	now      func() time.Time
	log      *slog.Logger

	index   atomic.Pointer[Index]
	asked   chan struct{} // signals that a pass is wanted now
	passing sync.Mutex    // one pass at a time

	lastNominee int64 // ID of the last PBX that a pass read since the list didn't show it; guarded by passing
	mirror      mirror
	lookUps     lookUps

	packageAsked chan struct{} // signals that a reading of the subscription is wanted now
	keeping      atomic.Bool   // Run reads the subscription, so a pass doesn't

	minExtensions int64
	thresholds    Thresholds
	lookSpan      time.Duration
	askTimeout    time.Duration
	creations     creations

	mu           sync.Mutex
	fresh        Freshness
	passed       chan struct{} // closed when the next pass has ended
	changed      chan struct{} // closed when there is something new to see
	subscription Subscription
	packageMade  uint64                    // value of creations.made when subscription was read
	packageRead  chan struct{}             // closed when the next reading to begin has ended
	lackingSince time.Time                 // when YCM's answers became incomplete; zero: they are complete
	history      []DayReading              // oldest first; replaced or appended to, never modified
	forecasts    *[len(Resources)]Forecast // nil: not computed yet
}

// New returns a Fleet with the mirror from the store. It sends nothing to YCM; Run does.
func New(ctx context.Context, c Config) (*Fleet, error) {
	f := &Fleet{
		account:       c.Account,
		ycm:           c.YCM,
		store:         c.Store,
		interval:      c.Interval,
		rate:          c.Rate,
		now:           c.Now,
		log:           c.Log,
		asked:         make(chan struct{}, 1),
		passed:        make(chan struct{}),
		changed:       make(chan struct{}),
		packageAsked:  make(chan struct{}, 1),
		packageRead:   make(chan struct{}),
		lookUps:       newLookUps(),
		minExtensions: c.MinExtensions,
		thresholds:    c.Thresholds.OrDefault(),
		lookSpan:      cmp.Or(c.LookSpan, 2*time.Minute),
		askTimeout:    cmp.Or(c.AskTimeout, 10*time.Second),
		creations:     newCreations(),
	}
	f.mirror.pending, f.mirror.words = map[int64]*PBX{}, intern{}
	if f.account == "" {
		f.account = DefaultAccount
	}
	if f.interval == 0 {
		f.interval = time.Minute
	}
	if f.now == nil {
		f.now = time.Now
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if err := f.load(ctx); err != nil {
		return nil, fmt.Errorf("load the mirror: %w", err)
	}
	return f, nil
}

func (f *Fleet) load(ctx context.Context) error {
	var pbxs []*PBX
	err := f.store.EachPBX(ctx, f.account, func(row store.PBX) error {
		p, err := fromStore(row, f.mirror.words)
		if err != nil {
			return fmt.Errorf("PBX %d: %w", row.CloudPBXID, err)
		}
		pbxs = append(pbxs, p)
		return nil
	})
	if err != nil {
		return err
	}
	f.index.Store(NewIndex(NewSnapshot(1, pbxs, f.thresholds, f.sizer().Measure)))
	run, err := f.store.LastGoodRun(ctx, f.account)
	switch {
	case err == nil:
		f.fresh.At, f.fresh.Total = run.EndedAt, run.Total
		f.mirror.since = run.StartedAt
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if f.creations.last, err = f.store.LastCreation(ctx, f.account); err != nil {
		return err
	}
	return f.loadSubscription(ctx)
}

// Snapshot returns the fleet as last published.
func (f *Fleet) Snapshot() *Snapshot { return f.index.Load().Snapshot }

// Index returns the list of the fleet as last published.
func (f *Fleet) Index() *Index { return f.index.Load() }

// sizer returns a sizer with what is known now. The caller holds the mirror's lock.
func (f *Fleet) sizer() *Sizer {
	return &Sizer{Thresholds: f.thresholds, Windows: f.mirror.windows, MinExtensions: f.minExtensions, Now: f.now()}
}

// Record returns the stored copy of one PBX with its JSON, or store.ErrNotFound.
func (f *Fleet) Record(ctx context.Context, id int64) (store.PBX, error) {
	return f.store.PBX(ctx, f.account, id)
}

// Refresh requests a pass as soon as possible, and returns a channel that is closed when it has ended. A pass
// that is already running counts.
func (f *Fleet) Refresh() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.fresh.Reading {
		select {
		case f.asked <- struct{}{}:
		default: // already requested
		}
	}
	return f.passed
}

// Changed returns a channel that is closed when there is something new to show: another snapshot, or a pass that
// has ended.
func (f *Fleet) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// announce wakes everything that waits on Changed.
func (f *Fleet) announce() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.changed)
	f.changed = make(chan struct{})
}

// Run reads the fleet now, and again an interval after each pass, until ctx ends. Meanwhile it reads PBXs in a
// transitional state one by one, reads the subscription, refreshes the look-ups, and sends and reconciles
// creations.
func (f *Fleet) Run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { f.settle(ctx) })
	beside.Go(func() { f.keepLookUps(ctx) })
	f.keeping.Store(true)
	defer f.keeping.Store(false)
	beside.Go(func() { f.keepSubscription(ctx) })
	beside.Go(func() { f.RunCreations(ctx) })
	defer beside.Wait()
	for ctx.Err() == nil {
		if _, err := f.Sync(ctx); err != nil && ctx.Err() == nil {
			f.log.Error("sync fleet", "err", err)
		}
		f.note(func(fresh *Freshness) { fresh.Next = f.now().Add(f.interval) })
		timer := time.NewTimer(f.interval)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-f.asked:
		}
		timer.Stop()
	}
}
