package mirror

import (
	"context"
	"slices"
	"time"

	"cordboard/fleet"
	"cordboard/store"
)

// Counters are fields that rise and fall all day. Their values become samples, not changes in the timeline.
var Counters = [...]fleet.Field{
	fleet.FieldActiveCalls,
	fleet.FieldUsedExtensions,
	fleet.FieldUsedRecording,
	fleet.FieldUsedTranscription,
	fleet.FieldUsedReceptionist,
}

// changes returns the events between two readings of a PBX; before is nil for one that was never read. The caller
// holds the lock of local.
func (m *Mirror) changes(before, p *fleet.PBX, at time.Time) []store.PBXEvent {
	event := store.PBXEvent{CloudPBXID: p.CloudPBXID, At: at, After: m.local.since}
	if before == nil {
		if m.local.since.IsZero() {
			return nil // on the first reading of the fleet, no PBX is new
		}
		event.Kind = "appeared"
		return []store.PBXEvent{event}
	}
	if event.After = m.lastSeen(before); event.After.After(at) { // the clock was wrong at that time
		event.After = at
	}
	var events []store.PBXEvent
	if before.IsGone() {
		event.Kind = "returned"
		if gone := time.Unix(before.GoneAt, 0); gone.After(event.After) {
			event.After = gone
		}
		events = append(events, event)
	}
	event.Kind = "changed"
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

// lastSeen returns when a PBX was last known to be as it is in the mirror: at the last complete pass, or when it
// was read after that.
func (m *Mirror) lastSeen(p *fleet.PBX) time.Time {
	if read := time.Unix(p.ReadAt, 0); read.After(m.local.since) {
		return read
	}
	return m.local.since
}

// News returns the fleet's newest changes since a time, newest first and at most limit, without those that occur
// every day.
func (m *Mirror) News(ctx context.Context, since time.Time, limit int) ([]store.PBXEvent, error) {
	return m.c.Store.News(ctx, m.c.Account, since, limit)
}

// Timeline returns a PBX's changes, newest first and at most limit. Only events older than the one with the ID
// before are returned (0: from the newest).
func (m *Mirror) Timeline(ctx context.Context, id, before int64, limit int) ([]store.PBXEvent, error) {
	return m.c.Store.PBXEvents(ctx, m.c.Account, id, before, limit)
}
