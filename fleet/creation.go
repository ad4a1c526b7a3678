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
	"cordboard/store"
	"cordboard/ycm"
)

// ErrNotYours means that the one-time id belongs to somebody else's attempt.
var ErrNotYours = errors.New("the attempt is somebody else's")

// UnaskedError means that YCM, or a look-up of it, was needed to judge a form and could not be asked. Nothing was made.
type UnaskedError struct{ Problem Problem }

func (e *UnaskedError) Error() string { return "YCM could not be asked: " + e.Problem.Error() }

func (e *UnaskedError) Unwrap() error { return e.Problem.err }

// creations is what is known of attempts beside their rows.
type creations struct {
	last     int64 // the newest attempt when we started: it and those before are another process's
	flight   singleflight.Group
	version  atomic.Uint64 // grows with each change of an attempt
	noneLost atomic.Bool   // no attempt is unknown or was taken for not created: there is nothing to claim
	unsent   chan struct{} // there is something to send
	look     chan struct{} // there is something to look for

	mu     sync.Mutex
	made   uint64         // grows with each outcome "created"
	recent []madeCreation // created, and perhaps not in a reading of the package yet
	hosts  map[string]hostAnswer

	due map[string]time.Time // when unknown ones are looked for next, by id; of the one goroutine that looks
}

// madeCreation is a PBX that was created, as the made'th.
type madeCreation struct {
	made  uint64
	id    string // of the attempt
	host  string
	at    time.Time
	takes store.Resources
}

func newCreations() creations {
	return creations{unsent: make(chan struct{}, 1), look: make(chan struct{}, 1), due: map[string]time.Time{}, hosts: map[string]hostAnswer{}}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Attempt is what came of a form.
type Attempt struct {
	Creation *store.Creation // nil: none was made, for the draft's Problems or Warnings
	Draft    Draft
}

// Create makes an attempt of a form and has it sent, or says why not. id is the form's one-time id: whoever comes with it again gets the
// attempt that there is. anyway answers warnings. It asks YCM whether the host name is free and what is left of the package; if that fails
// it returns an *UnaskedError, and if the attempt can't be written, store.ErrUnavailable: then there is no attempt and nothing is sent.
func (f *Fleet) Create(ctx context.Context, by store.Actor, id string, form Form, anyway Anyway, zone *time.Location) (Attempt, error) {
	v, err, _ := f.creations.flight.Do(id, func() (any, error) {
		// Whoever else waits for this form must not lose it because one of them has gone.
		return f.create(context.WithoutCancel(ctx), by, id, form, anyway, zone)
	})
	a, _ := v.(Attempt)
	if err == nil && a.Creation != nil && a.Creation.By.ID != by.ID {
		return Attempt{}, ErrNotYours
	}
	return a, err
}

func (f *Fleet) create(ctx context.Context, by store.Actor, id string, form Form, anyway Anyway, zone *time.Location) (Attempt, error) {
	known, err := f.store.Creation(ctx, f.account, id)
	if err == nil {
		return Attempt{Creation: &known}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return Attempt{}, err
	}
	made := f.madeSoFar() // before anybody is asked for the host name
	d, err := f.judgeFresh(ctx, form, zone)
	if err != nil {
		return Attempt{Draft: d}, err
	}
	if err := f.judgeHost(ctx, &d); err != nil || len(d.Problems) > 0 {
		return Attempt{Draft: d}, err
	}
	if !anyway.answers(d.Warnings) { // YCM isn't asked for what isn't sent
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

// judgeFresh judges a form, and if a look-up is missing or says no, once more with look-ups read now: people may know of things that are
// newer than what we read.
func (f *Fleet) judgeFresh(ctx context.Context, form Form, zone *time.Location) (Draft, error) {
	d := f.Judge(form, zone)
	again := d.Unread
	for _, p := range d.Problems {
		if list := lookUpOf[p.Field]; list != "" && !p.Missing && digits.MatchString(form.Get(p.Field)) && f.now().Sub(f.LookUp(list).At) > lookUpSure {
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
			p = Problem{Kind: NotYetRead, Message: string(d.Unread[0]), err: fmt.Errorf("the %s are still being read", d.Unread[0])}
		}
		return d, &UnaskedError{p}
	}
	return d, nil
}

// lookUpOf says which look-up a field is chosen from. Customers are not read again for one form: they may be hundreds of requests.
var lookUpOf = map[string]LookUp{"regionId": Regions, "domainId": Domains, "versionId": Firmwares, "provisionTemplateId": Templates}

// LookUpOf says which look-up a field is chosen from, if it is from one.
func LookUpOf(field string) (LookUp, bool) {
	if field == "customerIds" {
		return Customers, true
	}
	name, ok := lookUpOf[field]
	return name, ok
}

// writeTimeout is for writing an attempt down, once all that had to be asked was.
const writeTimeout = 5 * time.Second

// lookUpSure is how young a look-up is that a "no" is taken from at once.
const lookUpSure = 10 * time.Second

// taken says who has the host name.
func (d *Draft) taken(who string) {
	if who != "" {
		d.Problems = append(d.Problems, Finding{Field: "subDomain", Text: d.Host + " is taken: " + who + "."})
	}
}

// judgeHost adds to a draft's problems that somebody here has its host name.
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

// holder says who here has a host name: a PBX of the mirror, or an open attempt; "" for nobody.
func (f *Fleet) holder(ctx context.Context, host string) (string, error) {
	if p := f.Snapshot().byHost(host); p != nil {
		return fmt.Sprintf("PBX %d of your fleet, %s, has this host name", p.CloudPBXID, Shorten(p.Text("name"))), nil
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
			return fmt.Sprintf("attempt %d is creating it", c.Number)
		}
	}
	return ""
}

// byHost finds the PBX that has a host name and is not gone, or nil.
func (s *Snapshot) byHost(host string) *PBX {
	for _, p := range s.pbxs {
		if !p.IsGone() && len(p.texts[urlText]) == len(host) && strings.EqualFold(p.texts[urlText], host) {
			return p
		}
	}
	return nil
}

var urlText = fields["url"].index

// ask asks YCM for the host name and the package, both at once.
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

// isTaken asks YCM for a host name. Only its own "not found" means free.
func (f *Fleet) isTaken(ctx context.Context, host string) (bool, error) {
	_, err := f.ycm.GetCloudPBXByURL(ctx, host)
	if errors.Is(err, ycm.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// packageReading is the package as it was read just now. Creations of made and before were done when YCM was asked.
type packageReading struct {
	Subscription
	made uint64
}

// readPackage asks for the package; who asks at the same time shares the answer.
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
		if !f.take(s, made) { // what it lacks is as it was last
			keepAvailable(&s.pack, last.pack)
		}
		return packageReading{s, made}, nil
	})
	p, _ := v.(packageReading)
	return p, err
}

// keepAvailable fills in what an answer left out of what is available, from the last good one.
func keepAvailable(pack *ycm.Subscription, last ycm.Subscription) {
	has, had := &pack.Capacity.Available, &last.Capacity.Available
	for _, n := range [][2]*ycm.Int{
		{&has.ExtensionCapacity, &had.ExtensionCapacity},
		{&has.ConcurrentCallCapacity, &had.ConcurrentCallCapacity},
		{&has.RecordingCapacity, &had.RecordingCapacity},
		{&has.UltimatePlanCapacity, &had.UltimatePlanCapacity},
		{&has.TranscriptionCapacity, &had.TranscriptionCapacity},
	} {
		if !n[0].Valid {
			*n[0] = *n[1]
		}
	}
}

var (
	errHeld   = errors.New("the host name is held by an open attempt")
	errWarned = errors.New("warned, and not told to send anyway")
)

// madeSoFar counts the PBXs that were created. A reading of the package that begins now has them all.
func (f *Fleet) madeSoFar() uint64 {
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	return f.creations.made
}

// write makes the attempt, unless another one holds the host name by now, or there is something to warn of. Host names and
// capacity are looked at in the transaction that writes it, so that of many at once each sees those before it.
func (f *Fleet) write(ctx context.Context, by store.Actor, id string, d *Draft, pack packageReading, made uint64, anyway Anyway) (store.Creation, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	body, err := json.Marshal(d.Request)
	if err != nil {
		return store.Creation{}, fmt.Errorf("encode the request: %w", err)
	}
	c := store.Creation{
		ID: id, Account: f.account, Host: d.Host, Request: body, Words: d.Words, Reason: d.Form.Get("reason"), Takes: d.Takes, By: by,
	}
	static := len(d.Warnings)
	return f.store.AddCreation(ctx, c, func(c *store.Creation, open []store.Creation) error {
		d.Warnings = d.Warnings[:static]
		who := heldBy(open, d.Host)
		if who == "" && f.madeSince(d.Host, made) {
			who = "it was created a moment ago"
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
			if c.Available[i] = Absent; n.Known {
				c.Available[i] = n.N
			}
		}
		return nil
	}, func(c store.Creation) store.Event { return createEvent(c, store.OutcomeAsked) })
}

// madeSince says whether a PBX with the host name was created after the made'th one.
func (f *Fleet) madeSince(host string, made uint64) bool {
	f.creations.mu.Lock()
	defer f.creations.mu.Unlock()
	return slices.ContainsFunc(f.creations.recent, func(m madeCreation) bool { return m.made > made && strings.EqualFold(m.host, host) })
}

// Anyway are the keys of warnings that somebody has seen and wants to send in spite of; AllWarnings is for who answers without having seen any.
type Anyway []string

// AllWarnings answers whatever there is.
const AllWarnings = "*"

func (a Anyway) answers(warnings []Finding) bool {
	for _, w := range warnings {
		if !slices.Contains(a, w.Key()) && !slices.Contains(a, AllWarnings) {
			return false
		}
	}
	return true
}

// left is what is still available: by the reading, less what open attempts hold, and less what was created since YCM was asked.
func (f *Fleet) left(p packageReading, open []store.Creation) (left Left) {
	for i, row := range ledger(p.pack) {
		left[i] = row.Available
	}
	take := func(r store.Resources) {
		for i := range left {
			left[i] = minus(left[i], Int{N: r[i], Known: true})
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

// Left is what is left of each of Resources.
type Left [len(Resources)]Int

// Left is what the form shows as available now: by the last reading of the package, less what open attempts hold.
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

// short warns where less is left than the PBX takes. What YCM didn't report is no reason to warn.
func (d *Draft) short(left Left) {
	for i, l := range left {
		if l.Known && l.N < d.Takes[i] && d.Takes[i] > 0 {
			d.Warnings = append(d.Warnings, Finding{
				Field: ResourceField(i), Takes: d.Takes[i],
				Text: fmt.Sprintf("%s %s are left, by the last reading and with open attempts counted; this PBX takes %s.", fold.Number(max(l.N, 0)), resourceNouns[i], fold.Number(d.Takes[i])),
			})
		}
	}
}

// Preview is Judge with all that can be known at once: who has the host name here, and what is left of the package.
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

// HostState is what YCM says of a host name.
type HostState string

// What YCM may say.
const (
	HostFree    HostState = "free"
	HostTaken   HostState = "taken"
	HostUnasked HostState = "unasked" // it could not be asked in time
)

// AskHost asks YCM whether a host name is free, until ctx ends.
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

// How long what YCM said of a host name stands while a form is filled in, and how many such answers are kept. Before an attempt YCM is always
// asked.
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

// Creations returns a page of the attempts, newest first; those in one of the states, or all for none.
func (f *Fleet) Creations(ctx context.Context, page, per int, states ...string) (store.CreationPage, error) {
	return f.store.Creations(ctx, f.account, page, per, states...)
}

// CreationsVersion grows with each change of an attempt.
func (f *Fleet) CreationsVersion() uint64 { return f.creations.version.Load() }

// announceCreation wakes those who watch attempts.
func (f *Fleet) announceCreation() {
	f.creations.version.Add(1)
	f.announce()
}

// OpenCreations counts the attempts that may still become a PBX.
func (f *Fleet) OpenCreations(ctx context.Context) (int64, error) {
	return f.store.OpenCreations(ctx, f.account)
}

// Open returns the attempts that are not settled, newest first.
func (f *Fleet) Open(ctx context.Context) ([]store.Creation, error) {
	return f.Attempts(ctx, store.Submitted, store.Unknown)
}

// Attempts returns those in the given states, newest first.
func (f *Fleet) Attempts(ctx context.Context, states ...string) ([]store.Creation, error) {
	return f.store.CreationsIn(ctx, f.account, states...)
}

// Body is an attempt's request, opened.
func Body(c store.Creation) (ycm.CreateCloudPBXRequest, error) {
	var r ycm.CreateCloudPBXRequest
	err := json.Unmarshal(c.Request, &r)
	return r, err
}

// FormOfCreation is the form that an attempt was made of. Its date is a day of zone.
func FormOfCreation(c store.Creation, zone *time.Location) Form {
	r, err := Body(c)
	if err != nil {
		return Form{} // another version's
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
