// Package tasks follows the tasks that people do in YCM itself, because YCM's API can't. It closes a task when it sees
// the change.
package tasks

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/store"
)

// Whats lists what a task can be about: a member of the PBX's record, or store.OtherTask.
var Whats = []string{
	fleet.FieldPlan.Name(),
	fleet.FieldExpirationDate.Name(),
	fleet.FieldVersion.Name(),
	fleet.FieldType.Name(),
	store.OtherTask,
}

// PBXs is the part of the mirror that tasks use.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	Changed() <-chan struct{}
}

// Store keeps the tasks, and who changed a PBX.
type Store interface {
	OpenTasks(ctx context.Context, account string) ([]store.Task, error)
	CloseTask(ctx context.Context, account string, id int64, c store.Closed) error
	Modifiers(ctx context.Context, account string, limit int, ids ...int64) ([]store.Modifier, error)
}

// Config configures a Follower. All fields but Log are required.
type Config struct {
	Account string
	PBXs    PBXs
	Store   Store
	Log     *slog.Logger // if nil, nothing is logged
}

// Follower closes tasks when their changes appear in the mirror.
type Follower struct{ c Config }

// New returns a Follower. Run closes tasks.
func New(c Config) *Follower {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{c}
}

// Run checks the open tasks at each change of the mirror, until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	version := uint64(0)
	for {
		changed := f.c.PBXs.Changed()
		if now := f.c.PBXs.Snapshot().Version(); now != version {
			version = now
			if err := f.Check(ctx); err != nil && ctx.Err() == nil {
				f.c.Log.Error("check tasks", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// Check closes each open task whose change the mirror shows, or whose PBX is gone.
func (f *Follower) Check(ctx context.Context) error {
	open, err := f.c.Store.OpenTasks(ctx, f.c.Account)
	if err != nil {
		return err
	}
	snapshot := f.c.PBXs.Snapshot()
	for _, t := range open {
		p, ok := snapshot.PBX(t.CloudPBXID)
		if !ok || !p.IsGone() && !IsDone(t.Goal, p) {
			continue
		}
		by, err := f.modifier(ctx, t)
		if err == nil {
			err = f.c.Store.CloseTask(ctx, f.c.Account, t.ID, store.Closed{ChangedBy: by})
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) { // not found: somebody has closed it
			return err
		}
	}
	return nil
}

// modifier returns who last changed the task's PBX since the task was created, if YCM said so.
func (f *Follower) modifier(ctx context.Context, t store.Task) (string, error) {
	all, err := f.c.Store.Modifiers(ctx, f.c.Account, 1, t.CloudPBXID)
	if err != nil || len(all) == 0 || all[0].At.Before(t.CreatedAt) {
		return "", err
	}
	return all[0].By, nil
}

// IsDone reports whether a PBX shows what a task was to change.
func IsDone(g store.Goal, p *fleet.PBX) bool {
	if g.What == store.OtherTask {
		return false
	}
	now := Value(p, g.What)
	if g.Value == "" {
		return now != "" && now != g.Before
	}
	f, _ := fleet.FieldByName(g.What)
	if n := p.Number(f); f.Kind() == fleet.TimeField && n != fleet.Absent {
		return now != g.Before && g.Value >= dayAt(n, -west) && g.Value <= dayAt(n, east)
	}
	return strings.EqualFold(now, g.Value)
}

// west and east are the largest differences between a time zone and UTC. YCM's users choose a day in their own zone, so
// any of the days that a time falls on is the one that they chose.
const (
	west = 12 * time.Hour
	east = 14 * time.Hour
)

// dayAt returns the day of a time in a zone.
func dayAt(seconds int64, offset time.Duration) string {
	return time.Unix(seconds, 0).UTC().Add(offset).Format(time.DateOnly)
}

// Value returns a member of a PBX's record as tasks state it: a date as a day, such as 2026-12-31, in UTC, and any
// other member as YCM reports it.
func Value(p *fleet.PBX, what string) string {
	f, _ := fleet.FieldByName(what)
	if n := p.Number(f); f.Kind() == fleet.TimeField && n != fleet.Absent {
		return dayAt(n, 0)
	}
	return p.Raw(f)
}
