package capacity_test

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
	"cordboard/fleet/capacity"
	"cordboard/fleet/list"
	"cordboard/fleet/mirror"
	"cordboard/handlers/portaltest"
	"cordboard/handlers/web/display"
	"cordboard/store"
	"cordboard/views/ui"
	"cordboard/ycm/ycmtest"
)

// TestPackageFailsAlone checks what happens if the fleet is current but the subscription can't be read. The capacity
// page must show the last successful reading, its age and the cause, and the PBX list must remain current.
func TestPackageFailsAlone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault ycmtest.Fault
		says  string
	}{
		"refused": {ycmtest.Fault{Kind: ycmtest.Failed200, Code: 1000043}, "YCM denied access"},
		"HTML":    {ycmtest.Fault{Kind: ycmtest.Body, Body: []byte("<html>")}, "YCM’s response could not be read"},
		"not whole": {
			ycmtest.Fault{
				Kind: ycmtest.Body,
				Body: []byte(
					`{"status":"Success","requestId":"abc-9","data":{"capacity":{"total":{"extensionCapacity":1}}}}`,
				),
			},
			"Fields that YCM reported earlier are missing: total.concurrentCallCapacity, total.recordingCapacity",
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := portaltest.New(t, 10)
			viewer := b.As(store.RoleViewer)
			before := viewer.Get("/subscription").Doc(t).Find("#ledger ~ *, [data-resource]").Text()
			b.Clock.Add(10 * time.Minute)
			tt.fault.Op = "getSubscription"
			b.YCM.Inject(tt.fault)
			_, err := b.Fleet.Mirror.Sync(t.Context())
			b.Must(err)
			doc := viewer.Get("/subscription").Doc(t)
			if got := portaltest.Attr(doc.Find("[data-sync-state]"), "data-sync-state"); got != "failing" ||
				doc.Find("[data-sync-state]").Length() != 1 {
				t.Errorf("data-sync-state = %s, want failing", got)
			}
			text := doc.Find("#subscription").Text()
			if !strings.Contains(text, tt.says) || !strings.Contains(text, "10 min ago") ||
				!strings.Contains(text, "last successful reading is shown below") {
				t.Errorf("the page shows %s", text)
			}
			if got := doc.Find("#ledger ~ *, [data-resource]").Text(); got != before {
				t.Errorf("the ledger changed to %s", got)
			}
			fresh := viewer.Get("/pbxs").Doc(t).Find("[data-sync-state]")
			if got := portaltest.Attr(fresh, "data-sync-state"); got != "current" {
				t.Errorf("the fleet's data-sync-state = %s, want current", got)
			}
		})
	}
}

// TestRefreshOfThePackage checks that refreshing the subscription doesn't read the list of PBXs.
func TestRefreshOfThePackage(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 10)
	viewer := b.As(store.RoleViewer)
	ctx, cancel := context.WithCancel(t.Context())
	ended, synced := make(chan struct{}), b.Fleet.Mirror.Passed()
	go func() {
		defer close(ended)
		b.Fleet.Run(ctx)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	<-synced // the list requests of the first sync must not be counted below
	<-b.Fleet.Subscriptions.Refresh()
	count := func(op string) int { return len(b.YCM.Requests(op)) }
	lists := count("listCloudPbxs")
	b.YCM.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Failed200, Code: 1000043})
	// Each refresh waits only briefly, so several may be needed.
	for tries := 0; b.Fleet.Subscriptions.Subscription().State != fleet.Failing; tries++ {
		r := viewer.Post("/sync", url.Values{"what": {"package"}, "next": {"/subscription"}})
		if r.StatusCode != http.StatusSeeOther || r.Header.Get("Location") != "/subscription" || tries > 100 {
			t.Fatalf("Refresh = %d to %q, want 303 to /subscription", r.StatusCode, r.Header.Get("Location"))
		}
	}
	if n := count("listCloudPbxs") - lists; n != 0 {
		t.Errorf("Refresh read %d pages of the list, want 0", n)
	}
}

// TestUnexplainedIsShown checks that capacity that doesn't add up is shown and explained.
func TestUnexplainedIsShown(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	b.YCM.Inject(
		ycmtest.Fault{
			Op:   "getSubscription",
			Kind: ycmtest.Body,
			Body: []byte(
				`{"status":"Success","data":{"capacity":{
					"total":{"extensionCapacity":50,"concurrentCallCapacity":50,"recordingCapacity":500},
					"used":{"extensionCapacity":30,"concurrentCallCapacity":20,"recordingCapacity":200,
						"frozenExtensionCapacity":7,"assignedToResellerExtensionCapacity":20,
						"assignedToResellerConcurrentCallCapacity":10,"assignedToResellerRecordingCapacity":150},
					"available":{"extensionCapacity":17,"concurrentCallCapacity":31,"recordingCapacity":300}},
					"expirationTime":1774000000,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`,
			),
		},
	)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	doc := b.As(store.RoleViewer).Get("/subscription").Doc(t)
	for resource, want := range map[string]map[string]string{
		"extensionCapacity": {
			"total":       "50",
			"own":         "10",
			"assigned":    "20",
			"available":   "17",
			"unexplained": "3",
			"frozen":      "7",
			"fleet":       "0",
			"difference":  "-10",
		},
		"concurrentCallCapacity": {"own": "10", "assigned": "10", "available": "31", "unexplained": "-1"},
		"recordingCapacity": {
			"total":       "500",
			"own":         "50",
			"assigned":    "150",
			"available":   "300",
			"unexplained": "0",
		},
	} {
		for column, value := range want {
			if got := portaltest.Attr(
				doc.Find(`[data-resource="`+resource+`"] [data-col="`+column+`"]`),
				"data-value",
			); got != value {
				t.Errorf("%s of %s = %s, want %s", column, resource, got, value)
			}
		}
	}
	text := strings.Join(strings.Fields(doc.Find("#subscription").Text()), " ")
	for _, want := range []string{
		"3 extensions of the total are neither used nor available",
		"used and available capacity together exceed the total by 1 concurrent call", "7 extensions are frozen",
		"YCM’s figure for own capacity exceeds the list’s total by 10 extensions",
		"Unexplained 3",
		"Enabled",
		"Subscribed",
		"20 Mar 2026",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page doesn't contain %q:\n%s", want, text)
		}
	}
}

// TestHistoryOfThePackage checks the forecast on the first day and after 40 days of growth, and that the CSV file
// covers the requested span, or the default span if the requested one is invalid. An export that can't be audited must
// fail.
func TestHistoryOfThePackage(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 30)
	viewer := b.As(store.RoleViewer)
	forecast := func() string {
		return strings.Join(
			strings.Fields(viewer.Get("/subscription").Doc(t).Find(`[data-forecast=extensionCapacity]`).Text()),
			" ",
		)
	}
	if got := forecast(); !strings.Contains(got, "readings for 1 of the 14 days that it needs") {
		t.Errorf("forecast on the first day = %s", got)
	}
	for range 40 {
		b.Clock.Add(24 * time.Hour)
		b.YCM.Edit(
			b.YCM.IDs()[0],
			func(r map[string]any) { r["extensionCapacity"] = r["extensionCapacity"].(int64) + 10 },
		)
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	viewer = b.As(store.RoleViewer)
	if got := forecast(); !strings.Contains(got, "growth rate of the last 41 days, about 10 extensions a day: full") {
		t.Errorf("forecast after 40 days of 10 more each = %s", got)
	}
	for path, want := range map[string]int{
		"/subscription.csv?days=30":  32,
		"/subscription.csv?days=365": 42,
		"/subscription.csv?days=7":   42,
		"/subscription.csv":          42,

		"/subscription.csv?from=2026-04-20&to=2026-04-26": 8,
		"/subscription.csv?from=2026-04-20&to=2027-04-26": 8,
	} {
		r := viewer.Get(path)
		records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
		b.Must(err)
		if len(records) != want {
			t.Errorf("%s has %d lines, want %d", path, len(records), want)
		}
		if records[0][0] != "day" || !slices.Contains(records[0], "available.extensionCapacity") ||
			records[len(records)-1][0] != "2026-04-26" {
			t.Errorf("%s: first row = %v, last row = %v", path, records[0], records[len(records)-1])
		}
	}
	page := viewer.Get("/subscription?from=2026-04-19&to=2026-04-20").Doc(t).Find("#history")
	if got := portaltest.Attr(page, "data-times"); got != "19 Apr 2026|20 Apr 2026" {
		t.Errorf("days of the charts = %s", got)
	}
	chart := page.Find("[data-chart=extensionCapacity]")
	values := strings.Fields(portaltest.Attr(chart.Find(".plot"), "data-values"))
	if len(values) != 2 || chart.Find(".chart-now, .chart-range").Length() != 0 {
		t.Errorf("values of two days in the past = %q, with a forecast: %t", values, chart.Find(".chart-now").Length() > 0)
	}
	if page := viewer.Get("/subscription?from=2025-01-02&to=2025-01-01").Doc(t).Find("#history"); !strings.Contains(
		page.Text(), "No readings in this time.") || !strings.Contains(page.Text(), "its days were swapped") {
		t.Errorf("a range without readings, in the wrong order: %s", page.Text())
	}
	if e := b.Events("subscription"); len(e) != 6 || e[0] != "subscription.export done" {
		t.Errorf("events = %v", e)
	}
	b.Store.Close() //nolint:errcheck // makes auditing fail
	if r := viewer.Get("/subscription.csv"); r.StatusCode < 500 || strings.Contains(r.Text, "extensionCapacity") {
		t.Errorf("an export that can't be audited = %d, want 500 or more", r.StatusCode)
	}
}

// TestBuilderKeepsWhatItHasNoInputFor checks that the filter builder keeps an expiry date range and an excluded
// onboarding step, for which it has no visible inputs. Sizes have checkboxes and must be kept, too.
func TestBuilderKeepsWhatItHasNoInputFor(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 10)
	viewer := b.As(store.RoleViewer)
	doc := viewer.Get("/pbxs/filters?expires=2026-03-01..2026-04-01&size=calls-over&onboarding=!no-extension").Doc(t)
	if doc.Find(`input[type=hidden][name=expires][value="2026-03-01..2026-04-01"]`).Length() != 1 ||
		doc.Find(`input[type=hidden][name=onboarding][value="!no-extension"]`).Length() != 1 {
		t.Error("a filter is lost")
	}
	if doc.Find(`input[name=size][value="calls-over"][checked]`).Length() != 1 {
		t.Error("the size isn't checked")
	}
	to := viewer.Get(
		"/pbxs/filters?apply=yes&expires=2026-03-01..2026-04-01&size=calls-over&onboarding=!no-extension",
	).Header.Get("Location")
	u, err := url.Parse(to)
	b.Must(err)
	if u.Query().
		Encode() !=
		(url.Values{
			"expires":    {"2026-03-01..2026-04-01"},
			"size":       {"calls-over"},
			"onboarding": {"!no-extension"},
		}).Encode() {
		t.Errorf("applying leads to %s", to)
	}
	chips := strings.Join(strings.Fields(viewer.Get(to).Doc(t).Find(".chip").Text()), " ")
	for _, want := range []string{"1 Mar 2026 – 1 Apr 2026", "Call peak over capacity", "not Activated, no extension"} {
		if !strings.Contains(chips, want) {
			t.Errorf("the chips don't contain %q: %s", want, chips)
		}
	}
}

// TestLimitsAreSettings checks that fewer PBXs count as nearly full if the configured threshold is higher.
func TestLimitsAreSettings(t *testing.T) {
	t.Parallel()
	b := portaltest.Prepare(t, 200)
	at := func(l fleet.Thresholds) int {
		f, err := mirror.New(t.Context(), mirror.Config{Store: b.Store, Now: b.Clock.Now, Thresholds: l})
		b.Must(err)
		q := list.NewQuery(url.Values{"usage": {"nearly-full"}})
		return f.Index().Count(q, b.Clock.Now(), time.UTC)
	}
	low, usual, high := at(fleet.Thresholds{NearlyFull: 30}), at(fleet.Thresholds{}), at(
		fleet.Thresholds{NearlyFull: 95},
	)
	if low <= usual || usual <= high {
		t.Errorf("nearly full from 30 %%: %d, from 80 %%: %d, from 95 %%: %d; want fewer each time", low, usual, high)
	}
}

// TestSizesExport checks that the CSV file contains every PBX in YCM, and that the numbers of PBXs by extension state
// agree with the snapshot's.
func TestSizesExport(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	r := b.As(store.RoleViewer).Get("/sizes.csv")
	records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	b.Must(err)
	if len(records) != 61 || records[0][0] != "cloudPbxId" || !slices.Contains(records[0], "activeCalls.peak") {
		t.Fatalf("got %d lines under %v, want 61", len(records), records[0])
	}
	at := slices.Index(records[0], "usedExtensions.state")
	counts := map[string]int{}
	for _, record := range records[1:] {
		counts[record[at]]++
	}
	size := b.Fleet.Mirror.Snapshot().Measures().Sizes[0]
	for state, n := range map[string]int{
		"over":        size.Over,
		"full":        size.Full,
		"nearly-full": size.NearlyFull,
		"unknown":     size.Unknown,
	} {
		if counts[state] != n {
			t.Errorf("%s: %d in the file, %d on the page", state, counts[state], n)
		}
	}
	if e := b.Events("sizes"); len(e) != 1 {
		t.Errorf("events = %v", e)
	}
}

// TestForecastOfOldReadings checks the words for forecasts from current and old readings. A forecast from an old
// reading must state the reading's date, and must not predict a date in the past.
func TestForecastOfOldReadings(t *testing.T) {
	t.Parallel()
	c := ui.Clock{Now: time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC), Zone: time.UTC}
	today := c.Now.Unix() / 86400
	for _, tt := range []struct {
		f    capacity.Forecast
		want string
	}{
		{capacity.Forecast{Kind: capacity.Rising, Last: today, From: 10, To: 10}, "full around 27 Mar 2026, in 10 days"},
		{capacity.Forecast{
			Kind: capacity.Rising,
			Last: today,
			From: 10,
			To:   40,
		}, "full between 27 Mar 2026 and 26 Apr " +
			"2026, in 10 to 40 days"},
		{capacity.Forecast{
			Kind: capacity.Rising,
			Last: today,
			From: 10,
			To:   -1,
		}, "full on 27 Mar 2026 at the earliest, in " +
			"10 days"},
		{
			capacity.Forecast{Kind: capacity.Rising, Last: today, From: -1, To: -1},
			"the capacity will last more than ten years",
		},
		{capacity.Forecast{
			Kind: capacity.Rising,
			Last: today - 20,
			From: 10,
			To:   40,
		}, "the capacity is probably used up by now (based on " +
			"the last reading, 25 Feb 2026)"},
		{capacity.Forecast{
			Kind: capacity.Rising,
			Last: today - 5,
			From: 10,
			To:   40,
		}, "full between 22 Mar 2026 and 21 Apr " +
			"2026, in 5 to 35 days (based on the last reading, 12 Mar 2026)"},
	} {
		if got := display.ForecastRange(tt.f, c); got != tt.want {
			t.Errorf("forecastRange(%+v) = %q, want %q", tt.f, got, tt.want)
		}
	}
}

// TestPrintedDaysAgree checks that the displayed numbers of days agree with fleet.Day, even across clock changes.
func TestPrintedDaysAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(
			rapid.SampledFrom([]string{
				"UTC",
				"America/Havana",
				"America/St_Johns",
				"Pacific/Apia",
				"Asia/Beirut",
				"Europe/Berlin",
			}).
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
		if got := (ui.Clock{Now: now, Zone: zone}).Days(at); got != want {
			t.Fatalf("%s seen on %s = %q, want %q", at.In(zone), now.In(zone), got, want)
		}
	})
}

// TestResourcesOfTheContract checks subscriptions with five and with three resources. With five resources, the capacity
// page has two dates and five rows, with Ultimate Plan extensions after extensions. With three resources, it has one
// date and three rows, and Ultimate Plan extensions don't appear on the other pages either.
func TestResourcesOfTheContract(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config ycmtest.Config
		want   []string
		ends   int
	}{
		"newest": {
			ycmtest.Config{},
			[]string{
				"extensionCapacity",
				"ultimatePlanCapacity",
				"concurrentCallCapacity",
				"recordingCapacity",
				"transcriptionCapacity",
			},
			2,
		},
		"older": {
			ycmtest.Config{ThreeResources: true},
			[]string{"extensionCapacity", "concurrentCallCapacity", "recordingCapacity"},
			1,
		},
	} {
		b := portaltest.NewWith(t, 60, tt.config)
		operator := b.As("operator")
		doc := operator.Get("/subscription").Doc(t)
		var got []string
		doc.Find("#ledger [data-resource], table [data-resource]").Each(func(_ int, row *goquery.Selection) {
			if r := portaltest.Attr(row, "data-resource"); !slices.Contains(got, r) {
				got = append(got, r)
			}
		})
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: rows = %q, want %q", name, got, tt.want)
		}
		for _, r := range got {
			for _, column := range []string{
				"total",
				"own",
				"assigned",
				"available",
				"unexplained",
				"fleet",
				"difference",
			} {
				if doc.Find(fmt.Sprintf("[data-resource=%q] [data-col=%q]", r, column)).Length() == 0 {
					t.Errorf("%s: %s lacks the cell %s", name, r, column)
				}
			}
		}
		if n := doc.Find(`[data-col="expirationTime"], [data-col="recordingExpireDate"]`).Length(); n != tt.ends {
			t.Errorf("%s: got %d dates of the subscription, want %d", name, n, tt.ends)
		}
		for _, path := range []string{"/", "/pbxs/new", "/expiries", "/subscription.csv"} {
			r := operator.Get(path)
			if r.StatusCode != http.StatusOK {
				t.Errorf("%s: GET %s = %d, want 200", name, path, r.StatusCode)
			}
			if path != "/subscription.csv" &&
				strings.Contains(
					r.Text,
					`data-resource="ultimatePlanCapacity"`,
				) != (name == "newest" && path != "/expiries") {
				t.Errorf("%s: %s shows Ultimate Plan extensions when it shouldn't, or lacks them", name, path)
			}
		}
	}
}

// TestUltimateIsCheckedBeforeSending checks that creating an Ultimate Plan PBX is stopped with a warning if too few
// Ultimate Plan extensions are available, and that creating an Enterprise Plan PBX isn't.
func TestUltimateIsCheckedBeforeSending(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator := b.As("operator")
	b.YCM.Inject(
		ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(`{"status":"Success","data":{"capacity":{
		"total":{"extensionCapacity":5000,"concurrentCallCapacity":5000,"recordingCapacity":500000,
			"ultimatePlanCapacity":100,"transcriptionCapacity":1000},
		"used":{"extensionCapacity":0,"concurrentCallCapacity":0,"recordingCapacity":0,
			"ultimatePlanCapacity":81,"transcriptionCapacity":0,
			"assignedToResellerExtensionCapacity":0,"assignedToResellerConcurrentCallCapacity":0,
			"assignedToResellerRecordingCapacity":0,"assignedToResellerUltimatePlanCapacity":0,
			"assignedToResellerTranscriptionCapacity":0},
		"available":{"extensionCapacity":5000,"concurrentCallCapacity":5000,"recordingCapacity":500000,
			"ultimatePlanCapacity":19,"transcriptionCapacity":1000}},
		"expirationTime":1893456000,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`)},
	)
	for plan, want := range map[string]int{
		"Ultimate Plan":   http.StatusUnprocessableEntity,
		"Enterprise Plan": http.StatusSeeOther,
	} {
		form := portaltest.With(
			portaltest.GoodForm("plan-"+strings.ToLower(plan[:4])),
			map[string]string{"plan": plan, "attempt": operator.NewForm()},
		)
		r := operator.Post("/pbxs", form)
		if r.StatusCode != want {
			t.Errorf("creating with %s = %d, want %d", plan, r.StatusCode, want)
		}
		if warned := strings.Contains(
			r.Text,
			"but the subscription has 19 available (last reading",
		); warned != (plan == "Ultimate Plan") {
			t.Errorf("creating with %s: warned = %v", plan, warned)
		}
	}
}
