package create

import (
	"context"
	"slices"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/opt"
	"cordboard/store"
)

// createdSince reports whether Done has recorded a PBX with the given host name since mark was taken.
func (k *Kind) createdSince(host string, mark uint64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.ContainsFunc(k.recent, func(p createdPBX) bool {
		return p.mark > mark && strings.EqualFold(p.host, host)
	})
}

// left returns the available capacity: the reading's, minus what is reserved and what PBXs created since
// the reading use.
func (k *Kind) left(r reading, open store.Pending) (left Left) {
	left = r.Available
	take := func(n store.Resources) {
		for i := range left {
			left[i] = capacity.Minus(left[i], opt.New(n[i]))
		}
	}
	take(operations.Holds(open))
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.recent {
		if p.mark > r.mark {
			take(p.takes)
		}
	}
	return left
}

// Left is the available capacity of each resource, indexed like fleet.Resources.
type Left = [len(fleet.Resources)]opt.Int

// Preview validates a form without asking YCM. It also checks the form's host name against the mirror and the open
// operations, and the PBX's size against the available capacity.
func (k *Kind) Preview(ctx context.Context, form Form, zone *time.Location) (d Draft, left Left, err error) {
	d = k.c.Rules.Validate(form, zone)
	if err := k.checkNames(ctx, &d); err != nil {
		return d, left, err
	}
	if left, err = k.Left(ctx); err != nil {
		return d, left, err
	}
	d.short(left)
	return d, left, nil
}

// short adds a warning for each resource whose available capacity is less than the PBX needs. A value that YCM didn't
// report causes no warning.
func (d *Draft) short(left Left) {
	for i, l := range left {
		if l.Known() && l.N < d.Takes[i] && d.Takes[i] > 0 {
			d.Warnings = append(d.Warnings, input.Finding{
				Field:  fleet.ResourceField(i),
				Code:   input.Shortage,
				Name:   fleet.Resources[i],
				Number: max(l.N, 0),
				Takes:  d.Takes[i],
			})
		}
	}
}

// Left returns the capacity that the form shows as available: the last subscription reading's, minus what open
// operations reserve and what PBXs created since the reading use.
func (k *Kind) Left(ctx context.Context) (Left, error) {
	open, err := k.machine.Open(ctx)
	if err != nil {
		return Left{}, err
	}
	return k.LeftOf(open), nil
}
