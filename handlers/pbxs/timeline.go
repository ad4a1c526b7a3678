package pbxs

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/web/display"
	"cordboard/store"
	views "cordboard/views/pbxs"
	"cordboard/views/ui"
)

const timelinePage = 50 // changes per page

// timeline returns one page of a PBX's history: the changes that syncs found and the actions in Cordboard. before is
// the ID of the oldest change on the previous, newer page, or 0 for the first page.
func (h *Record) timeline(
	ctx context.Context,
	p *fleet.PBX,
	record store.PBX,
	before int64,
	c ui.Clock,
	canAudit bool,
) (views.Timeline, error) {
	events, err := h.history.Timeline(ctx, p.CloudPBXID, before, timelinePage+1)
	if err != nil {
		return views.Timeline{}, err
	}
	done, err := h.auditLog.AuditOfPBX(ctx, p.CloudPBXID, timelinePage)
	if err != nil {
		return views.Timeline{}, err
	}
	t := views.Timeline{}
	more := len(events) > timelinePage
	if more {
		events = events[:timelinePage]
		t.Older = ui.PBXURL(p.CloudPBXID) + "?" + url.Values{
			"before": {strconv.FormatInt(events[timelinePage-1].ID, 10)},
		}.Encode() + "#timeline"
	}
	if before > 0 {
		t.Newest = ui.PBXURL(p.CloudPBXID) + "#timeline"
	}
	var all []dated
	for _, e := range events {
		all = append(all, dated{e.At, display.ChangeEntry(e, done, c)})
	}
	oldest := time.Time{}
	if more {
		oldest = events[len(events)-1].At
	}
	newest := c.Now.Add(time.Hour)
	if before > 0 && len(events) > 0 {
		newest = events[0].At
	}
	for _, e := range done {
		if !e.At.Before(oldest) && !e.At.After(newest) {
			all = append(all, dated{e.At, doneEntry(e, c, canAudit)})
		}
	}
	if !more && !record.FirstSeenAt.IsZero() &&
		!slices.ContainsFunc(events, func(e store.PBXEvent) bool { return e.Kind == store.PBXAppeared }) {
		all = append(all, firstSeen(record.FirstSeenAt, c))
	}
	t.Days = timelineDays(all, c)
	return t, nil
}

// firstSeen returns the entry for a PBX that already existed when Cordboard first synced the fleet.
func firstSeen(at time.Time, c ui.Clock) dated {
	return dated{at, ui.TimelineEntry{
		Icon:  "search",
		Title: "First seen",
		Meta:  "At " + c.Time(at).Text + ", with the rest of the fleet",
	}}
}

// dated is a timeline entry with its time.
type dated struct {
	at    time.Time
	entry ui.TimelineEntry
}

// timelineDays sorts entries from newest to oldest and groups them by day.
func timelineDays(all []dated, c ui.Clock) (days []views.TimelineDay) {
	slices.SortStableFunc(all, func(a, b dated) int { return b.at.Compare(a.at) })
	for _, d := range all {
		title := c.DayTitle(d.at)
		if n := len(days); n == 0 || days[n-1].Title != title {
			days = append(days, views.TimelineDay{Title: title})
		}
		day := &days[len(days)-1]
		day.Entries = append(day.Entries, d.entry)
	}
	return days
}

// doneEntry returns the timeline entry for an action in Cordboard.
func doneEntry(e store.Event, c ui.Clock, canAudit bool) ui.TimelineEntry {
	badge := ui.OutcomeBadge(e.Outcome)
	entry := ui.TimelineEntry{
		Kind:      "done",
		Icon:      "pencil",
		Tone:      "tone-accent",
		Title:     e.Action + ": " + badge.Word,
		RequestID: e.YCMRequestID,
		Meta:      fmt.Sprintf("In Cordboard, by %s at %s", e.Actor.Name, c.Time(e.At).Text),
	}
	// Only users who may read the audit log see details, such as the reason.
	if detail := e.Detail(); detail != "" && canAudit {
		entry.Title += ", " + detail
	}
	if canAudit {
		entry.Audit = &ui.Link{
			Label: "audit entry " + ui.Number(e.Seq),
			URL:   ui.AuditSearchURL("no:" + strconv.FormatInt(e.Seq, 10)),
		}
	}
	return entry
}
