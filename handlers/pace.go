package handlers

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pace lets each person do something so often: the most at once, and then that many a minute. It holds one small value a user.
type pace struct {
	most int

	mu    sync.Mutex
	users map[int64]*rate.Limiter
	now   func() time.Time
}

// oneAtATime lets each person do one such thing at a time. It holds only those who are at it or wait.
type oneAtATime struct {
	mu    sync.Mutex
	users map[int64]*turns
}

type turns struct {
	token chan struct{} // of one
	using int           // who hold it or wait for it
}

// begin waits for the end of the same person's one before, no longer than for a moment, and returns the end of this one, or false.
func (o *oneAtATime) begin(ctx context.Context, userID int64) (end func(), ok bool) {
	o.mu.Lock()
	t := o.users[userID]
	if t == nil {
		if o.users == nil {
			o.users = map[int64]*turns{}
		}
		t = &turns{token: make(chan struct{}, 1)}
		o.users[userID] = t
	}
	t.using++
	o.mu.Unlock()
	leave := func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if t.using--; t.using == 0 {
			delete(o.users, userID)
		}
	}
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case t.token <- struct{}{}:
		return func() { <-t.token; leave() }, true
	case <-timer.C:
	case <-ctx.Done():
	}
	leave()
	return nil, false
}

// turnWait is how long somebody waits whose search before hasn't ended yet, as when they type on.
const turnWait = 250 * time.Millisecond

func newPace(most int, now func() time.Time) *pace {
	return &pace{most: most, users: map[int64]*rate.Limiter{}, now: now}
}

func (p *pace) allow(userID int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.users[userID]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(p.most)/60, p.most)
		p.users[userID] = l
	}
	return l.AllowN(p.now(), 1)
}
