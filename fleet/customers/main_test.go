package customers

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/fleet/mirror"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// harness is a directory and a mirror of a fake YCM. All use its clock.
type harness struct {
	t         testing.TB
	clock     *clocktest.Clock
	rate      int
	ycm       *ycmtest.Server
	client    *ycm.Client
	store     *store.Store
	mirror    *mirror.Mirror
	directory *Directory
}

func newHarness(t testing.TB, pbxs, rate int) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon), rate: rate}
	now := b.clock.Now
	b.ycm = ycmtest.NewServer(t, ycmtest.Config{PBXs: pbxs, Now: now, Plain: true})
	b.store = storetest.New(t, now)
	client, err := ycm.New(ycm.Config{
		URL: b.ycm.URL, ClientID: "client", ClientSecret: "secret", Rand: func() float64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	b.client = client
	b.start()
	b.sync()
	return b
}

// start opens the directory and the mirror, as after a restart.
func (b *harness) start() {
	b.t.Helper()
	now := b.clock.Now
	var err error
	b.directory, err = New(b.t.Context(), Config{
		Account: mirror.DefaultAccount, YCM: b.client, Store: b.store, Rate: b.rate, Now: now,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.mirror, err = mirror.New(b.t.Context(), mirror.Config{
		YCM: b.client, Store: b.store, Now: now, Customers: b.directory,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.directory.Use(b.mirror)
}

func (b *harness) sync() {
	b.t.Helper()
	if _, err := b.mirror.Sync(b.t.Context()); err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
}

// list reads YCM's list of customers, as the catalog does.
func (b *harness) list() {
	b.t.Helper()
	var all []ycm.Customer
	for c, err := range ycm.Customers(b.t.Context(), b.client) {
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, c)
	}
	if err := b.directory.Listing()(b.t.Context(), all); err != nil {
		b.t.Fatal(err)
	}
}

// step makes one step and moves the clock to the next.
func (b *harness) step() {
	b.t.Helper()
	b.clock.Add(b.directory.Step(b.t.Context()))
}

// until makes steps until is returns true.
func (b *harness) until(is func() bool) {
	b.t.Helper()
	for range 10_000 {
		if is() {
			return
		}
		b.step()
	}
	b.t.Fatal("it didn't happen in 10,000 steps")
}

// pbx returns a PBX as last published.
func (b *harness) pbx(id int64) *fleet.PBX {
	b.t.Helper()
	p, ok := b.mirror.Snapshot().PBX(id)
	if !ok {
		b.t.Fatalf("no PBX %d", id)
	}
	return p
}
