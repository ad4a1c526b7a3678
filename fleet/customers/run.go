package customers

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
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

// queue has the PBXs whose customers are to be read next, as of a snapshot. Finding them takes a look at all PBXs.
type queue struct {
	version uint64 // the snapshot's
	ids     []int64
}

// queued is how many PBXs are found at once.
const queued = 500

// nextPBX returns the PBX whose customers are to be read next.
func (d *Directory) nextPBX(now time.Time) (int64, bool) {
	snapshot := d.mirror.Snapshot()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue.ids) == 0 || d.queue.version != snapshot.Version() {
		d.queue = queue{snapshot.Version(), d.due(snapshot, now)}
	}
	for len(d.queue.ids) > 0 {
		id := d.queue.ids[0]
		d.queue.ids = d.queue.ids[1:]
		if d.isDue(id, now) { // it may have been read since
			return id, true
		}
	}
	return 0, false
}

// due returns the PBXs whose customers are to be read next, the first one first. The caller holds Directory.mu.
func (s *state) due(snapshot *fleet.Snapshot, now time.Time) []int64 {
	var all []*fleet.PBX
	for _, p := range snapshot.PBXs() {
		if p.IsGone() {
			delete(s.tried, p.CloudPBXID)
		} else if s.isDue(p.CloudPBXID, now) {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(p, q *fleet.PBX) int {
		return cmp.Or(
			s.owners[p.CloudPBXID].at.Compare(s.owners[q.CloudPBXID].at),
			cmp.Compare(q.Number(fleet.FieldCreateTime), p.Number(fleet.FieldCreateTime)), // the newest first
			cmp.Compare(q.CloudPBXID, p.CloudPBXID),
		)
	})
	var ids []int64
	for _, p := range all[:min(len(all), queued)] {
		ids = append(ids, p.CloudPBXID)
	}
	return ids
}

// isDue reports whether a PBX's customers are to be read. The caller holds Directory.mu.
func (s *state) isDue(id int64, now time.Time) bool {
	of, known := s.owners[id]
	if known && now.Sub(of.at) < rereadAfter && !of.at.After(now.Add(time.Minute)) {
		return false
	}
	return now.Sub(s.tried[id].at) >= retryAfter
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
