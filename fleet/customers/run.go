package customers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"cordboard/fleet"
	"cordboard/ycm"
)

// Limits on the reads in the background.
const (
	share        = 10                    // they use at most 1/share of the rate
	fastest      = 50 * time.Millisecond // pace if the rate is unlimited
	rereadAfter  = time.Hour             // age at which a PBX's customers are read again
	retryAfter   = 10 * time.Minute      // wait after a read of a PBX's customers failed
	idle         = time.Second           // wait if there is nothing to read
	publishEvery = 5 * time.Second       // minimum time between snapshots for what was read in the background
)

// pace returns the time between two reads.
func (c *Config) pace() time.Duration {
	if c.Rate <= 0 {
		return fastest
	}
	return share * time.Minute / time.Duration(c.Rate)
}

// Run reads the customers in the background until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(d.Step(ctx))
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Step reads one customer or the customers of one PBX, whichever is due, and returns how long to wait before the next
// step. Customers that YCM's list doesn't have come first. Next are the PBXs whose customers aren't known, the newest
// first, and then those that were read longest ago. Step must not be called while Run or another Step is running.
func (d *Directory) Step(ctx context.Context) time.Duration {
	ctx = ycm.Background(ctx)
	wait := idle
	if state := d.mirror.Freshness().State; state != fleet.Failing && state != fleet.Never && d.readNext(ctx) {
		wait = d.c.pace()
	}
	if ctx.Err() == nil {
		d.publish(publishEvery)
	}
	return max(wait, d.c.pace())
}

// readNext reads what is due. It returns false if nothing is.
func (d *Directory) readNext(ctx context.Context) bool {
	now := d.c.Now()
	if id, ok := d.nextCustomer(); ok {
		if _, err := d.Read(ctx, id); err != nil && !errors.Is(err, ycm.ErrNotFound) {
			d.c.Log.Debug("read customer", "customer_id", id, "err", err)
		}
		return true
	}
	id, ok := d.nextPBX(now)
	if !ok {
		return false
	}
	if _, err := d.OfPBX(ctx, id); err != nil && ctx.Err() == nil {
		d.mu.Lock()
		level := d.failed(id, now, err)
		d.mu.Unlock()
		d.c.Log.Log(ctx, level, "read customers", "pbx_id", id, "err", err)
	}
	return true
}

// failed records that a PBX's customers couldn't be read, and returns the level for the log: only the first of several
// failures is an error. A PBX that YCM doesn't have is none. The caller holds Directory.mu.
func (s *state) failed(pbx int64, now time.Time, err error) slog.Level {
	last, level := attempt{at: now}, slog.LevelDebug
	if !errors.Is(err, ycm.ErrNotFound) {
		last.problem, level = fleet.ProblemOf(err), slog.LevelError
		for _, other := range s.tried {
			if other.problem.Kind != fleet.NoProblem {
				level = slog.LevelDebug
			}
		}
	}
	s.tried[pbx] = last
	return level
}

// nextCustomer returns a customer to read singly. It doesn't return the customer again until a list misses it again.
func (d *Directory) nextCustomer() (int64, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.doubtful {
		delete(d.doubtful, id)
		return id, true
	}
	return 0, false
}

// nextPBX returns the PBX whose customers are to be read next.
func (d *Directory) nextPBX(now time.Time) (int64, bool) {
	snapshot := d.mirror.Snapshot()
	d.mu.Lock()
	defer d.mu.Unlock()
	var next *fleet.PBX
	var nextAt time.Time
	for _, p := range snapshot.PBXs() {
		of, known := d.owners[p.CloudPBXID]
		if p.IsGone() {
			delete(d.tried, p.CloudPBXID)
			continue
		}
		if known && now.Sub(of.at) < rereadAfter && !of.at.After(now.Add(time.Minute)) ||
			now.Sub(d.tried[p.CloudPBXID].at) < retryAfter {
			continue
		}
		if next == nil || of.at.Before(nextAt) || of.at.Equal(nextAt) && isNewer(p, next) {
			next, nextAt = p, of.at
		}
	}
	if next == nil {
		return 0, false
	}
	return next.CloudPBXID, true
}

// isNewer reports whether p was created later than q.
func isNewer(p, q *fleet.PBX) bool {
	return cmp.Or(
		cmp.Compare(p.Number(fleet.FieldCreateTime), q.Number(fleet.FieldCreateTime)),
		cmp.Compare(p.CloudPBXID, q.CloudPBXID),
	) > 0
}

// publish publishes the customers of the PBXs if they have changed, unless that was done less than the given time ago.
func (d *Directory) publish(every time.Duration) {
	now := d.c.Now()
	d.mu.Lock()
	if since := now.Sub(d.published); d.announced == d.ofPBXs || since >= 0 && since < every {
		d.mu.Unlock()
		return
	}
	d.announced, d.published = d.ofPBXs, now
	d.mu.Unlock()
	d.mirror.Publish()
}
