package ycm

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

type backgroundKey struct{}

// Background marks the calls made with ctx as nobody's: they wait while a person's call waits.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

func isBackground(ctx context.Context) bool {
	background, _ := ctx.Value(backgroundKey{}).(bool)
	return background
}

// pacer lets requests out at the client's rate, people's before background's, and none while YCM asked for a pause.
// After a pause one goes first, and the others when it was taken.
type pacer struct {
	now func() time.Time

	mu         sync.Mutex
	limit      *rate.Limiter // nil: no limit
	people     []*turn
	background []*turn
	paused     time.Time // nothing goes out before this
	limited    int       // answers "too many requests" in a row
	probing    bool      // the first one after a pause is out
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

// wait blocks until the request may go out, or ctx ends. A pause that outlasts ctx is told at once, as a rate error.
// Who got nil calls settle when the request is over.
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
		case <-t.ready: // came at the same time
			p.settle()
		default:
		}
		return ctx.Err()
	}
}

// tooLong is the rate error for one who can't wait as long as YCM asked, or nil.
func (p *pacer) tooLong(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && p.paused.After(deadline) {
		return &Error{Class: ErrRate, NotSent: true, RetryAfter: p.paused.Sub(p.now()), Message: "waiting as YCM asked"}
	}
	return nil
}

// dispatch lets out whoever may go now, and sets the timer for the next. The caller holds mu.
func (p *pacer) dispatch() {
	for len(p.people)+len(p.background) > 0 {
		now := p.now()
		if pause := p.paused.Sub(now); pause > 0 {
			p.wakeIn(pause)
			return
		}
		if p.probing {
			return // settle comes here again
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

// slowDown pauses everything for as long as YCM asked, or for 5 s, 10 s, 20 s … up to a minute if it didn't say.
func (p *pacer) slowDown(asked time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.limited > 0 && p.now().Before(p.paused) { // sent together with the one that began the pause
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

// settle is the end of a request that wait let out: after fine, slowDown or neither, the next may go.
func (p *pacer) settle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
	p.dispatch()
}

// fine forgets earlier "too many requests".
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

// retryBudget keeps repeated reads below a tenth of all reads, so that an outage isn't made worse by us: each read
// earns a part of a repeat, and a fresh client may spend two at once.
type retryBudget struct {
	mu     sync.Mutex
	tokens float64
}

const (
	budgetStart = 2
	budgetEarn  = 0.08 // with the start, under 10 % from the hundredth read on
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
