package mirror

import (
	"context"
	"time"

	"cordboard/store"
)

// Store is the part of the store that has the local copy of the fleet and of the subscription.
type Store interface {
	Records
	Samples
	Readings
	Runs
}

// Records has the PBXs as YCM last reported them, and the timeline of their changes.
type Records interface {
	EachPBX(ctx context.Context, account string, f func(store.PBX) error) error
	PBX(ctx context.Context, account string, id int64) (store.PBX, error)
	Put(ctx context.Context, c store.Changes) error
	Changes(ctx context.Context, account string, since time.Time, limit int) ([]store.PBXEvent, error)
	PBXEvents(ctx context.Context, account string, before int64, limit int, ids ...int64) ([]store.PBXEvent, error)
}

// Samples has the PBXs' counters over time. Records.Put adds the samples, and AddSampled the hours and days in which
// complete syncs ended.
type Samples interface {
	Samples(ctx context.Context, account string, id int64, scale string) ([]store.Sample, error)
	Sampled(ctx context.Context, account, scale string) ([]time.Time, error)
	AddSampled(ctx context.Context, account string, ends ...time.Time) (newDay bool, err error)
	EachLastSample(ctx context.Context, account string, f func(store.Sample)) error
	EachPeak(ctx context.Context, account string, since time.Time, counters []string, f func(store.Peak)) error
	SteadyNow(ctx context.Context, account string, now time.Time) (time.Time, error)
	ForgetSamples(ctx context.Context, account string, now time.Time) error
}

// Readings has the readings of the subscription.
type Readings interface {
	Subscription(ctx context.Context, account string) (store.SubscriptionReading, error)
	SubscriptionDays(ctx context.Context, account string, since time.Time) ([]store.SubscriptionReading, error)
	SubscriptionAround(ctx context.Context, of string, from, to time.Time) (a, b *store.SubscriptionReading, err error)
	PutSubscription(ctx context.Context, readings ...store.SubscriptionReading) error
	ForgetReadings(ctx context.Context, account string, now time.Time) error
}

// Runs has the result of each pass.
type Runs interface {
	AddSyncRun(ctx context.Context, r store.SyncRun) error
	LastGoodRun(ctx context.Context, account string) (store.SyncRun, error)
}
