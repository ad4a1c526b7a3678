package create

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/list"
	"cordboard/store"
)

// Judge validates the forms of many new PBXs by what the mirror and the catalog have. YCM is asked for the host name of
// each only right before its request is sent.
type Judge struct {
	kind  *Kind
	open  store.Pending
	left  map[string]int64      // numbers of the batches that have yet to create PBXs, by target key
	names map[string]*fleet.PBX // the PBXs in the fleet, by nameKey
}

// Judge returns a Judge, after reading again the options that aren't recent. The error is an *operations.UpstreamError
// if options were never read.
func (k *Kind) Judge(ctx context.Context) (*Judge, error) {
	var old []fleet.OptionKind
	kinds := append([]fleet.OptionKind{fleet.Customers}, fleet.Regions, fleet.Domains, fleet.Firmwares, fleet.Templates)
	for _, kind := range kinds {
		if o := k.c.Rules.Options(kind); o.At.IsZero() || kind != fleet.Customers && k.c.Now().Sub(o.At) > time.Minute {
			old = append(old, kind)
		}
	}
	if len(old) > 0 {
		ctx, cancel := context.WithTimeout(ctx, k.c.PrecheckTimeout)
		defer cancel()
		k.c.Reload(ctx, old...)
	}
	for _, kind := range kinds {
		if k.c.Rules.Options(kind).At.IsZero() {
			return nil, k.unreadError(kind)
		}
	}
	j := &Judge{kind: k, names: namesakes(k.c.Mirror.Snapshot(), "")}
	var err error
	if k.c.Left != nil { // before the operations, so that a row that becomes one isn't missed
		if j.left, err = k.c.Left(ctx); err != nil {
			return nil, err
		}
	}
	j.open, err = k.machine.Open(ctx)
	return j, err
}

// Row returns the PBX that a form would create, as a row of a plan. If the draft has problems, the row isn't planned.
func (j *Judge) Row(form Form, zone *time.Location) (store.BatchRow, Draft, error) {
	d := j.kind.c.Rules.Validate(form, zone)
	if d.Host != "" {
		if p := j.kind.c.Mirror.Snapshot().ByHost(d.Host); p != nil {
			name := list.Shorten(p.Text(fleet.FieldName))
			d.taken(input.Finding{Code: FindingHostInFleet, Number: p.CloudPBXID, Name: name})
		} else if batch := j.left[hostKey(d.Host)]; batch > 0 {
			d.taken(input.Finding{Code: FindingHostInBatch, Number: batch})
		} else {
			d.taken(heldBy(j.open, d.Host))
		}
	}
	d.warnOfName(j.names)
	row := store.BatchRow{State: store.RowNotApplicable, Target: store.Target{Key: hostKey(d.Host), Name: d.Host}}
	var err error
	if row.Problems, err = input.EncodeWarnings(d.Problems); err != nil || len(d.Problems) > 0 {
		return row, d, err
	}
	row.State = store.RowPlanned
	r := store.OperationRequest{Words: d.Words, Reason: d.Form.Get("reason"), Takes: d.Takes}
	for i := range r.Available {
		r.Available[i] = fleet.Absent
	}
	if r.Body, err = json.Marshal(d.Request); err != nil {
		return row, d, fmt.Errorf("encode the create request: %w", err)
	}
	r.Warnings, err = input.EncodeWarnings(d.Warnings)
	row.Request = r
	return row, d, err
}

// LeftOf returns the available capacity of the last reading, minus what is reserved and what PBXs created since the
// reading use.
func (k *Kind) LeftOf(open store.Pending) Left {
	var r reading
	r.Reading, r.mark = k.c.Subscriptions.Last()
	return k.left(r, open)
}
