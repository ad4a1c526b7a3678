package batches_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet/batches"
	"cordboard/fleet/input"
	"cordboard/fleet/operations/change"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

var all = input.Acknowledged{input.AcknowledgeAll}

// TestBatch checks that a plan has a row for each PBX, that applying it carries out the planned ones once, and what
// remains in the audit log.
func TestBatch(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 6, batches.Rules{})
	ids := b.ycm.IDs()
	b.ycm.Edit(ids[1], func(record map[string]any) { record["pbxStatus"] = "Stopped" })
	b.ycm.Edit(ids[2], func(record map[string]any) { record["pbxStatus"] = "Upgrading" })
	b.ycm.Edit(ids[3], func(record map[string]any) { record["activeCalls"] = 7 })
	b.sync()
	one := b.plan(change.Stop, b.pbxs(6), "reason", "CB-12")
	want := map[string]int{"planned": 4, "unchanged": 1, "not-applicable": 1}
	if diff := cmp.Diff(want, b.counts(one)); diff != "" || one.Total != 4 || one.Calls != 7 || one.State != "planned" {
		t.Fatalf("the plan: %s, %d rows, %d calls (-want +got):\n%s", one.State, one.Total, one.Calls, diff)
	}
	b.work()
	if n := len(b.ycm.Requests("stopCloudPbx")); n != 0 {
		t.Fatalf("a plan sent %d requests", n)
	}
	b.ycm.Edit(ids[0], func(record map[string]any) { record["pbxStatus"] = "Stopped" }) // after the plan was made
	b.ycm.Delete(ids[4])
	b.apply(one)
	b.apply(one) // has no effect
	b.work()
	want = map[string]int{"done": 2, "not-sent": 2, "unchanged": 1, "not-applicable": 1}
	if diff := cmp.Diff(want, b.counts(one)); diff != "" || b.batch(one).State != store.BatchDone {
		t.Errorf("the batch is %s (-want +got):\n%s", b.batch(one).State, diff)
	}
	for i, kind := range map[int]store.FailureKind{0: store.FailureChanged, 4: store.FailureGone} {
		if o := b.rows(one)[i].Outcome; o.Answer.Kind != kind || !batches.HasDropped(o) {
			t.Errorf("row %d: %s, want %s", i+1, o.Answer.Kind, kind)
		}
	}
	if n := len(b.ycm.Requests("stopCloudPbx")); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
	if diff := cmp.Diff([]string{"batch.apply Ines Okonjo"}, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if _, err := b.Batches.Stop(t.Context(), ines, one.ID); !errors.As(err, new(*batches.StateError)) {
		t.Errorf("stopping a batch that is done: %v", err)
	}
}

// TestExpiry checks that a plan can't be applied an hour after it was made, and that waiting for approval doesn't
// count.
func TestExpiry(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, batches.Rules{ApproveOver: 2})
	late, waiting := b.plan(change.Stop, b.pbxs(2)), b.plan(change.Stop, b.pbxs(3))
	b.clock.Set(noon.Add(batches.Lifetime))
	if _, err := b.Batches.Apply(t.Context(), ines, late.ID, all, false); !errors.Is(err, batches.ErrExpired) {
		t.Errorf("after an hour: %v, want ErrExpired", err)
	}
	if got := b.batch(late).State; got != store.BatchExpired {
		t.Errorf("after an hour, the plan is %s", got)
	}
	if _, err := b.Batches.Apply(t.Context(), ines, waiting.ID, all, false); !errors.Is(err, batches.ErrUnapproved) {
		t.Errorf("without approval: %v, want ErrUnapproved", err)
	}
	if _, err := b.Batches.Approve(t.Context(), ines, waiting.ID); !errors.Is(err, batches.ErrOwnPlan) {
		t.Errorf("approving one's own plan: %v, want ErrOwnPlan", err)
	}
	if _, err := b.Batches.Approve(t.Context(), kim, waiting.ID); err != nil {
		t.Error(err)
	}
	b.clock.Add(batches.Lifetime - time.Second)
	b.apply(waiting)
	if diff := cmp.Diff([]string{"batch.approve Kim Berg", "batch.apply Ines Okonjo"}, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestDeletesNeedApproval checks that plans that delete need approval only if any plan may.
func TestDeletesNeedApproval(t *testing.T) {
	t.Parallel()
	for over, want := range map[int]store.BatchState{0: store.BatchPlanned, 100: store.BatchWaiting} {
		b := newHarness(t, 1, batches.Rules{ApproveOver: over})
		one := b.plan(change.Delete, b.pbxs(1))
		if one.State != want {
			t.Errorf("with a limit of %d, a plan that deletes is %s, want %s", over, one.State, want)
		}
		if over > 0 {
			continue
		}
		var warned *batches.WarnedError
		if _, err := b.Batches.Apply(t.Context(), ines, one.ID, nil, false); !errors.As(err, &warned) ||
			warned.Warnings[0].Code != change.FindingDeletes {
			t.Errorf("deleting without a yes: %v", err)
		}
	}
}

// TestPause checks that nothing is sent while a batch is paused, that it continues, and that it stops for good.
func TestPause(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 4, batches.Rules{})
	one := b.plan(change.Stop, b.pbxs(4))
	b.apply(one)
	b.Batches.Step(t.Context())
	for _, step := range []struct {
		do    func() (store.Batch, error)
		sends bool
		state store.BatchState
	}{
		{func() (store.Batch, error) { return b.Batches.Pause(t.Context(), kim, one.ID) }, false, store.BatchPaused},
		{func() (store.Batch, error) { return b.Batches.Pause(t.Context(), kim, one.ID) }, false, store.BatchPaused},
		{func() (store.Batch, error) { return b.Batches.Resume(t.Context(), ines, one.ID, nil) }, true, store.BatchRunning},
		{func() (store.Batch, error) { return b.Batches.Stop(t.Context(), kim, one.ID) }, false, store.BatchStopped},
	} {
		if got, err := step.do(); err != nil || got.State != step.state {
			t.Errorf("the batch is %s, %v, want %s", got.State, err, step.state)
		}
		if sent := b.Batches.Step(t.Context()); sent != step.sends {
			t.Errorf("a batch that is %s sends: %t, want %t", step.state, sent, step.sends)
		}
	}
	if _, err := b.Batches.Resume(t.Context(), ines, one.ID, nil); !errors.As(err, new(*batches.StateError)) {
		t.Errorf("resuming a batch that somebody stopped: %v", err)
	}
	if diff := cmp.Diff(map[string]int{"done": 2, "planned": 2}, b.counts(one)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	want := []string{"batch.apply Ines Okonjo", "batch.pause Kim Berg", "batch.resume Ines Okonjo", "batch.stop Kim Berg"}
	if diff := cmp.Diff(want, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestWaves checks that a batch in waves pauses after 5 and after 55 rows.
func TestWaves(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 58, batches.Rules{})
	one := b.plan(change.Stop, b.pbxs(58))
	if _, err := b.Batches.Apply(t.Context(), ines, one.ID, nil, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{5, 55} {
		b.work()
		if got := b.batch(one); got.State != store.BatchPaused || got.Run.Why != store.BatchWave ||
			b.counts(one)["done"] != want {
			t.Errorf("the batch is %s (%s) after %d rows, want %d", got.State, got.Run.Why, b.counts(one)["done"], want)
		}
		if _, err := b.Batches.Resume(t.Context(), ines, one.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.work()
	if got := b.batch(one); got.State != store.BatchDone || b.counts(one)["done"] != 58 {
		t.Errorf("the batch is %s after %d rows, want done after 58", got.State, b.counts(one)["done"])
	}
}

// TestConsecutiveFailures checks that a batch stops itself after too many consecutive failures, and that it can be
// resumed.
func TestConsecutiveFailures(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 8, batches.Rules{MaxFailed: 3})
	one := b.plan(change.Stop, b.pbxs(8))
	b.ycm.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 2})
	b.apply(one)
	b.Batches.Step(t.Context())
	b.Batches.Step(t.Context())
	b.Batches.Step(t.Context()) // succeeds
	b.ycm.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 3})
	b.work()
	got := b.batch(one)
	if want := (map[string]int{"done": 1, "refused": 5, "planned": 2}); got.State != store.BatchStopped ||
		got.Run.Why != store.BatchFailures || !cmp.Equal(want, b.counts(one)) {
		t.Fatalf("the batch is %s (%s), its rows %v", got.State, got.Run.Why, b.counts(one))
	}
	if _, err := b.Batches.Resume(t.Context(), kim, one.ID, nil); err != nil {
		t.Fatal(err)
	}
	b.work()
	if want := (map[string]int{"done": 3, "refused": 5}); b.batch(one).State != store.BatchDone ||
		!cmp.Equal(want, b.counts(one)) {
		t.Errorf("the batch is %s, its rows %v, want %v", b.batch(one).State, b.counts(one), want)
	}
	want := []string{"batch.apply Ines Okonjo", "batch.stop Cordboard", "batch.resume Kim Berg"}
	if diff := cmp.Diff(want, b.events()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestYCMDown checks that a batch stops itself when YCM can't be read, before it has tried every row.
func TestYCMDown(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 8, batches.Rules{})
	one := b.plan(change.Stop, b.pbxs(8))
	b.apply(one)
	b.Batches.Step(t.Context())
	b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbx", Kind: ycmtest.Error500})
	b.work()
	if got, want := b.batch(one), (map[string]int{"done": 1, "not-sent": 1, "planned": 6}); got.Run.Why !=
		store.BatchYCMDown || got.State != store.BatchStopped || !cmp.Equal(want, b.counts(one)) {
		t.Errorf("the batch is %s (%s), its rows %v", got.State, got.Run.Why, b.counts(one))
	}
}

// TestBusyPBX checks that a row whose PBX has an open operation waits for its outcome.
func TestBusyPBX(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, batches.Rules{})
	one := b.plan(change.Stop, b.pbxs(2))
	other := store.Operation{
		ID: "other", Kind: change.Stop, By: kim, Target: b.rows(one)[0].Target, Request: b.rows(one)[0].Request,
	}
	if _, err := b.Operations.Submit(t.Context(), other,
		func(*store.Operation, store.Pending) error { return nil }); err != nil {
		t.Fatal(err)
	}
	b.apply(one)
	if b.Batches.Step(t.Context()) {
		t.Error("a row was sent although its PBX has an open operation")
	}
	b.Operations.Send(t.Context(), "other")
	b.work()
	if want := (map[string]int{"done": 1, "not-sent": 1}); !cmp.Equal(want, b.counts(one)) {
		t.Errorf("the rows are %v, want %v", b.counts(one), want)
	}
}

// TestUndo checks that undoing a batch restores what it changed, except where somebody has changed it since, and that
// it names the PBXs that are no longer known.
func TestUndo(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 4, batches.Rules{})
	one := b.plan(change.Resize, b.pbxs(4), "extensionCapacity", "+5")
	b.apply(one)
	b.work()
	ids := b.ycm.IDs()
	b.ycm.Edit(ids[3], func(record map[string]any) { record["extensionCapacity"] = 90 })
	b.sync()
	done, err := b.Batches.Done(t.Context(), &one)
	if err != nil || len(done) != 4 {
		t.Fatalf("%d rows are done, %v", len(done), err)
	}
	forgotten := done[0]
	forgotten.Target = store.Target{Key: "pbx:1", Name: "old.example.com", CloudPBXID: 1}
	done = append(done, forgotten)
	kind := change.Inverse(one.Kind)
	j, err := b.Changes.Judge(t.Context(), kind, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	p, err := batches.Undo(j, kind, store.BatchSource{Of: one.ID}, done, b.Mirror.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	undo := b.make(p)
	b.apply(undo)
	b.work()
	if want := (map[string]int{"done": 3, "not-applicable": 2}); !cmp.Equal(want, b.counts(undo)) {
		t.Errorf("the rows are %v, want %v", b.counts(undo), want)
	}
	if last := b.rows(undo)[4]; last.Target.Name != "old.example.com" || len(last.Problems) != 1 {
		t.Errorf("the last row is %+v, want the forgotten PBX with the reason", last)
	}
	for i, want := range []string{"40", "40", "40", "90"} {
		if got := fmt.Sprint(b.ycm.Record(ids[i])["extensionCapacity"]); got != want {
			t.Errorf("PBX %d has %s extensions, want %s", i+1, got, want)
		}
	}
}

// TestKilledAndPaused checks that a row whose request wasn't sent when the portal was killed isn't stuck, although
// somebody paused the batch before or after the kill.
func TestKilledAndPaused(t *testing.T) {
	t.Parallel()
	for name, pausedFirst := range map[string]bool{"paused, then killed": true, "killed, then paused": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newHarness(t, 3, batches.Rules{})
			one := b.plan(change.Stop, b.pbxs(3))
			b.apply(one)
			b.submitNext(one, false)
			pause := func() {
				if _, err := b.Batches.Pause(t.Context(), kim, one.ID); err != nil {
					t.Fatal(err)
				}
			}
			if pausedFirst {
				pause()
			}
			b.restart(0)
			if !pausedFirst {
				pause()
			}
			if _, err := b.Batches.Resume(t.Context(), kim, one.ID, nil); err != nil {
				t.Fatal(err)
			}
			b.work()
			if got := b.batch(one).State; got != store.BatchDone {
				t.Errorf("the batch is %s, its rows %v", got, b.counts(one))
			}
		})
	}
}

// TestOtherRules checks that a plan that was made or applied by a process without the rule about approval waits for
// approval, and that the user who approves a plan from the command line can't apply it.
func TestOtherRules(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, batches.Rules{})
	made, applied := b.plan(change.Stop, b.pbxs(3)), b.plan(change.Stop, b.pbxs(3))
	b.apply(applied)
	p := batches.Plan{Kind: change.Stop, Rows: b.rows(made)}
	shell, err := b.Batches.Make(t.Context(), store.Actor{Name: "command line"}, "shell", p)
	if err != nil {
		t.Fatal(err)
	}
	b.rules = batches.Rules{ApproveOver: 2}
	b.restart(0)
	for name, list := range map[string]func() ([]store.Batch, error){
		"Recent": func() ([]store.Batch, error) { return b.Batches.Recent(t.Context(), 10) },
		"Page": func() (all []store.Batch, err error) {
			all, _, err = b.Batches.Page(t.Context(), 0, 10)
			return all, err
		},
	} {
		all, err := list()
		at := slices.IndexFunc(all, func(one store.Batch) bool { return one.ID == made.ID })
		if err != nil || at < 0 || all[at].State != store.BatchWaiting {
			t.Errorf("%s: the plan is at %d of %+v, %v, want it waiting", name, at, all, err)
		}
	}
	if _, err := b.Batches.Apply(t.Context(), ines, made.ID, all, false); !errors.Is(err, batches.ErrUnapproved) {
		t.Errorf("a plan of another process: %v, want ErrUnapproved", err)
	}
	b.work()
	for _, one := range []store.Batch{made, applied, shell} {
		if got := b.batch(one).State; got != store.BatchWaiting {
			t.Errorf("batch %d is %s, want waiting", one.Number, got)
		}
		if _, err := b.Batches.Approve(t.Context(), kim, one.ID); err != nil {
			t.Errorf("approve: %v", err)
		}
	}
	if n := len(b.ycm.Requests("stopCloudPbx")); n != 0 {
		t.Errorf("%d requests before the approval", n)
	}
	if _, err := b.Batches.Apply(t.Context(), kim, shell.ID, all, false); !errors.Is(err, batches.ErrOwnPlan) {
		t.Errorf("who approved it applies it: %v, want ErrOwnPlan", err)
	}
	b.apply(shell)
	b.work()
	if got := b.batch(shell).State; got != store.BatchDone {
		t.Errorf("the approved batch is %s", got)
	}
}

// TestCallsAreWarnedOf checks that stopping PBXs with calls in progress asks first, as deleting them does.
func TestCallsAreWarnedOf(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, batches.Rules{})
	b.ycm.Edit(b.ycm.IDs()[0], func(record map[string]any) { record["activeCalls"] = 7 })
	b.sync()
	for kind, want := range map[store.OperationKind]int{change.Stop: 1, change.Delete: 2, change.Email: 0} {
		one := b.plan(kind, b.pbxs(1))
		if got := b.Batches.Warnings(&one, store.Pending{}); len(got) != want {
			t.Errorf("%s: %+v, want %d warnings", kind, got, want)
		}
	}
}

// TestRowsAreWarnedOf checks that warnings about single rows must be accepted before the plan is applied.
func TestRowsAreWarnedOf(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, batches.Rules{})
	b.ycm.Edit(b.ycm.IDs()[1], func(record map[string]any) { record["usedExtensions"] = 30 })
	b.sync()
	one := b.plan(change.Resize, b.pbxs(3), "extensionCapacity", "20")
	_, err := b.Batches.Apply(t.Context(), ines, one.ID, nil, false)
	want := []input.Finding{{Field: "rows", Code: input.RowWarnings, Number: 1}}
	var warned *batches.WarnedError
	if !errors.As(err, &warned) || !cmp.Equal(want, warned.Warnings) {
		t.Fatalf("apply: %v, want the warning that one row has warnings", err)
	}
	b.apply(one)
	b.work()
	if got := b.counts(one)["done"]; got != 3 {
		t.Errorf("%d rows are done, want 3", got)
	}
}

// TestCustomersAffected checks that a plan says for how many PBXs it doesn't know the customers.
func TestCustomersAffected(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 3, batches.Rules{})
	if one := b.plan(change.Stop, b.pbxs(3)); one.Touched != 0 || one.Unread != 3 {
		t.Errorf("before the first reading: %d customers, %d PBXs unread", one.Touched, one.Unread)
	}
	for _, id := range b.ycm.IDs()[:2] {
		b.Customers.Learn(t.Context(), id, []int64{7})
	}
	if one := b.plan(change.Stop, b.pbxs(3)); one.Touched != 1 || one.Unread != 1 {
		t.Errorf("after reading two: %d customers, %d PBXs unread", one.Touched, one.Unread)
	}
	other := fmt.Sprint(b.ycm.CustomerIDs()[0])
	one := b.plan(change.Customers, b.pbxs(3), change.Mode, change.ModeAdd, change.CustomerIDs, other)
	if one.Touched != 2 {
		t.Errorf("with a customer that is added, %d customers", one.Touched)
	}
}

// TestSameFile checks that a plan is returned with the warning that the same file was applied before.
func TestSameFile(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, batches.Rules{})
	p := batches.Plan{Kind: change.Stop, Source: store.BatchSource{Digest: "d1", Words: "a.csv"}}
	j, err := b.Changes.Judge(t.Context(), change.Stop, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	for _, pbx := range b.pbxs(2) {
		row, err := j.Row(pbx)
		if err != nil {
			t.Fatal(err)
		}
		p.Rows = append(p.Rows, row)
	}
	one := b.make(p)
	if got := b.Batches.Warnings(&one, store.Pending{}); len(got) != 0 {
		t.Errorf("the first plan warns %+v", got)
	}
	b.apply(one)
	again := b.make(p)
	want := []input.Finding{{Field: "file", Code: input.SameFile, Number: one.Number}}
	if diff := cmp.Diff(want, b.Batches.Warnings(&again, store.Pending{})); diff != "" {
		t.Errorf("the second plan (-want +got):\n%s", diff)
	}
}

// TestPage checks that the list of all batches has the newest first, with plans that have expired.
func TestPage(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 1, batches.Rules{})
	for range 3 {
		b.plan(change.Stop, b.pbxs(1))
		b.clock.Add(30 * time.Minute)
	}
	found, total, err := b.Batches.Page(t.Context(), 0, 2)
	if err != nil || total != 3 || len(found) != 2 || found[0].State != store.BatchPlanned ||
		found[1].State != store.BatchExpired {
		t.Errorf("Page: %d of %d, %v", len(found), total, err)
	}
}

// TestRecent checks that batches that are under way come before newer ones that aren't.
func TestRecent(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 2, batches.Rules{})
	paused, done := b.plan(change.Stop, b.pbxs(1)), b.plan(change.Stop, b.pbxs(2)[1:])
	b.apply(paused)
	if _, err := b.Batches.Pause(t.Context(), ines, paused.ID); err != nil {
		t.Fatal(err)
	}
	b.apply(done)
	b.work()
	for limit, want := range map[int][]string{1: {paused.ID}, 5: {paused.ID, done.ID}} {
		recent, err := b.Batches.Recent(t.Context(), limit)
		var got []string
		for i := range recent {
			got = append(got, recent[i].ID)
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Recent(%d): %v (-want +got):\n%s", limit, err, diff)
		}
	}
}
