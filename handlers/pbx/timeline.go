package pbx

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
)

const timelinePage = 50 // changes per page

// timeline returns one page of a PBX's history: the changes that were found in YCM and the actions in Cordboard. before
// is the ID of the oldest change on the previous, newer page, or 0 for the first page.
func (h *Handler) timeline(
	ctx context.Context,
	p *fleet.PBX,
	record store.PBX,
	before int64,
	c ui.Clock,
	canAudit bool,
) (ui.Timeline, error) {
	events, err := h.history.Timeline(ctx, before, timelinePage+1, p.CloudPBXID)
	if err != nil {
		return ui.Timeline{}, err
	}
	done, err := h.auditLog.AuditOfPBXs(ctx, timelinePage, p.CloudPBXID)
	if err != nil {
		return ui.Timeline{}, err
	}
	by, err := h.auditLog.Modifiers(ctx, mirror.DefaultAccount, display.MostModifiers, p.CloudPBXID)
	if err != nil {
		return ui.Timeline{}, err
	}
	t := display.Timeline{
		By:       by,
		Events:   events,
		Done:     done,
		Per:      timelinePage,
		Before:   before,
		CanAudit: canAudit,
		Customer: h.customers.Customer,
		URL: func(before int64) string {
			if before == 0 {
				return ui.PBXURL(p.CloudPBXID) + "#timeline"
			}
			return ui.PBXURL(p.CloudPBXID) + "?" + url.Values{"before": {strconv.FormatInt(before, 10)}}.Encode() + "#timeline"
		},
	}
	if !record.FirstSeenAt.IsZero() &&
		!slices.ContainsFunc(events, func(e store.PBXEvent) bool { return e.Kind == store.PBXAppeared }) {
		t.Oldest = []display.Dated{firstSeen(record.FirstSeenAt, c)}
	}
	return t.Page(c), nil
}

// firstSeen returns the entry for a PBX that already existed when Cordboard first synced the fleet.
func firstSeen(at time.Time, c ui.Clock) display.Dated {
	return display.Dated{At: at, Entry: ui.TimelineEntry{
		Icon:  "search",
		Title: "First seen",
		Meta:  "At " + c.Time(at).Text + ", with the rest of the fleet",
	}}
}
