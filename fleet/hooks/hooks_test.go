package hooks

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"cordboard/clocktest"
	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)

const secret = "0123456789abcdefghijABCDEFGHIJKl"

// pbxs is a fleet with serial numbers SN1, SN2 and so on. It records the reads.
type pbxs struct {
	snapshot *fleet.Snapshot

	mu    sync.Mutex
	read  []int64
	syncs int
	done  fleet.Signal
}

func fleetOf(n int64) *pbxs {
	var all []*fleet.PBX
	for id := range n {
		numbered := func(r *ycm.CloudPBX) { r.SN = ycm.Text(fmt.Sprint("SN", id+1)) }
		all = append(all, pbxtest.PBX(pbxtest.Record(id+1, numbered)))
	}
	nothing := func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} }
	return &pbxs{snapshot: fleet.NewSnapshot(1, all, fleet.DefaultThresholds, nothing)}
}

func (p *pbxs) Snapshot() *fleet.Snapshot { return p.snapshot }

func (p *pbxs) ReadOne(_ context.Context, id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read = append(p.read, id)
	p.done.Notify()
}

func (p *pbxs) Refresh() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.syncs++
	return nil
}

// harness has hooks, a fleet, and a clock.
type harness struct {
	*Hooks

	clock *clocktest.Clock
	pbxs  *pbxs
	store *store.Store
}

func newHarness(t *testing.T, n int64) *harness {
	t.Helper()
	b := &harness{clock: clocktest.New(noon), pbxs: fleetOf(n)}
	now := b.clock.Now
	b.store = storetest.New(t, now)
	b.Hooks = New(Config{Account: "default", Secret: secret, PBXs: b.pbxs, Store: b.store, Now: now})
	return b
}

func sign(body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// send sends a signed webhook with the given events.
func (b *harness) send(t *testing.T, events ...map[string]any) {
	t.Helper()
	body, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Receive(body, sign(body)); err != nil {
		t.Fatal(err)
	}
}

// change is an event about a PBX's capacity.
func change(sn, modifier string, at time.Time) map[string]any {
	return map[string]any{
		"sn": sn, "modifier": modifier, "updateTime": at.Unix(), "repository": map[string]any{"extensions": "30"},
	}
}

// TestSignature checks the vendor's sample, and that a webhook with any other signature is rejected and counted.
func TestSignature(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1)
	var sample struct{ Secret, Body, Signature string }
	text, err := os.ReadFile("testdata/signature.json")
	if err != nil || json.Unmarshal(text, &sample) != nil || sample.Secret != secret {
		t.Fatalf("the sample is %+v, %v", sample, err)
	}
	if err := b.Receive([]byte(sample.Body), sample.Signature); err != nil {
		t.Errorf("the sample is rejected: %v", err)
	}
	body := []byte(sample.Body)
	for name, signature := range map[string]string{
		"none": "", "not Base64": "%", "short": sample.Signature[:20], "of another body": sign([]byte("[]")),
		"with a space": " " + sample.Signature,
	} {
		if err := b.Receive(body, signature); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v, want ErrSignature", name, err)
		}
	}
	if err := b.Receive(append(slices.Clone(body), ' '), sample.Signature); !errors.Is(err, ErrSignature) {
		t.Errorf("another body: %v, want ErrSignature", err)
	}
	if got := b.Counts(); got != (Counts{Accepted: 1, Rejected: 6}) {
		t.Errorf("counts = %+v", got)
	}
	off := New(Config{PBXs: b.pbxs, Store: b.store})
	mac := hmac.New(sha256.New, nil)
	err = off.Receive(nil, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if !errors.Is(err, ErrSignature) || off.Enabled() {
		t.Errorf("without a secret, a webhook signed with the empty one is accepted: %v", err)
	}
	off.Run(t.Context()) // returns at once
}

// TestReads checks that an event makes the mirror read the PBX, and that the modifier is kept, unless its time is
// wrong.
func TestReads(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3)
	b.send(t, change("SN2", "zoe@example.com", noon.Add(-time.Second)), change("SN3", "ahead", noon.Add(time.Hour)))
	b.Step(t.Context())
	if slices.Sort(b.pbxs.read); !slices.Equal(b.pbxs.read, []int64{2, 3}) || b.pbxs.syncs != 0 {
		t.Errorf("read %v, and synced %d times", b.pbxs.read, b.pbxs.syncs)
	}
	all, err := b.store.Modifiers(t.Context(), "default", 9, 1, 2, 3)
	want := []store.Modifier{{CloudPBXID: 2, At: noon.Add(-time.Second), By: "zoe@example.com"}}
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Errorf("modifiers: %v (-want +got):\n%s", err, diff)
	}
	if more, err := b.store.Modifiers(t.Context(), "other", 9, 2); err != nil || len(more) != 0 {
		t.Errorf("another account has %v, %v", more, err)
	}
	b.send(t, map[string]any{"event": "pce_delete", "sn": "SN1", "trunkDidInfoList": []any{}, "updateTime": noon.Unix()})
	b.Step(t.Context())
	if got := b.pbxs.read[2:]; !slices.Equal(got, []int64{1}) {
		t.Errorf("after a deletion, read %v", got)
	}
}

// TestWhatMeansNothing checks webhooks that have no effect: repeated ones, old ones, and those that aren't understood.
// An unknown serial number may belong to a new PBX, so it requests a sync.
func TestWhatMeansNothing(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1)
	for _, body := range []string{"", "{}", "null", `"x"`, "[1]", `[{"sn":7}]`, `[{"sn":"SN1","updateTime":{}}]`} {
		if err := b.Receive([]byte(body), sign([]byte(body))); err != nil {
			t.Errorf("%q: %v", body, err)
		}
	}
	b.send(t, change("", "x", noon), change("SN1", "x", noon.Add(-25*time.Hour)))
	b.clock.Add(time.Minute)
	b.Step(t.Context())
	before := len(b.pbxs.read)
	if before > 1 { // one of the bodies names a PBX
		t.Errorf("read %v", b.pbxs.read)
	}
	b.clock.Add(time.Minute)
	b.send(t, change("SN1", "zoe", noon))
	b.Step(t.Context())
	b.clock.Add(time.Minute)
	b.send(t, change("SN1", "zoe", noon))
	b.Step(t.Context())
	if n := len(b.pbxs.read) - before; n != 1 || b.Counts().Repeated != 1 {
		t.Errorf("a webhook that arrived twice caused %d reads", n)
	}
	syncs := b.pbxs.syncs
	for i := range 5 {
		b.send(t, change(fmt.Sprint("NEW", i), "zoe", noon))
		b.Step(t.Context())
		b.clock.Add(3 * time.Second)
	}
	if n := b.pbxs.syncs - syncs; n != 2 {
		t.Errorf("five unknown PBXs in 15 seconds caused %d syncs, want 2", n)
	}
}

// TestFlood checks that 10,000 webhooks in a minute cause at most one read per PBX and ten seconds, that the last
// change is read, and that what is remembered doesn't grow.
func TestFlood(t *testing.T) {
	t.Parallel()
	const n = 50
	b := newHarness(t, n)
	last := map[int64]time.Time{}
	step := func() {
		before := len(b.pbxs.read)
		b.Step(t.Context())
		for _, id := range b.pbxs.read[before:] {
			if at, ok := last[id]; ok && b.clock.Now().Sub(at) < 10*time.Second {
				t.Fatalf("PBX %d was read again after %s", id, b.clock.Now().Sub(at))
			}
			last[id] = b.clock.Now()
		}
	}
	for i := range 10_000 {
		b.clock.Add(6 * time.Millisecond)
		b.send(t, change(fmt.Sprint("SN", i%n+1), fmt.Sprint("user", i), b.clock.Now()))
		step()
	}
	end := b.clock.Now()
	b.clock.Add(10 * time.Second)
	step()
	if reads := len(b.pbxs.read); reads > 7*n+n || len(last) != n {
		t.Errorf("%d reads of %d PBXs in 70 seconds", reads, len(last))
	}
	for id, at := range last {
		if at.Before(end.Add(-10 * time.Second)) {
			t.Errorf("PBX %d was last read at %s, before its last change", id, at)
		}
	}
	for range maxRemembered {
		b.send(t, change("SN1", fmt.Sprint("again", b.clock.Now().UnixNano()), b.clock.Now()))
		b.clock.Add(time.Microsecond)
	}
	if len(b.memory.bodies) > maxRemembered || len(b.memory.order) > maxRemembered || len(b.waiting[1]) > maxModifiers {
		t.Errorf("%d bodies and %d modifiers are kept", len(b.memory.bodies), len(b.waiting[1]))
	}
}

// soak turns on TestMemory.
var soak = flag.Bool("hooks-soak", false, "measure the memory that webhooks take")

// TestMemory measures how much memory 10,000 different webhooks a minute take, and how much it grows between the fifth
// minute and the fifteenth. By the fifth, the map of bodies has its final size.
func TestMemory(t *testing.T) {
	if !*soak {
		t.Skip("needs -hooks-soak")
	}
	b := newHarness(t, 1000)
	minute := func(m int) float64 {
		for i := range 10_000 {
			b.clock.Add(6 * time.Millisecond)
			b.send(t, change(fmt.Sprint("SN", i%1000+1), fmt.Sprint("user", m, "-", i), b.clock.Now()))
			if i%100 == 99 {
				b.Step(t.Context())
			}
		}
		b.pbxs.read = nil
		var memory runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&memory)
		return float64(memory.HeapAlloc)
	}
	for m := range 4 {
		minute(m)
	}
	fifth, most := minute(4), 0.0
	for m := range 10 {
		most = max(most, minute(m+5))
	}
	storetest.Figure(t, "heap with 10,000 webhooks a minute (MB)", most/1e6, 10, storetest.AtMost)
	storetest.Figure(t, "its growth in ten minutes (kB)", (most-fifth)/1e3, 100, storetest.AtMost)
}

// TestRun checks that Run reads what arrives, until its context ends.
func TestRun(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		b.Run(ctx)
		close(done)
	}()
	changed := b.pbxs.done.Changed()
	b.send(t, change("SN2", "zoe", noon))
	<-changed
	stop()
	<-done
	if !slices.Equal(b.pbxs.read, []int64{2}) {
		t.Errorf("read %v", b.pbxs.read)
	}
}
