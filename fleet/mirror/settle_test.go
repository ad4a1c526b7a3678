package mirror

import (
	"errors"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

// TestSettle checks that a starting PBX is polled individually and is shown as running before the next pass.
func TestSettle(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 60, Plain: true})
	for _, id := range b.ycm.IDs() {
		b.ycm.Edit(id, func(r map[string]any) { r["pbxStatus"] = "Running" })
	}
	first, second := b.ycm.IDs()[3], b.ycm.IDs()[40]
	for _, id := range []int64{first, second} {
		b.ycm.Edit(id, func(r map[string]any) { r["pbxStatus"] = "Starting" })
	}
	b.sync()
	asked := map[int64]time.Time{}
	look := func(want int) {
		t.Helper()
		if calls := b.mirror.pollNext(t.Context(), asked, b.clock.Now()); calls != want {
			t.Errorf("%d calls, want %d", calls, want)
		}
	}
	status := func(id int64) string {
		p, _ := b.mirror.Snapshot().PBX(id)
		return p.Text(fleet.FieldStatus)
	}
	look(1)
	look(1)
	look(0) // both were polled a moment ago
	b.clock.Add(5 * time.Second)
	b.ycm.Edit(second, func(r map[string]any) { r["pbxStatus"] = "Running" })
	changed := b.mirror.Changed()
	look(1)
	look(2)
	if status(first) != "Starting" || status(second) != "Running" {
		t.Errorf("the PBXs are %s and %s", status(first), status(second))
	}
	select {
	case <-changed:
	default:
		t.Error("the change was not announced")
	}
	if got := b.timeline(second); len(got) != 1 || got[0] != "pbxStatus Starting→Running 12:00–12:00" {
		t.Errorf("timeline: %q", got)
	}
	if p := b.sync(); p.Written != 0 {
		t.Errorf("the next pass wrote %d rows again", p.Written)
	}
	if got := b.timeline(second); len(got) != 1 {
		t.Errorf("the next pass recorded the change again: %q", got)
	}
	b.ycm.Delete(first) // the next pass handles a PBX that is no longer in YCM
	b.clock.Add(5 * time.Second)
	look(1)
	if _, known := asked[second]; known {
		t.Error("a PBX that left the state is still remembered")
	}
}

func TestSettlePaceIsAFifthOfTheRate(t *testing.T) {
	t.Parallel()
	for rate, want := range map[int]time.Duration{
		0:    time.Second,
		100:  3 * time.Second,
		30:   10 * time.Second,
		6000: time.Second,
	} {
		if got := pollPace(rate); got != want {
			t.Errorf("pollPace(%d) = %s, want %s", rate, got, want)
		}
	}
}

// TestAnOlderPageDoesNotUndoASingleRead checks that a page requested before a single read doesn't overwrite the result
// of that read.
func TestAnOlderPageDoesNotUndoASingleRead(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 3, Plain: true})
	b.sync()
	id := b.ycm.IDs()[1]
	asked := b.mirror.local.asking()
	b.ycm.Edit(id, func(r map[string]any) { r["name"] = "From the page" })
	page := b.read(id)
	b.ycm.Edit(id, func(r map[string]any) { r["name"] = "Newer" })
	single := reading{b.read(id), b.mirror.local.asking(), b.clock.Now()}
	for _, r := range []reading{single, {page, asked, b.clock.Now()}} {
		if _, err := b.mirror.local.apply(t.Context(), []reading{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.mirror.local.publish()
	if p, _ := b.mirror.Snapshot().PBX(id); p.Text(fleet.FieldName) != "Newer" {
		t.Errorf("the PBX's name is %q, want the one of the single read", p.Text(fleet.FieldName))
	}
	if got := b.timeline(id); len(got) != 1 {
		t.Errorf("timeline: %q", got)
	}
}

// TestRead checks that a single read adds a PBX, records its changes, and marks it as removed only once.
func TestRead(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 3, Plain: true})
	id := b.ycm.IDs()[1]
	b.ycm.Edit(id, func(r map[string]any) { r["name"] = "Alder" })
	p, err := b.mirror.Read(t.Context(), id)
	if err != nil || p.Text(fleet.FieldName) != "Alder" {
		t.Fatalf("Read = %v, %v, want Alder", p, err)
	}
	b.ycm.Edit(id, func(r map[string]any) { r["name"] = "Birch" })
	if p, err = b.mirror.Read(t.Context(), id); err != nil || p.Text(fleet.FieldName) != "Birch" {
		t.Errorf("Read after a change = %v, %v, want Birch", p, err)
	}
	b.ycm.Delete(id)
	gone := b.clock.Now()
	for range 2 {
		if p, err = b.mirror.Read(t.Context(), id); !errors.Is(err, ycm.ErrNotFound) || p != nil {
			t.Errorf("Read of a removed PBX = %v, %v, want ErrNotFound", p, err)
		}
		if p, _ := b.mirror.Snapshot().PBX(id); p.GoneAt != gone.Unix() {
			t.Errorf("removed at %d, want %d", p.GoneAt, gone.Unix())
		}
		record, err := b.mirror.Record(t.Context(), id)
		if err != nil || !record.GoneAt.Equal(gone) {
			t.Errorf("stored as removed at %s, %v, want %s", record.GoneAt, err, gone)
		}
		b.clock.Add(time.Minute)
	}
	if got := b.timeline(id); len(got) != 2 {
		t.Errorf("timeline: %q, want the change and the removal", got)
	}
	b.ycm.Inject(ycmtest.Fault{Op: "getCloudPbx", Kind: ycmtest.Failed200, Code: 1000043})
	if _, err = b.mirror.Read(t.Context(), b.ycm.IDs()[0]); !errors.Is(err, ycm.ErrPermission) {
		t.Errorf("Read without permission: %v, want ErrPermission", err)
	}
}
