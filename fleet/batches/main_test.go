package batches_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/fleet/account"
	"cordboard/fleet/batches"
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

// harness has an account that shares a fake YCM and a clock with a store.
type harness struct {
	t     testing.TB
	clock *clocktest.Clock
	ycm   *ycmtest.Server
	store *store.Store
	rules batches.Rules
	*account.Account
	plans int
}

// newHarness returns a harness that has synced its fleet. All of its PBXs are running, without calls.
func newHarness(t testing.TB, pbxs int, rules batches.Rules) *harness {
	t.Helper()
	b := &harness{t: t, clock: clocktest.New(noon), rules: rules}
	now := b.clock.Now
	b.ycm = ycmtest.NewServer(t, ycmtest.Config{PBXs: pbxs, Now: now, Plain: true})
	for _, id := range b.ycm.IDs() {
		b.ycm.Edit(id, func(record map[string]any) {
			record["pbxStatus"], record["activeCalls"] = "Running", 0
			record["extensionCapacity"], record["usedExtensions"] = 40, 3
		})
	}
	b.store = storetest.New(t, now)
	b.restart(0)
	b.sync()
	return b
}

// restart opens the account again, like a new process after a kill. timeout limits each change; 0 means the default.
func (b *harness) restart(timeout time.Duration) {
	b.t.Helper()
	client, err := ycm.New(ycm.Config{
		URL: b.ycm.URL, ClientID: "client", ClientSecret: "secret", Rand: func() float64 { return 0 },
		Limits: ycm.Limits{CreateTimeout: timeout},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(client.Close)
	if b.Account, err = account.New(b.t.Context(), account.Config{
		YCM: client, Store: b.store, Now: b.clock.Now, Interval: time.Hour,
		Limits: account.Limits{Batches: b.rules},
	}); err != nil {
		b.t.Fatal(err)
	}
	b.Operations.Recover(b.t.Context())
}

func (b *harness) sync() {
	b.t.Helper()
	if _, err := b.Mirror.Sync(b.t.Context()); err != nil {
		b.t.Fatalf("Sync: %v", err)
	}
}

// pbxs returns the first n PBXs, or those with the given IDs.
func (b *harness) pbxs(n int, ids ...int64) (all []*fleet.PBX) {
	if ids == nil {
		ids = b.ycm.IDs()[:n]
	}
	for _, id := range ids {
		p, _ := b.Mirror.Snapshot().PBX(id)
		all = append(all, p)
	}
	return all
}

// plan makes a plan from a form with the given pairs of names and values, for some PBXs.
func (b *harness) plan(kind store.OperationKind, pbxs []*fleet.PBX, pairs ...string) store.Batch {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	j, err := b.Changes.Judge(b.t.Context(), kind, form, time.UTC)
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := batches.OfPBXs(j, kind, store.BatchSource{Inputs: form, Judged: j.At}, pbxs, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.make(p)
}

// make stores a plan that Ines made.
func (b *harness) make(p batches.Plan) store.Batch {
	b.t.Helper()
	b.plans++
	one, err := b.Batches.Make(b.t.Context(), ines, fmt.Sprintf("plan%d", b.plans), p)
	if err != nil {
		b.t.Fatal(err)
	}
	return one
}

// apply applies a plan.
func (b *harness) apply(one store.Batch) {
	b.t.Helper()
	if _, err := b.Batches.Apply(b.t.Context(), ines, one.ID, all, false); err != nil {
		b.t.Fatalf("apply: %v", err)
	}
}

// work carries out rows until nothing is left to do.
func (b *harness) work() {
	b.t.Helper()
	for b.Batches.Step(b.t.Context()) {
	}
}

// batch returns a batch as it is now.
func (b *harness) batch(one store.Batch) store.Batch {
	b.t.Helper()
	one, err := b.Batches.Batch(b.t.Context(), one.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return one
}

// counts returns the number of a batch's rows in each state.
func (b *harness) counts(one store.Batch) map[string]int {
	b.t.Helper()
	counts, err := b.Batches.Counts(b.t.Context(), &one)
	if err != nil {
		b.t.Fatal(err)
	}
	return counts.States
}

// rows returns a batch's rows.
func (b *harness) rows(one store.Batch, states ...string) []store.BatchRow {
	b.t.Helper()
	rows, err := b.Batches.Rows(b.t.Context(), &one, 0, 10_000, states...)
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

// events returns the actions and the actors of the audit entries about batches, oldest first.
func (b *harness) events() (all []string) {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 100, store.AuditQuery{})
	if err != nil {
		b.t.Fatal(err)
	}
	for i := len(p.Events) - 1; i >= 0; i-- {
		if e := p.Events[i]; strings.HasPrefix(e.Action, "batch.") {
			all = append(all, e.Action+" "+e.Actor.Name)
		}
	}
	return all
}
