package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// An unknown create is resolved by reading its host name at YCM, never by sending again. After at least
// leastLooks reads that found nothing, spanning the whole window, the PBX is presumed not created.
const (
	leastLooks = 3
	// older bounds how far a PBX's createTime, by YCM's clock, may precede the attempt that it is matched with.
	older = 10 * time.Minute
)

// lookShares are the times of the reconcile reads, as shares of the window: at once, soon, and at its end.
var lookShares = []float64{0, 1. / 12, 1. / 4, 1. / 2, 1}

// lookTimeout bounds one reconcile read.
const lookTimeout = 5 * time.Second

// keepLooking reconciles unknown attempts as they become due, until ctx ends.
func (m *Machine) keepLooking(ctx context.Context) {
	for ctx.Err() == nil {
		wait := m.lookDue(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-m.creations.look:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// lookDue reconciles the unknown attempts that are due, and returns how long to wait for the next one.
func (m *Machine) lookDue(ctx context.Context) time.Duration {
	unknown, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Unknown)
	if err != nil {
		if ctx.Err() == nil {
			m.c.Log.Error("read unknown attempts", "err", err)
		}
		return writeWait
	}
	wait := time.Minute
	due := map[string]time.Time{}
	for _, c := range unknown {
		next, known := m.creations.due[c.ID]
		if !known {
			next = m.c.Now() // it just became unknown, or the portal was restarted
		}
		if !m.c.Now().Before(next) && ctx.Err() == nil {
			next = m.lookFor(ctx, c)
		}
		due[c.ID] = next
		wait = min(wait, max(next.Sub(m.c.Now()), time.Millisecond))
	}
	m.creations.due = due
	return wait
}

// lookFor makes one reconcile read for an unknown attempt, stores the result, and returns when the next read is
// due.
func (m *Machine) lookFor(ctx context.Context, c store.Creation) time.Time {
	lookCtx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	id, err := m.findHost(lookCtx, c)
	now := m.c.Now()
	soon := now.Add(m.c.LookSpan / 12)
	if ctx.Err() != nil {
		return soon
	}
	state, problem, next := store.Unknown, "", soon
	switch {
	case err != nil:
		problem = string(fleet.ProblemOf(err).Kind)
		m.c.Log.Info("reconcile unknown attempt", "attempt", c.Number, "err", err)
	case id != 0:
		state = store.Created
	default:
		if c.Clear++; c.Clear == 1 || c.ClearSince.After(now) { // a time in the future means that the clock was wrong
			c.ClearSince = now
		}
		if next = c.ClearSince.Add(m.share(c.Clear)); next.Before(soon) {
			next = soon
		}
		if c.Clear >= leastLooks && now.Sub(c.ClearSince) >= m.c.LookSpan {
			state = store.NotCreated
		}
	}
	m.looked(ctx, c, state, id, problem, next)
	return next
}

// share returns the delay, from the first read that found nothing, before the read that follows n such reads.
func (m *Machine) share(n int) time.Duration {
	return time.Duration(float64(m.c.LookSpan) * lookShares[min(n, len(lookShares)-1)])
}

// looked stores the result of a reconcile read, and the outcome if it is now known. c has the number of reads
// that found nothing.
func (m *Machine) looked(ctx context.Context, c store.Creation, state string, pbx int64, problem string, next time.Time) {
	if state == store.Created {
		m.noteMade(c)
	}
	_, err := m.c.Store.ChangeCreation(
		context.WithoutCancel(ctx),
		c.ID,
		cordboard,
		func(now *store.Creation) (store.Event, error) {
			if now.State != store.Unknown && now.State != store.NotCreated {
				return store.Event{}, errSettled
			}
			now.Looks++
			now.Clear, now.ClearSince = c.Clear, c.ClearSince
			now.LookedAt, now.LookProblem, now.NextLookAt = m.c.Now(), problem, time.Time{}
			if state == now.State || state == store.Unknown {
				if now.State == store.Unknown {
					now.NextLookAt = next
				}
				return store.Event{}, nil
			}
			return m.becomes(now, state, pbx), nil
		},
	)
	if err != nil && !errors.Is(err, errSettled) {
		m.c.Log.Error("store reconcile result", "attempt", c.Number, "err", err)
		return
	}
	m.announceCreation()
	if state == store.Created && err == nil {
		m.c.Mirror.ReadOne(ctx, pbx)
	}
}

// cordboard is the actor of outcomes that Cordboard finds by itself.
var cordboard = store.Actor{Name: "Cordboard"}

// becomes gives an unknown attempt its outcome, and returns the audit event.
func (m *Machine) becomes(c *store.Creation, state string, pbx int64) store.Event {
	c.State, c.SettledAt, c.CloudPBXID, c.NextLookAt = state, m.c.Now(), pbx, time.Time{}
	e := createEvent(*c, auditOutcomes[state])
	e.Action = settleAction
	e.Detail = fmt.Sprintf(
		"%s after %d checks; %s",
		map[string]string{store.Created: "created", store.NotCreated: "not created"}[state],
		c.Looks,
		e.Detail,
	)
	return e
}

// findHost asks YCM for the PBX that an attempt would have created: by its host name, and if there is none, among
// the newest PBXs of the list. It returns 0 if YCM has no such PBX. The list may fail, because YCM's answer for
// the host name is enough.
func (m *Machine) findHost(ctx context.Context, c store.Creation) (int64, error) {
	p, err := m.c.YCM.GetCloudPBXByURL(ctx, c.Host)
	switch {
	case err == nil && strings.EqualFold(string(p.URL), c.Host):
		return m.own(ctx, c, &p)
	case err != nil && !errors.Is(err, ycm.ErrNotFound):
		return 0, err
	}
	newest, listErr := m.c.YCM.ListCloudPBXs(ctx, ycm.ListOptions{PageSize: ycm.MaxPageSize, Sort: "-createTime"})
	if listErr != nil {
		m.c.Log.Info("read newest PBXs for unknown attempt", "attempt", c.Number, "err", listErr)
		return 0, nil
	}
	for i := range newest.List {
		if p := &newest.List[i]; strings.EqualFold(string(p.URL), c.Host) {
			return m.own(ctx, c, p)
		}
	}
	return 0, nil
}

// own returns the PBX's ID if the attempt can have created it: the PBX isn't much older, it doesn't belong to
// another attempt, and no other attempt for the host name is open, which would have precedence.
func (m *Machine) own(ctx context.Context, c store.Creation, p *ycm.CloudPBX) (int64, error) {
	wasOlder := p.CreateTime.Known() && p.CreateTime.N > 0 && p.CreateTime.N < c.SubmittedAt.Add(-older).Unix()
	// An attempt with a time in the future was written by a clock that was wrong, so ages don't count.
	if p.CloudPBXID.N <= 0 || wasOlder && !c.SubmittedAt.After(m.c.Now()) {
		return 0, nil
	}
	open, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Submitted, store.Unknown)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(
		open,
		func(o store.Creation) bool { return o.ID != c.ID && strings.EqualFold(o.Host, c.Host) },
	) {
		return 0, nil
	}
	other, err := m.c.Store.CreationOfPBX(ctx, m.c.Account, p.CloudPBXID.N)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && other.ID == c.ID:
		return p.CloudPBXID.N, nil
	case err != nil:
		return 0, err
	}
	return 0, nil
}

// lookPause is the minimum time between two checks that users request.
const lookPause = 2 * time.Second

// ErrNotLookable means that there is nothing to check, because the attempt's outcome is final.
var ErrNotLookable = errors.New("the attempt has a final outcome")

// LookAgain asks YCM now whether an attempt that is unknown, or presumed not created, created a PBX after all. If
// YCM can't be read, it returns an *UnaskedError.
func (m *Machine) LookAgain(ctx context.Context, id string) error {
	_, err, _ := m.creations.flight.Do(
		"look "+id,
		func() (any, error) { return nil, m.lookAgain(context.WithoutCancel(ctx), id) },
	)
	return err
}

func (m *Machine) lookAgain(ctx context.Context, id string) error {
	c, err := m.c.Store.Creation(ctx, m.c.Account, id)
	if err != nil {
		return err
	}
	if c.State != store.Unknown && c.State != store.NotCreated {
		return ErrNotLookable
	}
	if age := m.c.Now().Sub(c.LookedAt); !c.LookedAt.IsZero() && age >= 0 && age < lookPause {
		return nil // it was checked just now
	}
	ctx, cancel := context.WithTimeout(ctx, m.c.AskTimeout)
	defer cancel()
	pbx, err := m.findHost(ctx, c)
	if err != nil {
		return &UnaskedError{fleet.ProblemOf(err)}
	}
	state := c.State
	if pbx != 0 {
		state = store.Created
	}
	m.looked(ctx, c, state, pbx, "", c.NextLookAt)
	fleet.Wake(m.creations.look)
	return nil
}

// claim marks attempts that are unknown or presumed not created as created if the mirror has a PBX with their
// host name.
func (m *Machine) claim(ctx context.Context) {
	if m.creations.noneLost.Swap(true) {
		return
	}
	// The newest come first, because they are the likelier match.
	lost, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Unknown, store.NotCreated)
	if err != nil {
		if ctx.Err() == nil {
			m.c.Log.Error("read unknown attempts", "err", err)
		}
		m.creations.noneLost.Store(false)
		return
	}
	if len(lost) > 0 {
		m.creations.noneLost.Store(false)
	}
	for _, c := range lost {
		p := m.c.Mirror.Snapshot().ByHost(c.Host)
		if p == nil {
			continue
		}
		record := ycm.CloudPBX{CloudPBXID: ycm.NewInt(p.CloudPBXID)}
		if at := p.Number(fleet.FieldCreateTime); at != fleet.Absent {
			record.CreateTime = ycm.NewTime(at)
		}
		id, err := m.own(ctx, c, &record)
		if err != nil || id == 0 {
			continue
		}
		m.looked(ctx, c, store.Created, id, "", time.Time{})
	}
}
