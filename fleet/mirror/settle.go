package mirror

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"cordboard/fleet"
	"cordboard/ycm"
)

// Limits on the calls that poll PBXs in a transitional state.
const (
	pollEach  = 3 * time.Second // minimum time between two polls of one PBX
	pollShare = 5               // the calls use at most 1/pollShare of the rate
)

// pollPace returns the time between two polling calls: at least a second, and long enough that the calls use at most
// 1/pollShare of the rate. The rate is in requests per minute; 0 means unlimited.
func pollPace(rate int) time.Duration {
	if rate <= 0 {
		return time.Second
	}
	return max(time.Second, pollShare*time.Minute/time.Duration(rate))
}

// pollTransitional polls PBXs in a transitional state one by one, until ctx ends. The next PBX is always the one that
// was polled least recently.
func (m *Mirror) pollTransitional(ctx context.Context) {
	ctx = ycm.Background(ctx)
	asked := map[int64]time.Time{}
	ticker := time.NewTicker(pollPace(m.c.Rate))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if m.Freshness().State == fleet.Failing {
			continue // the next pass detects when YCM responds again
		}
		calls := m.pollNext(ctx, asked, m.c.Now())
		for range calls - 1 { // a PBX whose status changed needed a second call
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}
}

// pollNext polls the status of one PBX, and reads its record if the status has changed. It returns the number
// of calls.
func (m *Mirror) pollNext(ctx context.Context, asked map[int64]time.Time, now time.Time) (calls int) {
	p := m.nextTransitional(asked, now)
	if p == nil {
		return 0
	}
	asked[p.CloudPBXID] = now
	status, err := m.c.YCM.GetCloudPBXStatus(ctx, p.CloudPBXID)
	if err != nil {
		m.c.Log.Debug("read PBX status", "pbx_id", p.CloudPBXID, "err", err)
		return 1
	}
	if fleet.Status(status.PBXStatus) == p.Status() && fleet.Activation(status.ActivationStatus) == p.Activation() {
		return 1
	}
	m.ReadOne(ctx, p.CloudPBXID)
	return 2
}

// Publish publishes a snapshot with the current customers.
func (m *Mirror) Publish() { m.local.publish() }

// ReadOne is like Read, but logs the error. If the read fails, the next pass reads the PBX.
func (m *Mirror) ReadOne(ctx context.Context, id int64) {
	if _, err := m.Read(ctx, id); err != nil {
		m.c.Log.Debug("read PBX", "pbx_id", id, "err", err)
	}
}

// Read reads one PBX from YCM into the mirror, publishes it, and returns it as YCM reported it, even if the mirror got
// another reading meanwhile. If YCM has no such PBX, the mirror marks it as removed, and the error matches
// ycm.ErrNotFound.
func (m *Mirror) Read(ctx context.Context, id int64) (*fleet.PBX, error) {
	asked := m.local.asking()
	record, err := m.c.YCM.GetCloudPBX(ctx, id)
	stored := context.WithoutCancel(ctx)
	switch {
	case errors.Is(err, ycm.ErrNotFound):
		err = errors.Join(err, m.local.markGone(stored, []int64{id}, m.c.Now()))
	case err == nil:
		_, err = m.local.apply(stored, []reading{{&record, asked, m.c.Now()}}, nil)
	}
	m.local.publish()
	if err != nil {
		return nil, fmt.Errorf("read PBX %d: %w", id, err)
	}
	return m.local.built(&record), nil
}

// nextTransitional returns the transitional PBX that was polled least recently, or nil if none is due. It deletes from
// asked the PBXs that are no longer transitional.
func (m *Mirror) nextTransitional(asked map[int64]time.Time, now time.Time) *fleet.PBX {
	var next *fleet.PBX
	still := map[int64]bool{}
	for _, p := range m.Snapshot().PBXs() {
		if !p.Status().IsTransitional() || p.IsGone() {
			continue
		}
		still[p.CloudPBXID] = true
		at := asked[p.CloudPBXID]
		if now.Sub(at) >= pollEach && (next == nil || at.Before(asked[next.CloudPBXID])) {
			next = p
		}
	}
	maps.DeleteFunc(asked, func(id int64, _ time.Time) bool { return !still[id] })
	return next
}
