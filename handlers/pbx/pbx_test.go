package pbx_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// TestGoldenPages compares a PBX's page with its golden file.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	b.GoldenPages(t, "operator", map[string]string{"pbx": fmt.Sprintf("/pbxs/%d", b.YCM.IDs()[0])})
}

// TestViewersSeeNoReasons checks that a PBX's page hides the reason for its creation from viewers, because they aren't
// allowed to read the audit log.
func TestViewersSeeNoReasons(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	b.Work()
	operator := b.As("operator")
	id := b.Submit(operator, portaltest.With(portaltest.GoodForm("acme"), map[string]string{"reason": "CB-4711"}))
	operator.Until(id, store.StateDone)
	c, err := b.Fleet.Operations.Operation(t.Context(), id)
	b.Must(err)
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/pbxs/%d", c.Target.CloudPBXID)
	if r := operator.Get(path); r.StatusCode != http.StatusOK || !strings.Contains(r.Text, "CB-4711") {
		t.Errorf("the operator's page = %d, want 200 with the reason", r.StatusCode)
	}
	if r := b.As("viewer").
		Get(path); r.StatusCode != http.StatusOK || strings.Contains(r.Text, "CB-4711") ||
		strings.Contains(r.Text, "/audit") {
		t.Errorf("the viewer's page = %d, want 200 without the reason or a link to the audit log", r.StatusCode)
	}
}

// TestRecord checks that the page shows every field of the record, the record as YCM sent it, and the PBX's customers.
func TestRecord(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	b.edit(map[string]any{"group": "Care, night"})
	doc := b.operator.Get(b.path()).Doc(t)
	if raw := doc.Find("#raw code").Text(); !strings.Contains(raw, `"group": "Care, night"`) {
		t.Errorf("the raw record is %s", raw)
	}
	p, _ := b.Fleet.Mirror.Snapshot().PBX(b.id)
	for _, f := range fleet.Fields() {
		cell := doc.Find(`#pbx [data-col="` + f.Name() + `"]`)
		if cell.Length() == 0 && p.Raw(f) != "" && f != fleet.FieldName {
			t.Errorf("the page lacks %s", f.Name())
		}
	}
}

// TestDesk checks what the page says about the PBX's customers, tasks and notes.
func TestDesk(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	owner := b.YCM.CustomerIDs()[0]
	card := func(id string) string {
		return strings.Join(strings.Fields(b.operator.Get(b.path()).Doc(t).Find("#"+id).Text()), " ")
	}
	if got := card("customers"); !strings.Contains(got, "Not read yet.") {
		t.Errorf("before the customers were read, the page says %q", got)
	}
	b.Fleet.Customers.Learn(t.Context(), b.id, nil)
	if got := card("customers"); !strings.Contains(got, "No customer.") || !strings.Contains(got, "Read 0 s ago") {
		t.Errorf("without a customer, the page says %q", got)
	}
	b.Fleet.Customers.Learn(t.Context(), b.id, []int64{owner, 99})
	c := b.Fleet.Customers.Customer(owner)
	if got := card("customers"); !strings.Contains(got, c.Name()+" "+c.Members[fleet.Email]) ||
		!strings.Contains(got, "Customer 99") {
		t.Errorf("with two customers, the page says %q", got)
	}
	link := fmt.Sprintf(`#customers a[href="/customers/%d"]`, owner)
	if got := b.operator.Get(b.path()).Doc(t).Find(link).Length(); got != 1 {
		t.Errorf("the page has %d links to the customer", got)
	}
	_, err := b.Store.AddTask(t.Context(), "default", "Alder", store.Task{
		CloudPBXID: b.id, Goal: store.Goal{What: "plan", Before: "A"}, DueOn: "2026-04-01",
	})
	b.Must(err)
	if got := card("tasks"); !strings.Contains(got, "Plan: change ADue on 1 Apr 2026") {
		t.Errorf("the tasks are %q", got)
	}
	if got := card("status"); got == "" {
		t.Error("the page says nothing first")
	}
	if got := b.operator.Get(b.path()).Doc(t).Find("#details[open]").Length(); got != 0 {
		t.Error("the details aren't folded")
	}
}
