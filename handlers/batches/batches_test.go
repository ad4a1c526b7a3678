package batches_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cordboard/fleet"
	"cordboard/fleet/account"
	"cordboard/fleet/batches"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// portal has a portal whose PBXs are running, have no calls and are named A, B and so on.
type portal struct {
	*portaltest.Portal

	operator *portaltest.Browser
}

func newPortal(t *testing.T, n int, limits account.Limits) *portal {
	t.Helper()
	b := &portal{Portal: portaltest.NewFor(t, n, func(c *account.Config) { c.Limits = limits })}
	b.operator = b.As("operator")
	for i, id := range b.YCM.IDs() {
		b.edit(id, map[string]any{
			"name": string(rune('A' + i)), "pbxStatus": "Running", "activeCalls": 0, "im": "Enabled",
			"extensionCapacity": 40, "usedExtensions": 3, "plan": "Enterprise Plan",
		})
	}
	b.sync()
	return b
}

func (b *portal) edit(id int64, members map[string]any) {
	b.YCM.Edit(id, func(record map[string]any) {
		for name, v := range members {
			record[name] = v
		}
	})
}

func (b *portal) sync() {
	_, err := b.Fleet.Mirror.Sync(b.T.Context())
	b.Must(err)
}

// plan posts a form for the PBXs with the given indexes, or for all if there is none, and returns the plan's path.
func (b *portal) plan(form url.Values, indexes ...int) string {
	b.T.Helper()
	if len(indexes) == 0 {
		form.Set("query", "")
	}
	for _, i := range indexes {
		form.Add("ids", fmt.Sprint(b.YCM.IDs()[i]))
	}
	r := b.operator.Post("/batches", form)
	if r.StatusCode != http.StatusSeeOther {
		b.T.Fatalf("POST /batches = %d\n%s", r.StatusCode, r.Text)
	}
	return r.Header.Get("Location")
}

// work carries out batches until nothing is left to do.
func (b *portal) work() {
	for b.Fleet.Batches.Step(b.T.Context()) {
	}
}

// state returns the attributes of a batch's page: its state, the rows with an outcome, and the planned rows.
func (b *portal) state(path string) string {
	b.T.Helper()
	s := b.operator.Get(path).Doc(b.T).Find("#batch")
	attribute := func(name string) string { return s.AttrOr("data-batch-"+name, "") }
	return attribute("state") + " " + attribute("done") + "/" + attribute("total")
}

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// TestPlanAndApply makes a plan from selected rows, applies it, and undoes it.
func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 4, account.Limits{})
	ids := b.YCM.IDs()
	b.edit(ids[1], map[string]any{"pbxStatus": "Stopped"})
	b.edit(ids[2], map[string]any{"activeCalls": 3})
	b.sync()
	form := b.operator.Get(fmt.Sprintf("/batches/new?action=stop&presence=all&cloudPbxId=%d&cloudPbxId=%d", ids[0],
		ids[2])).Doc(t)
	if got := text(form.Find("h1")); got != "Stop 2 PBXs" {
		t.Errorf("the form is about %q", got)
	}
	shown := portaltest.ShownIn(form, "#batch-form form")
	r := b.operator.Post("/batches", portaltest.With(shown, map[string]string{"reason": "CB-12"}))
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/batches/") {
		t.Fatalf("POST /batches = %d to %q", r.StatusCode, r.Header.Get("Location"))
	}
	path := b.plan(url.Values{"action": {"stop"}, "reason": {"CB-12"}}, 0, 1, 2)
	doc := b.operator.Get(path).Doc(t)
	var rows []string
	doc.Find("tr[data-batch-row]").Each(func(_ int, tr *goquery.Selection) {
		rows = append(rows, tr.AttrOr("data-batch-row", "")+" "+tr.AttrOr("data-row-state", "")+" "+
			tr.AttrOr("data-pbx-id", ""))
	})
	want := []string{
		fmt.Sprintf("1 planned %d", ids[0]), fmt.Sprintf("2 unchanged %d", ids[1]), fmt.Sprintf("3 planned %d", ids[2]),
	}
	if diff := cmp.Diff(want, rows); diff != "" || b.state(path) != "planned 0/2" {
		t.Errorf("the plan is %s; rows (-want +got):\n%s", b.state(path), diff)
	}
	for _, sentence := range []string{"Status: Running → becomes Stopped", "3 calls in progress", "CB-12"} {
		if !strings.Contains(text(doc.Find("main")), sentence) {
			t.Errorf("the plan doesn't say %q: %s", sentence, text(doc.Find("main")))
		}
	}
	for range 2 { // applying it twice has no further effect
		if r := b.operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}}); r.StatusCode != http.StatusSeeOther ||
			r.Header.Get("Location") != path {
			t.Fatalf("apply = %d to %q\n%s", r.StatusCode, r.Header.Get("Location"), r.Text)
		}
	}
	b.work()
	if got := b.state(path); got != "done 2/2" {
		t.Errorf("the batch is %s", got)
	}
	if got := b.operator.Get(path + "?rows=done").Doc(t).Find("tr[data-row-state=done]").Length(); got != 2 {
		t.Errorf("the tab of done rows has %d", got)
	}
	r = b.operator.Post(path+"/undo", url.Values{})
	if r.StatusCode != http.StatusSeeOther {
		t.Fatalf("undo = %d\n%s", r.StatusCode, r.Text)
	}
	if got := text(b.operator.Get(r.Header.Get("Location")).Doc(t).Find("h1")); got != "Start 2 PBXs" {
		t.Errorf("the plan that undoes is %q", got)
	}
	b.operator.Post(r.Header.Get("Location")+"/apply", url.Values{})
	b.work()
	if got := b.YCM.Record(ids[0])["pbxStatus"]; got != "Running" && got != "Starting" {
		t.Errorf("after the undo, the PBX is %v", got)
	}
}

// TestForms checks that each form for many PBXs makes a plan with the changes that it names.
func TestForms(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	id := b.YCM.IDs()[0]
	b.YCM.SetOwners(id, 50086182)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	b.Fleet.Customers.Learn(t.Context(), id, []int64{50086182})
	b.edit(id, map[string]any{"activationStatus": "Unactivated"})
	b.sync()
	b.sync()
	for action, tt := range map[string]struct {
		form url.Values
		want string
	}{
		"suspend":   {url.Values{"note": {"Unpaid"}, "reviewOn": {"2026-04-01"}}, "Status: Running → becomes Stopped"},
		"resize":    {url.Values{"extensionCapacity": {"+10"}}, "Extension capacity: 40 → becomes 50"},
		"update":    {url.Values{"im": {"Disabled"}}, "Enabled → becomes Disabled"},
		"customers": {url.Values{"mode": {"add"}, "customerIds": {"50086219"}}, "Customers: "},
		"delete":    {nil, "Presence: "},

		"activation-email": {nil, "Activation email"},
	} {
		form := portaltest.With(url.Values{"action": {action}})
		maps.Copy(form, tt.form)
		doc := b.operator.Get(b.plan(form)).Doc(t)
		row := doc.Find("tr[data-row-state=planned]")
		if !strings.Contains(text(row), tt.want) {
			t.Errorf("%s: the row says %q, want %q; %s", action, text(row), tt.want, text(doc.Find("tbody")))
		}
	}
}

// TestBadForms checks what forms that can't make a plan show, and that they keep what was typed.
func TestBadForms(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{})
	for _, tt := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"action": {"explode"}, "query": {""}}, "This action isn’t possible for many PBXs"},
		{url.Values{"action": {"create"}, "query": {""}}, "This action isn’t possible for many PBXs"},
		{url.Values{"action": {"stop"}}, "There are no PBXs to change"},
		{url.Values{"action": {"stop"}, "query": {"status=Stopped"}}, "There are no PBXs to change"},
		{url.Values{"action": {"stop"}, "query": {"hue=red"}}, "A part of the filter has no effect"},
		{url.Values{"action": {"stop"}, "query": {"%zz"}}, "The list’s query can’t be read"},
		{url.Values{"action": {"stop"}, "ids": {"x"}}, "One of the IDs can’t be read"},
		{url.Values{"action": {"stop"}, "ids": {"1"}, "query": {""}}, "The form has both IDs and a query"},
		{url.Values{"action": {"resize"}, "query": {""}}, "Choose at least one change."},
		{url.Values{"action": {"resize"}, "query": {""}, "extensionCapacity": {"ten"}}, "isn’t a whole number"},
		{url.Values{"action": {"customers"}, "query": {""}, "mode": {"add"}}, "customer"},
	} {
		r := b.operator.Post("/batches", tt.form)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, tt.want) {
			t.Errorf("%v: %d, want 422 with %q\n%s", tt.form, r.StatusCode, tt.want, text(r.Doc(t).Find("main")))
		}
		if typed := tt.form.Get("extensionCapacity"); typed != "" {
			if got := r.Doc(t).Find("#extensionCapacity").AttrOr("value", ""); got != typed {
				t.Errorf("the form has %q, want what was typed", got)
			}
		}
	}
	if r := b.operator.Get("/batches/new?action=explode"); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown form: %d", r.StatusCode)
	}
	path := b.plan(url.Values{"action": {"stop"}, "ids": {"999999"}}, 0)
	if got := b.operator.Get(path).Doc(t).Find("[data-row-state=not-applicable]").AttrOr("data-pbx-id", ""); got !=
		"999999" {
		t.Errorf("the row that can't be carried out is of PBX %q", got)
	}
}

// TestCustomerSearch finds customers without a script, and keeps those that are chosen.
func TestCustomerSearch(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	name := fmt.Sprint(b.YCM.Customer(b.YCM.CustomerIDs()[3])["company"])
	doc := b.operator.Get("/batches/new?" + url.Values{
		"action": {"customers"}, "query": {"status=Running"}, "mode": {"remove"}, "customerIds": {"50086182"},
		"customerSearch": {name},
	}.Encode()).Doc(t)
	if got := doc.Find("#customerIds input:checked").AttrOr("value", ""); got != "50086182" {
		t.Errorf("the chosen customer is %q", got)
	}
	found := fmt.Sprint(b.YCM.CustomerIDs()[3])
	if doc.Find("#customerIds input[value='"+found+"']").Length() != 1 || doc.Find("#mode option[selected]").
		AttrOr("value", "") != "remove" {
		t.Errorf("the form doesn't offer %s: %s", name, text(doc.Find("form")))
	}
}

// TestSteps checks what each step of a batch answers in each state.
func TestSteps(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 8, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	post := func(step string, want int, state string) {
		t.Helper()
		r := b.operator.Post(path+"/"+step, url.Values{"waves": {"yes"}})
		if r.StatusCode != want || !strings.HasPrefix(b.state(path), state) {
			t.Errorf("%s = %d, then the batch is %s; want %d and %s", step, r.StatusCode, b.state(path), want, state)
		}
	}
	post("pause", http.StatusConflict, "planned")
	post("approve", http.StatusConflict, "planned")
	post("resume", http.StatusConflict, "planned")
	post("again", http.StatusConflict, "planned")
	post("undo", http.StatusConflict, "planned")
	post("apply", http.StatusSeeOther, "running 0/8")
	b.work()
	if got := b.state(path); got != "paused 5/8" {
		t.Fatalf("after a wave, the batch is %s", got)
	}
	if got := text(b.operator.Get(path).Doc(t).Find("main")); !strings.Contains(got, "A wave has ended") {
		t.Errorf("the page doesn't say why: %s", got)
	}
	post("undo", http.StatusConflict, "paused")
	post("again", http.StatusConflict, "paused")
	post("resume", http.StatusSeeOther, "running")
	post("pause", http.StatusSeeOther, "paused")
	post("stop", http.StatusSeeOther, "stopped")
	post("resume", http.StatusConflict, "stopped")
	post("apply", http.StatusSeeOther, "stopped")
	post("again", http.StatusSeeOther, "stopped")
}

// TestAgain makes a new plan of the rows that failed, and of those that a stopped batch left.
func TestAgain(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 8, account.Limits{Batches: batches.Rules{MaxFailed: 2}})
	path := b.plan(url.Values{"action": {"resize"}, "extensionCapacity": {"45"}})
	b.YCM.Inject(ycmtest.Fault{Op: "resizeCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 2})
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	if got := b.state(path); got != "stopped 2/8" {
		t.Fatalf("after two failures, the batch is %s", got)
	}
	main := text(b.operator.Get(path).Doc(t).Find("main"))
	for _, want := range []string{"2 consecutive rows failed", "6 PBXs left", "YCM said: "} {
		if !strings.Contains(main, want) {
			t.Errorf("the page doesn't say %q: %s", want, main)
		}
	}
	badges := func() string { return text(b.operator.Get(path).Doc(t).Find("main tbody .badge")) }
	if got := badges(); strings.Count(got, "Planned") != 6 {
		t.Errorf("before the batch is stopped for good, its rows are %q, want 6 planned", got)
	}
	b.operator.Post(path+"/stop", url.Values{})
	if got := badges(); strings.Count(got, "Not sent") != 6 {
		t.Errorf("after the batch was stopped for good, its rows are %q, want 6 not sent", got)
	}
	r := b.operator.Post(path+"/again", url.Values{})
	if got := b.state(r.Header.Get("Location")); got != "planned 0/8" {
		t.Errorf("the new plan is %s", got)
	}
}

// TestStoppedByItself checks that a batch that stopped by itself can be continued, but not undone or planned again.
func TestStoppedByItself(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 3, account.Limits{Batches: batches.Rules{MaxFailed: 1}})
	path := b.plan(url.Values{"action": {"stop"}})
	b.operator.Post(path+"/apply", url.Values{})
	b.Fleet.Batches.Step(t.Context())
	b.YCM.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 1})
	b.work()
	doc := b.operator.Get(path).Doc(t)
	if got := b.state(path); got != "stopped 2/3" || text(doc.Find("#resume")) != "Continue" ||
		doc.Find("#undo, #again").Length() > 0 {
		t.Errorf("the batch is %s: %.300s", got, text(doc.Find("main")))
	}
	for _, step := range []string{"undo", "again"} {
		if r := b.operator.Post(path+"/"+step, url.Values{}); r.StatusCode != http.StatusConflict {
			t.Errorf("%s = %d, want 409", step, r.StatusCode)
		}
	}
}

// TestNotSent checks that a batch that was stopped for good calls its remaining rows not sent, and not left or planned.
func TestNotSent(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 8, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	b.operator.Post(path+"/apply", url.Values{"waves": {"yes"}})
	b.work()
	doc := b.operator.Get(path).Doc(t)
	if got := text(doc.Find(".legend")) + text(doc.Find(".tabs")); !strings.Contains(got, "3 left") ||
		!strings.Contains(got, "Planned") {
		t.Errorf("after a wave: %q", got)
	}
	b.operator.Post(path+"/stop", url.Values{})
	doc = b.operator.Get(path).Doc(t)
	if got := text(doc.Find(".legend")) + text(doc.Find(".tabs")); !strings.Contains(got, "3 not sent") ||
		strings.Contains(got, "Planned") {
		t.Errorf("after it was stopped: %q", got)
	}
}

// TestApproval checks that a plan that needs approval can be applied only after another user has approved it.
func TestApproval(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{Batches: batches.Rules{ApproveOver: 100}})
	path := b.plan(url.Values{"action": {"delete"}})
	if got := b.state(path); got != "waiting 0/2" {
		t.Fatalf("the plan is %s", got)
	}
	if r := b.operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}}); r.StatusCode != http.StatusConflict {
		t.Errorf("applying it: %d", r.StatusCode)
	}
	if r := b.operator.Post(path+"/approve", url.Values{}); r.StatusCode != http.StatusConflict ||
		!strings.Contains(r.Text, "You can’t approve your own plan") {
		t.Errorf("approving one's own plan: %d", r.StatusCode)
	}
	admin := b.As("admin")
	doc := admin.Get(path).Doc(t)
	if got := text(doc.Find("#approve")); got != "Approve" {
		t.Errorf("the admin's button says %q", got)
	}
	if got := text(doc.Find("#warnings")); !strings.Contains(got, "This deletes 2 PBXs") {
		t.Errorf("the admin's warnings say %q", got)
	}
	if host := doc.Find("tr[data-batch-row] small.mono").First().Text(); !strings.Contains(host, ".") {
		t.Errorf("the first row's host name is %q", host)
	}
	admin.Post(path+"/approve", url.Values{})
	if r := b.operator.Post(path+"/apply", url.Values{}); r.StatusCode != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Text, "This deletes 2 PBXs") {
		t.Errorf("without a yes: %d", r.StatusCode)
	}
	b.operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	b.work()
	if got := b.state(path); got != "done 2/2" || len(b.YCM.IDs()) != 0 {
		t.Errorf("the batch is %s, and YCM has %d PBXs", got, len(b.YCM.IDs()))
	}
}

// TestDeleteRequiresRecentAuth checks that a plan that deletes asks for the password again.
func TestDeleteRequiresRecentAuth(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	path := b.plan(url.Values{"action": {"delete"}})
	b.Clock.Add(11 * time.Minute)
	r := b.operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	if r.StatusCode != http.StatusForbidden || !strings.Contains(r.Text, "This deletes PBXs.") {
		t.Fatalf("without a recent sign-in: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
	form := portaltest.ShownIn(r.Doc(t), "main form")
	r = b.operator.Post(path+"/apply", portaltest.With(form, map[string]string{"confirmPassword": portaltest.Password}))
	if r.StatusCode != http.StatusSeeOther || b.state(path) != "running 0/1" {
		t.Errorf("after the confirmation: %d, the batch is %s", r.StatusCode, b.state(path))
	}
}

// TestCapacity checks that a plan shows the capacity that it takes, and asks before it takes more than is available.
func TestCapacity(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 3, account.Limits{})
	_, _, err := b.Fleet.Subscriptions.Read(t.Context(), time.Minute)
	b.Must(err)
	path := b.plan(url.Values{"action": {"resize"}, "extensionCapacity": {"+400"}})
	doc := b.operator.Get(path).Doc(t)
	if doc.Find("[data-resource=extensionCapacity]").Length() != 1 {
		t.Errorf("the plan doesn't show extensions: %s", text(doc.Find("main")))
	}
	before, _ := strconv.Atoi(strings.ReplaceAll(
		text(doc.Find("[data-resource=extensionCapacity] [data-col=available]")), ",", ""))
	if (before < 1200) != (doc.Find("#warnings").Length() == 1) {
		t.Errorf("with %d extensions available: %s", before, text(doc.Find("main")))
	}
}

// TestExpired checks the page of a plan that nobody applied.
func TestExpired(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	for range 7 {
		b.Clock.Add(10 * time.Minute)
		b.operator.Get("/operations")
	}
	if got := b.state(path); got != "expired 0/1" {
		t.Errorf("after an hour, the plan is %s", got)
	}
	if r := b.operator.Post(path+"/apply", url.Values{}); r.StatusCode != http.StatusConflict ||
		!strings.Contains(r.Text, "The plan has expired") {
		t.Errorf("applying it: %d", r.StatusCode)
	}
}

// TestExports checks the rows of a batch as CSV and XLSX.
func TestExports(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.operator.Get(path+"/rows.csv").Text,
		"\ufeff"))).ReadAll()
	b.Must(err)
	book, err := excelize.OpenReader(bytes.NewReader([]byte(b.operator.Get(path + "/rows.xlsx").Text)))
	b.Must(err)
	sheet, err := book.GetRows("Batch")
	b.Must(err)
	if len(records) != 3 || len(sheet) != 3 {
		t.Fatalf("%d and %d rows, want 3", len(records), len(sheet))
	}
	id := fmt.Sprint(b.YCM.IDs()[0])
	for _, row := range [][]string{records[1], sheet[1]} {
		if row[0] != "1" || row[2] != id || row[3] != "A" || row[5] != "done" ||
			!strings.Contains(row[7], "Running → Stopped") {
			t.Errorf("the first row is %q", row)
		}
	}
	if got := b.operator.Get(path + "/rows.csv?rows=failed").Text; strings.Count(got, "\n") != 1 {
		t.Errorf("the rows that weren't done: %q, want none", got)
	}
	link := b.operator.Get(path+"?rows=done").Doc(t).Find("main a[download]").First().AttrOr("href", "")
	if got := b.operator.Get(link).Text; strings.Count(got, "\n") != 3 {
		t.Errorf("%s: %q, want two rows", link, got)
	}
}

// TestWhatHappened checks what the page says about rows with each outcome.
func TestWhatHappened(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 4, account.Limits{Batches: batches.Rules{MaxFailed: 100}})
	path := b.plan(url.Values{"action": {"stop"}})
	ids := b.YCM.IDs()
	b.edit(ids[0], map[string]any{"pbxStatus": "Stopped"})
	b.YCM.Delete(ids[1])
	b.YCM.Inject(ycmtest.Fault{Op: "stopCloudPbx", Kind: ycmtest.ResetUnprocessed, Times: 1})
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	main := text(b.operator.Get(path).Doc(t).Find("main"))
	for _, want := range []string{
		"the PBX was changed in YCM after the plan was made", "YCM no longer has the PBX", "Cordboard is checking YCM",
	} {
		if !strings.Contains(main, want) {
			t.Errorf("the page doesn't say %q: %s", want, main)
		}
	}
	if got := b.state(path); got != "running 3/4" {
		t.Errorf("while an outcome is open, the batch is %s", got)
	}
	for range 30 {
		b.Clock.Add(10 * time.Second)
		b.Fleet.Operations.Reconcile(t.Context())
		b.work()
	}
	if got := b.state(path); got != "done 4/4" {
		t.Errorf("at the end, the batch is %s", got)
	}
}

// TestDownstreamErrors checks that a plan isn't applied if the subscription can't be read.
func TestDownstreamErrors(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	path := b.plan(url.Values{"action": {"resize"}, "extensionCapacity": {"+1"}})
	b.YCM.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Failed200, Code: 1000004})
	if r := b.operator.Post(path+"/apply", url.Values{}); r.StatusCode != http.StatusBadGateway ||
		b.state(path) != "planned 0/1" {
		t.Errorf("apply = %d, the batch is %s", r.StatusCode, b.state(path))
	}
}

// TestViewersSeeNoPlans checks that plans are for operators.
func TestViewersSeeNoPlans(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	viewer := b.As(store.RoleViewer)
	if r := viewer.Get(path); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer gets %d", r.StatusCode)
	}
	if viewer.Get("/pbxs").Doc(t).Find("#bulk-menu").Length() != 0 {
		t.Error("a viewer gets the menu of changes")
	}
}
