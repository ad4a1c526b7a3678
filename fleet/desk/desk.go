// Package desk keeps what people add to PBXs in Cordboard: who looks after them, how far their renewals are, notes, and
// which reasons for attention are snoozed. The mirror attaches it to the PBXs, so that lists can show it and search it.
package desk

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"

	"cordboard/fleet"
	"cordboard/store"
)

// Store stores what people add to PBXs.
type Store interface {
	Users(ctx context.Context) ([]store.User, error)
	Owners(ctx context.Context, account string, about store.About) (map[int64]int64, error)
	Renewals(ctx context.Context, account string) ([]store.Renewal, error)
	Snoozes(ctx context.Context, account string) ([]store.Snooze, error)
	NoteTexts(ctx context.Context, account string) (map[int64][]string, error)
	ChangeRenewals(ctx context.Context, account string, by store.Actor, all ...store.RenewalChange) error
	CloseRenewal(ctx context.Context, id, renewedTo int64) error
	SetSnooze(ctx context.Context, account, name string, z store.Snooze) error
	AddRemark(ctx context.Context, account, name string, r store.Remark) error
}

// PBXs is the part of the mirror that the desk uses.
type PBXs interface {
	Snapshot() *fleet.Snapshot
	Changed() <-chan struct{}
	Publish()
}

// Config configures a Desk. All fields but Log are required.
type Config struct {
	Account string
	Store   Store
	Log     *slog.Logger // if nil, nothing is logged
}

// Desk keeps what people add to PBXs. Its methods are safe for concurrent use.
type Desk struct {
	c    Config
	pbxs PBXs

	mu      sync.Mutex
	version uint64
	rows    map[int64]*fleet.Desk
	notes   map[int64][]string // newest first
}

// New returns a Desk with the data from the store. Use must be called before any method that changes something.
func New(ctx context.Context, c Config) (*Desk, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &Desk{c: c}
	if err := d.reloadNotes(ctx); err != nil {
		return nil, err
	}
	return d, d.reload(ctx)
}

// Use sets the mirror that publishes what the desk has.
func (d *Desk) Use(m PBXs) { d.pbxs = m }

// Version implements [mirror.Customers].
func (d *Desk) Version() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.version
}

// Attach implements [mirror.Customers].
func (d *Desk) Attach(pbxs []*fleet.PBX) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, p := range pbxs {
		if row := d.rows[p.CloudPBXID]; !p.HasDesk(row) {
			pbxs[i] = p.WithDesk(row)
		}
	}
}

// reload reads everything but the notes from the store. It keeps the rows that didn't change.
func (d *Desk) reload(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	users, err := d.c.Store.Users(ctx)
	if err != nil {
		return err
	}
	owners, err := d.c.Store.Owners(ctx, d.c.Account, store.AboutPBX)
	if err != nil {
		return err
	}
	renewals, err := d.c.Store.Renewals(ctx, d.c.Account)
	if err != nil {
		return err
	}
	snoozes, err := d.c.Store.Snoozes(ctx, d.c.Account)
	if err != nil {
		return err
	}
	next := map[int64]*fleet.Desk{}
	row := func(id int64) *fleet.Desk {
		if next[id] == nil {
			next[id] = &fleet.Desk{Notes: d.notes[id]}
		}
		return next[id]
	}
	for id, user := range owners {
		row(id).Owner = ownerOf(users, user)
	}
	for _, r := range renewals {
		row(r.CloudPBXID).Renewal = fleet.Renewal{State: string(r.State), Next: r.Next, NextOn: r.NextOn}
	}
	for _, z := range snoozes {
		s := fleet.Snooze{What: z.What, Reason: z.Reason, Until: z.Until, By: z.By.Name}
		row(z.CloudPBXID).Snoozes = append(row(z.CloudPBXID).Snoozes, s)
	}
	for id := range d.notes {
		row(id)
	}
	differ := len(next) != len(d.rows)
	for id, now := range next {
		if before := d.rows[id]; before != nil && reflect.DeepEqual(before, now) {
			next[id] = before
		} else {
			differ = true
		}
	}
	if differ {
		d.rows = next
		d.version++
	}
	return nil
}

// ownerOf returns the user with the given ID as an owner.
func ownerOf(users []store.User, id int64) fleet.Owner {
	i := slices.IndexFunc(users, func(u store.User) bool { return u.ID == id })
	if i < 0 {
		return fleet.Owner{ID: id, Name: "Former team member"}
	}
	o := fleet.Owner{ID: id, Name: users[i].Name, Email: users[i].Email}
	if users[i].Disabled {
		o.Name += " (left the team)"
	}
	return o
}

// published reads what has changed, and publishes it.
func (d *Desk) published(ctx context.Context) error {
	if err := d.reload(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	d.pbxs.Publish()
	return nil
}

// ChangeRenewals changes renewals and owners of PBXs, with audit events. ExpiresAt of the changes is ignored.
func (d *Desk) ChangeRenewals(ctx context.Context, by store.Actor, all ...store.RenewalChange) error {
	snapshot := d.pbxs.Snapshot()
	for i := range all {
		if p, ok := snapshot.PBX(all[i].CloudPBXID); ok {
			all[i].ExpiresAt = expiresAt(p)
		}
	}
	if err := d.c.Store.ChangeRenewals(ctx, d.c.Account, by, all...); err != nil {
		return err
	}
	return d.published(ctx)
}

// SetSnooze adds, replaces or removes a snooze, with an audit event. If Until is "", it removes the snooze.
func (d *Desk) SetSnooze(ctx context.Context, name string, z store.Snooze) error {
	if err := d.c.Store.SetSnooze(ctx, d.c.Account, name, z); err != nil {
		return err
	}
	return d.published(ctx)
}

// AddRemark adds a remark, with an audit event.
func (d *Desk) AddRemark(ctx context.Context, account, name string, r store.Remark) error {
	if err := d.c.Store.AddRemark(ctx, account, name, r); err != nil || r.About != store.AboutPBX {
		return err
	}
	if err := d.reloadNotes(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return d.published(ctx)
}

// reloadNotes reads the notes. It holds the lock meanwhile, so that an older reading never replaces a newer one.
func (d *Desk) reloadNotes(ctx context.Context) (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	texts, err := d.c.Store.NoteTexts(ctx, d.c.Account)
	if err == nil {
		d.notes = texts
	}
	return err
}

// expiresAt returns the PBX's earliest expiration date, or 0 if none is known.
func expiresAt(p *fleet.PBX) int64 {
	if at, _ := p.Expires(); at != fleet.Absent {
		return at
	}
	return 0
}

// Run checks the renewals at each change of the mirror, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	version := uint64(0)
	for {
		changed := d.pbxs.Changed()
		if now := d.pbxs.Snapshot().Version(); now != version {
			version = now
			if err := d.Check(ctx); err != nil && ctx.Err() == nil {
				d.c.Log.Error("check renewals", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

// Check closes each current renewal whose PBX got a later expiration date, or is gone. It also reads the team, whose
// names may have changed.
func (d *Desk) Check(ctx context.Context) error {
	renewals, err := d.c.Store.Renewals(ctx, d.c.Account)
	if err != nil {
		return err
	}
	snapshot := d.pbxs.Snapshot()
	for _, r := range renewals {
		p, ok := snapshot.PBX(r.CloudPBXID)
		if !ok {
			continue
		}
		at := expiresAt(p)
		switch {
		case p.IsGone():
			err = errors.Join(err, d.c.Store.CloseRenewal(ctx, r.ID, 0))
		case r.ExpiresAt > 0 && at > r.ExpiresAt:
			err = errors.Join(err, d.c.Store.CloseRenewal(ctx, r.ID, at))
		}
	}
	before := d.Version()
	if err := errors.Join(err, d.reload(ctx)); err != nil {
		return err
	}
	if d.Version() != before {
		d.pbxs.Publish()
	}
	return nil
}
