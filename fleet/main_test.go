package fleet

import (
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// bench is a fleet over a fake YCM, with the clock of both.
type bench struct {
	t     testing.TB
	now   time.Time
	ycm   *ycmtest.Server
	store *store.Store
	fleet *Fleet
}

func newBench(t testing.TB, c ycmtest.Config) *bench {
	t.Helper()
	b := &bench{t: t, now: noon}
	c.Now = func() time.Time { return b.now }
	b.ycm = ycmtest.NewServer(t, c)
	b.store = storetest.New(t, c.Now)
	b.start()
	return b
}

// start opens the fleet, as after a restart.
func (b *bench) start() {
	b.t.Helper()
	client, err := ycm.New(
		ycm.Config{URL: b.ycm.URL, ClientID: "client", ClientSecret: "secret", Rand: func() float64 { return 0 }},
	)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	b.fleet, err = New(
		b.t.Context(),
		Config{YCM: client, Store: b.store, Now: func() time.Time { return b.now }, Log: slog.New(slog.DiscardHandler)},
	)
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) sync() Pass {
	b.t.Helper()
	p, err := b.fleet.Sync(b.t.Context())
	if err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
	return p
}

// snapshotOf returns a snapshot of records, without a YCM.
func snapshotOf(pbxs ...ycm.CloudPBX) *Index {
	words := intern{}
	var list []*PBX
	for i := range pbxs {
		list = append(list, newPBX(&pbxs[i], words))
	}
	return indexOf(1, list)
}

// indexOf returns an index of PBXs, without windows of their peaks.
func indexOf(version uint64, pbxs []*PBX) *Index {
	sizer := &Sizer{Thresholds: DefaultThresholds, Now: noon}
	return NewIndex(NewSnapshot(version, pbxs, DefaultThresholds, sizer.Measure))
}

func record(id int64, change func(*ycm.CloudPBX)) ycm.CloudPBX {
	p := ycm.CloudPBX{CloudPBXID: ycm.NewInt(id)}
	if change != nil {
		change(&p)
	}
	return p
}

func idsOf(r Result) []int64 {
	ids := []int64{}
	for _, p := range r.PBXs {
		ids = append(ids, p.CloudPBXID)
	}
	return ids
}

// read returns a record of the fake YCM.
func (b *bench) read(id int64) *ycm.CloudPBX {
	b.t.Helper()
	record, err := b.fleet.ycm.GetCloudPBX(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return &record
}
