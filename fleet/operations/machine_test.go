package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/ycm"
)

// blocking is a kind of operation whose calls wait until the test closes release.
type blocking struct {
	rename

	mu      sync.Mutex
	running int
	most    int // maximum number of calls at once
	release chan struct{}
	began   fleet.Signal // notified of each call
}

func (k *blocking) Send(ctx context.Context, o *store.Operation) (Sent, error) {
	k.mu.Lock()
	k.running++
	k.most = max(k.most, k.running)
	k.mu.Unlock()
	k.began.Notify()
	select {
	case <-k.release:
	case <-ctx.Done():
	}
	k.mu.Lock()
	k.running--
	k.mu.Unlock()
	sent, err := k.rename.Send(ctx, o)
	sent.CloudPBXID = o.Target.CloudPBXID
	return sent, err
}

func (k *blocking) calls() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.running
}

// until waits until is() returns true. It calls is again at each change that the signal reports.
func until(changes *fleet.Signal, is func() bool) {
	for {
		changed := changes.Changed()
		if is() {
			return
		}
		<-changed
	}
}

// TestRun checks that Run sends every submitted operation, at most maxConcurrentSends at a time. It also checks that
// the mirror then reads each PBX.
func TestRun(t *testing.T) {
	t.Parallel()
	kind := &blocking{release: make(chan struct{})}
	b := newHarness(t, map[store.OperationKind]Kind{kindRename: kind})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { b.machine.Run(ctx) })
	const all = 11
	for i := range int64(all) {
		if _, err := b.rename(fmt.Sprint(i), 7000+i); err != nil {
			t.Fatal(err)
		}
	}
	until(&kind.began, func() bool { return kind.calls() == maxConcurrentSends })
	close(kind.release)
	until(b.changed, func() bool {
		open, err := b.machine.CountOpen(t.Context())
		return err == nil && open == 0
	})
	if kind.most != maxConcurrentSends {
		t.Errorf("%d calls at once, want %d", kind.most, maxConcurrentSends)
	}
	until(&b.mirror.changed, func() bool {
		b.mirror.mu.Lock()
		defer b.mirror.mu.Unlock()
		return len(b.mirror.read) == all
	})
	kind.rename.mu.Lock()
	sent := slices.Clone(kind.sent)
	kind.rename.mu.Unlock()
	if slices.Sort(sent); len(sent) != all || len(slices.Compact(slices.Clone(sent))) != all {
		t.Errorf("sent %d operations, want each of %d once", len(sent), all)
	}
}

// TestStopBeforeSending checks that an operation still waiting when the portal stops is never sent, not even after the
// next start. It also checks that Recover doesn't change operations of the current process.
func TestStopBeforeSending(t *testing.T) {
	t.Parallel()
	kind := &rename{}
	b := renaming(t, kind)
	if _, err := b.rename("one", 7001); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	b.machine.Send(ctx, "one")
	b.machine.Run(ctx) // ends at once
	if o := b.operation("one"); o.State != store.StateSubmitted || len(kind.sent) != 0 {
		t.Errorf("after the stop it is %s with %d calls, want submitted with none", o.State, len(kind.sent))
	}
	b.start(map[store.OperationKind]Kind{kindRename: kind})
	b.machine.Recover(t.Context())
	if _, err := b.rename("two", 7001); err != nil { // submitted by the new process
		t.Fatal(err)
	}
	b.machine.Recover(t.Context())
	if o := b.operation("one"); o.State != store.StateNotSent || o.Answer.Kind != "restarted" || len(kind.sent) != 0 {
		t.Errorf("after the start it is %s (%s) with %d calls", o.State, o.Answer.Kind, len(kind.sent))
	}
	if o := b.operation("two"); o.State != store.StateSubmitted {
		t.Errorf("an operation of this process is %s, want submitted", o.State)
	}
}

// TestSubmit checks what a submission stores, what a second one with the same ID returns, and which ones are refused.
func TestSubmit(t *testing.T) {
	t.Parallel()
	b := renaming(t, &rename{})
	changed, version := b.changed.Changed(), b.machine.Version()
	first, err := b.rename("one", 7001)
	if err != nil || first.State != store.StateSubmitted || first.Number == 0 || first.Account != "default" {
		t.Fatalf("Submit = %+v, %v", first, err)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody was notified")
	}
	if b.machine.Version() == version {
		t.Error("the version stayed the same")
	}
	again, err := b.rename("one", 7001)
	if err != nil || again.Number != first.Number {
		t.Errorf("the same form again = %d, %v, want operation %d", again.Number, err, first.Number)
	}
	submit := func(o store.Operation, check func(*store.Operation, store.Pending) error) error {
		_, err := b.machine.Submit(t.Context(), o, check)
		return err
	}
	fine := func(*store.Operation, store.Pending) error { return nil }
	other := store.Operation{
		ID: "one", Kind: kindRename, Target: store.Target{Key: "pbx:7001"},
		Request: store.OperationRequest{Body: []byte(`{}`)}, By: store.Actor{ID: 8, Email: "kim@example.com"},
	}
	if err := submit(other, fine); !errors.Is(err, ErrNotYours) {
		t.Errorf("another user's form = %v, want ErrNotYours", err)
	}
	other.ID, other.Kind = "two", "magic"
	if err := submit(other, fine); err == nil {
		t.Error("an unknown kind was accepted")
	}
	other.Kind, other.Target.Key = kindRename, "pbx:7002"
	no := errors.New("no")
	if err := submit(other, func(_ *store.Operation, open store.Pending) error {
		if len(open.Operations) != 1 || open.Operations[0].ID != "one" {
			t.Errorf("check got %d open operations, want the first", len(open.Operations))
		}
		return no
	}); !errors.Is(err, no) {
		t.Errorf("Submit = %v, want the check's error", err)
	}
	if _, err := b.machine.Operation(t.Context(), "two"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the refused operation = %v, want ErrNotFound", err)
	}
	if got, want := b.events(), []string{"pbx.rename asked"}; !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
}

// TestListsOfOperations checks the ways to find operations, and the capacity that open ones reserve.
func TestListsOfOperations(t *testing.T) {
	t.Parallel()
	lost := &ycm.Error{Op: "PUT", Class: ycm.ErrUnavailable, Err: errors.New("reset")}
	b := renaming(t, &rename{errs: []error{nil, lost}})
	for i, id := range []string{"done", "lost", "waiting"} {
		o := store.Operation{
			ID: id, Kind: kindRename, By: ines,
			Target:  store.Target{Key: "pbx:" + id, CloudPBXID: int64(7001 + i)},
			Request: store.OperationRequest{Body: []byte(`{}`), Takes: store.Resources{int64(10 * (i + 1)), 1}},
		}
		if _, err := b.machine.Submit(
			t.Context(), o, func(*store.Operation, store.Pending) error { return nil },
		); err != nil {
			t.Fatal(err)
		}
		if id != "waiting" {
			b.machine.Send(t.Context(), id)
		}
	}
	ids := func(all []store.Operation) (found []string) {
		for i := range all {
			found = append(found, all[i].ID)
		}
		return found
	}
	open, err := b.machine.Open(t.Context())
	if diff := cmp.Diff([]string{"waiting", "lost"}, ids(open.Operations)); err != nil || diff != "" {
		t.Errorf("Open: %v (-want +got):\n%s", err, diff)
	}
	if n, err := b.machine.CountOpen(t.Context()); err != nil || n != 2 {
		t.Errorf("CountOpen = %d, %v, want 2", n, err)
	}
	if got, want := Holds(open), (store.Resources{50, 2}); got != want {
		t.Errorf("Holds = %v, want %v", got, want)
	}
	page, err := b.machine.List(t.Context(), store.OperationFilter{}, 1, 2)
	if diff := cmp.Diff([]string{"waiting", "lost"}, ids(page.Operations)); err != nil || diff != "" {
		t.Errorf("List: %v (-want +got):\n%s", err, diff)
	}
	done, err := b.machine.List(t.Context(), store.OperationFilter{States: []store.OperationState{store.StateDone}}, 1, 9)
	if diff := cmp.Diff([]string{"done"}, ids(done.Operations)); err != nil || diff != "" {
		t.Errorf("List of those done: %v (-want +got):\n%s", err, diff)
	}
	if o, err := b.machine.NewestOf(t.Context(), kindRename, store.Target{CloudPBXID: 7002}); err != nil ||
		o.ID != "lost" {
		t.Errorf("OfPBX = %s, %v, want lost", o.ID, err)
	}
	_, err = b.machine.NewestOf(t.Context(), "create", store.Target{CloudPBXID: 7002})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("OfPBX of another kind = %v, want ErrNotFound", err)
	}
}

// TestOutcomes checks which state follows from each class of error: refused only if YCM itself says so, not sent only
// if no byte left, and unknown otherwise.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		err   error
		state store.OperationState
		kind  store.FailureKind
	}{
		{"success", nil, store.StateDone, ""},
		{"not an error of the client", errors.New("no token"), store.StateNotSent, "no-request"},
		{"no connection", &ycm.Error{Class: ycm.ErrUnavailable, NotSent: true}, store.StateNotSent, "unavailable"},
		{"no answer", &ycm.Error{Class: ycm.ErrUnavailable, Err: context.DeadlineExceeded}, store.StateUnknown, "no-answer"},
		{"reset", &ycm.Error{Class: ycm.ErrUnavailable, Err: errors.New("reset")}, store.StateUnknown, "unavailable"},
		{"a gateway's page", &ycm.Error{Class: ycm.ErrUnavailable, StatusCode: 502}, store.StateUnknown, "unavailable"},
		{"not JSON", &ycm.Error{Class: ycm.ErrUnreadable, StatusCode: 200}, store.StateUnknown, "unreadable"},
		{"token", &ycm.Error{Class: ycm.ErrCredentials, StatusCode: 401, Code: 1000035}, store.StateRefused, "credentials"},
		{
			"permission", &ycm.Error{Class: ycm.ErrPermission, StatusCode: 403, Code: 1000003}, store.StateRefused,
			"permission",
		},
		{"rate", &ycm.Error{Class: ycm.ErrRate, StatusCode: 429, Code: 1000040}, store.StateRefused, "rate"},
		{
			"parameter", &ycm.Error{Class: ycm.ErrInvalidParameter, StatusCode: 200, Code: 1000004},
			store.StateRefused, "invalid",
		},
		{"exists", &ycm.Error{Class: ycm.ErrExists, StatusCode: 409, Code: 1000007}, store.StateRefused, "exists"},
		{"not found", &ycm.Error{Class: ycm.ErrNotFound, StatusCode: 404, Code: 1000005}, store.StateRefused, "refused"},
		{"another code", &ycm.Error{Class: ycm.ErrRefused, StatusCode: 200, Code: 2000101}, store.StateRefused, "refused"},
		{
			"a class of tomorrow", &ycm.Error{Class: errors.New("new"), Err: errors.New("x")}, store.StateUnknown,
			"unavailable",
		},
	} {
		got := outcomeOf(Sent{RequestID: "theirs"}, tt.err)
		if got.state != tt.state || got.answer.Kind != tt.kind || got.answer.RequestID != "theirs" {
			t.Errorf("%s: outcome = %s, %+v, want %s, %q", tt.name, got.state, got.answer, tt.state, tt.kind)
		}
	}
	e := &ycm.Error{Class: ycm.ErrRefused, StatusCode: 200, Code: 7, Message: "no", RequestID: "r-9"}
	want := store.Answer{Kind: "refused", StatusCode: 200, Code: 7, Message: "no", RequestID: "r-9"}
	if got := outcomeOf(Sent{}, e).answer; got != want {
		t.Errorf("answer = %+v, want %+v", got, want)
	}
}

// lost submits and sends an operation whose call gets no response, so that it becomes unknown.
func (b *harness) lost(id string, pbx int64) {
	b.t.Helper()
	if _, err := b.rename(id, pbx); err != nil {
		b.t.Fatal(err)
	}
	b.machine.Send(b.t.Context(), id)
	if o := b.operation(id); o.State != store.StateUnknown {
		b.t.Fatalf("%s is %s, want unknown", id, o.State)
	}
}

var errLost = &ycm.Error{Op: "PUT", Class: ycm.ErrUnavailable, Err: errors.New("reset")}

// TestTimesOfReads checks when YCM is read for an unknown operation: often at first, then less often, until the end of
// the window.
func TestTimesOfReads(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{errLost}}
	b := renaming(t, kind)
	b.lost("one", 7001)
	began := b.clock.Now()
	var reads []time.Duration
	for b.operation("one").IsOpen() {
		before := kind.proves
		wait := b.machine.Reconcile(t.Context())
		if kind.proves > before {
			reads = append(reads, b.clock.Now().Sub(began))
		}
		b.clock.Add(wait)
	}
	want := []time.Duration{0, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}
	if diff := cmp.Diff(want, reads); diff != "" {
		t.Errorf("times of the reads (-want +got):\n%s", diff)
	}
	if o := b.operation("one"); o.State != store.StateNotDone || o.Reconciled.Reads != 5 || !o.Reconciled.NextAt.IsZero() {
		t.Errorf("in the end it is %s with %+v", o.State, o.Reconciled)
	}
}

// failing is a kind whose reads fail while err is set.
type failing struct {
	rename

	err error
}

func (k *failing) Prove(ctx context.Context, o *store.Operation) (Proof, error) {
	if k.err != nil {
		return Proof{}, k.err
	}
	return k.rename.Prove(ctx, o)
}

// TestReadsThatFail checks that a failed read proves nothing: the operation stays unknown for as long as YCM can't be
// read.
func TestReadsThatFail(t *testing.T) {
	t.Parallel()
	kind := &failing{rename: rename{errs: []error{errLost}}, err: errLost}
	b := newHarness(t, map[store.OperationKind]Kind{kindRename: kind})
	b.lost("one", 7001)
	for range 50 {
		b.clock.Add(b.machine.Reconcile(t.Context()))
	}
	o := b.operation("one")
	if o.State != store.StateUnknown || o.Reconciled.Misses != 0 || o.Reconciled.Problem != "unavailable" {
		t.Errorf("after 50 failed reads it is %s with %+v", o.State, o.Reconciled)
	}
	kind.err, kind.done = nil, true
	for b.operation("one").IsOpen() {
		b.clock.Add(b.machine.Reconcile(t.Context()))
	}
	if o := b.operation("one"); o.State != store.StateDone {
		t.Errorf("once YCM can be read it is %s, want done", o.State)
	}
}

// TestClockOfReads checks that the window starts over, instead of ending late, if the clock is set back.
func TestClockOfReads(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{errLost}}
	b := renaming(t, kind)
	b.clock.Set(noon.AddDate(1, 0, 0))
	b.lost("one", 7001)
	b.machine.Reconcile(t.Context())
	b.clock.Set(noon) // the clock is right again
	b.machine.due = map[string]time.Time{}
	b.machine.Reconcile(t.Context())
	if o := b.operation("one"); !o.IsOpen() || !o.Reconciled.MissesSince.Equal(noon) {
		t.Errorf("after the clock went back it is %s, misses since %v, want open since %v", o.State,
			o.Reconciled.MissesSince, noon)
	}
}

// TestReconcileNow tests the check that a user requests: its errors, the minimum interval and its outcomes.
func TestReconcileNow(t *testing.T) {
	t.Parallel()
	kind := &failing{rename: rename{errs: []error{errLost}}, err: errLost}
	b := newHarness(t, map[store.OperationKind]Kind{kindRename: kind})
	if err := b.machine.ReconcileNow(t.Context(), "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of no operation = %v, want ErrNotFound", err)
	}
	b.lost("one", 7001)
	var upstream *UpstreamError
	if err := b.machine.ReconcileNow(t.Context(), "one"); !errors.As(err, &upstream) ||
		upstream.Problem.Kind != fleet.Unavailable || !errors.Is(err, ycm.ErrUnavailable) {
		t.Errorf("while YCM is down = %v, want an UpstreamError", err)
	}
	kind.err = nil
	for n, want := range []int{1, 1, 2} { // the second check comes too soon after the first
		if n == 2 {
			b.clock.Add(reconcilePause)
		}
		if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil || kind.proves != want {
			t.Errorf("check %d = %v with %d reads, want %d", n, err, kind.proves, want)
		}
	}
	if o := b.operation("one"); o.State != store.StateUnknown {
		t.Errorf("after misses it is %s, want unknown", o.State)
	}
	for b.operation("one").IsOpen() {
		b.clock.Add(b.machine.Reconcile(t.Context()))
	}
	kind.done = true // YCM did it after all
	b.clock.Add(time.Hour)
	if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil || b.operation("one").State != store.StateDone {
		t.Errorf("check of a presumed failure = %v, %s, want done", err, b.operation("one").State)
	}
	if err := b.machine.ReconcileNow(t.Context(), "one"); !errors.Is(err, ErrFinal) {
		t.Errorf("check of a final outcome = %v, want ErrFinal", err)
	}
}

// TestManyChecksAtOnce checks that simultaneous checks of an operation cause only one read.
func TestManyChecksAtOnce(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{errLost}}
	b := renaming(t, kind)
	b.lost("one", 7001)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil {
				t.Errorf("ReconcileNow = %v", err)
			}
		})
	}
	all.Wait()
	if kind.proves != 1 {
		t.Errorf("%d reads, want 1", kind.proves)
	}
}

// TestProveByMirror checks that a pass over the fleet finishes a lost operation if the mirror shows that it was done,
// and that nothing is checked while no operation is lost.
func TestProveByMirror(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{errLost, errLost}}
	b := renaming(t, kind)
	b.mirror.afterPass(t.Context())
	b.mirror.afterPass(t.Context())
	b.lost("one", 7001)
	b.mirror.afterPass(t.Context())
	if kind.proves != 1 || b.operation("one").State != store.StateUnknown {
		t.Errorf("after a pass without a trace: %d reads, %s", kind.proves, b.operation("one").State)
	}
	kind.done = true
	b.mirror.afterPass(t.Context())
	if o := b.operation("one"); o.State != store.StateDone {
		t.Errorf("after a pass with a trace it is %s, want done", o.State)
	}
	before := kind.proves
	b.mirror.afterPass(t.Context())
	b.mirror.afterPass(t.Context())
	if kind.proves != before {
		t.Errorf("%d reads with nothing lost, want none", kind.proves-before)
	}
	want := []string{"pbx.rename asked", "pbx.rename unknown", "pbx.rename done"}
	if got := b.events(); !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
}

// TestMessages checks BusyError's message, and that UpstreamError has a message and unwraps to its cause.
func TestMessages(t *testing.T) {
	t.Parallel()
	if got := (&BusyError{Number: 12}).Error(); got != "operation 12 on the same target is open" {
		t.Errorf("BusyError = %q", got)
	}
	upstream := &UpstreamError{Problem: fleet.ProblemOf(errLost)}
	if !errors.Is(upstream, ycm.ErrUnavailable) || upstream.Error() == "" {
		t.Errorf("UpstreamError = %q, want one that unwraps to its cause", upstream)
	}
}
