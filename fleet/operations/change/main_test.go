package change

import (
	"context"
	"net/url"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
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

// harness has changes, a machine and a mirror that share a fake YCM and a clock.
type harness struct {
	t        testing.TB
	clock    *clocktest.Clock
	ycm      *ycmtest.Server
	upstream *upstream
	store    *store.Store
	mirror   *mirror.Mirror
	changes  *Changes
	machine  *operations.Machine
}

// upstream is the YCM client that the changes use. A test may wrap it.
type upstream struct{ YCM }

// newHarness returns a harness that has synced its fleet.
func newHarness(t testing.TB, pbxs int) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon)}
	now := b.clock.Now
	b.ycm = ycmtest.NewServer(t, ycmtest.Config{PBXs: pbxs, Now: now, Plain: true})
	b.store = storetest.New(t, now)
	b.start(0)
	b.sync()
	return b
}

// start opens the mirror and the machine, as after a restart. timeout limits each change; 0 means the default.
func (b *harness) start(timeout time.Duration) {
	b.t.Helper()
	client, err := ycm.New(ycm.Config{
		URL:          b.ycm.URL,
		ClientID:     "client",
		ClientSecret: "secret",
		Rand:         func() float64 { return 0 },
		Limits:       ycm.Limits{CreateTimeout: timeout},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	b.upstream = &upstream{client}
	now := b.clock.Now
	changed := &fleet.Signal{}
	b.mirror, err = mirror.New(b.t.Context(), mirror.Config{YCM: client, Store: b.store, Now: now, Changed: changed})
	if err != nil {
		b.t.Fatal(err)
	}
	subscriptions, err := mirror.NewSubscriptions(b.t.Context(), b.mirror)
	if err != nil {
		b.t.Fatal(err)
	}
	b.changes = New(Config{
		YCM:           b.upstream,
		PBXs:          b.mirror,
		Subscriptions: subscriptions,
		Customers:     func() *fleet.Options { return fleet.NewOptions(time.Time{}, nil) },
		Suspended: func(ctx context.Context) ([]store.Operation, error) {
			return b.store.Suspensions(ctx, mirror.DefaultAccount)
		},
		Now: now,
	})
	b.machine, err = operations.New(b.t.Context(), operations.Config{
		Account: mirror.DefaultAccount,
		Store:   b.store,
		Mirror:  b.mirror,
		Changed: changed,
		Kinds:   b.changes.Kinds(),
		Now:     now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.changes.Use(b.machine)
}

func (b *harness) sync() {
	b.t.Helper()
	if _, err := b.mirror.Sync(b.t.Context()); err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
}

// pbx returns the ID of a PBX after setting members of its record. The mirror has them too.
func (b *harness) pbx(n int, members map[string]any) int64 {
	b.t.Helper()
	id := b.ycm.IDs()[n]
	b.ycm.Edit(id, func(record map[string]any) {
		for name, v := range members {
			record[name] = v
		}
	})
	b.ycm.SetOwners(id, 50086182, 50086219)
	if _, err := b.mirror.Read(b.t.Context(), id); err != nil {
		b.t.Fatal(err)
	}
	return id
}

// request returns the request of a form with the given pairs of names and values.
func request(kind store.OperationKind, id int64, pairs ...string) Request {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return Request{Kind: kind, PBX: id, Form: form, Zone: time.UTC}
}

// submit submits a form, and fails the test if this makes no operation.
func (b *harness) submit(id string, r Request, acknowledged ...string) store.Operation {
	b.t.Helper()
	s, err := b.changes.Submit(b.t.Context(), ines, id, r, acknowledged)
	if err != nil || s.Operation == nil {
		b.t.Fatalf("Submit(%s of %d): problems %+v, warnings %+v, %v", r.Kind, r.PBX, s.Draft.Problems,
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
