package fleet

import (
	"context"
	"fmt"
	"time"

	"cordboard/opt"
	"cordboard/store"
)

// peaks are a PBX's samples on disk: the newest bucket of each scale, and the highest values of its counters.
type peaks [2]struct {
	bucket int64
	max    [len(Counters)]int64
}

var scales = [...]struct {
	name string
	unit time.Duration
}{{store.Hour, time.Hour}, {store.Day, 24 * time.Hour}}

// loadPeaks reads the samples on disk, once.
func (f *Fleet) loadPeaks(ctx context.Context) error {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	if f.mirror.peaks != nil {
		return nil
	}
	f.mirror.stale = true // the windows depend on the disk, too
	all := map[int64]*peaks{}
	err := f.store.EachLastSample(ctx, f.account, func(s store.Sample) {
		p := all[s.CloudPBXID]
		if p == nil {
			p = newPeaks()
			all[s.CloudPBXID] = p
		}
		for i, scale := range scales {
			for c, counter := range Counters {
				if scale.name == s.Scale && counter.Name() == s.Counter {
					p[i].bucket = max(p[i].bucket, s.Start.Unix())
					p[i].max[c] = Absent
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
	for i, scale := range scales { // a bucket that was read has begun, even if it has no sample of its own
		starts, err := f.store.Sampled(ctx, f.account, scale.name)
		if err != nil {
			return err
		}
		if len(starts) > 0 {
			for _, p := range all {
				p[i].bucket = max(p[i].bucket, starts[len(starts)-1].Unix())
			}
		}
	}
	f.mirror.peaks = all
	return nil
}

func newPeaks() *peaks {
	p := &peaks{}
	for i := range p {
		for c := range p[i].max {
			p[i].max[c] = Absent
		}
	}
	return p
}

// sample returns the samples that a reading adds. A counter gets a sample if its value is higher than its
// bucket's so far, or if it begins a new bucket with another value than the last. A bucket without a sample has
// the value of the one before.
func (f *Fleet) sample(r reading) []store.Sample {
	f.mirror.mu.Lock()
	defer f.mirror.mu.Unlock()
	if f.mirror.peaks == nil {
		return nil
	}
	id := r.record.CloudPBXID.N
	known := f.mirror.peaks[id]
	if known == nil {
		known = newPeaks()
		f.mirror.peaks[id] = known
	}
	var samples []store.Sample
	number := func(f Field) opt.Int { return numbersOf[f](r.record) }
	f.watch(id, r.at, number)
	for i, scale := range scales {
		p := &known[i]
		start := r.at.UTC().Truncate(scale.unit)
		begins := start.Unix() != p.bucket
		p.bucket = start.Unix()
		for c, counter := range Counters {
			value := int64(Absent)
			if n := number(counter); n.Known() {
				value = n.N
			}
			if value > p.max[c] || begins && value != p.max[c] {
				p.max[c] = value
				samples = append(
					samples,
					store.Sample{
						CloudPBXID: id,
						Scale:      scale.name,
						Counter:    counter.Name(),
						Start:      start,
						Max:        value,
						Known:      value != Absent,
					},
				)
			}
		}
	}
	return samples
}

// Series holds the values of a counter over time, oldest first, one per bucket. A value is Absent if nothing was
// read in its bucket or YCM didn't report it.
type Series struct {
	Counter Field
	Start   time.Time // of the first bucket
	Unit    time.Duration
	Values  []int64
}

// Series returns a PBX's counters by hour for 14 days or by day for 400, up to now or to when the PBX was gone.
// It leaves out counters that were never reported and the time before the first sample.
func (f *Fleet) Series(ctx context.Context, id int64, scale string, now time.Time) ([]Series, error) {
	samples, err := f.store.Samples(ctx, f.account, id, scale)
	if err != nil {
		return nil, err
	}
	starts, err := f.store.Sampled(ctx, f.account, scale)
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
	if p, ok := f.Snapshot().PBX(id); ok && p.IsGone() {
		if gone := time.Unix(p.GoneAt, 0); gone.Before(now) {
			now = gone
		}
	}
	var all []Series
	for _, counter := range Counters {
		var own []store.Sample
		for _, s := range samples {
			if s.Counter == counter.Name() {
				own = append(own, s)
			}
		}
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
	value, known := int64(Absent), false
	next := 0
	for at := first; !at.After(now); at = at.Add(unit) {
		written := false
		for ; next < len(samples) && !samples[next].Start.After(at); next++ {
			value = Absent
			if samples[next].Known {
				value = samples[next].Max
			}
			written = samples[next].Start.Equal(at)
		}
		known = known || value != Absent
		if !written && !sampled[at.Unix()] {
			s.Values = append(s.Values, Absent)
			continue
		}
		s.Values = append(s.Values, value)
	}
	if !known {
		return Series{}
	}
	return s
}
