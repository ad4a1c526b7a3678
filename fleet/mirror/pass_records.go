package mirror

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cordboard/ycm"
)

func (p *pass) compare(r reading) {
	p.seen[r.record.CloudPBXID.N] = true
	p.samples = append(p.samples, p.mirror.local.sample(r)...)
	if p.mirror.local.differs(r) {
		p.readings = append(p.readings, r)
	}
}

func (p *pass) flush(ctx context.Context) error {
	n, err := p.mirror.local.apply(ctx, p.readings, p.samples)
	p.Written += n
	p.readings, p.samples = nil, nil
	return err
}

// confirmGone reads up to maxNominees PBXs that a complete pass didn't see, each by its ID. It marks a PBX as gone only
// if YCM reports "not found", because a list that shifts during a pass can hide an existing PBX.
func (p *pass) confirmGone(ctx context.Context) error {
	var nominees, gone []int64
	for _, known := range p.mirror.Snapshot().PBXs() {
		if !known.IsGone() && !p.seen[known.CloudPBXID] {
			nominees = append(nominees, known.CloudPBXID)
		}
	}
	if len(nominees) > maxNominees { // start with those that the last pass didn't reach
		slices.Sort(nominees)
		at, _ := slices.BinarySearch(nominees, p.mirror.lastNominee+1)
		nominees = append(nominees[at:], nominees[:at]...)[:maxNominees]
		p.mirror.lastNominee = nominees[maxNominees-1]
	}
	var failed error
	for _, id := range nominees {
		asked := p.mirror.local.asking()
		record, err := p.mirror.c.YCM.GetCloudPBX(ctx, id)
		if errors.Is(err, ycm.ErrNotFound) {
			gone = append(gone, id)
			continue
		}
		if err != nil {
			failed = fmt.Errorf("check whether PBX %d is gone: %w", id, err)
			break
		}
		p.compare(reading{&record, asked, p.mirror.c.Now()})
	}
	ctx = context.WithoutCancel(ctx)
	if err := p.mirror.local.markGone(ctx, gone, p.mirror.c.Now()); err != nil {
		return errors.Join(failed, err)
	}
	p.Gone = len(gone)
	return errors.Join(failed, p.flush(ctx))
}
