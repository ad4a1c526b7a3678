package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// markedReading is a reading of the subscription with the mark taken before the request.
type markedReading struct {
	capacity.Subscription
	mark  uint64
	plans json.RawMessage // plan statistics as received
}

func answerOf(r store.SubscriptionReading) (ycm.Subscription, error) {
	var answer ycm.Subscription
	if err := json.Unmarshal(r.Subscription, &answer); err != nil {
		return answer, fmt.Errorf("read the subscription of %s: %w", r.ReadAt.UTC().Format(time.RFC3339), err)
	}
	return answer, nil
}

// readingOf returns the capacity in YCM's response.
func readingOf(a ycm.Subscription) capacity.Reading {
	used := a.Capacity.Used
	return capacity.Reading{
		Total: amounts(a.Capacity.Total),
		Used:  amounts(used.Capacity),
		Assigned: amounts(ycm.Capacity{
			ExtensionCapacity:      used.AssignedToResellerExtensionCapacity,
			ConcurrentCallCapacity: used.AssignedToResellerConcurrentCallCapacity,
			RecordingCapacity:      used.AssignedToResellerRecordingCapacity,
			UltimatePlanCapacity:   used.AssignedToResellerUltimatePlanCapacity,
			TranscriptionCapacity:  used.AssignedToResellerTranscriptionCapacity,
		}),
		Available: amounts(a.Capacity.Available),
		Frozen:    used.FrozenExtensionCapacity.Int,
	}
}

// amounts returns the capacities in the order of fleet.Resources.
func amounts(c ycm.Capacity) [len(fleet.Resources)]opt.Int {
	return [...]opt.Int{
		c.ExtensionCapacity.Int,
		c.ConcurrentCallCapacity.Int,
		c.RecordingCapacity.Int,
		c.UltimatePlanCapacity.Int,
		c.TranscriptionCapacity.Int,
	}
}

// Around returns the capacity before and after a change that YCM made between from and to. Its At is zero until the
// capacity after has been read, or if the one before isn't known.
func (s *Subscriptions) Around(ctx context.Context, from, to time.Time) (m capacity.Measured, err error) {
	before, after, err := s.c.Store.SubscriptionAround(ctx, s.c.Account, from, to)
	if err != nil || before == nil || after == nil {
		return m, err
	}
	first, firstErr := answerOf(*before)
	then, thenErr := answerOf(*after)
	if err := errors.Join(firstErr, thenErr); err != nil {
		return m, err
	}
	m = capacity.Measured{Before: readingOf(first), After: readingOf(then), At: after.ReadAt}
	if m.At.Before(to) {
		m.At = after.SeenAt
	}
	return m, nil
}

func newReading(a ycm.Subscription, plans *ycm.PlanStatistics, at time.Time, requestID string) markedReading {
	r := markedReading{Subscription: capacity.Subscription{
		At:               at,
		ExpirationTime:   a.ExpirationTime.Int,
		RecordingEnds:    a.RecordingExpireDate.Int,
		HighAvailability: string(a.HighAvailability),
		WhiteLabel:       string(a.WhiteLabel),
		RequestID:        requestID,
		Reading:          readingOf(a),
	}}
	if plans != nil {
		r.plans, r.PlansAt = plans.Raw, at
		pbxs, extensions := plans.PBXNumber, plans.ExtensionNumber
		r.Plans = []capacity.PlanCount{
			{Plan: "Enterprise Plan", PBXs: pbxs.EnterprisePlan.Int, Extensions: extensions.EnterprisePlan.Int},
			{Plan: fleet.UltimatePlan, PBXs: pbxs.UltimatePlan.Int, Extensions: extensions.UltimatePlan.Int},
		}
	}
	return r
}

func (s *Subscriptions) request(ctx context.Context) (markedReading, store.SubscriptionReading, error) {
	answer, err := s.c.YCM.GetSubscription(ctx)
	if err != nil {
		return markedReading{}, store.SubscriptionReading{}, err
	}
	row := store.SubscriptionReading{
		Account:      s.c.Account,
		SeenAt:       s.c.Now(),
		Subscription: answer.Raw,
		RequestID:    answer.RequestID,
	}
	read, err := s.c.YCM.GetPlanStatistics(ctx)
	if err == nil {
		row.PlanStatistics = read.Raw
		return newReading(answer, &read, row.SeenAt, row.RequestID), row, nil
	}
	if ctx.Err() == nil {
		s.c.Log.Error("read plan statistics", "err", err)
	}
	r := s.withPlans(newReading(answer, nil, row.SeenAt, row.RequestID))
	row.PlanStatistics = r.plans
	return r, row, nil
}

// withPlans returns r with the last good plan statistics.
func (s *Subscriptions) withPlans(r markedReading) markedReading {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.plans, r.Plans, r.PlansAt = s.last.plans, s.last.Plans, s.last.PlansAt
	return r
}
