package mirror

import (
	"context"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/store"
)

// Counters lists the fields whose values rise and fall all day. The values are stored as samples, not as changes in the
// timeline.
var Counters = [...]fleet.Field{
	fleet.FieldActiveCalls,
	fleet.FieldUsedExtensions,
	fleet.FieldUsedRecording,
	fleet.FieldUsedTranscription,
	fleet.FieldUsedReceptionist,
}

// changes returns the events between two readings of a PBX. before is nil for the PBX's first reading. The caller
// holds l.mu.
func (l *local) changes(before, p *fleet.PBX, at time.Time) []store.PBXEvent {
	event := store.PBXEvent{CloudPBXID: p.CloudPBXID, At: at, After: l.since}
	if before == nil {
		if l.since.IsZero() {
			return nil // until a pass is complete, no PBX counts as new
		}
		event.Kind = store.PBXAppeared
		return []store.PBXEvent{event}
	}
	if event.After = l.lastSeen(before); event.After.After(at) { // the clock has been set back since
		event.After = at
	}
	var events []store.PBXEvent
	if before.IsGone() {
		event.Kind = store.PBXReturned
		if gone := time.Unix(before.GoneAt, 0); gone.After(event.After) {
			event.After = gone
		}
		events = append(events, event)
	}
	event.Kind = store.PBXChanged
	for _, field := range fleet.Fields() {
		was, is := before.Raw(field), p.Raw(field)
		if was == is || slices.Contains(Counters[:], field) || was == "" && isSingly(field) {
			continue
		}
		event.Field, event.Old, event.New = field.Name(), was, is
		events = append(events, event)
	}
	return events
}

// lastSeen returns the last time at which the mirror's copy of a PBX was known to be correct: the start of the last
// complete pass, or the time when the copy was read, if that is later.
func (l *local) lastSeen(p *fleet.PBX) time.Time {
	if read := time.Unix(p.ReadAt, 0); read.After(l.since) {
		return read
	}
	return l.since
}

// News returns up to limit changes to the fleet since the given time, newest first. It omits changes to fields that can
// change every day.
func (m *Mirror) News(ctx context.Context, since time.Time, limit int) ([]store.PBXEvent, error) {
	return m.c.Store.Changes(ctx, m.c.Account, since, limit)
}

// Timeline returns up to limit events of the given PBXs, newest first. If before isn't 0, it returns only events older
// than the event whose ID is before.
func (m *Mirror) Timeline(ctx context.Context, before int64, limit int, ids ...int64) ([]store.PBXEvent, error) {
	return m.c.Store.PBXEvents(ctx, m.c.Account, before, limit, ids...)
}
