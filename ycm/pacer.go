package ycm

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

type backgroundKey struct{}

// Background returns a copy of ctx that marks calls as background work. Background calls wait while any user's call is
// waiting.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

func isBackground(ctx context.Context) bool {
	background, _ := ctx.Value(backgroundKey{}).(bool)
	return background
}

// pacer releases requests at the client's rate. Users' requests precede background requests, and no request is
// released during a pause that YCM asked for. After a pause, the pacer releases requests one at a time, as probes,
// until one of them succeeds.
type pacer struct {
	now func() time.Time

	mu         sync.Mutex
	limit      *rate.Limiter // nil: no limit
	people     []*turn
	background []*turn
	paused     time.Time // no request is released before this time
	limited    int       // consecutive "too many requests" responses
	probing    bool      // a probe is in progress
	timer      *time.Timer
}

type turn struct{ ready chan struct{} }

func newPacer(perMinute, burst int, now func() time.Time) *pacer {
	p := &pacer{now: now}
	if perMinute > 0 {
		p.limit = rate.NewLimiter(rate.Limit(float64(perMinute)/60), max(burst, 1))
	}
	return p
}

// wait blocks until the request may be sent or ctx ends. If the current pause outlasts the deadline of ctx, wait
// returns an ErrRate error immediately. If wait returns nil, the caller must call release when the request has ended.
func (p *pacer) wait(ctx context.Context) error {
	if err := p.tooLong(ctx); err != nil {
		return err
	}
	t := &turn{ready: make(chan struct{})}
	p.mu.Lock()
	if isBackground(ctx) {
		p.background = append(p.background, t)
	} else {
		p.people = append(p.people, t)
	}
	p.dispatch()
	p.mu.Unlock()

	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		p.mu.Lock()
		p.people = without(p.people, t)
		p.background = without(p.background, t)
		p.mu.Unlock()
		select {
		case <-t.ready: // released at the same moment
			p.release()
		default:
		}
		return ctx.Err()
	}
}

// tooLong returns an ErrRate error if the current pause outlasts the deadline of ctx, else nil.
func (p *pacer) tooLong(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && p.paused.After(deadline) {
		return &Error{
			Class:      ErrRate,
			NotSent:    true,
			RetryAfter: p.paused.Sub(p.now()),
			Message:    "paused because YCM asked for fewer requests",
		}
	}
	return nil
}

// dispatch releases every request that may be sent now. If a pause or the rate limit delays the next request, dispatch
// sets the timer for it. The caller holds mu.
func (p *pacer) dispatch() {
	for len(p.people)+len(p.background) > 0 {
		now := p.now()
		if pause := p.paused.Sub(now); pause > 0 {
			p.wakeIn(pause)
			return
		}
		if p.probing {
			return // release calls dispatch again
		}
		if p.limit != nil {
			r := p.limit.ReserveN(now, 1)
			if delay := r.DelayFrom(now); delay > 0 {
				r.CancelAt(now)
				p.wakeIn(delay)
				return
			}
		}
		queue := &p.people
		if len(*queue) == 0 {
			queue = &p.background
		}
		close((*queue)[0].ready)
		*queue = (*queue)[1:]
		p.probing = p.limited > 0
	}
}

func (p *pacer) wakeIn(d time.Duration) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}

// slowDown pauses all requests for as long as YCM asked. If asked is 0, because YCM gave no delay, successive pauses
// last 5, 10, 20, 40 and then 60 seconds.
func (p *pacer) slowDown(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limited > 0 && p.now().Before(p.paused) { // a request sent before the pause doesn't count
		p.limited--
	}
	if asked == 0 {
		asked = min(5*time.Second<<min(p.limited, 4), maxRetryAfter)
	}
	p.limited++
	if until := p.now().Add(asked); until.After(p.paused) {
		p.paused = until
	}
}

// release records the end of a request that wait released, so that the next one may be sent. If slowDown or fine
// is also due, call it first.
func (p *pacer) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
	p.dispatch()
}

// fine resets the count of "too many requests" responses.
func (p *pacer) fine() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limited = 0
}

func without(turns []*turn, t *turn) []*turn {
	for i, other := range turns {
		if other == t {
			return append(turns[:i:i], turns[i+1:]...)
		}
	}
	return turns
}

// retryBudget limits retries to about a tenth of all reads, so that the client doesn't make an outage worse. Each read
// earns a fraction of a retry, and a new client starts with two retries.
type retryBudget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	budgetStart = 2
	budgetEarn  = 0.08 // retries earned per read; with budgetStart, this allows 10 retries in the first 100 reads
	budgetMax   = 5
)

func (b *retryBudget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = min(b.tokens+budgetEarn, budgetMax)
}

func (b *retryBudget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
