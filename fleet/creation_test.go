package fleet

import (
	"context"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func storeCreation(body []byte) store.Creation {
	return store.Creation{Request: json.RawMessage(body)}
}

var ines = store.Actor{ID: 7, Email: "ines@example.com", Name: "Ines Okonjo", Role: store.RoleOperator}

// create makes an attempt and fails the test if there is none.
func (b *bench) create(id, subDomain string) store.Creation {
	b.t.Helper()
	a, err := b.fleet.Create(b.t.Context(), ines, id, goodForm(subDomain), false, time.UTC)
	if err != nil || a.Creation == nil {
		b.t.Fatalf("Create = %+v, %v", a.Draft, err)
	}
	return *a.Creation
}

func (b *bench) creation(id string) store.Creation {
	b.t.Helper()
	c, err := b.fleet.Creation(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bench) events() []string {
	b.t.Helper()
	p, err := b.store.AuditEvents(b.t.Context(), 1, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var all []string
	for _, e := range p.Events {
		all = append([]string{e.Action + " " + e.Outcome}, all...)
	}
	return all
}

func TestCreateIsSentOnce(t *testing.T) {
	b := formBench(t, ycmtest.Config{PBXs: 40})
	b.sync()
	c := b.create("one", "acme")
	if c.State != store.Submitted || len(b.ycm.Requests("createCloudPbx")) != 0 {
		t.Fatalf("it is %s, with %d requests: nothing is sent before the attempt is answered", c.State, len(b.ycm.Requests("createCloudPbx")))
	}
	for range 3 {
		b.fleet.send(t.Context(), "one")
	}
	c = b.creation("one")
	if n := len(b.ycm.Requests("createCloudPbx")); n != 1 || c.State != store.Created || c.CloudPBXID == 0 || c.Answer.RequestID == "" {
		t.Fatalf("%d requests, %+v", n, c)
	}
	if p, ok := b.fleet.Snapshot().PBX(c.CloudPBXID); !ok || p.Text("pbxStatus") != "Provisioning" {
		t.Errorf("the new PBX is not in the fleet: %+v", p)
	}
	if got := fmt.Sprint(b.events()); got != "[pbx.create asked pbx.create done]" {
		t.Errorf("events: %s", got)
	}
	again, err := b.fleet.Create(t.Context(), ines, "one", goodForm("other"), false, time.UTC)
	if err != nil || again.Creation == nil || again.Creation.CloudPBXID != c.CloudPBXID {
		t.Errorf("the same id again: %+v, %v", again, err)
	}
	if _, err := b.fleet.Create(t.Context(), store.Actor{ID: 8}, "one", goodForm("other"), false, time.UTC); !errors.Is(err, ErrNotYours) {
		t.Errorf("somebody else with it: %v", err)
	}
	if a, err := b.fleet.Create(t.Context(), ines, "two", goodForm("ACME"), false, time.UTC); err != nil || !told(a.Draft.Problems, "subDomain") {
		t.Errorf("the same host name again: %+v, %v", a.Draft.Problems, err)
	}
}

// TestHostNames: one is taken by a PBX of the mirror, by an open attempt, and by a PBX that only YCM knows.
func TestHostNames(t *testing.T) {
	b := formBench(t, ycmtest.Config{PBXs: 40})
	b.sync()
	b.create("one", "acme")
	b.ycm.Add(map[string]any{"name": "new", "url": "fresh.pbx.example.com"})
	known := b.ycm.Record(b.ycm.IDs()[0])["url"].(string)
	sub, domain := known[:len(known)-len(".pbx.example.com")], "11"
	for _, tt := range []struct{ name, sub string }{{"an open attempt", "aCmE"}, {"the mirror", sub}, {"YCM", "fresh"}} {
		form := goodForm(tt.sub)
		form.Set("domainId", domain)
		if a, err := b.fleet.Create(t.Context(), ines, tt.name, form, true, time.UTC); err != nil || a.Creation != nil || !told(a.Draft.Problems, "subDomain") {
			t.Errorf("%s: %+v, %v", tt.name, a, err)
		}
	}
	if n := len(b.ycm.Requests("createCloudPbx")); n != 0 {
		t.Errorf("%d creates were sent", n)
	}
}

// TestYCMMustBeAsked: without YCM's word on host name and package there is no attempt.
func TestYCMMustBeAsked(t *testing.T) {
	for _, op := range []string{"getCloudPbxByUrl", "getSubscription"} {
		b := formBench(t, ycmtest.Config{PBXs: 40})
		b.ycm.Inject(ycmtest.Fault{Op: op, Kind: ycmtest.Failed200, Code: 1000043})
		_, err := b.fleet.Create(t.Context(), ines, "one", goodForm("acme"), true, time.UTC)
		var unasked *UnaskedError
		if !errors.As(err, &unasked) || unasked.Problem.Kind != Permission {
			t.Errorf("%s fails: %v", op, err)
		}
		if _, err := b.fleet.Creation(t.Context(), "one"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s fails, and there is an attempt: %v", op, err)
		}
	}
}

// TestWarningsAreAnswered: nothing is sent in spite of a warning unless somebody says so, and then it is remembered.
func TestWarningsAreAnswered(t *testing.T) {
	b := formBench(t, ycmtest.Config{PBXs: 40})
	form := spoil(goodForm("acme"), map[string]string{"type": "Trial", "extensionCapacity": "5"})
	a, err := b.fleet.Create(t.Context(), ines, "one", form, false, time.UTC)
	if err != nil || a.Creation != nil || len(a.Draft.Warnings) != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	if a, err = b.fleet.Create(t.Context(), ines, "one", form, true, time.UTC); err != nil || a.Creation == nil || len(a.Creation.Warnings) != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
}

// TestTheLastCapacity: of many forms that race for what is left, no more are taken than fit, while they are open, while they are
// sent, and when they are created.
func TestTheLastCapacity(t *testing.T) {
	b := formBench(t, ycmtest.Config{PBXs: 40})
	b.fleet.minExtensions = 0
	pack, err := b.fleet.ycm.GetSubscription(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for left := pack.Capacity.Available.ExtensionCapacity.N; left > 10; { // until ten are left
		n := min(left-10, 500)
		b.ycm.Add(map[string]any{"name": "filler", "url": fmt.Sprintf("filler-%d.pbx.example.com", left), "extensionCapacity": n})
		left -= n
	}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { b.fleet.RunCreations(ctx) }) // sends at the same time
	var racing sync.WaitGroup
	made := make([]*store.Creation, 50)
	for i := range made {
		racing.Go(func() {
			form := spoil(goodForm(fmt.Sprintf("race-%d", i)), map[string]string{"extensionCapacity": fmt.Sprint(1 + i%4), "concurrentCallCapacity": "1"})
			a, err := b.fleet.Create(t.Context(), ines, fmt.Sprintf("race-%d", i), form, false, time.UTC)
			if err != nil {
				t.Error(err)
			}
			made[i] = a.Creation
		})
	}
	racing.Wait()
	sum, attempts := int64(0), 0
	for _, c := range made {
		if c != nil {
			sum += c.Takes[0]
			attempts++
		}
	}
	if sum > 10 || attempts == 0 {
		t.Errorf("%d attempts took %d extensions of 10", attempts, sum)
	}
	cancel()
	working.Wait()
	t.Logf("%d attempts took %d of the last 10 extensions", attempts, sum)
}

// TestDoubleSubmit: one form, however often it is posted at once, is one attempt and one request, and all get the same answer.
func TestDoubleSubmit(t *testing.T) {
	b := formBench(t, ycmtest.Config{PBXs: 40})
	ctx, cancel := context.WithCancel(t.Context())
	var working, posting sync.WaitGroup
	working.Go(func() { b.fleet.RunCreations(ctx) })
	var mu sync.Mutex
	numbers := map[int64]int{}
	for range 50 {
		posting.Go(func() {
			a, err := b.fleet.Create(t.Context(), ines, "one", goodForm("acme"), false, time.UTC)
			mu.Lock()
			defer mu.Unlock()
			if err != nil || a.Creation == nil {
				t.Errorf("%+v, %v", a.Draft, err)
				return
			}
			numbers[a.Creation.Number]++
		})
	}
	posting.Wait()
	cancel()
	working.Wait()
	if len(numbers) != 1 || numbers[1] != 50 {
		t.Errorf("attempts: %v, want 50 times the first", numbers)
	}
	if n := len(b.ycm.Requests("createCloudPbx")); n > 1 {
		t.Errorf("%d creates were sent", n)
	}
}
