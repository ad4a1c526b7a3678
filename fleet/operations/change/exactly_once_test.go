package change

import (
	"context"
	goflag "flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cordboard/fleet/faulttest"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// changeRuns is the number of seeded operations in TestExactlyOnce. The make target "soak" runs more.
var changeRuns = goflag.Int("change-runs", 161, "seeded operations of TestExactlyOnce")

// crashing is a YCM client that ends the calling goroutine, as if the process were killed, before a request is sent or
// after its response.
type crashing struct {
	YCM
	before, after bool
}

// crash calls f, which sends a request.
func crash[T any](c *crashing, f func() (T, error)) (T, error) {
	if c.before {
		runtime.Goexit()
	}
	answer, err := f()
	if c.after {
		runtime.Goexit()
	}
	return answer, err
}

func (c *crashing) StartCloudPBX(ctx context.Context, id int64) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.StartCloudPBX(ctx, id) })
}

func (c *crashing) StopCloudPBX(ctx context.Context, id int64) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.StopCloudPBX(ctx, id) })
}

func (c *crashing) ResizeCloudPBX(ctx context.Context, id int64, r ycm.ResizeCloudPBXRequest) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.ResizeCloudPBX(ctx, id, r) })
}

func (c *crashing) UpdateCloudPBX(ctx context.Context, id int64, r ycm.UpdateCloudPBXRequest) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.UpdateCloudPBX(ctx, id, r) })
}

func (c *crashing) DeleteCloudPBXs(ctx context.Context, ids ...int64) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.DeleteCloudPBXs(ctx, ids...) })
}

func (c *crashing) SetCloudPBXCustomers(ctx context.Context, id int64, customers []int64) (ycm.Done, error) {
	return crash(c, func() (ycm.Done, error) { return c.YCM.SetCloudPBXCustomers(ctx, id, customers) })
}

func (c *crashing) SendActivationEmails(
	ctx context.Context,
	id int64,
	customers []int64,
) (ycm.ActivationEmails, error) {
	return crash(c, func() (ycm.ActivationEmails, error) { return c.YCM.SendActivationEmails(ctx, id, customers) })
}

// calls maps each kind to the operationId of its request.
var calls = map[store.OperationKind]string{
	Start:  "startCloudPbx",
	Stop:   "stopCloudPbx",
	Resize: "resizeCloudPbx",
	Update: "updateCloudPbx",
	Delete: "deleteCloudPbxs",

	Customers: "setCloudPbxCustomers",
	Email:     "sendActivationEmails",
}

// TestExactlyOnce checks, for each kind and each fault, that an operation's request is sent at most once, whatever
// happens to the request and to the portal. It also checks that the operation ends in the state that matches YCM,
// within two and a half minutes after YCM responds again.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 40)
	kinds := slices.Sorted(maps.Keys(calls))
	seen := map[string]bool{}
	runs := faulttest.Shortened(*changeRuns)
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		kind := kinds[seed%len(kinds)]
		m := faulttest.Mishaps[seed%len(faulttest.Mishaps)] // with each kind, since 7 and 23 have no common factor
		seen[string(kind)+m.Name] = true
		b.run(fmt.Sprintf("run-%d", seed), kind, m, r)
		if t.Failed() {
			t.Fatalf("seed %d: %s, %s", seed, kind, m.Name)
		}
	}
	if all := len(kinds) * len(faulttest.Mishaps); runs >= all && len(seen) != all {
		t.Errorf("%d combinations of kind and fault, want %d", len(seen), all)
	}
	if _, err := b.store.VerifyAudit(t.Context(), store.Head{}); err != nil {
		t.Error(err)
	}
}

// restart opens the mirror and the machine again, like a new process after a kill.
func (b *harness) restart() {
	b.t.Helper()
	b.start(0)
	b.machine.Recover(b.t.Context())
}

func (b *harness) run(id string, kind store.OperationKind, m faulttest.Mishap, r *rand.Rand) {
	t := b.t
	t.Helper()
	b.ycm.Clear()
	b.restart()
	pbx := b.pbx(r.IntN(len(b.ycm.IDs())), states[kind])
	b.submit(id, request(kind, pbx, forms[kind]...))
	restarts := r.IntN(3)
	if m.Unsent {
		restarts--
		b.restart()
	}
	if m.IsSlow() { // otherwise, a slow machine could give up a request that the fake is about to process
		b.start(250 * time.Millisecond)
	}
	m.Begin(b.ycm, calls[kind])
	b.upstream.YCM = &crashing{b.upstream.YCM, m.Before, m.After}
	var sending sync.WaitGroup
	sending.Go(func() { b.machine.Send(t.Context(), id) })
	sending.Wait()
	if m.Before || m.After {
		restarts--
		b.restart()
	}
	if err := m.End(b.ycm); err != nil {
		t.Fatal(err)
	}
	down := time.Duration(0)
	if r.IntN(3) == 0 && b.operation(id).IsOpen() { // YCM can't be read for a while
		down = time.Duration(1+r.IntN(600)) * time.Second
		b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbx", Kind: ycmtest.Failed200})
	}
	b.letPass(id, down, restarts, r)

	o := b.operation(id)
	sent := 0
	for _, request := range b.ycm.Requests(calls[kind]) {
		if strings.Contains(request.Path+string(request.Body), fmt.Sprint(pbx)) {
			sent++
		}
	}
	if sent > 1 {
		t.Errorf("%s was sent %d times", id, sent)
	}
	for _, c := range o.Request.Changes {
		want := c.Before
		if o.State == store.StateDone {
			want = c.After
		}
		if got := b.valueAtYCM(pbx, c.Field); got != want && kind != Email {
			t.Errorf("%s is %s, but YCM's %s is %s, want %s", id, o.State, c.Field, got, want)
		}
	}
	if b.ycm.Record(pbx) == nil {
		b.ycm.Add(map[string]any{"name": id, "url": id + ".pbx.example.com"})
	}
	b.ycm.ForgetRequests()
}

// valueAtYCM returns the value of a PBX's field in YCM, as changes state it.
func (b *harness) valueAtYCM(pbx int64, field string) string {
	record := b.ycm.Record(pbx)
	switch {
	case field == Presence && record == nil:
		return gone
	case field == Presence:
		return here
	case field == CustomerIDs:
		return joined(b.ycm.Owners(pbx))
	}
	return fmt.Sprint(record[field])
}

// letPass advances the clock until the operation has an outcome. Meanwhile, it restarts the portal up to the given
// number of times, and ends YCM's failure once down has elapsed. From then on, the outcome must be known within 150
// seconds.
func (b *harness) letPass(id string, down time.Duration, restarts int, r *rand.Rand) {
	b.t.Helper()
	end := b.clock.Now().Add(down)
	for b.operation(id).IsOpen() {
		b.machine.Send(b.t.Context(), id) // a stray worker that tries to send it again
		b.machine.Reconcile(b.t.Context())
		if b.clock.Add(5 * time.Second); !b.clock.Now().Before(end) {
			b.ycm.Clear()
		}
		if restarts > 0 && r.IntN(4) == 0 {
			restarts--
			b.restart()
		}
		if b.clock.Now().Sub(end) > 150*time.Second {
			b.t.Fatalf("%s is %s, %s after YCM answers again", id, b.operation(id).State, b.clock.Now().Sub(end))
		}
	}
}
