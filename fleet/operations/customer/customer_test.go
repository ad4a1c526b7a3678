package customer

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/faulttest"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

var newCustomer = []string{
	"firstName", "Ann", "lastName", "Müller", "company", "Amber Bakery", "email", "ann@amber.example",
	"mobileNumber", "+43 660 0000000", "remark", "VIP",
}

// TestDone checks that each kind of operation makes the change that it announced, and that the directory has it at
// once.
func TestDone(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	id := b.ycm.CustomerIDs()[3]
	email := b.directory.Customer(id).Members[fleet.Email]
	o := b.submit("one", request(Create, 0, newCustomer...))
	b.machine.Send(t.Context(), o.ID)
	made := b.operation("one")
	if made.State != store.StateDone || made.Target.CustomerID == 0 || made.Target.Name != "Amber Bakery" {
		t.Fatalf("the creation is %s of %+v", made.State, made.Target)
	}
	if got := b.ycm.Customer(made.Target.CustomerID); got["email"] != "ann@amber.example" || got["remark"] != "VIP" {
		t.Errorf("YCM has %v", got)
	}
	if c := b.directory.Customer(made.Target.CustomerID); c == nil || c.Name() != "Amber Bakery" {
		t.Errorf("the directory has %+v", c)
	}
	o = b.submit("two", request(Update, id, "company", "Renamed Ltd", "city", "Graz", "reason", "CB-7"))
	want := []store.FieldChange{
		{Field: "company", Before: b.directory.Customer(id).Members["company"], After: "Renamed Ltd"},
		{Field: "city", After: "Graz"},
	}
	if diff := cmp.Diff(want, o.Request.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	b.machine.Send(t.Context(), o.ID)
	if got := b.ycm.Customer(id); got["company"] != "Renamed Ltd" || got["city"] != "Graz" || got["email"] != email ||
		got["country"] != "Germany" {
		t.Errorf("YCM has %v, want the other members as they were", got)
	}
	if c := b.directory.Customer(id); c.Name() != "Renamed Ltd" {
		t.Errorf("the directory has %s", c.Name())
	}
	o = b.submit("three", request(Delete, id))
	b.machine.Send(t.Context(), o.ID)
	if b.ycm.Customer(id) != nil || !b.directory.Customer(id).IsGone() || b.operation("three").State != store.StateDone {
		t.Errorf("the deletion is %s", b.operation("three").State)
	}
	var rows []string
	if err := b.store.EachAuditEvent(t.Context(), store.AuditQuery{}, math.MaxInt64, func(e store.Event) error {
		rows = append(rows, e.Action+" "+e.Outcome+" "+e.Target)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(rows, "\n")
	for _, row := range []string{
		fmt.Sprintf("customer.create done %d", made.Target.CustomerID),
		fmt.Sprintf("customer.update asked %d", id),
		fmt.Sprintf("customer.delete done %d", id),
	} {
		if !strings.Contains(text, row) {
			t.Errorf("the audit log lacks %q:\n%s", row, text)
		}
	}
}

// TestRefused checks the findings about forms that make no operation.
func TestRefused(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	ids := b.ycm.CustomerIDs()
	b.ycm.SetOwners(b.ycm.IDs()[0], ids[0])
	b.directory.Learn(t.Context(), b.ycm.IDs()[0], ids[:1])
	if _, err := b.mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := b.directory.Customer(ids[2])
	gone := ids[4]
	b.ycm.DeleteCustomer(gone)
	with := func(name, value string) Request {
		r := request(Create, 0, newCustomer...)
		r.Form.Set(name, value)
		return r
	}
	notAnEmail := input.Finding{Field: "email", Code: FindingNotAnEmail}
	for name, tt := range map[string]struct {
		request Request
		want    input.Finding
		warning bool
	}{
		"no first name": {with("firstName", " "), input.Finding{Field: "firstName", Code: input.Missing}, false},
		"no company":    {with("company", "\u200b"), input.Finding{Field: "company", Code: input.Missing}, false},
		"no email":      {with("email", ""), input.Finding{Field: "email", Code: input.Missing}, false},
		"no address":    {with("email", "ann at amber"), notAnEmail, false},
		"two addresses": {with("email", "a@b.example,c@d.example"), notAnEmail, false},
		"a long name": {
			with("company", strings.Repeat("x", 10_000)),
			input.Finding{Field: "company", Code: input.TooLong, Number: 10_000, Limit: 255},
			false,
		},
		"a control character": {with("city", "Gr\x00az"), input.Finding{Field: "city", Code: input.ControlCharacter}, false},
		"a long reason": {
			with("reason", strings.Repeat("x", 300)),
			input.Finding{Field: "reason", Code: input.TooLong, Number: 300, Limit: 200},
			false,
		},
		"another's address": {
			with("email", strings.ToUpper(other.Members[fleet.Email])),
			input.Finding{Field: "email", Code: FindingEmailTaken, Name: other.Name()},
			true,
		},
		"nothing changed":  {request(Update, ids[2]), input.Finding{Field: "company", Code: FindingUnchanged}, false},
		"gone":             {request(Update, gone, "company", "X"), input.Finding{Code: FindingGone}, false},
		"delete with PBXs": {request(Delete, ids[0]), input.Finding{Code: FindingHasPBXs, Number: 1}, false},
	} {
		s, err := b.customers.Submit(t.Context(), ines, name, tt.request, nil)
		found := s.Draft.Problems
		if tt.warning {
			found = s.Draft.Warnings
		}
		if err != nil || s.Operation != nil || len(found) != 1 || cmp.Diff(tt.want, found[0]) != "" {
			t.Errorf("%s: %+v, operation: %t, %v; want %+v", name, found, s.Operation != nil, err, tt.want)
		}
	}
	_, err := b.customers.Submit(t.Context(), ines, "x", request(Update, 999), nil)
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown customer: %v", err)
	}
	if _, err := b.customers.Look(t.Context(), request(Delete, 999)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the form of an unknown customer: %v", err)
	}
	taken := with("email", other.Members[fleet.Email])
	if o := b.submit("anyway", taken, input.Finding{Field: "email", Code: FindingEmailTaken}.Key()); o.ID != "anyway" {
		t.Error("an acknowledged warning prevents the operation")
	}
	b.ycm.Inject(ycmtest.Fault{Op: "getCustomer", Kind: ycmtest.Failed200, Code: 1000043})
	var upstream *operations.UpstreamError
	if _, err := b.customers.Submit(t.Context(), ines, "y", request(Update, ids[2], "company", "X"), nil); !errors.As(
		err, &upstream) {
		t.Errorf("a customer that can't be read: %v", err)
	}
}

// TestForm checks what a new form shows, and that only one operation on a customer is open.
func TestForm(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	id := b.ycm.CustomerIDs()[1]
	d, err := b.customers.Look(t.Context(), request(Update, id))
	if err != nil || d.Form.Get("email") != b.directory.Customer(id).Members[fleet.Email] ||
		d.Seen()["country"] != "Germany" {
		t.Errorf("the form has %v, and its user saw %v, %v", d.Form, d.Seen(), err)
	}
	first := b.submit("one", request(Update, id, "company", "X"))
	var busy *operations.BusyError
	if _, err := b.customers.Look(t.Context(), request(Delete, id)); !errors.As(err, &busy) || busy.ID != first.ID {
		t.Errorf("a form while an operation is open: %v", err)
	}
	if _, err := b.customers.Submit(t.Context(), kim, "two", request(Delete, id), nil); !errors.As(err, &busy) ||
		busy.By != ines.Name {
		t.Errorf("a second operation: %v, want a BusyError with the first's user", err)
	}
	again, err := b.customers.Submit(t.Context(), ines, "one", request(Update, id, "company", "Y"), nil)
	if err != nil || again.Operation.Number != first.Number {
		t.Errorf("the same form again = %+v, %v", again.Operation, err)
	}
	_, err = b.customers.Submit(t.Context(), kim, "one", request(Update, id), nil)
	if !errors.Is(err, operations.ErrNotYours) {
		t.Errorf("another's form = %v", err)
	}
}

// TestParallel checks that of 50 parallel creations with one email address, and of 50 parallel changes of one customer,
// only one is sent.
func TestParallel(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	id := b.ycm.CustomerIDs()[1]
	for name, r := range map[string]Request{
		"create": request(Create, 0, newCustomer...), "update": request(Update, id, "company", "X"),
	} {
		var made, lost atomic.Int32
		var work sync.WaitGroup
		for i := range 50 {
			work.Go(func() {
				s, err := b.customers.Submit(t.Context(), ines, fmt.Sprint(name, i), r, nil)
				var busy *operations.BusyError
				switch {
				case err == nil && s.Operation != nil:
					made.Add(1)
				case errors.As(err, &busy) && busy.By == ines.Name:
					lost.Add(1)
				}
			})
		}
		work.Wait()
		if made.Load() != 1 || lost.Load() != 49 {
			t.Errorf("%s: %d operations and %d that lost, want 1 and 49", name, made.Load(), lost.Load())
		}
	}
}

// TestLostUpdates checks that a change in YCM after the user saw the customer is never overwritten without a second
// confirmation, whether it comes before the submission or before the request.
func TestLostUpdates(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	ids := b.ycm.CustomerIDs()
	for i := range 60 {
		id, name := ids[i], fmt.Sprint("run-", i)
		seen := map[string]string{}
		for member, v := range b.directory.Customer(id).Members {
			seen[member] = v
		}
		r := request(Update, id, "company", name)
		r.Seen = seen
		if i%2 == 0 {
			b.ycm.EditCustomer(id, map[string]string{"remark": "theirs"})
			s, err := b.customers.Submit(t.Context(), ines, name, r, nil)
			want := []store.FieldChange{{Field: "remark", After: "theirs"}}
			if diff := cmp.Diff(want, s.Draft.Meanwhile); err != nil || s.Operation != nil || diff != "" {
				t.Fatalf("%s: operation: %t, %v (-want +got):\n%s", name, s.Operation != nil, err, diff)
			}
			continue
		}
		b.submit(name, r)
		b.ycm.EditCustomer(id, map[string]string{"remark": "theirs"})
		b.machine.Send(t.Context(), name)
		if o := b.operation(name); o.State != store.StateNotSent || o.Answer.Kind != store.FailureChanged {
			t.Fatalf("%s is %s, %s", name, o.State, o.Answer.Kind)
		}
	}
	for _, id := range ids {
		if got := b.ycm.Customer(id); strings.HasPrefix(fmt.Sprint(got["company"]), "run-") {
			t.Errorf("customer %d was overwritten: %v", id, got)
		}
	}
}

// crashing is a YCM client that ends the calling goroutine, as if the process were killed, before a request is sent or
// after its response.
type crashing struct {
	YCM
	before, after bool
}

func crash[T any](c *crashing, f func() (T, error)) (T, error) {
	if c.before {
		runtime.Goexit()
	}
	answer, err := f()
	if c.after {
		runtime.Goexit()
	}
	return answer, err
}

func (c *crashing) CreateCustomer(ctx context.Context, r ycm.CustomerRequest) (ycm.CreatedCustomer, error) {
	return crash(c, func() (ycm.CreatedCustomer, error) { return c.YCM.CreateCustomer(ctx, r) })
}

func (c *crashing) UpdateCustomer(ctx context.Context, id int64, r ycm.CustomerRequest) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.UpdateCustomer(ctx, id, r) })
}

func (c *crashing) DeleteCustomers(ctx context.Context, ids ...int64) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.DeleteCustomers(ctx, ids...) })
}

var customerRuns = flag.Int("customer-runs", 3*len(faulttest.Mishaps), "seeded operations of TestExactlyOnce")

// TestExactlyOnce checks, for each kind and each fault, that an operation's request is sent at most once, whatever
// happens to the request and to the portal. It also checks that the operation ends in the state that matches YCM,
// within three minutes.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	calls := map[store.OperationKind]string{
		Create: "createCustomer", Update: "updateCustomer", Delete: "deleteCustomers",
	}
	kinds := []store.OperationKind{Create, Update, Delete}
	for run := range faulttest.Shortened(*customerRuns) {
		kind, m := kinds[run%len(kinds)], faulttest.Mishaps[run%len(faulttest.Mishaps)]
		id := fmt.Sprintf("%d %s %s", run, kind, m.Name)
		b.run(id, kind, calls[kind], m, rand.New(rand.NewPCG(1, uint64(run))))
		if t.Failed() {
			t.Fatal(id)
		}
	}
	if _, err := b.store.VerifyAudit(t.Context(), store.Head{}); err != nil {
		t.Error(err)
	}
}

func (b *harness) restart() {
	b.t.Helper()
	b.start(0)
	b.machine.Recover(b.t.Context())
}

func (b *harness) run(id string, kind store.OperationKind, call string, m faulttest.Mishap, r *rand.Rand) {
	t := b.t
	t.Helper()
	b.ycm.Clear()
	b.restart()
	b.ycm.SetCustomers(60)
	b.list()
	of := b.ycm.CustomerIDs()[r.IntN(60)]
	form := request(kind, of, "company", "Renamed Ltd")
	if kind == Create {
		form = request(kind, 0, newCustomer...)
		form.Form.Set("email", fmt.Sprintf("ann%d@amber.example", r.Uint64()))
	}
	b.submit(id, form)
	if m.Unsent {
		b.restart()
	}
	if m.IsSlow() { // otherwise, a slow machine could give up a request that the fake is about to process
		b.start(250 * time.Millisecond)
	}
	m.Begin(b.ycm, call)
	b.upstream.YCM = &crashing{b.upstream.YCM, m.Before, m.After}
	var sending sync.WaitGroup
	sending.Go(func() { b.machine.Send(t.Context(), id) })
	sending.Wait()
	if m.Before || m.After || r.IntN(2) == 0 {
		b.restart()
	}
	if err := m.End(b.ycm); err != nil {
		t.Fatal(err)
	}
	b.letPass(id)
	o := b.operation(id)
	if n := len(b.ycm.Requests(call)); n > 1 || o.IsOpen() {
		t.Errorf("%s was sent %d times and is %s", id, n, o.State)
	}
	is := false
	switch kind {
	case Create:
		n := len(b.ycm.CustomerIDs())
		if is = n == 61; is && b.ycm.Customer(o.Target.CustomerID) == nil && o.State == store.StateDone || n > 61 {
			t.Errorf("%s: YCM has %d customers; the operation's is %d", id, n, o.Target.CustomerID)
		}
	case Update:
		is = b.ycm.Customer(of)["company"] == "Renamed Ltd"
	case Delete:
		is = b.ycm.Customer(of) == nil
	}
	if is != (o.State == store.StateDone) {
		t.Errorf("%s is %s, but the change is in YCM: %t", id, o.State, is)
	}
	b.ycm.ForgetRequests()
}

// TestLateEffects checks that a creation that was presumed not done is recognized when YCM's list has the customer soon
// after, but not when that is long ago.
func TestLateEffects(t *testing.T) {
	t.Parallel()
	for late, want := range map[time.Duration]store.OperationState{
		5 * time.Minute: store.StateDone, lateEffect + time.Minute: store.StateNotDone,
	} {
		b := newHarness(t)
		b.submit("one", request(Create, 0, newCustomer...))
		b.ycm.Inject(ycmtest.Fault{Op: "createCustomer", Kind: ycmtest.Error500, Times: 1})
		b.machine.Send(t.Context(), "one")
		b.letPass("one")
		if o := b.operation("one"); o.State != store.StateNotDone {
			t.Fatalf("the operation is %s, want not-done", o.State)
		}
		b.clock.Add(late)
		body := ycm.CustomerRequest{FirstName: "Ann", Company: "Amber Bakery", Email: "ann@amber.example"}
		if _, err := b.client.CreateCustomer(t.Context(), body); err != nil {
			t.Fatal(err)
		}
		b.list()
		if _, err := b.mirror.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if o := b.operation("one"); o.State != want {
			t.Errorf("%s later, the operation is %s, want %s", late, o.State, want)
		}
	}
}

// TestRetried checks that a creation that failed isn't taken for done when the user's second try creates the customer.
func TestRetried(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	b.submit("one", request(Create, 0, newCustomer...))
	b.ycm.Inject(ycmtest.Fault{Op: "createCustomer", Kind: ycmtest.Error500, Times: 1})
	b.machine.Send(t.Context(), "one")
	b.letPass("one")
	b.submit("two", request(Create, 0, newCustomer...))
	if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	b.machine.Send(t.Context(), "two")
	b.list()
	if _, err := b.mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if one, two := b.operation("one"), b.operation("two"); one.State != store.StateNotDone ||
		two.State != store.StateDone {
		t.Errorf("the first operation is %s and the second %s, want not-done and done", one.State, two.State)
	}
}

// TestColleagues checks that a creation that failed isn't taken for done because a colleague had created the same
// customer in YCM a moment before, and that the colleague's customer is warned of.
func TestColleagues(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	body := ycm.CustomerRequest{FirstName: "Ann", Company: "Amber Bakery", Email: "ann@amber.example"}
	if _, err := b.client.CreateCustomer(t.Context(), body); err != nil {
		t.Fatal(err)
	}
	s, err := b.customers.Submit(t.Context(), ines, "one", request(Create, 0, newCustomer...), nil)
	taken := input.Finding{Field: "email", Code: FindingEmailTaken, Name: "Amber Bakery"}
	if diff := cmp.Diff([]input.Finding{taken}, s.Draft.Warnings); err != nil || diff != "" {
		t.Fatalf("%v, warnings (-want +got):\n%s", err, diff)
	}
	b.submit("one", request(Create, 0, newCustomer...), taken.Key())
	b.ycm.Inject(ycmtest.Fault{Op: "createCustomer", Kind: ycmtest.Error500, Times: 1})
	b.machine.Send(t.Context(), "one")
	b.letPass("one")
	if o := b.operation("one"); o.State != store.StateNotDone {
		t.Errorf("the operation is %s of customer %d, want not-done", o.State, o.Target.CustomerID)
	}
}

// TestHandedOver checks that a customer can be deleted whose PBX was handed over in YCM since the directory read it.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	if _, err := b.mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	pbxs, ids := b.ycm.IDs(), b.ycm.CustomerIDs()
	for _, pbx := range pbxs {
		b.ycm.SetOwners(pbx, ids[0])
		b.directory.Learn(t.Context(), pbx, ids[:1])
	}
	b.ycm.SetOwners(pbxs[0], ids[1])
	s, err := b.customers.Submit(t.Context(), ines, "one", request(Delete, ids[0]), nil)
	if err != nil || len(s.Draft.Problems) != 1 || s.Draft.Problems[0].Number != 1 {
		t.Errorf("with one PBX: %+v, %v", s.Draft.Problems, err)
	}
	b.ycm.SetOwners(pbxs[1], ids[1])
	b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbxCustomers", Kind: ycmtest.Error500, Times: 9})
	var upstream *operations.UpstreamError
	if _, err := b.customers.Submit(t.Context(), ines, "one", request(Delete, ids[0]), nil); !errors.As(err, &upstream) {
		t.Errorf("with a PBX that can't be read: %v", err)
	}
	b.ycm.Clear()
	b.submit("one", request(Delete, ids[0]))
	b.machine.Send(t.Context(), "one")
	if o := b.operation("one"); o.State != store.StateDone || b.ycm.Customer(ids[0]) != nil {
		t.Errorf("without a PBX, the deletion is %s", o.State)
	}
}

// TestKeptRemark checks that a remark of several lines, which the form's input can't show, changes only if it is
// edited.
func TestKeptRemark(t *testing.T) {
	t.Parallel()
	b := newHarness(t)
	id := b.ycm.CustomerIDs()[1]
	b.ycm.EditCustomer(id, map[string]string{"remark": " one\r\ntwo"})
	if _, err := b.directory.Read(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for remark, want := range map[string]string{"onetwo": "city", "one, two": "city remark"} {
		d, err := b.customers.Look(t.Context(), request(Update, id, "city", "Graz", "remark", remark))
		var changed []string
		for _, c := range d.Changes {
			changed = append(changed, c.Field)
		}
		if slices.Sort(changed); err != nil || strings.Join(changed, " ") != want || len(d.Problems) > 0 {
			t.Errorf("with the remark %q, the form changes %q and has %v, %v", remark, changed, d.Problems, err)
		}
	}
}
