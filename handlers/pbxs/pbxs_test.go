package pbxs_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet"
	"cordboard/fleet/capacity"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/store/storetest"
	"cordboard/ycm/ycmtest"
)

// TestHooks checks the HTML hooks that scripts rely on: rows, fields with YCM's names and raw values, the count, and
// the sync state.
func TestHooks(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	viewer := b.As(store.RoleViewer)
	doc := viewer.Get("/pbxs?sort=cloudPbxId&cols=" + strings.Join(display.Columns, ",")).Doc(t)
	if got := portaltest.Attr(doc.Find("#result-count"), "data-count"); got != "60" {
		t.Errorf("data-count = %s, want 60", got)
	}
	if got := portaltest.Attr(doc.Find("#result-count"), "aria-live"); got != "polite" {
		t.Errorf("aria-live of the count = %s, want polite", got)
	}
	fresh := doc.Find("[data-sync-state]")
	if fresh.Length() != 1 || portaltest.Attr(fresh, "data-sync-state") != "current" {
		t.Errorf(
			"%d elements report the freshness, the first %s; want one that is current",
			fresh.Length(),
			portaltest.Attr(fresh, "data-sync-state"),
		)
	}
	rows := doc.Find("tr[data-pbx-id]")
	if rows.Length() != 50 {
		t.Fatalf("got %d rows, want 50", rows.Length())
	}
	rows.Each(func(i int, row *goquery.Selection) {
		id := b.YCM.IDs()[i]
		if got := portaltest.Attr(row, "data-pbx-id"); got != fmt.Sprint(id) {
			t.Errorf("row %d has PBX %s, want %d", i, got, id)
		}
		p, _ := b.Fleet.Mirror.Snapshot().PBX(id)
		for _, field := range display.Columns {
			f, _ := fleet.FieldByName(field)
			cell := row.Find(`[data-col="` + field + `"]`)
			if cell.Length() != 1 {
				t.Errorf("PBX %d has %d elements for %s, want 1", id, cell.Length(), field)
			} else if got, want := portaltest.Attr(cell, "data-value"), p.Raw(f); got != want {
				t.Errorf("PBX %d: %s has data-value %q, want %q", id, field, got, want)
			}
		}
	})
	if len(display.Columns) != 47 {
		const want = "the 39 members of CloudPbx, the customer, the expiry and six about renewals"
		t.Errorf("got %d columns, want %s", len(display.Columns), want)
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	heads := func(path string) (names []string) {
		viewer.Get(path).
			Doc(t).
			Find("tr[data-pbx-id]").
			First().
			Find("td[data-col], th[data-col]").
			Each(func(_ int, s *goquery.Selection) {
				names = append(names, portaltest.Attr(s, "data-col"))
			})
		return names
	}
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"/pbxs", display.UsualColumns},
		{"/pbxs?cols=sn,name,plan", []string{"sn", "name", "plan"}},
		{"/pbxs?cols=sn&cols=plan", []string{"name", "sn", "plan"}},
		{"/pbxs?cols=sn,bogus,sn", []string{"name", "sn"}},
		{"/pbxs?cols=bogus", display.UsualColumns},
	} {
		if got := heads(tt.path); !slices.Equal(got, tt.want) {
			t.Errorf("columns of %s = %v, want %v", tt.path, got, tt.want)
		}
	}
}

// TestPageAndFragmentAreOne checks that htmx gets the same list that the page contains, with the list's shortest URL to
// push, and that htmx gets the whole page when it restores a history entry.
func TestPageAndFragmentAreOne(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	viewer := b.As(store.RoleViewer)
	const path = "/pbxs?status=Running&q=&page=1&per=10"
	page, err := viewer.Get(path).Doc(t).Find("#pbxs").Html()
	b.Must(err)
	r := viewer.Get(path, "HX-Request", "true")
	fragment, err := r.Doc(t).Find("#pbxs").Html()
	b.Must(err)
	if page != fragment || page == "" {
		t.Error("the fragment differs from the page")
	}
	if strings.Contains(r.Text, "<html") {
		t.Error("the fragment is a whole page")
	}
	if got, want := r.Header.Get("HX-Push-Url"), "/pbxs?per=10&status=Running"; got != want {
		t.Errorf("HX-Push-Url = %q, want %q", got, want)
	}
	if r := viewer.Get(path, "HX-Request", "true", "HX-History-Restore-Request", "true"); !strings.Contains(
		r.Text,
		"<html",
	) {
		t.Error("a restored history entry gets a fragment, want a whole page")
	}
}

func TestBadQueriesAreSaidAndShown(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	for _, q := range []string{
		"bogus=1",
		"presence=x",
		"expires=x",
		"usage=x",
		"sort=x",
		"page=-1",
		"page=x",
		"page=2",
		"per=7",
		"cols=x",
		"q=" + strings.Repeat(
			"a",
			5000,
		),
		"status=%ff%fe", "q=%00", "sort=name%27;DROP", "%3Cscript%3E=1",
	} {
		r := viewer.Get("/pbxs?" + q)
		if r.StatusCode != http.StatusOK {
			t.Errorf("/pbxs?%.40s = %d, want 200", q, r.StatusCode)
		}
		if said := r.Doc(t).Find(".ignored").Length(); said == 0 && !strings.HasPrefix(q, "status=") && q != "q=%00" {
			t.Errorf("/pbxs?%.40s was ignored without a notice", q)
		}
		if strings.Contains(r.Text, "<script>=") {
			t.Error("markup from the address reached the page")
		}
	}
}

func TestNamesAreHostileUntilEscaped(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 300)
	viewer := b.As(store.RoleViewer)
	seen := 0
	for page := 1; page <= 3; page++ {
		r := viewer.Get(fmt.Sprintf("/pbxs?per=100&page=%d", page))
		for _, bad := range []string{"<script>alert", "<img src=x"} {
			if strings.Contains(r.Text, bad) {
				t.Errorf("page %d contains %s", page, bad)
			}
		}
		r.Doc(t).Find(`tr [data-col="name"]`).Each(func(_ int, s *goquery.Selection) {
			if strings.Contains(portaltest.Attr(s, "data-value"), "<script>alert(1)") {
				seen++
			}
		})
	}
	if seen != 1 {
		t.Errorf("the PBX with markup in its name is shown %d times, want once", seen)
	}
	id := b.YCM.IDs()[0]
	for _, host := range []string{"javascript:x", "a@evil", "evil/..", "", `x" onclick="y`, "-x.example.com"} {
		b.YCM.Edit(id, func(r map[string]any) { r["url"] = host })
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
		if n := viewer.Get("/pbxs/" + fmt.Sprint(id)).
			Doc(t).
			Find(`a[href^="http"], a[href*="evil"], a[href^="javascript"]`).
			Length(); n != 0 {
			t.Errorf("url %q became a link", host)
		}
	}
}

func TestEmptyLists(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.As(store.RoleViewer)
	title := func() string { return viewer.Get("/pbxs").Doc(t).Find(".empty h2").Text() }
	if got, want := title(), "Syncing with YCM for the first time"; got != want {
		t.Errorf("title before the first pass = %q, want %q", got, want)
	}
	b.YCM.Refuse()
	_, _ = b.Fleet.Mirror.Sync(t.Context())
	if got, want := title(), "The fleet has never been synced"; got != want {
		t.Errorf("title after a failed pass = %q, want %q", got, want)
	}
	b.Must(b.YCM.Accept())
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	if got, want := title(), "No PBXs"; got != want {
		t.Errorf("title without PBXs = %q, want %q", got, want)
	}
	b.YCM.Add(map[string]any{"name": "One"})
	_, err = b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	if got, want := viewer.Get("/pbxs?q=two").
		Doc(t).
		Find(".empty h2").
		Text(),
		"Nothing matches these filters"; got != want {
		t.Errorf("title without matches = %q, want %q", got, want)
	}
}

// TestYCMTrouble checks that the list, a PBX's page and the subscription page are served from the mirror, regardless of
// what YCM does. Each page must report the age of its data and the problem with YCM. If the list waited for YCM, the
// last subtest would hang.
func TestYCMTrouble(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		breaks func(*ycmtest.Server)
		want   string
	}{
		{"down", func(y *ycmtest.Server) { y.Refuse() }, "YCM is not responding"},
		{"resetting", func(y *ycmtest.Server) { y.ResetConnections(-1) }, "YCM is not responding"},
		{
			"500",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Error500}) },
			"YCM reported: SERVER_ERROR (1000001)",
		},
		{
			"503",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Unavailable503}) },
			"YCM is not responding",
		},
		{
			"too many requests",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}) },
			"YCM denied access",
		},
		{"HTML", func(y *ycmtest.Server) {
			y.Inject(ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>hello</html>")})
		}, "YCM’s response could not be read"},
		{
			"half an answer",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.BrokenJSON}) },
			"YCM’s response could not be read",
		},
		{"nothing", func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Body}) }, "YCM’s response could not " +
			"be read"},
		{
			"null",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("null")}) },
			"YCM’s response could not be read",
		},
		{
			"a redirect",
			func(y *ycmtest.Server) { y.Inject(ycmtest.Fault{Kind: ycmtest.Redirect307}) },
			"YCM’s response could not be read",
		},
		{"another secret", func(y *ycmtest.Server) { y.ChangeSecret("new") }, "YCM rejected Cordboard’s credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := portaltest.New(t, 5)
			viewer := b.As(store.RoleViewer)
			tt.breaks(b.YCM)
			_, _ = b.Fleet.Mirror.Sync(t.Context())
			b.Clock.Add(3 * time.Hour / 60)
			for _, path := range []string{"/pbxs", "/pbxs/" + fmt.Sprint(b.YCM.IDs()[0]), "/subscription"} {
				r := viewer.Get(path)
				doc := r.Doc(t)
				if r.StatusCode != http.StatusOK || !strings.Contains(doc.Text(), tt.want) {
					t.Errorf("GET %s = %d, want 200 that says %q", path, r.StatusCode, tt.want)
				}
				if got := portaltest.Attr(doc.Find("[data-sync-state]"), "data-sync-state"); got != "failing" {
					t.Errorf("%s: data-sync-state = %s, want failing", path, got)
				}
				if !strings.Contains(doc.Find(".fresh").Text(), "3 min ago") {
					t.Errorf("%s doesn't show its age: %q", path, doc.Find(".fresh").Text())
				}
			}
			if r := viewer.Get("/readyz"); r.StatusCode != http.StatusOK ||
				!strings.Contains(r.Text, `"sync":"failing"`) {
				t.Errorf("GET /readyz = %d %s, want 200 whatever YCM does", r.StatusCode, r.Text)
			}
		})
	}
	t.Run("hanging", func(t *testing.T) {
		b := portaltest.New(t, 5)
		viewer := b.As(store.RoleViewer)
		b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.HangUnprocessed})
		passed := make(chan struct{})
		go func() {
			defer close(passed)
			_, _ = b.Fleet.Mirror.Sync(t.Context())
		}()
		for !b.Fleet.Mirror.Freshness().Reading {
			viewer.Get("/readyz")
		}
		r := viewer.Get("/pbxs") // this would hang if the page waited for YCM
		if got := portaltest.Attr(r.Doc(t).Find("[data-sync-state]"), "data-sync-state"); got != "running" {
			t.Errorf("data-sync-state = %s, want running", got)
		}
		if r := viewer.Post("/sync", url.Values{"next": {"/subscription"}}); r.Header.Get(
			"Location",
		) != "/subscription" {
			t.Errorf("Refresh leads to %q, want /subscription", r.Header.Get("Location"))
		}
		b.YCM.ResetConnections(0)
		b.YCM.Refuse()
		<-passed
	})
}

func TestSubscriptionHooks(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	doc := b.As(store.RoleViewer).Get("/subscription").Doc(t)
	for _, u := range fleet.Usages {
		resource := u.Capacity.Name()
		row := doc.Find(`[data-resource="` + resource + `"]`)
		cell := func(name string) string { return portaltest.Attr(row.Find(`[data-col="`+name+`"]`), "data-value") }
		if cell("unexplained") != "0" || cell("difference") != "0" ||
			cell("fleet") != fmt.Sprint(capacity.Sum(b.Fleet.Mirror.Snapshot(), u.Capacity)) {
			t.Errorf(
				"%s: unexplained = %s, difference = %s, fleet = %s",
				resource,
				cell("unexplained"),
				cell("difference"),
				cell("fleet"),
			)
		}
		for _, name := range []string{"total", "own", "assigned", "available", "frozen"} {
			if cell(name) == "(none)" {
				t.Errorf("%s has no cell %s", resource, name)
			}
		}
	}
}

func TestAuditHooks(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	admin := b.As(store.RoleAdmin)
	b.Must(
		b.Store.Audit(
			t.Context(),
			store.Actor{Email: "<b>"},
			store.Event{
				Action:       "pbx.create",
				Target:       "7",
				TargetName:   "<i>",
				Outcome:      store.OutcomeRefused,
				YCMRequestID: "abc-1",
			},
		),
	)
	rows := admin.Get("/audit").Doc(t).Find("tr[data-audit-seq]")
	if first := portaltest.Attr(rows.First(), "data-audit-seq"); rows.Length() != 5 || first != "5" {
		t.Fatalf("got %d rows, the first %s; want 5, newest first", rows.Length(), first)
	}
	for column, want := range map[string]string{
		"actor":     "<b>",
		"action":    "pbx.create",
		"target":    "<i>",
		"outcome":   "refused",
		"address":   "",
		"requestId": "abc-1",
		"at":        "2026-03-17T13:32:00Z",
	} {
		if got := portaltest.Attr(rows.First().Find(`[data-col="`+column+`"]`), "data-value"); got != want {
			t.Errorf("data-value of %s = %q, want %q", column, got, want)
		}
	}
	if got := b.As(store.RoleOperator).
		Get("/audit").
		Doc(t).
		Find("tr[data-audit-seq]"); got.Length() != 1 ||
		portaltest.Attr(got, "data-audit-seq") != "5" {
		t.Errorf("an operator sees %d rows, want only that of the PBX", got.Length())
	}
	if r := admin.Get("/audit?page=99"); r.Header.Get("Location") != "/audit" {
		t.Errorf("a page past the end = %d to %q, want /audit", r.StatusCode, r.Header.Get("Location"))
	}
	for _, bad := range []string{"x", "-1", "0", "99999999999999999999"} {
		if r := admin.Get("/audit?page=" + bad); r.StatusCode != http.StatusOK {
			t.Errorf("GET /audit?page=%s = %d, want 200", bad, r.StatusCode)
		}
	}
}

func TestGonePBXStaysReadable(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	id := b.YCM.IDs()[0]
	b.YCM.Delete(id)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	viewer := b.As(store.RoleViewer)
	if r := viewer.Get("/pbxs/" + fmt.Sprint(id)); r.StatusCode != http.StatusOK ||
		!strings.Contains(r.Text, "Removed on 17 Mar 2026") {
		t.Errorf("the removed PBX's page = %d, want 200", r.StatusCode)
	}
	if got := viewer.Get("/pbxs").Doc(t).Find("tr[data-pbx-id]").Length(); got != 4 {
		t.Errorf("the list shows %d PBXs, want 4", got)
	}
	if got := viewer.Get("/pbxs?presence=gone").Doc(t).Find("tr.is-gone[data-pbx-id]").Length(); got != 1 {
		t.Errorf("presence=gone shows %d PBXs, want 1", got)
	}
}

func TestDiskWarnings(t *testing.T) {
	t.Parallel()
	free := uint64(1 << 40)
	b := portaltest.New(t, 1, func(c *web.Config) { c.DiskFree = func() (uint64, error) { return free, nil } })
	viewer := b.As(store.RoleViewer)
	for _, tt := range []struct {
		mb     uint64
		warns  bool
		status int
	}{{501, false, 200}, {499, true, 200}, {49, true, 503}} {
		free = tt.mb << 20
		b.Clock.Add(2 * time.Second)
		if got := strings.Contains(viewer.Get("/pbxs").Text, "nearly full: "); got != tt.warns {
			t.Errorf("with %d MB free, the page warns: %v, want %v", tt.mb, got, tt.warns)
		}
		if got := viewer.Get("/readyz").StatusCode; got != tt.status {
			t.Errorf("with %d MB free, /readyz = %d, want %d", tt.mb, got, tt.status)
		}
	}
	free = 1 << 40
	b.Server.Stopping()
	if r := viewer.Get("/readyz"); r.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(r.Text, "stopping") {
		t.Errorf("GET /readyz while stopping = %d %s, want 503", r.StatusCode, r.Text)
	}
}

// TestDatabaseThatCantBeWritten checks that the list stays readable while the database can't be written to, and that a
// failed sign-in and /readyz report the problem.
func TestDatabaseThatCantBeWritten(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	viewer := b.As(store.RoleViewer)
	storetest.Break(t, b.Dir, "audit_events")
	storetest.Break(t, b.Dir, "meta")
	if got := viewer.Get("/pbxs").StatusCode; got != http.StatusOK {
		t.Errorf("GET /pbxs = %d, want 200", got)
	}
	r := b.Browser().SignIn("viewer@example.com", portaltest.Password)
	if r.StatusCode != http.StatusServiceUnavailable || !strings.Contains(r.Text, "can’t write to its database") {
		t.Errorf("sign-in = %d, want 503 that names the database", r.StatusCode)
	}
	if got := viewer.Get("/readyz"); got.StatusCode != http.StatusServiceUnavailable ||
		!strings.Contains(got.Text, `"status":"database"`) {
		t.Errorf("GET /readyz = %d %s, want 503", got.StatusCode, got.Text)
	}
}

// TestListPageIsLight checks the size of a compressed list page. Browsers that don't accept zstd get gzip, which is a
// tenth larger.
func TestListPageIsLight(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 480)
	viewer, operator := b.As(store.RoleViewer), b.As(store.RoleOperator)
	for _, path := range []string{
		"/pbxs",
		"/pbxs?page=3&sort=-createTime",
		"/pbxs?status=Running&type=Commercial&q=e&sort=-usedExtensions",
	} {
		for _, tt := range []struct {
			who            *portaltest.Browser
			accepted, want string
			most           int
		}{
			{operator, "gzip, deflate, br, zstd", "zstd", 14_000}, // as browsers send it
			{viewer, "gzip", "gzip", 15_000},
		} {
			page := tt.who.Get(path, "Accept-Encoding", tt.accepted)
			if got := page.Header.Get("Content-Encoding"); got != tt.want || len(page.Text) > tt.most {
				t.Errorf("GET %s: %d bytes of %q, want at most %d of %q", path, len(page.Text), got, tt.most, tt.want)
			}
		}
	}
}

func TestEmptyListSaysWhichFilterToDrop(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	for _, id := range b.YCM.IDs() {
		b.YCM.Edit(id, func(r map[string]any) { r["pbxStatus"], r["type"] = "Running", "Trial" })
	}
	b.YCM.Edit(b.YCM.IDs()[0], func(r map[string]any) { r["type"] = "Commercial" })
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	page := b.As(store.RoleViewer).Get("/pbxs?type=Commercial&status=Stopped&sort=sn").Doc(t)
	drop := page.Find(".empty .btn-primary")
	if drop.Text() != "Without the Status filter: 1 PBX" || drop.AttrOr("href", "") != "/pbxs?sort=sn&type=Commercial" {
		t.Errorf("the empty list offers %q, %s", drop.Text(), drop.AttrOr("href", ""))
	}
}

// TestTitles checks that the title of the window says which list it is.
func TestTitles(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	for path, want := range map[string]string{
		"/pbxs":                              "PBXs · Cordboard",
		"/pbxs?sort=-name&page=1":            "PBXs · Cordboard",
		"/pbxs?view=trials&type=Trial":       "Trials · PBXs · Cordboard",
		"/pbxs?status=Running":               "Status: Running · PBXs · Cordboard",
		"/pbxs?q=" + strings.Repeat("x", 90): "Search: " + strings.Repeat("x", 52) + " · PBXs · Cordboard",
	} {
		d := viewer.Get(path).Doc(t)
		title := strings.TrimSpace(d.Find("title").First().Text())
		if title != want || portaltest.Attr(d.Find("#pbxs"), "data-title")+" · Cordboard" != want {
			t.Errorf("%s has the title %q, want %q", path, title, want)
		}
	}
}

// TestSortIsSaid checks that the list says what it is sorted by: for columns with use and capacity, the use.
func TestSortIsSaid(t *testing.T) {
	t.Parallel()
	viewer := portaltest.New(t, 3).As(store.RoleViewer)
	for sort, want := range map[string]string{
		"name": "by name", "version": "by Firmware",
		"-usedExtensions": "by Extensions in use", "activeCalls": "by Calls in use",
	} {
		d := viewer.Get("/pbxs?sort=" + sort).Doc(t)
		if got := strings.TrimSpace(d.Find("#result-count").Text()); !strings.HasSuffix(got, ", "+want) {
			t.Errorf("%s: %q, want %q at its end", sort, got, want)
		}
	}
}

// TestTypo checks that a search without results links to the search that was probably meant.
func TestTypo(t *testing.T) {
	t.Parallel()
	b := portaltest.NewWithRecords(t, map[string]any{"name": "Alderholt Dental", "pbxStatus": "Running"})
	viewer := b.As(store.RoleViewer)
	link := viewer.Get("/pbxs?q=aldrholt&status=Running").Doc(t).Find(`a:contains("Did you mean")`)
	if got := strings.TrimSpace(link.Text()); got != "Did you mean “alderholt”? 1 PBX" {
		t.Errorf("the link says %q", got)
	}
	d := viewer.Get(portaltest.Attr(link, "href")).Doc(t)
	if d.Find("tr[data-pbx-id]").Length() != 1 || d.Find(".chip").Length() != 2 {
		t.Errorf("it leads to %d PBXs", d.Find("tr[data-pbx-id]").Length())
	}
	for _, path := range []string{"/pbxs?q=zzzzzzz", "/pbxs?q=aldrholt&status=Stopped"} {
		if viewer.Get(path).Doc(t).Find(`a:contains("Did you mean")`).Length() != 0 {
			t.Errorf("%s suggests something", path)
		}
	}
	item := viewer.Get("/palette?q=aldrholt").Doc(t).Find(`a:contains("Did you mean")`)
	if portaltest.Attr(item, "href") != "/pbxs?q=alderholt" {
		t.Errorf("the palette suggests %s", portaltest.Attr(item, "href"))
	}
}
