package change

import (
	"context"
	"errors"

	"cordboard/store"
)

// Suspension returns the operation that suspended a PBX, or nil if the PBX isn't suspended. Starting the PBX in
// Cordboard lifts the suspension; starting it elsewhere doesn't.
func (c *Changes) Suspension(ctx context.Context, pbx int64) (*store.Operation, error) {
	all, err := c.c.Suspended(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Target.CloudPBXID == pbx {
			return &all[i], nil
		}
	}
	return nil, nil
}

// Suspensions returns the operations that suspended a PBX that is still suspended, newest first.
func (c *Changes) Suspensions(ctx context.Context) ([]store.Operation, error) {
	return c.c.Suspended(ctx)
}

// keepSuspension makes the stop of a suspended PBX, which somebody started in YCM, continue the suspension.
func (c *Changes) keepSuspension(ctx context.Context, d *Draft) error {
	if d.Kind != Stop || d.Suspension != nil {
		return nil
	}
	o, err := c.Suspension(ctx, d.PBX.CloudPBXID)
	if err == nil && o != nil {
		d.Suspension = o.Request.Suspension
	}
	return err
}

// Newest returns the newest operation on a PBX, or nil if there is none.
func (c *Changes) Newest(ctx context.Context, pbx int64) (*store.Operation, error) {
	o, err := c.machine.NewestOf(ctx, "", store.Target{CloudPBXID: pbx})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &o, nil
}
