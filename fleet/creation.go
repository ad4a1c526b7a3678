package fleet

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

	"cordboard/fold"
	"cordboard/opt"
	"cordboard/store"
	"cordboard/ycm"
)

// ErrNotYours means that the one-time ID belongs to another user's attempt.
var ErrNotYours = errors.New("the attempt belongs to another user")

// UnaskedError means that YCM or one of its look-ups could not be read to validate a form. No attempt was made.
type UnaskedError struct{ Problem Problem }

func (e *UnaskedError) Error() string { return "read from YCM: " + e.Problem.Error() }

func (e *UnaskedError) Unwrap() error { return e.Problem.err }

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
	made   uint64         // grows with each outcome "created"
	recent []madeCreation // created, and perhaps not in a reading of the subscription yet
	hosts  map[string]hostAnswer

	// due is the time of each unknown attempt's next reconcile read, by ID. It belongs to the one goroutine that
	// reconciles.
	due map[string]time.Time
}

// madeCreation is a PBX that was created; made is its number among them.
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

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
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
func (f *Fleet) Create(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	anyway Anyway,
	zone *time.Location,
) (Attempt, error) {
	v, err, _ := f.creations.flight.Do(id, func() (any, error) {
		// Others who wait for this form must not lose it because one of them has gone.
		return f.create(context.WithoutCancel(ctx), by, id, form, anyway, zone)
	})
	a, _ := v.(Attempt)
	if err == nil && a.Creation != nil && a.Creation.By.ID != by.ID {
		return Attempt{}, ErrNotYours
	}
	return a, err
}

func (f *Fleet) create(
	ctx context.Context,
	by store.Actor,
	id string,
	form Form,
	anyway Anyway,
	zone *time.Location,
) (Attempt, error) {
	known, err := f.store.Creation(ctx, f.account, id)
	if err == nil {
		return Attempt{Creation: &known}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Attempt{}, err
	}
	made := f.madeSoFar() // read before the host name is checked anywhere
	d, err := f.judgeFresh(ctx, form, zone)
	if err != nil {
		return Attempt{Draft: d}, err
	}
	if err := f.judgeHost(ctx, &d); err != nil || len(d.Problems) > 0 {
		return Attempt{Draft: d}, err
	}
	if !anyway.answers(d.Warnings) { // no need to ask YCM about a form that isn't sent
		return Attempt{Draft: d}, nil
	}
	taken, pack, err := f.ask(ctx, d.Host)
	if err != nil {
		return Attempt{Draft: d}, err
	}
	if taken {
		d.taken("YCM has a PBX with this host name")
		return Attempt{Draft: d}, nil
	}
	c, err := f.write(ctx, by, id, &d, pack, made, anyway)
	switch {
	case errors.Is(err, errHeld), errors.Is(err, errWarned):
		return Attempt{Draft: d}, nil
	case err != nil:
		return Attempt{Draft: d}, err
	}
	poke(f.creations.unsent)
	f.announceCreation()
	return Attempt{Creation: &c, Draft: d}, nil
}

// judgeFresh validates a form. If a look-up is missing or rejects a value, it reads the look-ups again and
// validates once more: users may know of entries that are newer than the last reading.
func (f *Fleet) judgeFresh(ctx context.Context, form Form, zone *time.Location) (Draft, error) {
	d := f.Judge(form, zone)
	again := d.Unread
	for _, p := range d.Problems {
		if list := lookUpOf[p.Field]; list != "" && !p.Missing && digits.MatchString(form.Get(p.Field)) &&
			f.now().Sub(f.LookUp(list).At) > lookUpSure {
			again = append(again, list)
		}
	}
	if len(again) > 0 {
		ctx, cancel := context.WithTimeout(ctx, f.askTimeout)
		defer cancel()
		f.Reload(ctx, again...)
		d = f.Judge(form, zone)
	}
	if len(d.Unread) > 0 && len(d.Problems) == 0 {
		p := f.LookUp(d.Unread[0]).Problem
		if p.Kind == NoProblem {
			p = Problem{
				Kind:    NotYetRead,
				Message: string(d.Unread[0]),
				err:     fmt.Errorf("%s are not loaded yet", d.Unread[0]),
			}
		}
		return d, &UnaskedError{p}
	}
	return d, nil
}

// lookUpOf is the look-up that a field is chosen from. Customers are not read again for one form, because that
// may take hundreds of requests.
var lookUpOf = map[string]LookUp{
	"regionId":            Regions,
	"domainId":            Domains,
	"versionId":           Firmwares,
	"provisionTemplateId": Templates,
}

// LookUpOf returns the look-up that a field is chosen from, if any.
func LookUpOf(field string) (LookUp, bool) {
	if field == "customerIds" {
		return Customers, true
	}
	name, ok := lookUpOf[field]
	return name, ok
}

// writeTimeout bounds writing an attempt, after all requests to YCM are done.
const writeTimeout = 5 * time.Second

// lookUpSure is the age up to which a look-up is trusted to reject a value without another reading.
const lookUpSure = 10 * time.Second

// taken adds a problem that names the owner of the host name; none if who is "".
func (d *Draft) taken(who string) {
	if who != "" {
		d.Problems = append(d.Problems, Finding{Field: "subDomain", Text: d.Host + " is taken: " + who + "."})
	}
}

// judgeHost adds a problem to a draft if a PBX or attempt in Cordboard has its host name.
func (f *Fleet) judgeHost(ctx context.Context, d *Draft) error {
	if d.Host == "" {
		return nil
	}
	who, err := f.holder(ctx, d.Host)
	if err != nil {
		return err
	}
	d.taken(who)
	return nil
}

// holder returns, in words, the PBX in the mirror or the open attempt that has a host name; "" if there is none.
func (f *Fleet) holder(ctx context.Context, host string) (string, error) {
	if p := f.Snapshot().ByHost(host); p != nil {
		return fmt.Sprintf("PBX %d in your fleet (%s) has this host name", p.CloudPBXID, Shorten(p.Text(FieldName))), nil
	}
	open, err := f.store.CreationsIn(ctx, f.account, store.Submitted, store.Unknown)
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
func (f *Fleet) ask(ctx context.Context, host string) (taken bool, p packageReading, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.askTimeout)
	defer cancel()
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		taken, err = f.isTaken(groupCtx, host)
		return err
	})
	group.Go(func() (err error) {
		p, err = f.readPackage(groupCtx)
		return err
	})
	if err := group.Wait(); err != nil {
		return false, p, &UnaskedError{problemOf(err)}
	}
	return taken, p, nil
}

// isTaken reports whether YCM has a PBX with a host name. Only YCM's own "not found" means that the name is free.
func (f *Fleet) isTaken(ctx context.Context, host string) (bool, error) {
	_, err := f.ycm.GetCloudPBXByURL(ctx, host)
	if errors.Is(err, ycm.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// packageReading is the subscription as it was just read. Creations numbered up to made were done before YCM was
// asked.
type packageReading struct {
	Subscription
	made uint64
}

// readPackage reads the subscription; concurrent callers share one answer.
func (f *Fleet) readPackage(ctx context.Context) (packageReading, error) {
	v, err, _ := f.creations.flight.Do("package", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.askTimeout)
		defer cancel()
		made := f.madeSoFar()
		pack, err := f.ycm.GetSubscription(ctx)
		if err != nil {
			return packageReading{}, err
		}
		s := newSubscription(pack, nil, f.now(), pack.RequestID)
		last := f.Subscription()
		s.plans, s.Plans, s.PlansAt = last.plans, last.Plans, last.PlansAt
		if !f.take(s, made) { // missing values are taken from the last reading
			keepAvailable(&s.pack, last.pack)
		}
		return packageReading{s, made}, nil
	})
	p, _ := v.(packageReading)
	return p, err
}

// keepAvailable fills in what an answer lacks of the available capacity, from the last good answer.
func keepAvailable(pack *ycm.Subscription, last ycm.Subscription) {
	has, had := &pack.Capacity.Available, &last.Capacity.Available
	for _, n := range [][2]*ycm.Int{
		{&has.ExtensionCapacity, &had.ExtensionCapacity},
		{&has.ConcurrentCallCapacity, &had.ConcurrentCallCapacity},
		{&has.RecordingCapacity, &had.RecordingCapacity},
		{&has.UltimatePlanCapacity, &had.UltimatePlanCapacity},
		{&has.TranscriptionCapacity, &had.TranscriptionCapacity},
	} {
		if !n[0].Known() {
			*n[0] = *n[1]
		}
	}
}

var (
	errHeld   = errors.New("the host name belongs to an open attempt")
	errWarned = errors.New("the warnings are not acknowledged")
)

// madeSoFar returns the number of PBXs created. A reading of the subscription that begins now includes all of
// them.
func (f *Fleet) madeSoFar() uint64 {
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	return f.creations.made
}

// write adds the attempt, unless another one has the host name by now or there are unacknowledged warnings. Host
// names and capacity are checked in the same transaction, so that each of many concurrent attempts sees those
// before it.
func (f *Fleet) write(
	ctx context.Context,
	by store.Actor,
	id string,
	d *Draft,
	pack packageReading,
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
		Account: f.account,
		Host:    d.Host,
		Request: body,
		Words:   d.Words,
		Reason:  d.Form.Get("reason"),
		Takes:   d.Takes,
		By:      by,
	}
	static := len(d.Warnings)
	return f.store.AddCreation(ctx, c, func(c *store.Creation, open []store.Creation) error {
		d.Warnings = d.Warnings[:static]
		who := heldBy(open, d.Host)
		if who == "" && f.madeSince(d.Host, made) {
			who = "a PBX with this host name was created a moment ago"
		}
		if who != "" {
			d.taken(who)
			return errHeld
		}
		left := f.left(pack, open)
		d.short(left)
		if !anyway.answers(d.Warnings) {
			return errWarned
		}
		for _, w := range d.Warnings {
			c.Warnings = append(c.Warnings, w.Text)
		}
		for i, n := range left {
			if c.Available[i] = Absent; n.Known() {
				c.Available[i] = n.N
			}
		}
		return nil
	}, func(c store.Creation) store.Event { return createEvent(c, store.OutcomeAsked) })
}

// madeSince reports whether a PBX with the host name was created after number made.
func (f *Fleet) madeSince(host string, made uint64) bool {
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	return slices.ContainsFunc(
		f.creations.recent,
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
func (f *Fleet) left(p packageReading, open []store.Creation) (left Left) {
	for i, row := range ledger(p.pack) {
		left[i] = row.Available
	}
	take := func(r store.Resources) {
		for i := range left {
			left[i] = minus(left[i], opt.New(r[i]))
		}
	}
	take(Holds(open))
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	for _, c := range f.creations.recent {
		if c.made > p.made {
			take(c.takes)
		}
	}
	return left
}

// Left is the available capacity of each of Resources.
type Left [len(Resources)]opt.Int

// Left returns what the form shows as available now: the last reading of the subscription, less what open
// attempts reserve.
func (f *Fleet) Left(ctx context.Context) (Left, error) {
	open, err := f.Open(ctx)
	if err != nil {
		return Left{}, err
	}
	f.mu.Lock()
	p := packageReading{f.subscription, f.packageMade}
	f.mu.Unlock()
	return f.left(p, open), nil
}

// short adds a warning where less is available than the PBX takes. A value that YCM didn't report causes no
// warning.
func (d *Draft) short(left Left) {
	for i, l := range left {
		if l.Known() && l.N < d.Takes[i] && d.Takes[i] > 0 {
			d.Warnings = append(d.Warnings, Finding{
				Field: ResourceField(i),
				Takes: d.Takes[i],
				Text: fmt.Sprintf(
					"%s %s are available (last reading, less open attempts); this PBX takes %s.",
					fold.Number(max(l.N, 0)),
					ResourceNouns[i],
					fold.Number(d.Takes[i]),
				),
			})
		}
	}
}

// Preview is Judge with all that is known without asking YCM: who in Cordboard has the host name, and what is
// available.
func (f *Fleet) Preview(ctx context.Context, form Form, zone *time.Location) (d Draft, left Left, err error) {
	d = f.Judge(form, zone)
	if err := f.judgeHost(ctx, &d); err != nil {
		return d, left, err
	}
	if left, err = f.Left(ctx); err != nil {
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
func (f *Fleet) AskHost(ctx context.Context, host string) HostState {
	f.creations.mu.Lock()
	known, ok := f.creations.hosts[host]
	f.creations.mu.Unlock()
	if ok && f.now().Sub(known.at) < hostGood {
		return known.state
	}
	taken, err := f.isTaken(ctx, host)
	state := HostFree
	switch {
	case err != nil:
		return HostUnasked
	case taken:
		state = HostTaken
	}
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	if len(f.creations.hosts) >= hostsMost {
		clear(f.creations.hosts)
	}
	f.creations.hosts[host] = hostAnswer{state, f.now()}
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
func (f *Fleet) Creation(ctx context.Context, id string) (store.Creation, error) {
	return f.store.Creation(ctx, f.account, id)
}

// CreationOfPBX returns the attempt that a PBX came from, or store.ErrNotFound.
func (f *Fleet) CreationOfPBX(ctx context.Context, cloudPBXID int64) (store.Creation, error) {
	return f.store.CreationOfPBX(ctx, f.account, cloudPBXID)
}

// Creations returns a page of the attempts in the given states, or of all if none is given; newest first.
func (f *Fleet) Creations(ctx context.Context, page, per int, states ...string) (store.CreationPage, error) {
	return f.store.Creations(ctx, f.account, page, per, states...)
}

// CreationsVersion returns a number that grows with each change to an attempt.
func (f *Fleet) CreationsVersion() uint64 { return f.creations.version.Load() }

// announceCreation wakes everything that watches attempts.
func (f *Fleet) announceCreation() {
	f.creations.version.Add(1)
	f.announce()
}

// OpenCreations returns the number of attempts that may still become a PBX.
func (f *Fleet) OpenCreations(ctx context.Context) (int64, error) {
	return f.store.OpenCreations(ctx, f.account)
}

// Open returns the attempts without a final outcome, newest first.
func (f *Fleet) Open(ctx context.Context) ([]store.Creation, error) {
	return f.Attempts(ctx, store.Submitted, store.Unknown)
}

// Attempts returns the attempts in the given states, newest first.
func (f *Fleet) Attempts(ctx context.Context, states ...string) ([]store.Creation, error) {
	return f.store.CreationsIn(ctx, f.account, states...)
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
