package changes_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet/list"
	"cordboard/handlers/changes"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/store"
)

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// sync waits a minute and reads the fleet.
func sync(b *portaltest.Portal) {
	b.T.Helper()
	b.Clock.Add(time.Minute)
	_, err := b.Fleet.Mirror.Sync(b.T.Context())
	b.Must(err)
}

// newPortal returns a portal in which twelve of fifteen PBXs got a new firmware a day ago, all had a backup since, and
// one was resized in Cordboard and renamed in YCM.
func newPortal(t *testing.T) *portaltest.Portal {
	t.Helper()
	b := portaltest.New(t, 15)
	ids := b.YCM.IDs()
	for _, id := range ids[:12] {
		b.YCM.Edit(id, func(record map[string]any) { record["version"] = "84.99.0.1" })
	}
	sync(b)
	b.Clock.Add(24 * time.Hour)
	for _, id := range ids {
		b.YCM.Edit(id, func(record map[string]any) {
			record["lastBackupTime"] = b.Clock.Now().Unix()
			record["pbxStatus"], record["activeCalls"] = "Running", "0"
		})
	}
	b.YCM.Edit(ids[3], func(record map[string]any) { record["name"] = "Alder <Dental>" })
	sync(b)
	b.Clock.Add(time.Minute)
	u := b.User("operator")
	b.Must(b.Store.Audit(t.Context(), store.Actor{ID: u.ID, Name: u.Name, Email: u.Email}, store.Event{
		Action: "pbx.stop", Target: fmt.Sprint(ids[3]), Outcome: store.OutcomeDone,
	}))
	b.YCM.Edit(ids[3], func(record map[string]any) { record["pbxStatus"] = "Stopped" })
	sync(b)
	return b
}

// TestChanges checks the page: days, groups, who made a change, the links, and what is folded.
func TestChanges(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	viewer, operator := b.As("viewer"), b.As("operator")
	id := b.YCM.IDs()[3]
	d := operator.Get("/changes").Doc(t)
	days := d.Find("[data-day]")
	if days.Length() != 2 || !strings.HasPrefix(text(days.First()), "Today") ||
		!strings.HasPrefix(text(days.Last()), "Yesterday") {
		t.Fatalf("days: %q", text(days.Find("h2")))
	}
	renamed := days.First().Find(`[data-field="name"]`)
	if got := text(renamed); !strings.HasPrefix(got, "Alder <Dental>: Name ") ||
		!strings.Contains(got, "Outside Cordboard") {
		t.Errorf("the name's change says %q", got)
	}
	link := portaltest.Attr(renamed.Find("a"), "href")
	moment := operator.Get(link).Doc(t).Find("#timeline li[data-event]").First()
	if portaltest.Attr(moment, "data-field") != "name" {
		t.Errorf("%s doesn't lead to the change: %q", link, text(moment))
	}
	stopped := days.First().Find(`[data-field="pbxStatus"]`).FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.Contains(s.Text(), "In Cordboard, by The operator")
	})
	if stopped.Length() != 1 || stopped.Find(`a[href^="/audit?"]`).Length() != 1 {
		t.Errorf("the stop says %q", text(stopped))
	}
	if viewer.Get("/changes").Doc(t).Find(`a[href^="/audit"]`).Length() != 0 {
		t.Error("a viewer gets links to the audit log")
	}
	rollout := days.Last().Find(`[data-field="version"]`)
	if got := text(rollout.Find("summary")); rollout.Length() != 1 || got != "12 PBXs: firmware → 84.99.0.1" {
		t.Errorf("the new firmware is %d entries: %q", rollout.Length(), got)
	}
	if rollout.Find("details li a").Length() != 12 {
		t.Errorf("the entry has %d PBXs", rollout.Find("details li a").Length())
	}
	daily := days.First().Find(".card-foot a")
	if text(daily) != "15 changes of backup and template times" ||
		days.Find(`[data-field="lastBackupTime"]`).Length() != 0 {
		t.Errorf("the day's daily changes: %q", text(daily))
	}
	folded := operator.Get(portaltest.Attr(daily, "href")).Doc(t)
	if got := text(folded.Find(`[data-field="lastBackupTime"] summary`)); !strings.HasPrefix(got, "15 PBXs: last backup") {
		t.Errorf("the folded changes: %q", got)
	}
	if own := operator.Get(fmt.Sprintf("/changes?cloudPbxId=%d", id)).Doc(t); !strings.Contains(
		text(own.Find("#changes")), "Show these PBXs",
	) || own.Find("li[data-event] a[href^='/pbxs/']").Length() < 3 {
		t.Errorf("the changes of one PBX: %q", text(own.Find("li[data-event]")))
	}
}

// TestFilters checks the count of each filter, and that the form keeps the filters.
func TestFilters(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	operator := b.As("operator")
	id := b.YCM.IDs()[3]
	count := func(query string) string {
		d := operator.Get("/changes?" + query).Doc(t)
		form := portaltest.ShownIn(d, "#filter-form")
		again := operator.Get("/changes?" + form.Encode()).Doc(t)
		if portaltest.Attr(again.Find("#result-count"), "data-count") !=
			portaltest.Attr(d.Find("#result-count"), "data-count") {
			t.Errorf("%s: sending the form as it is changes the result", query)
		}
		return portaltest.Attr(d.Find("#result-count"), "data-count")
	}
	for query, want := range map[string]string{
		"field=version":                                "12",
		"field=version&days=1":                         "0",
		"field=name&made=elsewhere":                    "1",
		"field=name&made=here":                         "0",
		"made=here&by=operator":                        "1",
		"made=here&by=nobody":                          "0",
		fmt.Sprintf("cloudPbxId=%d&field=version", id): "1",
		"q=nosuchpbx":                                  "0",
		"field=gone":                                   "0",
		"field=name&field=version":                     "13",
		"from=2026-03-17&to=2026-03-17":                "12",
		"from=2026-03-17&to=2020-01-01":                "12",
		"from=2026-03-19":                              "0",
		"to=2026-03-16":                                "0",
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %s changes, want %s", query, got, want)
		}
	}
	empty := operator.Get("/changes?field=gone").Doc(t)
	if !strings.Contains(text(empty.Find("#changes")), "No changes") {
		t.Error("an empty page doesn't say so")
	}
	odd := operator.Get("/changes?made=x&q=regoin:singapore&%zz").Doc(t).Find(".ignored")
	if odd.Length() != 3 {
		t.Errorf("ignored: %q", text(odd))
	}
}

// TestPages checks that the pages together have each change once, and that changes since the last visit are marked.
func TestPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator := b.As("operator")
	operator.Get("/changes")
	b.Clock.Add(2 * time.Hour)
	seen := b.Clock.Now()
	var events []store.PBXEvent
	for i := range 250 {
		at := seen.Add(time.Duration(i) * time.Second)
		events = append(events, store.PBXEvent{
			CloudPBXID: b.YCM.IDs()[0], Kind: store.PBXChanged, Field: "name", New: fmt.Sprint("name ", i), After: at, At: at,
		})
	}
	events[0].At = seen.Add(-24 * time.Hour)
	b.Must(b.Store.Put(t.Context(), store.Changes{Account: "default", Events: events}))
	b.Clock.Add(time.Hour)
	operator = b.As("operator")
	got, marked, pages := map[string]bool{}, 0, 0
	for path := "/changes"; path != "(none)"; pages++ {
		d := operator.Get(path).Doc(t)
		d.Find("li[data-event]").Each(func(_ int, s *goquery.Selection) {
			name := s.Find(".change > :last-child").Text()
			if got[name] {
				t.Errorf("%q comes twice", name)
			}
			got[name] = true
			if _, is := s.Attr("data-new"); is {
				marked++
			}
		})
		if (d.Find(`a:contains("Newest changes")`).Length() == 1) != (pages > 0) {
			t.Errorf("page %d: links %q", pages, text(d.Find("nav[aria-label=Pages]")))
		}
		path = portaltest.Attr(d.Find("a[rel=next]"), "href")
	}
	if len(got) != 250 || pages != 3 || marked != 249 {
		t.Errorf("%d changes on %d pages, %d marked", len(got), pages, marked)
	}
	if n := portaltest.Attr(operator.Get("/changes?days=visit").Doc(t).Find("#result-count"), "data-count"); n != "100" {
		t.Errorf("since the last visit: %s", n)
	}
}

// TestExport checks the CSV file, and that it is audited with the query in words.
func TestExport(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	viewer := b.As("viewer")
	r := viewer.Get("/changes.csv?field=name&field=pbxStatus&from=2026-03-18")
	rows, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	b.Must(err)
	if got := strings.Join(rows[0], ","); got != "at,after,cloudPbxId,name,url,kind,field,old,new,made,by" {
		t.Errorf("header %s", got)
	}
	stopped := rows[1]
	if stopped[3] != "Alder <Dental>" || stopped[6] != "pbxStatus" || stopped[8] != "Stopped" || stopped[9] != "here" ||
		stopped[10] != "The operator" || !strings.HasPrefix(stopped[0], "2026-03-18T") {
		t.Errorf("the first row is %q", stopped)
	}
	if !slices.ContainsFunc(rows, func(row []string) bool {
		return row[6] == "name" && row[9] == "elsewhere" && row[10] == ""
	}) {
		t.Errorf("no row for the name: %q", rows)
	}
	var target string
	for _, e := range events(b) {
		target = e.TargetName
	}
	if target != "Since 18 Mar 2026; Name; Status" {
		t.Errorf("the audit log has %q", target)
	}
	viewer.Get("/changes.csv?made=here&by=ada&customer=none&days=30")
	for _, e := range events(b) {
		target = e.TargetName
	}
	if !strings.HasPrefix(target, "Last 30 days; In Cordboard; By ada; PBXs: ") {
		t.Errorf("the audit log has %q", target)
	}
	if r := viewer.Get("/changes.csv?q=regoin:singapore"); r.Header.Get("Cordboard-Ignored") == "" {
		t.Error("an ignored part of the search isn't reported")
	}
	if r := viewer.Get("/changes.csv?made=x"); r.Header.Get("Cordboard-Ignored") == "" {
		t.Error("an ignored filter isn't reported")
	}
}

func events(b *portaltest.Portal) (all []store.Event) {
	q := store.AuditQuery{Objects: []string{"changes"}}
	b.Must(b.Store.EachAuditEvent(b.T.Context(), q, 1<<40, func(e store.Event) error {
		all = append(all, e)
		return nil
	}))
	return all
}

// TestViews saves, opens, changes and deletes a view.
func TestViews(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	viewer, operator := b.As("viewer"), b.As("operator")
	save := func(query string) url.Values {
		form := portaltest.ShownIn(viewer.Get("/changes?"+query).Doc(t), `form[action="/changes/views"]`)
		form.Set("name", "Firmware")
		form.Set("shared", "yes")
		return form
	}
	r := viewer.Post("/changes/views", save("field=version&days=30&before=7"))
	to := r.Header.Get("Location")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/changes?days=30&field=version&view=") {
		t.Fatalf("POST = %d to %s", r.StatusCode, to)
	}
	d := viewer.Get(to).Doc(t)
	if got := text(d.Find(".tab[aria-current]")); got != "Firmware" ||
		!strings.HasPrefix(d.Find("title").Text(), "Firmware · Changes") {
		t.Errorf("the current tab is %q", got)
	}
	if d.Find(`form[action="/changes/views/delete"]`).Length() != 1 ||
		operator.Get(to).Doc(t).Find(`form[action="/changes/views/delete"]`).Length() != 0 {
		t.Error("not only the owner can delete the view")
	}
	if got := text(viewer.Get(to + "&made=here").Doc(t).Find(".tab[aria-current]")); got != "Firmware modified" {
		t.Errorf("a changed query has the tab %q", got)
	}
	id := portaltest.ShownIn(d, `form[action="/changes/views/delete"]`)
	if r := operator.Post("/changes/views/delete", id); r.StatusCode != http.StatusNotFound {
		t.Errorf("deleting somebody else's view = %d", r.StatusCode)
	}
	for name, says := range map[string]string{
		"": "Enter a name", strings.Repeat("x", 61): "too long", "\u202e": "no visible characters",
	} {
		form := save("field=version")
		form.Set("name", name)
		r := viewer.Post("/changes/views", form)
		d := r.Doc(t)
		if r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(text(d.Find("#save-view[open]")), says) ||
			d.Find(`#field option[value=version][selected]`).Length() != 1 {
			t.Errorf("the name %q = %d: %q", name, r.StatusCode, text(d.Find("#save-view")))
		}
	}
	long := url.Values{"name": {"Long"}, "query": {"group=" + strings.Repeat("x", 4100)}}
	if r := viewer.Post("/changes/views", long); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a long query = %d", r.StatusCode)
	}
	if r := viewer.Post("/changes/views/delete", id); r.StatusCode != http.StatusSeeOther {
		t.Errorf("deleting the view = %d", r.StatusCode)
	}
	if r := viewer.Post("/changes/views/delete", url.Values{"view": {"x"}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("deleting nothing = %d", r.StatusCode)
	}
	if viewer.Get("/changes").Doc(t).Find(".tab").Length() != 2 {
		t.Error("the view wasn't deleted")
	}
}

// TestGoldenPages compares the page with its golden file.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.GoldenPages(t, "operator", map[string]string{"changes": "/changes"})
}

// TestSlowSearch checks what the page and the export say if a search takes too long.
func TestSlowSearch(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	noWords := func(list.Query, []list.Problem) (string, []string) { return "", nil }
	h := changes.New(b.Site, b.Fleet.Mirror, slowStore{b.Store}, noWords)
	serve := func(handle web.HandlerFunc, path string) *httptest.ResponseRecorder {
		ctx := context.WithValue(t.Context(), web.SessionKey, &store.Session{User: b.User("viewer")})
		w := httptest.NewRecorder()
		b.Site.Handle(handle)(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
		return w
	}
	page := serve(h.Show, "/changes")
	if page.Code != http.StatusOK || !strings.Contains(page.Body.String(), "Choose a shorter period") {
		t.Errorf("the page = %d", page.Code)
	}
	file := serve(h.ExportCSV, "/changes.csv")
	if file.Code != http.StatusTooManyRequests || len(events(b)) != 0 {
		t.Errorf("the export = %d with %d audit entries", file.Code, len(events(b)))
	}
}

// slowStore is a store in which every search takes too long.
type slowStore struct{ *store.Store }

func (slowStore) SearchChanges(
	context.Context, string, store.ChangeQuery, int64, int,
) ([]store.FleetChange, error) {
	return nil, store.ErrSlowSearch
}

// put adds changes that happened an hour ago.
func put(b *portaltest.Portal, n int, change func(i int, e *store.PBXEvent)) {
	b.T.Helper()
	at := b.Clock.Now().Add(-time.Hour)
	events := make([]store.PBXEvent, n)
	for i := range events {
		events[i] = store.PBXEvent{CloudPBXID: int64(i + 1), Kind: store.PBXChanged, After: at.Add(-time.Minute), At: at}
		change(i, &events[i])
	}
	b.Must(b.Store.Put(b.T.Context(), store.Changes{Account: "default", Events: events}))
}

// TestLargeGroups checks a change of more PBXs than an entry names, and than a page reads.
func TestLargeGroups(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator := b.As("operator")
	put(b, 1300, func(_ int, e *store.PBXEvent) { e.Field, e.Old, e.New = "version", "84.1", "84.2" })
	var counts []string
	for path := "/changes"; path != "(none)"; {
		d := operator.Get(path).Doc(t)
		entry := d.Find("li[data-event]")
		if entry.Length() != 1 || entry.Find("details li a").Length() != 50 {
			t.Errorf("%s: %d entries with %d links", path, entry.Length(), entry.Find("details li a").Length())
		}
		counts = append(counts, text(entry.Find("summary")), text(entry.Find("details li").Last()))
		path = portaltest.Attr(d.Find("a[rel=next]"), "href")
	}
	want := []string{"1,000 PBXs: firmware → 84.2", "and 950 more", "300 PBXs: firmware → 84.2", "and 250 more"}
	if !slices.Equal(counts, want) {
		t.Errorf("the pages say %q, want %q", counts, want)
	}
	r := operator.Get("/changes.csv")
	if n := len(portaltest.Lines(r.Text)); n != 1301 {
		t.Errorf("the export has %d lines", n)
	}
}

// TestKinds checks the words for PBXs that came, went and returned, also for those that Cordboard doesn't know.
func TestKinds(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator := b.As("operator")
	kinds := []store.PBXEventKind{store.PBXAppeared, store.PBXGone, store.PBXReturned}
	put(b, 3, func(i int, e *store.PBXEvent) { e.Kind, e.CloudPBXID = kinds[i], int64(900+i) })
	for kind, want := range map[store.PBXEventKind]string{
		store.PBXAppeared: "PBX 900: First seen",
		store.PBXGone:     "PBX 901: Removed: no longer in YCM",
		store.PBXReturned: "PBX 902: Returned",
	} {
		d := operator.Get("/changes?field=" + string(kind)).Doc(t)
		if got := text(d.Find("li[data-event] .what > p").First()); got != want ||
			d.Find("li[data-event]").Length() != 1 {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
		if portaltest.Attr(d.Find("#field option[selected]"), "value") != string(kind) {
			t.Errorf("%s isn't selected in the form", kind)
		}
	}
	put(b, 1, func(_ int, e *store.PBXEvent) { e.Field, e.Old, e.New = "planExpirationDate", "soon", "1800000000" })
	d := operator.Get("/changes?field=planExpirationDate").Doc(t)
	if got := text(d.Find(".change")); got != "soonto 15 Jan 2027" {
		t.Errorf("a date that wasn't understood before: %q", got)
	}
}

// TestHostileChanges checks that values from YCM are shown as text and exported as text.
func TestHostileChanges(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator := b.As("operator")
	values := []string{"<script>alert(1)</script>", "=1+1", "a;=1+1\t@x", "\u202eevil", strings.Repeat("long ", 2000)}
	put(b, len(values), func(i int, e *store.PBXEvent) { e.Field, e.Old, e.New = "name", values[i], values[(i+1)%5] })
	r := operator.Get("/changes")
	if d := r.Doc(t); d.Find("li[data-event]").Length() != len(values) || d.Find("#changes script").Length() != 0 ||
		strings.Contains(d.Text(), "\u202e") {
		t.Errorf("%d entries", d.Find("li[data-event]").Length())
	}
	rows, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, operator.Get("/changes.csv").Text))).ReadAll()
	b.Must(err)
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(len(cell), 1)], "=+-@") || strings.Contains(cell, ";=") {
				t.Errorf("a spreadsheet would run %.20q", cell)
			}
		}
	}
}

// TestOtherZone checks that days are those of the reader's zone, in the page and in the links to daily changes.
func TestOtherZone(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	operator := b.As("operator")
	form := portaltest.ShownIn(operator.Get("/account").Doc(t), `form[action="/account"]`)
	form.Set("timeZone", "Pacific/Auckland")
	if r := operator.Post("/account", form); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("POST /account = %d", r.StatusCode)
	}
	put(b, 1, func(_ int, e *store.PBXEvent) { e.Field, e.New = "name", "x" })
	put(b, 1, func(_ int, e *store.PBXEvent) { e.Field, e.New = "lastBackupTime", "1800000000" })
	day := operator.Get("/changes").Doc(t).Find("[data-day]")
	if portaltest.Attr(day, "data-day") != "2026-03-18" || text(day.Find("h2")) != "Today" {
		t.Errorf("the day is %q, %q", portaltest.Attr(day, "data-day"), text(day.Find("h2")))
	}
	link := portaltest.Attr(day.Find(".card-foot a"), "href")
	if d := operator.Get(link).Doc(t); d.Find(`[data-field="lastBackupTime"]`).Length() != 1 {
		t.Errorf("%s has %d entries", link, d.Find("li[data-event]").Length())
	}
}
