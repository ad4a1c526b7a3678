package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/store"
	"cordboard/ycm"
)

// rename is a kind of operation that, unlike creating a PBX, changes an existing PBX and takes no capacity. Its Prove
// returns the value of done.
type rename struct {
	mu   sync.Mutex
	errs []error // results of the next calls to Send; nil means that the call succeeds
	sent []string
	done bool // whether YCM shows the new name

	traceless bool // whether YCM can't show the new name
	proves    int  // number of calls to Prove
}

func (r *rename) Action() string { return "pbx.rename" }

func (r *rename) Describe(o *store.Operation, outcome string) (target string, notes []store.Note) {
	return o.Target.Name, store.Messages("renamed to " + string(o.Request.Body) + ": " + outcome)
}

func (r *rename) Send(_ context.Context, o *store.Operation) (Sent, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, o.ID)
	if len(r.errs) == 0 {
		return Sent{RequestID: "their-id"}, nil
	}
	err := r.errs[0]
	r.errs = r.errs[1:]
	return Sent{}, err
}

func (r *rename) Prove(context.Context, *store.Operation) (Proof, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.proves++
	if r.traceless {
		return Proof{}, ErrNoTrace
	}
	return Proof{Done: r.done}, nil
}

func (r *rename) ProveLocally(ctx context.Context, o *store.Operation) (Proof, error) {
	return r.Prove(ctx, o)
}

func (r *rename) Done(*store.Operation) {}

const kindRename store.OperationKind = "rename"

// renaming returns a harness whose only kind of operation is rename.
func renaming(t *testing.T, r *rename) *harness {
	t.Helper()
	return newHarness(t, map[store.OperationKind]Kind{kindRename: r})
}

func (b *harness) rename(id string, pbx int64) (store.Operation, error) {
	b.t.Helper()
	return b.machine.Submit(b.t.Context(), store.Operation{
		ID:      id,
		Kind:    kindRename,
		Target:  store.Target{Key: fmt.Sprintf("pbx:%d", pbx), Name: "Alder", CloudPBXID: pbx},
		Request: store.OperationRequest{Body: []byte(`{"name":"Birch"}`)},
		By:      ines,
	}, func(*store.Operation, store.Pending) error { return nil })
}

// TestAnotherKind checks that the machine sends, finishes and reconciles operations of a kind other than create.
func TestAnotherKind(t *testing.T) {
	t.Parallel()
	refused := &ycm.Error{Op: "PUT", StatusCode: 200, Code: 1000004, Class: ycm.ErrInvalidParameter}
	lost := &ycm.Error{Op: "PUT", Class: ycm.ErrUnavailable, Err: errors.New("reset")}
	for _, tt := range []struct {
		name   string
		errs   []error
		done   bool // whether YCM shows the new name afterward
		after  store.OperationState
		later  store.OperationState
		events []string
	}{
		{
			"done", nil, true, store.StateDone, store.StateDone,
			[]string{"pbx.rename asked", "pbx.rename done"},
		},
		{
			"refused",
			[]error{refused},
			false, store.StateRefused, store.StateRefused,
			[]string{"pbx.rename asked", "pbx.rename refused"},
		},
		{
			"no call",
			[]error{errors.New("no request was made")},
			false, store.StateNotSent, store.StateNotSent,
			[]string{"pbx.rename asked", "pbx.rename failed"},
		},
		{
			"changed before it was sent",
			[]error{&NotSentError{store.FailureChanged, errors.New("changed")}},
			false, store.StateNotSent, store.StateNotSent,
			[]string{"pbx.rename asked", "pbx.rename failed"},
		},
		{
			"not read before it was sent",
			[]error{&NotSentError{store.FailureUnavailable, lost}},
			false, store.StateNotSent, store.StateNotSent,
			[]string{"pbx.rename asked", "pbx.rename failed"},
		},
		{
			"lost, but done",
			[]error{lost},
			true, store.StateUnknown, store.StateDone,
			[]string{"pbx.rename asked", "pbx.rename unknown", "pbx.rename done"},
		},
		{
			"lost",
			[]error{lost},
			false, store.StateUnknown, store.StateNotDone,
			[]string{"pbx.rename asked", "pbx.rename unknown", "pbx.rename failed"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kind := &rename{errs: tt.errs, done: tt.done}
			b := renaming(t, kind)
			if _, err := b.rename("one", 7001); err != nil {
				t.Fatal(err)
			}
			b.machine.Send(t.Context(), "one")
			b.machine.Send(t.Context(), "one") // a stray worker
			if got := b.operation("one").State; got != tt.after {
				t.Errorf("after its call it is %s, want %s", got, tt.after)
			}
			for b.operation("one").IsOpen() {
				b.clock.Add(b.machine.Reconcile(t.Context()))
			}
			o := b.operation("one")
			if o.State != tt.later || o.Target.CloudPBXID != 7001 {
				t.Errorf("later it is %s on PBX %d, want %s on 7001", o.State, o.Target.CloudPBXID, tt.later)
			}
			if want := []string{"one"}; !slices.Equal(kind.sent, want) {
				t.Errorf("sent %v, want %v", kind.sent, want)
			}
			if got := b.events(); !slices.Equal(got, tt.events) {
				t.Errorf("events = %q, want %q", got, tt.events)
			}
		})
	}
}

// TestOneOpenOperationPerTarget checks that no second operation is accepted for a PBX while one is open, and that
// another is accepted afterward.
func TestOneOpenOperationPerTarget(t *testing.T) {
	t.Parallel()
	b := renaming(t, &rename{})
	if _, err := b.rename("one", 7001); err != nil {
		t.Fatal(err)
	}
	var busy *BusyError
	first := b.operation("one")
	if _, err := b.rename("two", 7001); !errors.As(err, &busy) || *busy != *Busy(first) || busy.By != ines.Name {
		t.Errorf("a second operation on the PBX: %v, want a BusyError of the first", err)
	}
	if _, err := b.rename("other", 7002); err != nil {
		t.Errorf("an operation on another PBX: %v", err)
	}
	b.machine.Send(t.Context(), "one")
	if _, err := b.rename("three", 7001); err != nil {
		t.Errorf("an operation after the first ended: %v", err)
	}
}

// TestNoTrace checks that an operation whose effect YCM can't show stays open for the window, and then stays unknown
// for good. A restart doesn't change that.
func TestNoTrace(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{errLost}, traceless: true}
	b := renaming(t, kind)
	if _, err := b.rename("one", 7001); err != nil {
		t.Fatal(err)
	}
	b.machine.Send(t.Context(), "one")
	end := b.clock.Now().Add(2 * time.Minute)
	for b.operation("one").IsOpen() {
		if b.clock.Now().After(end) {
			t.Fatalf("the operation is open %s after it was sent", b.clock.Now().Sub(end)+2*time.Minute)
		}
		if err := b.machine.ReconcileNow(t.Context(), "one"); !errors.Is(err, ErrNoTrace) {
			t.Errorf("check: %v, want ErrNoTrace", err)
		}
		b.clock.Add(b.machine.Reconcile(t.Context()))
	}
	b.start(map[store.OperationKind]Kind{kindRename: kind})
	b.machine.Recover(t.Context())
	b.machine.Reconcile(t.Context())
	b.mirror.afterPass(t.Context())
	o := b.operation("one")
	if o.State != store.StateUnknown || !o.Reconciled.GivenUp || o.Reconciled.Reads != 0 || b.clock.Now().Before(end) {
		t.Errorf("the operation is %s, given up: %t, %d reads, %s early", o.State, o.Reconciled.GivenUp,
			o.Reconciled.Reads, end.Sub(b.clock.Now()))
	}
	if got, want := b.events(), []string{"pbx.rename asked", "pbx.rename unknown"}; !slices.Equal(got, want) {
		t.Errorf("events = %q, want %q", got, want)
	}
	if _, err := b.rename("two", 7001); err != nil {
		t.Errorf("an operation after the first was given up: %v", err)
	}
}

// TestRestartOfAnotherKind checks that Recover sends nothing after a restart. An operation that was being sent becomes
// unknown; one that was waiting becomes not sent.
func TestRestartOfAnotherKind(t *testing.T) {
	t.Parallel()
	kind := &rename{}
	b := renaming(t, kind)
	for id, pbx := range map[string]int64{"waiting": 7001, "sending": 7002} {
		if _, err := b.rename(id, pbx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.store.ChangeOperation(t.Context(), "sending", ines, func(o *store.Operation) (store.Event, error) {
		o.Times.SendingAt = b.clock.Now()
		return store.Event{}, nil
	}); err != nil {
		t.Fatal(err)
	}
	b.start(map[store.OperationKind]Kind{kindRename: kind})
	b.machine.Recover(t.Context())
	if got := b.operation("waiting").State; got != store.StateNotSent {
		t.Errorf("what waited is %s, want not-sent", got)
	}
	if got := b.operation("sending").State; got != store.StateUnknown {
		t.Errorf("what was being sent is %s, want unknown", got)
	}
	if len(kind.sent) != 0 {
		t.Errorf("sent %v, want nothing", kind.sent)
	}
}

// TestReconcileWithoutDatabase checks that Cordboard doesn't flood YCM with requests while the database is unavailable.
func TestReconcileWithoutDatabase(t *testing.T) {
	t.Parallel()
	kind := &rename{errs: []error{&ycm.Error{Op: "PUT", Class: ycm.ErrUnavailable, Err: errors.New("reset")}}}
	b := renaming(t, kind)
	if _, err := b.rename("one", 7001); err != nil {
		t.Fatal(err)
	}
	b.machine.Send(t.Context(), "one")
	if err := b.store.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	b.machine.keepReconciling(ctx)
	if kind.proves > 5 {
		t.Errorf("%d reads in 300 ms", kind.proves)
	}
}

// TestUnknownKind checks that the machine leaves operations of an unknown kind, which a newer version stored, as they
// are. It still works on all others, also after a restart. The newer version then resolves what it left.
func TestUnknownKind(t *testing.T) {
	t.Parallel()
	move := &rename{errs: []error{errLost}}
	older := map[store.OperationKind]Kind{kindRename: &rename{errs: []error{errLost, errLost}, done: true}}
	newer := map[store.OperationKind]Kind{"move": move}
	b := newHarness(t, newer)
	ids := []string{"lost", "waiting"}
	for i, id := range ids {
		if _, err := b.machine.Submit(t.Context(), store.Operation{
			ID: id, Kind: "move", Target: store.Target{Key: id}, By: ines,
			Request: store.OperationRequest{Body: []byte(`{}`), Takes: store.Resources{int64(10 * (i + 1))}},
		}, func(*store.Operation, store.Pending) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	b.machine.Send(t.Context(), "lost")
	before := []*store.Operation{b.operation("lost"), b.operation("waiting")}
	for _, known := range []string{"first", "after a restart"} {
		b.start(older)
		b.runUntilDone(known)
		for _, id := range ids {
			b.machine.Send(t.Context(), id)
		}
		b.mirror.afterPass(t.Context())
		if err := b.machine.ReconcileNow(t.Context(), "lost"); !errors.Is(err, ErrUnknownKind) {
			t.Errorf("%s: check = %v, want ErrUnknownKind", known, err)
		}
		b.machine.finish(t.Context(), before[1], outcome{state: store.StateNotSent})
		after := []*store.Operation{b.operation("lost"), b.operation("waiting")}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: the operations changed (-before +after):\n%s", known, diff)
		}
		open, err := b.machine.Open(t.Context())
		if got, want := Holds(open), (store.Resources{30}); err != nil || got != want {
			t.Errorf("%s: the open operations hold %v, %v, want %v", known, got, err, want)
		}
		if n := strings.Count(b.log.String(), "leave operation as it is"); n != len(ids) {
			t.Errorf("%s: %d lines in the log, want one for each operation:\n%s", known, n, b.log)
		}
	}
	if len(move.sent) != 1 || move.proves != 0 {
		t.Errorf("%d requests and %d reads, want only the first request", len(move.sent), move.proves)
	}
	move.done = true
	b.start(newer)
	b.machine.Recover(t.Context())
	b.machine.Reconcile(t.Context())
	if lost, waiting := b.operation("lost"), b.operation("waiting"); lost.State != store.StateDone ||
		waiting.State != store.StateNotSent {
		t.Errorf("with the newer version they are %s and %s, want done and not-sent", lost.State, waiting.State)
	}
}

// runUntilDone runs the machine until it has sent and reconciled a new operation.
func (b *harness) runUntilDone(id string) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	running.Go(func() { b.machine.Run(ctx) })
	if _, err := b.rename(id, 7001); err != nil {
		b.t.Fatal(err)
	}
	until(b.changed, func() bool { return b.operation(id).State == store.StateDone })
}
