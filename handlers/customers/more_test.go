package customers_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestSortLinks checks that each heading sorts by its column, in the other direction if the list is sorted by it, and
// keeps the filter.
func TestSortLinks(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	d := b.viewer.Get("/customers?q=a&sort=pbxs&page=1").Doc(t)
	for column, want := range map[string]string{
		"name": "/customers?q=a", "pbxs": "/customers?q=a&sort=-pbxs", "email": "/customers?q=a&sort=email",
	} {
		if got := portaltest.Attr(d.Find("#sort-"+column), "href"); got != want {
			t.Errorf("the heading of %s leads to %s, want %s", column, got, want)
		}
	}
	if got := portaltest.Attr(d.Find("#sort-pbxs").Parent(), "aria-sort"); got != "ascending" {
		t.Errorf("the list is sorted %s by PBXs", got)
	}
	hidden := portaltest.ShownIn(b.viewer.Get("/customers?list=gone&sort=email&per=25&q=x").Doc(t), "#filter-form")
	if hidden.Get("list") != "gone" || hidden.Get("sort") != "email" || hidden.Get("per") != "25" ||
		hidden.Get("q") != "x" {
		t.Errorf("the filter form loses the query: %v", hidden)
	}
	for _, a := range d.Find("#export-menu a").EachIter() {
		if href := a.AttrOr("href", ""); !strings.HasSuffix(href, "?q=a&sort=pbxs") {
			t.Errorf("the export %s loses the query", href)
		}
	}
	if got := portaltest.Attr(d.Find(".clear"), "href"); got != "/customers?sort=pbxs" {
		t.Errorf("Clear all leads to %s", got)
	}
}

// TestEmptyLists checks what each list says if it is empty.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	b := portaltest.Prepare(t, 0)
	b.Serve()
	b.AddUsers()
	b.YCM.SetCustomers(0)
	viewer := b.As("viewer")
	text := viewer.Get("/customers").Doc(t).Find(".empty").Text()
	if !strings.Contains(text, "Customers haven’t been read yet") {
		t.Errorf("before the first sync, the list says %q", text)
	}
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	for query, want := range map[string]string{
		"":                  "No customers",
		"?list=gone":        "No removed customers",
		"?list=without-pbx": "Each customer has a PBX",
		"?q=x":              "Nothing matches",
	} {
		if text := viewer.Get("/customers" + query).Doc(t).Find(".empty h2").Text(); text != want {
			t.Errorf("%q: the list says %q, want %q", query, text, want)
		}
	}
}

// TestManyPBXs checks the page of a customer with more PBXs than it shows, and the pages of its timeline.
func TestManyPBXs(t *testing.T) {
	t.Parallel()
	b := &portal{Portal: portaltest.New(t, 60)}
	viewer := b.As("viewer")
	owner := b.YCM.CustomerIDs()[0]
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	for i, id := range b.YCM.IDs() {
		b.YCM.Edit(id, func(record map[string]any) {
			record["name"] = fmt.Sprint("Renamed ", i)
			if record["expirationDate"] = nil; i%2 == 0 {
				record["expirationDate"] = b.Clock.Now().AddDate(0, 0, 60-i).Unix()
			}
			record["planExpirationDate"] = nil
		})
		b.Fleet.Customers.Learn(t.Context(), id, []int64{owner})
	}
	b.Clock.Add(10 * time.Minute)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	d := viewer.Get(path(owner)).Doc(t)
	rows := d.Find("tr[data-pbx-id]")
	if rows.Length() != 50 || d.Find(`a[href="/pbxs?customer=`+fmt.Sprint(owner)+`"]`).Text() != "Show all (60)" {
		t.Errorf("the page shows %d PBXs", rows.Length())
	}
	before := int64(0)
	for _, cell := range rows.Find(`[data-col="expirationDate"]`).EachIter() {
		at, none := int64(0), cell.AttrOr("data-value", "") == ""
		if !none {
			if _, err := fmt.Sscan(cell.AttrOr("data-value", ""), &at); err != nil {
				t.Fatal(err)
			}
		}
		if none {
			at = 1 << 62
		}
		if at < before {
			t.Fatal("the PBXs aren't sorted by their dates")
		}
		before = at
	}
	seen := map[string]bool{}
	for to := path(owner); to != ""; {
		page := viewer.Get(strings.TrimSuffix(to, "#timeline")).Doc(t)
		for _, e := range page.Find(`#timeline [data-field="name"]`).EachIter() {
			seen[e.Find("a").First().AttrOr("href", "")] = true
		}
		to = page.Find("#timeline a.btn").AttrOr("href", "")
	}
	if len(seen) != 60 {
		t.Errorf("the timeline has the changes of %d PBXs, want 60", len(seen))
	}
}

// TestColumnsOfUser checks that the PBXs on a customer's page have the columns of the user's list, without the
// customer.
func TestColumnsOfUser(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.Must(b.Store.SetPrefs(t.Context(), store.Actor{ID: b.User("viewer").ID}, "list.settings", func(u *store.User) {
		u.Prefs.Cols = []string{"customer", "region", "name", "sn"}
	}))
	var got []string
	for _, cell := range b.viewer.Get(path(b.amber)).Doc(t).Find("tr[data-pbx-id]").First().Find("[data-col]").EachIter() {
		if column := cell.AttrOr("data-col", ""); column != "url" {
			got = append(got, column)
		}
	}
	if strings.Join(got, " ") != "name region sn" {
		t.Errorf("the columns are %q", got)
	}
}

// TestTooMany checks that one person can't start more than 60 operations in a minute.
func TestTooMany(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := b.open(path(b.cedar, "edit"))
	form.Set("city", "Graz")
	form.Del("attempt")
	for range 60 {
		b.operator.Post(path(b.cedar), form)
	}
	form.Set("attempt", b.Site.Tokens.New(b.User("operator").ID))
	r := b.operator.Post(path(b.cedar), form)
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" ||
		portaltest.Attr(r.Doc(t).Find("#city"), "value") != "Graz" {
		t.Errorf("the 61st form = %d, want 429 with a wait and what was typed", r.StatusCode)
	}
	b.Clock.Add(time.Minute)
	if r := b.operator.Post(path(b.cedar), form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("a minute later: %d, want 303", r.StatusCode)
	}
}

// TestLostAnswers checks what an operation's page says if YCM's answer is lost: unknown at first, then what YCM shows.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault ycmtest.Kind
		state store.OperationState
		says  string
	}{
		"processed":     {ycmtest.ResetProcessed, store.StateDone, "However, YCM’s list has the customer."},
		"not processed": {ycmtest.Error500, store.StateNotDone, "didn’t find the customer. No customer was created."},
	} {
		b := newPortal(t)
		form := portaltest.With(b.open("/customers/new"), map[string]string{
			"firstName": "Eve", "company": "Elm", "email": "eve@elm.example",
		})
		b.YCM.Inject(ycmtest.Fault{Op: "createCustomer", Kind: tt.fault, Times: 1})
		if r := b.operator.Post("/customers", form); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: POST = %d", name, r.StatusCode)
		}
		id := form.Get("attempt")
		b.Fleet.Operations.Send(t.Context(), id)
		page := b.operator.Get("/operations/" + id).Doc(t).Find("#operation")
		if text := page.Text(); portaltest.Attr(page, "data-operation-state") != "unknown" ||
			!strings.Contains(text, "The customer may or may not exist.") {
			t.Errorf("%s: at first the page says %s", name, text)
		}
		for range 5 {
			b.Fleet.Operations.Reconcile(t.Context())
			b.Clock.Add(time.Minute)
		}
		page = b.operator.Get("/operations/" + id).Doc(t).Find("#operation")
		text := strings.Join(strings.Fields(page.Text()), " ")
		if got := portaltest.Attr(page, "data-operation-state"); got != string(tt.state) || !strings.Contains(text, tt.says) {
			t.Errorf("%s: later the operation is %s, and the page says %s", name, got, text)
		}
	}
}

// TestAnothersForm checks that a form's one-time ID works only for the user to whom it was given.
func TestAnothersForm(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := b.open(path(b.cedar, "edit"))
	form.Set("city", "Graz")
	admin := b.As("admin")
	if r := admin.Post(path(b.cedar), form); r.StatusCode != http.StatusConflict {
		t.Errorf("another user's form = %d, want 409", r.StatusCode)
	}
	wrong := portaltest.With(form, map[string]string{"asOf": b.open(path(b.birch, "edit")).Get("asOf")})
	if r := b.operator.Post(path(b.cedar), wrong); r.StatusCode != http.StatusConflict {
		t.Errorf("a copy of another customer = %d, want 409", r.StatusCode)
	}
	if r := b.operator.Post(path(b.cedar), form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the user's own form = %d, want 303", r.StatusCode)
	}
	if r := admin.Post(path(b.cedar), form); r.StatusCode != http.StatusConflict {
		t.Errorf("a form that another user has sent = %d, want 409", r.StatusCode)
	}
	for _, method := range []string{"/customers", path(b.cedar), path(b.cedar, "delete")} {
		if r := b.viewer.Post(method, url.Values{}); r.StatusCode != http.StatusForbidden {
			t.Errorf("a viewer's POST %s = %d, want 403", method, r.StatusCode)
		}
	}
}

// TestExportedQuery checks that an export says what it left out of the query, and has the customers of all pages.
func TestExportedQuery(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	r := b.viewer.Get("/customers.csv?hue=red&list=gone")
	if r.Header.Get("Cordboard-Ignored") == "" ||
		!strings.Contains(r.Header.Get("Content-Disposition"), "-filters-ignored.csv") {
		t.Errorf("the export doesn't mention the ignored filter: %v", r.Header)
	}
	rows, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != fmt.Sprint(b.dune) {
		t.Errorf("the export has %q, %v", rows, err)
	}
	b.YCM.SetCustomers(130)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	r = b.viewer.Get("/customers.csv?per=10&page=2")
	if n := len(portaltest.Lines(portaltest.WithoutBOM(t, r.Text))); n < 131 {
		t.Errorf("the export has %d lines, want all customers", n)
	}
	var details []string
	b.Must(
		b.Store.EachAuditEvent(
			t.Context(),
			store.AuditQuery{Objects: []string{"customers"}},
			1<<62,
			func(e store.Event) error {
				details = append(details, e.TargetName)
				return nil
			},
		),
	)
	if got := strings.Join(details, "|"); got != "Removed customers|All customers" {
		t.Errorf("the audit log names %q", got)
	}
}
