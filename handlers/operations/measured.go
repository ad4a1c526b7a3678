package operations

import (
	"context"
	"slices"

	"cordboard/fleet/operations/change"
	"cordboard/fleet/operations/create"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/operations"
	"cordboard/views/ui"
)

// measured returns the capacity before and after an operation that took or freed some. It returns nil if the operation
// can't have, or isn't done.
func (h *Handler) measured(ctx context.Context, o *store.Operation, c ui.Clock) (*views.Measured, error) {
	kinds := []store.OperationKind{create.Name, change.Resize, change.Delete}
	if o.State != store.StateDone || !slices.Contains(kinds, o.Kind) {
		return nil, nil
	}
	m, err := h.readings.Around(ctx, o.Times.SendingAt, o.Times.FinishedAt)
	if err != nil {
		return nil, err
	}
	if m.At.IsZero() {
		return &views.Measured{Text: "Cordboard hasn’t read the subscription since this operation."}, nil
	}
	return &views.Measured{
		Rows: display.Measured(m),
		Text: "As YCM reported it on " + c.DateTime(m.At).Text + ". Other changes at that time count too.",
	}, nil
}
