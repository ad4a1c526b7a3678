package fleet

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"cordboard/store"
	"cordboard/ycm"
)

const (
	pagesInFlight = 4      // so that half of the client's slots stay free for people
	pagesAhead    = 2      // beyond what the mirror knows, so that a total without rows behind it costs two requests
	maxPages      = 20_000 // of 50: no account has a million PBXs
	chunk         = 500    // changed rows a transaction
	maxNominees   = 50     // reads by id a pass; the rest is nominated again
	maxRereads    = 3      // rounds; a list that still drifts after them is not complete
)

// Pass is what one reading of the whole list did.
type Pass struct {
	Requests int   // list pages asked for, those read again included
	Reread   int   // of them, because the list shifted while it was read
	Total    int64 // PBXs, as YCM counted them last
	Written  int   // rows added or changed
	Gone     int
	Drifted  bool // the list didn't stand still, so that nothing was nominated as gone
	Duration time.Duration
}

// Sync reads YCM's list once, page by page, and writes what differs from the mirror. It returns when all is written and
// shown, or with the error that ended it; what was read until then is kept. One pass runs at a time.
func (f *Fleet) Sync(ctx context.Context) (Pass, error) {
	f.passing.Lock()
	defer f.passing.Unlock()
	defer f.passEnded()
	ctx = ycm.Background(ctx)
	start := f.now()
	f.note(func(fresh *Freshness) { fresh.Reading, fresh.PagesRead, fresh.Pages = true, 0, 0 })
	p := &pass{fleet: f, seen: map[int64]bool{}}
	err := f.loadPeaks(ctx)
	if err == nil {
		f.loadWindowsOnce(ctx)
		err = p.run(ctx)
	}
	f.publish()
	p.Duration = f.now().Sub(start)
	f.ended(ctx, p, start, err)
	f.claim(ctx)
	if !f.keeping.Load() {
		f.readSubscription(ctx)
	}
	return p.Pass, err
}

// passEnded wakes those who wait for the pass, and those who watch.
func (f *Fleet) passEnded() {
	f.mu.Lock()
	close(f.passed)
	f.passed = make(chan struct{})
	f.mu.Unlock()
	f.announce()
}

// ended notes how the pass went, for people and for the next start.
func (f *Fleet) ended(ctx context.Context, p *pass, start time.Time, err error) {
	if ctx.Err() != nil {
		f.note(func(fresh *Freshness) { fresh.Reading = false }) // we are stopping, which says nothing of YCM
		return
	}
	ctx = context.WithoutCancel(ctx)
	run := store.SyncRun{
		Account: f.account, StartedAt: start, EndedAt: f.now(), OK: err == nil,
		Requests: p.Requests, Total: p.Total, Written: p.Written, Gone: p.Gone, RequestID: p.requestID,
	}
	problem := problemOf(err)
	if err != nil {
		run.Error, run.RequestID = err.Error(), problem.RequestID
	}
	if addErr := f.store.AddSyncRun(ctx, run); addErr != nil {
		f.log.Error("the pass could not be remembered", "err", addErr)
	}
	if err == nil {
		f.sampled(ctx, p, start)
	}
	f.note(func(fresh *Freshness) {
		fresh.Reading = false
		if err != nil {
			fresh.Failures++
			fresh.Problem = problem
			return
		}
		fresh.Failures, fresh.Problem = 0, Problem{}
		fresh.At, fresh.Total = run.EndedAt, p.Total
	})
	f.log.Debug("pass", "ok", err == nil, "requests", p.Requests, "reread", p.Reread, "total", p.Total, "written", p.Written, "gone", p.Gone, "dur", p.Duration)
}

// sampled notes that the whole fleet was looked at.
func (f *Fleet) sampled(ctx context.Context, p *pass, start time.Time) {
	newDay, err := f.store.AddSampled(ctx, f.account, f.now())
	if err == nil && newDay {
		var now time.Time
		now, err = f.store.SteadyNow(ctx, f.account, f.now())
		err = errors.Join(err, f.store.ForgetSamples(ctx, f.account, now), f.store.ForgetReadings(ctx, f.account, now), f.loadWindows(ctx))
		f.publish() // with the day's sizes
	}
	if err != nil {
		f.log.Error("the samples' time could not be noted", "err", err)
	}
	if !p.Drifted {
		f.mirror.mu.Lock()
		f.mirror.since = start
		f.mirror.mu.Unlock()
	}
}

// pass is one reading while it goes on. Its own goroutine alone touches it; pages come to it through a channel. What it holds
// beside the ids seen and the pages' totals is one chunk of changes.
type pass struct {
	Pass
	fleet     *Fleet
	seen      map[int64]bool
	pages     []pageView // by page number - 1
	answers   int
	requestID string
	unread    int  // records without an id
	end       int  // the first page that came empty, or with rows of other pages only; 0: none yet
	doubted   bool // the newest total can't be believed
	readings  []reading
	samples   []store.Sample
}

// pageView is how a page saw the list: how long it was, and when, in the order of answers; 0: not read yet.
type pageView struct {
	total   int64
	turn    int
	doubted bool // the total disagrees with the page's own rows
}

// answer is a page as it came.
type answer struct {
	ycm.Page[ycm.CloudPBX]
	number int
	asked  uint64
	at     time.Time
}

func (p *pass) run(ctx context.Context) error {
	first, err := p.ask(ctx, 1)
	if err != nil {
		p.Requests++
		return err
	}
	if err := p.take(ctx, first); err != nil {
		return err
	}
	if err := p.readAll(ctx); err != nil {
		return errors.Join(err, p.flush(context.WithoutCancel(ctx)))
	}
	if err := p.flush(ctx); err != nil {
		return err
	}
	doubted := slices.ContainsFunc(p.pages, func(v pageView) bool { return v.doubted })
	p.Drifted = len(p.shifted()) > 0 || p.unread > 0 || doubted || int64(len(p.seen)) < p.Total
	p.Total = p.total()
	if p.Drifted {
		return nil
	}
	return p.confirmGone(ctx)
}

// readAll reads the pages that are missing, and then those again at whose edge the list shifted while it was read.
func (p *pass) readAll(ctx context.Context) error {
	if err := p.readOn(ctx); err != nil {
		return err
	}
	for range maxRereads + 1 {
		again := p.shifted()
		if len(again) == 0 {
			return nil
		}
		p.Reread += len(again)
		if err := p.read(ctx, slices.Values(again)); err != nil {
			return err
		}
		if err := p.readOn(ctx); err != nil { // the list may have grown
			return err
		}
	}
	return nil
}

// readOn reads the pages behind those that were read, for as long as there are any. A total is a claim, not a plan: a page is asked for when the newest
// total has room for it and those before it came, but for the last few, so that a total without rows behind it costs two requests and no memory.
func (p *pass) readOn(ctx context.Context) error {
	for len(p.pages) < p.pageCount() {
		full := len(p.pages) // one more is asked for beside each that came
		known := (p.fleet.Snapshot().Here() + ycm.MaxPageSize - 1) / ycm.MaxPageSize
		next := min(p.pageCount(), max(min(known, full+pagesInFlight), full+min(full, pagesAhead)))
		numbers := func(yield func(int) bool) {
			for n := full + 1; n <= next && yield(n); n++ {
			}
		}
		if err := p.read(ctx, numbers); err != nil {
			return err
		}
	}
	return nil
}

// pageCount is how many pages the list has by its newest total, or, if that can't be believed, at least one more than were read; in any case none
// behind an empty one.
func (p *pass) pageCount() int {
	count := (p.Total + ycm.MaxPageSize - 1) / ycm.MaxPageSize
	if p.doubted {
		count = maxPages
	}
	count = min(count, maxPages)
	if p.end > 0 {
		count = min(count, int64(p.end-1))
	}
	return int(count)
}

// shifted are the pages to read again: where two neighbours saw lists of different lengths, rows went over the edge between
// them, and the one that was read earlier may lack some that the other no longer has.
func (p *pass) shifted() []int {
	var numbers []int
	for n := 1; n < min(len(p.pages), p.pageCount()); n++ {
		a, b := p.pages[n-1], p.pages[n]
		if a.total == b.total || a.doubted && b.doubted {
			continue
		}
		older := n
		if b.turn < a.turn {
			older = n + 1
		}
		if len(numbers) == 0 || numbers[len(numbers)-1] != older {
			numbers = append(numbers, older)
		}
	}
	return numbers
}

// read reads pages, some at once, and takes each as it comes.
func (p *pass) read(ctx context.Context, numbers iter.Seq[int]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(pagesInFlight)
	done := make(chan error, 1)
	go func() {
		for n := range numbers {
			if groupCtx.Err() != nil {
				break
			}
			group.Go(func() error {
				a, err := p.ask(groupCtx, n)
				if err != nil {
					return err
				}
				select {
				case answers <- a:
				case <-groupCtx.Done():
				}
				return nil
			})
		}
		done <- group.Wait()
		close(answers)
	}()
	var takeErr error
	for a := range answers {
		if takeErr != nil {
			continue
		}
		if takeErr = p.take(ctx, a); takeErr != nil {
			cancel()
		}
	}
	return errors.Join(<-done, takeErr)
}

func (p *pass) ask(ctx context.Context, n int) (answer, error) {
	a := answer{number: n, asked: p.fleet.asking()}
	var err error
	a.Page, err = p.fleet.ycm.ListCloudPBXs(ctx, ycm.ListOptions{PageNumber: n, PageSize: ycm.MaxPageSize, Sort: "cloudPbxId"})
	if err != nil {
		return a, fmt.Errorf("read page %d of the list: %w", n, err)
	}
	a.at = p.fleet.now()
	return a, nil
}

// take keeps a page's records that differ from the mirror for writing.
func (p *pass) take(ctx context.Context, a answer) error {
	p.Requests++
	p.answers++
	for len(p.pages) < a.number {
		p.pages = append(p.pages, pageView{})
	}
	last := int64(a.number-1)*ycm.MaxPageSize + int64(len(a.List)) // the number of the page's last row
	p.doubted = a.Total < last || a.Total > maxPages*ycm.MaxPageSize || len(a.List) == 0 && a.Total >= last+ycm.MaxPageSize
	first := p.pages[a.number-1].turn == 0
	p.pages[a.number-1] = pageView{a.Total, p.answers, p.doubted}
	p.Total, p.requestID = a.Total, a.RequestID
	known := len(p.seen)
	for i := range a.List {
		if !a.List[i].CloudPBXID.Valid {
			p.unread++
			continue
		}
		p.fleet.carryOver(&a.List[i])
		p.compare(reading{&a.List[i], a.asked, a.at})
	}
	if nothing := first && len(p.seen) == known && p.unread == 0; nothing && (p.end == 0 || a.number < p.end) {
		p.end = a.number
		if len(a.List) > 0 { // a page that repeats others: the page's number is not heeded
			p.doubted, p.pages[a.number-1].doubted = true, true
		}
	}
	p.note(p.fleet)
	if len(p.readings) >= chunk || len(p.samples) >= chunk {
		return p.flush(ctx)
	}
	return nil
}

// note says how far the pass is. A total that can't be believed is not shown.
func (p *pass) note(f *Fleet) {
	f.note(func(fresh *Freshness) {
		fresh.PagesRead, fresh.Pages = p.Requests, max(p.pageCount(), 1)
		if p.doubted {
			fresh.Pages = p.Requests
		}
		if fresh.At.IsZero() {
			fresh.Total = p.total()
		}
	})
}

// total is how many PBXs YCM says there are, or, if that can't be believed, how many it has shown.
func (p *pass) total() int64 {
	if p.doubted {
		return int64(len(p.seen))
	}
	return p.Total
}

func (p *pass) compare(r reading) {
	p.seen[r.record.CloudPBXID.N] = true
	p.samples = append(p.samples, p.fleet.sample(r)...)
	if p.fleet.differs(r) {
		p.readings = append(p.readings, r)
	}
}

func (p *pass) flush(ctx context.Context) error {
	n, err := p.fleet.apply(ctx, p.readings, p.samples)
	p.Written += n
	p.readings, p.samples = nil, nil
	return err
}

// confirmGone asks YCM for each PBX that a complete pass didn't see, since a list that shifts while it is read can hide a
// live one; only "not found" makes one gone.
func (p *pass) confirmGone(ctx context.Context) error {
	var nominees, gone []int64
	for _, known := range p.fleet.Snapshot().pbxs {
		if !known.IsGone() && !p.seen[known.CloudPBXID] && len(nominees) < maxNominees {
			nominees = append(nominees, known.CloudPBXID)
		}
	}
	var failed error
	for _, id := range nominees {
		asked := p.fleet.asking()
		record, err := p.fleet.ycm.GetCloudPBX(ctx, id)
		if errors.Is(err, ycm.ErrNotFound) {
			gone = append(gone, id)
			continue
		}
		if err != nil {
			failed = fmt.Errorf("look whether PBX %d is gone: %w", id, err)
			break
		}
		p.compare(reading{&record, asked, p.fleet.now()})
	}
	ctx = context.WithoutCancel(ctx)
	if err := p.fleet.markGone(ctx, gone, p.fleet.now()); err != nil {
		return errors.Join(failed, err)
	}
	p.Gone = len(gone)
	return errors.Join(failed, p.flush(ctx))
}
