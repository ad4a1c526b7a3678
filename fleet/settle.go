package fleet

import (
	"context"
	"time"

	"cordboard/ycm"
)

// passing are the states that a PBX soon leaves by itself.
var passing = map[string]bool{"Provisioning": true, "Starting": true, "Upgrading": true, "Restoring": true}

// IsPassing says whether a PBX soon leaves a state by itself.
func IsPassing(status string) bool { return passing[status] }

// Single calls for PBXs in a passing state.
const (
	settleEach  = 3 * time.Second // at the soonest, one PBX again
	settleShare = 5               // a fifth of the rate
)

// settlePace is how long to wait between two single calls, so that they take a fifth of the rate (requests a minute; 0:
// unlimited, and then one a second is enough).
func settlePace(rate int) time.Duration {
	if rate <= 0 {
		return time.Second
	}
	return max(time.Second, settleShare*time.Minute/time.Duration(rate))
}

// settle asks for PBXs in a passing state one by one, the one first that was not asked for longest, until ctx ends.
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
			continue // the pass finds out when YCM answers again
		}
		calls := f.settleNext(ctx, asked, f.now())
		for range calls - 1 { // a PBX that has settled took a second call
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}
}

// settleNext asks for one PBX, and if its state is another one reads it whole. It says how many calls that took.
func (f *Fleet) settleNext(ctx context.Context, asked map[int64]time.Time, now time.Time) (calls int) {
	p := f.nextPassing(asked, now)
	if p == nil {
		return 0
	}
	asked[p.CloudPBXID] = now
	status, err := f.ycm.GetCloudPBXStatus(ctx, p.CloudPBXID)
	if err != nil {
		f.log.Debug("a PBX's status could not be asked", "pbx_id", p.CloudPBXID, "err", err)
		return 1
	}
	if string(status.PBXStatus) == p.Text("pbxStatus") && string(status.ActivationStatus) == p.Text("activationStatus") {
		return 1
	}
	f.readOne(ctx, p.CloudPBXID)
	return 2
}

// readOne brings a PBX as it is now into the mirror. If that fails, the next pass does it.
func (f *Fleet) readOne(ctx context.Context, id int64) {
	asked := f.asking()
	record, err := f.ycm.GetCloudPBX(ctx, id)
	if err != nil {
		f.log.Debug("a PBX could not be read by itself", "pbx_id", id, "err", err)
		return
	}
	if _, err := f.apply(context.WithoutCancel(ctx), []reading{{&record, asked, f.now()}}, nil); err != nil {
		f.log.Error("a PBX that was read by itself could not be written", "pbx_id", id, "err", err)
		return
	}
	f.publish()
}

// nextPassing is the PBX that was not asked for longest, or nil if all were asked a moment ago. It forgets those that
// settled.
func (f *Fleet) nextPassing(asked map[int64]time.Time, now time.Time) *PBX {
	s := f.Snapshot()
	status := s.facets[facetIndex("status")]
	isPassing := make([]bool, len(status.words))
	for code, word := range status.words {
		isPassing[code] = passing[word]
	}
	var next *PBX
	still := map[int64]bool{}
	for row, code := range status.codes {
		p := s.pbxs[row]
		if !isPassing[code] || p.IsGone() {
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
