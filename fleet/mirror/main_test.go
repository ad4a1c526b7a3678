package mirror

import (
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet/capacity"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// harness is a mirror of a fake YCM. Both use its clock.
type harness struct {
	t             testing.TB
	clock         *clocktest.Clock
	ycm           *ycmtest.Server
	store         *store.Store
	mirror        *Mirror
	subscriptions *Subscriptions
}

func newHarness(t testing.TB, c ycmtest.Config) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon)}
	c.Now = b.clock.Now
	b.ycm = ycmtest.NewServer(t, c)
	b.store = storetest.New(t, c.Now)
	b.start()
	return b
}

// start opens the mirror, as after a restart.
func (b *harness) start() {
	b.t.Helper()
	client, err := ycm.New(
		ycm.Config{
			URL:          b.ycm.URL,
			ClientID:     "client",
			ClientSecret: "secret",
			Rand:         func() float64 { return 0 },
		},
	)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	b.mirror, err = New(
		b.t.Context(),
		Config{YCM: client, Store: b.store, Now: b.clock.Now, Log: slog.New(slog.DiscardHandler)},
	)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.subscriptions, err = NewSubscriptions(b.t.Context(), b.mirror); err != nil {
		b.t.Fatal(err)
	}
}

func (b *harness) sync() Pass {
	b.t.Helper()
	p, err := b.mirror.Sync(b.t.Context())
	if err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
	return p
}

// ledger returns the last reading as a ledger, including Fleet and Difference.
func (b *harness) ledger() capacity.Ledger {
	return capacity.NewLedger(b.subscriptions.Subscription().Reading, b.mirror.Snapshot(), b.mirror.Freshness())
}

// read reads a PBX's record from the fake YCM.
func (b *harness) read(id int64) *ycm.CloudPBX {
	b.t.Helper()
	record, err := b.mirror.c.YCM.GetCloudPBX(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return &record
}
