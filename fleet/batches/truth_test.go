package batches_test

import (
	"errors"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/fleet/batches"
	"cordboard/fleet/faulttest"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// The make target "soak" runs more of each.
var (
	driftRuns = goflag.Int("drift-runs", 40, "drifting batches of TestTruth")
	crashRuns = goflag.Int("crash-runs", 46, "batches of TestExactlyOnce")
	raceRuns  = goflag.Int("race-runs", 20, "races of TestLastExtensions")
)

// acted returns the IDs of the PBXs that requests for op named, ascending.
func (b *harness) acted(op string) (ids []int64) {
	for _, r := range b.ycm.Requests(op) {
		var id int64
		if _, err := fmt.Sscan(r.Path[strings.Index(r.Path, "/instances/")+len("/instances/"):], &id); err == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestTruth checks, while somebody changes PBXs in YCM at random, that a batch acts on exactly the planned PBXs without
// those that are named as changed or gone, and on each of them as it was when the plan was made.
func TestTruth(t *testing.T) {
	t.Parallel()
	for seed := range faulttest.Shortened(*driftRuns) {
		r := rand.New(rand.NewPCG(uint64(seed), 15))
		b := newHarness(t, 12, batches.Rules{})
		ids := b.ycm.IDs()
		one := b.plan(change.Stop, b.pbxs(len(ids)))
		drifted := map[int64]bool{}
		drift := func() {
			id := ids[r.IntN(len(ids))]
			before := b.ycm.Record(id)
			switch {
			case before == nil || slices.Contains(b.acted("stopCloudPbx"), id):
			case r.IntN(3) == 0:
				b.ycm.Delete(id)
				drifted[id] = true
			case r.IntN(2) == 0:
				b.ycm.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Stopped" })
				drifted[id] = true
			default: // doesn't matter for a stop
				b.ycm.Edit(id, func(record map[string]any) { record["extensionCapacity"] = 41 + r.IntN(9) })
			}
			if r.IntN(4) == 0 {
				b.sync()
			}
		}
		for range r.IntN(4) {
			drift()
		}
		b.apply(one)
		for b.Batches.Step(t.Context()) {
			if r.IntN(2) == 0 {
				drift()
			}
		}
		var want, named []int64
		for _, row := range b.rows(one) {
			if batches.HasDropped(row.Outcome) {
				named = append(named, row.Target.CloudPBXID)
			} else {
				want = append(want, row.Target.CloudPBXID)
			}
		}
		slices.Sort(want)
		if got := b.acted("stopCloudPbx"); !slices.Equal(got, want) {
			t.Errorf("seed %d: the batch acted on %v, want %v", seed, got, want)
		}
		for _, id := range named {
			if !drifted[id] {
				t.Errorf("seed %d: PBX %d is named, but nobody changed it", seed, id)
			}
		}
		if len(named) != len(drifted) {
			t.Errorf("seed %d: %d PBXs are named, want the %d that were changed", seed, len(named), len(drifted))
		}
	}
}

// TestExactlyOnce checks, for each fault, that each row of a batch is sent at most once, whatever happens to requests
// and to the portal, that no row is lost, and that each row ends as YCM has it.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	for seed := range faulttest.Shortened(*crashRuns) {
		r := rand.New(rand.NewPCG(uint64(seed), 16))
		m := faulttest.Mishaps[seed%len(faulttest.Mishaps)]
		b := newHarness(t, 8, batches.Rules{MaxFailed: 100})
		one := b.plan(change.Resize, b.pbxs(8), "extensionCapacity", "+5")
		b.apply(one)
		b.crash(one, m, r)
		b.finish(one)
		rows, requests := b.rows(one), b.acted("resizeCloudPbx")
		if got := slices.Compact(slices.Clone(requests)); !slices.Equal(got, requests) {
			t.Errorf("seed %d, %s: the batch sent %v", seed, m.Name, requests)
		}
		for _, row := range rows {
			if row.Outcome == nil {
				t.Errorf("seed %d, %s: row %d is lost", seed, m.Name, row.N)
				continue
			}
			want := "40"
			if row.Outcome.State == store.StateDone {
				want = "45"
			}
			if got := fmt.Sprint(b.ycm.Record(row.Target.CloudPBXID)["extensionCapacity"]); got != want {
				t.Errorf("seed %d, %s: row %d is %s, but YCM has %s", seed, m.Name, row.N, row.Outcome.State, got)
			}
		}
	}
}

// crash carries out some rows, one of them with a mishap, and restarts the portal.
func (b *harness) crash(one store.Batch, m faulttest.Mishap, r *rand.Rand) {
	b.t.Helper()
	for range r.IntN(4) {
		b.Batches.Step(b.t.Context())
	}
	if m.IsSlow() {
		b.restart(250 * time.Millisecond)
	}
	m.Begin(b.ycm, "resizeCloudPbx")
	if m.Unsent || m.Before { // the process ends before the request
		b.submitNext(one, m.Before)
	} else {
		b.Batches.Step(b.t.Context())
	}
	if err := m.End(b.ycm); err != nil {
		b.t.Fatal(err)
	}
	b.restart(0)
}

// submitNext stores the operation of the next row, as if the process were killed before its request was sent. If
// sending is true, it was killed after it had stored that it sends it.
func (b *harness) submitNext(one store.Batch, sending bool) {
	b.t.Helper()
	row, err := b.store.NextBatchRow(b.t.Context(), one.Number)
	if err != nil {
		b.t.Fatal(err)
	}
	o := store.Operation{
		ID: fmt.Sprintf("%s-%d", one.ID, row.N), Kind: one.Kind, By: ines,
		Target: row.Target, Request: row.Request, Batch: store.RowRef{ID: one.ID, N: row.N},
	}
	if _, err := b.Operations.Submit(b.t.Context(), o,
		func(*store.Operation, store.Pending) error { return nil }); err != nil {
		b.t.Fatal(err)
	}
	if !sending {
		return
	}
	var killed sync.WaitGroup
	killed.Go(func() {
		if _, err := b.store.ChangeOperation(b.t.Context(), o.ID, store.Actor{},
			func(o *store.Operation) (store.Event, error) {
				o.Times.SendingAt = b.clock.Now()
				return store.Event{}, nil
			}); err != nil {
			b.t.Error(err)
		}
		runtime.Goexit()
	})
	killed.Wait()
}

// finish lets time pass until a batch has ended. If the batch stops itself, Ines resumes it.
func (b *harness) finish(one store.Batch) {
	b.t.Helper()
	for range 200 {
		b.work()
		b.Operations.Reconcile(b.t.Context())
		b.clock.Add(10 * time.Second)
		switch got := b.batch(one); {
		case got.State == store.BatchDone:
			return
		case batches.CanResume(&got):
			if _, err := b.Batches.Resume(b.t.Context(), ines, one.ID, all); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.t.Fatalf("the batch is still %s", b.batch(one).State)
}

// TestLastExtensions checks that plans that race for the last extensions never take more than was available, unless
// their user says yes to that.
func TestLastExtensions(t *testing.T) {
	t.Parallel()
	for range *raceRuns {
		b := newHarness(t, 8, batches.Rules{})
		left, err := b.Create.Left(t.Context())
		if err != nil || !left[fleet.Extensions].Known() {
			t.Fatalf("available: %v, %v", left, err)
		}
		each := left[fleet.Extensions].N/2/4 + 1 // two plans for four PBXs take more than is available
		var plans []store.Batch
		for i := range 2 {
			plans = append(plans, b.plan(change.Resize, b.pbxs(8)[4*i:4*i+4], "extensionCapacity", fmt.Sprintf("+%d", each)))
		}
		errs := make([]error, 2)
		var racing sync.WaitGroup
		for i, one := range plans {
			racing.Go(func() { _, errs[i] = b.Batches.Apply(t.Context(), ines, one.ID, nil, false) })
		}
		racing.Wait()
		var warned *batches.WarnedError
		if refused := errors.Join(errs...); !errors.As(refused, &warned) || (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("the errors are %v, want one warning", errs)
		}
		b.work()
		if after, err := b.Create.Left(t.Context()); err != nil || after[fleet.Extensions].N < 0 {
			t.Errorf("%d extensions are left, %v", after[fleet.Extensions].N, err)
		}
		for i, one := range plans {
			if errs[i] != nil {
				if _, err := b.Batches.Apply(t.Context(), ines, one.ID, all, false); err != nil {
					t.Errorf("with a yes: %v", err)
				}
			}
		}
		b.ycm.Inject(ycmtest.Fault{Op: "resizeCloudPbx", Kind: ycmtest.Failed200, Code: 1000004})
		b.work()
	}
}
