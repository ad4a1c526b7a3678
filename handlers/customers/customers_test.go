package customers_test

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
	"github.com/google/go-cmp/cmp"

	"cordboard/fleet"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// portal has a portal with five PBXs and these customers: Amber with PBXs 1 and 2, Birch with PBX 2, Cedar without a
// PBX, and Dune, whose record is gone. PBX 3 has no customer.
type portal struct {
	*portaltest.Portal

	viewer, operator *portaltest.Browser
	pbxs             []int64
	amber, birch     int64
	cedar, dune      int64
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	b := &portal{Portal: portaltest.New(t, 5)}
	b.viewer, b.operator = b.As("viewer"), b.As("operator")
	b.pbxs = b.YCM.IDs()
	b.YCM.SetCustomers(4)
	ids := b.YCM.CustomerIDs()
	b.amber, b.birch, b.cedar, b.dune = ids[0], ids[1], ids[2], ids[3]
	for id, members := range map[int64]map[string]string{
		b.amber: {"company": "Amber Bakery", "firstName": "Ann", "lastName": "Ash", "email": "ann@amber.example"},
		b.birch: {"company": "Birch & Søn", "email": "hej@birch.example", "mobileNumber": "+45 1", "city": "Aarhus"},
		b.cedar: {"company": "=Cedar", "email": "c@cedar.example", "remark": "<b>VIP</b>"},
		b.dune:  {"company": "Dune"},
	} {
		b.YCM.EditCustomer(id, members)
	}
	for i, id := range b.pbxs {
		b.YCM.Edit(id, func(record map[string]any) {
			record["name"], record["extensionCapacity"] = fmt.Sprint("PBX ", i+1), 10*(i+1)
			record["planExpirationDate"] = b.Clock.Now().AddDate(0, 0, 5+i).Unix()
			record["expirationDate"] = nil
		})
	}
	b.YCM.SetOwners(b.pbxs[0], b.amber)
	b.YCM.SetOwners(b.pbxs[1], b.amber, b.birch)
	b.YCM.SetOwners(b.pbxs[2])
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	b.YCM.DeleteCustomer(b.dune)
	if _, err := b.Fleet.Customers.Read(t.Context(), b.dune); err == nil {
		t.Fatal("YCM still has the customer")
	}
	for _, id := range b.pbxs {
		ids, err := b.Fleet.Customers.OfPBX(t.Context(), id)
		b.Must(err)
		b.Fleet.Customers.Learn(t.Context(), id, ids)
	}
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	return b
}

// path returns the URL of a customer's page, or of one of its forms.
func path(id int64, form ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("/customers/%d", id)}, form...), "/")
}

// shown returns the IDs of the customers in a list.
func shown(d *goquery.Document) []string {
	ids := []string{}
	for _, row := range d.Find("tr[data-customer-id]").EachIter() {
		ids = append(ids, row.AttrOr("data-customer-id", ""))
	}
	return ids
}

// TestList checks which customers the list shows, in which order, and with which values.
func TestList(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	amber, birch, cedar, dune := fmt.Sprint(b.amber), fmt.Sprint(b.birch), fmt.Sprint(b.cedar), fmt.Sprint(b.dune)
	for query, want := range map[string][]string{
		"":                  {cedar, amber, birch},
		"?sort=-pbxs":       {amber, birch, cedar},
		"?list=without-pbx": {cedar},
		"?list=gone":        {dune},
		"?q=amber+ash":      {amber},
		"?q=AARHUS":         {birch},
		"?expires=7d":       {amber, birch},
		"?q=nobody":         {},
		"?expires=overdue":  {},
	} {
		r := b.viewer.Get("/customers" + query)
		d := r.Doc(t)
		if diff := cmp.Diff(want, shown(d)); r.StatusCode != http.StatusOK || diff != "" {
			t.Errorf("%q = %d (-want +got):\n%s", query, r.StatusCode, diff)
		}
		if got := portaltest.Attr(d.Find("#result-count"), "data-count"); got != fmt.Sprint(len(want)) {
			t.Errorf("%q: data-count = %s, want %d", query, got, len(want))
		}
		if got := d.Find(".empty").Length() == 1; got != (len(want) == 0) {
			t.Errorf("%q: the list is empty: %t", query, got)
		}
	}
	row := b.viewer.Get("/customers").Doc(t).Find(`tr[data-customer-id="` + amber + `"]`)
	for column, want := range map[string]string{
		"name": "Amber Bakery", "email": "ann@amber.example", "pbxs": "2", "extensions": "30", "operations": "0", "phone": "",
		"expires": fmt.Sprint(b.Clock.Now().AddDate(0, 0, 5).Unix()),
	} {
		if got := portaltest.Attr(row.Find(`[data-col="`+column+`"]`), "data-value"); got != want {
			t.Errorf("%s has data-value %q, want %q", column, got, want)
		}
	}
	if row.Find(`a[href="/pbxs?customer=`+amber+`"]`).Length() != 1 {
		t.Error("the row doesn't link to the customer's PBXs")
	}
	if b.viewer.Get("/customers").Doc(t).Find(`a[href="/customers/new"]`).Length() != 0 ||
		b.operator.Get("/customers").Doc(t).Find(`a[href="/customers/new"]`).Length() != 1 {
		t.Error("the list must offer a new customer to operators only")
	}
}

// TestListParts checks the notices about a query, the pages, and the fragment that htmx gets.
func TestListParts(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	for query, want := range map[string]string{
		"?hue=red":   "“hue” isn’t a filter",
		"?sort=hue":  "can’t be sorted by “hue”",
		"?page=9":    "There is no page 9, so the last page is shown.",
		"?list=all":  "“list” can’t be “all”",
		"?q=%zz":     "Part of the URL can’t be read",
		"?expires=x": "“expires” can’t be “x”",
	} {
		if text := b.viewer.Get("/customers" + query).Doc(t).Find(".ignored").Text(); !strings.Contains(text, want) {
			t.Errorf("%s: the page says %q, want %q", query, text, want)
		}
	}
	r := b.viewer.Get("/customers?q=amber", "HX-Request", "true", "HX-Target", "customers")
	if d := r.Doc(t); d.Find("#customers").Length() != 1 || d.Find("nav.nav").Length() != 0 ||
		r.Header.Get("HX-Push-Url") != "/customers?q=amber" {
		t.Errorf("the fragment has the URL %q:\n%.300s", r.Header.Get("HX-Push-Url"), r.Text)
	}
	if text := b.viewer.Get("/customers?q=amber").Doc(t).Find("mark").Text(); !strings.Contains(text, "Amber") {
		t.Errorf("the hits are %q", text)
	}
	b.YCM.SetCustomers(120)
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	d := b.viewer.Get("/customers?per=50&page=2").Doc(t)
	if n := len(shown(d)); n != 50 || d.Find(`.pager a[href="/customers?page=3"]`).Length() == 0 {
		t.Errorf("the second page has %d rows", n)
	}
}

// TestUnread checks that the list and a customer's page say how many PBXs' customers haven't been read yet, and why. It
// also checks that the list says how recently they were read.
func TestUnread(t *testing.T) {
	t.Parallel()
	b := &portal{Portal: portaltest.New(t, 5)}
	viewer := b.As("viewer")
	b.Fleet.Catalog.Reload(t.Context(), fleet.Customers)
	want := "The customers of 5 of 5 PBXs haven’t been read yet."
	if text := viewer.Get("/customers").Doc(t).Find("#progress").Text(); !strings.HasPrefix(text, want) {
		t.Errorf("the list says %q", text)
	}
	if text := viewer.Get(path(b.YCM.CustomerIDs()[0])).Text; !strings.Contains(text, want) {
		t.Error("the customer's page doesn't say that PBXs are missing")
	}
	if text := viewer.Get("/pbxs").Doc(t).Find(`td[data-col="customer"]`).First().Text(); !strings.Contains(
		text, "Not read yet") {
		t.Errorf("the list of PBXs says %q", text)
	}
	b.YCM.Inject(ycmtest.Fault{Op: "getCloudPbxCustomers", Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
	b.Fleet.Customers.Step(t.Context())
	const failed = "The last attempt to read the customers of 1 PBX failed: YCM denied access."
	if text := viewer.Get("/customers").Doc(t).Find("#progress").Text(); !strings.Contains(text, failed) {
		t.Errorf("after a failure, the list says %q", text)
	}
	for _, id := range b.YCM.IDs() {
		_, err := b.Fleet.Customers.OfPBX(t.Context(), id)
		b.Must(err)
	}
	b.Clock.Add(9 * time.Minute)
	want = "The oldest reading of a PBX’s customers is from 9 min ago."
	if text := viewer.Get("/customers").Doc(t).Find("#progress").Text(); text != want {
		t.Errorf("in the end, the list says %q", text)
	}
}

// TestPBXList checks the customer in the list of PBXs: the column, the filter and its chip, the search and the export.
func TestPBXList(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	d := b.viewer.Get(fmt.Sprintf("/pbxs?customer=%d&sort=cloudPbxId", b.amber)).Doc(t)
	cells := d.Find(`td[data-col="customer"]`)
	if cells.Length() != 2 || portaltest.Attr(cells.Last(), "data-value") != fmt.Sprintf("%d %d", b.amber, b.birch) ||
		cells.Last().Find("a").Length() != 2 {
		t.Errorf("the column has %d cells, the last %q", cells.Length(), cells.Last().Text())
	}
	chip := strings.Join(strings.Fields(d.Find(".chip").Text()), " ")
	if !strings.HasPrefix(chip, "Customer Amber Bakery") {
		t.Errorf("the chip is %q", chip)
	}
	facet := d.Find("#facet-customer")
	if on := facet.Find("input[checked]"); on.Length() != 1 || portaltest.Attr(on, "value") != fmt.Sprint(b.amber) {
		t.Errorf("the filter has %d selected values", on.Length())
	}
	for query, want := range map[string]int{
		"?customer=none":           3,
		"?customer=!none":          2,
		"?q=birch+søn":             1,
		"?q=customer:amber":        2,
		"?q=customer:none":         3,
		"?customer=x":              5,
		"?customer=99":             0,
		"?customer=none&per=10":    3,
		"?q=ann@amber.example":     2,
		"?q=-customer:amber":       3,
		"?sort=customer&q=name:2":  1,
		"?customer=!none&q=amber":  2,
		"?cols=customer&sort=name": 5,
	} {
		if got := b.viewer.Get("/pbxs" + query).Doc(t).Find("tr[data-pbx-id]").Length(); got != want {
			t.Errorf("%s shows %d PBXs, want %d", query, got, want)
		}
	}
	if text := b.viewer.Get("/pbxs?customer=!none").Doc(t).Find(".chip").Text(); !strings.Contains(text, "any") {
		t.Errorf("the chip of any customer is %q", text)
	}
	body := portaltest.WithoutBOM(t, b.viewer.Get("/pbxs.csv?cols=cloudPbxId,customer&sort=cloudPbxId").Text)
	lines := portaltest.Lines(body)
	if want := fmt.Sprintf("%d,Amber Bakery; Birch & Søn", b.pbxs[1]); lines[0] != "cloudPbxId,customer" ||
		lines[2] != want {
		t.Errorf("the export has %q, want %q", lines[:3], want)
	}
	if text := b.viewer.Get("/pbxs/complete?q=customer%3Aam").Text; !strings.Contains(text, "Amber Bakery") {
		t.Errorf("the search completes %q", text)
	}
}

// TestExports checks both exports of the customers, and that they are audited.
func TestExports(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	r := b.viewer.Get("/customers.csv?sort=-pbxs")
	rows, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	record := map[string]string{}
	for i, name := range rows[0] {
		record[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"customerId": fmt.Sprint(b.amber), "name": "Amber Bakery", "firstName": "Ann", "pbxs": "2", "extensions": "30",
		"expires": b.Clock.Now().AddDate(0, 0, 5).UTC().Format(time.RFC3339), "operations": "0",
	} {
		if record[name] != want {
			t.Errorf("%s = %q, want %q", name, record[name], want)
		}
	}
	if strings.Contains(r.Text, ",=Cedar") {
		t.Error("a cell could run as a formula")
	}
	if got := r.Header.Get("Content-Disposition"); !strings.Contains(got, `filename="customers-`) {
		t.Errorf("the file is %s", got)
	}
	x := b.viewer.Get("/customers.xlsx?list=without-pbx")
	z, err := zip.NewReader(bytes.NewReader([]byte(x.Text)), int64(len(x.Text)))
	b.Must(err)
	f, err := z.Open("xl/worksheets/sheet1.xml")
	b.Must(err)
	sheet, err := io.ReadAll(f)
	b.Must(err)
	if text := string(sheet); !strings.Contains(text, "=Cedar") || strings.Contains(text, "Amber") {
		t.Errorf("the sheet has %s", text)
	}
	if events := b.Events("customers"); !slices.Equal(events, []string{"customers.export done", "customers.export done"}) {
		t.Errorf("the audit log has %q", events)
	}
	if head := b.viewer.Send(http.MethodHead, "/customers.csv", nil); head.StatusCode != http.StatusOK || head.Text != "" {
		t.Errorf("HEAD = %d with %d bytes", head.StatusCode, len(head.Text))
	}
	mend := b.BreakAudit()
	defer mend()
	if r := b.viewer.Get("/customers.csv"); r.StatusCode != http.StatusServiceUnavailable ||
		strings.Contains(r.Text, "Amber") {
		t.Errorf("an export that can't be audited = %d", r.StatusCode)
	}
}

// TestCustomerPage checks a customer's page: contact, PBXs, sums and the timeline of all its PBXs.
func TestCustomerPage(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.Clock.Add(10 * time.Minute)
	b.YCM.Edit(b.pbxs[1], func(record map[string]any) { record["plan"] = "Ultimate Plan"; record["region"] = "Elsewhere" })
	b.Must(b.Store.AddModifiers(t.Context(), "default", []store.Modifier{
		{CloudPBXID: b.pbxs[1], At: b.Clock.Now(), By: "leo@example.com"},
		{CloudPBXID: b.pbxs[0], At: b.Clock.Now(), By: "zoe@example.com"},
	}))
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	d := b.viewer.Get(path(b.amber)).Doc(t)
	if d.Find("h1").Text() != "Amber Bakery" ||
		portaltest.Attr(d.Find("#customer"), "data-customer-id") != fmt.Sprint(b.amber) {
		t.Errorf("the page is of %q", d.Find("h1").Text())
	}
	var pbxs []string
	for _, row := range d.Find("tr[data-pbx-id]").EachIter() {
		pbxs = append(pbxs, row.AttrOr("data-pbx-id", ""))
	}
	if want := []string{fmt.Sprint(b.pbxs[0]), fmt.Sprint(b.pbxs[1])}; !slices.Equal(pbxs, want) {
		t.Errorf("the PBXs are %q, want %q", pbxs, want)
	}
	expires := b.Clock.Now().Add(-10*time.Minute).AddDate(0, 0, 5).Unix()
	for name, want := range map[string]string{
		"pbxs": "2", "extensionCapacity": "30", "expires": fmt.Sprint(expires),
	} {
		if got := portaltest.Attr(d.Find(`[data-sum="`+name+`"]`), "data-value"); got != want {
			t.Errorf("the sum of %s is %s, want %s", name, got, want)
		}
	}
	if got := portaltest.Attr(d.Find(`#customer dd[data-col="email"]`), "data-value"); got != "ann@amber.example" {
		t.Errorf("the email address is %s", got)
	}
	entry := strings.Join(strings.Fields(d.Find(`#timeline [data-field="region"]`).Text()), " ")
	if !strings.HasPrefix(entry, "PBX 2: Region") || !strings.Contains(entry, "Elsewhere") ||
		!strings.Contains(entry, "Changed in YCM by leo@example.com, between") {
		t.Errorf("the timeline has %q", entry)
	}
	if d.Find(`#customer a[href$="/edit"], #customer a[href$="/delete"]`).Length() != 0 {
		t.Error("a viewer's page offers changes")
	}
	operator := b.operator.Get(path(b.amber)).Doc(t)
	create := fmt.Sprintf("/pbxs/new?customerIds=%d", b.amber)
	for _, href := range []string{path(b.amber, "edit"), path(b.amber, "delete"), create} {
		if operator.Find(`#customer a[href="`+href+`"]`).Length() != 1 {
			t.Errorf("the operator's page lacks a link to %s", href)
		}
	}
	if text := b.viewer.Get(path(b.cedar)).Text; !strings.Contains(text, "This customer has no PBX.") ||
		strings.Contains(text, "<b>VIP") {
		t.Error("the page of a customer without a PBX doesn't say so, or isn't escaped")
	}
	gone := b.operator.Get(path(b.dune)).Doc(t)
	if text := gone.Find("#customer header").Text(); !strings.Contains(text, "Removed on 17 Mar 2026") ||
		gone.Find(`#customer a[href$="/edit"]`).Length() != 0 {
		t.Errorf("the page of a removed customer says %q", text)
	}
	for _, word := range []string{"0", "x", "999", fmt.Sprintf("0%d", b.amber)} {
		if r := b.viewer.Get("/customers/" + word); r.StatusCode != http.StatusNotFound {
			t.Errorf("GET /customers/%s = %d, want 404", word, r.StatusCode)
		} else if text := r.Doc(t).Find("#main").Text(); strings.Contains(text, " PBX") ||
			!strings.Contains(text, "Go to customers") {
			t.Errorf("GET /customers/%s says %q", word, text)
		}
	}
	b.Must(b.Store.AddRemark(t.Context(), "default", "Amber", store.Remark{
		About: store.AboutCustomer, Subject: b.amber, Text: "Pays late", By: store.Actor{Name: "Kim"},
	}))
	if got := b.viewer.Get(path(b.amber)).Doc(t).Find("#notes").Text(); !strings.Contains(got, "Pays late") ||
		strings.Contains(got, "Add note") {
		t.Errorf("the notes are %q", got)
	}
	if r := b.viewer.Get(path(b.amber) + "?before=1"); r.StatusCode != http.StatusOK {
		t.Errorf("an older page of the timeline = %d", r.StatusCode)
	}
}

// open returns the values of a form as its page shows it.
func (b *portal) open(path string) url.Values {
	b.T.Helper()
	r := b.operator.Get(path)
	if r.StatusCode != http.StatusOK {
		b.T.Fatalf("GET %s = %d, want 200\n%s", path, r.StatusCode, r.Text)
	}
	return portaltest.ShownIn(r.Doc(b.T), "#customer-form form")
}

// done submits a form and waits until its operation is done.
func (b *portal) done(path string, form url.Values) *goquery.Selection {
	b.T.Helper()
	r := b.operator.Post(path, form)
	if want := "/operations/" + form.Get("attempt"); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != want {
		b.T.Fatalf("POST %s = %d to %q, want 303 to %q\n%s", path, r.StatusCode, r.Header.Get("Location"), want, r.Text)
	}
	return b.operator.Until(form.Get("attempt"), store.StateDone).Find("#operation")
}

// TestForms creates, changes and deletes a customer by the pages.
func TestForms(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.Work()
	form := portaltest.With(b.open("/customers/new"), map[string]string{
		"firstName": "Eve", "company": "Elm", "email": "eve@elm.example", "reason": "CB-7",
	})
	page := b.done("/customers", form)
	id := portaltest.Attr(page, "data-customer-id")
	if portaltest.Attr(page, "data-operation-kind") != "customer-create" ||
		page.Find(`a[href="/customers/`+id+`"]`).Length() == 0 {
		t.Errorf("the operation's page is of customer %s:\n%s", id, page.Text())
	}
	if text := b.viewer.Get("/customers/" + id).Doc(t).Find("h1").Text(); text != "Elm" {
		t.Errorf("the new customer's page is of %q", text)
	}
	form = b.open("/customers/" + id + "/edit")
	if form.Get("company") != "Elm" || form.Get("firstName") != "Eve" {
		t.Errorf("the form has %v", form)
	}
	page = b.done("/customers/"+id, portaltest.With(form, map[string]string{"company": "Elm & Oak", "city": "Graz"}))
	if text := page.Text(); !strings.Contains(text, "Elm → Elm & Oak") || !strings.Contains(text, "City") {
		t.Errorf("the operation's page says %s", text)
	}
	if got := b.viewer.Get("/customers/" + id).Doc(t).Find("h1").Text(); got != "Elm & Oak" {
		t.Errorf("the customer's page says %s", got)
	}
	page = b.done("/customers/"+id+"/delete", b.open("/customers/"+id+"/delete"))
	if text := b.viewer.Get("/customers?list=gone").Text; !strings.Contains(text, "Elm &amp; Oak") {
		t.Errorf("the deleted customer isn't in the list of removed ones; the operation says %s", page.Text())
	}
	rows := strings.Join(b.Events("customer"), "\n")
	for _, want := range []string{"customer.create done", "customer.update done", "customer.delete done"} {
		if !strings.Contains(rows, want) {
			t.Errorf("the audit log lacks %q:\n%s", want, rows)
		}
	}
	list := b.operator.Get("/operations").Doc(t)
	if got := list.Find(`tr[data-customer-id="` + id + `"]`).Length(); got != 3 {
		t.Errorf("the list of operations has %d rows of the customer, want 3", got)
	}
	timeline := b.viewer.Get("/customers/" + id).Doc(t).Find("#timeline").Text()
	for _, want := range []string{"Create customer: Done", "Edit customer: Done", "Delete customer: Done"} {
		if !strings.Contains(timeline, want) {
			t.Errorf("the customer's timeline lacks %q: %s", want, timeline)
		}
	}
	audit := b.operator.Get("/audit?q=action:customer.create").Doc(t)
	if text := audit.Find(`a[href="/customers/` + id + `"]`).Text(); text == "" {
		t.Error("the audit log doesn't link to the customer")
	}
}

// TestDeadEnds checks that a form that can't be sent leads to what helps.
func TestDeadEnds(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	for form, want := range map[string]string{
		path(b.amber, "delete"):                             fmt.Sprintf("/pbxs?customer=%d", b.amber),
		fmt.Sprintf("/pbxs/%d/activation-email", b.pbxs[2]): fmt.Sprintf("/pbxs/%d/customers", b.pbxs[2]),
	} {
		d := b.operator.Get(form).Doc(t)
		if d.Find(`.form-foot a[href="`+want+`"]`).Length() != 1 || d.Find(".form-foot button").Length() != 0 {
			t.Errorf("%s has the buttons %q, want a link to %s", form, d.Find(".form-foot").Text(), want)
		}
	}
}

// TestHandedOver checks that a customer can be deleted on its page whose PBXs were handed over in YCM since they were
// read.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.Work()
	for _, id := range b.pbxs[:2] {
		b.YCM.SetOwners(id, b.cedar)
	}
	b.done(path(b.amber, "delete"), b.open(path(b.amber, "delete")))
	if b.YCM.Customer(b.amber) != nil {
		t.Error("the customer wasn't deleted")
	}
}

// TestListIsReadOnce checks that YCM's list is read before a customer is created, but not for a form with a mistake.
func TestListIsReadOnce(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := portaltest.With(b.open("/customers/new"), map[string]string{"company": "Elm", "email": "eve@elm.example"})
	b.YCM.ForgetRequests()
	if r := b.operator.Post("/customers", form); r.StatusCode != http.StatusUnprocessableEntity ||
		len(b.YCM.Requests("listCustomers")) != 0 {
		t.Errorf("without a first name, POST = %d, and the list is read", r.StatusCode)
	}
	form.Set("firstName", "Eve")
	if r := b.operator.Post("/customers", form); r.StatusCode != http.StatusSeeOther ||
		len(b.YCM.Requests("listCustomers")) != 1 {
		t.Errorf("POST = %d, and the list is read %d times", r.StatusCode, len(b.YCM.Requests("listCustomers")))
	}
}

// TestTriedAgain checks that an operation that YCM refused leads to a form with its values.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	for form, op := range map[string]string{
		"/customers/new":        "createCustomer",
		path(b.amber, "edit"):   "updateCustomer",
		path(b.cedar, "delete"): "deleteCustomers",
	} {
		b.YCM.Inject(ycmtest.Fault{Op: op, Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
		typed := map[string]string{"reason": "CB-8"}
		if op != "deleteCustomers" {
			typed = map[string]string{
				"reason": "CB-8", "firstName": "Eve", "company": "Elm", "email": op + "@elm.example", "city": "Graz",
			}
		}
		values := portaltest.With(b.open(form), typed)
		to := map[string]string{"createCustomer": "/customers", "updateCustomer": path(b.amber)}[op]
		if to == "" {
			to = form
		}
		if r := b.operator.Post(to, values); r.StatusCode != http.StatusSeeOther {
			t.Fatalf("POST %s = %d\n%s", to, r.StatusCode, r.Text)
		}
		id := values.Get("attempt")
		b.Fleet.Operations.Send(t.Context(), id)
		if b.operator.Get("/operations/"+id).Doc(t).Find(`a[href="`+form+`?from=`+id+`"]`).Length() != 1 {
			t.Fatalf("%s: the operation has no link to try it again", op)
		}
		shown := b.open(form + "?from=" + id)
		for name, want := range typed {
			if shown.Get(name) != want {
				t.Errorf("%s: another try has %s %q, want %q", op, name, shown.Get(name), want)
			}
		}
		if shown.Get("attempt") == id || b.open(path(b.birch, "edit")+"?from="+id).Get("city") != "Aarhus" {
			t.Errorf("%s: the values fill another customer's form, or the one-time ID is used again", op)
		}
	}
}

// TestBadForms checks what doesn't start an operation: the status, a sentence, and that nothing is sent and nothing
// that was typed is lost.
func TestBadForms(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	good := map[string]string{"firstName": "Eve", "company": "Elm", "email": "eve@elm.example", "reason": "CB-9"}
	for name, tt := range map[string]struct {
		path   string
		change map[string]string
		status int
		says   string
	}{
		"no one-time ID":        {"/customers", map[string]string{"attempt": ""}, 409, "This form has expired"},
		"a made-up one-time ID": {"/customers", map[string]string{"attempt": "AAAA"}, 409, "This form has expired"},
		"a made-up copy":        {path(b.cedar), map[string]string{"asOf": "AAAA"}, 409, "This form can’t be read"},
		"no company":            {"/customers", map[string]string{"company": ""}, 422, "Company: Enter the company."},
		"a bad address":         {"/customers", map[string]string{"email": "eve"}, 422, "This isn’t an email address."},
		"a long name": {
			"/customers", map[string]string{"company": strings.Repeat("x", 10_000)}, 422, "Use at most 255 characters.",
		},
		"an address of another": {
			"/customers",
			map[string]string{"email": "ann@amber.example"},
			422,
			"Amber Bakery has the same email address. YCM may refuse it.",
		},
		"delete with a PBX": {path(b.birch, "delete"), nil, 422, "The customer has 1 PBX."},
		"a removed one":     {path(b.dune), nil, 422, "YCM no longer has this customer"},
	} {
		form := portaltest.With(url.Values{"attempt": {b.Site.Tokens.New(b.User("operator").ID)}}, good, tt.change)
		r := b.operator.Post(tt.path, form)
		d := r.Doc(t)
		text := strings.Join(strings.Fields(d.Find("#customer-form").Text()), " ")
		if r.StatusCode != tt.status || !strings.Contains(text, tt.says) {
			t.Errorf("%s: POST = %d, want %d with %q:\n%s", name, r.StatusCode, tt.status, tt.says, text)
		}
		if in := d.Find("#reason"); in.Length() > 0 && portaltest.Attr(in, "value") != "CB-9" {
			t.Errorf("%s: the reason is lost", name)
		}
		if in := d.Find("#company"); in.Length() > 0 && portaltest.Attr(in, "value") != form.Get("company") {
			t.Errorf("%s: the company is lost", name)
		}
		if next := portaltest.Attr(d.Find("[name=attempt]"), "value"); !b.Site.Tokens.Valid(next, b.User("operator").ID) {
			t.Errorf("%s: the new form's one-time ID isn't valid", name)
		}
	}
	page, err := b.Store.Operations(t.Context(), "default", store.OperationFilter{}, 1, 10)
	if err != nil || page.Total != 0 {
		t.Errorf("%d operations were stored, %v", page.Total, err)
	}
	form := portaltest.With(
		b.open("/customers/new"),
		good,
		map[string]string{"email": "ann@amber.example", "sendAnyway": "yes"},
	)
	if r := b.operator.Post("/customers", form); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the warning can't be acknowledged: %d", r.StatusCode)
	}
}

// TestChangedMeanwhile checks that a change in YCM after the form was opened needs a second confirmation, and what
// happens if another operation is open or YCM can't be read.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	form := portaltest.With(b.open(path(b.cedar, "edit")), map[string]string{"city": "Graz"})
	b.YCM.EditCustomer(b.cedar, map[string]string{"remark": "theirs"})
	r := b.operator.Post(path(b.cedar), form)
	d := r.Doc(t)
	text := strings.Join(strings.Fields(d.Find("#meanwhile").Text()), " ")
	if r.StatusCode != http.StatusConflict || !strings.Contains(text, "Remark: <b>VIP</b> → theirs") ||
		portaltest.Attr(d.Find("#city"), "value") != "Graz" {
		t.Fatalf("POST = %d with %q", r.StatusCode, text)
	}
	again := portaltest.ShownIn(d, "#customer-form form")
	b.YCM.Inject(ycmtest.Fault{Op: "getCustomer", Kind: ycmtest.Failed200, Code: 1000043})
	if r := b.operator.Post(path(b.cedar), again); r.StatusCode != http.StatusBadGateway ||
		!strings.Contains(r.Text, "Nothing was sent.") {
		t.Errorf("POST while YCM can't be read = %d", r.StatusCode)
	}
	b.YCM.Clear()
	mend := b.BreakAudit()
	if r := b.operator.Post(path(b.cedar), again); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("POST without a database = %d", r.StatusCode)
	}
	mend()
	if r := b.operator.Post(path(b.cedar), again); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the second confirmation = %d\n%s", r.StatusCode, r.Text)
	}
	if r := b.operator.Post(path(b.cedar), again); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the same form again = %d", r.StatusCode)
	}
	if d := b.operator.Get(path(b.cedar, "delete")).Doc(t); d.Find("#notice").Length() != 1 ||
		d.Find("#customer-form button").Length() != 0 {
		t.Error("a form while an operation is open doesn't say so, or has a button")
	}
	other := url.Values{"attempt": {b.Site.Tokens.New(b.User("operator").ID)}}
	if r := b.operator.Post(path(b.cedar, "delete"), other); r.StatusCode != http.StatusConflict ||
		!strings.Contains(r.Text, "The operator is changing this customer") {
		t.Errorf("a second operation = %d", r.StatusCode)
	}
	text = b.operator.Get(path(b.cedar)).Doc(t).Find("#customer header").Text()
	if !strings.Contains(text, "1 open operation") {
		t.Errorf("the customer's page says %q", text)
	}
	open := b.viewer.Get("/customers?q=cedar").Doc(t).Find(`[data-col="operations"]`)
	if text := portaltest.Attr(open, "data-value"); text != "1" {
		t.Errorf("the list has %s open operations, want 1", text)
	}
	for _, word := range []string{"999", "x"} {
		if r := b.operator.Get("/customers/" + word + "/edit"); r.StatusCode != http.StatusNotFound {
			t.Errorf("the form of customer %s = %d, want 404", word, r.StatusCode)
		}
	}
}

// TestRedrawnForm checks that a form that comes back for another reason still shows what changed in YCM before it
// sends.
func TestRedrawnForm(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	for what, change := range map[string]func(form url.Values){
		"expired":     func(form url.Values) { form.Set("attempt", "old") },
		"unreachable": func(url.Values) { b.YCM.Inject(ycmtest.Fault{Op: "getCustomer", Kind: ycmtest.Error500, Times: 9}) },
	} {
		b.YCM.EditCustomer(b.cedar, map[string]string{"remark": "as seen"})
		_, err := b.Fleet.Customers.Read(t.Context(), b.cedar)
		b.Must(err)
		form := portaltest.With(b.open(path(b.cedar, "edit")), map[string]string{"city": "Graz"})
		b.YCM.EditCustomer(b.cedar, map[string]string{"remark": "theirs"})
		_, err = b.Fleet.Customers.Read(t.Context(), b.cedar) // in the background
		b.Must(err)
		change(form)
		r := b.operator.Post(path(b.cedar), form)
		b.YCM.Clear()
		if r.StatusCode < 400 {
			t.Fatalf("%s: POST = %d", what, r.StatusCode)
		}
		r = b.operator.Post(path(b.cedar), portaltest.ShownIn(r.Doc(t), "#customer-form form"))
		text := strings.Join(strings.Fields(r.Doc(t).Find("#meanwhile").Text()), " ")
		if r.StatusCode != http.StatusConflict || !strings.Contains(text, "as seen → theirs") {
			t.Errorf("%s: the form again = %d with %q, want 409 and what changed", what, r.StatusCode, text)
		}
	}
}

// TestGoldenPages compares the pages about customers with their golden files.
func TestGoldenPages(t *testing.T) {
	t.Parallel()
	b := newPortal(t)
	b.GoldenPages(t, "operator", map[string]string{
		"list":         "/customers",
		"list-nothing": "/customers?q=nobody",
		"customer":     path(b.amber),
		"new":          "/customers/new",
		"edit":         path(b.cedar, "edit"),
		"delete":       path(b.cedar, "delete"),
	})
}
