package handlers

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"cordboard/fleet"
	"cordboard/store"
	"cordboard/views"
	"cordboard/ycm/ycmtest"
)

// TestPackageFailsAlone: the fleet is current, the subscription reading is not; the last good one stands, with its age and the cause.
func TestPackageFailsAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault ycmtest.Fault
		says  string
	}{
		"refused": {ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, "YCM denied access"},
		"HTML":    {ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, "YCM’s answer could not be read"},
		"not whole": {
			ycmtest.Fault{Kind: ycmtest.Body, Body: []byte(`{"status":"Success","requestId":"abc-9","data":{"capacity":{"total":{"extensionCapacity":1}}}}`)},
			"Fields that it reported earlier are missing: total.concurrentCallCapacity, total.recordingCapacity",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, 10)
			viewer := b.as(store.RoleViewer)
			before := viewer.get("/subscription").doc(t).Find("#ledger ~ *, [data-resource]").Text()
			b.clock.add(10 * time.Minute)
			tt.fault.Op = "getSubscription"
			b.ycm.Inject(tt.fault)
			_, err := b.fleet.Sync(t.Context())
			b.must(err)
			doc := viewer.get("/subscription").doc(t)
			if got := attr(
				doc.Find("[data-sync-state]"),
				"data-sync-state",
			); got != "failing" ||
				doc.Find("[data-sync-state]").Length() != 1 {
				t.Errorf("data-sync-state = %s", got)
			}
			text := doc.Find("#subscription").Text()
			if !strings.Contains(text, tt.says) || !strings.Contains(text, "10 min ago") ||
				!strings.Contains(text, "last successful reading is shown below") {
				t.Errorf("the page says %s", text)
			}
			if got := doc.Find("#ledger ~ *, [data-resource]").Text(); got != before {
				t.Errorf("the ledger became %s", got)
			}
			if got := attr(viewer.get("/pbxs").doc(t).Find("[data-sync-state]"), "data-sync-state"); got != "current" {
				t.Errorf("the fleet is %s", got)
			}
		})
	}
}

// TestRefreshOfThePackage reads the package, and not the list.
func TestRefreshOfThePackage(t *testing.T) {
	t.Parallel()
	b := newBench(t, 10)
	viewer := b.as(store.RoleViewer)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b.fleet.Run(ctx)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	for b.fleet.Freshness().Next.IsZero() { // a pass that was asked for could come behind the first
		<-time.After(time.Millisecond)
	}
	<-b.fleet.RefreshSubscription()
	count := func(op string) int { return len(b.ycm.Requests(op)) }
	lists := count("listCloudPbxs")
	b.ycm.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Failed200, Code: 1000043})
	for tries := 0; b.fleet.Subscription().State != fleet.Failing; tries++ { // each waits for a moment only
		r := viewer.post("/sync", url.Values{"what": {"package"}, "next": {"/subscription"}})
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/subscription" || tries > 100 {
			t.Fatalf("Refresh = %d to %q", r.StatusCode, r.Header.Get("Location"))
		}
	}
	if n := count("listCloudPbxs") - lists; n != 0 {
		t.Errorf("it read %d pages of the list", n)
	}
}

// TestUnexplainedIsShown: what doesn't add up stands there, with words.
func TestUnexplainedIsShown(t *testing.T) {
	t.Parallel()
	b := newBench(t, 0)
	b.ycm.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{"total":{"extensionCapacity":50,"concurrentCallCapacity":50,"recordingCapacity":500},"used":{"extensionCapacity":30,"concurrentCallCapacity":20,"recordingCapacity":200,"frozenExtensionCapacity":7,"assignedToResellerExtensionCapacity":20,"assignedToResellerConcurrentCallCapacity":10,"assignedToResellerRecordingCapacity":150},"available":{"extensionCapacity":17,"concurrentCallCapacity":31,"recordingCapacity":300}},"expirationTime":1774000000,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`,
			),
		},
	)
	_, err := b.fleet.Sync(t.Context())
	b.must(err)
	doc := b.as(store.RoleViewer).get("/subscription").doc(t)
	for resource, want := range map[string]map[string]string{
		"extensionCapacity":      {"total": "50", "own": "10", "assigned": "20", "available": "17", "unexplained": "3", "frozen": "7", "fleet": "0", "difference": "-10"},
		"concurrentCallCapacity": {"own": "10", "assigned": "10", "available": "31", "unexplained": "-1"},
		"recordingCapacity":      {"total": "500", "own": "50", "assigned": "150", "available": "300", "unexplained": "0"},
	} {
		for column, value := range want {
			if got := attr(
				doc.Find(`[data-resource="`+resource+`"] [data-col="`+column+`"]`),
				"data-value",
			); got != value {
				t.Errorf("%s of %s = %s, want %s", column, resource, got, value)
			}
		}
	}
	text := strings.Join(strings.Fields(doc.Find("#subscription").Text()), " ")
	for _, want := range []string{
		"3 extensions of the total are neither used nor available", "1 concurrent call more than the total is used or available", "7 extensions are frozen",
		"YCM counts 10 extensions more as own than the PBXs in the list have", "Unexplained 3", "Enabled", "Subscribed", "20 Mar 2026",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't say %q:\n%s", want, text)
		}
	}
}

// TestHistoryOfThePackage: the chart, its words and the CSV are of the same days; what is no span is the usual one.
func TestHistoryOfThePackage(t *testing.T) {
	t.Parallel()
	b := newBench(t, 30)
	viewer := b.as(store.RoleViewer)
	forecast := func() string {
		return strings.Join(
			strings.Fields(viewer.get("/subscription").doc(t).Find(`[data-forecast=extensionCapacity]`).Text()),
			" ",
		)
	}
	if got := forecast(); !strings.Contains(got, "it needs 14 days of readings, and there are 1") {
		t.Errorf("on the first day: %s", got)
	}
	for range 40 {
		b.clock.add(24 * time.Hour)
		b.ycm.Edit(
			b.ycm.IDs()[0],
			func(r map[string]any) { r["extensionCapacity"] = r["extensionCapacity"].(int64) + 10 },
		)
		_, err := b.fleet.Sync(t.Context())
		b.must(err)
	}
	viewer = b.as(store.RoleViewer)
	if got := forecast(); !strings.Contains(got, "At the pace of the last 41 days, about 10 extensions a day: full") {
		t.Errorf("after 40 days of 10 more each: %s", got)
	}
	for path, want := range map[string]int{"/subscription.csv?days=30": 32, "/subscription.csv?days=365": 42, "/subscription.csv?days=7": 42, "/subscription.csv": 42} {
		r := viewer.get(path)
		records, err := csv.NewReader(strings.NewReader(withoutBOM(t, r.body))).ReadAll()
		b.must(err)
		if len(records) != want {
			t.Errorf("%s has %d lines, want %d", path, len(records), want)
		}
		if records[0][0] != "day" || !slices.Contains(records[0], "available.extensionCapacity") ||
			records[len(records)-1][0] != "2026-04-26" {
			t.Errorf("%s: %v … %v", path, records[0], records[len(records)-1])
		}
	}
	if e := b.events("subscription"); len(e) != 4 || e[0] != "subscription.export done" {
		t.Errorf("audited: %v", e)
	}
	b.store.Close() //nolint:errcheck // so that nothing can be audited
	if r := viewer.get("/subscription.csv"); r.StatusCode < 500 || strings.Contains(r.body, "extensionCapacity") {
		t.Errorf("an export that can't be audited = %d", r.StatusCode)
	}
}

// TestBuilderKeepsWhatItHasNoInputFor: a range of dates of expires survives the builder, and so do sizes.
func TestBuilderKeepsWhatItHasNoInputFor(t *testing.T) {
	t.Parallel()
	b := newBench(t, 10)
	viewer := b.as(store.RoleViewer)
	doc := viewer.get("/pbxs/filters?expires=2026-03-01..2026-04-01&size=calls-over&onboarding=!no-extension").doc(t)
	if doc.Find(`input[type=hidden][name=expires][value="2026-03-01..2026-04-01"]`).Length() != 1 ||
		doc.Find(`input[type=hidden][name=onboarding][value="!no-extension"]`).Length() != 1 {
		t.Error("a filter is lost")
	}
	if doc.Find(`input[name=size][value="calls-over"][checked]`).Length() != 1 {
		t.Error("a size is not ticked")
	}
	to := viewer.get(
		"/pbxs/filters?apply=yes&expires=2026-03-01..2026-04-01&size=calls-over&onboarding=!no-extension",
	).Header.Get(
		"Location",
	)
	u, err := url.Parse(to)
	b.must(err)
	if u.Query().
		Encode() !=
		(url.Values{"expires": {"2026-03-01..2026-04-01"}, "size": {"calls-over"}, "onboarding": {"!no-extension"}}).Encode() {
		t.Errorf("applying leads to %s", to)
	}
	chips := strings.Join(strings.Fields(viewer.get(to).doc(t).Find(".chip").Text()), " ")
	for _, want := range []string{"1 Mar 2026 – 1 Apr 2026", "Call peak over capacity", "not Activated, no extension"} {
		if !strings.Contains(chips, want) {
			t.Errorf("the chips don't say %q: %s", want, chips)
		}
	}
}

// TestLimitsAreSettings: what is nearly full, full or stuck follows the settings, in counts and words.
func TestLimitsAreSettings(t *testing.T) {
	t.Parallel()
	b := prepare(t, 200)
	at := func(l fleet.Limits) int {
		f, err := fleet.New(t.Context(), fleet.Config{Store: b.store, Now: b.clock.Now, Limits: l})
		b.must(err)
		q := fleet.NewQuery(url.Values{"usage": {"nearly-full"}})
		return f.Snapshot().Count(q, b.clock.Now(), time.UTC)
	}
	low, usual, high := at(fleet.Limits{NearlyFull: 30}), at(fleet.Limits{}), at(fleet.Limits{NearlyFull: 95})
	if low <= usual || usual <= high {
		t.Errorf("from 30 %%: %d, from 80 %%: %d, from 95 %%: %d", low, usual, high)
	}
}

// TestSizesExport: every PBX that is there, with what the page adds up.
func TestSizesExport(t *testing.T) {
	t.Parallel()
	b := newBench(t, 60)
	r := b.as(store.RoleViewer).get("/sizes.csv")
	records, err := csv.NewReader(strings.NewReader(withoutBOM(t, r.body))).ReadAll()
	b.must(err)
	if len(records) != 61 || records[0][0] != "cloudPbxId" || !slices.Contains(records[0], "activeCalls.peak") {
		t.Fatalf("%d lines, %v", len(records), records[0])
	}
	at := slices.Index(records[0], "usedExtensions.state")
	counts := map[string]int{}
	for _, record := range records[1:] {
		counts[record[at]]++
	}
	size := b.fleet.Snapshot().Sizes()[0]
	for state, n := range map[string]int{"over": size.Over, "full": size.Full, "nearly-full": size.NearlyFull, "unknown": size.Unknown} {
		if counts[state] != n {
			t.Errorf("%s: %d in the file, %d on the page", state, counts[state], n)
		}
	}
	if e := b.events("sizes"); len(e) != 1 {
		t.Errorf("audited: %v", e)
	}
}

// TestForecastOfOldReadings: what was told long ago is told as that, and never as to come when it is over.
func TestForecastOfOldReadings(t *testing.T) {
	t.Parallel()
	c := views.Clock{Now: time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC), Zone: time.UTC}
	today := c.Now.Unix() / 86400
	for _, tt := range []struct {
		f    fleet.Forecast
		want string
	}{
		{fleet.Forecast{Kind: fleet.Rising, Last: today, From: 10, To: 10}, "full about 27 Mar 2026, in 10 days"},
		{fleet.Forecast{Kind: fleet.Rising, Last: today, From: 10, To: 40}, "full between 27 Mar 2026 and 26 Apr 2026, in 10 to 40 days"},
		{fleet.Forecast{Kind: fleet.Rising, Last: today, From: 10, To: -1}, "full on 27 Mar 2026 at the earliest, in 10 days"},
		{fleet.Forecast{Kind: fleet.Rising, Last: today, From: -1, To: -1}, "it lasts more than ten years"},
		{fleet.Forecast{Kind: fleet.Rising, Last: today - 20, From: 10, To: 40}, "it should be full by now (based on the last reading, 25 Feb 2026)"},
		{fleet.Forecast{Kind: fleet.Rising, Last: today - 5, From: 10, To: 40}, "full between 22 Mar 2026 and 21 Apr 2026, in 5 to 35 days (based on the last reading, 12 Mar 2026)"},
	} {
		if got := forecastRange(tt.f, c); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.f, got, tt.want)
		}
	}
}

// TestPrintedDaysAgree: how far off something is in print is what fleet.Day says, whatever the clock does.
func TestPrintedDaysAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(
			rapid.SampledFrom([]string{"UTC", "America/Havana", "America/St_Johns", "Pacific/Apia", "Asia/Beirut", "Europe/Berlin"}).
				Draw(t, "zone"),
		)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(rapid.Int64Range(1_100_000_000, 1_900_000_000).Draw(t, "now"), 0)
		if _, end := now.In(zone).ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "at a change") {
			now = end.Add(time.Duration(rapid.IntRange(-90, 90).Draw(t, "minutes")) * time.Minute)
		}
		at := now.Add(time.Duration(rapid.IntRange(-90*24*60, 90*24*60).Draw(t, "off")) * time.Minute)
		days := fleet.Day(at.Unix(), zone) - fleet.Day(now.Unix(), zone)
		want := fmt.Sprintf("in %d days", days)
		switch {
		case days == 0:
			want = "today"
		case days == 1:
			want = "tomorrow"
		case days == -1:
			want = "yesterday"
		case days < 0:
			want = fmt.Sprintf("%d days ago", -days)
		}
		if got := (views.Clock{Now: now, Zone: zone}).Days(at); got != want {
			t.Fatalf("%s on %s: %q, want %q", at.In(zone), now.In(zone), got, want)
		}
	})
}

// TestResourcesOfTheContract: a contract of five resources has five rows, with what the Ultimate Plan takes behind the extensions, and two dates; one of three has three
// rows and one date, and nothing of the others anywhere.
func TestResourcesOfTheContract(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config ycmtest.Config
		want   []string
		ends   int
	}{
		"newest": {ycmtest.Config{}, []string{"extensionCapacity", "ultimatePlanCapacity", "concurrentCallCapacity", "recordingCapacity", "transcriptionCapacity"}, 2},
		"older":  {ycmtest.Config{ThreeResources: true}, []string{"extensionCapacity", "concurrentCallCapacity", "recordingCapacity"}, 1},
	} {
		b := benchOf(t, 60, tt.config)
		operator := b.as("operator")
		doc := operator.get("/subscription").doc(t)
		var got []string
		doc.Find("#ledger [data-resource], table [data-resource]").Each(func(_ int, row *goquery.Selection) {
			if r := attr(row, "data-resource"); !slices.Contains(got, r) {
				got = append(got, r)
			}
		})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: rows of %q, want %q", name, got, tt.want)
		}
		for _, r := range got {
			for _, column := range []string{"total", "own", "assigned", "available", "unexplained", "fleet", "difference"} {
				if doc.Find(fmt.Sprintf("[data-resource=%q] [data-col=%q]", r, column)).Length() == 0 {
					t.Errorf("%s: %s has no %s", name, r, column)
				}
			}
		}
		if n := doc.Find(`[data-col="expirationTime"], [data-col="recordingExpireDate"]`).Length(); n != tt.ends {
			t.Errorf("%s: %d dates of the package, want %d", name, n, tt.ends)
		}
		for _, path := range []string{"/", "/pbxs/new", "/expiries", "/subscription.csv"} {
			r := operator.get(path)
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: %s = %d", name, path, r.StatusCode)
			}
			if path != "/subscription.csv" &&
				strings.Contains(
					r.body,
					`data-resource="ultimatePlanCapacity"`,
				) != (name == "newest" && path != "/expiries") {
				t.Errorf("%s: %s shows Ultimate extensions, or doesn't", name, path)
			}
		}
	}
}

// TestUltimateIsCheckedBeforeSending: a PBX with the Ultimate Plan that the package has no Ultimate extensions for is warned of at its plan, and YCM isn't asked to make it.
func TestUltimateIsCheckedBeforeSending(t *testing.T) {
	t.Parallel()
	b := newBench(t, 20)
	operator := b.as("operator")
	b.ycm.Inject(
		ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(`{"status":"Success","data":{"capacity":{
		"total":{"extensionCapacity":5000,"concurrentCallCapacity":5000,"recordingCapacity":500000,"ultimatePlanCapacity":100,"transcriptionCapacity":1000},
		"used":{"extensionCapacity":0,"concurrentCallCapacity":0,"recordingCapacity":0,"ultimatePlanCapacity":81,"transcriptionCapacity":0,"assignedToResellerExtensionCapacity":0,
			"assignedToResellerConcurrentCallCapacity":0,"assignedToResellerRecordingCapacity":0,"assignedToResellerUltimatePlanCapacity":0,"assignedToResellerTranscriptionCapacity":0},
		"available":{"extensionCapacity":5000,"concurrentCallCapacity":5000,"recordingCapacity":500000,"ultimatePlanCapacity":19,"transcriptionCapacity":1000}},
		"expirationTime":1893456000,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`)},
	)
	for plan, want := range map[string]int{"Ultimate Plan": http.StatusUnprocessableEntity, "Enterprise Plan": http.StatusSeeOther} {
		form := with(
			goodForm("plan-"+strings.ToLower(plan[:4])),
			map[string]string{"plan": plan, "attempt": operator.form()},
		)
		r := operator.post("/pbxs", form)
		if r.StatusCode != want {
			t.Errorf("%s = %d, want %d", plan, r.StatusCode, want)
		}
		if warned := strings.Contains(
			r.body,
			"19 Ultimate Plan extensions are available",
		); warned != (plan == "Ultimate Plan") {
			t.Errorf("%s: warned %v", plan, warned)
		}
	}
}
