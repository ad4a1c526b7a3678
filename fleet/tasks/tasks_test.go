package tasks

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cordboard/fleet"
	"cordboard/fleet/pbxtest"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	noon = time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	ines = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines Okonjo"}
)

// pbxs is a fleet of one PBX, whose ID is 7715.
type pbxs struct {
	fleet.Signal

	now atomic.Pointer[fleet.Snapshot]
}

func (p *pbxs) Snapshot() *fleet.Snapshot { return p.now.Load() }

// set replaces the PBX.
func (p *pbxs) set(version uint64, pbx *fleet.PBX) {
	nothing := func([]*fleet.PBX) fleet.Measures { return fleet.Measures{} }
	p.now.Store(fleet.NewSnapshot(version, []*fleet.PBX{pbx}, fleet.DefaultThresholds, nothing))
	p.Notify()
}

func pbxOf(plan string, expires time.Time) *fleet.PBX {
	return pbxtest.PBX(pbxtest.Record(7715, func(r *ycm.CloudPBX) {
		r.Plan, r.Version, r.Type = ycm.Text(plan), "84.12.0.32", "Trial"
		if !expires.IsZero() {
			r.ExpirationDate = ycm.NewTime(expires.Unix())
		}
	}))
}

// TestIsDone checks which PBXs show that a task is done.
func TestIsDone(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC)
	berlin := time.Date(2026, 12, 30, 23, 0, 0, 0, time.UTC) // 31 Dec, 00:00 in Berlin
	for name, tt := range map[string]struct {
		goal store.Goal
		pbx  *fleet.PBX
		want bool
	}{
		"the plan":           {store.Goal{What: "plan", Value: "ultimate plan"}, pbxOf("Ultimate Plan", end), true},
		"another plan":       {store.Goal{What: "plan", Value: "Ultimate Plan"}, pbxOf("Enterprise Plan", end), false},
		"any other plan":     {store.Goal{What: "plan", Before: "Enterprise Plan"}, pbxOf("Ultimate Plan", end), true},
		"the same plan":      {store.Goal{What: "plan", Before: "Ultimate Plan"}, pbxOf("Ultimate Plan", end), false},
		"the type":           {store.Goal{What: "type", Value: "Commercial"}, pbxOf("", end), false},
		"the firmware":       {store.Goal{What: "version", Value: "84.12.0.32"}, pbxOf("", end), true},
		"the day":            {store.Goal{What: "expirationDate", Value: "2026-12-31"}, pbxOf("", end), true},
		"the day, somewhere": {store.Goal{What: "expirationDate", Value: "2026-12-31"}, pbxOf("", berlin), true},
		"two days off":       {store.Goal{What: "expirationDate", Value: "2026-12-29"}, pbxOf("", end), false},
		"the day as before": {
			store.Goal{What: "expirationDate", Value: "2026-12-31", Before: "2026-12-31"}, pbxOf("", end), false,
		},
		"no date":        {store.Goal{What: "expirationDate", Value: "2026-12-31"}, pbxOf("", time.Time{}), false},
		"any other date": {store.Goal{What: "expirationDate", Before: "2026-12-31"}, pbxOf("", berlin), true},
		"no longer a date": {
			store.Goal{What: "expirationDate", Before: "2026-12-31"}, pbxOf("", time.Time{}), false,
		},
		"something else to be done": {store.Goal{What: store.OtherTask, Value: "Call"}, pbxOf("", end), false},
	} {
		if got := IsDone(tt.goal, tt.pbx); got != tt.want {
			t.Errorf("%s: done: %t, want %t", name, got, tt.want)
		}
	}
}

// TestRun checks that a task closes itself when the change appears, and says who made it if that is known.
func TestRun(t *testing.T) {
	t.Parallel()
	now := noon
	st := storetest.New(t, func() time.Time { return now })
	add := func(g store.Goal) int64 {
		id, err := st.AddTask(
			t.Context(),
			"default",
			"Alder",
			store.Task{CloudPBXID: 7715, Goal: g, By: ines, DueOn: "2026-04-01"},
		)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	plan := add(store.Goal{What: "plan", Value: "Ultimate Plan", Before: "Enterprise Plan"})
	other := add(store.Goal{What: store.OtherTask, Value: "Call them"})
	fleet := &pbxs{}
	fleet.set(1, pbxOf("Enterprise Plan", noon))
	f := New(Config{Account: "default", PBXs: fleet, Store: st})
	if err := f.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	open, err := st.OpenTasks(t.Context(), "default")
	if err != nil || len(open) != 2 {
		t.Fatalf("%d open tasks, %v", len(open), err)
	}
	now = noon.Add(time.Hour)
	if err := st.AddModifiers(t.Context(), "default", []store.Modifier{
		{CloudPBXID: 7715, At: noon.Add(-time.Hour), By: "early@example.com"},
		{CloudPBXID: 7715, At: noon.Add(30 * time.Minute), By: "leo@example.com"},
	}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		f.Run(ctx)
		close(done)
	}()
	fleet.set(2, pbxOf("Ultimate Plan", noon))
	var closed []store.Task
	for timeout := time.After(10 * time.Second); len(closed) == 0; {
		select {
		case <-timeout:
			t.Fatal("the task wasn't closed")
		case <-time.After(time.Millisecond):
		}
		if closed, err = st.ClosedTasks(t.Context(), "default", 9); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-done
	if c := closed[0]; c.ID != plan || c.Closed.By != nil || c.ChangedBy != "leo@example.com" || !c.At.Equal(now) {
		t.Errorf("the closed task is %+v", c)
	}
	if err := st.CloseTask(t.Context(), "default", plan, store.Closed{By: &ines}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("closing it again: %v, want ErrNotFound", err)
	}
	fleet.set(3, pbxOf("Ultimate Plan", noon).AsGone(noon.Unix()))
	if err := f.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if open, err = st.OpenTasks(t.Context(), "default"); err != nil || len(open) != 0 {
		t.Errorf("task %d of a removed PBX is open, %v", other, err)
	}
}
