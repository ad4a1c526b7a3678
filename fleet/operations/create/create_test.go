package create

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func storedOperation(body []byte) *store.Operation {
	return &store.Operation{Kind: Name, Request: store.OperationRequest{Body: body}}
}

var ines = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines Okonjo", Role: store.RoleOperator}

// create submits a valid form and returns the new operation. It fails the test if there is none.
func (b *harness) create(id, subDomain string) store.Operation {
	b.t.Helper()
	form := goodForm(subDomain)
	form.Set("name", "Acme "+subDomain)
	a, err := b.creates.Submit(b.t.Context(), ines, id, form, nil, time.UTC)
	if err != nil || a.Operation == nil {
		b.t.Fatalf("Create = %+v, %v", a.Draft, err)
	}
	return *a.Operation
}

func (b *harness) operation(id string) *store.Operation {
	b.t.Helper()
	c, err := b.machine.Operation(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return &c
}

func (b *harness) events() []string {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 1000, store.AuditQuery{})
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, e := range p.Events {
		all = append([]string{e.Action + " " + e.Outcome}, all...)
	}
	return all
}

func TestCreateIsSentOnce(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	b.sync()
	c := b.create("one", "acme")
	if c.State != store.StateSubmitted || len(b.ycm.Requests("createCloudPbx")) != 0 {
		t.Fatalf(
			"state %s with %d requests; want submitted and none before the worker runs",
			c.State,
			len(b.ycm.Requests("createCloudPbx")),
		)
	}
	for range 3 {
		b.machine.Send(t.Context(), "one")
	}
	c = *b.operation("one")
	if n := len(b.ycm.Requests("createCloudPbx")); n != 1 || c.State != store.StateDone || c.Target.CloudPBXID == 0 ||
		c.Answer.RequestID == "" {
		t.Fatalf("%d requests, %+v", n, c)
	}
	if p, ok := b.mirror.Snapshot().PBX(c.Target.CloudPBXID); !ok || p.Text(fleet.FieldStatus) != "Provisioning" {
		t.Errorf("the new PBX is not in the fleet: %+v", p)
	}
	if got := fmt.Sprint(b.events()); got != "[pbx.create asked pbx.create done]" {
		t.Errorf("events: %s", got)
	}
	again, err := b.creates.Submit(t.Context(), ines, "one", goodForm("other"), nil, time.UTC)
	if err != nil || again.Operation == nil || again.Operation.Target.CloudPBXID != c.Target.CloudPBXID {
		t.Errorf("Create with the same ID again = %+v, %v", again, err)
	}
	if _, err := b.creates.Submit(
		t.Context(),
		store.Actor{ID: 8},
		"one",
		goodForm("other"),
		nil,
		time.UTC,
	); !errors.Is(
		err,
		operations.ErrNotYours,
	) {
		t.Errorf("Create with another user's ID = %v, want ErrNotYours", err)
	}
	if a, err := b.creates.Submit(t.Context(), ines, "two", goodForm("ACME"), nil, time.UTC); err != nil ||
		!hasFinding(a.Draft.Problems, "subDomain", FindingHostInFleet) {
		t.Errorf("Create with the same host name again = %+v, %v", a.Draft.Problems, err)
	}
}

// TestSameName checks that a form is submitted only after a warning if a PBX in the fleet has the same name, in any
// case, and that a removed PBX with that name doesn't count.
func TestSameName(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 3})
	ids := b.ycm.IDs()
	b.ycm.Edit(ids[0], func(r map[string]any) { r["name"] = "ACME" })
	b.ycm.Edit(ids[1], func(r map[string]any) { r["name"] = "Beta" })
	b.sync()
	submit := func(id, name string, acknowledged ...string) Submitted {
		form := goodForm(id)
		form.Set("name", name)
		s, err := b.creates.Submit(t.Context(), ines, id, form, acknowledged, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := submit("one", "Acme")
	if s.Operation != nil || !hasFinding(s.Draft.Warnings, "name", FindingNameInFleet) ||
		s.Draft.Warnings[0].Number != ids[0] {
		t.Errorf("a name in use: %+v", s)
	}
	early := Form{"name": {"beta"}}
	if d, _, err := b.creates.Preview(t.Context(), early, time.UTC); err != nil ||
		!hasFinding(d.Warnings, "name", FindingNameInFleet) {
		t.Errorf("a name in use, without a host name: %+v, %v", d.Warnings, err)
	}
	if s := submit("one", "Acme", input.AcknowledgeAll); s.Operation == nil {
		t.Errorf("the acknowledged name: %+v", s.Draft)
	}
	if s := submit("two", "Acme and Beta"); s.Operation == nil {
		t.Errorf("another name: %+v", s.Draft)
	}
	b.ycm.Delete(ids[1])
	b.sync()
	if s := submit("three", "Beta"); s.Operation == nil {
		t.Errorf("the name of a removed PBX: %+v", s.Draft)
	}
}

// TestHostNames checks that a host name counts as taken if a PBX in the mirror, an open operation or a PBX known only
// to YCM has it.
func TestHostNames(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	b.sync()
	b.create("one", "acme")
	b.ycm.Add(map[string]any{"name": "new", "url": "fresh.pbx.example.com"})
	known := b.ycm.Record(b.ycm.IDs()[0])["url"].(string)
	sub, domain := known[:len(known)-len(".pbx.example.com")], "11"
	for _, tt := range []struct {
		name, sub string
		want      input.FindingCode
	}{
		{"an open attempt", "aCmE", FindingHostInOperation},
		{"the mirror", sub, FindingHostInFleet},
		{"YCM", "fresh", FindingHostInYCM},
	} {
		form := goodForm(tt.sub)
		form.Set("domainId", domain)
		if a, err := b.creates.Submit(
			t.Context(),
			ines,
			tt.name,
			form,
			input.Acknowledged{input.AcknowledgeAll},
			time.UTC,
		); err != nil || a.Operation != nil ||
			!hasFinding(a.Draft.Problems, "subDomain", tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, a, err)
		}
	}
	if n := len(b.ycm.Requests("createCloudPbx")); n != 0 {
		t.Errorf("%d creates were sent", n)
	}
}

// TestYCMMustBeAsked checks that no operation is stored if the host name check fails or the subscription can't be read.
func TestYCMMustBeAsked(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"getCloudPbxByUrl", "getSubscription"} {
		b := newHarness(t, ycmtest.Config{PBXs: 40})
		b.ycm.Inject(ycmtest.Fault{Op: op, Kind: ycmtest.Failed200, Code: 1000043})
		all := input.Acknowledged{input.AcknowledgeAll}
		_, err := b.creates.Submit(t.Context(), ines, "one", goodForm("acme"), all, time.UTC)
		var unasked *operations.UpstreamError
		if !errors.As(err, &unasked) || unasked.Problem.Kind != fleet.Permission {
			t.Errorf("Create while %s fails = %v", op, err)
		}
		if _, err := b.machine.Operation(t.Context(), "one"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Create while %s fails wrote an operation: %v", op, err)
		}
	}
}

// TestWarningsAreAnswered checks that no operation is stored while warnings are unacknowledged, and that acknowledged
// warnings are stored with the operation.
func TestWarningsAreAnswered(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	form := spoil(goodForm("acme"), map[string]string{"type": "Trial", "extensionCapacity": "5"})
	a, err := b.creates.Submit(t.Context(), ines, "one", form, nil, time.UTC)
	if err != nil || a.Operation != nil || len(a.Draft.Warnings) != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	shown := a.Draft.Warnings
	if a, err = b.creates.Submit(
		t.Context(),
		ines,
		"one",
		form,
		input.Acknowledged{input.AcknowledgeAll},
		time.UTC,
	); err != nil || a.Operation == nil {
		t.Fatalf("%+v, %v", a, err)
	}
	stored, err := b.machine.Operation(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	got, err := input.DecodeWarnings(stored.Request.Warnings)
	if diff := cmp.Diff(shown, got); err != nil || diff != "" {
		t.Errorf("DecodeWarnings: error %v (-shown +stored):\n%s", err, diff)
	}
}

// TestTheLastCapacity submits many forms concurrently for the remaining capacity. No more forms may succeed than the
// capacity allows, whether their operations are waiting, being sent, or done.
func TestTheLastCapacity(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	b.creates.c.Rules.MinExtensions = 0
	pack, err := b.client(0).GetSubscription(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for left := pack.Capacity.Available.ExtensionCapacity.N; left > 10; { // until ten extensions are available
		n := min(left-10, 500)
		b.ycm.Add(
			map[string]any{
				"name":              "filler",
				"url":               fmt.Sprintf("filler-%d.pbx.example.com", left),
				"extensionCapacity": n,
			},
		)
		left -= n
	}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { b.machine.Run(ctx) }) // sends concurrently
	var racing sync.WaitGroup
	made := make([]*store.Operation, 50)
	for i := range made {
		racing.Go(func() {
			form := spoil(
				goodForm(fmt.Sprintf("race-%d", i)),
				map[string]string{"extensionCapacity": fmt.Sprint(1 + i%4), "concurrentCallCapacity": "1"},
			)
			a, err := b.creates.Submit(t.Context(), ines, fmt.Sprintf("race-%d", i), form, nil, time.UTC)
			if err != nil {
				t.Error(err)
			}
			made[i] = a.Operation
		})
	}
	racing.Wait()
	sum, attempts := int64(0), 0
	for _, c := range made {
		if c != nil {
			sum += c.Request.Takes[0]
			attempts++
		}
	}
	if sum > 10 || attempts == 0 {
		t.Errorf("%d attempts took %d extensions of 10", attempts, sum)
	}
	cancel()
	working.Wait()
	t.Logf("%d attempts took %d of the last 10 extensions", attempts, sum)
}

// TestDoubleSubmit checks that concurrent submissions of one form make one operation, which all of them return, and at
// most one request.
func TestDoubleSubmit(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	ctx, cancel := context.WithCancel(t.Context())
	var working, posting sync.WaitGroup
	working.Go(func() { b.machine.Run(ctx) })
	var mu sync.Mutex
	numbers := map[int64]int{}
	for range 50 {
		posting.Go(func() {
			a, err := b.creates.Submit(t.Context(), ines, "one", goodForm("acme"), nil, time.UTC)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || a.Operation == nil {
				t.Errorf("%+v, %v", a.Draft, err)
				return
			}
			numbers[a.Operation.Number]++
		})
	}
	posting.Wait()
	cancel()
	working.Wait()
	if len(numbers) != 1 || numbers[1] != 50 {
		t.Errorf("attempts: %v, want 50 times the first", numbers)
	}
	if n := len(b.ycm.Requests("createCloudPbx")); n > 1 {
		t.Errorf("%d creates were sent", n)
	}
}

// answering is a YCM client that calls afterHost before it returns the response to a host name check.
type answering struct {
	YCM
	afterHost func()
}

func (y *answering) GetCloudPBXByURL(ctx context.Context, host string) (ycm.CloudPBX, error) {
	p, err := y.YCM.GetCloudPBXByURL(ctx, host)
	if y.afterHost != nil {
		y.afterHost()
	}
	return p, err
}

// TestOneHostNameOneRequest checks that a form isn't sent if another form has created a PBX with the same host name
// since the host name was checked.
func TestOneHostNameOneRequest(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	slow := &answering{YCM: b.upstream}
	b.upstream = slow
	slow.afterHost = func() {
		slow.afterHost = nil // only once, because create also checks a host name
		b.create("first", "acme")
		b.machine.Send(t.Context(), "first")
	}
	a, err := b.creates.Submit(t.Context(), ines, "second", goodForm("acme"), nil, time.UTC)
	if err != nil || a.Operation != nil || !hasFinding(a.Draft.Problems, "subDomain", FindingHostJustCreated) {
		t.Errorf("second Create = %+v, %v", a.Operation, err)
	}
	if n := len(b.ycm.Requests("createCloudPbx")); n != 1 {
		t.Errorf("%d creates for one host name, want 1", n)
	}
}

// TestLaterOperationKeepsItsPBX checks that an older operation, presumed not done, doesn't adopt the PBX of a newer
// operation with the same host name.
func TestLaterOperationKeepsItsPBX(t *testing.T) {
	t.Parallel()
	for _, lose := range []bool{true, false} {
		b := newHarness(t, ycmtest.Config{PBXs: 40})
		b.sync()
		b.ycm.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.Error500, Times: 1})
		b.create("old", "acme")
		b.machine.Send(t.Context(), "old")
		for b.operation("old").State == store.StateUnknown {
			b.machine.Reconcile(t.Context())
			b.clock.Add(5 * time.Second)
		}
		b.create("new", "acme")
		slow := &answering{YCM: b.upstream}
		b.upstream = &afterCreate{YCM: slow, then: func() {
			b.sync() // the mirror has the PBX before the response is stored
			if err := b.machine.ReconcileNow(t.Context(), "old"); err != nil {
				t.Error(err)
			}
		}, lose: lose}
		b.machine.Send(t.Context(), "new")
		for b.operation("new").IsOpen() {
			b.machine.Reconcile(t.Context())
			b.clock.Add(5 * time.Second)
		}
		old, later := b.operation("old"), b.operation("new")
		if old.State != store.StateNotDone || later.State != store.StateDone {
			t.Errorf("response lost: %v: the older operation is %s, the newer one %s", lose, old.State, later.State)
		}
	}
}

// afterCreate is a YCM client that calls the function in its then field after YCM has processed a create request. If
// lose is set, the client also drops the response.
type afterCreate struct {
	YCM
	then func()
	lose bool
}

func (y *afterCreate) CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error) {
	created, err := y.YCM.CreateCloudPBX(ctx, r)
	y.then()
	if y.lose {
		return ycm.CreatedCloudPBX{}, &ycm.Error{Class: ycm.ErrUnavailable, Err: context.DeadlineExceeded}
	}
	return created, err
}

// TestTroubleIsNoRefusal checks that a 5xx response makes an operation unknown, whatever its body. It also checks that
// the actor in all audit events is the user who submitted the operations.
func TestTroubleIsNoRefusal(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	for i, body := range []string{
		`{"status":"Failed","errno":1000099}`,
		`{"status":"Failed","errno":1000004}`,
		`<html>`,
	} {
		id := fmt.Sprintf("one-%d", i)
		b.ycm.Inject(
			ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.Body, Status: 500 + i, Body: []byte(body), Times: 1},
		)
		b.create(id, id)
		b.machine.Send(t.Context(), id)
		if c := b.operation(id); c.State != store.StateUnknown {
			t.Errorf("%s with status %d: state %s, want unknown", body, 500+i, c.State)
		}
	}
	p, err := b.store.AuditEvents(t.Context(), 1, 10, store.AuditQuery{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Events {
		if e.Actor.Name != ines.Name {
			t.Errorf("%s %s has the actor %q", e.Action, e.Outcome, e.Actor.Name)
		}
	}
}

// TestWarningsSeenAreAnswered checks that acknowledging one warning isn't enough if there are two: each must be
// acknowledged by its own key.
func TestWarningsSeenAreAnswered(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	form := spoil(goodForm("acme"), map[string]string{"type": "Trial", "extensionCapacity": "5"})
	for _, tt := range []struct {
		anyway input.Acknowledged
		made   bool
	}{
		{input.Acknowledged{"expirationDate"}, false},
		{input.Acknowledged{"expirationDate", "short-extensionCapacity-5"}, false},
		{input.Acknowledged{"expirationDate", "extensionCapacity"}, true},
	} {
		a, err := b.creates.Submit(t.Context(), ines, "one", form, tt.anyway, time.UTC)
		if err != nil || (a.Operation != nil) != tt.made {
			t.Errorf("%v: made %t, %v", tt.anyway, a.Operation != nil, err)
		}
	}
}
