package fleet

import (
	"context"
	"cordboard/store"
	"cordboard/ycm"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	pagesInFlight = 4   // so that half of the client's slots stay free for people
	chunk         = 500 // changed rows a transaction
	maxNominees   = 50  // reads by id a pass; the rest is nominated again
)

// Pass is what one reading of the whole list did.
type Pass struct {
	Requests int   // list pages asked for
	Total    int64 // PBXs, as YCM counts them
	Written  int   // rows added or changed
	Gone     int
	Drifted  bool // the list changed while it was read, so that nothing was nominated as gone
	Duration time.Duration
}

// Sync reads YCM's list once, page by page, and writes what differs from the mirror. It returns when all is written and
// shown, or with the error that ended it; what was read until then is kept. One pass runs at a time.
func (f *Fleet) Sync(ctx context.Context) (Pass, error) {
	f.passing.Lock()
	defer f.passing.Unlock()
	defer f.announce()
	ctx = ycm.Background(ctx)
	start := f.now()
	f.note(func(fresh *Freshness) { fresh.Reading, fresh.PagesRead, fresh.Pages = true, 0, 0 })
	p := &pass{fleet: f, before: f.Snapshot(), words: intern{}, seen: map[int64]bool{}, changed: map[int64]PBX{}, at: start}
	err := p.run(ctx)
	p.swap()
	p.Duration = f.now().Sub(start)
	f.ended(ctx, p, start, err)
	if err == nil {
		f.readSubscription(ctx)
	}
	return p.Pass, err
}

// announce wakes those who wait for the pass.
func (f *Fleet) announce() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.passed)
	f.passed = make(chan struct{})
}

// ended notes how the pass went, for people and for the next start.
func (f *Fleet) ended(ctx context.Context, p *pass, start time.Time, err error) {
	if ctx.Err() != nil {
		f.note(func(fresh *Freshness) { fresh.Reading = false }) // we are stopping, which says nothing of YCM
		return
	}
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
	f.log.Debug("pass", "ok", err == nil, "requests", p.Requests, "total", p.Total, "written", p.Written, "gone", p.Gone, "dur", p.Duration)
}

// pass is one reading while it goes on. Its own goroutine alone touches it; pages come to it through a channel.
type pass struct {
	Pass
	fleet     *Fleet
	at        time.Time
	before    *Snapshot
	words     intern
	seen      map[int64]bool
	changed   map[int64]PBX // written, and not yet in a snapshot
	gone      []int64
	requestID string
	totals    map[int64]bool // as the pages gave them
	unread    int            // records without an id
	twice     int            // records seen before
	rows      []store.PBX    // to be written
}

func (p *pass) run(ctx context.Context) error {
	first, err := p.page(ctx, 1)
	p.Requests++
	if err != nil {
		return err
	}
	p.Total = first.Total
	p.totals = map[int64]bool{first.Total: true}
	pages := int((first.Total + ycm.MaxPageSize - 1) / ycm.MaxPageSize)
	p.progress(1, max(pages, 1), first.Total)
	if err := p.take(ctx, first); err != nil {
		return err
	}
	if err := p.rest(ctx, pages); err != nil {
		return errors.Join(err, p.write(context.WithoutCancel(ctx)))
	}
	if err := p.write(ctx); err != nil {
		return err
	}
	p.Drifted = len(p.totals) > 1 || p.unread > 0 || p.twice > 0 || int64(len(p.seen)) != p.Total
	if p.Drifted {
		return nil
	}
	return p.confirmGone(ctx)
}

// rest reads the pages after the first, some at once, and takes each as it comes.
func (p *pass) rest(ctx context.Context, pages int) error {
	if pages < 2 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read := make(chan ycm.Page[ycm.CloudPBX])
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(pagesInFlight)
	done := make(chan error, 1)
	go func() {
		for n := 2; n <= pages && groupCtx.Err() == nil; n++ {
			group.Go(func() error {
				page, err := p.page(groupCtx, n)
				if err != nil {
					return err
				}
				select {
				case read <- page:
				case <-groupCtx.Done():
				}
				return nil
			})
		}
		done <- group.Wait()
		close(read)
	}()
	p.Requests = 1
	var takeErr error
	for page := range read {
		p.Requests++
		if takeErr != nil {
			continue
		}
		p.totals[page.Total] = true
		p.progress(p.Requests, pages, p.Total)
		if takeErr = p.take(ctx, page); takeErr != nil {
			cancel()
		}
	}
	return errors.Join(<-done, takeErr)
}

func (p *pass) page(ctx context.Context, n int) (ycm.Page[ycm.CloudPBX], error) {
	page, err := p.fleet.ycm.ListCloudPBXs(ctx, ycm.ListOptions{PageNumber: n, PageSize: ycm.MaxPageSize, Sort: "cloudPbxId"})
	if err != nil {
		return page, fmt.Errorf("read page %d of the list: %w", n, err)
	}
	return page, nil
}

func (p *pass) progress(read, pages int, total int64) {
	p.fleet.note(func(fresh *Freshness) {
		fresh.PagesRead, fresh.Pages = read, pages
		if fresh.At.IsZero() {
			fresh.Total = total
		}
	})
}

// take compares a page's records with the mirror by content, and keeps those that differ for writing.
func (p *pass) take(ctx context.Context, page ycm.Page[ycm.CloudPBX]) error {
	p.requestID = page.RequestID
	for i := range page.List {
		record := &page.List[i]
		if !record.CloudPBXID.Valid {
			p.unread++
			continue
		}
		if p.seen[record.CloudPBXID.N] {
			p.twice++
			continue
		}
		p.seen[record.CloudPBXID.N] = true
		p.compare(record)
	}
	if len(p.rows) >= chunk {
		return p.write(ctx)
	}
	return nil
}

func (p *pass) compare(record *ycm.CloudPBX) {
	id := record.CloudPBXID.N
	if known, ok := p.before.PBX(id); ok && known.hash == hashOf(record.Raw) && !known.IsGone() {
		return
	}
	p.changed[id] = newPBX(record, p.words)
	p.rows = append(p.rows, store.PBX{Account: p.fleet.account, CloudPBXID: id, Record: record.Raw, ChangedAt: p.at})
}

func (p *pass) write(ctx context.Context) error {
	if err := p.fleet.store.PutPBXs(ctx, p.rows); err != nil {
		for _, row := range p.rows {
			delete(p.changed, row.CloudPBXID) // not ours until it is on disk
		}
		p.rows = nil
		return fmt.Errorf("write the mirror: %w", err)
	}
	p.Written += len(p.rows)
	p.rows = nil
	return nil
}

// confirmGone asks YCM for each PBX that a complete pass didn't see, since a list that shifts while it is read can hide a
// live one; only "not found" makes one gone.
func (p *pass) confirmGone(ctx context.Context) error {
	var nominees []int64
	for i := range p.before.pbxs {
		if known := &p.before.pbxs[i]; !known.IsGone() && !p.seen[known.CloudPBXID] {
			nominees = append(nominees, known.CloudPBXID)
		}
	}
	for _, id := range nominees[:min(len(nominees), maxNominees)] {
		record, err := p.fleet.ycm.GetCloudPBX(ctx, id)
		switch {
		case errors.Is(err, ycm.ErrNotFound):
			p.gone = append(p.gone, id)
		case err != nil:
			return errors.Join(fmt.Errorf("look whether PBX %d is gone: %w", id, err), p.writeGone(context.WithoutCancel(ctx)))
		default:
			p.compare(&record)
		}
	}
	return errors.Join(p.write(ctx), p.writeGone(ctx))
}

func (p *pass) writeGone(ctx context.Context) error {
	if err := p.fleet.store.MarkGone(ctx, p.fleet.account, p.gone, p.at); err != nil {
		p.gone = nil
		return err
	}
	p.Gone = len(p.gone)
	return nil
}

// swap shows what was written. A pass without changes leaves the snapshot, and the orders worked out for it, as they are.
func (p *pass) swap() {
	if len(p.changed) == 0 && len(p.gone) == 0 {
		return
	}
	pbxs := make([]PBX, 0, len(p.before.pbxs)+len(p.changed))
	for _, old := range p.before.pbxs {
		if now, ok := p.changed[old.CloudPBXID]; ok {
			old = now
			delete(p.changed, old.CloudPBXID)
		} else if slices.Contains(p.gone, old.CloudPBXID) {
			old.GoneAt = p.at.Unix()
		}
		pbxs = append(pbxs, old)
	}
	for _, added := range p.changed {
		pbxs = append(pbxs, added)
	}
	p.fleet.snapshot.Store(newSnapshot(pbxs))
}
