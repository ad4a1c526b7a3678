package customer

import (
	"context"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/fleet/customers"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	ines = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines Okonjo", Role: store.RoleOperator}
	kim  = store.Actor{ID: 8, Email: "kim@example.com", Name: "Kim Berg", Role: store.RoleOperator}
)

// harness has customers, a machine and a directory that share a fake YCM and a clock.
type harness struct {
	t         testing.TB
	clock     *clocktest.Clock
	ycm       *ycmtest.Server
	upstream  *upstream
	client    *ycm.Client
	store     *store.Store
	mirror    *mirror.Mirror
	directory *customers.Directory
	customers *Customers
	machine   *operations.Machine
}

// upstream is the YCM client that the operations use. A test may wrap it.
type upstream struct{ YCM }

// newHarness returns a harness that has read YCM's list of customers.
func newHarness(t testing.TB) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon)}
	now := b.clock.Now
	b.ycm = ycmtest.NewServer(t, ycmtest.Config{PBXs: 2, Now: now, Plain: true})
	b.ycm.SetCustomers(60)
	b.store = storetest.New(t, now)
	b.start(0)
	b.list()
	return b
}

// start opens everything, as after a restart. timeout limits each change; 0 means the default.
func (b *harness) start(timeout time.Duration) {
	b.t.Helper()
	var err error
	b.client, err = ycm.New(ycm.Config{
		URL:          b.ycm.URL,
		ClientID:     "client",
		ClientSecret: "secret",
		Rand:         func() float64 { return 0 },
		Limits:       ycm.Limits{CreateTimeout: timeout},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(b.client.Close)
	b.upstream = &upstream{b.client}
	now := b.clock.Now
	b.directory, err = customers.New(b.t.Context(), customers.Config{
		Account: mirror.DefaultAccount, YCM: b.client, Store: b.store, Now: now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	changed := &fleet.Signal{}
	b.mirror, err = mirror.New(b.t.Context(), mirror.Config{
		YCM: b.client, Store: b.store, Now: now, Changed: changed, Customers: b.directory,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.directory.Use(b.mirror)
	reload := func(ctx context.Context, _ ...fleet.OptionKind) { _ = b.read(ctx) }
	b.customers = New(Config{YCM: b.upstream, Directory: b.directory, Reload: reload, Now: now})
	b.machine, err = operations.New(b.t.Context(), operations.Config{
		Account: mirror.DefaultAccount,
		Store:   b.store,
		Mirror:  b.mirror,
		Changed: changed,
		Kinds:   b.customers.Kinds(),
		Now:     now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.customers.Use(b.machine)
}

// list reads YCM's list of customers, as the catalog does.
func (b *harness) list() {
	b.t.Helper()
	if err := b.read(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

func (b *harness) read(ctx context.Context) error {
	listed := b.directory.Listing()
	var all []ycm.Customer
	for c, err := range ycm.Customers(ctx, b.client) {
		if err != nil {
			return err
		}
		all = append(all, c)
	}
	return listed(ctx, all)
}

// request returns the request of a form with the given pairs of names and values.
func request(kind store.OperationKind, id int64, pairs ...string) Request {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return Request{Kind: kind, Customer: id, Form: form}
}

// submit submits a form, and fails the test if this makes no operation.
func (b *harness) submit(id string, r Request, acknowledged ...string) store.Operation {
	b.t.Helper()
	s, err := b.customers.Submit(b.t.Context(), ines, id, r, acknowledged)
	if err != nil || s.Operation == nil {
		b.t.Fatalf("Submit(%s of %d): problems %+v, warnings %+v, %v", r.Kind, r.Customer, s.Draft.Problems,
			s.Draft.Warnings, err)
	}
	return *s.Operation
}

func (b *harness) operation(id string) *store.Operation {
	b.t.Helper()
	o, err := b.machine.Operation(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return &o
}

// letPass lets time pass until the operation has an outcome or three minutes are over.
func (b *harness) letPass(id string) {
	b.t.Helper()
	for end := b.clock.Now().Add(3 * time.Minute); b.operation(id).IsOpen() && b.clock.Now().Before(end); {
		b.clock.Add(b.machine.Reconcile(b.t.Context()))
	}
}
