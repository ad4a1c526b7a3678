package change

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/fleet/input"
	"cordboard/fleet/operations"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// states are the members of the record of a PBX for which an action is possible.
var states = map[store.OperationKind]map[string]any{
	Start:   {"pbxStatus": "Stopped", "activeCalls": "0"},
	Stop:    {"pbxStatus": "Running", "activeCalls": "0"},
	Suspend: {"pbxStatus": "Running", "activeCalls": "0"},
	Resize:  sized,
	Update:  sized,
	Delete:  sized,

	Customers: sized,
	Email:     sized,
}

// sized has all members that a resize or an update replaces.
var sized = map[string]any{
	"name": "Alder", "pbxStatus": "Running", "plan": "Enterprise Plan", "version": "84.19.0.110", "activeCalls": "0",
	"extensionCapacity": 20, "concurrentCallCapacity": 5, "recordingStatus": "Enabled", "recordingCapacity": 600,
	"transcriptionCapacity": 180, "transcriptionCapacityPlan": 120, "transcriptionCapacityAddon": 60,
	"usedExtensions": "12", "upgradeInPbx": "Disabled", "im": "Enabled", "passwordlessLogin": "Enabled",
	"allowSuperiorPasswordlessLogin": "no", "provisioningViaTemplate": "Disabled",
}

// forms are the fields of a good form for each action, as pairs.
var forms = map[store.OperationKind][]string{
	Start:   {"reason", "CB-1"},
	Stop:    {"reason", "CB-2"},
	Suspend: {"note", "Unpaid", "reviewOn", "2026-04-01"},
	Resize:  {"extensionCapacity", "30", "recordingStatus", "Enabled", "recordingCapacity", "700"},
	Update:  {"name", "Birch", "passwordlessLogin", "Enabled", "im", "Enabled", "upgradeInPbx", "Enabled"},
	Delete:  {"confirmName", " Alder "},

	Customers: {"customerIds", "50086256", "customerIds", "50086182"},
	Email:     nil,
}

func codesOf(findings []input.Finding) (codes []string) {
	for _, f := range findings {
		codes = append(codes, strings.TrimSpace(f.Field+" "+string(f.Code)))
	}
	return codes
}

// TestDone checks each action: what it announces, what it leaves in the audit log, and that the fake has the change.
func TestDone(t *testing.T) {
	t.Parallel()
	for kind, want := range map[store.OperationKind]struct {
		after   map[string]any
		changes []store.FieldChange
		detail  string
	}{
		Start: {
			map[string]any{"pbxStatus": "Running"},
			[]store.FieldChange{{Field: "pbxStatus", Before: "Stopped", After: "Running"}},
			"operation 1; pbxStatus: Stopped → Running; reason: CB-1",
		},
		Stop: {
			map[string]any{"pbxStatus": "Stopped"},
			[]store.FieldChange{{Field: "pbxStatus", Before: "Running", After: "Stopped"}},
			"operation 1; pbxStatus: Running → Stopped; reason: CB-2",
		},
		Suspend: {
			map[string]any{"pbxStatus": "Stopped"},
			[]store.FieldChange{{Field: "pbxStatus", Before: "Running", After: "Stopped"}},
			"operation 1; pbxStatus: Running → Stopped; suspended, review on 2026-04-01: Unpaid",
		},
		Resize: {
			map[string]any{
				"extensionCapacity": 30., "concurrentCallCapacity": 5., "recordingStatus": "Enabled",
				"recordingCapacity": 700., "transcriptionCapacityAddon": 60.,
			},
			[]store.FieldChange{
				{Field: "extensionCapacity", Before: "20", After: "30"},
				{Field: "recordingCapacity", Before: "600", After: "700"},
			},
			"operation 1; extensionCapacity: 20 → 30; recordingCapacity: 600 → 700",
		},
		Update: {
			map[string]any{
				"name": "Birch", "upgradeInPbx": "Enabled", "im": "Enabled", "passwordlessLogin": "Enabled",
				"allowSuperiorPasswordlessLogin": "Disabled", "provisioningViaTemplate": "Disabled",
			},
			[]store.FieldChange{
				{Field: "name", Before: "Alder", After: "Birch"},
				{Field: "upgradeInPbx", Before: "Disabled", After: "Enabled"},
			},
			"operation 1; name: Alder → Birch; upgradeInPbx: Disabled → Enabled",
		},
		Customers: {
			map[string]any{"customerIds": "50086182 50086256"},
			[]store.FieldChange{{Field: "customerIds", Before: "50086182 50086219", After: "50086182 50086256"}},
			"operation 1; customerIds: 50086182 50086219 → 50086182 50086256",
		},
		Email: {
			nil,
			[]store.FieldChange{{Field: "activationEmail", After: "50086182 50086219"}},
			"operation 1; activationEmail: none → 50086182 50086219",
		},
		Delete: {
			nil,
			[]store.FieldChange{{Field: "presence", Before: "here", After: "gone"}},
			"operation 1",
		},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			b := newHarness(t, 10)
			id := b.pbx(3, states[kind])
			r := request(kind, id, forms[kind]...)
			d, err := b.changes.Preview(t.Context(), r)
			if diff := cmp.Diff(want.changes, d.Changes); err != nil || diff != "" || len(d.Problems) > 0 {
				t.Fatalf("Preview: problems %+v, %v; changes (-want +got):\n%s", d.Problems, err, diff)
			}
			if n := len(b.ycm.Requests("")); n == 0 {
				t.Error("Preview read nothing from YCM")
			}
			b.submit("one", r)
			b.machine.Send(t.Context(), "one")
			o := b.operation("one")
			if o.State != store.StateDone || o.Kind != KindOf(kind) || !cmp.Equal(o.Request.Changes, want.changes) {
				t.Errorf("the operation is %s of kind %s with the changes %v", o.State, o.Kind, o.Request.Changes)
			}
			for name, value := range want.after {
				if got := b.valueAtYCM(id, name); got != fmt.Sprint(value) {
					t.Errorf("YCM's %s = %v, want %v", name, got, value)
				}
			}
			p, _ := b.mirror.Snapshot().PBX(id)
			for name, value := range want.after {
				if field, known := fleet.FieldByName(name); known && p.Raw(field) != fmt.Sprint(value) {
					t.Errorf("the mirror's %s = %s, want %v", name, p.Raw(field), value)
				}
			}
			if p.IsGone() != (kind == Delete) {
				t.Errorf("the mirror has the PBX as removed: %t", p.IsGone())
			}
			page, err := b.store.AuditEvents(t.Context(), 1, 10, store.AuditQuery{})
			if err != nil || len(page.Events) != 2 {
				t.Fatalf("%d audit events, %v, want 2", len(page.Events), err)
			}
			for _, e := range page.Events {
				if e.Action != "pbx."+string(KindOf(kind)) || e.Target != fmt.Sprint(id) || e.Detail() != want.detail {
					t.Errorf("audit event %s %s of %s: %q, want %q", e.Action, e.Outcome, e.Target, e.Detail(),
						want.detail)
				}
			}
		})
	}
}

// TestRefused checks the forms that make no operation, and that nothing is sent then.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		kind    store.OperationKind
		members map[string]any
		form    []string
		want    []string // fields and codes of the problems, or else of the warnings
	}{
		{"start, running", Start, map[string]any{"pbxStatus": "Running"}, nil, []string{"already-running"}},
		{"start, starting", Start, map[string]any{"pbxStatus": "Starting"}, nil, []string{"transitional"}},
		{"stop, stopped", Stop, map[string]any{"pbxStatus": "Stopped"}, nil, []string{"already-stopped"}},
		{"stop, upgrading", Stop, map[string]any{"pbxStatus": "Upgrading"}, nil, []string{"transitional"}},
		{
			"stop with calls", Stop,
			map[string]any{"pbxStatus": "Running", "activeCalls": "3"},
			nil,
			[]string{"activeCalls calls-in-progress"},
		},
		{
			"a long reason", Stop,
			map[string]any{"pbxStatus": "Running", "activeCalls": "0"},
			[]string{"reason", strings.Repeat("x", 201)},
			[]string{"reason too-long"},
		},
		{
			"resize to nonsense", Resize, sized,
			[]string{
				"extensionCapacity", "0", "concurrentCallCapacity", "1.5", "recordingStatus", "on",
				"recordingCapacity", "-5", "transcriptionCapacity", "99999999999999999999",
			},
			[]string{
				"extensionCapacity too-low", "concurrentCallCapacity not-a-number", "recordingStatus not-a-switch",
				"recordingCapacity too-low", "transcriptionCapacity too-high",
			},
		},
		{
			"fewer recording minutes", Resize, sized,
			[]string{"recordingStatus", "Enabled", "recordingCapacity", "599"},
			[]string{"recordingCapacity too-low"},
		},
		{
			"the same size", Resize, sized,
			[]string{"recordingStatus", "Enabled", "transcriptionCapacity", "60"},
			[]string{"extensionCapacity unchanged"},
		},
		{
			"fewer extensions than in use", Resize, sized,
			[]string{"recordingStatus", "Enabled", "extensionCapacity", "11"},
			[]string{"extensionCapacity below-use"},
		},
		{
			"the same name", Update, sized,
			[]string{"passwordlessLogin", "Enabled", "im", "Enabled"},
			[]string{"name unchanged"},
		},
		{
			"a long name", Update, sized,
			[]string{"name", strings.Repeat("x", 10_000)},
			[]string{"name too-long"},
		},
		{"no name", Update, sized, []string{"name", " "}, []string{"name missing"}},
		{
			"customers that aren't", Customers, sized,
			[]string{"customerIds", "50086182", "customerIds", "x"},
			[]string{"customerIds not-an-id"},
		},
		{
			"a customer that YCM doesn't have", Customers, sized,
			[]string{"customerIds", "50086182", "customerIds", "999"},
			[]string{"customerIds unknown-id"},
		},
		{
			"the same customers", Customers, sized,
			[]string{"customerIds", "50086219", "customerIds", "50086182", "customerIds", "50086182"},
			[]string{"customerIds unchanged"},
		},
		{"no customers", Customers, sized, nil, []string{"customerIds no-customers"}},
		{
			"an email to somebody else", Email, sized,
			[]string{"customerIds", "50086256"},
			[]string{"customerIds not-a-customer"},
		},
		{"delete without the name", Delete, sized, nil, []string{"confirmName missing"}},
		{"delete with a wrong name", Delete, sized, []string{"confirmName", "alder"}, []string{"confirmName wrong-name"}},
		{
			"suspend without anything", Suspend, states[Suspend], nil,
			[]string{"note missing", "reviewOn missing"},
		},
		{
			"suspend until yesterday", Suspend, states[Suspend],
			[]string{"note", "Unpaid", "reviewOn", "2026-03-16"},
			[]string{"reviewOn date-passed"},
		},
		{
			"suspend for ever", Suspend, states[Suspend],
			[]string{"reason", "CB-3", "reviewOn", "2036-03-16"},
			[]string{"reviewOn date-too-far"},
		},
		{
			"suspend until the cows come home", Suspend, states[Suspend],
			[]string{"note", strings.Repeat("x", 10_000), "reviewOn", "soon"},
			[]string{"note too-long", "reviewOn not-a-date"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newHarness(t, 10)
			r := request(tt.kind, b.pbx(3, tt.members), tt.form...)
			s, err := b.changes.Submit(t.Context(), ines, "one", r, nil)
			got := codesOf(s.Draft.Problems)
			if got == nil {
				got = codesOf(s.Draft.Warnings)
			}
			if err != nil || s.Operation != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Submit: operation %v, findings %q, %v, want %q", s.Operation, got, err, tt.want)
			}
			if _, err := b.machine.Operation(t.Context(), "one"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("an operation was stored: %v", err)
			}
			for _, call := range calls {
				if n := len(b.ycm.Requests(call)); n > 0 {
					t.Errorf("%d requests of %s were sent", n, call)
				}
			}
		})
	}
}

// TestWarningsAreAnswered checks that a PBX with calls in progress is stopped only after the user accepted this.
func TestWarningsAreAnswered(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, map[string]any{"pbxStatus": "Running", "activeCalls": "2"})
	o := b.submit("one", request(Stop, id), "activeCalls")
	warnings, err := input.DecodeWarnings(o.Request.Warnings)
	if want := []string{"activeCalls calls-in-progress"}; err != nil || !slices.Equal(codesOf(warnings), want) {
		t.Errorf("the operation has the warnings %v, %v, want %q", warnings, err, want)
	}
}

// TestGonePBX checks that a PBX that YCM no longer has is not changed, even if the mirror doesn't know yet.
func TestGonePBX(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, states[Stop])
	later := b.pbx(4, states[Stop])
	b.ycm.Delete(id)
	for _, known := range []string{"unknown", "known"} {
		s, err := b.changes.Submit(t.Context(), ines, known, request(Stop, id), nil)
		if err != nil || s.Operation != nil || !slices.Equal(codesOf(s.Draft.Problems), []string{"removed"}) {
			t.Errorf("%s: operation %v, problems %+v, %v", known, s.Operation, s.Draft.Problems, err)
		}
	}
	if p, _ := b.mirror.Snapshot().PBX(id); !p.IsGone() {
		t.Error("the mirror still has the PBX")
	}
	b.submit("later", request(Stop, later))
	b.ycm.Delete(later)
	b.machine.Send(t.Context(), "later")
	if o := b.operation("later"); o.State != store.StateNotSent || o.Answer.Kind != store.FailureGone {
		t.Errorf("an operation on a PBX that is gone is %s (%s), want not-sent", o.State, o.Answer.Kind)
	}
	if _, err := b.changes.Preview(t.Context(), request(Stop, 999_999)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Preview of a PBX that never was: %v, want ErrNotFound", err)
	}
}

// TestChangedMeanwhile checks that a PBX that somebody changed in YCM isn't changed: neither if this happened before
// the form was submitted, nor if it happened while the operation waited.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, states[Stop])
	r := request(Stop, id)
	d, err := b.changes.Look(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Seen = Seen{"pbxStatus": "Restoring"}
	s, err := b.changes.Submit(t.Context(), ines, "one", r, nil)
	want := []store.FieldChange{{Field: "pbxStatus", Before: "Restoring", After: "Running"}}
	if diff := cmp.Diff(want, s.Draft.Meanwhile); err != nil || s.Operation != nil || diff != "" {
		t.Errorf("Submit of an old form: %v, %v; meanwhile (-want +got):\n%s", s.Operation, err, diff)
	}
	r.Seen = d.Seen
	b.submit("two", r)
	b.ycm.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Upgrading" })
	b.machine.Send(t.Context(), "two")
	if o := b.operation("two"); o.State != store.StateNotSent || o.Answer.Kind != store.FailureChanged {
		t.Errorf("the operation is %s (%s), want not-sent because of a change", o.State, o.Answer.Kind)
	}
	if n := len(b.ycm.Requests("stopCloudPbx")); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// TestYCMMustBeRead checks that nothing is stored or sent if YCM can't be read.
func TestYCMMustBeRead(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id, waiting := b.pbx(3, states[Stop]), b.pbx(4, states[Stop])
	b.submit("waiting", request(Stop, waiting))
	b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbx", Kind: ycmtest.Failed200, Code: 1000043})
	var upstream *operations.UpstreamError
	_, err := b.changes.Submit(t.Context(), ines, "one", request(Stop, id), nil)
	if !errors.As(err, &upstream) || upstream.Problem.Kind != fleet.Permission {
		t.Errorf("Submit: %v, want an UpstreamError", err)
	}
	b.machine.Send(t.Context(), "waiting")
	if o := b.operation("waiting"); o.State != store.StateNotSent || o.Answer.Code != 1000043 {
		t.Errorf("the operation is %s with code %d, want not-sent with 1000043", o.State, o.Answer.Code)
	}
}

// TestTwoPeopleOnePBX checks that of many parallel actions on one PBX only one makes an operation, and that the others
// learn whose it is.
func TestTwoPeopleOnePBX(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, states[Stop])
	var posting sync.WaitGroup
	var mu sync.Mutex
	made, lost := 0, 0
	for i := range 50 {
		posting.Go(func() {
			by := []store.Actor{ines, kim}[i%2]
			s, err := b.changes.Submit(t.Context(), by, fmt.Sprint(i), request(Stop, id), nil)
			var busy *operations.BusyError
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && s.Operation != nil:
				made++
			case errors.As(err, &busy) && (busy.By == ines.Name || busy.By == kim.Name) && busy.Kind == Stop:
				lost++
			default:
				t.Errorf("Submit: %v, %v", s.Operation, err)
			}
		})
	}
	posting.Wait()
	if made != 1 || lost != 49 {
		t.Errorf("%d operations and %d losers, want 1 and 49", made, lost)
	}
	open, err := b.machine.Open(t.Context())
	if err != nil || len(open.Operations) != 1 {
		t.Errorf("%d open operations, %v, want 1", len(open.Operations), err)
	}
}

// TestOneFormOneOperation checks that a form makes one operation, however often it is submitted, and only for its user.
func TestOneFormOneOperation(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	r := request(Stop, b.pbx(3, states[Stop]))
	first := b.submit("one", r)
	b.machine.Send(t.Context(), "one")
	if again := b.submit("one", r); again.Number != first.Number || again.State != store.StateDone {
		t.Errorf("the second submission made operation %d, want %d", again.Number, first.Number)
	}
	if _, err := b.changes.Submit(t.Context(), kim, "one", r, nil); !errors.Is(err, operations.ErrNotYours) {
		t.Errorf("another user's submission: %v, want ErrNotYours", err)
	}
	if n := len(b.ycm.Requests("stopCloudPbx")); n != 1 {
		t.Errorf("%d requests were sent, want 1", n)
	}
}

// TestLateEffect checks that an operation that was presumed not done becomes done if the mirror sees its effect soon
// afterward, but not if that comes much later or after another operation.
func TestLateEffect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		later time.Duration
		other bool // whether another operation follows
		want  store.OperationState
	}{
		{"soon", time.Minute, false, store.StateDone},
		{"much later", time.Hour, false, store.StateNotDone},
		{"after another operation", time.Minute, true, store.StateNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newHarness(t, 10)
			id := b.pbx(3, states[Stop])
			b.ycm.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.Error500, Times: 1})
			b.submit("one", request(Stop, id))
			b.machine.Send(t.Context(), "one")
			for b.operation("one").IsOpen() {
				b.clock.Add(b.machine.Reconcile(t.Context()))
			}
			if tt.other {
				b.submit("two", request(Stop, id))
				b.machine.Send(t.Context(), "two")
			}
			b.clock.Add(tt.later)
			b.ycm.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Stopped" })
			if tt.want == store.StateNotDone { // a check that a user requests finds nothing either
				if err := b.machine.ReconcileNow(t.Context(), "one"); err != nil {
					t.Error(err)
				}
			}
			b.sync()
			if got := b.operation("one").State; got != tt.want {
				t.Errorf("the operation is %s, want %s", got, tt.want)
			}
		})
	}
}
