package fleet

import (
	"context"
	"cordboard/store"
	"cordboard/ycm"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Subscription is the last good reading of the hosting package, and what became of the last try.
type Subscription struct {
	At               time.Time // when it was last read; zero: never
	ExpirationTime   Int       // Unix seconds
	HighAvailability string
	WhiteLabel       string
	Plans            []PlanCount // none: YCM didn't tell
	RequestID        string      // YCM's
	Problem          Problem     // of the last try

	pack ycm.Subscription
}

// PlanCount is how many PBXs have a plan, with how many extensions.
type PlanCount struct {
	Plan             string
	PBXs, Extensions Int
}

func newSubscription(p ycm.Subscription, plans *ycm.PlanStatistics, at time.Time, requestID string) Subscription {
	s := Subscription{
		At: at, ExpirationTime: fromYCM(p.ExpirationTime), HighAvailability: string(p.HighAvailability), WhiteLabel: string(p.WhiteLabel),
		RequestID: requestID, pack: p,
	}
	if plans != nil {
		s.Plans = []PlanCount{
			{"Enterprise Plan", fromYCM(plans.PBXNumber.EnterprisePlan), fromYCM(plans.ExtensionNumber.EnterprisePlan)},
			{"Ultimate Plan", fromYCM(plans.PBXNumber.UltimatePlan), fromYCM(plans.ExtensionNumber.UltimatePlan)},
		}
	}
	return s
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
	var pack ycm.Subscription
	if err := json.Unmarshal(r.Subscription, &pack); err != nil {
		return fmt.Errorf("the subscription: %w", err)
	}
	var plans *ycm.PlanStatistics
	if len(r.PlanStatistics) > 0 {
		plans = &ycm.PlanStatistics{}
		if err := json.Unmarshal(r.PlanStatistics, plans); err != nil {
			return fmt.Errorf("the plan statistics: %w", err)
		}
	}
	f.subscription = newSubscription(pack, plans, r.SeenAt, r.RequestID)
	return nil
}

// readSubscription asks YCM for the package. What fails leaves the last good reading standing.
func (f *Fleet) readSubscription(ctx context.Context) {
	made := f.madeSoFar()
	s, err := f.askSubscription(ctx)
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
	f.subscription, f.packageMade = s, made
}

func (f *Fleet) askSubscription(ctx context.Context) (Subscription, error) {
	pack, err := f.ycm.GetSubscription(ctx)
	if err != nil {
		return Subscription{}, err
	}
	row := store.SubscriptionReading{Account: f.account, SeenAt: f.now(), Subscription: pack.Raw, RequestID: pack.RequestID}
	var plans *ycm.PlanStatistics
	if read, err := f.ycm.GetPlanStatistics(ctx); err == nil {
		plans, row.PlanStatistics = &read, read.Raw
	} else if ctx.Err() == nil {
		f.log.Error("the plan statistics could not be read", "err", err)
	}
	return newSubscription(pack, plans, row.SeenAt, row.RequestID), f.store.PutSubscription(ctx, row)
}
