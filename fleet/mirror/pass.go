package mirror

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// pass is the state of a running pass over the list. Only its own goroutine modifies it; pages reach that goroutine
// through a channel. Besides the IDs seen and the pages' totals, it holds about one chunk of changes.
type pass struct {
	Pass
	mirror    *Mirror
	seen      map[int64]bool
	pages     []pageView // indexed by page number minus 1
	answers   int
	requestID string
	unread    int  // records without an ID
	end       int  // number of the first page that was empty or had only rows from other pages; 0: none yet
	doubted   bool // the newest total isn't credible
	readings  []reading
	samples   []store.Sample
}

// pageView records what the response for one page showed about the list. total is the response's total. turn is the
// response's position in the order of arrival; 0 means that the page has not been read yet.
type pageView struct {
	total   int64
	turn    int
	doubted bool // the total isn't credible
}

// answer is a page with its number, the mark taken before the request, and the time when the response arrived.
type answer struct {
	ycm.Page[ycm.CloudPBX]
	number int
	asked  uint64
	at     time.Time
}

func (p *pass) run(ctx context.Context) error {
	first, err := p.readPage(ctx, 1)
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

// readAll reads the remaining pages. It then rereads pages if rows may have moved between them during the pass.
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

// readOn reads the pages that follow the ones already read, until there are no more. It doesn't trust YCM's total: even
// if the total includes more pages, it requests only a few beyond those that have arrived. A total that is far too
// large thus costs at most two additional requests and no memory.
func (p *pass) readOn(ctx context.Context) error {
	for len(p.pages) < p.pageCount() {
		full := len(p.pages) // pages read so far, which limit the number of pages requested at once
		known := (p.mirror.Snapshot().Here() + ycm.MaxPageSize - 1) / ycm.MaxPageSize
		next := min(p.pageCount(), max(min(known, full+pagesInFlight), full+min(full, pagesAhead)))
		numbers := func(yield func(int) bool) {
			for n := full + 1; n <= next; n++ {
				if !yield(n) {
					return
				}
			}
		}
		if err := p.read(ctx, numbers); err != nil {
			return err
		}
	}
	return nil
}

// pageCount returns the number of pages according to the newest total, or maxPages if the total isn't credible, plus
// one if hidesRows reports true. It doesn't count page p.end or the pages after it.
func (p *pass) pageCount() int {
	count := (p.Total + ycm.MaxPageSize - 1) / ycm.MaxPageSize
	if p.doubted {
		count = maxPages
	}
	count = min(count, maxPages)
	if p.hidesRows(count) {
		count++
	}
	if p.end > 0 {
		count = min(count, int64(p.end-1))
	}
	return int(count)
}

// hidesRows reports whether more rows may follow the first count pages. They may if exactly these pages were read, all
// of them are full, and the mirror has more PBXs than were seen. In that case, YCM may have reported a page's row
// count as the total.
func (p *pass) hidesRows(count int64) bool {
	return p.end == 0 && int64(len(p.pages)) == count && int64(len(p.seen)) == count*ycm.MaxPageSize &&
		p.mirror.Snapshot().Here() > len(p.seen)
}

// shifted returns the pages to reread. If the totals of two adjacent pages differ, rows may have moved across the
// boundary between them. The page that was read earlier may then lack rows that the other page no longer has.
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

// read reads the pages with the given numbers, some of them concurrently, and calls take for each as it arrives. Once
// the context has ended, it returns an error, so that readOn doesn't go on.
func (p *pass) read(whole context.Context, numbers iter.Seq[int]) error {
	ctx, cancel := context.WithCancel(whole)
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
				a, err := p.readPage(groupCtx, n)
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
	return errors.Join(<-done, takeErr, whole.Err())
}

func (p *pass) readPage(ctx context.Context, n int) (answer, error) {
	a := answer{number: n, asked: p.mirror.local.asking()}
	var err error
	a.Page, err = p.mirror.c.YCM.ListCloudPBXs(
		ctx,
		ycm.ListOptions{PageNumber: n, PageSize: ycm.MaxPageSize, Sort: "cloudPbxId"},
	)
	if err != nil {
		return a, fmt.Errorf("read page %d of the list: %w", n, err)
	}
	a.at = p.mirror.c.Now()
	return a, nil
}

// take queues a page for writing: its samples, and those of its records that differ from the mirror.
func (p *pass) take(ctx context.Context, a answer) error {
	p.Requests++
	p.answers++
	for len(p.pages) < a.number {
		p.pages = append(p.pages, pageView{})
	}
	last := int64(a.number-1)*ycm.MaxPageSize + int64(len(a.List)) // number of the page's last row
	p.doubted = a.Total < last || a.Total > maxPages*ycm.MaxPageSize ||
		len(a.List) == 0 && a.Total >= last+ycm.MaxPageSize
	first := p.pages[a.number-1].turn == 0
	p.pages[a.number-1] = pageView{a.Total, p.answers, p.doubted}
	p.Total, p.requestID = a.Total, a.RequestID
	known := len(p.seen)
	for i := range a.List {
		if !a.List[i].CloudPBXID.Known() {
			p.unread++
			continue
		}
		p.mirror.local.carryOver(&a.List[i])
		p.compare(reading{&a.List[i], a.asked, a.at})
	}
	if nothing := first && len(p.seen) == known && p.unread == 0; nothing && (p.end == 0 || a.number < p.end) {
		p.end = a.number
		if len(a.List) > 0 { // the page repeats others, so YCM presumably ignores the page number
			p.doubted, p.pages[a.number-1].doubted = true, true
		}
	}
	p.note(p.mirror)
	if len(p.readings) >= chunk || len(p.samples) >= chunk {
		return p.flush(ctx)
	}
	return nil
}

// note updates the pass's progress in the mirror's freshness. It doesn't show a total that isn't credible.
func (p *pass) note(m *Mirror) {
	m.note(func(fresh *fleet.Freshness) {
		fresh.PagesRead, fresh.Pages = p.Requests, max(p.pageCount(), 1)
		if p.doubted {
			fresh.Pages = p.Requests
		}
		if fresh.At.IsZero() {
			fresh.Total = p.total()
		}
	})
}

// total returns the number of PBXs that YCM reports, or the number seen if YCM's total isn't credible.
func (p *pass) total() int64 {
	if p.doubted {
		return int64(len(p.seen))
	}
	return p.Total
}
