package renewals_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
)

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

// cells returns the texts of a row's cells.
func cells(row *goquery.Selection) string {
	return strings.Join(row.Find("td[data-col]").Map(func(_ int, s *goquery.Selection) string { return text(s) }), " | ")
}

// desk has a portal whose PBXs 00, 01, … expire the given numbers of days from today.
type desk struct {
	*portaltest.Portal

	ids      []int64
	operator *portaltest.Browser
}

func newDesk(t *testing.T, days ...int) *desk {
	t.Helper()
	b := &desk{Portal: boardOf(t, days...)}
	b.ids, b.operator = b.YCM.IDs(), b.As("operator")
	return b
}

func (b *desk) path(i int, form string) string { return fmt.Sprintf("/pbxs/%d/%s", b.ids[i], form) }

// renew changes the renewal of a PBX.
func (b *desk) renew(i int, pairs ...string) portaltest.Response {
	b.T.Helper()
	form := url.Values{}
	for p := 0; p < len(pairs); p += 2 {
		form.Set(pairs[p], pairs[p+1])
	}
	return b.operator.Post(b.path(i, "renewal"), form)
}

// names returns the names of the PBXs in the table.
func names(d *goquery.Document) string {
	var all []string
	d.Find("tr[data-pbx-id] [data-col=name] a[id]").Each(func(_ int, a *goquery.Selection) {
		all = append(all, strings.TrimPrefix(strings.TrimSpace(a.Text()), "PBX "))
	})
	return strings.Join(all, " ")
}

// TestDesk changes a renewal, and checks the table, the PBX's page, the audit log and the next form.
func TestDesk(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, -5, 40)
	page := b.operator.Get(b.path(0, "renewal") + "?back=/expiries%3Fowner%3Dme").Doc(t)
	form := portaltest.ShownIn(page, "#renewal-form form")
	if form.Get("state") != "open" || form.Get("owner") != "none" {
		t.Errorf("the form begins with %v", form)
	}
	form = portaltest.With(form, map[string]string{
		"owner": "operator@example.com", "state": "quoted", "next": "Call <Ms Alder>", "nextOn": "2026-03-20",
	})
	r := b.operator.Post(b.path(0, "renewal"), form)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/expiries?owner=me" {
		t.Fatalf("POST = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	row := b.operator.Get("/expiries?owner=me").Doc(t).Find("tr[data-pbx-id]")
	if got := cells(row); row.Length() != 1 ||
		!strings.Contains(got, "The operator | Quoted | Call <Ms Alder> | 20 Mar 2026in 3 days") {
		t.Errorf("the row says %q", got)
	}
	expires := time.Date(2026, 3, 27, 18, 0, 0, 0, time.UTC).Unix()
	for col, want := range map[string]string{
		"owner": "operator@example.com", "renewal": "quoted", "nextOn": "2026-03-20", "expirationDate": fmt.Sprint(expires),
	} {
		if got := portaltest.Attr(row.Find(fmt.Sprintf("[data-col=%q]", col)), "data-value"); got != want {
			t.Errorf("%s has the value %q, want %q", col, got, want)
		}
	}
	own := b.operator.Get(fmt.Sprintf("/pbxs/%d", b.ids[0])).Doc(t)
	if got := text(own.Find("#renewal")); !strings.Contains(got, "The operator") || !strings.Contains(got, "Quoted") {
		t.Errorf("the PBX's page says %q", got)
	}
	again := portaltest.ShownIn(b.operator.Get(b.path(0, "renewal")).Doc(t), "#renewal-form form")
	if again.Get("next") != "Call <Ms Alder>" || again.Get("owner") != "operator@example.com" ||
		again.Get("nextOn") != "2026-03-20" {
		t.Errorf("the next form has %v", again)
	}
	r = b.renew(0, "state", "asked")
	if r.Header.Get("Location") != fmt.Sprintf("/pbxs/%d#renewal", b.ids[0]) {
		t.Errorf("without a page to return to = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	if r := b.renew(0, "owner", "", "next", "", "nextOn", ""); r.StatusCode != http.StatusSeeOther {
		t.Errorf("clearing = %d", r.StatusCode)
	}
	row = b.operator.Get("/expiries?renewal=asked").Doc(t).Find("tr[data-pbx-id]")
	if got := cells(row); !strings.Contains(got, "Nobody | Asked") {
		t.Errorf("after clearing, the row says %q", got)
	}
	if n := strings.Count(strings.Join(b.Events("renewal"), "|"), "renewal.update done"); n != 3 {
		t.Errorf("the audit log has %q", b.Events("renewal"))
	}
	viewer := b.As("viewer").Get("/expiries").Doc(t)
	if viewer.Find("tr[data-pbx-id]").Length() != 3 ||
		viewer.Find("#selection, .row-check, tr .card-corner").Length() != 0 {
		t.Error("a viewer can change renewals")
	}
}

// TestBadRenewals checks what isn't changed: the sentence, and that nothing that was typed is lost.
func TestBadRenewals(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, 20)
	colleague, page := b.AddColleague(store.RoleOperator)
	left := fmt.Sprint(colleague.ID)
	must := func(r portaltest.Response) {
		t.Helper()
		if r.StatusCode != http.StatusSeeOther {
			t.Fatalf("POST = %d\n%.300s", r.StatusCode, text(r.Doc(t).Find("main")))
		}
	}
	must(b.renew(1, "owner", left, "nextOn", "2026-03-18"))
	must(b.As("admin").Post(page+"/disable", nil))
	b.Clock.Add(72 * time.Hour)
	b.operator = b.As("operator")
	for name, tt := range map[string]struct{ field, value, says string }{
		"an unknown owner":   {"owner", "nobody@example.com", "Nobody in your team has this ID"},
		"a viewer":           {"owner", "viewer@example.com", "The viewer can’t change PBXs."},
		"who left the team":  {"owner", left, "has left the team."},
		"an unknown state":   {"state", "won", "“won” isn’t valid."},
		"a long step":        {"next", strings.Repeat("ä", 201), "Use at most 200 characters."},
		"a huge step":        {"next", strings.Repeat("x", 100_000), "Use at most 200 characters."},
		"no date":            {"nextOn", "soon", "“soon” isn’t a date."},
		"a date in the past": {"nextOn", "2020-01-01", "This date has passed."},
	} {
		r := b.renew(0, tt.field, tt.value)
		d := r.Doc(t)
		if got := text(d.Find("#renewal-form")); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(got, tt.says) || d.Find("#problems").Length() != 1 {
			t.Errorf("%s = %d: %.200s, want %q", name, r.StatusCode, got, tt.says)
		}
		if strings.HasPrefix(tt.field, "next") && portaltest.Attr(d.Find("#"+tt.field), "value") != tt.value {
			t.Errorf("%s: the value is lost", name)
		}
	}
	empty := b.renew(0)
	if empty.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(empty.Text, "Fill in at least one") {
		t.Errorf("an empty form = %d", empty.StatusCode)
	}
	must(b.renew(1, "owner", left, "nextOn", "2026-03-18", "state", "asked")) // what is there can stay
	row := b.operator.Get("/expiries?renewal=asked").Doc(t).Find("tr[data-pbx-id]")
	if got := text(row.Find("[data-col=nextOn]")); row.Length() != 1 ||
		row.Find("[data-col=nextOn] .tone-bad").Length() == 0 {
		t.Errorf("the next step says %q", got)
	}
	b.YCM.Delete(b.ids[0])
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	gone := b.renew(0, "state", "asked")
	if gone.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(gone.Text, "YCM no longer has PBX 00.") {
		t.Errorf("the renewal of a removed PBX = %d", gone.StatusCode)
	}
	for _, path := range []string{"/pbxs/999/renewal", "/pbxs/x/renewal", "/pbxs/007/renewal"} {
		if get, post := b.operator.Get(path), b.operator.Post(path, nil); get.StatusCode != http.StatusNotFound ||
			post.StatusCode != http.StatusNotFound {
			t.Errorf("%s: GET = %d, POST = %d, want 404", path, get.StatusCode, post.StatusCode)
		}
	}
	denied := b.As("viewer").Post(b.path(1, "renewal"), url.Values{"state": {"asked"}})
	if denied.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer's change = %d", denied.StatusCode)
	}
	mend := b.BreakAudit()
	defer mend()
	if r := b.renew(1, "state", "quoted"); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a change that can't be audited = %d", r.StatusCode)
	}
}

// TestBulk changes the renewals of several PBXs at once. What is left empty stays as it is.
func TestBulk(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, 20, 30)
	b.renew(1, "next", "Call", "state", "quoted")
	ids := []string{fmt.Sprint(b.ids[0]), fmt.Sprint(b.ids[1]), fmt.Sprint(b.ids[1])}
	query := url.Values{"ids": ids, "back": {"/expiries?expires=30d"}}
	shown := b.operator.Get("/renewals?" + query.Encode()).Doc(t)
	form := portaltest.ShownIn(shown, "#renewal-form form")
	if got := text(shown.Find("h1")); got != "Renewal of 2 PBXs" || form.Get("state") != "" || form.Get("owner") != "" {
		t.Errorf("%q with %v", got, form)
	}
	form.Set("owner", "admin@example.com")
	if r := b.operator.Post("/renewals", form); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/expiries?expires=30d" {
		t.Fatalf("POST = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	d := b.operator.Get("/expiries?owner=admin@example.com").Doc(t)
	last := cells(d.Find("tr[data-pbx-id]").Last())
	if got := names(d); got != "00 01" || !strings.Contains(last, "The admin | Quoted | Call") {
		t.Errorf("the admin has %q: %q", got, last)
	}
	form.Set("owner", "none")
	b.operator.Post("/renewals", form)
	if got := names(b.operator.Get("/expiries?owner=none").Doc(t)); got != "00 01 02" {
		t.Errorf("nobody has %q", got)
	}
	for name, bad := range map[string]struct {
		form   url.Values
		status int
	}{
		"no PBX":     {url.Values{"owner": {"admin@example.com"}}, http.StatusUnprocessableEntity},
		"not a PBX":  {url.Values{"owner": {"admin@example.com"}, "ids": {"x"}}, http.StatusNotFound},
		"no change":  {url.Values{"ids": ids}, http.StatusUnprocessableEntity},
		"bad change": {url.Values{"ids": ids, "state": {"won"}}, http.StatusUnprocessableEntity},
	} {
		if r := b.operator.Post("/renewals", bad.form); r.StatusCode != bad.status {
			t.Errorf("%s = %d, want %d", name, r.StatusCode, bad.status)
		}
	}
	if r := b.operator.Get("/renewals"); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the form for nothing = %d", r.StatusCode)
	}
}

// TestFilters checks which PBXs each filter shows, that the form keeps the filters, and that exports have the same
// rows.
func TestFilters(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 40, -5, 10, 999, 20)
	b.renew(0, "owner", "operator@example.com", "state", "quoted", "next", "Offer", "nextOn", "2026-03-17")
	b.renew(1, "owner", "admin@example.com", "state", "let-go", "nextOn", "2026-03-22")
	b.renew(2, "nextOn", "2026-03-30")
	b.operator.Post(b.path(2, "notes"), url.Values{"note": {"Wants a Discount"}})
	for query, want := range map[string]string{
		"":                                  "01 02 04 00 03",
		"sort=-expires":                     "00 04 02 01 03",
		"sort=name":                         "00 01 02 03 04",
		"expires=30d":                       "02 04",
		"expires=2026-04-20..2026-04-30":    "00",
		"owner=me":                          "00",
		"owner=!me":                         "01 02 04 03",
		"owner=admin@example.com":           "01",
		"owner=none":                        "02 04 03",
		"q=owner:me":                        "00",
		"q=owner:admin":                     "01",
		"q=-owner:me":                       "01 02 04 03",
		"q=note:discount":                   "02",
		"renewal=open":                      "02 04 03",
		"renewal=quoted&renewal=let-go":     "01 00",
		"q=renewal:quoted":                  "00",
		"q=next:offer":                      "00",
		"due=today":                         "00",
		"due=7d":                            "01 00",
		"due=today&owner=admin@example.com": "",
		"nextOn=none":                       "04 03",
		"q=nosuchpbx":                       "",
		"per=10&page=9":                     "01 02 04 00 03",
	} {
		d := b.operator.Get("/expiries?" + query).Doc(t)
		if got := names(d); got != want {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
		shown := portaltest.ShownIn(d, "#filter-form")
		if got := names(b.operator.Get("/expiries?" + shown.Encode()).Doc(t)); got != want {
			t.Errorf("%q: sending the form as it is shows %q: %v", query, got, shown)
		}
		link := portaltest.Attr(d.Find(`#export-menu a:contains("CSV")`), "href")
		records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, b.operator.Get(link).Text))).ReadAll()
		b.Must(err)
		var exported []string
		name := slices.Index(records[0], "name")
		for _, record := range records[1:] {
			if n, ok := strings.CutPrefix(record[name], "PBX "); ok {
				exported = append(exported, n)
			}
		}
		if got := strings.Join(exported, " "); got != want {
			t.Errorf("%s exports %q, want %q", link, got, want)
		}
	}
	odd := b.operator.Get("/expiries?due=never&owner=%zz&nosuch=1").Doc(t)
	if got := text(odd.Find(".ignored")); odd.Find(".ignored").Length() != 3 || !strings.Contains(got, "due=never") {
		t.Errorf("ignored: %q", got)
	}
	also := text(b.operator.Get("/expiries?region=nowhere").Doc(t).Find("#expiries"))
	if !strings.Contains(also, "Also filtered by Region: nowhere") {
		t.Errorf("a filter without a field isn't shown: %.300q", also)
	}
}

// TestExports checks the columns that the desk adds to the exports, and that the XLSX file has the same rows.
func TestExports(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, 20)
	b.renew(0, "owner", "operator@example.com", "state", "asked", "next", "=1+1", "nextOn", "2026-03-20")
	b.operator.Post(b.path(0, "notes"), url.Values{"note": {"first"}})
	r := b.operator.Get("/expiries.csv?owner=me")
	records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	b.Must(err)
	if len(records) != 2 {
		t.Fatalf("%d rows, want the header and one PBX", len(records))
	}
	got := map[string]string{}
	for i, name := range records[0] {
		got[name] = records[1][i]
	}
	for name, want := range map[string]string{
		"owner": "The operator", "renewal": "asked", "next": "'=1+1", "nextOn": "2026-03-20", "note": "first",
		"at": "2026-03-27T18:00:00Z", "date": "expirationDate",
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	book := b.operator.Get("/expiries.xlsx?owner=me")
	file, err := zip.NewReader(bytes.NewReader([]byte(book.Text)), int64(len(book.Text)))
	b.Must(err)
	sheet, err := file.Open("xl/worksheets/sheet1.xml")
	b.Must(err)
	content, err := io.ReadAll(sheet)
	b.Must(err)
	if n := strings.Count(string(content), "<row"); n != 2 || !strings.Contains(string(content), "The operator") {
		t.Errorf("the XLSX file has %d rows", n)
	}
	if r := b.operator.Get("/expiries.csv?q=regoin:singapore"); r.Header.Get("Cordboard-Ignored") == "" {
		t.Error("an ignored part of the search isn't reported")
	}
	var targets []string
	q := store.AuditQuery{Objects: []string{"expiries"}}
	b.Must(b.Store.EachAuditEvent(t.Context(), q, 1<<40, func(e store.Event) error {
		targets = append(targets, e.Target+" "+e.TargetName)
		return nil
	}))
	want := []string{"csv Renewals on 2026-03-17: Owner: me", "xlsx Renewals on 2026-03-17: Owner: me"}
	if !slices.Equal(targets[:2], want) {
		t.Errorf("the audit log has %q, want %q", targets, want)
	}
}

// TestClosedRenewal checks that a later date in YCM closes a renewal, and keeps its owner.
func TestClosedRenewal(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10)
	b.renew(0, "owner", "operator@example.com", "state", "renewed", "next", "Invoice")
	later := b.Clock.Now().AddDate(1, 0, 0).Unix()
	b.YCM.Edit(b.ids[0], func(record map[string]any) { record["expirationDate"] = later })
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	b.Must(b.Fleet.Desk.Check(t.Context()))
	row := b.operator.Get("/expiries").Doc(t).Find("tr[data-pbx-id]")
	if got := cells(row); !strings.Contains(got, "The operator | Open") || strings.Contains(got, "Invoice") {
		t.Errorf("after the renewal, the row says %q", got)
	}
}

// TestRenewalOnOtherPages checks that the overview and the PBX's page say how far a renewal is.
func TestRenewalOnOtherPages(t *testing.T) {
	t.Parallel()
	b := newDesk(t, -3, -2)
	b.operator.Post(fmt.Sprintf("/pbxs/%d/renewal", b.ids[0]), url.Values{"state": {"quoted"}})
	line := fmt.Sprintf(`[data-block=expiring] [data-pbx="%d"]`, b.ids[0])
	if got := text(b.operator.Get("/").Doc(t).Find(line)); !strings.Contains(got, "Renewal: quoted") {
		t.Errorf("the overview says %q", got)
	}
	page := b.operator.Get(fmt.Sprintf("/pbxs/%d", b.ids[0])).Doc(t)
	if got := text(page.Find("#status")); !strings.Contains(got, "Renewal: quoted.") {
		t.Errorf("the PBX's page says %q", got)
	}
}

// TestSnooze checks that a snoozed reason no longer counts as needing attention, until its day.
func TestSnooze(t *testing.T) {
	t.Parallel()
	b := newDesk(t, -3, -2)
	overdue := func() string {
		d := b.operator.Get("/pbxs?attention=overdue").Doc(t)
		return portaltest.Attr(d.Find("#result-count"), "data-count")
	}
	shown := b.operator.Get(fmt.Sprintf("/snoozes/new?cloudPbxId=%d&what=overdue", b.ids[0])).Doc(t)
	form := portaltest.ShownIn(shown, "#renewal-form form")
	if form.Get("what") != "overdue" {
		t.Errorf("the form begins with %v", form)
	}
	form = portaltest.With(form, map[string]string{"reason": "Waits for the order", "until": "2026-03-20"})
	for name, bad := range map[string]struct{ field, value, says string }{
		"no such reason": {"what", "tired", "“tired” isn’t a reason for attention."},
		"no reason":      {"reason", " ", "Enter why this can wait."},
		"a long reason":  {"reason", strings.Repeat("x", 100_000), "Use at most 500 characters."},
		"today":          {"until", "2026-03-17", "Choose a day after today."},
		"a past day":     {"until", "2026-03-01", "This date has passed."},
		"a far day":      {"until", "2099-01-01", "within the next 1 year"},
		"no day":         {"until", "", "Enter the day until which this can wait."},
		"not a day":      {"until", "later", "“later” isn’t a date."},
	} {
		r := b.operator.Post("/snoozes", portaltest.With(form, map[string]string{bad.field: bad.value}))
		if got := text(r.Doc(t).Find("#renewal-form")); r.StatusCode != http.StatusUnprocessableEntity ||
			!strings.Contains(got, bad.says) {
			t.Errorf("%s = %d: %.300s", name, r.StatusCode, got)
		}
	}
	empty := b.operator.Post("/snoozes", url.Values{
		"cloudPbxId": form["cloudPbxId"], "what": form["what"], "reason": {""}, "until": {""},
	}).Doc(t)
	if n := empty.Find("#renewal-form [aria-invalid=true]").Length(); n != 2 {
		t.Errorf("an empty form marks %d fields, want both", n)
	}
	r := b.operator.Post("/snoozes", form)
	overview := b.operator.Get("/").Doc(t)
	if r.StatusCode != http.StatusSeeOther || overdue() != "1" {
		t.Errorf("POST = %d, then %s are overdue", r.StatusCode, overdue())
	}
	const said = ": “Overdue” is snoozed until 20 Mar 2026."
	if got := text(overview.Find("#done p")); !strings.HasSuffix(got, said) {
		t.Errorf("the next page says %q", got)
	}
	b.operator.Post("/snoozes", portaltest.ShownIn(overview, "#done form"))
	undone := b.operator.Get("/").Doc(t)
	if n := overdue(); n != "2" {
		t.Errorf("after undoing it, %s are overdue", n)
	}
	b.operator.Post("/snoozes", portaltest.ShownIn(undone, "#done form"))
	if got := text(b.operator.Get("/").Doc(t).Find("#done p")); !strings.HasSuffix(got, said) || overdue() != "1" {
		t.Errorf("after undoing that, the next page says %q", got)
	}
	if n := portaltest.Attr(overview.Find("[data-block=snoozed]"), "data-count"); n != "1" {
		t.Errorf("the overview has %s snoozed reasons: %s", n, text(overview.Find("[data-block=snoozed]")))
	}
	page := fmt.Sprintf("/pbxs/%d", b.ids[0])
	snoozed := text(b.operator.Get(page).Doc(t).Find("[data-snooze]"))
	if !strings.Contains(snoozed, "Snoozed until 20 Mar 2026 by The operator: overdue. Waits for the order") {
		t.Errorf("the page says %q", snoozed)
	}
	if r := b.As("viewer").Post("/snoozes", form); r.StatusCode != http.StatusForbidden {
		t.Errorf("a viewer's snooze = %d", r.StatusCode)
	}
	end := portaltest.ShownIn(b.operator.Get(page).Doc(t), `form[action="/snoozes"]`)
	if r := b.operator.Post("/snoozes", end); r.StatusCode != http.StatusSeeOther || overdue() != "2" {
		t.Errorf("ending it = %d, then %s are overdue", r.StatusCode, overdue())
	}
	b.operator.Post("/snoozes", form)
	b.Clock.Add(72 * time.Hour)
	b.operator = b.As("operator")
	if n := overdue(); n != "2" || b.operator.Get(page).Doc(t).Find("[data-snooze]").Length() != 0 {
		t.Errorf("on the day, %s are overdue", n)
	}
	for _, form := range []url.Values{{}, {"cloudPbxId": {"999"}}, {"cloudPbxId": {"x"}, "what": {"over"}}} {
		if r := b.operator.Post("/snoozes", form); r.StatusCode != http.StatusNotFound {
			t.Errorf("POST %v = %d, want 404", form, r.StatusCode)
		}
	}
	if n := strings.Count(strings.Join(b.Events("attention"), "|"), "attention.snooze done"); n != 5 {
		t.Errorf("the audit log has %q", b.Events("attention"))
	}
}

// TestCustomerOwner sets who looks after a customer.
func TestCustomerOwner(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	page := fmt.Sprintf("/customers/%d", b.YCM.CustomerIDs()[0])
	form := portaltest.ShownIn(b.operator.Get(page).Doc(t), "#owner form")
	form.Set("owner", "admin@example.com")
	r := b.operator.Post(page+"/owner", form)
	if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != page+"#owner" {
		t.Fatalf("POST = %d to %s", r.StatusCode, r.Header.Get("Location"))
	}
	card := b.As("viewer").Get(page).Doc(t).Find("#owner")
	if got := text(card); got != "OwnerThe admin" && got != "Owner The admin" {
		t.Errorf("a viewer sees %q", got)
	}
	for word, status := range map[string]int{
		"viewer@example.com": http.StatusUnprocessableEntity, "x": http.StatusUnprocessableEntity, "": http.StatusSeeOther,
	} {
		if r := b.operator.Post(page+"/owner", url.Values{"owner": {word}}); r.StatusCode != status {
			t.Errorf("owner=%s = %d, want %d", word, r.StatusCode, status)
		}
	}
	if r := b.operator.Post("/customers/999/owner", nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown customer = %d", r.StatusCode)
	}
	if events := strings.Join(b.Events("owner"), "|"); strings.Count(events, "owner.update done") != 2 {
		t.Errorf("the audit log has %q", events)
	}
}

// TestGoldenPages compares the desk and its forms with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, -5, 40)
	b.renew(0, "owner", "operator@example.com", "state", "asked", "next", "Call", "nextOn", "2026-03-17")
	b.operator.Get("/") // says that the renewal was changed
	b.GoldenPages(t, "operator", map[string]string{
		"expiries":   "/expiries",
		"no-matches": "/expiries?owner=admin@example.com",
		"form":       b.path(0, "renewal"),
		"bulk":       fmt.Sprintf("/renewals?ids=%d&ids=%d", b.ids[0], b.ids[1]),
		"snooze":     fmt.Sprintf("/snoozes/new?cloudPbxId=%d&what=overdue", b.ids[1]),
	})
}

// TestSignedOut checks that what was typed in a form comes back after the user has signed in again.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	b := newDesk(t, 10, 20)
	ids := []string{fmt.Sprint(b.ids[0]), fmt.Sprint(b.ids[1])}
	for path, tt := range map[string]struct {
		form        url.Values
		field, want string
	}{
		b.path(0, "renewal"): {url.Values{"next": {"Call <them>"}}, "#next", "Call <them>"},
		"/renewals":          {url.Values{"ids": ids, "next": {"Call <them>"}}, "#next", "Call <them>"},
		"/snoozes": {
			url.Values{"cloudPbxId": ids[:1], "what": {"over"}, "reason": {"Waits"}, "until": {"2026-05-01"}},
			"#reason", "Waits",
		},
	} {
		to, err := url.Parse(b.Browser().Post(path, tt.form).Header.Get("Location"))
		b.Must(err)
		d := b.operator.Get(to.Query().Get("next")).Doc(t)
		if got := portaltest.Attr(d.Find(tt.field), "value"); got != tt.want || d.Find("#problems").Length() != 1 {
			t.Errorf("%s leads to %s, where the field is %q", path, to.Query().Get("next"), got)
		}
	}
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	page := fmt.Sprintf("/customers/%d", b.YCM.CustomerIDs()[0])
	to, err := url.Parse(b.Browser().Post(page+"/owner", url.Values{"owner": {"1"}}).Header.Get("Location"))
	b.Must(err)
	if next := to.Query().Get("next"); !strings.HasPrefix(next, page+"?") ||
		b.operator.Get(next).StatusCode != http.StatusOK {
		t.Errorf("the owner's form leads to %s", next)
	}
}
