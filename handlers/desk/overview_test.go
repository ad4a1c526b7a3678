package desk_test

import (
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
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// listCount returns the number of PBXs in the list that a link leads to.
func listCount(br *portaltest.Browser, link string) string {
	br.Portal.T.Helper()
	r := br.Get(link)
	if r.StatusCode != http.StatusOK {
		br.Portal.T.Fatalf("GET %s = %d, want 200", link, r.StatusCode)
	}
	doc := r.Doc(br.Portal.T)
	if said := doc.Find(".ignored").Text(); said != "" {
		br.Portal.T.Errorf("link %s has ignored parts: %s", link, said)
	}
	return portaltest.Attr(doc.Find("#result-count"), "data-count")
}

// checkCounts follows each link in the selection that leads to the PBX list, and compares the list's count with the
// number in the link's text. It returns the number of links with a count.
func checkCounts(br *portaltest.Browser, where string, links *goquery.Selection) (checked int) {
	br.Portal.T.Helper()
	links.Each(func(_ int, link *goquery.Selection) {
		href := portaltest.Attr(link, "href")
		words := strings.Fields(link.Text())
		if !strings.HasPrefix(href, "/pbxs?") && !strings.HasPrefix(href, "/expiries?") || len(words) == 0 {
			return
		}
		number := strings.ReplaceAll(strings.Trim(words[len(words)-1], "()"), ",", "")
		if value := link.Find(".stat-value"); value.Length() > 0 {
			number = strings.ReplaceAll(value.Text(), ",", "")
		}
		if _, err := strconv.Atoi(number); err != nil {
			return
		}
		checked++
		if got := listCount(br, href); got != number {
			br.Portal.T.Errorf("%s: %q leads to %s, which has %s PBXs", where, link.Text(), href, got)
		}
	})
	return checked
}

// TestOverviewLeadsToItsCounts checks that each block's count, and each count in a block, matches the list that it
// links to.
func TestOverviewLeadsToItsCounts(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 480)
	viewer := b.As(store.RoleViewer)
	doc := viewer.Get("/").Doc(t)
	blocks := doc.Find("[data-block][data-count]")
	if blocks.Length() < 6 {
		t.Fatalf("got %d blocks with a count, want at least 6 for 480 PBXs", blocks.Length())
	}
	blocks.Each(func(_ int, block *goquery.Selection) {
		all := block.ChildrenFiltered("a")
		if got := listCount(viewer, portaltest.Attr(all, "href")); got != portaltest.Attr(block, "data-count") {
			name, count := portaltest.Attr(block, "data-block"), portaltest.Attr(block, "data-count")
			t.Errorf("block %s counts %s, and its list %s", name, count, got)
		}
		if n := block.Find(".items > li").Length(); n < 1 || n > 4 {
			t.Errorf("block %s shows %d items", portaltest.Attr(block, "data-block"), n)
		}
	})
	if n := checkCounts(viewer, "/", doc.Find("#overview a")); n < 15 {
		t.Errorf("got %d links with a count, want at least 15", n)
	}
	if open := doc.Find(".lines > .line").Length(); open > 7 {
		t.Errorf("%d lines aren't folded, want at most 7", open)
	}
	if doc.Find(`[data-block=attempts]`).Length() > 0 ||
		strings.Contains(doc.Text(), "Operations that need attention") {
		t.Error("a viewer sees operations")
	}
}

// TestSubscriptionLeadsToItsCounts checks that the right-sizing counts match the lists that they link to.
func TestSubscriptionLeadsToItsCounts(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 480)
	viewer := b.As(store.RoleViewer)
	if n := checkCounts(viewer, "/subscription", viewer.Get("/subscription").Doc(t).Find("#subscription td a")); n < 5 {
		t.Errorf("got %d links with a count, want at least 5", n)
	}
}

// TestBlocks checks that a user can move, hide, show and reset blocks, that hiding a block doesn't affect other users,
// and that invalid requests change nothing.
func TestBlocks(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	viewer, operator := b.As(store.RoleViewer), b.As(store.RoleOperator)
	order := func(br *portaltest.Browser) []string {
		return br.Get("/overview/settings").
			Doc(t).
			Find("[data-block]").
			Map(func(_ int, s *goquery.Selection) string { return portaltest.Attr(s, "data-block") })
	}
	place := func(br *portaltest.Browser, block, do string) int {
		return br.Post("/overview/settings", url.Values{"block": {block}, "do": {do}}).StatusCode
	}
	usual := order(viewer)
	if usual[0] != "status" || slices.Contains(usual, "attempts") || !slices.Contains(order(operator), "attempts") {
		t.Fatalf("initial order = %v", usual)
	}
	place(viewer, "news", "up")
	place(viewer, "status", "down")
	place(viewer, "status", "up")
	place(viewer, "status", "up") // it is already first
	place(viewer, "trials", "hide")
	want := slices.Clone(usual)
	at := slices.Index(want, "news")
	want[at-1], want[at] = want[at], want[at-1]
	if got := order(viewer); !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
	page := viewer.Get("/").Doc(t)
	if page.Find("[data-block=trials]").Length() > 0 || page.Find("[data-block=status]").Length() != 1 {
		t.Error("a hidden block is shown, or another block is missing")
	}
	if b.As(store.RoleOperator).Get("/").Doc(t).Find("[data-block=trials]").Length() != 1 {
		t.Error("a block that one user hid is hidden from another")
	}
	place(viewer, "trials", "show")
	for _, bad := range []string{"nope", "", "attempts", "-trials"} {
		if got := place(viewer, bad, "hide"); got != http.StatusNotFound {
			t.Errorf("hiding %q = %d, want 404", bad, got)
		}
	}
	place(viewer, "trials", "burn")
	if got := order(viewer); !slices.Equal(got, want) {
		t.Errorf("order after an invalid request = %v, want %v", got, want)
	}
	user, err := b.Store.UserByEmail(t.Context(), "viewer@example.com")
	b.Must(err)
	b.Must(
		b.Store.SetPrefs(
			t.Context(),
			store.Actor{ID: user.ID},
			"test",
			func(u *store.User) { u.Prefs.Blocks = []string{"former", "-news", "news", "capacity", ""} },
		),
	)
	if got := order(viewer); len(got) != len(usual) || slices.Index(got, "news") > slices.Index(got, "capacity") {
		t.Errorf("order with blocks of an older version = %v", got)
	}
	place(viewer, "", "reset")
	if got := order(viewer); !slices.Equal(got, usual) {
		t.Errorf("order after the reset = %v", got)
	}
}

// TestWhatChanged checks that changes since the last visit are listed, except those to values that change every day.
func TestWhatChanged(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	news := func() string {
		return strings.Join(
			strings.Fields(b.As(store.RoleViewer).Get("/").Doc(t).Find("[data-block=news]").Text()),
			" ",
		)
	}
	if got := news(); !strings.Contains(got, "In the last 24 hours") || !strings.Contains(got, "no changes") {
		t.Errorf("changes on the first visit: %s", got)
	}
	id := b.YCM.IDs()[3]
	b.Clock.Add(49 * time.Hour)
	b.YCM.Edit(id, func(r map[string]any) { r["version"], r["lastBackupTime"] = "84.99.0.1", int64(5) })
	b.Clock.Add(time.Minute)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	b.Clock.Add(time.Hour)
	got := news()
	if !strings.Contains(got, "Since your last visit, 17 Mar 2026") || !strings.Contains(got, "Firmware: 1") ||
		!strings.Contains(got, "84.99.0.1") ||
		strings.Contains(got, "backup") {
		t.Errorf("changes two days later: %s", got)
	}
	b.Clock.Add(90 * 24 * time.Hour)
	if got := news(); !strings.Contains(got, "In the last 30 days") || !strings.Contains(got, "no changes") {
		t.Errorf("changes after three months: %s", got)
	}
}

// TestAttemptsOnTheOverview checks that users who may create PBXs see a recently refused operation, but not one that
// was refused eight days ago, that somebody dismissed, or whose retry succeeded.
func TestAttemptsOnTheOverview(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	operator := b.As(store.RoleOperator)
	b.YCM.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.Failed200, Code: 1000043, Times: 3})
	b.Work()
	for _, host := range []string{"retried", "dismissed", "refused-one"} {
		operator.UntilShows(b.Submit(operator, portaltest.GoodForm(host)), "Refused by YCM")
	}
	count := func() string {
		return portaltest.Attr(operator.Get("/").Doc(t).Find("[data-block=attempts]"), "data-count")
	}
	if got := count(); got != "3" {
		t.Errorf("attempts after three refusals = %s, want 3", got)
	}
	dismiss := operator.Get("/").Doc(t).Find("[data-block=attempts] li form").Eq(1)
	operator.Post(portaltest.Attr(dismiss, "action"), url.Values{})
	if page := operator.Get("/").Text; !strings.Contains(page, "The refusal of ") || count() != "2" {
		t.Errorf("attempts after one is dismissed = %s, want 2 and a message", count())
	}
	operator.UntilShows(b.Submit(operator, portaltest.GoodForm("retried")), "Created")
	if got := count(); got != "1" {
		t.Errorf("attempts after a retry = %s, want 1", got)
	}
	b.Clock.Add(8 * 24 * time.Hour)
	operator = b.As(store.RoleOperator)
	if got := count(); got != "(none)" {
		t.Errorf("attempts eight days later = %s, want no block", got)
	}
}

// TestBatchesOnTheOverview checks that operators see batches that wait for somebody, and nobody sees others.
func TestBatchesOnTheOverview(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator, id := b.As("operator"), b.YCM.IDs()[0]
	b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Running" })
	b.Fleet.Mirror.ReadOne(t.Context(), id)
	read := func() string {
		return strings.Join(strings.Fields(operator.Get("/").Doc(t).Find("[data-block=attempts] li").Text()), " ")
	}
	path := operator.Post("/batches", url.Values{"action": {"stop"}, "ids": {fmt.Sprint(id)}}).Header.Get("Location")
	operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
	if got := read(); got != "" {
		t.Errorf("while the batch runs: %q", got)
	}
	operator.Post(path+"/pause", url.Values{})
	if got := read(); !strings.Contains(got, "Stop 1 PBX Batch 1") || !strings.Contains(got, "Paused") {
		t.Errorf("while the batch is paused: %q", got)
	}
	operator.Post(path+"/stop", url.Values{})
	if got := read(); got != "" {
		t.Errorf("after the batch was stopped for good: %q", got)
	}
}

// TestFailedBatchesOnTheOverview checks that a batch with failures is shown for a day, or until it is planned again.
func TestFailedBatchesOnTheOverview(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	operator, id := b.As("operator"), b.YCM.IDs()[0]
	read := func() string {
		return strings.Join(strings.Fields(operator.Get("/").Doc(t).Find("[data-block=attempts] li").Text()), " ")
	}
	fail := func() string {
		b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Running" })
		b.Fleet.Mirror.ReadOne(t.Context(), id)
		path := operator.Post("/batches", url.Values{"action": {"stop"}, "ids": {fmt.Sprint(id)}}).Header.Get("Location")
		b.YCM.Edit(id, func(record map[string]any) { record["pbxStatus"] = "Stopped" }) // so the row drops out
		operator.Post(path+"/apply", url.Values{"sendAnyway": {"yes"}})
		for b.Fleet.Batches.Step(t.Context()) {
		}
		if got := read(); !strings.Contains(got, "Stop 1 PBX Batch") || !strings.Contains(got, "Nothing done") {
			t.Errorf("after a failure: %q", got)
		}
		return path
	}
	path := fail()
	if r := operator.Post(path+"/again", url.Values{}); r.StatusCode != http.StatusSeeOther || read() != "" {
		t.Errorf("after planning again (%d): %q", r.StatusCode, read())
	}
	fail()
	b.Clock.Add(25 * time.Hour)
	operator = b.As("operator")
	if got := read(); got != "" {
		t.Errorf("a day later: %q", got)
	}
}

// TestLanding checks that the overview opens after signing in unless the user chose another start page.
func TestLanding(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 5)
	signIn := func() string {
		return b.Browser().SignIn("viewer@example.com", portaltest.Password).Header.Get("Location")
	}
	for _, step := range []struct{ view, want string }{
		{"", "/"},
		{"all", "/pbxs"},
		{"trials", "/pbxs?view=trials"},
		{"", "/"},
	} {
		if r := b.As(store.RoleViewer).
			Post("/views/landing", url.Values{"view": {step.view}}); r.StatusCode != http.StatusSeeOther {
			t.Errorf("choosing view %q = %d, want 303", step.view, r.StatusCode)
		}
		if got := signIn(); got != step.want {
			t.Errorf("with start page %q, signing in leads to %s, want %s", step.view, got, step.want)
		}
	}
	if got := b.As(store.RoleViewer).Get("/").StatusCode; got != http.StatusOK {
		t.Errorf("GET / = %d, want 200", got)
	}
}

// TestPagesOfNothing checks the overview, its settings, the expiry and capacity pages, and their exports in three
// cases: before the first sync, for an account without PBXs, and with extreme capacities.
func TestPagesOfNothing(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	viewer := b.As(store.RoleOperator)
	check := func() {
		t.Helper()
		for _, path := range []string{
			"/",
			"/expiries",
			"/subscription",
			"/expiries.csv",
			"/subscription.csv",
			"/overview/settings",
		} {
			if r := viewer.Get(path); r.StatusCode != http.StatusOK || strings.Contains(r.Text, "NaN") {
				t.Errorf("GET %s = %d\n%s", path, r.StatusCode, r.Text)
			}
		}
	}
	check()
	if got := viewer.Get("/").Doc(t).Find("h2").First().Text(); got == "" {
		t.Error("the overview has no heading before the first sync")
	}
	b.YCM.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{
					"total":{"extensionCapacity":0,"concurrentCallCapacity":0,"recordingCapacity":0},
					"used":{"extensionCapacity":0,"concurrentCallCapacity":5,"recordingCapacity":-3},
					"available":{"extensionCapacity":"none"}}}}`,
			),
		},
	)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	check()
	b.YCM.Clear()
	const huge = `"extensionCapacity":9223372036854775807,` +
		`"concurrentCallCapacity":9223372036854775807,"recordingCapacity":9223372036854775807`
	b.YCM.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{"total":{` + huge + `},"used":{` + huge + `},` +
					`"available":{` + huge + `}}}}`,
			),
		},
	)
	for range 20 {
		b.Clock.Add(24 * time.Hour)
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	viewer = b.As(store.RoleOperator)
	check()
}

// TestPaces checks that exports are limited per user, that exports over the limit aren't audited, and that a refresh
// over the limit leads back to the page without a sync.
func TestPaces(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	for range web.RateExport.PerMinute() {
		viewer.Get("/sizes.csv")
	}
	for _, path := range []string{"/sizes.csv", "/pbxs.csv", "/pbxs.xlsx", "/expiries.csv", "/subscription.csv"} {
		if r := viewer.Get(path); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
			t.Errorf("GET %s = %d, Retry-After %q, want 429", path, r.StatusCode, r.Header.Get("Retry-After"))
		}
	}
	if n := len(b.Events("sizes", "pbxs", "expiries", "subscription")); n != web.RateExport.PerMinute() {
		t.Errorf("%d exports are recorded, want %d", n, web.RateExport.PerMinute())
	}
	if r := b.As(store.RoleOperator).Get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("another user's export = %d, want 200", r.StatusCode)
	}
	b.Clock.Add(time.Minute)
	if r := b.As(store.RoleViewer).Get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("an export a minute later = %d, want 200", r.StatusCode)
	}
	for range web.RateRefresh.PerMinute() {
		b.Site.Limits[web.RateRefresh].Allow(userID(b, "viewer@example.com"))
	}
	before := b.Fleet.Mirror.Refresh() // nothing syncs in this test
	if r := viewer.Post("/sync", url.Values{"next": {"/expiries"}}); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/expiries" {
		t.Errorf("one refresh too many = %d to %q, want 303 to /expiries", r.StatusCode, r.Header.Get("Location"))
	}
	select {
	case <-before:
		t.Error("the fleet was synced")
	default:
	}
}

func userID(b *portaltest.Portal, email string) int64 {
	b.T.Helper()
	u, err := b.Store.UserByEmail(b.T.Context(), email)
	b.Must(err)
	return u.ID
}
