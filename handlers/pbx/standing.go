package pbx

import (
	"context"
	"fmt"

	"cordboard/fleet"
	"cordboard/fleet/operations/change"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbx"
	"cordboard/views/ui"
)

// standing returns what a user must know about a PBX first: an operation that is open, that Cordboard deleted it, or a
// suspension. It returns nil if there is nothing to say.
func (h *Handler) standing(ctx context.Context, p *fleet.PBX, c ui.Clock) (*views.Standing, error) {
	newest, err := h.changes.Newest(ctx, p.CloudPBXID)
	if err != nil || newest == nil {
		return nil, err
	}
	link := func(o *store.Operation) *ui.Link {
		return &ui.Link{Label: fmt.Sprintf("Operation %d", o.Number), URL: ui.OperationURL(o.ID)}
	}
	if newest.IsOpen() {
		return &views.Standing{
			Tone: "tone-warn",
			Icon: "hourglass",
			Text: fmt.Sprintf("%s is in progress, by %s.", display.OperationLabel(newest), newest.By.Name),
			Link: link(newest),
		}, nil
	}
	if p.IsGone() {
		if newest.Kind != change.Delete || newest.State != store.StateDone {
			return nil, nil
		}
		freed, err := h.readings.Around(ctx, newest.Times.SendingAt, newest.Times.FinishedAt)
		if err != nil {
			return nil, err
		}
		return &views.Standing{
			Tone: "tone-info",
			Icon: "trash-2",
			Note: display.MeasuredText(freed, c),
			Text: fmt.Sprintf("Deleted by %s on %s.", newest.By.Name, c.Date(newest.Times.FinishedAt).Text),
			Link: link(newest),
		}, nil
	}
	stop, err := h.changes.Suspension(ctx, p.CloudPBXID)
	if err != nil || stop == nil {
		return nil, err
	}
	on, review := c.Date(stop.Times.FinishedAt).Text, display.DateText(stop.Request.Suspension.ReviewOn)
	s := &views.Standing{
		Tone: "tone-warn",
		Icon: "clock",
		Text: fmt.Sprintf("Suspended by %s on %s. Review on %s.", stop.By.Name, on, review),
		Note: stop.Request.Suspension.Note,
		Link: link(stop),
	}
	s.Action = &views.Action{Label: "Start the PBX", Icon: "circle-play", URL: ui.PBXURL(p.CloudPBXID) + "/start"}
	if p.Status() != fleet.StatusStopped {
		s.Tone, s.Icon, s.Action.Label, s.Action.Icon = "tone-bad", "triangle-alert", "Stop the PBX", "circle-stop"
		s.Action.URL = ui.PBXURL(p.CloudPBXID) + "/stop"
		s.Text = fmt.Sprintf("This PBX is suspended but isn’t stopped. %s suspended it on %s.", stop.By.Name, on)
	}
	return s, nil
}
