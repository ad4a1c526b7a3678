package mirror

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

const (
	pagesInFlight = 4      // leaves half of the client's slots free for users
	pagesAhead    = 2      // pages requested at once beyond the mirror's count, in case YCM's total is too large
	maxPages      = 20_000 // of 50 rows; presumably no account has a million PBXs
	chunk         = 500    // changed rows or samples that are queued before a transaction writes them
	maxNominees   = 50     // reads by ID per pass; later passes read the rest
	maxRereads    = 3      // rounds after the first; if the list still drifts then, no PBX is marked as gone
)

// Pass is the result of reading the whole list once.
type Pass struct {
	Requests int   // list pages requested, including rereads
	Reread   int   // pages reread because the list shifted during the pass
	Total    int64 // number of PBXs that YCM reports, or the number seen if that isn't credible
	Written  int   // rows added or changed
	Gone     int
	Drifted  bool // the list may not have been read completely, so no PBX was marked as gone
	Duration time.Duration
}

// Sync reads YCM's list once, page by page, and writes the differences to the mirror. It returns when everything is
// written and published, or with the error that ended the pass; records read before the error are kept. Only one pass
// runs at a time.
func (m *Mirror) Sync(ctx context.Context) (Pass, error) {
	m.syncing.Lock()
	defer m.syncing.Unlock()
	defer m.passEnded()
	ctx = ycm.Background(ctx)
	start := m.c.Now()
	m.note(func(fresh *fleet.Freshness) { fresh.Reading, fresh.PagesRead, fresh.Pages = true, 0, 0 })
	p := &pass{mirror: m, seen: map[int64]bool{}}
	err := m.local.loadPeaks(ctx)
	if err == nil {
		m.local.loadWindowsOnce(ctx)
		err = p.run(ctx)
	}
	m.local.publish()
	p.Duration = m.c.Now().Sub(start)
	m.ended(ctx, p, start, err)
	for _, f := range m.afterPass {
		f(ctx)
	}
	if p.Written >= worthFreeing {
		debug.FreeOSMemory()
	}
	return p.Pass, err
}

// worthFreeing is the number of rows that, if a pass has written them, make it worthwhile to return its memory to the
// operating system at once. The next passes need less.
const worthFreeing = 1000

// passEnded wakes all goroutines that wait for the pass or for changes.
func (m *Mirror) passEnded() {
	m.mu.Lock()
	close(m.passed)
	m.passed = make(chan struct{})
	m.mu.Unlock()
	m.c.Changed.Notify()
}

// ended records the result of the pass in the freshness and the store.
func (m *Mirror) ended(ctx context.Context, p *pass, start time.Time, err error) {
	if ctx.Err() != nil {
		// The portal is stopping, which is not a YCM failure.
		m.note(func(fresh *fleet.Freshness) { fresh.Reading = false })
		return
	}
	ctx = context.WithoutCancel(ctx)
	run := store.SyncRun{
		Account: m.c.Account, StartedAt: start, EndedAt: m.c.Now(), OK: err == nil,
		Requests: p.Requests, Total: p.Total, Written: p.Written, Gone: p.Gone, RequestID: p.requestID,
	}
	problem := fleet.ProblemOf(err)
	if err != nil {
		run.Error, run.RequestID = err.Error(), problem.RequestID
	}
	if addErr := m.c.Store.AddSyncRun(ctx, run); addErr != nil {
		m.c.Log.Error("store sync run", "err", addErr)
	}
	if err == nil {
		m.sampled(ctx, p, start)
	}
	m.note(func(fresh *fleet.Freshness) {
		fresh.Reading = false
		if err == nil && (fresh.Failures > 0 || fresh.At.IsZero()) {
			m.c.Log.Info("the fleet was read", "pbxs", p.Total, "failures before", fresh.Failures)
		}
		if err != nil {
			fresh.Failures++
			fresh.Problem = problem
			return
		}
		fresh.Failures, fresh.Problem = 0, fleet.Problem{}
		fresh.At, fresh.Total = run.EndedAt, p.Total
	})
	m.c.Log.Debug("pass", "ok", err == nil, "result", p.Pass)
}

// sampled records the hour and day in which a successful pass ended and, unless the list drifted, sets local.since to
// start. Once per day, it also deletes old samples and readings, and loads the windows again.
func (m *Mirror) sampled(ctx context.Context, p *pass, start time.Time) {
	newDay, err := m.c.Store.AddSampled(ctx, m.c.Account, m.c.Now())
	if err == nil && newDay {
		var now time.Time
		now, err = m.c.Store.SteadyNow(ctx, m.c.Account, m.c.Now())
		err = errors.Join(
			err,
			m.c.Store.ForgetSamples(ctx, m.c.Account, now),
			m.c.Store.ForgetReadings(ctx, m.c.Account, now),
			m.local.loadWindows(ctx),
		)
		m.local.publish() // with the measures of the new day
	}
	if err != nil {
		m.c.Log.Error("store time of samples", "err", err)
	}
	if !p.Drifted {
		m.local.mu.Lock()
		m.local.since = start
		m.local.mu.Unlock()
	}
}
