package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// Subscription is the last good reading of the hosting package, and what became of the last try.
type Subscription struct {
	Package   ycm.Subscription
	Plans     *ycm.PlanStatistics // nil: YCM didn't tell
	At        time.Time           // when it was last read; zero: never
	RequestID string              // YCM's
	Problem   Problem             // Err is nil if the last try went well
}

// Subscription returns the last reading. It never waits for YCM.
func (f *Fleet) Subscription() Subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.subscription
}

func (f *Fleet) loadSubscription(ctx context.Context) error {
	r, err := f.store.Subscription(ctx, f.account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s := Subscription{At: r.SeenAt, RequestID: r.RequestID}
	if err := json.Unmarshal(r.Subscription, &s.Package); err != nil {
		return fmt.Errorf("the subscription: %w", err)
	}
	if len(r.PlanStatistics) > 0 {
		s.Plans = &ycm.PlanStatistics{}
		if err := json.Unmarshal(r.PlanStatistics, s.Plans); err != nil {
			return fmt.Errorf("the plan statistics: %w", err)
		}
	}
	f.subscription = s
	return nil
}

// readSubscription asks YCM for the package. What fails leaves the last good reading standing.
func (f *Fleet) readSubscription(ctx context.Context) {
	s := Subscription{At: f.now()}
	var err error
	if s.Package, err = f.ycm.GetSubscription(ctx); err == nil {
		s.RequestID = s.Package.RequestID
		row := store.SubscriptionReading{Account: f.account, SeenAt: s.At, Subscription: s.Package.Raw, RequestID: s.RequestID}
		plans, plansErr := f.ycm.GetPlanStatistics(ctx)
		if plansErr == nil {
			s.Plans, row.PlanStatistics = &plans, plans.Raw
		} else if ctx.Err() == nil {
			f.log.Error("the plan statistics could not be read", "err", plansErr)
		}
		err = f.store.PutSubscription(ctx, row)
	}
	if ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil {
		f.log.Error("the subscription could not be read", "err", err)
		f.subscription.Problem = problemOf(err)
		return
	}
	f.subscription = s
}
