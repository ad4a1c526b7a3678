package fleet

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"cordboard/store"
	"cordboard/ycm"
)

// historyDays is how far back the subscription's history goes.
const historyDays = 400

// DayReading is the last reading of the subscription on a day.
type DayReading struct {
	Day       int64                     // UTC, since 1970
	Resources [len(Resources)]LedgerRow // without the fleet's side
}

// History returns the readings of the last days days, oldest first. The caller must not change them.
func (f *Fleet) History(days int) []DayReading {
	first := f.now().Unix()/86400 - int64(days)
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.history
	for len(h) > 0 && h[0].Day < first {
		h = h[1:]
	}
	return h
}

func (f *Fleet) loadHistory(ctx context.Context) error {
	rows, err := f.store.SubscriptionDays(ctx, f.account, f.now().AddDate(0, 0, -historyDays))
	if err != nil {
		return err
	}
	for _, row := range rows {
		pack, err := packageOf(row)
		if err != nil {
			return err
		}
		seen := row.SeenAt.Unix() / 86400
		// Earlier versions had one row for many days.
		for day := max(row.ReadAt.Unix()/86400, seen-historyDays); day <= seen; day++ {
			f.remember(day, pack)
		}
	}
	return nil
}

func packageOf(r store.SubscriptionReading) (ycm.Subscription, error) {
	var pack ycm.Subscription
	if err := json.Unmarshal(r.Subscription, &pack); err != nil {
		return pack, fmt.Errorf("read the subscription of %s: %w", r.ReadAt.UTC().Format(time.RFC3339), err)
	}
	return pack, nil
}

// remember stores a day's last reading. The caller holds f.mu, or nothing else has f yet. Slices that were
// returned before are not changed.
func (f *Fleet) remember(day int64, pack ycm.Subscription) {
	reading := DayReading{day, ledger(pack)}
	i, known := slices.BinarySearchFunc(
		f.history,
		day,
		func(d DayReading, day int64) int { return cmp.Compare(d.Day, day) },
	)
	switch {
	case known:
		f.history = slices.Clone(f.history)
		f.history[i] = reading
	case i == len(f.history):
		f.history = append(f.history, reading)
	default: // the clock was set back, or was ahead
		f.history = slices.Insert(slices.Clone(f.history), i, reading)
	}
	if len(f.history) > historyDays {
		f.history = f.history[len(f.history)-historyDays:]
	}
}
