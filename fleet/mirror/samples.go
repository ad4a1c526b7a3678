package mirror

import (
	"context"
	"fmt"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/opt"
	"cordboard/store"
)

// peaks summarizes a PBX's samples on disk: for each scale, the newest bucket and each counter's highest value in it.
type peaks [2]struct {
	bucket int64
	max    [len(Counters)]int64
}

var scales = [...]struct {
	name string
	unit time.Duration
}{{store.Hour, time.Hour}, {store.Day, 24 * time.Hour}}

// loadPeaks loads the peaks from the stored samples, unless they are already loaded.
func (l *local) loadPeaks(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peaks != nil {
		return nil
	}
	l.stale = true // the windows come from the same samples
	all := map[int64]*peaks{}
	err := l.c.Store.EachLastSample(ctx, l.c.Account, func(s store.Sample) {
		p := all[s.CloudPBXID]
		if p == nil {
			p = newPeaks()
			all[s.CloudPBXID] = p
		}
		for i, scale := range scales {
			for c, counter := range Counters {
				if scale.name == s.Scale && counter.Name() == s.Counter {
					p[i].bucket = max(p[i].bucket, s.Start.Unix())
					p[i].max[c] = fleet.Absent
					if s.Known {
						p[i].max[c] = s.Max
					}
				}
			}
		}
	})
	if err != nil {
		return fmt.Errorf("load samples: %w", err)
	}
	for i, scale := range scales { // a bucket in which the fleet was read has begun, even without a sample
		starts, err := l.c.Store.Sampled(ctx, l.c.Account, scale.name)
		if err != nil {
			return err
		}
		if len(starts) > 0 {
			for _, p := range all {
				p[i].bucket = max(p[i].bucket, starts[len(starts)-1].Unix())
			}
		}
	}
	l.peaks = all
	return nil
}

func newPeaks() *peaks {
	p := &peaks{}
	for i := range p {
		for c := range p[i].max {
			p[i].max[c] = fleet.Absent
		}
	}
	return p
}

// sample returns the samples that a reading adds. A counter gets a sample if its value is a new maximum for its
// bucket, or if the value begins a new bucket and differs from the last sample's. A bucket without a sample has the
// same value as the bucket before it.
func (l *local) sample(r reading) []store.Sample {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.peaks == nil {
		return nil
	}
	id := r.record.CloudPBXID.N
	known := l.peaks[id]
	if known == nil {
		known = newPeaks()
		l.peaks[id] = known
	}
	var samples []store.Sample
	number := func(f fleet.Field) opt.Int { return numbersOf[f](r.record) }
	l.watch(id, r.at, number)
	for i, scale := range scales {
		p := &known[i]
		start := r.at.UTC().Truncate(scale.unit)
		begins := start.Unix() != p.bucket
		p.bucket = start.Unix()
		for c, counter := range Counters {
			value := int64(fleet.Absent)
			if n := number(counter); n.Known() {
				value = n.N
			}
			if value > p.max[c] || begins && value != p.max[c] {
				p.max[c] = value
				samples = append(samples, store.Sample{
					CloudPBXID: id,
					Scale:      scale.name,
					Counter:    counter.Name(),
					Start:      start,
					Max:        value,
					Known:      value != fleet.Absent,
				})
			}
		}
	}
	return samples
}

// Series contains the values of a counter over time, oldest first, one per bucket. A value is Absent if nothing was
// read in its bucket or YCM didn't report it.
type Series struct {
	Counter fleet.Field
	Start   time.Time // of the first bucket
	Unit    time.Duration
	Values  []int64
}

// Series returns a PBX's counters by hour for the last 14 days or by day for the last 400 days, depending on scale.
// The series end now, or when the PBX was found to be gone. Series omits counters that were never reported, and the
// time before the first sample.
func (m *Mirror) Series(ctx context.Context, id int64, scale string, now time.Time) ([]Series, error) {
	samples, err := m.c.Store.Samples(ctx, m.c.Account, id, scale)
	if err != nil {
		return nil, err
	}
	starts, err := m.c.Store.Sampled(ctx, m.c.Account, scale)
	if err != nil {
		return nil, err
	}
	sampled := map[int64]bool{}
	for _, at := range starts {
		sampled[at.Unix()] = true
	}
	unit, first := time.Hour, now.Add(-14*24*time.Hour)
	if scale == store.Day {
		unit, first = 24*time.Hour, now.Add(-400*24*time.Hour)
	}
	if p, ok := m.Snapshot().PBX(id); ok && p.IsGone() {
		if gone := time.Unix(p.GoneAt, 0); gone.Before(now) {
			now = gone
		}
	}
	var all []Series
	for _, counter := range Counters {
		elsewhere := func(s store.Sample) bool { return s.Counter != counter.Name() }
		own := slices.DeleteFunc(slices.Clone(samples), elsewhere)
		if s := series(own, sampled, first.UTC().Truncate(unit), now, unit); len(s.Values) > 0 {
			s.Counter = counter
			all = append(all, s)
		}
	}
	return all, nil
}

func series(samples []store.Sample, sampled map[int64]bool, first, now time.Time, unit time.Duration) Series {
	if len(samples) == 0 {
		return Series{}
	}
	if samples[0].Start.After(first) {
		first = samples[0].Start
	}
	s := Series{Start: first, Unit: unit}
	value, known := int64(fleet.Absent), false
	next := 0
	for at := first; !at.After(now); at = at.Add(unit) {
		written := false
		for ; next < len(samples) && !samples[next].Start.After(at); next++ {
			value = fleet.Absent
			if samples[next].Known {
				value = samples[next].Max
			}
			written = samples[next].Start.Equal(at)
		}
		known = known || value != fleet.Absent
		if !written && !sampled[at.Unix()] {
			s.Values = append(s.Values, fleet.Absent)
			continue
		}
		s.Values = append(s.Values, value)
	}
	if !known {
		return Series{}
	}
	return s
}
