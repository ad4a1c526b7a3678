package change

import (
	"testing"

	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestSuspension follows a PBX that is suspended, started in YCM, stopped there, and started in Cordboard.
func TestSuspension(t *testing.T) {
	t.Parallel()
	b := newHarness(t, 10)
	id := b.pbx(3, states[Suspend])
	expect := func(when, want string) {
		t.Helper()
		o, err := b.changes.Suspension(t.Context(), id)
		got := ""
		if o != nil {
			got = o.ID
		}
		all, listErr := b.changes.Suspensions(t.Context())
		if err != nil || listErr != nil || got != want || (len(all) == 1) != (want != "") {
			t.Errorf("%s: suspended by %q, %v, want %q; %d suspensions, %v", when, got, err, want, len(all), listErr)
		}
	}
	expect("at first", "")
	if o, err := b.changes.Newest(t.Context(), id); o != nil || err != nil {
		t.Errorf("Newest = %v, %v, want nil", o, err)
	}
	b.submit("suspend", request(Suspend, id, forms[Suspend]...))
	expect("before it is sent", "")
	b.machine.Send(t.Context(), "suspend")
	expect("suspended", "suspend")
	b.pbx(3, map[string]any{"pbxStatus": "Running"})
	expect("started in YCM", "suspend")
	b.ycm.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 1})
	b.submit("refused", request(Stop, id))
	b.machine.Send(t.Context(), "refused")
	expect("a stop was refused", "suspend")
	b.submit("again", request(Stop, id))
	b.machine.Send(t.Context(), "again")
	expect("stopped again", "again")
	b.submit("start", request(Start, id))
	expect("before the start is sent", "again")
	b.machine.Send(t.Context(), "start")
	expect("started", "")
	b.submit("stop", request(Stop, id))
	b.machine.Send(t.Context(), "stop")
	expect("stopped without a suspension", "")
	if o, err := b.changes.Newest(t.Context(), id); err != nil || o.ID != "stop" || o.State != store.StateDone {
		t.Errorf("Newest = %v, %v, want the stop", o, err)
	}
}
