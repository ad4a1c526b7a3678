package fleet

import (
	"context"
	"cordboard/store"
	"cordboard/ycm"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// An unknown create is settled by looking for its host name, never by sending. After three looks at the least that found nothing, over the whole span,
// there is none.
const (
	leastLooks = 3
	// older is how much older than the attempt a PBX may be, by YCM's clock, to be taken for its own.
	older = 10 * time.Minute
)

// lookShares are when YCM is asked, as shares of the span: at once, soon, and at its end.
var lookShares = []float64{0, 1. / 12, 1. / 4, 1. / 2, 1}

// looks is how far an unknown attempt is. It begins anew after a restart.
type looks struct {
	first time.Time // the first look that told something
	good  int       // looks that told that there is none
	next  time.Time
}

// keepLooking looks for unknown attempts when their time has come, until ctx ends.
func (f *Fleet) keepLooking(ctx context.Context) {
	for ctx.Err() == nil {
		wait := f.lookDue(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-f.creations.look:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// lookDue looks for the unknown attempts whose time has come, and says when the next one's does.
func (f *Fleet) lookDue(ctx context.Context) time.Duration {
	unknown, err := f.store.CreationsIn(ctx, f.account, store.Unknown)
	if err != nil {
		if ctx.Err() == nil {
			f.log.Error("the unknown attempts could not be read", "err", err)
		}
		return writeWait
	}
	wait := time.Minute
	still := map[string]*looks{}
	for _, c := range unknown {
		f.creations.mu.Lock()
		l := f.creations.looking[c.ID]
		f.creations.mu.Unlock()
		if l == nil {
			l = &looks{next: f.now()}
		}
		still[c.ID] = l
		if !f.now().Before(l.next) && ctx.Err() == nil {
			f.lookFor(ctx, c, l)
		}
		wait = min(wait, max(l.next.Sub(f.now()), time.Millisecond))
	}
	f.creations.mu.Lock()
	f.creations.looking = still
	f.creations.mu.Unlock()
	return wait
}

// lookFor asks YCM once for an unknown attempt, and writes what that told.
func (f *Fleet) lookFor(ctx context.Context, c store.Creation, l *looks) {
	id, err := f.findHost(ctx, c)
	if ctx.Err() != nil {
		return
	}
	now := f.now()
	state, problem := store.Unknown, ""
	switch {
	case err != nil:
		problem = problemOf(err).Kind.Word()
		l.next = now.Add(f.lookSpan / 6)
		f.log.Info("an unknown attempt could not be looked for", "attempt", c.Number, "err", err)
	case id != 0:
		state = store.Created
	default:
		if l.good++; l.good == 1 {
			l.first = now
		}
		if l.next = l.first.Add(f.share(l.good)); l.good >= leastLooks && now.Sub(l.first) >= f.lookSpan {
			state = store.NotCreated
		}
	}
	f.looked(ctx, c, state, id, problem, l.next)
}

// share is when the next look comes after n that found nothing, from the first of them.
func (f *Fleet) share(n int) time.Duration {
	return time.Duration(float64(f.lookSpan) * lookShares[min(n, len(lookShares)-1)])
}

// looked writes a look down, and what it settled.
func (f *Fleet) looked(ctx context.Context, c store.Creation, state string, pbx int64, problem string, next time.Time) {
	if state == store.Created {
		f.noteMade(ctx, c.ID)
	}
	_, err := f.store.ChangeCreation(context.WithoutCancel(ctx), c.ID, cordboard, func(c *store.Creation) (store.Event, error) {
		if c.State != store.Unknown && c.State != store.NotCreated {
			return store.Event{}, errSettled
		}
		c.Looks++
		c.LookedAt, c.LookProblem, c.NextLookAt = f.now(), problem, time.Time{}
		if state == c.State || state == store.Unknown {
			if c.State == store.Unknown {
				c.NextLookAt = next
			}
			return store.Event{}, nil
		}
		return f.becomes(c, state, pbx), nil
	})
	if err != nil && !errors.Is(err, errSettled) {
		f.log.Error("a look could not be written", "attempt", c.Number, "err", err)
		return
	}
	f.announceCreation()
	if state == store.Created && err == nil {
		f.readNew(ctx, pbx)
	}
}

// cordboard is who settles attempts by itself.
var cordboard = store.Actor{Name: "Cordboard"}

// becomes makes a known attempt of an unknown one.
func (f *Fleet) becomes(c *store.Creation, state string, pbx int64) store.Event {
	c.State, c.SettledAt, c.CloudPBXID, c.NextLookAt = state, f.now(), pbx, time.Time{}
	e := createEvent(*c, auditOutcomes[state])
	e.Action = settleAction
	e.Detail = fmt.Sprintf("%s after %d looks; %s", map[string]string{store.Created: "created", store.NotCreated: "not created"}[state], c.Looks, e.Detail)
	return e
}

// findHost asks YCM for the PBX that an attempt would have made: by its host name, and if there is none among the newest of the list. It returns
// 0 if YCM knows none. The list may fail: YCM's answer for the host name alone says enough.
func (f *Fleet) findHost(ctx context.Context, c store.Creation) (int64, error) {
	p, err := f.ycm.GetCloudPBXByURL(ctx, c.Host)
	switch {
	case err == nil && strings.EqualFold(string(p.URL), c.Host):
		return f.own(ctx, c, &p)
	case err != nil && !errors.Is(err, ycm.ErrNotFound):
		return 0, err
	}
	newest, listErr := f.ycm.ListCloudPBXs(ctx, ycm.ListOptions{PageSize: ycm.MaxPageSize, Sort: "-createTime"})
	if listErr != nil {
		f.log.Info("the newest of the list could not be read for an unknown attempt", "attempt", c.Number, "err", listErr)
		return 0, nil
	}
	for i := range newest.List {
		if p := &newest.List[i]; strings.EqualFold(string(p.URL), c.Host) {
			return f.own(ctx, c, p)
		}
	}
	return 0, nil
}

// own returns the PBX's id if it can be the attempt's: it isn't much older, and no other attempt's.
func (f *Fleet) own(ctx context.Context, c store.Creation, p *ycm.CloudPBX) (int64, error) {
	if !p.CloudPBXID.Valid || p.CreateTime.Valid && p.CreateTime.N < c.SubmittedAt.Add(-older).Unix() {
		return 0, nil
	}
	other, err := f.store.CreationOfPBX(ctx, f.account, p.CloudPBXID.N)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && other.ID == c.ID:
		return p.CloudPBXID.N, nil
	case err != nil:
		return 0, err
	}
	return 0, nil
}

// ErrNotLookable means that there is nothing to look for: the attempt's outcome is known for certain.
var ErrNotLookable = errors.New("the attempt is settled for good")

// LookAgain asks YCM now whether an attempt that is unknown, or taken for not created, made a PBX after all. If YCM can't be asked it returns an
// *UnaskedError.
func (f *Fleet) LookAgain(ctx context.Context, id string) error {
	c, err := f.store.Creation(ctx, f.account, id)
	if err != nil {
		return err
	}
	if c.State != store.Unknown && c.State != store.NotCreated {
		return ErrNotLookable
	}
	ctx, cancel := context.WithTimeout(ctx, f.askTimeout)
	defer cancel()
	pbx, err := f.findHost(ctx, c)
	if err != nil {
		return &UnaskedError{problemOf(err)}
	}
	state := c.State
	if pbx != 0 {
		state = store.Created
	}
	f.looked(ctx, c, state, pbx, "", c.NextLookAt)
	return nil
}

// claim turns attempts that nobody knows of, or that were taken for not created, to created where the mirror shows their host name.
func (f *Fleet) claim(ctx context.Context) {
	lost, err := f.store.CreationsIn(ctx, f.account, store.Unknown, store.NotCreated) // the newest first: it is the likelier one
	if err != nil {
		if ctx.Err() == nil {
			f.log.Error("the unknown attempts could not be read", "err", err)
		}
		return
	}
	for _, c := range lost {
		p := f.Snapshot().byHost(c.Host)
		if p == nil {
			continue
		}
		record := ycm.CloudPBX{CloudPBXID: ycm.NewInt(p.CloudPBXID)}
		if at := p.numbers[createTime]; at != Absent {
			record.CreateTime = ycm.NewInt(at)
		}
		id, err := f.own(ctx, c, &record)
		if err != nil || id == 0 {
			continue
		}
		f.looked(ctx, c, store.Created, id, "", time.Time{})
	}
}

// Word names a kind of problem, for rows and logs.
func (k ProblemKind) Word() string {
	words := [...]string{"", "refused", "credentials", "permission", "rate", "unreadable", "no-answer", "unavailable", "not-kept"}
	if int(k) < len(words) {
		return words[k]
	}
	return strconv.Itoa(int(k))
}
