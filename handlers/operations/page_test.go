package operations_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// body is the request body of a create operation.
const body = `{"name":"Acme","plan":"Enterprise Plan","extensionCapacity":20,"concurrentCallCapacity":5,` +
	`"recordingStatus":"Enabled","recordingCapacity":1500,"regionId":1,"subDomain":"acme","domainId":11,"versionId":788,` +
	`"type":"Commercial","customerIds":[50086182],"upgradeInPbx":"Disabled","im":"Enabled",` +
	`"passwordlessLogin":"Disabled","allowSuperiorPasswordlessLogin":"Disabled","expirationDate":1798757999,` +
	`"allowRunAfterExpirationDate":true}`

// put stores a create operation and then applies change to it.
func put(b *portaltest.Portal, id string, change func(o *store.Operation)) {
	b.T.Helper()
	_, err := b.Store.AddOperation(b.T.Context(), store.Operation{
		ID: id, Account: "default", Kind: "create",
		Target: store.Target{Key: "host:" + id, Name: "acme.pbx.example.com"},
		Request: store.OperationRequest{
			Body: []byte(body), Reason: "CB-4711",
			Warnings: []json.RawMessage{
				[]byte(`{"code":"sentence","value":"The name is in use."}`), // stored by an earlier version
				[]byte(`{"field":"expirationDate","code":"endless-trial"}`),
			},
			Words: map[string]string{"regionId": "Europe(Frankfurt)", "customerIds": "Ann Ash (Acme)"},
		},
		By: store.Actor{ID: b.User("operator").ID, Name: "The operator"},
	}, func(*store.Operation, store.Pending) error { return nil }, func(*store.Operation) store.Event {
		return store.Event{Action: "pbx.create", Outcome: store.OutcomeAsked}
	})
	b.Must(err)
	_, err = b.Store.ChangeOperation(b.T.Context(), id, store.Actor{}, func(o *store.Operation) (store.Event, error) {
		change(o)
		return store.Event{}, nil
	})
	b.Must(err)
}

// words returns the text of an element with white space reduced to single spaces.
func words(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// all returns the texts of the selected elements.
func all(s *goquery.Selection) []string {
	texts := []string{}
	s.Each(func(_ int, n *goquery.Selection) { texts = append(texts, words(n)) })
	return texts
}

// fact returns the value of a fact on an operation's page, including the note below it.
func fact(d *goquery.Document, name string) string {
	var value string
	d.Find("#operation dl div").Each(func(_ int, n *goquery.Selection) {
		if words(n.Find("dt")) == name {
			value = words(n.Find("dd"))
		}
	})
	return value
}

// TestEachState checks what a create operation's page shows in each state other than refused: the badge, the steps, the
// explanation, and the links to the next steps.
func TestEachState(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	sent := b.Clock.Now().Add(-time.Minute)
	for i, tt := range []struct {
		name   string
		change func(o *store.Operation)
		badge  string
		steps  []string
		text   string
		links  []string // links and buttons, except "Copy for support" and "Save preset"
	}{
		{
			"queued", func(*store.Operation) {}, "Sending",
			[]string{"Recorded", "Sending to YCM", "Response received", "In the fleet"},
			"Queued. The request will be sent shortly.",
			[]string{"Create another like this", "Show in audit log"},
		},
		{
			"being sent", func(o *store.Operation) { o.Times.SendingAt = sent }, "Sending",
			[]string{"Recorded", "Sent to YCM", "Response received", "In the fleet"},
			"Waiting since 13:31:00 UTC for YCM’s response.",
			[]string{"Create another like this", "Show in audit log"},
		},
		{
			"not sent after a restart",
			func(o *store.Operation) { o.State, o.Answer.Kind = store.StateNotSent, "restarted" }, "Not sent",
			[]string{"Recorded", "Not sent"},
			"Cordboard was restarted before it could send the request. Nothing was sent. No PBX was created",
			[]string{"Try again with these values", "Show in audit log"},
		},
		{
			"not sent for another reason",
			func(o *store.Operation) { o.State, o.Answer.Kind = store.StateNotSent, "not-written" }, "Not sent",
			[]string{"Recorded", "Not sent"},
			"Cordboard could not write to its database. Nothing was sent.",
			[]string{"Try again with these values", "Show in audit log"},
		},
		{
			"not sent because no request was made",
			func(o *store.Operation) { o.State, o.Answer.Kind = store.StateNotSent, store.FailureNoRequest }, "Not sent",
			[]string{"Recorded", "Not sent"},
			"Cordboard could not build the request. Nothing was sent. No PBX was created",
			[]string{"Try again with these values", "Show in audit log"},
		},
		{
			"unknown", func(o *store.Operation) {
				o.State, o.Answer.Kind, o.Times.SendingAt = store.StateUnknown, "no-answer", sent
			}, "Unknown, checking",
			[]string{"Recorded", "Sent to YCM", "No response, checking", "In the fleet"},
			"YCM didn’t respond in time. The PBX may or may not exist.",
			[]string{"Check now", "Create another like this", "Show in audit log"},
		},
		{
			"unknown for a reason of tomorrow", func(o *store.Operation) { o.State, o.Answer.Kind = store.StateUnknown, "new" },
			"Unknown, checking",
			[]string{"Recorded", "Sent to YCM", "No response, checking", "In the fleet"},
			"YCM gave no conclusive answer. The PBX may or may not exist.",
			[]string{"Check now", "Create another like this", "Show in audit log"},
		},
		{
			"unknown with a code", func(o *store.Operation) {
				o.State, o.Answer = store.StateUnknown, store.Answer{Kind: "unavailable", Code: 1000001, Message: "SERVER_ERROR"}
			}, "Unknown, checking",
			[]string{"Recorded", "Sent to YCM", "Unclear response, checking", "In the fleet"},
			"YCM had a problem: SERVER_ERROR (1000001). The PBX may or may not exist.",
			[]string{"Check now", "Create another like this", "Show in audit log"},
		},
		{
			"not done", func(o *store.Operation) {
				o.State, o.Answer.Kind, o.Reconciled.Reads = store.StateNotDone, "unavailable", 5
			}, "Not created",
			[]string{"Recorded", "Sent to YCM", "No response, not found"},
			"Cordboard checked YCM 5 times and didn’t find this host name. No PBX was created",
			[]string{"Try again with these values", "Check now", "Show in audit log"},
		},
		{
			"done", func(o *store.Operation) { o.State, o.Answer.Took = store.StateDone, 1300*time.Millisecond }, "Created",
			[]string{"Recorded", "Sent to YCM", "Response received", "In the fleet", "Running", "Activated"},
			"YCM reported success after 1.3 s. The PBX appears in the list after the next sync.",
			[]string{"Create another like this", "Show in audit log"},
		},
		{
			"found", func(o *store.Operation) { o.State, o.Answer.Kind = store.StateDone, "no-answer" }, "Created",
			[]string{"Recorded", "Sent to YCM", "Found in YCM", "In the fleet", "Running", "Activated"},
			"YCM didn’t respond in time. However, the PBX exists: YCM has a PBX with this host name. The request was sent once.",
			[]string{"Create another like this", "Show in audit log"},
		},
	} {
		id := fmt.Sprint("state", i)
		put(b, id, tt.change)
		d := operator.Get("/operations/" + id).Doc(t)
		if got := words(d.Find(".card-head [role=status]")); got != tt.badge {
			t.Errorf("%s: badge %q, want %q", tt.name, got, tt.badge)
		}
		if got := all(d.Find(".steps li")); !slices.Equal(got, tt.steps) {
			t.Errorf("%s: steps %q, want %q", tt.name, got, tt.steps)
		}
		if n := d.Find(".steps li[aria-current=step]").Length(); n > 1 {
			t.Errorf("%s: %d current steps, want at most one", tt.name, n)
		}
		if got := words(d.Find(".outcome > p").First()); !strings.Contains(got, tt.text) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.text)
		}
		links := slices.DeleteFunc(all(d.Find("#operation .row .btn")), func(s string) bool {
			return s == "Copy for support" || s == "Save preset"
		})
		if !slices.Equal(links, tt.links) {
			t.Errorf("%s: %q, want %q", tt.name, links, tt.links)
		}
	}
}

// TestRefusals checks that the page of a refused operation shows YCM's error and its probable meaning, says that
// nothing was created, and has a link for trying again and text for support.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	for i, tt := range []struct {
		answer      store.Answer
		title, text string
		link        string // of the button for trying again; "" for "Edit and try again"
	}{
		{
			store.Answer{Kind: "exists", StatusCode: 409, Code: 1000007, Message: "DATA_ALREADY_EXISTS"},
			"YCM refused the request: DATA_ALREADY_EXISTS (1000007)", "The host name is most likely taken",
			"",
		},
		{
			store.Answer{Kind: "invalid", StatusCode: 200, Code: 1000004, Message: "INVALID_PARAMETER"},
			"YCM refused the request: INVALID_PARAMETER (1000004)", "YCM rejected one of the values.",
			"",
		},
		{
			store.Answer{Kind: "credentials", StatusCode: 401, Code: 1000035, Message: "TOKEN_EXPIRED"},
			"YCM refused the request: TOKEN_EXPIRED (1000035)",
			"Your administrator has to set the new one in Cordboard’s configuration.",
			"Try again with these values",
		},
		{
			store.Answer{Kind: "permission", StatusCode: 403},
			"YCM refused the request: HTTP 403",
			"lacks permission to create PBXs",
			"Try again with these values",
		},
		{
			store.Answer{Kind: "rate", StatusCode: 429},
			"YCM refused the request: HTTP 429", "Wait a minute", "Try again with these values",
		},
		{
			store.Answer{Kind: "refused", StatusCode: 200, Code: 2000101, Message: "<b>No</b>"},
			"YCM refused the request: <b>No</b> (2000101)", "insufficient capacity",
			"",
		},
	} {
		id := fmt.Sprint("refusal", i)
		put(b, id, func(o *store.Operation) { o.State, o.Answer = store.StateRefused, tt.answer })
		d := operator.Get("/operations/" + id).Doc(t)
		if got := words(d.Find(".tone-bad .flash-title")); got != tt.title {
			t.Errorf("title = %q, want %q", got, tt.title)
		}
		got := words(d.Find(".tone-bad .flash-body p").Last())
		if !strings.Contains(got, tt.text) || !strings.HasSuffix(got, "No PBX was created, and no capacity was used.") {
			t.Errorf("text = %q, want %q and that nothing was created", got, tt.text)
		}
		again := d.Find(`#operation .next a[href="/pbxs/new?from=` + id + `"]`)
		if words(again) != cmp.Or(tt.link, "Edit and try again") {
			t.Errorf("%s: the link is %q, want %q", tt.title, words(again), tt.link)
		}
		helps := tt.answer.Kind != "credentials" && tt.answer.Kind != "permission"
		if again.HasClass("btn-primary") != helps {
			t.Errorf("%s: the link is the main one: %t, want %t", tt.title, !helps, helps)
		}
		copied := portaltest.Attr(d.Find("[data-copy^=Operation]"), "data-copy")
		if !strings.Contains(copied, "state refused") ||
			tt.answer.Code != 0 && !strings.Contains(copied, fmt.Sprint(tt.answer.Code)) {
			t.Errorf("text for support = %q", copied)
		}
	}
}

// TestNewPBXOnItsWay checks how the page follows a new PBX from its first sync through its activation to its removal.
func TestNewPBXOnItsWay(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	id := b.YCM.IDs()[0]
	put(b, "one", func(o *store.Operation) { o.State, o.Target.CloudPBXID = store.StateDone, id })
	for _, tt := range []struct {
		status, activation string
		last               []string // the last steps
		text               string
		open               bool // whether the page updates itself
	}{
		{
			"Provisioning", "Unactivated",
			[]string{"In the fleet", "Provisioning", "Activated"},
			"The PBX takes a few minutes to start.", true,
		},
		{
			"Starting", "Unactivated",
			[]string{"In the fleet", "Starting", "Activated"},
			"The PBX takes a few minutes to start.", true,
		},
		{"Running", "Unactivated", []string{"In the fleet", "Running", "Activated"}, "running but not activated yet", false},
		{"Running", "Activated", []string{"In the fleet", "Running", "Activated"}, "is running and activated", false},
		{
			"Stopped", "Activated",
			[]string{"In the fleet", "Stopped", "Activated"},
			"The PBX takes a few minutes to start.", true,
		},
	} {
		b.YCM.Edit(id, func(r map[string]any) { r["pbxStatus"], r["activationStatus"] = tt.status, tt.activation })
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
		d := operator.Get("/operations/one").Doc(t)
		if steps := all(d.Find(".steps li")); !slices.Equal(steps[3:], tt.last) {
			t.Errorf("%s, %s: steps %q, want %q at the end", tt.status, tt.activation, steps, tt.last)
		}
		if got := words(d.Find(".outcome > p").First()); !strings.Contains(got, tt.text) {
			t.Errorf("%s, %s: %q, want %q", tt.status, tt.activation, got, tt.text)
		}
		if open := d.Find(".no-script").Length() > 0; open != tt.open {
			t.Errorf("%s, %s: updates itself: %t, want %t", tt.status, tt.activation, open, tt.open)
		}
		to := fmt.Sprint("/pbxs/", id)
		if tt.status == "Running" && tt.activation == "Unactivated" {
			to += "/activation-email" // which is what comes next
		}
		if first := d.Find("#operation .row a.btn-primary"); portaltest.Attr(first, "href") != to {
			t.Errorf("%s: first link to %s, want %s", tt.status, portaltest.Attr(first, "href"), to)
		}
	}
	b.YCM.Delete(id)
	for range 3 { // a complete sync marks the PBX as removed; later ones must not change that
		b.Clock.Add(time.Hour)
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	operator = b.As("operator") // the session was idle for too long
	d := operator.Get("/operations/one").Doc(t)
	if got := words(d.Find(".outcome > p").First()); !strings.Contains(got, "since been removed from YCM") ||
		!slices.Contains(all(d.Find(".steps li")), "Removed") {
		t.Errorf("page of a removed PBX: %q, %q", got, all(d.Find(".steps li")))
	}
	if row := operator.Get("/operations").Doc(t).Find("tbody tr"); words(row.Find("a").Last()) != "Removed" {
		t.Errorf("the list shows %q, want that the PBX was removed", words(row))
	}
}

// TestFacts checks an operation's facts, its requested settings with names in place of IDs, and its request body.
func TestFacts(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	put(b, "one", func(o *store.Operation) {
		o.State, o.Times.SendingAt = store.StateUnknown, b.Clock.Now()
		o.Answer = store.Answer{Kind: "unavailable", StatusCode: 502, RequestID: "theirs", Took: 2 * time.Second}
		o.Reconciled = store.Reconciled{Reads: 1, At: b.Clock.Now(), NextAt: b.Clock.Now().Add(time.Minute)}
	})
	b.Clock.Add(2 * time.Hour)
	operator := b.As("operator")
	d := operator.Get("/operations/one").Doc(t)
	for name, want := range map[string]string{
		"By":         "The operator CB-4711",
		"Submitted":  "13:32:00 UTC2 h ago",
		"Checked":    "once Not found",
		"Next check": "13:33:00 UTC",
		"Region":     "Europe(Frankfurt)",
		"Customers":  "Ann Ash (Acme)",
		"Extensions": "20",
		"Plan":       "Enterprise Plan",
	} {
		if got := fact(d, name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	text := words(d.Find("#operation"))
	for _, want := range []string{
		"1,500 min", "31 Dec 2026", "Keep running", "The name is in use.", "theirs", "acme.pbx.example.com",
		"A trial without an expiration date doesn’t end automatically.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if raw := d.Find("#body code").Text(); !strings.Contains(raw, "\n  \"extensionCapacity\": 20,") {
		t.Errorf("request body = %s, want it indented", raw)
	}
	put(b, "two", func(o *store.Operation) {
		o.State, o.Times.FinishedAt = store.StateDone, b.Clock.Now()
		o.Answer = store.Answer{StatusCode: 200, Took: 700 * time.Millisecond}
		o.Reconciled = store.Reconciled{Reads: 2, Problem: "unavailable"}
	})
	d = operator.Get("/operations/two").Doc(t)
	if got := fact(d, "Resolved"); !strings.HasSuffix(got, "after 0.7 s, HTTP 200") {
		t.Errorf("Resolved = %q", got)
	}
	if got := fact(d, "Checked"); got != "2 times The last check failed" {
		t.Errorf("Checked = %q", got)
	}
	if got := fact(d, "requestId"); got != "Not received" {
		t.Errorf("requestId = %q, want that none was received", got)
	}
}

// TestListOfOperations checks the tabs, the pages and the order, and URLs with tabs or pages that don't exist.
func TestListOfOperations(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	states := []store.OperationState{
		store.StateSubmitted, store.StateUnknown, store.StateDone, store.StateRefused, store.StateNotSent, store.StateNotDone,
	}
	const n = 60
	for i := range n {
		put(b, fmt.Sprintf("id-%02d", i), func(o *store.Operation) { o.State = states[i%len(states)] })
	}
	for _, tt := range []struct {
		path, tab string
		rows      int
		states    []store.OperationState
	}{
		{"/operations", "All", 50, states},
		{"/operations?page=2", "All", 10, states},
		{"/operations?state=open", "Open", 20, states[:2]},
		{"/operations?state=done", "Done", 10, states[2:3]},
		{"/operations?state=created", "Done", 10, states[2:3]}, // an old bookmark
		{"/operations?state=failed", "Not done", 30, states[3:]},
		{"/operations?state=nonsense", "All", 50, states},
		{"/operations?page=x", "All", 50, states},
		{"/operations?page=-1", "All", 50, states},
	} {
		r := operator.Get(tt.path)
		d := r.Doc(t)
		if got := all(d.Find(".tab[aria-current=page]")); r.StatusCode != http.StatusOK ||
			!slices.Equal(got, []string{tt.tab}) {
			t.Errorf("%s = %d with the tab %q, want %q", tt.path, r.StatusCode, got, tt.tab)
		}
		rows := d.Find("tbody tr")
		rows.Each(func(_ int, row *goquery.Selection) {
			if state := portaltest.Attr(row, "data-operation-state"); !slices.Contains(tt.states, store.OperationState(state)) {
				t.Errorf("%s shows an operation that is %s", tt.path, state)
			}
		})
		if rows.Length() != tt.rows {
			t.Errorf("%s shows %d operations, want %d", tt.path, rows.Length(), tt.rows)
		}
	}
	d := operator.Get("/operations").Doc(t)
	if got := words(d.Find("tbody tr").First().Find("td").Last()); got != fmt.Sprint(n) {
		t.Errorf("the first operation is number %s, want the newest", got)
	}
	if got := words(d.Find("tbody tr td:nth-child(4)").First()); got != "20 extensions, 5 calls, 1,500 min" {
		t.Errorf("size = %q", got)
	}
	for path, want := range map[string]string{
		"/operations?page=9":            "/operations?page=2",
		"/operations?state=done&page=2": "/operations?state=done",
	} {
		if r := operator.Get(path); r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != want {
			t.Errorf("%s = %d to %s, want 303 to %s", path, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
}

// TestCheckNow checks the "Check now" button while YCM can't be read, and for an open, a resolved and a nonexistent
// operation.
func TestCheckNow(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	put(b, "one", func(o *store.Operation) { o.State, o.Times.SendingAt = store.StateUnknown, b.Clock.Now() })
	put(b, "final", func(o *store.Operation) { o.State = store.StateRefused })
	b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
	r := operator.Post("/operations/one/check", nil)
	if text := words(r.Doc(t).Find("main")); r.StatusCode < 500 ||
		!strings.Contains(text, "The check failed, so nothing new is known, and nothing was changed.") {
		t.Errorf("check while YCM can't be read = %d %s", r.StatusCode, text)
	}
	for id, want := range map[string]int{
		"one": http.StatusSeeOther, "final": http.StatusSeeOther, "none": http.StatusNotFound,
	} {
		r := operator.Post("/operations/"+id+"/check", nil)
		if r.StatusCode != want || want == http.StatusSeeOther && r.Header.Get("Location") != "/operations/"+id {
			t.Errorf("check of %s = %d to %q, want %d", id, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
	if got := fact(operator.Get("/operations/one").Doc(t), "Checked"); got != "once Not found" {
		t.Errorf("Checked = %q", got)
	}
	if r := operator.Get("/operations/none"); r.StatusCode != http.StatusNotFound {
		t.Errorf("page of no operation = %d, want 404", r.StatusCode)
	}
}

// TestOldAddresses checks that old URLs, in which operations were called creations, redirect to the current ones.
func TestOldAddresses(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	for _, tt := range []struct{ method, path, want string }{
		{http.MethodGet, "/creations", "/operations"},
		{http.MethodGet, "/creations?state=open&page=3", "/operations?page=3&state=open"},
		{http.MethodGet, "/creations?state=" + strings.Repeat("x", 300), "/operations?state=" + strings.Repeat("x", 20)},
		{http.MethodGet, "/creations/abc", "/operations/abc"},
		{http.MethodGet, "/creations/https:evil.example", "/operations/https:evil.example"},
		{http.MethodPost, "/creations/abc/look", "/operations/abc/check"},
	} {
		var form url.Values
		if tt.method == http.MethodPost {
			form = url.Values{}
		}
		r := operator.Send(tt.method, tt.path, form)
		if r.StatusCode != http.StatusPermanentRedirect || r.Header.Get("Location") != tt.want {
			t.Errorf("%s %.60s = %d to %q, want 308 to %q", tt.method, tt.path, r.StatusCode, r.Header.Get("Location"), tt.want)
		}
	}
}

// TestListOfBatches checks the list of all plans and batches.
func TestListOfBatches(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator := b.As("operator")
	if got := operator.Get("/batches").Doc(t).Find(".empty").Text(); !strings.Contains(got, "No batches yet") {
		t.Errorf("without batches: %q", got)
	}
	form := url.Values{"action": {"stop"}, "ids": {strconv.FormatInt(b.YCM.IDs()[0], 10)}}
	path := operator.Post("/batches", form).Header.Get("Location")
	operator.Post(path+"/stop", url.Values{})
	rows := operator.Get("/batches").Doc(t).Find("tr[data-batch-state]")
	got := strings.Join(strings.Fields(rows.Text()), " ")
	if rows.Length() != 1 || rows.AttrOr("data-batch-state", "") != "stopped" || !strings.Contains(got, "Discarded") {
		t.Errorf("%d rows: %q, want the discarded plan", rows.Length(), got)
	}
	if link := rows.Find("a").AttrOr("href", ""); link != path {
		t.Errorf("the row leads to %q, want %q", link, path)
	}
	if r := operator.Get("/batches?page=9"); r.Header.Get("Location") != "/batches" {
		t.Errorf("a page that doesn't exist leads to %q", r.Header.Get("Location"))
	}
	if r := b.As("viewer").Get("/batches"); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer gets %d", r.StatusCode)
	}
}

// TestBatchesInTheList checks that the list of operations begins with the newest plans and batches, and that an
// operation leads to its batch.
func TestBatchesInTheList(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator, id := b.As("operator"), b.YCM.IDs()[0]
	b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Running" })
	b.Fleet.Mirror.ReadOne(t.Context(), id)
	form := url.Values{"action": {"stop"}, "ids": {strconv.FormatInt(id, 10)}}
	path := operator.Post("/batches", form).Header.Get("Location")
	read := func() string {
		return strings.Join(strings.Fields(operator.Get("/operations").Doc(t).Find("[data-batch-state]").Text()), " ")
	}
	if got := read(); !strings.Contains(got, "Stop 1 PBX") || !strings.Contains(got, "Planned") {
		t.Errorf("a plan: %q", got)
	}
	operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	for b.Fleet.Batches.Step(t.Context()) {
	}
	if got := read(); !strings.Contains(got, "1 of 1") || !strings.Contains(got, "Done") {
		t.Errorf("a batch: %q", got)
	}
	link := operator.Get("/operations/"+strings.TrimPrefix(path, "/batches/")+"-1").Doc(t).
		Find("a:contains('Show the batch')").AttrOr("href", "")
	if link != path {
		t.Errorf("the operation leads to %q, want %q", link, path)
	}
}
