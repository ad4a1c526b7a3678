package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"cordboard/fleet"
	"cordboard/fold"
	"cordboard/store"
	"cordboard/ycm"
)

const (
	sendsAtOnce = 4
	// stopGrace is how long a create in flight may still wait for its answer when the portal stops. A create
	// without an answer by then is unknown, and is reconciled after the next start.
	stopGrace = 4 * time.Second
	writeWait = time.Second // between two attempts to store an outcome
	// readingInUse bounds how long a create may use the subscription reading that it began with.
	readingInUse = time.Minute
)

// Run sends submitted attempts, each once, and reconciles unknown ones, until ctx ends.
func (m *Machine) Run(ctx context.Context) {
	m.recoverCreations(ctx)
	var looking sync.WaitGroup
	looking.Go(func() { m.keepLooking(ctx) })
	defer looking.Wait()
	var sending sync.WaitGroup
	defer sending.Wait()
	slots := make(chan struct{}, sendsAtOnce)
	started := map[string]bool{}
	for {
		wait := time.Minute
		waiting, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Submitted)
		if err != nil && ctx.Err() == nil {
			m.c.Log.Error("read submitted attempts", "err", err)
			wait = writeWait
		}
		for i := len(waiting) - 1; i >= 0; i-- { // oldest first
			c := waiting[i]
			if started[c.ID] || !c.SendingAt.IsZero() {
				continue
			}
			started[c.ID] = true
			sending.Go(func() {
				select {
				case slots <- struct{}{}:
					m.send(ctx, c.ID)
					<-slots
				case <-ctx.Done():
				}
			})
		}
		timer := time.NewTimer(wait)
		select {
		case <-m.creations.unsent:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// recoverCreations resolves attempts left open by a previous process: those that it had not started to send are
// not sent, the others unknown. None is ever sent again.
func (m *Machine) recoverCreations(ctx context.Context) {
	left, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Submitted)
	for ; err != nil && ctx.Err() == nil; left, err = m.c.Store.CreationsIn(ctx, m.c.Account, store.Submitted) {
		m.c.Log.Error("read attempts of the previous process", "err", err)
		if pause(ctx, writeWait) != nil {
			return
		}
	}
	for _, c := range left {
		if c.Number > m.creations.last {
			continue
		}
		answer := store.Answer{Kind: "restarted"}
		state := store.Unknown
		if c.SendingAt.IsZero() {
			state = store.NotSent
		}
		m.settled(ctx, c.ID, state, 0, answer)
	}
}

// send makes the one request of an attempt. The start of sending is on disk before the first byte leaves. After a
// kill, the attempt may be unknown, but it is never sent again.
func (m *Machine) send(ctx context.Context, id string) {
	if ctx.Err() != nil {
		return // the next start marks it as not sent
	}
	c, err := m.c.Store.ChangeCreation(
		context.WithoutCancel(ctx),
		id,
		store.Actor{},
		func(c *store.Creation) (store.Event, error) {
			if c.State != store.Submitted || !c.SendingAt.IsZero() {
				return store.Event{}, errSent
			}
			c.SendingAt = m.c.Now()
			return store.Event{}, nil
		},
	)
	if errors.Is(err, errSent) {
		return
	}
	if err != nil {
		m.c.Log.Error("mark attempt as sending; not sent", "attempt", id, "err", err)
		m.settled(ctx, id, store.NotSent, 0, store.Answer{Kind: "not-written"})
		return
	}
	m.announceCreation()
	request, err := Body(c)
	if err != nil {
		m.c.Log.Error("decode attempt; not sent", "attempt", c.Number, "err", err)
		m.settled(ctx, id, store.NotSent, 0, store.Answer{Kind: "unreadable"})
		return
	}
	sendCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stopGraceful := context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })
	defer stopGraceful()
	start := m.c.Now()
	created, err := m.c.YCM.CreateCloudPBX(sendCtx, request)
	state, answer := outcomeOf(created, err)
	answer.Took = m.c.Now().Sub(start)
	if err != nil {
		m.c.Log.Error("create PBX", "attempt", c.Number, "state", state, "err", err)
	}
	m.settled(ctx, id, state, created.CloudPBXID, answer)
	if state == store.Created {
		m.c.Mirror.ReadOne(sendCtx, created.CloudPBXID)
	}
}

var errSent = errors.New("the attempt was already sent or is being sent")

// outcomeOf returns what is known after a create. Only YCM's own rejection means that there is no PBX, and only a
// failure before the first byte means that nothing was sent. Everything else is unknown.
func outcomeOf(created ycm.CreatedCloudPBX, err error) (state string, a store.Answer) {
	a.RequestID = created.RequestID
	if err == nil {
		return store.Created, a
	}
	state, a.Kind = store.Unknown, "unavailable"
	for _, class := range []struct {
		err   error
		kind  string
		state string
	}{
		{ycm.ErrNoAnswer, "no-answer", store.Unknown},
		{ycm.ErrUnavailable, "unavailable", store.Unknown},
		{ycm.ErrUnreadable, "unreadable", store.Unknown},
		{ycm.ErrCredentials, "credentials", store.Refused},
		{ycm.ErrPermission, "permission", store.Refused},
		{ycm.ErrRate, "rate", store.Refused},
		{ycm.ErrInvalidParameter, "invalid", store.Refused},
		{ycm.ErrExists, "exists", store.Refused},
		{ycm.ErrNotFound, "refused", store.Refused},
		{ycm.ErrRefused, "refused", store.Refused},
	} {
		if errors.Is(err, class.err) {
			state, a.Kind = class.state, class.kind
			break
		}
	}
	var e *ycm.Error
	if !errors.As(err, &e) { // no request was made
		return store.NotSent, a
	}
	a.StatusCode, a.Code, a.Message = e.StatusCode, e.Code, e.Message
	if e.RequestID != "" {
		a.RequestID = e.RequestID
	}
	switch {
	case errors.Is(err, ycm.ErrNotSent):
		state = store.NotSent
	case e.MayHaveActed():
		state = store.Unknown // whatever the answer says: the failure may have come after the PBX was created
	}
	return state, a
}

// settled stores the outcome of an attempt. It retries while the database can't be written, because the row must
// not stay as it is. If the portal restarts meanwhile, the attempt becomes unknown and is reconciled.
func (m *Machine) settled(ctx context.Context, id, state string, pbx int64, answer store.Answer) {
	if state == store.Created {
		m.noteMadeID(ctx, id) // while the attempt is still open, so that its capacity always counts
	}
	for {
		c, err := m.c.Store.ChangeCreation(
			context.WithoutCancel(ctx),
			id,
			store.Actor{},
			func(c *store.Creation) (store.Event, error) {
				if !c.IsOpen() || c.State == state {
					return store.Event{}, errSettled
				}
				c.State, c.SettledAt, c.Answer, c.CloudPBXID, c.NextLookAt = state, m.c.Now(), answer, pbx, time.Time{}
				return createEvent(*c, auditOutcomes[state]), nil
			},
		)
		if err == nil || errors.Is(err, errSettled) {
			if c.State == store.Unknown {
				m.creations.noneLost.Store(false)
				fleet.Wake(m.creations.look)
			}
			m.announceCreation()
			return
		}
		m.c.Log.Error("store outcome of attempt", "attempt", id, "state", state, "err", err)
		if pause(ctx, writeWait) != nil {
			return
		}
	}
}

// pause waits, or returns ctx's error when it ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errSettled = errors.New("the attempt already has an outcome")

// noteMadeID is noteMade for an attempt's ID.
func (m *Machine) noteMadeID(ctx context.Context, id string) {
	c, err := m.c.Store.Creation(context.WithoutCancel(ctx), m.c.Account, id)
	if err != nil {
		m.c.Log.Error("read attempt", "attempt", id, "err", err)
		return
	}
	m.noteMade(c)
}

// noteMade counts a created PBX, once, until a reading of the subscription includes it.
func (m *Machine) noteMade(c store.Creation) {
	_, read := m.c.Subscriptions.Last()
	m.creations.mu.Lock()
	defer m.creations.mu.Unlock()
	if slices.ContainsFunc(m.creations.recent, func(made madeCreation) bool { return made.id == c.ID }) {
		return
	}
	old := m.c.Now().Add(-readingInUse)
	m.creations.recent = slices.DeleteFunc(
		m.creations.recent,
		func(made madeCreation) bool { return made.made <= read && made.at.Before(old) },
	)
	m.creations.recent = append(m.creations.recent, madeCreation{m.c.Subscriptions.Mark(), c.ID, c.Host, m.c.Now(), c.Takes})
}

// Actions of the audit log.
const (
	createAction = "pbx.create"
	settleAction = "creation.settle" // an unknown create got its outcome
)

var auditOutcomes = map[string]string{
	store.Created: store.OutcomeDone, store.Refused: store.OutcomeRefused, store.NotSent: store.OutcomeFailed,
	store.Unknown: store.OutcomeUnknown, store.NotCreated: store.OutcomeFailed,
}

// createEvent returns an attempt's event for the audit log.
func createEvent(c store.Creation, outcome string) store.Event {
	e := store.Event{
		Action:       createAction,
		Target:       c.ID,
		TargetName:   c.Host,
		Outcome:      outcome,
		Detail:       describe(c, outcome),
		YCMRequestID: c.Answer.RequestID,
	}
	if r, err := Body(c); err == nil {
		e.TargetName = r.Name + " (" + c.Host + ")"
	}
	if c.CloudPBXID != 0 {
		e.Target = strconv.FormatInt(c.CloudPBXID, 10)
	}
	return e
}

// describe returns an attempt in one line: what it takes, and what was and is available in the subscription.
func describe(c store.Creation, outcome string) string {
	var parts []string
	gone := outcome == store.OutcomeRefused || outcome == store.OutcomeFailed
	for _, i := range fleet.ShownResources {
		if c.Takes[i] == 0 && c.Available[i] == fleet.Absent {
			continue // not in this subscription, or from before it was reported
		}
		noun := fleet.ResourceNouns[i]
		before := "not reported"
		after := before
		if c.Available[i] != fleet.Absent {
			before, after = fold.Number(c.Available[i]), fold.Number(c.Available[i]-c.Takes[i])
		}
		if gone {
			after = before
		}
		parts = append(parts, fmt.Sprintf("%s %s (available %s → %s)", fold.Number(c.Takes[i]), noun, before, after))
	}
	text := fmt.Sprintf("attempt %d: %s", c.Number, strings.Join(parts, ", "))
	if c.Reason != "" {
		text += "; reason: " + c.Reason
	}
	if len(c.Warnings) > 0 && outcome == store.OutcomeAsked {
		text += "; warnings accepted: " + strings.Join(c.Warnings, " ")
	}
	if a := c.Answer; a.Code != 0 {
		text += fmt.Sprintf("; YCM reported %s (%d)", a.Message, a.Code)
	} else if a.Kind != "" {
		text += "; " + a.Kind
	}
	return text
}
