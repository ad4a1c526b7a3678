package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fold"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// ErrNotYours means that the one-time ID belongs to another user's attempt.
var ErrNotYours = errors.New("the attempt belongs to another user")

// UnaskedError means that YCM or one of its options could not be read to validate a form. No attempt was made.
type UnaskedError struct{ Problem fleet.Problem }

func (e *UnaskedError) Error() string { return "read from YCM: " + e.Problem.Error() }

func (e *UnaskedError) Unwrap() error { return e.Problem.Err }

// creations is the state of attempts beside their rows.
type creations struct {
	// last is the newest attempt at the start of this process: it and earlier ones belong to a previous process.
	last    int64
	flight  singleflight.Group
	version atomic.Uint64 // grows with each change to an attempt
	// noneLost means that no attempt is unknown or presumed not created, so there is nothing to adopt.
	noneLost atomic.Bool
	unsent   chan struct{} // signals that there is something to send
	look     chan struct{} // signals that there is something to reconcile

	mu     sync.Mutex
	recent []madeCreation // created, and perhaps not in a reading of the subscription yet
	hosts  map[string]hostAnswer

	// due is the time of each unknown attempt's next reconcile read, by ID. It belongs to the one goroutine that
	// reconciles.
	due map[string]time.Time
}

// madeCreation is a PBX that was created; made is the mark of the moment after that.
type madeCreation struct {
	made  uint64
	id    string // of the attempt
	host  string
	at    time.Time
	takes store.Resources
}

func newCreations() creations {
	return creations{
		unsent: make(chan struct{}, 1),
		look:   make(chan struct{}, 1),
		due:    map[string]time.Time{},
		hosts:  map[string]hostAnswer{},
	}
}

// Attempt is the result of submitting a form.
type Attempt struct {
	Creation *store.Creation // nil: none was made, because of the draft's Problems or Warnings
	Draft    Draft
}

// Create makes an attempt from a form and queues it for sending, or returns what prevents that. id is the form's
// one-time ID: a repeated submission gets the existing attempt. anyway acknowledges warnings.
//
// Create asks YCM whether the host name is free and what the subscription has available. If that fails, it
// returns an *UnaskedError; if the attempt can't be written, store.ErrUnavailable. In both cases there is no
// attempt and nothing is sent.
func (m *Machine) Create(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	anyway Anyway,
	zone *time.Location,
) (Attempt, error) {
	v, err, _ := m.creations.flight.Do(id, func() (any, error) {
		// Others who wait for this form must not lose it because one of them has gone.
		return m.create(context.WithoutCancel(ctx), by, id, form, anyway, zone)
	})
	a, _ := v.(Attempt)
	if err == nil && a.Creation != nil && a.Creation.By.ID != by.ID {
		return Attempt{}, ErrNotYours
	}
	return a, err
}

func (m *Machine) create(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	anyway Anyway,
	zone *time.Location,
) (Attempt, error) {
	known, err := m.c.Store.Creation(ctx, m.c.Account, id)
	if err == nil {
		return Attempt{Creation: &known}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Attempt{}, err
	}
	made := m.c.Subscriptions.Mark() // taken before the host name is checked anywhere
	d, err := m.judgeFresh(ctx, form, zone)
	if err != nil {
		return Attempt{Draft: d}, err
	}
	if err := m.judgeHost(ctx, &d); err != nil || len(d.Problems) > 0 {
		return Attempt{Draft: d}, err
	}
	if !anyway.answers(d.Warnings) { // no need to ask YCM about a form that isn't sent
		return Attempt{Draft: d}, nil
	}
	taken, reading, err := m.ask(ctx, d.Host)
	if err != nil {
		return Attempt{Draft: d}, err
	}
	if taken {
		d.taken("YCM has a PBX with this host name")
		return Attempt{Draft: d}, nil
	}
	c, err := m.write(ctx, by, id, &d, reading, made, anyway)
	switch {
	case errors.Is(err, errHeld), errors.Is(err, errWarned):
		return Attempt{Draft: d}, nil
	case err != nil:
		return Attempt{Draft: d}, err
	}
	fleet.Wake(m.creations.unsent)
	m.announceCreation()
	return Attempt{Creation: &c, Draft: d}, nil
}

// judgeFresh validates a form. If a kind of options is missing or rejects a value, it reads the options again and
// validates once more: users may know of entries that are newer than the last reading.
func (m *Machine) judgeFresh(ctx context.Context, form Form, zone *time.Location) (Draft, error) {
	d := m.c.Rules.Judge(form, zone)
	again := d.Unread
	for _, p := range d.Problems {
		if list := kindOf[p.Field]; list != "" && !p.Missing && digits.MatchString(form.Get(p.Field)) &&
			m.c.Now().Sub(m.c.Rules.Options(list).At) > lookUpSure {
			again = append(again, list)
		}
	}
	if len(again) > 0 {
		ctx, cancel := context.WithTimeout(ctx, m.c.AskTimeout)
		defer cancel()
		m.c.Reload(ctx, again...)
		d = m.c.Rules.Judge(form, zone)
	}
	if len(d.Unread) > 0 && len(d.Problems) == 0 {
		p := m.c.Rules.Options(d.Unread[0]).Problem
		if p.Kind == fleet.NoProblem {
			p = fleet.Problem{
				Kind:    fleet.NotYetRead,
				Message: string(d.Unread[0]),
				Err:     fmt.Errorf("%s are not loaded yet", d.Unread[0]),
			}
		}
		return d, &UnaskedError{p}
	}
	return d, nil
}

// kindOf is the kind of options that a field is chosen from. Customers are not read again for one form, because that
// may take hundreds of requests.
var kindOf = map[string]fleet.OptionKind{
	"regionId":            fleet.Regions,
	"domainId":            fleet.Domains,
	"versionId":           fleet.Firmwares,
	"provisionTemplateId": fleet.Templates,
}

// OptionKindOf returns the kind of options that a field is chosen from, if any.
func OptionKindOf(field string) (fleet.OptionKind, bool) {
	if field == "customerIds" {
		return fleet.Customers, true
	}
	name, ok := kindOf[field]
	return name, ok
}

// writeTimeout bounds writing an attempt, after all requests to YCM are done.
const writeTimeout = 5 * time.Second

// lookUpSure is the age up to which a kind of options is trusted to reject a value without another reading.
const lookUpSure = 10 * time.Second

// taken adds a problem that names the owner of the host name; none if who is "".
func (d *Draft) taken(who string) {
	if who != "" {
		d.Problems = append(d.Problems, Finding{Field: "subDomain", Text: d.Host + " is taken: " + who + "."})
	}
}

// judgeHost adds a problem to a draft if a PBX or attempt in Cordboard has its host name.
func (m *Machine) judgeHost(ctx context.Context, d *Draft) error {
	if d.Host == "" {
		return nil
	}
	who, err := m.holder(ctx, d.Host)
	if err != nil {
		return err
	}
	d.taken(who)
	return nil
}

// holder returns, in words, the PBX in the mirror or the open attempt that has a host name; "" if there is none.
func (m *Machine) holder(ctx context.Context, host string) (string, error) {
	if p := m.c.Mirror.Snapshot().ByHost(host); p != nil {
		return fmt.Sprintf("PBX %d in your fleet (%s) has this host name", p.CloudPBXID, list.Shorten(p.Text(fleet.FieldName))), nil
	}
	open, err := m.c.Store.CreationsIn(ctx, m.c.Account, store.Submitted, store.Unknown)
	if err != nil {
		return "", err
	}
	return heldBy(open, host), nil
}

func heldBy(open []store.Creation, host string) string {
	for _, c := range open {
		if strings.EqualFold(c.Host, host) {
			return fmt.Sprintf("attempt %d is creating a PBX with this host name", c.Number)
		}
	}
	return ""
}

// ask reads the host name and the subscription from YCM, both at once.
func (m *Machine) ask(ctx context.Context, host string) (taken bool, r reading, err error) {
	ctx, cancel := context.WithTimeout(ctx, m.c.AskTimeout)
	defer cancel()
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		taken, err = m.isTaken(groupCtx, host)
		return err
	})
	group.Go(func() (err error) {
		r.Reading, r.mark, err = m.c.Subscriptions.Read(groupCtx, m.c.AskTimeout)
		return err
	})
	if err := group.Wait(); err != nil {
		return false, r, &UnaskedError{fleet.ProblemOf(err)}
	}
	return taken, r, nil
}

// reading2 is the subscription's capacity with its mark.
type reading struct {
	capacity.Reading
	mark uint64
}

// isTaken reports whether YCM has a PBX with a host name. Only YCM's own "not found" means that the name is free.
func (m *Machine) isTaken(ctx context.Context, host string) (bool, error) {
	_, err := m.c.YCM.GetCloudPBXByURL(ctx, host)
	if errors.Is(err, ycm.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

var (
	errHeld   = errors.New("the host name belongs to an open attempt")
	errWarned = errors.New("the warnings are not acknowledged")
)

// write adds the attempt, unless another one has the host name by now or there are unacknowledged warnings. Host
// names and capacity are checked in the same transaction, so that each of many concurrent attempts sees those
// before it.
func (m *Machine) write(
	ctx context.Context,
	by store.Actor,
	id string,
	d *Draft,
	reading reading,
	made uint64,
	anyway Anyway,
) (store.Creation, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	body, err := json.Marshal(d.Request)
	if err != nil {
		return store.Creation{}, fmt.Errorf("encode the create request: %w", err)
	}
	c := store.Creation{
		ID:      id,
		Account: m.c.Account,
		Host:    d.Host,
		Request: body,
		Words:   d.Words,
		Reason:  d.Form.Get("reason"),
		Takes:   d.Takes,
		By:      by,
	}
	static := len(d.Warnings)
	return m.c.Store.AddCreation(ctx, c, func(c *store.Creation, open []store.Creation) error {
		d.Warnings = d.Warnings[:static]
		who := heldBy(open, d.Host)
		if who == "" && m.madeSince(d.Host, made) {
			who = "a PBX with this host name was created a moment ago"
		}
		if who != "" {
			d.taken(who)
			return errHeld
		}
		left := m.left(reading, open)
		d.short(left)
		if !anyway.answers(d.Warnings) {
			return errWarned
		}
		for _, w := range d.Warnings {
			c.Warnings = append(c.Warnings, w.Text)
		}
		for i, n := range left {
			if c.Available[i] = fleet.Absent; n.Known() {
				c.Available[i] = n.N
			}
		}
		return nil
	}, func(c store.Creation) store.Event { return createEvent(c, store.OutcomeAsked) })
}

// madeSince reports whether a PBX with the host name was created after number made.
func (m *Machine) madeSince(host string, made uint64) bool {
	m.creations.mu.Lock()
	defer m.creations.mu.Unlock()
	return slices.ContainsFunc(
		m.creations.recent,
		func(m madeCreation) bool { return m.made > made && strings.EqualFold(m.host, host) },
	)
}

// Anyway holds the keys of the warnings that a user acknowledged. AllWarnings is for users who acknowledge
// without having seen any.
type Anyway []string

// AllWarnings acknowledges every warning.
const AllWarnings = "*"

func (a Anyway) answers(warnings []Finding) bool {
	for _, w := range warnings {
		if !slices.Contains(a, w.Key()) && !slices.Contains(a, AllWarnings) {
			return false
		}
	}
	return true
}

// left returns what is still available: the reading, less what open attempts reserve and what was created since
// YCM was asked.
func (m *Machine) left(r reading, open []store.Creation) (left Left) {
	left = r.Available
	take := func(n store.Resources) {
		for i := range left {
			left[i] = capacity.Minus(left[i], opt.New(n[i]))
		}
	}
	take(Holds(open))
	m.creations.mu.Lock()
	defer m.creations.mu.Unlock()
	for _, c := range m.creations.recent {
		if c.made > r.mark {
			take(c.takes)
		}
	}
	return left
}

// Left is the available capacity of each of Resources.
type Left = [len(fleet.Resources)]opt.Int

// Left returns what the form shows as available now: the last reading of the subscription, less what open
// attempts reserve.
func (m *Machine) Left(ctx context.Context) (Left, error) {
	open, err := m.Open(ctx)
	if err != nil {
		return Left{}, err
	}
	var r reading
	r.Reading, r.mark = m.c.Subscriptions.Last()
	return m.left(r, open), nil
}

// short adds a warning where less is available than the PBX takes. A value that YCM didn't report causes no
// warning.
func (d *Draft) short(left Left) {
	for i, l := range left {
		if l.Known() && l.N < d.Takes[i] && d.Takes[i] > 0 {
			d.Warnings = append(d.Warnings, Finding{
				Field: fleet.ResourceField(i),
				Takes: d.Takes[i],
				Text: fmt.Sprintf(
					"%s %s are available (last reading, less open attempts); this PBX takes %s.",
					fold.Number(max(l.N, 0)),
					fleet.ResourceNouns[i],
					fold.Number(d.Takes[i]),
				),
			})
		}
	}
}

// Preview is Judge with all that is known without asking YCM: who in Cordboard has the host name, and what is
// available.
func (m *Machine) Preview(ctx context.Context, form Form, zone *time.Location) (d Draft, left Left, err error) {
	d = m.c.Rules.Judge(form, zone)
	if err := m.judgeHost(ctx, &d); err != nil {
		return d, left, err
	}
	if left, err = m.Left(ctx); err != nil {
		return d, left, err
	}
	d.short(left)
	return d, left, nil
}

// HostState is YCM's answer about a host name.
type HostState string

// States of a host name.
const (
	HostFree    HostState = "free"
	HostTaken   HostState = "taken"
	HostUnasked HostState = "unasked" // YCM didn't answer in time
)

// AskHost returns whether a host name is free or taken at YCM, or HostUnasked if there is no answer before ctx
// ends.
func (m *Machine) AskHost(ctx context.Context, host string) HostState {
	m.creations.mu.Lock()
	known, ok := m.creations.hosts[host]
	m.creations.mu.Unlock()
	if ok && m.c.Now().Sub(known.at) < hostGood {
		return known.state
	}
	taken, err := m.isTaken(ctx, host)
	state := HostFree
	switch {
	case err != nil:
		return HostUnasked
	case taken:
		state = HostTaken
	}
	m.creations.mu.Lock()
	defer m.creations.mu.Unlock()
	if len(m.creations.hosts) >= hostsMost {
		clear(m.creations.hosts)
	}
	m.creations.hosts[host] = hostAnswer{state, m.c.Now()}
	return state
}

// hostGood is how long YCM's answer about a host name is reused while a form is filled in; hostsMost bounds the
// stored answers. Before an attempt, YCM is always asked.
const (
	hostGood  = 20 * time.Second
	hostsMost = 500
)

type hostAnswer struct {
	state HostState
	at    time.Time
}

// Creation returns an attempt, or store.ErrNotFound.
func (m *Machine) Creation(ctx context.Context, id string) (store.Creation, error) {
	return m.c.Store.Creation(ctx, m.c.Account, id)
}

// CreationOfPBX returns the attempt that a PBX came from, or store.ErrNotFound.
func (m *Machine) CreationOfPBX(ctx context.Context, cloudPBXID int64) (store.Creation, error) {
	return m.c.Store.CreationOfPBX(ctx, m.c.Account, cloudPBXID)
}

// Creations returns a page of the attempts in the given states, or of all if none is given; newest first.
func (m *Machine) Creations(ctx context.Context, page, per int, states ...string) (store.CreationPage, error) {
	return m.c.Store.Creations(ctx, m.c.Account, page, per, states...)
}

// CreationsVersion returns a number that grows with each change to an attempt.
func (m *Machine) CreationsVersion() uint64 { return m.creations.version.Load() }

// announceCreation wakes everything that watches attempts.
func (m *Machine) announceCreation() {
	m.creations.version.Add(1)
	m.c.Changed.Notify()
}

// OpenCreations returns the number of attempts that may still become a PBX.
func (m *Machine) OpenCreations(ctx context.Context) (int64, error) {
	return m.c.Store.OpenCreations(ctx, m.c.Account)
}

// Open returns the attempts without a final outcome, newest first.
func (m *Machine) Open(ctx context.Context) ([]store.Creation, error) {
	return m.Attempts(ctx, store.Submitted, store.Unknown)
}

// Attempts returns the attempts in the given states, newest first.
func (m *Machine) Attempts(ctx context.Context, states ...string) ([]store.Creation, error) {
	return m.c.Store.CreationsIn(ctx, m.c.Account, states...)
}

// Body returns an attempt's decoded request.
func Body(c store.Creation) (ycm.CreateCloudPBXRequest, error) {
	var r ycm.CreateCloudPBXRequest
	err := json.Unmarshal(c.Request, &r)
	return r, err
}

// FormOfCreation returns the form that an attempt was made from. Its date is a day in zone.
func FormOfCreation(c store.Creation, zone *time.Location) Form {
	r, err := Body(c)
	if err != nil {
		return Form{} // written by another version
	}
	form := Form{}
	for name, v := range map[string]string{
		"name": r.Name, "plan": r.Plan, "recordingStatus": r.RecordingStatus, "subDomain": r.SubDomain, "type": r.Type, "upgradeInPbx": r.UpgradeInPBX, "im": r.IM,
		"passwordlessLogin": r.PasswordlessLogin, "allowSuperiorPasswordlessLogin": r.AllowSuperiorPasswordlessLogin, "provisioningViaTemplate": r.ProvisioningViaTemplate,
		"extensionCapacity": number(r.ExtensionCapacity), "concurrentCallCapacity": number(r.ConcurrentCallCapacity), "recordingCapacity": number(r.RecordingCapacity),
		"regionId": number(r.RegionID), "domainId": number(r.DomainID), "versionId": number(r.VersionID), "reason": c.Reason,
	} {
		if v != off {
			form.Set(name, v)
		}
	}
	if r.TranscriptionCapacity != nil {
		form.Set("transcriptionCapacity", number(*r.TranscriptionCapacity))
	}
	if r.ExpirationDate != nil {
		form.Set("expirationDate", time.Unix(*r.ExpirationDate, 0).In(zone).Format(time.DateOnly))
	}
	if r.AllowRunAfterExpirationDate != nil {
		form.Set("allowRunAfterExpirationDate", strconv.FormatBool(*r.AllowRunAfterExpirationDate))
	}
	if r.ProvisionTemplateID != nil {
		form.Set("provisionTemplateId", number(*r.ProvisionTemplateID))
	}
	for _, id := range r.CustomerIDs {
		form["customerIds"] = append(form["customerIds"], number(id))
	}
	return form
}

func number[T int32 | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// Holds returns what open attempts reserve of the subscription.
func Holds(open []store.Creation) (sum store.Resources) {
	for i := range open {
		for resource, n := range open[i].Takes {
			sum[resource] += n
		}
	}
	return sum
}
