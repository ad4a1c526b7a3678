package mirror

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/ycm"
	"cordboard/ycm/ycmtest"
)

func TestSyncReadsEachPageOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pbxs, requests int }{{0, 1}, {1, 1}, {50, 1}, {51, 2}, {480, 10}} {
		t.Run(fmt.Sprint(tt.pbxs), func(t *testing.T) {
			b := newHarness(t, ycmtest.Config{PBXs: tt.pbxs})
			p := b.sync()
			if got := len(b.ycm.Requests("listCloudPbxs")); got != tt.requests || p.Requests != tt.requests {
				t.Errorf("%d list requests arrived, the pass reports %d, want %d", got, p.Requests, tt.requests)
			}
			if p.Written != tt.pbxs || b.mirror.Snapshot().Here() != tt.pbxs || p.Total != int64(tt.pbxs) {
				t.Errorf("pass = %+v with %d shown, want %d", p, b.mirror.Snapshot().Here(), tt.pbxs)
			}
		})
	}
}

// TestPassEndsWithItsContext checks that a pass whose context ends between two pages ends, too. It used to go on,
// without reading anything, and kept the portal from stopping.
func TestPassEndsWithItsContext(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 120})
	ctx, cancel := context.WithCancel(t.Context())
	p := &pass{mirror: b.mirror, seen: map[int64]bool{}}
	first, err := p.readPage(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.take(ctx, first); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.readAll(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("readAll = %v, want that the context has ended", err)
	}
}

func TestUnchangedFleetIsNotWritten(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 120})
	b.sync()
	before := b.mirror.Snapshot()
	if p := b.sync(); p.Written != 0 || p.Gone != 0 {
		t.Errorf("second pass = %+v, want nothing written", p)
	}
	if b.mirror.Snapshot() != before {
		t.Error("a pass without changes made a new snapshot")
	}
	b.ycm.Edit(b.ycm.IDs()[60], func(r map[string]any) { r["name"] = "Changed" })
	if p := b.sync(); p.Written != 1 {
		t.Errorf("a pass with one change wrote %d rows", p.Written)
	}
	b.start() // a restart, which loads the mirror from the store
	if p := b.sync(); p.Written != 0 {
		t.Errorf("a pass after a restart wrote %d rows", p.Written)
	}
}

func TestNoFieldIsLost(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 300})
	b.sync()
	for _, id := range b.ycm.IDs() {
		p, ok := b.mirror.Snapshot().PBX(id)
		if !ok {
			t.Fatalf("PBX %d is not shown", id)
		}
		for field, value := range b.ycm.Record(id) {
			want := fmt.Sprint(value)
			switch v := value.(type) {
			case nil:
				want = ""
			case map[string]any:
				want = fmt.Sprintf("%v %v <%v>", v["firstName"], v["lastName"], v["email"])
			}
			f, _ := fleet.FieldByName(field)
			if got := p.Raw(f); got != want {
				t.Errorf("PBX %d: %s = %q, want %q", id, field, got, want)
			}
		}
	}
}

func TestGoneNeedsAReadByID(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 60})
	b.sync()
	id := b.ycm.IDs()[10]
	b.ycm.Delete(id)
	if p := b.sync(); p.Gone != 1 || len(b.ycm.Requests("getCloudPbx")) != 1 {
		t.Errorf("pass = %+v with %d reads by id, want 1 gone by 1 read", p, len(b.ycm.Requests("getCloudPbx")))
	}
	p, ok := b.mirror.Snapshot().PBX(id)
	if !ok || !p.IsGone() || b.mirror.Snapshot().Here() != 59 {
		t.Errorf("PBX %d: shown %v, gone %v", id, ok, p.IsGone())
	}
	if p := b.sync(); p.Gone != 0 || len(b.ycm.Requests("getCloudPbx")) != 1 {
		t.Errorf("the next pass read it by ID again: %+v", p)
	}
	b.start()
	if p, _ := b.mirror.Snapshot().PBX(id); !p.IsGone() {
		t.Error("after a restart it is no longer gone")
	}
	b.ycm.Add(map[string]any{"cloudPbxId": id, "name": "Back"})
	b.sync()
	if p, _ := b.mirror.Snapshot().PBX(id); p.IsGone() || p.Text(fleet.FieldName) != "Back" {
		t.Errorf("after its return: gone %v, name %q", p.IsGone(), p.Text(fleet.FieldName))
	}
}

// TestListThatHidesOne checks that no existing PBX is marked as gone if another PBX is deleted from a page that was
// already read, which hides an existing PBX from every page.
func TestListThatHidesOne(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 200})
	b.sync()
	ids := b.ycm.IDs()
	var once sync.Once // makes pages that are read concurrently wait for the deletion
	b.ycm.OnList(func(page int) {
		if page > 1 {
			once.Do(func() { b.ycm.Delete(ids[0]) })
		}
	})
	if p := b.sync(); p.Drifted || p.Gone != 0 || p.Reread == 0 || p.Reread > 2 {
		t.Errorf("pass while the list shifted = %+v, want the edge reread and no PBX gone", p)
	}
	b.ycm.OnList(nil)
	if p := b.sync(); p.Gone != 1 {
		t.Errorf("the next pass = %+v, want the deleted PBX gone", p)
	}
	for _, id := range ids[1:] {
		if p, _ := b.mirror.Snapshot().PBX(id); p.IsGone() {
			t.Errorf("PBX %d is shown as gone but still exists", id)
		}
	}
}

func TestProxyPageIsNoGone(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 60})
	b.sync()
	id := b.ycm.IDs()[10]
	b.ycm.Delete(id)
	b.ycm.Inject(
		ycmtest.Fault{
			Op:     "getCloudPbx",
			Kind:   ycmtest.Body,
			Status: 404,
			Body:   []byte("<html>404 page not found</html>"),
		},
	)
	if _, err := b.mirror.Sync(t.Context()); !errors.Is(err, ycm.ErrUnreadable) {
		t.Errorf("Sync = %v, want ErrUnreadable", err)
	}
	if p, _ := b.mirror.Snapshot().PBX(id); p.IsGone() {
		t.Error("a proxy's 404 made a PBX gone")
	}
}

func TestEmptyAnswerTakesFewAtATime(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 120})
	b.sync()
	b.ycm.Inject(
		ycmtest.Fault{
			Op:   "listCloudPbxs",
			Kind: ycmtest.Body,
			Body: []byte(`{"status":"Success","data":{"total":0,"list":[]}}`),
		},
	)
	p := b.sync()
	if p.Gone != 0 || b.mirror.Snapshot().Here() != 120 {
		t.Errorf("an empty list made %d of them gone", p.Gone)
	}
	if n := len(b.ycm.Requests("getCloudPbx")); n != maxNominees {
		t.Errorf("%d reads by id, want no more than %d", n, maxNominees)
	}
}

// TestNomineesTakeTurns checks that all PBXs that the list doesn't show are eventually read, even though each pass
// reads only some of them.
func TestNomineesTakeTurns(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 170})
	b.sync()
	b.ycm.Inject(
		ycmtest.Fault{
			Op:   "listCloudPbxs",
			Kind: ycmtest.Body,
			Body: []byte(`{"status":"Success","data":{"total":0,"list":[]}}`),
		},
	)
	for range 4 {
		b.sync()
	}
	read := map[string]bool{}
	for _, r := range b.ycm.Requests("getCloudPbx") {
		read[r.Path] = true
	}
	if len(read) != 170 {
		t.Errorf("%d PBXs were read by ID in four passes, want 170", len(read))
	}
}

func TestPartOfAPassIsKept(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 60})
	b.ycm.OnList(func(page int) {
		if page == 1 { // makes the next page fail
			b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Error500})
		}
	})
	p, err := b.mirror.Sync(t.Context())
	if !errors.Is(err, ycm.ErrUnavailable) || p.Written != 50 || b.mirror.Snapshot().Here() != 50 {
		t.Errorf(
			"Sync = %+v, %v with %d shown, want the first page's 50 and ErrUnavailable",
			p,
			err,
			b.mirror.Snapshot().Here(),
		)
	}
}

func TestRecordsThatCantBeUsed(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{})
	b.ycm.Inject(ycmtest.Fault{Op: "listCloudPbxs", Kind: ycmtest.Body, Body: []byte(
		`{"status":"Success","data":{"total":3,"list":[
			{"cloudPbxId":"7","name":12,"creator":"x","extensionCapacity":{},"usedExtensions":"n/a"},
			{"name":"no id"},{"cloudPbxId":7}]}}`,
	)})
	p := b.sync()
	if p.Written != 1 || !p.Drifted {
		t.Errorf("pass = %+v, want one row and no PBX gone", p)
	}
	q, ok := b.mirror.Snapshot().PBX(7)
	if !ok || q.Text(fleet.FieldName) != "12" || q.Text(fleet.FieldCreator) != "x" ||
		q.Number(fleet.FieldExtensionCapacity) != fleet.Absent ||
		q.Raw(fleet.FieldUsedExtensions) != "n/a" ||
		q.Raw(fleet.FieldExtensionCapacity) != "{}" {
		t.Errorf("PBX 7 = %+v", q)
	}
}

func TestFreshness(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	state := func(want fleet.State) {
		t.Helper()
		if got := b.mirror.Freshness().State; got != want {
			t.Errorf("state %s, want %s", got, want)
		}
	}
	state(fleet.Never)
	b.sync()
	state(fleet.Current)
	b.ycm.OnList(func(int) { state(fleet.Running) })
	b.sync()
	b.ycm.OnList(nil)
	b.clock.Add(3*time.Minute + time.Second)
	state(fleet.Stale)
	b.ycm.OnList(func(int) { state(fleet.Stale) }) // a running pass doesn't hide the stale state
	b.sync()
	b.ycm.OnList(nil)
	b.ycm.ChangeSecret("new")
	if _, err := b.mirror.Sync(t.Context()); !errors.Is(err, ycm.ErrCredentials) {
		t.Errorf("Sync with an old secret = %v, want ErrCredentials", err)
	}
	state(fleet.Failing)
	f := b.mirror.Freshness()
	if f.Problem.Kind != fleet.Credentials || f.Problem.Code != 1000002 || f.Problem.RequestID == "" ||
		f.Failures != 1 ||
		f.At.IsZero() {
		t.Errorf("freshness = %+v", f)
	}
	b.start()
	state(fleet.Current) // the last successful pass is known after a restart
}

func TestStoppingIsNoFailure(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	ctx, cancel := context.WithCancel(t.Context())
	b.ycm.OnList(func(int) { cancel() })
	if _, err := b.mirror.Sync(ctx); err == nil {
		t.Error("a stopped Sync returned nil")
	}
	if f := b.mirror.Freshness(); f.State != fleet.Never || f.Reading {
		t.Errorf("freshness = %+v, want never, as before", f)
	}
}

func TestRefreshBringsAPass(t *testing.T) {
	t.Parallel()
	b := newHarness(t, ycmtest.Config{PBXs: 5})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	first := b.mirror.Refresh()
	go func() {
		defer close(ended)
		b.mirror.Run(ctx)
	}()
	<-first
	b.ycm.Edit(b.ycm.IDs()[0], func(r map[string]any) { r["name"] = "Changed" })
	name := func() string {
		p, _ := b.mirror.Snapshot().PBX(b.ycm.IDs()[0])
		return p.Text(fleet.FieldName)
	}
	before := len(b.ycm.Requests("listCloudPbxs"))
	<-b.mirror.Refresh()
	if name() != "Changed" { // Refresh waited for the pass that was already running
		<-b.mirror.Refresh()
	}
	if got := name(); got != "Changed" {
		t.Errorf("after two passes the name is %q", got)
	}
	if after := len(b.ycm.Requests("listCloudPbxs")); after == before || after > before+2 {
		t.Errorf("two passes over one page read %d", after-before)
	}
	cancel()
	<-ended
}
