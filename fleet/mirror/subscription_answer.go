package mirror

import (
	"context"
	"encoding/json"
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
	t, u, v := a.Capacity.Total, a.Capacity.Used, a.Capacity.Available
	return capacity.Reading{
		Total: [...]opt.Int{
			t.ExtensionCapacity.Int,
			t.ConcurrentCallCapacity.Int,
			t.RecordingCapacity.Int,
			t.UltimatePlanCapacity.Int,
			t.TranscriptionCapacity.Int,
		},
		Used: [...]opt.Int{
			u.ExtensionCapacity.Int,
			u.ConcurrentCallCapacity.Int,
			u.RecordingCapacity.Int,
			u.UltimatePlanCapacity.Int,
			u.TranscriptionCapacity.Int,
		},
		Assigned: [...]opt.Int{
			u.AssignedToResellerExtensionCapacity.Int,
			u.AssignedToResellerConcurrentCallCapacity.Int,
			u.AssignedToResellerRecordingCapacity.Int,
			u.AssignedToResellerUltimatePlanCapacity.Int,
			u.AssignedToResellerTranscriptionCapacity.Int,
		},
		Available: [...]opt.Int{
			v.ExtensionCapacity.Int,
			v.ConcurrentCallCapacity.Int,
			v.RecordingCapacity.Int,
			v.UltimatePlanCapacity.Int,
			v.TranscriptionCapacity.Int,
		},
		Frozen: u.FrozenExtensionCapacity.Int,
	}
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
		r.Plans = []capacity.PlanCount{
			{
				Plan:       "Enterprise Plan",
				PBXs:       plans.PBXNumber.EnterprisePlan.Int,
				Extensions: plans.ExtensionNumber.EnterprisePlan.Int,
			},
			{
				Plan:       fleet.UltimatePlan,
				PBXs:       plans.PBXNumber.UltimatePlan.Int,
				Extensions: plans.ExtensionNumber.UltimatePlan.Int,
			},
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
