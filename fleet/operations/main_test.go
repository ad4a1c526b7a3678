package operations

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/store"
	"cordboard/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	ines = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines Okonjo", Role: store.RoleOperator}
)

// harness is a machine with a real store, its own clock and an empty fleet.
type harness struct {
	t       testing.TB
	clock   *clocktest.Clock
	store   *store.Store
	mirror  *stubMirror
	changed *fleet.Signal
	machine *Machine
	log     *bytes.Buffer // log of the machine since start
}

func newHarness(t testing.TB, kinds map[store.OperationKind]Kind) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon)}
	b.store = storetest.New(t, b.clock.Now)
	b.start(kinds)
	return b
}

// start opens the machine, as after a restart.
func (b *harness) start(kinds map[store.OperationKind]Kind) {
	b.t.Helper()
	b.mirror, b.changed, b.log = &stubMirror{}, &fleet.Signal{}, &bytes.Buffer{}
	var err error
	b.machine, err = New(b.t.Context(), Config{
		Account: "default",
		Store:   b.store,
		Mirror:  b.mirror,
		Changed: b.changed,
		Kinds:   kinds,
		Now:     b.clock.Now,
		Log:     slog.New(slog.NewTextHandler(b.log, nil)),
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// operation returns the stored operation with the given ID.
func (b *harness) operation(id string) *store.Operation {
	b.t.Helper()
	o, err := b.machine.Operation(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return &o
}

// events returns the actions and outcomes in the audit log, oldest first.
func (b *harness) events() (all []string) {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 100, store.AuditQuery{})
	if err != nil {
		b.t.Fatal(err)
	}
	for i := len(p.Events) - 1; i >= 0; i-- {
		all = append(all, p.Events[i].Action+" "+p.Events[i].Outcome)
	}
	return all
}

// stubMirror is a mirror without PBXs.
type stubMirror struct {
	mu        sync.Mutex
	read      []int64      // IDs that ReadOne was called with
	changed   fleet.Signal // notified of each call to ReadOne
	afterPass func(context.Context)
}

func (m *stubMirror) Snapshot() *fleet.Snapshot { return &fleet.Snapshot{} }

func (m *stubMirror) ReadOne(_ context.Context, id int64) {
	m.mu.Lock()
	m.read = append(m.read, id)
	m.mu.Unlock()
	m.changed.Notify()
}

func (m *stubMirror) AfterPass(f func(context.Context)) { m.afterPass = f }
