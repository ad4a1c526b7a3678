package tasks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

// portal has a portal with one PBX in focus, and one customer.
type portal struct {
	*portaltest.Portal

	operator *portaltest.Browser
	id       int64
	customer int64
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	b := &portal{Portal: portaltest.New(t, 3)}
	b.operator, b.id, b.customer = b.As("operator"), b.YCM.IDs()[0], b.YCM.CustomerIDs()[0]
	b.edit(map[string]any{"name": "Alder Dental", "plan": "Enterprise Plan", "type": "Trial", "expirationDate": nil})
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	return b
}

// edit changes the PBX in YCM and syncs.
func (b *portal) edit(members map[string]any) {
	b.YCM.Edit(b.id, func(record map[string]any) {
		for name, v := range members {
			record[name] = v
		}
	})
	_, err := b.Fleet.Mirror.Sync(b.T.Context())
	b.Must(err)
}

func (b *portal) path(form string) string { return fmt.Sprintf("/pbxs/%d/%s", b.id, form) }

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// TestTask adds a task, sees it on the PBX's page and in the list, and sees it closed when the change appears.
func TestTask(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	shown := portaltest.ShownIn(b.operator.Get(b.path("tasks")).Doc(t), "#task-form form")
	form := portaltest.With(shown, map[string]string{
		"what": "plan", "value": "Ultimate Plan", "dueOn": "2026-03-10", "assignee": "admin@example.com",
	})
	form.Set("dueOn", "2026-04-10")
	r := b.operator.Post(b.path("tasks"), form)
	if want := fmt.Sprintf("/pbxs/%d#tasks", b.id); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != want {
		t.Fatalf("POST = %d to %s\n%s", r.StatusCode, r.Header.Get("Location"), r.Text)
	}
	const title = "Plan: Enterprise Plan → Ultimate Plan"
	page := b.operator.Get(fmt.Sprintf("/pbxs/%d", b.id)).Doc(t)
	if got := text(page.Find("#tasks [data-task-id]")); !strings.HasPrefix(got, title+"Due on 10 Apr 2026") {
		t.Errorf("the PBX's page says %q", got)
	}
	if b.As("viewer").Get(fmt.Sprintf("/pbxs/%d", b.id)).Doc(t).Find("#tasks").Length() != 0 {
		t.Error("a viewer sees tasks")
	}
	row := b.operator.Get("/tasks").Doc(t).Find(`[data-task-what="plan"]`)
	for _, want := range []string{
		"Alder Dental: " + title, "For The admin.", "Added by The operator on 17 Mar 2026.", "due 10 Apr 2026",
	} {
		if !strings.Contains(text(row), want) {
			t.Errorf("the list says %q, want %q", text(row), want)
		}
	}
	b.Clock.Add(10 * time.Minute)
	b.edit(map[string]any{"plan": "Ultimate Plan"})
	b.Must(b.Fleet.Tasks.Check(t.Context()))
	list := b.operator.Get("/tasks").Doc(t)
	closed := list.Find(`[data-task-what="plan"]`)
	if got := text(closed); !strings.Contains(got, "Done in YCM, seen on 17 Mar 2026") ||
		closed.Find("button").Length() != 0 {
		t.Errorf("after the change, the list says %q", got)
	}
	if events := strings.Join(b.Events("task"), "|"); events != "task.create done" {
		t.Errorf("the audit log has %q", events)
	}
}

// TestCloseTask closes a task by hand.
func TestCloseTask(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := url.Values{"what": {"other"}, "value": {"Call <them>"}}
	if r := b.operator.Post(b.path("tasks"), form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST = %d\n%s", r.StatusCode, r.Text)
	}
	row := b.operator.Get("/tasks").Doc(t).Find(`[data-task-what="other"]`)
	action := portaltest.Attr(row.Find("form"), "action")
	if !strings.Contains(text(row), "Alder Dental: Call <them>") {
		t.Errorf("the list says %q", text(row))
	}
	if r := b.operator.Post(action, nil); r.StatusCode != http.StatusSeeOther {
		t.Errorf("closing it = %d", r.StatusCode)
	}
	got := text(b.operator.Get("/tasks").Doc(t).Find(`[data-task-what="other"]`))
	if !strings.Contains(got, "Closed by The operator") {
		t.Errorf("the list says %q", got)
	}
	for _, path := range []string{action, "/tasks/x/close", "/tasks/999/close"} {
		if r := b.operator.Post(path, nil); r.StatusCode != http.StatusNotFound || !strings.Contains(r.Text, "Go to tasks") {
			t.Errorf("POST %s = %d, want 404 and a link", path, r.StatusCode)
		}
	}
	if events := strings.Join(b.Events("task"), "|"); !strings.HasPrefix(events, "task.create done|task.close done") {
		t.Errorf("the audit log has %q", events)
	}
}

// TestBadTasks checks what isn't added: the sentence, and that nothing that was typed is lost.
func TestBadTasks(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.edit(map[string]any{"expirationDate": time.Date(2027, 3, 31, 12, 0, 0, 0, time.UTC).Unix()})
	for name, tt := range map[string]struct {
		change map[string]string
		says   string
	}{
		"no kind":          {map[string]string{"what": ""}, "what"},
		"an unknown kind":  {map[string]string{"what": "name"}, "“name” isn’t valid."},
		"the current plan": {map[string]string{"value": "enterprise plan"}, "This is the PBX’s current value."},
		"the current date": {
			map[string]string{"what": "expirationDate", "value": "2027-03-31"}, "This is the PBX’s current value.",
		},
		"no date":              {map[string]string{"what": "expirationDate", "value": "soon"}, "“soon” isn’t a date."},
		"a date in the past":   {map[string]string{"what": "expirationDate", "value": "2020-01-01"}, "This date has passed."},
		"a long value":         {map[string]string{"value": strings.Repeat("x", 10_000)}, "Use at most 500 characters."},
		"nothing to be done":   {map[string]string{"what": "other", "value": " "}, "Enter what is to be done."},
		"a due date passed":    {map[string]string{"dueOn": "2020-01-01"}, "This date has passed."},
		"no due date":          {map[string]string{"dueOn": "tomorrow"}, "“tomorrow” isn’t a date."},
		"an unknown assignee":  {map[string]string{"assignee": "nobody@example.com"}, "Nobody in your team has this ID"},
		"a viewer":             {map[string]string{"assignee": "viewer@example.com"}, "The viewer can’t change PBXs."},
		"an unknown ID of one": {map[string]string{"assignee": "999"}, "Nobody in your team has this ID"},
	} {
		form := portaltest.With(url.Values{"what": {"plan"}, "value": {"Ultimate Plan"}, "dueOn": {"2026-05-01"}}, tt.change)
		r := b.operator.Post(b.path("tasks"), form)
		d := r.Doc(t)
		if got := text(d.Find("#task-form")); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(strings.ToLower(got), strings.ToLower(tt.says)) || d.Find("#problems").Length() != 1 {
			t.Errorf("%s: POST = %d with %s, want 422 with %q", name, r.StatusCode, got, tt.says)
		}
		if got := portaltest.Attr(d.Find("#value"), "value"); got != form.Get("value") {
			t.Errorf("%s: the value is lost: %.20q", name, got)
		}
	}
	if d := b.operator.Get("/tasks").Doc(t); d.Find("[data-task-id]").Length() != 0 ||
		!strings.Contains(d.Text(), "No open tasks.") {
		t.Error("a task was added")
	}
	for _, path := range []string{"/pbxs/999/tasks", "/pbxs/x/tasks", "/pbxs/0/tasks"} {
		if get, post := b.operator.Get(path), b.operator.Post(path, nil); get.StatusCode != http.StatusNotFound ||
			post.StatusCode != http.StatusNotFound {
			t.Errorf("%s: GET = %d, POST = %d, want 404", path, get.StatusCode, post.StatusCode)
		}
	}
	added := b.operator.Post(b.path("tasks"), url.Values{"what": {"other"}, "value": {"Call"}})
	b.YCM.Delete(b.id)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	b.Must(b.Fleet.Tasks.Check(t.Context()))
	list := text(b.operator.Get("/tasks").Doc(t).Find(`[data-task-what="other"]`))
	if !strings.Contains(list, "2026, 13:32, since YCM no longer had the PBX.") {
		t.Errorf("the task of a PBX that was deleted in YCM (POST = %d): %q", added.StatusCode, list)
	}
	r := b.operator.Post(b.path("tasks"), url.Values{"what": {"other"}, "value": {"Call"}})
	if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, "YCM no longer has this PBX.") {
		t.Errorf("a task of a removed PBX = %d", r.StatusCode)
	}
}

// TestNotes adds notes to a PBX and a customer, and checks that a second click adds no second one.
func TestNotes(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	viewer := b.As("viewer")
	for _, page := range []string{fmt.Sprintf("/pbxs/%d", b.id), fmt.Sprintf("/customers/%d", b.customer)} {
		form := url.Values{"note": {"  Called them <b>twice</b>.\nNo answer. "}}
		for range 2 {
			r := b.operator.Post(page+"/notes", form)
			if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page+"#notes" {
				t.Errorf("POST = %d to %s", r.StatusCode, r.Header.Get("Location"))
			}
		}
		for _, br := range []*portaltest.Browser{b.operator, viewer} {
			notes := br.Get(page).Doc(t).Find("#notes li")
			if got := text(notes); notes.Length() != 1 ||
				!strings.HasPrefix(got, "Called them <b>twice</b>. No answer.The operator") {
				t.Errorf("%s has %d notes: %q", page, notes.Length(), got)
			}
		}
		if viewer.Get(page).Doc(t).Find("#notes form").Length() != 0 {
			t.Error("a viewer gets the form")
		}
		if r := viewer.Post(page+"/notes", form); r.StatusCode != http.StatusForbidden {
			t.Errorf("a viewer's note = %d", r.StatusCode)
		}
		for note, want := range map[string]string{
			"":                        "Enter a note.",
			" \u200b ":                "Enter a note.",
			strings.Repeat("ä", 2001): "Use at most 2000 characters.",
		} {
			r := b.operator.Post(page+"/notes", url.Values{"note": {note}})
			typed := r.Doc(t).Find("#note").Text()
			if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(r.Text, want) ||
				typed != strings.TrimSpace(note) {
				t.Errorf("a note of %d bytes = %d, keeps %d", len(note), r.StatusCode, len(typed))
			}
		}
	}
	for _, path := range []string{"/pbxs/999/notes", "/customers/999/notes", "/customers/x/notes"} {
		if r := b.operator.Post(path, url.Values{"note": {"x"}}); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %s = %d, want 404", path, r.StatusCode)
		}
	}
	if events := strings.Join(b.Events("note"), "|"); strings.Count(events, "note.add done") != 2 {
		t.Errorf("the audit log has %q", events)
	}
	mend := b.BreakAudit()
	defer mend()
	r := b.operator.Post(b.path("notes"), url.Values{"note": {"lost?"}})
	if r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a note that can't be audited = %d", r.StatusCode)
	}
}

// TestTaskOfDate checks that a task about a date closes when YCM shows that day, in whichever zone it was chosen, and
// that the list marks what is overdue.
func TestTaskOfDate(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := url.Values{"what": {"expirationDate"}, "value": {"2027-03-31"}, "dueOn": {"2026-03-18"}, "assignee": {
		fmt.Sprint(b.User("operator").ID),
	}}
	if r := b.operator.Post(b.path("tasks"), form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST = %d\n%s", r.StatusCode, r.Text)
	}
	row := func() *goquery.Selection {
		return b.operator.Get("/tasks").Doc(t).Find(`[data-task-what="expirationDate"]`)
	}
	if got := text(row()); !strings.Contains(got, "Expiration date: not reported → 2027-03-31") ||
		!strings.Contains(got, "For The operator.") || row().Find(".tone-bad").Length() != 0 {
		t.Errorf("the list says %q", got)
	}
	b.Must(b.Fleet.Tasks.Check(t.Context()))
	if row().Find("button").Length() != 1 {
		t.Error("the task was closed without a change")
	}
	b.edit(map[string]any{"expirationDate": time.Date(2027, 3, 30, 22, 0, 0, 0, time.UTC).Unix()}) // 31 March in Berlin
	b.Must(b.Store.AddModifiers(t.Context(), "default", []store.Modifier{
		{CloudPBXID: b.id, At: b.Clock.Now().Add(time.Second), By: "leo@example.com"},
	}))
	b.Must(b.Fleet.Tasks.Check(t.Context()))
	if got := text(row()); !strings.Contains(got, "Done in YCM by leo@example.com, seen on") {
		t.Errorf("after the change, the list says %q", got)
	}
}

// TestOverdueTask checks that the list marks a task whose day has passed, and that tasks due first come first.
func TestOverdueTask(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	for _, due := range []string{"", "2026-05-01", "2026-03-01"} {
		_, err := b.Store.AddTask(t.Context(), "default", "Alder", store.Task{
			CloudPBXID: b.id, Goal: store.Goal{What: store.OtherTask, Value: "due " + due}, DueOn: due,
		})
		b.Must(err)
	}
	rows := b.operator.Get("/tasks").Doc(t).Find("[data-task-id]")
	if form := rows.First().Find("form"); portaltest.Attr(form.Find("button"), "aria-label") != "Close: due 2026-03-01" {
		t.Errorf("the button says %q", portaltest.Attr(form.Find("button"), "aria-label"))
	}
	if rows.Length() != 3 || rows.First().Find(".tone-bad").Length() != 1 || rows.Last().Find("time").Length() != 0 ||
		rows.Find(".tone-bad").Length() != 1 {
		t.Errorf("the list says %q", text(rows))
	}
}
