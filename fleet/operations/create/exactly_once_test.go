package create

import (
	"context"
	"encoding/json"
	goflag "flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"cordboard/fleet/faulttest"
	"cordboard/store"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// creationRuns is the number of seeded create operations in TestExactlyOnce. The make target "soak" runs more.
var creationRuns = goflag.Int("creation-runs", 100, "seeded creates of TestExactlyOnce")

// crashing is a YCM client that ends the calling goroutine, as if the process were killed, before a create request is
// sent or after its response.
type crashing struct {
	YCM
	before, after bool
}

func (c *crashing) CreateCloudPBX(ctx context.Context, r ycm.CreateCloudPBXRequest) (ycm.CreatedCloudPBX, error) {
	if c.before {
		runtime.Goexit()
	}
	created, err := c.YCM.CreateCloudPBX(ctx, r)
	if c.after {
		runtime.Goexit()
	}
	return created, err
}

// TestExactlyOnce checks that an operation's request is sent at most once, whatever happens to the request, to YCM's
// list and to the portal. It also checks that the operation ends in the state that matches YCM, within two and a half
// minutes after YCM responds again.
func TestExactlyOnce(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 40})
	seen := map[string]int{}
	runs := faulttest.Shortened(*creationRuns)
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 5))
		m := faulttest.Mishaps[seed%len(faulttest.Mishaps)]
		seen[m.Name]++
		b.run(fmt.Sprintf("run-%d", seed), m, r)
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, m.Name)
		}
	}
	b.checkAudit(runs)
	if runs >= len(faulttest.Mishaps) && len(seen) != len(faulttest.Mishaps) {
		t.Errorf("only %d kinds of mishap were seen", len(seen))
	}
}

// restart opens the mirror and the machine again, like a new process after a kill.
func (b *harness) restart() {
	b.t.Helper()
	b.start(b.client(250 * time.Millisecond))
	b.machine.Recover(b.t.Context())
}

func (b *harness) run(id string, m faulttest.Mishap, r *rand.Rand) {
	t := b.t
	t.Helper()
	b.ycm.Clear()
	b.restart()
	b.create(id, id)
	restarts := r.IntN(3)
	switch r.IntN(3) { // the list's fault
	case 1:
		b.ycm.Inject(ycmtest.Fault{Kind: ycmtest.Lag, Delay: 30 * time.Second})
	case 2:
		b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Error500})
	}
	if m.Unsent {
		restarts--
		b.restart()
	}
	m.Begin(b.ycm, "createCloudPbx")
	b.upstream = &crashing{b.upstream, m.Before, m.After}
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
	if r.IntN(3) == 0 && b.operation(id).IsOpen() { // YCM's host name check fails for a while
		down = time.Duration(1+r.IntN(600)) * time.Second
		b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbxByUrl", Kind: ycmtest.Failed200})
	}
	b.letPass(id, down, restarts, r)

	c := b.operation(id)
	made := b.madeAtYCM(id)
	if n := b.sent(id); n > 1 {
		t.Errorf("%s was sent %d times", id, n)
	}
	if (c.State == store.StateDone) != (made != 0) || made != c.Target.CloudPBXID {
		t.Errorf("%s is %s (PBX %d), but YCM has PBX %d", id, c.State, c.Target.CloudPBXID, made)
	}
	b.ycm.Delete(made) // so that the subscription's capacity doesn't run out
	b.ycm.ForgetRequests()
}

// letPass advances the clock until the operation has an outcome. Meanwhile, it restarts the portal up to the given
// number of times, and ends YCM's failure once down has elapsed.
func (b *harness) letPass(id string, down time.Duration, restarts int, r *rand.Rand) {
	b.t.Helper()
	for ; b.operation(id).IsOpen(); b.clock.Add(5 * time.Second) {
		b.machine.Send(b.t.Context(), id) // a stray worker that tries to send it again
		b.machine.Reconcile(b.t.Context())
		if down > 0 {
			if down -= 5 * time.Second; down <= 0 {
				b.ycm.Clear()
				b.settleBy(id)
				return
			}
		}
		if restarts > 0 && r.IntN(4) == 0 {
			restarts--
			b.restart()
		}
		if b.operation(id).IsOpen() && down <= 0 && restarts <= 0 {
			b.settleBy(id)
			return
		}
	}
}

// settleBy fails the test unless the operation has an outcome within 150 seconds. Call it when YCM starts to respond
// again.
func (b *harness) settleBy(id string) {
	b.t.Helper()
	start := b.clock.Now()
	for b.operation(id).IsOpen() {
		if b.clock.Now().Sub(start) > 150*time.Second {
			b.t.Errorf("%s is %s, %s after YCM answers again", id, b.operation(id).State, b.clock.Now().Sub(start))
			return
		}
		b.machine.Reconcile(b.t.Context())
		b.clock.Add(5 * time.Second)
	}
}

// sent returns how many create requests YCM received for a subdomain.
func (b *harness) sent(subDomain string) int {
	n := 0
	for _, r := range b.ycm.Requests("createCloudPbx") {
		var body struct{ SubDomain string }
		if json.Unmarshal(r.Body, &body) == nil && body.SubDomain == subDomain {
			n++
		}
	}
	return n
}

// madeAtYCM returns the ID of the PBX with the subdomain, or 0 if YCM has none.
func (b *harness) madeAtYCM(subDomain string) int64 {
	ids := b.ycm.IDs()
	for i := len(ids) - 1; i >= 0; i-- {
		if b.ycm.Record(ids[i])["url"] == subDomain+".pbx.example.com" {
			return ids[i]
		}
	}
	return 0
}

// checkAudit checks the number of audit rows: one for each operation's request, one for its outcome, and one more if it
// was unknown at first. It also verifies the audit log.
func (b *harness) checkAudit(attempts int) {
	b.t.Helper()
	rows := map[string]int{}
	for page := 1; ; page++ {
		p, err := b.store.AuditEvents(b.t.Context(), page, 1000, store.AuditQuery{})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, e := range p.Events {
			rows[e.Action]++
			rows[e.Action+" "+e.Outcome]++
		}
		if int64(page*1000) >= p.Total {
			break
		}
	}
	if rows["pbx.create asked"] != attempts || rows["pbx.create"] != 2*attempts+rows["pbx.create unknown"] {
		b.t.Errorf("audit rows of %d operations: %v", attempts, rows)
	}
	if _, err := b.store.VerifyAudit(b.t.Context(), store.Head{}); err != nil {
		b.t.Error(err)
	}
}
