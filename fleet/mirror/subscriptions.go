package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/store"
	"cordboard/ycm"
)

// Subscriptions reads YCM's hosting subscription and keeps its history. Its methods are safe for concurrent use; only
// those that take a context can block.
type Subscriptions struct {
	c       Config
	passed  func() <-chan struct{} // returns a channel that is closed the next time a pass ends
	asked   chan struct{}          // signals that a reading is wanted now
	keeping atomic.Bool            // true while Run runs; passes then don't read the subscription
	flight  singleflight.Group
	marks   atomic.Uint64

	mu           sync.Mutex
	last         markedReading
	reading      bool          // a reading is in progress
	read         chan struct{} // closed at the end of the next reading that begins
	lackingSince time.Time     // when YCM's responses became incomplete; zero: they are complete
	past         past
}

// past is the history of readings and the forecasts based on it. forecasts is nil until the forecasts are computed.
type past struct {
	history   capacity.History
	forecasts *[len(fleet.Resources)]capacity.Forecast
}

// NewSubscriptions returns a Subscriptions with the subscription from the store. While Run isn't running, each of m's
// passes also reads the subscription.
func NewSubscriptions(ctx context.Context, m *Mirror) (*Subscriptions, error) {
	s := &Subscriptions{c: m.c, passed: m.Passed, asked: make(chan struct{}, 1), read: make(chan struct{})}
	if err := s.load(ctx); err != nil {
		return nil, fmt.Errorf("load the subscription: %w", err)
	}
	m.AfterPass(func(ctx context.Context) {
		if !s.keeping.Load() {
			s.readNow(ctx)
		}
	})
	return s, nil
}

func (s *Subscriptions) load(ctx context.Context) error {
	r, err := s.c.Store.Subscription(ctx, s.c.Account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	answer, err := answerOf(r)
	if err != nil {
		return err
	}
	var plans *ycm.PlanStatistics
	if len(r.PlanStatistics) > 0 {
		plans = &ycm.PlanStatistics{Raw: r.PlanStatistics}
		if err := json.Unmarshal(r.PlanStatistics, plans); err != nil {
			return fmt.Errorf("decode the plan statistics: %w", err)
		}
	}
	s.last = newReading(answer, plans, r.SeenAt, r.RequestID)
	return s.loadHistory(ctx)
}

func (s *Subscriptions) loadHistory(ctx context.Context) error {
	rows, err := s.c.Store.SubscriptionDays(ctx, s.c.Account, s.c.Now().AddDate(0, 0, -capacity.HistoryDays))
	if err != nil {
		return err
	}
	for _, row := range rows {
		answer, err := answerOf(row)
		if err != nil {
			return err
		}
		seen := row.SeenAt.Unix() / 86400
		// Earlier versions could store one row for several days.
		for day := max(row.ReadAt.Unix()/86400, seen-capacity.HistoryDays); day <= seen; day++ {
			s.past.history = s.past.history.With(day, readingOf(answer))
		}
	}
	return nil
}

// Subscription returns the last reading. It never waits for YCM.
func (s *Subscriptions) Subscription() capacity.Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last.Subscription
	switch {
	case last.Problem.Kind != fleet.NoProblem:
		last.State = fleet.Failing
	case last.At.IsZero():
		last.State = fleet.Never
	case fleet.IsStale(s.c.Now().Sub(last.At), s.c.Interval):
		last.State = fleet.Stale
	case s.reading:
		last.State = fleet.Running
	default:
		last.State = fleet.Current
	}
	return last
}

// History returns the last reading of each day, from the given number of days ago until today, oldest first. The caller
// must not modify them.
func (s *Subscriptions) History(days int) capacity.History {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.past.history.Since(s.c.Now().Unix()/86400 - int64(days))
}

// Forecasts returns the forecasts in the order of fleet.Resources. They are computed once for each reading.
func (s *Subscriptions) Forecasts() [len(fleet.Resources)]capacity.Forecast {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.past.forecasts == nil {
		all := s.past.history.Forecasts()
		s.past.forecasts = &all
	}
	return *s.past.forecasts
}

// Mark returns a number that is higher than all earlier marks. If m is a mark obtained after a change was made, all
// readings with a mark of at least m include the change, because they were requested later.
func (s *Subscriptions) Mark() uint64 { return s.marks.Add(1) }

// Last returns the last reading's capacity with its mark.
func (s *Subscriptions) Last() (capacity.Reading, uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last.Reading, s.last.mark
}

// Refresh requests a reading of the subscription as soon as possible. It returns a channel that is closed at the end of
// the next reading that begins after this call.
func (s *Subscriptions) Refresh() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	fleet.Wake(s.asked)
	return s.read
}

// Run reads the subscription now, after each pass over the list and on request, until ctx ends. It waits at most two
// intervals after the last attempt, so that a long pass doesn't delay the next reading.
func (s *Subscriptions) Run(ctx context.Context) {
	s.keeping.Store(true)
	defer s.keeping.Store(false)
	ctx = ycm.Background(ctx)
	for ctx.Err() == nil {
		s.readNow(ctx)
		passed := s.passed()
		timer := time.NewTimer(2 * s.c.Interval)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-passed:
		case <-s.asked:
		}
		timer.Stop()
	}
}

// readNow reads the subscription from YCM. If that fails, it keeps the last good reading and records the problem.
func (s *Subscriptions) readNow(ctx context.Context) {
	mark := s.Mark()
	s.mu.Lock()
	s.reading = true
	done := s.read
	s.read = make(chan struct{})
	s.mu.Unlock()
	r, row, err := s.request(ctx)
	r.mark = mark
	if err == nil && s.take(r) {
		err = s.c.Store.PutSubscription(context.WithoutCancel(ctx), row)
	}
	s.mu.Lock()
	s.reading = false
	if err != nil && ctx.Err() == nil {
		s.c.Log.Error("read subscription", "err", err)
		s.last.Problem = fleet.ProblemOf(err)
	}
	s.mu.Unlock()
	close(done)
	s.c.Changed.Notify()
}

// lackingPatience limits how long incomplete responses are rejected. After that, Cordboard presumes that YCM has
// changed, and accepts them.
const lackingPatience = 24 * time.Hour

// take stores r as the last good reading and returns true. For up to lackingPatience, it instead rejects readings that
// lack members of the last good one: it records the problem, keeps the last good reading and returns false.
func (s *Subscriptions) take(r markedReading) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	lacking := r.LacksOf(&s.last.Subscription)
	switch {
	case len(lacking) == 0:
		s.lackingSince = time.Time{}
	case s.lackingSince.IsZero():
		s.lackingSince = s.c.Now()
	}
	if len(lacking) > 0 && s.c.Now().Sub(s.lackingSince) < lackingPatience {
		s.c.Log.Error("incomplete subscription", "members", lacking, "request_id", r.RequestID)
		s.last.Problem, s.last.Lacking = fleet.Problem{Kind: fleet.Incomplete, RequestID: r.RequestID}, lacking
		return false
	}
	s.last = r
	s.past.history, s.past.forecasts = s.past.history.With(r.At.Unix()/86400, r.Reading), nil
	return true
}

// Read reads the capacity from YCM, without the plan statistics, and returns it with its mark. Concurrent callers share
// one response. If take rejects the response as incomplete, missing values of available capacity come from the last
// good reading. YCM must respond within timeout.
func (s *Subscriptions) Read(ctx context.Context, timeout time.Duration) (capacity.Reading, uint64, error) {
	v, err, _ := s.flight.Do("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		mark := s.Mark()
		answer, err := s.c.YCM.GetSubscription(ctx)
		if err != nil {
			return markedReading{}, err
		}
		r := s.withPlans(newReading(answer, nil, s.c.Now(), answer.RequestID))
		r.mark = mark
		if !s.take(r) {
			last, _ := s.Last()
			r.Reading = r.Reading.WithAvailable(last)
		}
		return r, nil
	})
	r, _ := v.(markedReading)
	return r.Reading, r.mark, err
}
