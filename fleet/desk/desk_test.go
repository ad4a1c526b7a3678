package desk

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

// pbxs is a fleet whose PBXs the desk attaches its data to.
type pbxs struct {
	fleet.Signal

	desk    *Desk
	mu      sync.Mutex
	version uint64
	now     *fleet.Snapshot
}

func (p *pbxs) Snapshot() *fleet.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// set replaces the PBXs.
func (p *pbxs) set(all ...*fleet.PBX) {
	p.mu.Lock()
	p.version++
	p.desk.Attach(all)
	nothing := func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} }
	p.now = fleet.NewSnapshot(p.version, all, fleet.DefaultThresholds, nothing)
	p.mu.Unlock()
	p.Notify()
}

// Publish publishes the same PBXs again.
func (p *pbxs) Publish() { p.set(append([]*fleet.PBX(nil), p.Snapshot().PBXs()...)...) }

func (p *pbxs) of(id int64) *fleet.Desk {
	one, _ := p.Snapshot().PBX(id)
	return one.Desk()
}

// pbx returns a PBX that expires in a number of days; 0: never.
func pbx(id, days int64) *fleet.PBX {
	return pbxtest.PBX(pbxtest.Record(id, func(r *ycm.CloudPBX) {
		r.PlanExpirationDate, r.ExpirationDate = ycm.Time{}, ycm.Time{}
		if days > 0 {
			r.ExpirationDate = ycm.NewTime(noon.Unix() + days*86400)
		}
	}))
}

type bench struct {
	t     *testing.T
	store *store.Store
	desk  *Desk
	pbxs  *pbxs
	ines  store.Actor
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, store: storetest.New(t, func() time.Time { return noon })}
	u, err := b.store.AddUser(t.Context(), store.Actor{}, store.User{
		Email: "ines@example.com", Name: "Ines", Role: store.RoleOperator, PasswordHash: "h",
	})
	b.must(err)
	b.ines = store.Actor{ID: u.ID, Email: u.Email, Name: u.Name}
	b.open()
	b.pbxs.set(pbx(7, 100), pbx(8, 0))
	return b
}

// open starts a desk with what the store has.
func (b *bench) open() {
	b.t.Helper()
	var err error
	b.desk, err = New(b.t.Context(), Config{Account: "default", Store: b.store})
	b.must(err)
	b.pbxs = &pbxs{desk: b.desk}
	b.desk.Use(b.pbxs)
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// change begins the renewals of PBXs.
func (b *bench) change(state store.RenewalState, ids ...int64) {
	b.t.Helper()
	var all []store.RenewalChange
	for _, id := range ids {
		all = append(all, store.RenewalChange{CloudPBXID: id, Name: "Alder", State: &state, Owner: &b.ines.ID})
	}
	b.must(b.desk.ChangeRenewals(b.t.Context(), b.ines, all...))
}

// TestAttached checks that what people keep about a PBX is attached to it, also after a restart.
func TestAttached(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	next, on := "Call", "2026-04-01"
	b.must(b.desk.ChangeRenewals(t.Context(), b.ines, store.RenewalChange{
		CloudPBXID: 7, Next: &next, NextOn: &on, Owner: &b.ines.ID,
	}))
	for _, text := range []string{"first", "second"} {
		b.must(b.desk.AddRemark(t.Context(), "default", "Alder", store.Remark{
			About: store.AboutPBX, Subject: 7, By: b.ines, Text: text,
		}))
	}
	b.must(b.desk.SetSnooze(t.Context(), "Alder", store.Snooze{
		CloudPBXID: 7, What: "over", Reason: "later", Until: "2026-05-01", By: b.ines,
	}))
	want := &fleet.Desk{
		Owner:   fleet.Owner{ID: b.ines.ID, Name: "Ines", Email: "ines@example.com"},
		Renewal: fleet.Renewal{State: "open", Next: "Call", NextOn: "2026-04-01"},
		Notes:   []string{"second", "first"},
		Snoozes: []fleet.Snooze{{What: "over", Reason: "later", Until: "2026-05-01", By: "Ines"}},
	}
	if diff := cmp.Diff(want, b.pbxs.of(7)); diff != "" {
		t.Errorf("attached (-want +got):\n%s", diff)
	}
	p, _ := b.pbxs.Snapshot().PBX(7)
	for f, want := range map[fleet.Field]string{
		fleet.FieldOwner: "ines@example.com", fleet.FieldRenewal: "open", fleet.FieldNext: "Call",
		fleet.FieldNote: "second\nfirst",
	} {
		if got := p.Text(f); got != want {
			t.Errorf("%s = %q, want %q", f.Name(), got, want)
		}
	}
	if at := time.Unix(p.Number(fleet.FieldNextOn), 0).UTC(); at.Format(time.DateOnly) != "2026-04-01" {
		t.Errorf("the next step is on %s", at)
	}
	if diff := cmp.Diff(&fleet.Desk{}, b.pbxs.of(8)); diff != "" {
		t.Errorf("attached to another PBX:\n%s", diff)
	}
	b.open()
	b.pbxs.set(pbx(7, 100))
	if diff := cmp.Diff(want, b.pbxs.of(7)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
	about := store.Remark{About: store.AboutCustomer, Subject: 7, Text: "x"}
	b.must(b.desk.AddRemark(t.Context(), "default", "Acme", about))
	if n := len(b.pbxs.of(7).Notes); n != 2 {
		t.Errorf("a customer's note is attached to a PBX: %d notes", n)
	}
}

// TestClosing checks which changes of a PBX's date close its renewal.
func TestClosing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before, after *fleet.PBX
		closed        bool
	}{
		"a later date":       {pbx(7, 100), pbx(7, 465), true},
		"the same date":      {pbx(7, 100), pbx(7, 100), false},
		"an earlier date":    {pbx(7, 100), pbx(7, 50), false},
		"no longer a date":   {pbx(7, 100), pbx(7, 0), false},
		"a first date":       {pbx(7, 0), pbx(7, 100), false},
		"the PBX is removed": {pbx(7, 100), pbx(7, 100).AsGone(noon.Unix()), true},
	} {
		b := newBench(t)
		b.pbxs.set(tt.before)
		b.change(store.RenewalQuoted, 7)
		b.must(b.desk.Check(t.Context()))
		if got := b.pbxs.of(7).Renewal.State; got != "quoted" {
			t.Fatalf("%s: before, the renewal is %s", name, got)
		}
		b.pbxs.set(tt.after)
		b.must(b.desk.Check(t.Context()))
		if got := b.pbxs.of(7).Renewal.State; (got == "") != tt.closed {
			t.Errorf("%s: the renewal is %q, want closed: %t", name, got, tt.closed)
		}
		if owner := b.pbxs.of(7).Owner.Name; owner != "Ines" {
			t.Errorf("%s: the owner is %q", name, owner)
		}
	}
}

// TestTeam checks what an owner is called after leaving the team or being renamed, and if the user isn't known.
func TestTeam(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.change(store.RenewalAsked, 7)
	admin, err := b.store.AddUser(t.Context(), store.Actor{}, store.User{
		Email: "admin@example.com", Name: "Admin", Role: store.RoleAdmin, PasswordHash: "h",
	})
	b.must(err)
	b.must(b.store.DisableUser(t.Context(), store.Actor{ID: admin.ID}, b.ines.ID))
	version := b.desk.Version()
	b.must(b.desk.Check(t.Context()))
	if got := b.pbxs.of(7).Owner.Name; got != "Ines (left the team)" || b.desk.Version() == version {
		t.Errorf("the owner is %q", got)
	}
	version, published := b.desk.Version(), b.pbxs.Snapshot().Version()
	b.must(b.desk.Check(t.Context()))
	if b.desk.Version() != version || b.pbxs.Snapshot().Version() != published {
		t.Error("a check that finds nothing publishes the PBXs")
	}
	if got := ownerOf(nil, 99); got.Name != "Former team member" || got.ID != 99 {
		t.Errorf("an unknown owner is %+v", got)
	}
}

// TestRun checks that the renewal closes when the mirror publishes the later date, and that Run ends with its context.
func TestRun(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.change(store.RenewalAsked, 7)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.desk.Run(ctx) })
	changed := b.pbxs.Changed()
	b.pbxs.set(pbx(7, 465))
	for b.pbxs.of(7).Renewal.State != "" {
		<-changed
		changed = b.pbxs.Changed()
	}
	cancel()
	running.Wait()
}

// TestRefusedChange checks that a change that can't be stored isn't attached.
func TestRefusedChange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	bad := store.RenewalState("x")
	version := b.desk.Version()
	if err := b.desk.ChangeRenewals(t.Context(), b.ines, store.RenewalChange{CloudPBXID: 7, State: &bad}); err == nil {
		t.Error("an invalid state is accepted")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range map[string]error{
		"snooze": b.desk.SetSnooze(ctx, "Alder", store.Snooze{CloudPBXID: 7, What: "over", Until: "2026-05-01"}),
		"note":   b.desk.AddRemark(ctx, "default", "Alder", store.Remark{About: store.AboutPBX, Subject: 7, Text: "x"}),
		"check":  b.desk.Check(ctx),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end of the request = %v", name, err)
		}
	}
	if b.desk.Version() != version {
		t.Error("something was attached")
	}
	if _, err := New(ctx, Config{Account: "default", Store: b.store}); err == nil {
		t.Error("a desk without data starts")
	}
}
