package handlers

import (
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"cordboard/fleet/list"
	"cordboard/handlers/web"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// listCount returns the number of PBXs in the list that a link leads to.
func (br *browser) listCount(link string) string {
	br.b.t.Helper()
	r := br.get(link)
	if r.StatusCode != http.StatusOK {
		br.b.t.Fatalf("GET %s = %d, want 200", link, r.StatusCode)
	}
	doc := r.doc(br.b.t)
	if said := doc.Find(".ignored").Text(); said != "" {
		br.b.t.Errorf("link %s has ignored parts: %s", link, said)
	}
	return attr(doc.Find("#result-count"), "data-count")
}

// checkCounts follows every link of a selection that leads to the list, and compares the list's count with the number
// in the link's text. It returns the number of links with a count.
func (br *browser) checkCounts(where string, links *goquery.Selection) (checked int) {
	br.b.t.Helper()
	links.Each(func(_ int, link *goquery.Selection) {
		href := attr(link, "href")
		words := strings.Fields(link.Text())
		if !strings.HasPrefix(href, "/pbxs?") || len(words) == 0 {
			return
		}
		number := strings.ReplaceAll(words[len(words)-1], ",", "")
		if value := link.Find(".stat-value"); value.Length() > 0 {
			number = strings.ReplaceAll(value.Text(), ",", "")
		}
		if _, err := strconv.Atoi(number); err != nil {
			return
		}
		checked++
		if got := br.listCount(href); got != number {
			br.b.t.Errorf("%s: %q leads to %s, which has %s PBXs", where, link.Text(), href, got)
		}
	})
	return checked
}

// TestOverviewLeadsToItsCounts checks that each block's count, and each count in a block, matches the list that it
// links to.
func TestOverviewLeadsToItsCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, 480)
	viewer := b.as(store.RoleViewer)
	doc := viewer.get("/").doc(t)
	blocks := doc.Find("[data-block][data-count]")
	if blocks.Length() < 6 {
		t.Fatalf("got %d blocks with a count, want at least 6 for 480 PBXs", blocks.Length())
	}
	blocks.Each(func(_ int, block *goquery.Selection) {
		all := block.Find(".card-head a")
		if got := viewer.listCount(attr(all, "href")); got != attr(block, "data-count") {
			t.Errorf("block %s counts %s, and its list %s", attr(block, "data-block"), attr(block, "data-count"), got)
		}
		if n := block.Find(".items > li").Length(); n < 1 || n > 4 {
			t.Errorf("block %s shows %d items", attr(block, "data-block"), n)
		}
	})
	if n := viewer.checkCounts("/", doc.Find("#overview a")); n < 15 {
		t.Errorf("got %d links with a count, want at least 15", n)
	}
	if doc.Find(`[data-block=attempts]`).Length() > 0 ||
		strings.Contains(doc.Text(), "Operations that need attention") {
		t.Error("a viewer sees operations")
	}
}

// TestSubscriptionLeadsToItsCounts checks that the right-sizing counts match the lists that they link to.
func TestSubscriptionLeadsToItsCounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, 480)
	viewer := b.as(store.RoleViewer)
	if n := viewer.checkCounts("/subscription", viewer.get("/subscription").doc(t).Find("#subscription td a")); n < 5 {
		t.Errorf("got %d links with a count, want at least 15", n)
	}
}

// TestExpiryBoard checks that each PBX and the subscription appear once, and that the links, the months and the CSV
// file agree.
func TestExpiryBoard(t *testing.T) {
	t.Parallel()
	b := newBench(t, 480)
	viewer := b.as(store.RoleViewer)
	doc := viewer.get("/expiries").doc(t)
	sum, counts := 0, map[string]int{}
	doc.Find("[data-bucket]").Each(func(_ int, bucket *goquery.Selection) {
		n, err := strconv.Atoi(attr(bucket, "data-count"))
		b.must(err)
		counts[attr(bucket, "data-bucket")] = n
		sum += n
	})
	none := b.fleet.Mirror.Index().Board(0, b.clock.Now(), time.UTC).None
	if sum+none != 482 {
		t.Errorf(
			"the buckets have %d entries and %d have no date, want 480 PBXs, the subscription and its recording",
			sum,
			none,
		)
	}
	if n := viewer.checkCounts("/expiries", doc.Find("#expiries a")); n < 18 {
		t.Errorf("got %d links with a count, want at least 15", n)
	}
	if n := doc.Find(`a[href="/subscription"]`).
		FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == "P-Series Hosting Package" }).
		Length(); n != 1 {
		t.Errorf("the subscription appears %d times, want once", n)
	}
	r := viewer.get("/expiries.csv")
	records, err := csv.NewReader(strings.NewReader(withoutBOM(t, r.body))).ReadAll()
	b.must(err)
	if len(records) != 483 {
		t.Fatalf("the CSV has %d rows, want the header and 482", len(records))
	}
	found := map[string]int{}
	before := ""
	for _, record := range records[1:] {
		found[record[0]]++
		if record[1] != "" && record[1] < before {
			t.Errorf("%s comes after %s", record[1], before)
		}
		before = record[1]
	}
	for bucket, n := range counts {
		if found[bucket] != n {
			t.Errorf("bucket %s: %d on the board, %d in the CSV", bucket, n, found[bucket])
		}
	}
	if e := b.events("expiries"); !slices.Equal(e, []string{"expiries.export done"}) {
		t.Errorf("events = %v", e)
	}
}

// TestBoardCountsTheReadersDays checks that days are counted in the reader's time zone, and that the page names it.
func TestBoardCountsTheReadersDays(t *testing.T) {
	t.Parallel()
	b := newBench(t, 1)
	// In New York, this instant and the test's current time are both still on the 17th.
	at := time.Date(2026, 3, 18, 3, 0, 0, 0, time.UTC)
	b.ycm.Edit(b.ycm.IDs()[0], func(r map[string]any) { r["planExpirationDate"], r["expirationDate"] = at.Unix(), nil })
	_, err := b.fleet.Mirror.Sync(t.Context())
	b.must(err)
	newYork, err := time.LoadLocation("America/New_York")
	b.must(err)
	for zone, want := range map[*time.Location]string{time.UTC: "7d", newYork: "today"} {
		b.server.site.Config.TimeZone = zone
		doc := b.as(store.RoleViewer).get("/expiries").doc(t)
		if got := attr(doc.Find(fmt.Sprintf(`[data-bucket=%q]`, want)), "data-count"); got != "1" {
			t.Errorf("in %s, %s PBXs are in bucket %s, want 1", zone, got, want)
		}
		if !strings.Contains(doc.Find(".page-title").Text(), zone.String()) {
			t.Errorf("the page doesn't name the time zone: %s", doc.Find(".page-title").Text())
		}
	}
}

// TestDatesThatNoCalendarHas checks that an impossible date from YCM appears on the board and in its CSV file exactly
// as YCM sent it.
func TestDatesThatNoCalendarHas(t *testing.T) {
	t.Parallel()
	for at, bucket := range map[int64]string{
		math.MaxInt64: list.NotUnderstood,
		1796083200000: list.NotUnderstood,
		1e15:          list.NotUnderstood,
		999999999999:  "later",
	} {
		b := benchOf(t, 2, ycmtest.Config{ThreeResources: true})
		b.ycm.Edit(b.ycm.IDs()[0], func(r map[string]any) { r["planExpirationDate"], r["expirationDate"] = at, nil })
		b.ycm.Inject(
			ycmtest.Fault{
				Op:   "getSubscription",
				Kind: ycmtest.Body,
				Body: []byte(
					fmt.Sprintf(
						`{"status":"Success","data":{"capacity":{"total":{"extensionCapacity":50,"concurrentCallCapacity":50,"recordingCapacity":500},"used":{"extensionCapacity":30,"concurrentCallCapacity":20,"recordingCapacity":200,"frozenExtensionCapacity":0,"assignedToResellerExtensionCapacity":20,"assignedToResellerConcurrentCallCapacity":10,"assignedToResellerRecordingCapacity":150},"available":{"extensionCapacity":20,"concurrentCallCapacity":30,"recordingCapacity":300}},"expirationTime":%d,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`,
						at,
					),
				),
			},
		)
		_, err := b.fleet.Mirror.Sync(t.Context())
		b.must(err)
		viewer := b.as(store.RoleViewer)
		card := viewer.get("/expiries").doc(t).Find(fmt.Sprintf("[data-bucket=%q]", bucket))
		if n, _ := strconv.Atoi(
			attr(card, "data-count"),
		); n < 2 || !strings.Contains(card.Text(), "P-Series Hosting Package") ||
			(bucket == list.NotUnderstood && !strings.Contains(card.Text(), strconv.FormatInt(at, 10))) {
			t.Errorf("date %d: %s entries: %s", at, attr(card, "data-count"), card.Text())
		}
		r := viewer.get("/expiries.csv")
		lines := 4 // the header, the subscription and two PBXs
		if bucket == list.NotUnderstood {
			lines = 3
		}
		if r.StatusCode != http.StatusOK || strings.Count(r.body, "\n") != lines {
			t.Errorf("date %d: GET /expiries.csv = %d\n%s", at, r.StatusCode, r.body)
		}
		for _, path := range []string{"/", "/subscription", "/pbxs", fmt.Sprintf("/pbxs/%d", b.ycm.IDs()[0])} {
			if r := viewer.get(path); r.StatusCode != http.StatusOK || strings.Contains(r.body, "292277") {
				t.Errorf("date %d: GET %s = %d", at, path, r.StatusCode)
			}
		}
	}
}

// TestBlocks checks that hiding and moving blocks affects only the user who does it, and that invalid requests change
// nothing.
func TestBlocks(t *testing.T) {
	t.Parallel()
	b := newBench(t, 60)
	viewer, operator := b.as(store.RoleViewer), b.as(store.RoleOperator)
	order := func(br *browser) []string {
		return br.get("/overview/settings").
			doc(t).
			Find("[data-block]").
			Map(func(_ int, s *goquery.Selection) string { return attr(s, "data-block") })
	}
	place := func(br *browser, block, do string) int {
		return br.post("/overview/settings", url.Values{"block": {block}, "do": {do}}).StatusCode
	}
	usual := order(viewer)
	if usual[0] != "status" || slices.Contains(usual, "attempts") || !slices.Contains(order(operator), "attempts") {
		t.Fatalf("initial order = %v", usual)
	}
	place(viewer, "news", "up")
	place(viewer, "status", "down")
	place(viewer, "status", "up")
	place(viewer, "status", "up") // it is already the first
	place(viewer, "trials", "hide")
	want := slices.Clone(usual)
	at := slices.Index(want, "news")
	want[at-1], want[at] = want[at], want[at-1]
	if got := order(viewer); !slices.Equal(got, want) {
		t.Errorf("order = %v, want %v", got, want)
	}
	page := viewer.get("/").doc(t)
	if page.Find("[data-block=trials]").Length() > 0 || page.Find("[data-block=status]").Length() != 1 {
		t.Error("a hidden block is shown, or another block is missing")
	}
	if b.as(store.RoleOperator).get("/").doc(t).Find("[data-block=trials]").Length() != 1 {
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
	user, err := b.store.UserByEmail(t.Context(), "viewer@example.com")
	b.must(err)
	b.must(
		b.store.SetPrefs(
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

// TestWhatChanged checks that changes since the last visit are listed, except values that change every day.
func TestWhatChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t, 20)
	news := func() string {
		return strings.Join(
			strings.Fields(b.as(store.RoleViewer).get("/").doc(t).Find("[data-block=news]").Text()),
			" ",
		)
	}
	if got := news(); !strings.Contains(got, "In the last 24 hours") || !strings.Contains(got, "no changes") {
		t.Errorf("changes on the first visit: %s", got)
	}
	id := b.ycm.IDs()[3]
	b.clock.add(49 * time.Hour)
	b.ycm.Edit(id, func(r map[string]any) { r["version"], r["lastBackupTime"] = "84.99.0.1", int64(5) })
	b.clock.add(time.Minute)
	_, err := b.fleet.Mirror.Sync(t.Context())
	b.must(err)
	b.clock.add(time.Hour)
	got := news()
	if !strings.Contains(got, "Since your last visit, 17 Mar 2026") || !strings.Contains(got, "Firmware: 1") ||
		!strings.Contains(got, "84.99.0.1") ||
		strings.Contains(got, "backup") {
		t.Errorf("changes two days later: %s", got)
	}
	b.clock.add(90 * 24 * time.Hour)
	if got := news(); !strings.Contains(got, "In the last 30 days") || !strings.Contains(got, "no changes") {
		t.Errorf("changes after three months: %s", got)
	}
}

// TestAttemptsOnTheOverview checks that users who may create PBXs see unknown and recently refused operations.
func TestAttemptsOnTheOverview(t *testing.T) {
	t.Parallel()
	b := newBench(t, 5)
	operator := b.as(store.RoleOperator)
	b.ycm.Inject(ycmtest.Fault{Op: "createCloudPbx", Kind: ycmtest.Failed200, Code: 1000043, Times: 1})
	b.work()
	operator.untilSays(b.attempt(operator, goodForm("refused-one")), "Refused by YCM")
	count := func() string { return attr(operator.get("/").doc(t).Find("[data-block=attempts]"), "data-count") }
	if got := count(); got != "1" {
		t.Errorf("attempts after a refusal = %s, want 1", got)
	}
	b.clock.add(8 * 24 * time.Hour)
	operator = b.as(store.RoleOperator)
	if got := count(); got != "(none)" {
		t.Errorf("attempts eight days later = %s, want no block", got)
	}
}

// TestLanding checks that the overview opens after signing in unless the user chose another start page.
func TestLanding(t *testing.T) {
	t.Parallel()
	b := newBench(t, 5)
	signIn := func() string {
		return b.browser().signIn("viewer@example.com", testPassword).Header.Get("Location")
	}
	for _, step := range []struct{ view, want string }{
		{"", "/"},
		{"all", "/pbxs"},
		{"trials", "/pbxs?view=trials"},
		{"", "/"},
	} {
		if r := b.as(store.RoleViewer).
			post("/views/landing", url.Values{"view": {step.view}}); r.StatusCode != http.StatusSeeOther {
			t.Errorf("choosing view %q = %d, want 303", step.view, r.StatusCode)
		}
		if got := signIn(); got != step.want {
			t.Errorf("with start page %q, signing in leads to %s, want %s", step.view, got, step.want)
		}
	}
	if got := b.as(store.RoleViewer).get("/").StatusCode; got != http.StatusOK {
		t.Errorf("GET / = %d, want 200", got)
	}
}

// TestPagesOfNothing checks each page in three cases: before the first sync, for an account without PBXs, and with
// extreme capacities.
func TestPagesOfNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	viewer := b.as(store.RoleOperator)
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
			if r := viewer.get(path); r.StatusCode != http.StatusOK || strings.Contains(r.body, "NaN") {
				t.Errorf("GET %s = %d\n%s", path, r.StatusCode, r.body)
			}
		}
	}
	check()
	if got := viewer.get("/").doc(t).Find("h2").First().Text(); got == "" {
		t.Error("the overview has no heading before the first sync")
	}
	b.ycm.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{"total":{"extensionCapacity":0,"concurrentCallCapacity":0,"recordingCapacity":0},"used":{"extensionCapacity":0,"concurrentCallCapacity":5,"recordingCapacity":-3},"available":{"extensionCapacity":"none"}}}}`,
			),
		},
	)
	_, err := b.fleet.Mirror.Sync(t.Context())
	b.must(err)
	check()
	b.ycm.Clear()
	const huge = `"extensionCapacity":9223372036854775807,"concurrentCallCapacity":9223372036854775807,"recordingCapacity":9223372036854775807`
	b.ycm.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{"total":{` + huge + `},"used":{` + huge + `},"available":{` + huge + `}}}}`,
			),
		},
	)
	for range 20 {
		b.clock.add(24 * time.Hour)
		_, err := b.fleet.Mirror.Sync(t.Context())
		b.must(err)
	}
	viewer = b.as(store.RoleOperator)
	check()
}

// TestPaces checks that refreshes and exports are limited per user, and that requests over the limit reach neither YCM
// nor the log.
func TestPaces(t *testing.T) {
	t.Parallel()
	b := newBench(t, 3)
	viewer := b.as(store.RoleViewer)
	for range web.RateExport.PerMinute() {
		viewer.get("/sizes.csv")
	}
	for _, path := range []string{"/sizes.csv", "/pbxs.csv", "/pbxs.xlsx", "/expiries.csv", "/subscription.csv"} {
		if r := viewer.get(path); r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" {
			t.Errorf("GET %s = %d, Retry-After %q, want 429", path, r.StatusCode, r.Header.Get("Retry-After"))
		}
	}
	if n := len(b.events("sizes", "pbxs", "expiries", "subscription")); n != web.RateExport.PerMinute() {
		t.Errorf("%d exports are recorded, want %d", n, web.RateExport.PerMinute())
	}
	if r := b.as(store.RoleOperator).get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("another user's export = %d, want 200", r.StatusCode)
	}
	b.clock.add(time.Minute)
	if r := b.as(store.RoleViewer).get("/sizes.csv"); r.StatusCode != http.StatusOK {
		t.Errorf("an export a minute later = %d, want 200", r.StatusCode)
	}
	for range web.RateRefresh.PerMinute() {
		b.server.site.Limits[web.RateRefresh].Allow(userID(b, "viewer@example.com"))
	}
	before := b.fleet.Mirror.Refresh() // nothing syncs in this test
	if r := viewer.post("/sync", url.Values{"next": {"/expiries"}}); r.StatusCode != http.StatusSeeOther ||
		r.Header.Get("Location") != "/expiries" {
		t.Errorf("one refresh too many = %d to %q, want 303 to /expiries", r.StatusCode, r.Header.Get("Location"))
	}
	select {
	case <-before:
		t.Error("the fleet was synced")
	default:
	}
}

func userID(b *bench, email string) int64 {
	b.t.Helper()
	u, err := b.store.UserByEmail(b.t.Context(), email)
	b.must(err)
	return u.ID
}
