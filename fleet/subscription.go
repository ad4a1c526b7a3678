package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// Subscription is the last good reading of the hosting subscription, and the result of the last attempt to read
// it.
type Subscription struct {
	State            State     // of this reading; the fleet's is in Freshness
	At               time.Time // when it was last read; zero: never
	ExpirationTime   Time
	RecordingEnds    Time // of the call recording service
	HighAvailability string
	WhiteLabel       string
	Plans            []PlanCount // nil: YCM never reported them
	PlansAt          time.Time   // when they were read; before At if the last attempt failed
	RequestID        string      // YCM's
	Problem          Problem     // of the last attempt, if State is Failing
	Lacking          []string    // members that the last answer lacked and the last good one had

	reading bool
	pack    ycm.Subscription
	plans   *ycm.PlanStatistics
}

// Time is an instant from YCM, or what YCM sent instead.
type Time = ycm.Time

// PlanCount is the number of PBXs that have a plan, and of their extensions.
type PlanCount struct {
	Plan             string
	PBXs, Extensions opt.Int
}

func newSubscription(p ycm.Subscription, plans *ycm.PlanStatistics, at time.Time, requestID string) Subscription {
	s := Subscription{
		At:               at,
		ExpirationTime:   p.ExpirationTime,
		RecordingEnds:    p.RecordingExpireDate,
		HighAvailability: string(p.HighAvailability),
		WhiteLabel:       string(p.WhiteLabel),
		RequestID:        requestID,
		pack:             p,
	}
	if plans != nil {
		s.plans, s.PlansAt = plans, at
		s.Plans = []PlanCount{
			{"Enterprise Plan", plans.PBXNumber.EnterprisePlan.Int, plans.ExtensionNumber.EnterprisePlan.Int},
			{"Ultimate Plan", plans.PBXNumber.UltimatePlan.Int, plans.ExtensionNumber.UltimatePlan.Int},
		}
	}
	return s
}

// Subscription returns the last reading. It never waits for YCM.
func (f *Fleet) Subscription() Subscription {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.subscription
	switch {
	case s.Problem.Kind != NoProblem:
		s.State = Failing
	case s.At.IsZero():
		s.State = Never
	case isStale(f.now().Sub(s.At), f.interval):
		s.State = Stale
	case s.reading:
		s.State = Running
	default:
		s.State = Current
	}
	return s
}

func (f *Fleet) loadSubscription(ctx context.Context) error {
	r, err := f.store.Subscription(ctx, f.account)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	pack, err := packageOf(r)
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
	f.subscription = newSubscription(pack, plans, r.SeenAt, r.RequestID)
	return f.loadHistory(ctx)
}

// RefreshSubscription requests a reading of the subscription as soon as possible. It returns a channel that is
// closed at the end of the next reading that begins after this call.
func (f *Fleet) RefreshSubscription() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	select {
	case f.packageAsked <- struct{}{}:
	default: // somebody asked already
	}
	return f.packageRead
}

// keepSubscription reads the subscription now, after each pass over the list, on request, and two intervals after
// the last attempt at the latest. So a long pass doesn't delay it.
func (f *Fleet) keepSubscription(ctx context.Context) {
	ctx = ycm.Background(ctx)
	for ctx.Err() == nil {
		f.readSubscription(ctx)
		f.mu.Lock()
		passed := f.passed
		f.mu.Unlock()
		timer := time.NewTimer(2 * f.interval)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-passed:
		case <-f.packageAsked:
		}
		timer.Stop()
	}
}

// readSubscription reads the subscription from YCM. After a failure, the last good reading remains.
func (f *Fleet) readSubscription(ctx context.Context) {
	made := f.madeSoFar()
	f.mu.Lock()
	f.subscription.reading = true
	done := f.packageRead
	f.packageRead = make(chan struct{})
	f.mu.Unlock()
	s, row, err := f.askSubscription(ctx)
	if err == nil && f.take(s, made) {
		err = f.store.PutSubscription(context.WithoutCancel(ctx), row)
	}
	f.mu.Lock()
	f.subscription.reading = false
	if err != nil && ctx.Err() == nil {
		f.log.Error("read subscription", "err", err)
		f.subscription.Problem = problemOf(err)
	}
	f.mu.Unlock()
	close(done)
	f.announce()
}

// lackingPatience is how long incomplete answers are rejected. After that, YCM is presumed to have changed, and
// what it still reports is accepted.
const lackingPatience = 24 * time.Hour

// take makes a reading the last good one and returns true. If it lacks members that the last good one has, take
// records that, keeps the last good one and returns false.
func (f *Fleet) take(s Subscription, made uint64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	lacking := lacking(f.subscription.pack, s.pack)
	switch {
	case len(lacking) == 0:
		f.lackingSince = time.Time{}
	case f.lackingSince.IsZero():
		f.lackingSince = f.now()
	}
	if len(lacking) > 0 && f.now().Sub(f.lackingSince) < lackingPatience {
		f.log.Error("incomplete subscription", "members", lacking, "request_id", s.RequestID)
		f.subscription.Problem, f.subscription.Lacking = Problem{Kind: Incomplete, RequestID: s.RequestID}, lacking
		return false
	}
	s.reading = f.subscription.reading
	f.subscription, f.packageMade, f.forecasts = s, made, nil
	f.remember(s.At.Unix()/86400, s.pack)
	return true
}

// members are the values of the subscription that the pages show. It doesn't include values that the newest
// answers may lack: frozen capacity, and the end of recording.
var members = []struct {
	name string
	of   func(*ycm.Subscription) ycm.Int
}{
	{"total.extensionCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Total.ExtensionCapacity }},
	{
		"total.concurrentCallCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Total.ConcurrentCallCapacity },
	},
	{"total.recordingCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Total.RecordingCapacity }},
	{"used.extensionCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.ExtensionCapacity }},
	{
		"used.concurrentCallCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.ConcurrentCallCapacity },
	},
	{"used.recordingCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.RecordingCapacity }},
	{
		"used.assignedToResellerExtensionCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.AssignedToResellerExtensionCapacity },
	},
	{
		"used.assignedToResellerConcurrentCallCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.AssignedToResellerConcurrentCallCapacity },
	},
	{
		"used.assignedToResellerRecordingCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.AssignedToResellerRecordingCapacity },
	},
	{
		"available.extensionCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Available.ExtensionCapacity },
	},
	{
		"available.concurrentCallCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Available.ConcurrentCallCapacity },
	},
	{"expirationTime", func(s *ycm.Subscription) ycm.Int { return ycm.Int{Int: opt.If(s.ExpirationTime.Reported(), 0)} }},
	{
		"available.recordingCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Available.RecordingCapacity },
	},
	{"total.ultimatePlanCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Total.UltimatePlanCapacity }},
	{"used.ultimatePlanCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.UltimatePlanCapacity }},
	{
		"used.assignedToResellerUltimatePlanCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.AssignedToResellerUltimatePlanCapacity },
	},
	{
		"available.ultimatePlanCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Available.UltimatePlanCapacity },
	},
	{
		"total.transcriptionCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Total.TranscriptionCapacity },
	},
	{"used.transcriptionCapacity", func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.TranscriptionCapacity }},
	{
		"used.assignedToResellerTranscriptionCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Used.AssignedToResellerTranscriptionCapacity },
	},
	{
		"available.transcriptionCapacity",
		func(s *ycm.Subscription) ycm.Int { return s.Capacity.Available.TranscriptionCapacity },
	},
}

// lacking returns the names of the members that one reading had and the next one lacks.
func lacking(had, has ycm.Subscription) (names []string) {
	for _, m := range members {
		if m.of(&had).Known() && !m.of(&has).Known() {
			names = append(names, m.name)
		}
	}
	if had.HighAvailability != "" && has.HighAvailability == "" {
		names = append(names, "highAvailability")
	}
	if had.WhiteLabel != "" && has.WhiteLabel == "" {
		names = append(names, "whiteLabel")
	}
	return names
}

func (f *Fleet) askSubscription(ctx context.Context) (Subscription, store.SubscriptionReading, error) {
	pack, err := f.ycm.GetSubscription(ctx)
	if err != nil {
		return Subscription{}, store.SubscriptionReading{}, err
	}
	row := store.SubscriptionReading{
		Account:      f.account,
		SeenAt:       f.now(),
		Subscription: pack.Raw,
		RequestID:    pack.RequestID,
	}
	read, err := f.ycm.GetPlanStatistics(ctx)
	if err == nil {
		row.PlanStatistics = read.Raw
		return newSubscription(pack, &read, row.SeenAt, row.RequestID), row, nil
	}
	if ctx.Err() == nil {
		f.log.Error("read plan statistics", "err", err)
	}
	s := newSubscription(pack, nil, row.SeenAt, row.RequestID)
	if last := f.Subscription(); last.plans != nil { // the last good ones remain
		s.plans, s.Plans, s.PlansAt, row.PlanStatistics = last.plans, last.Plans, last.PlansAt, last.plans.Raw
	}
	return s, row, nil
}
