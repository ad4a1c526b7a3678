package create

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/fleet/catalog"
	"cordboard/fleet/mirror"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// harness is a machine, a mirror and a catalog that share a fake YCM and a clock.
type harness struct {
	t        testing.TB
	clock    *clocktest.Clock
	ycm      *ycmtest.Server
	upstream YCM // used by the kind; a test may wrap it
	store    *store.Store
	mirror   *mirror.Mirror
	catalog  *catalog.Catalog
	creates  *Kind
	machine  *operations.Machine
}

// newHarness returns a harness that has already read its options. The account requires at least ten extensions per PBX.
func newHarness(t testing.TB, c ycmtest.Config) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon)}
	c.Now, c.Plain = b.clock.Now, true
	b.ycm = ycmtest.NewServer(t, c)
	b.store = storetest.New(t, c.Now)
	client := b.client(0)
	b.catalog = catalog.New(
		catalog.Config{YCM: client, Snapshot: func() *fleet.Snapshot { return b.mirror.Snapshot() }, Now: c.Now},
	)
	b.start(client)
	b.catalog.Reload(t.Context(), fleet.OptionKinds...)
	return b
}

func (b *harness) client(createTimeout time.Duration) *ycm.Client {
	b.t.Helper()
	client, err := ycm.New(ycm.Config{
		URL:          b.ycm.URL,
		ClientID:     "client",
		ClientSecret: "secret",
		Rand:         func() float64 { return 0 },
		Limits:       ycm.Limits{CreateTimeout: createTimeout},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	return client
}

// start opens the mirror and the machine, as after a restart. It keeps the options.
func (b *harness) start(client *ycm.Client) {
	b.t.Helper()
	b.upstream = client
	now := b.clock.Now
	changed := &fleet.Signal{}
	var err error
	b.mirror, err = mirror.New(b.t.Context(), mirror.Config{YCM: client, Store: b.store, Now: now, Changed: changed})
	if err != nil {
		b.t.Fatal(err)
	}
	subscriptions, err := mirror.NewSubscriptions(b.t.Context(), b.mirror)
	if err != nil {
		b.t.Fatal(err)
	}
	b.creates = New(Config{
		YCM:           switchable{b},
		Mirror:        b.mirror,
		Subscriptions: subscriptions,
		Rules: Rules{
			Options:       b.catalog.Options,
			Snapshot:      b.mirror.Snapshot,
			Now:           now,
			MinExtensions: 10,
		},
		Reload: b.catalog.Reload,
		Now:    now,
	})
	b.machine, err = operations.New(b.t.Context(), operations.Config{
		Account: mirror.DefaultAccount,
		Store:   b.store,
		Mirror:  b.mirror,
		Changed: changed,
		Kinds:   map[store.OperationKind]operations.Kind{Name: b.creates},
		Now:     now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.creates.Use(b.machine)
}

// switchable forwards each call to the harness's current upstream.
type switchable struct{ b *harness }

func (s switchable) ListCloudPBXs(ctx context.Context, o ycm.ListOptions) (ycm.Page[ycm.CloudPBX], error) {
	return s.b.upstream.ListCloudPBXs(ctx, o)
}

func (s switchable) GetCloudPBXByURL(ctx context.Context, host string) (ycm.CloudPBX, error) {
	return s.b.upstream.GetCloudPBXByURL(ctx, host)
}

func (s switchable) CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error) {
	return s.b.upstream.CreateCloudPBX(ctx, r)
}

func (b *harness) sync() {
	b.t.Helper()
	if _, err := b.mirror.Sync(b.t.Context()); err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
}
