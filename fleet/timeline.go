package fleet

import (
	"context"
	"slices"
	"time"

	"cordboard/store"
)

// Counters are fields that rise and fall all day. Their values become samples, not changes in the timeline.
var Counters = [...]Field{
	FieldActiveCalls,
	FieldUsedExtensions,
	FieldUsedRecording,
	FieldUsedTranscription,
	FieldUsedReceptionist,
}

// changes returns the events between two readings of a PBX; before is nil for one that was never read. The caller
// holds the mirror's lock.
func (f *Fleet) changes(before, p *PBX, at time.Time) []store.PBXEvent {
	event := store.PBXEvent{CloudPBXID: p.CloudPBXID, At: at, After: f.mirror.since}
	if before == nil {
		if f.mirror.since.IsZero() {
			return nil // on the first reading of the fleet, no PBX is new
		}
		event.Kind = "appeared"
		return []store.PBXEvent{event}
	}
	if event.After = f.lastSeen(before); event.After.After(at) { // the clock was wrong at that time
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
	for _, field := range Fields() {
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
func (f *Fleet) lastSeen(p *PBX) time.Time {
	if read := time.Unix(p.ReadAt, 0); read.After(f.mirror.since) {
		return read
	}
	return f.mirror.since
}

// News returns the fleet's newest changes since a time, newest first and at most limit, without those that occur
// every day.
func (f *Fleet) News(ctx context.Context, since time.Time, limit int) ([]store.PBXEvent, error) {
	return f.store.News(ctx, f.account, since, limit)
}

// Timeline returns a PBX's changes, newest first and at most limit. Only events older than the one with the ID
// before are returned (0: from the newest).
func (f *Fleet) Timeline(ctx context.Context, id, before int64, limit int) ([]store.PBXEvent, error) {
	return f.store.PBXEvents(ctx, f.account, id, before, limit)
}
