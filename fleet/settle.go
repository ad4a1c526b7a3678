package fleet

import (
	"context"
	"time"

	"cordboard/ycm"
)

// passing are the transitional states, which a PBX soon leaves without any action.
var passing = map[string]bool{"Provisioning": true, "Starting": true, "Upgrading": true, "Restoring": true}

// IsPassing reports whether a state is transitional.
func IsPassing(status string) bool { return passing[status] }

// Limits of the single calls for PBXs in a transitional state.
const (
	settleEach  = 3 * time.Second // minimum time between two calls for one PBX
	settleShare = 5               // a fifth of the rate
)

// settlePace returns the time between two single calls, so that they take a fifth of the rate (requests a minute;
// 0 means unlimited, for which one call a second is enough).
func settlePace(rate int) time.Duration {
	if rate <= 0 {
		return time.Second
	}
	return max(time.Second, settleShare*time.Minute/time.Duration(rate))
}

// settle polls PBXs in a transitional state one by one, until ctx ends. The PBX that was polled least recently is
// first.
func (f *Fleet) settle(ctx context.Context) {
	ctx = ycm.Background(ctx)
	asked := map[int64]time.Time{}
	ticker := time.NewTicker(settlePace(f.rate))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if f.Freshness().State == Failing {
			continue // the next pass detects when YCM answers again
		}
		calls := f.settleNext(ctx, asked, f.now())
		for range calls - 1 { // a PBX that left the state took a second call
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}
}

// settleNext polls the status of one PBX, and reads its record if the status has changed. It returns the number
// of calls.
func (f *Fleet) settleNext(ctx context.Context, asked map[int64]time.Time, now time.Time) (calls int) {
	p := f.nextPassing(asked, now)
	if p == nil {
		return 0
	}
	asked[p.CloudPBXID] = now
	status, err := f.ycm.GetCloudPBXStatus(ctx, p.CloudPBXID)
	if err != nil {
		f.log.Debug("read PBX status", "pbx_id", p.CloudPBXID, "err", err)
		return 1
	}
	if string(status.PBXStatus) == p.Text(FieldStatus) &&
		string(status.ActivationStatus) == p.Text(FieldActivation) {
		return 1
	}
	f.readOne(ctx, p.CloudPBXID)
	return 2
}

// readOne reads one PBX into the mirror. If that fails, the next pass does it.
func (f *Fleet) readOne(ctx context.Context, id int64) {
	asked := f.asking()
	record, err := f.ycm.GetCloudPBX(ctx, id)
	if err != nil {
		f.log.Debug("read PBX", "pbx_id", id, "err", err)
		return
	}
	if _, err := f.apply(context.WithoutCancel(ctx), []reading{{&record, asked, f.now()}}, nil); err != nil {
		f.log.Error("write PBX", "pbx_id", id, "err", err)
		return
	}
	f.publish()
}

// nextPassing returns the PBX that was polled least recently, or nil if all were polled a moment ago. It forgets
// PBXs that have left a transitional state.
func (f *Fleet) nextPassing(asked map[int64]time.Time, now time.Time) *PBX {
	var next *PBX
	still := map[int64]bool{}
	for _, p := range f.Snapshot().PBXs() {
		if !IsPassing(p.Text(FieldStatus)) || p.IsGone() {
			continue
		}
		still[p.CloudPBXID] = true
		at := asked[p.CloudPBXID]
		if now.Sub(at) >= settleEach && (next == nil || at.Before(asked[next.CloudPBXID])) {
			next = p
		}
	}
	for id := range asked {
		if !still[id] {
			delete(asked, id)
		}
	}
	return next
}
