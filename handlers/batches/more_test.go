package batches_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"cordboard/fleet/account"
	"cordboard/fleet/batches"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// ids returns the PBXs of a batch's rows on a page, in order.
func ids(doc *goquery.Document) (all []string) {
	doc.Find("tr[data-batch-row]").Each(func(_ int, tr *goquery.Selection) {
		all = append(all, tr.AttrOr("data-pbx-id", ""))
	})
	return all
}

// TestAllThatMatch checks that a plan for all PBXs that a filter matches is resolved when it is made, that its page
// repeats the number and the filter in words, and that PBXs that match later aren't in it.
func TestAllThatMatch(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 6, account.Limits{})
	pbxs := b.YCM.IDs()
	for _, id := range pbxs[:2] {
		b.edit(id, map[string]any{"pbxStatus": "Stopped"})
	}
	b.sync()
	doc := b.operator.Get("/pbxs/selection?status=Running&sort=-name").Doc(t)
	if got := text(doc.Find("#selection-count")); got != "4 PBXs selected" {
		t.Errorf("the selection is %q", got)
	}
	form := portaltest.ShownIn(doc, "form[action='/batches/new']")
	form.Set("action", "stop")
	doc = b.operator.Get("/batches/new?" + form.Encode()).Doc(t)
	if main := text(doc.Find("main")); !strings.Contains(main, "Stop 4 PBXs") ||
		!strings.Contains(main, "Status: Running") {
		t.Errorf("the form says %s", main)
	}
	b.edit(pbxs[0], map[string]any{"pbxStatus": "Running"}) // before the plan is made, but after the form was opened
	b.sync()
	r := b.operator.Post("/batches", portaltest.ShownIn(doc, "#batch-form form"))
	path := r.Header.Get("Location")
	b.edit(pbxs[1], map[string]any{"pbxStatus": "Running"}) // afterwards
	b.sync()
	doc = b.operator.Get(path).Doc(t)
	if got := ids(doc); len(got) != 5 || got[0] != fmt.Sprint(pbxs[5]) {
		t.Errorf("the plan is for %q, want the five that matched, by name, Z first", got)
	}
	if main := text(doc.Find("main")); !strings.Contains(main, "Stop 5 PBXs") ||
		!strings.Contains(main, "Status: Running") {
		t.Errorf("the plan says %s", main)
	}
}

// TestPages checks the pages and the tabs of a plan with more rows than one page has, and the size of a page.
func TestPages(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 120, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	for page, want := range map[string]int{"": 50, "?page=2": 50, "?page=3": 20, "?page=99": 20, "?page=x": 50} {
		if got := len(ids(b.operator.Get(path + page).Doc(t))); got != want {
			t.Errorf("page %q has %d rows, want %d", page, got, want)
		}
	}
	doc := b.operator.Get(path + "?rows=done").Doc(t)
	if len(ids(doc)) != 0 || !strings.Contains(text(doc.Find("main")), "No rows to show.") {
		t.Errorf("the tab of done rows: %s", text(doc.Find("main")))
	}
	var small bytes.Buffer
	w := gzip.NewWriter(&small)
	_, err := w.Write([]byte(b.operator.Get(path).Text))
	b.Must(err)
	b.Must(w.Close())
	if small.Len() > 30<<10 {
		t.Errorf("a page has %d bytes compressed, want at most 30 kB", small.Len())
	}
}

// TestAppliedOnce checks that a plan that several users apply at the same time is applied once.
func TestAppliedOnce(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 3, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	browsers := []*portaltest.Browser{b.operator, b.As("admin")}
	_, before := b.RowsSince(0)
	var racing sync.WaitGroup
	for i := range 20 {
		racing.Go(func() {
			r := browsers[i%2].Post(path+"/apply", url.Values{})
			if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != path {
				t.Errorf("apply = %d", r.StatusCode)
			}
		})
	}
	racing.Wait()
	if rows, _ := b.RowsSince(before); len(rows) != 1 || rows[0] != "batch.apply done" {
		t.Errorf("audit rows: %q, want one", rows)
	}
	b.work()
	if n := len(b.YCM.Requests("stopCloudPbx")); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

// TestLastExtensions checks that of two plans that take the last extensions together, the second asks first, and that
// its page then shows the warning.
func TestLastExtensions(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 6, account.Limits{})
	each := b.each(4)
	grow := url.Values{"action": {"resize"}, "extensionCapacity": {fmt.Sprintf("+%d", each)}}
	first, second := b.plan(portaltest.With(grow), 0, 1, 2), b.plan(portaltest.With(grow), 3, 4, 5)
	for _, path := range []string{first, second} {
		if n := b.operator.Get(path).Doc(t).Find("#warnings").Length(); n != 0 {
			t.Fatalf("before one is applied, a plan warns: %s", text(b.operator.Get(path).Doc(t).Find("main")))
		}
	}
	if r := b.operator.Post(first+"/apply", url.Values{}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("the first plan: %d", r.StatusCode)
	}
	r := b.operator.Post(second+"/apply", url.Values{})
	doc := r.Doc(t)
	if r.StatusCode != http.StatusUnprocessableEntity || doc.Find("#warnings li").Length() == 0 {
		t.Fatalf("the second plan: %d\n%s", r.StatusCode, text(doc.Find("main")))
	}
	form := portaltest.ShownIn(doc, "form[action$='/apply']")
	form.Set("sendAnyway", "yes")
	if r := b.operator.Post(second+"/apply", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("with a yes: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
}

// each returns how many extensions each of n PBXs can get from what is available.
func (b *portal) each(n int64) int64 {
	b.T.Helper()
	left, err := b.Fleet.Create.Left(b.T.Context())
	b.Must(err)
	if !left[0].Known() || left[0].N < n || left[0].N/n > 400 {
		b.T.Fatalf("%v extensions are available", left[0])
	}
	return left[0].N / n
}

// TestUndoOfUndo checks that the failed rows of a batch that undid another are tried again as they were.
func TestUndoOfUndo(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{Batches: batches.Rules{MaxFailed: 1}})
	path := b.plan(url.Values{"action": {"resize"}, "extensionCapacity": {"-5"}})
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	undo := b.operator.Post(path+"/undo", url.Values{}).Header.Get("Location")
	b.YCM.Inject(ycmtest.Fault{Op: "resizeCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 1})
	b.operator.Post(undo+"/apply", url.Values{"sendAnyway": {"yes"}})
	b.work()
	if got := b.state(undo); got != "stopped 1/2" {
		t.Fatalf("the undo is %s", got)
	}
	b.operator.Post(undo+"/stop", url.Values{})
	again := b.operator.Post(undo+"/again", url.Values{}).Header.Get("Location")
	doc := b.operator.Get(again).Doc(t)
	if rows := text(doc.Find("tbody")); len(ids(doc)) != 2 || strings.Count(rows, "35 → becomes 40") != 2 {
		t.Errorf("the new plan: %s", rows)
	}
	b.operator.Post(again+"/apply", url.Values{"sendAnyway": {"yes"}})
	b.work()
	for _, id := range b.YCM.IDs() {
		if got := fmt.Sprint(b.YCM.Record(id)["extensionCapacity"]); got != "40" {
			t.Errorf("PBX %d has %s extensions, want 40", id, got)
		}
	}
}

// TestTooManyPlans checks that a user who makes too many plans keeps what was typed.
func TestTooManyPlans(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	form := url.Values{"action": {"resize"}, "query": {""}, "extensionCapacity": {"+1"}}
	for range 60 {
		b.operator.Post("/batches", form)
	}
	r := b.operator.Post("/batches", form)
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" ||
		r.Doc(t).Find("#extensionCapacity").AttrOr("value", "") != "+1" {
		t.Errorf("the 61st plan in a minute: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
}

// TestUnknownBatch checks that each step of a batch that doesn't exist is not found.
func TestUnknownBatch(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	for _, step := range []string{"apply", "approve", "pause", "resume", "stop", "again", "undo"} {
		if r := b.operator.Post("/batches/none/"+step, url.Values{}); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s = %d, want 404", step, r.StatusCode)
		}
	}
	for _, page := range []string{"", "/rows.csv", "/rows.xlsx"} {
		if r := b.operator.Get("/batches/none" + page); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", page, r.StatusCode)
		}
	}
}

// TestAuditOfABatch checks the entries of a batch: one for the batch, and two for each row, under the user's name.
func TestAuditOfABatch(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}, "reason": {"CB-12"}})
	_, before := b.RowsSince(0)
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	want := []string{"batch.apply done", "pbx.stop asked", "pbx.stop done", "pbx.stop asked", "pbx.stop done"}
	if rows, _ := b.RowsSince(before); strings.Join(rows, "; ") != strings.Join(want, "; ") {
		t.Errorf("audit rows: %q, want %q", rows, want)
	}
	page, err := b.Store.AuditEvents(t.Context(), 1, 5, store.AuditQuery{})
	b.Must(err)
	for _, e := range page.Events {
		if e.Actor.Email != "operator@example.com" {
			t.Errorf("%s is by %q", e.Action, e.Actor.Email)
		}
		if notes := fmt.Sprint(e.Notes); strings.HasPrefix(e.Action, "pbx.") && !strings.Contains(notes, "CB-12") {
			t.Errorf("%s doesn't have the reason: %s", e.Action, notes)
		}
	}
}

// TestGoldenPages compares the forms and a plan with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 2, account.Limits{})
	b.GoldenPages(t, "operator", map[string]string{
		"form-stop":      "/batches/new?action=stop&status=Running",
		"form-suspend":   "/batches/new?action=suspend",
		"form-resize":    "/batches/new?action=resize",
		"form-update":    "/batches/new?action=update",
		"form-customers": "/batches/new?action=customers",
		"form-delete":    "/batches/new?action=delete",
		"form-email":     "/batches/new?action=activation-email",
		"form-start":     "/batches/new?action=start&cloudPbxId=1&presence=all",
		"form-ignored":   "/batches/new?action=start&hue=red",
		"plan":           b.plan(url.Values{"action": {"stop"}, "reason": {"CB-12"}}),
	})
}

// TestAnyForm checks that no form fails, that a form that makes no plan keeps what was typed, and that no form sends
// anything to YCM.
func TestAnyForm(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 3, account.Limits{})
	value := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "+1", "-1", "0", "50", "501", "+99999999999999999999", "Enabled", "on", "add", "2026-12-31", "tomorrow",
			"50086182", "\x00", "<b>", "％", strings.Repeat("x", 300),
		}),
		rapid.String(),
	)
	rapid.Check(t, func(rt *rapid.T) {
		form := url.Values{
			"action": {rapid.SampledFrom([]string{
				"start", "stop", "suspend", "resize", "update", "customers", "activation-email", "delete", "", "create",
			}).Draw(rt, "action")},
			"query": {rapid.SampledFrom([]string{"", "status=Running", "q=a b", "page=9", "%", "view=x"}).Draw(rt, "query")},
		}
		for _, name := range []string{
			"extensionCapacity", "recordingStatus", "im", "mode", "customerIds", "note", "reviewOn", "reason",
		} {
			if rapid.Bool().Draw(rt, "has "+name) {
				form.Set(name, value.Draw(rt, name))
			}
		}
		b.Clock.Add(2 * time.Second) // so that the limit on submissions isn't reached
		r := b.operator.Post("/batches", form)
		switch r.StatusCode {
		case http.StatusSeeOther, http.StatusUnprocessableEntity:
		default:
			rt.Fatalf("%v: %d\n%s", form, r.StatusCode, r.Text)
		}
		doc := r.Doc(t)
		for _, name := range []string{"extensionCapacity", "note", "reviewOn", "reason"} {
			field := doc.Find("#" + name)
			if field.Length() == 1 && strings.TrimSpace(form.Get(name)) != "" && field.AttrOr("value", "") == "" {
				rt.Errorf("%v: the field %s is empty", form, name)
			}
		}
	})
	for _, op := range []string{"startCloudPbx", "stopCloudPbx", "resizeCloudPbx", "updateCloudPbx", "deleteCloudPbxs"} {
		if n := len(b.YCM.Requests(op)); n != 0 {
			t.Errorf("%d requests of %s", n, op)
		}
	}
}

// TestReadsDontChange checks that opening a form or a plan makes no audit entry and no plan.
func TestReadsDontChange(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 1, account.Limits{})
	path := b.plan(url.Values{"action": {"stop"}})
	_, before := b.RowsSince(0)
	for _, page := range []string{"/batches/new?action=stop", path, path + "?rows=planned"} {
		for _, headers := range [][]string{nil, {"HX-Request", "true"}} {
			if r := b.operator.Get(page, headers...); r.StatusCode != http.StatusOK {
				t.Errorf("GET %s = %d", page, r.StatusCode)
			}
		}
	}
	recent, err := b.Fleet.Batches.Recent(t.Context(), 10)
	if rows, _ := b.RowsSince(before); err != nil || len(rows) != 0 || len(recent) != 1 {
		t.Errorf("audit rows %q and %d plans, %v; want none and one", rows, len(recent), err)
	}
}

// TestResumeAsks checks that a batch that stopped itself no longer holds its capacity. Continuing it asks first if
// others have taken that capacity.
func TestResumeAsks(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 6, account.Limits{Batches: batches.Rules{MaxFailed: 1}})
	grow := url.Values{"action": {"resize"}, "extensionCapacity": {fmt.Sprintf("+%d", b.each(4))}}
	path, other := b.plan(portaltest.With(grow), 0, 1, 2), b.plan(portaltest.With(grow), 3, 4, 5)
	b.YCM.Inject(ycmtest.Fault{Op: "resizeCloudPbx", Kind: ycmtest.Failed200, Code: 1000004, Times: 1})
	b.operator.Post(path+"/apply", url.Values{})
	b.work()
	if r := b.operator.Post(other+"/apply", url.Values{}); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("while the first batch is stopped, applying the second: %d\n%s", r.StatusCode,
			text(r.Doc(t).Find("main")))
	}
	r := b.operator.Post(path+"/resume", url.Values{})
	form := r.Doc(t).Find("form[action$='/resume']")
	if r.StatusCode != http.StatusUnprocessableEntity || form.Find("#warnings li").Length() == 0 {
		t.Fatalf("resume = %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
	if got := b.state(path); got != "stopped 1/3" {
		t.Errorf("without a yes, the batch is %s", got)
	}
	answer := portaltest.ShownIn(r.Doc(t), "form[action$='/resume']")
	answer.Set("sendAnyway", "yes")
	if r := b.operator.Post(path+"/resume", answer); r.StatusCode != http.StatusSeeOther {
		t.Errorf("with a yes: %d\n%s", r.StatusCode, text(r.Doc(t).Find("main")))
	}
}

// TestFromTheList checks that operators find the changes in the list: in a menu, and without a script on the page about
// the selection, which carries the list's filter on.
func TestFromTheList(t *testing.T) {
	t.Parallel()
	b := newPortal(t, 3, account.Limits{})
	doc := b.operator.Get("/pbxs?status=Running&sort=-name").Doc(t)
	var names []string
	doc.Find("#bulk-menu button").Each(func(_ int, button *goquery.Selection) {
		names = append(names, button.AttrOr("value", ""))
		if form := button.AttrOr("formaction", ""); form != "/batches/new" {
			t.Errorf("the button %s leads to %s", text(button), form)
		}
	})
	want := "start stop suspend resize update customers activation-email delete"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the menu has %s, want %s", got, want)
	}
	if noscript := text(doc.Find("noscript")); !strings.Contains(noscript, "Export, copy or change selected rows") {
		t.Errorf("without a script, the list says %q", noscript)
	}
	id := fmt.Sprint(b.YCM.IDs()[1])
	selected := portaltest.ShownIn(doc, "#selection")
	for _, path := range []string{"/pbxs/selection?", "/batches/new?action=stop&"} { // nothing is ticked
		if r := b.operator.Get(path + selected.Encode()); r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("GET %s without a selection = %d, want 422", path, r.StatusCode)
		}
	}
	selected.Set("cloudPbxId", id)
	doc = b.operator.Get("/pbxs/selection?" + selected.Encode()).Doc(t)
	change := portaltest.ShownIn(doc, "form[action='/batches/new']")
	change.Set("action", "stop")
	doc = b.operator.Get("/batches/new?" + change.Encode()).Doc(t)
	path := b.operator.Post("/batches", portaltest.ShownIn(doc, "#batch-form form")).Header.Get("Location")
	if got := ids(b.operator.Get(path).Doc(t)); len(got) != 1 || got[0] != id {
		t.Errorf("the plan is for %q, want %s", got, id)
	}
}
