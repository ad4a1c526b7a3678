package handlers

import (
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
