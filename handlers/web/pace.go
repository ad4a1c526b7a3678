package web

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// UserLimiter limits events with a token bucket per user. The maximum burst equals the number of events per minute. The
// limiter stores one small value per user.
type UserLimiter struct {
	most int

	mu    sync.Mutex
	users map[int64]*rate.Limiter
	now   func() time.Time
}

// Turns lets each user do one thing at a time. It stores only users who have a turn or are waiting for one.
type Turns struct {
	mu    sync.Mutex
	users map[int64]*turns
}

type turns struct {
	token chan struct{} // capacity 1
	using int           // number of callers that have the token or are waiting for it
}

// Begin waits up to turnWait for the user's previous turn to end. If it ends in time, Begin returns a function that
// ends the new turn. Otherwise, ok is false.
func (o *Turns) Begin(ctx context.Context, userID int64) (end func(), ok bool) {
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

// turnWait is how long a search waits for the same user's previous search, for example while the user keeps typing.
const turnWait = 250 * time.Millisecond

// NewUserLimiter returns a limiter that allows each user the given number of events per minute.
func NewUserLimiter(most int, now func() time.Time) *UserLimiter {
	return &UserLimiter{most: most, users: map[int64]*rate.Limiter{}, now: now}
}

// Allow reports whether the user's next event is allowed. If so, it counts the event.
func (p *UserLimiter) Allow(userID int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.users[userID]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(p.most)/60, p.most)
		p.users[userID] = l
	}
	return l.AllowN(p.now(), 1)
}
