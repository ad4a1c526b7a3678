package renewals_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"cordboard/fleet/list"
	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// boardOf returns a portal whose PBXs expire the given numbers of days from today. The number 999 means that the PBX
// never expires.
func boardOf(t *testing.T, days ...int) *portaltest.Portal {
	t.Helper()
	today := time.Date(2026, 3, 17, 18, 0, 0, 0, time.UTC)
	var records []map[string]any
	for i, n := range days {
		r := map[string]any{"name": fmt.Sprintf("PBX %02d", i), "expirationDate": nil, "planExpirationDate": nil}
		if n != 999 {
			r["expirationDate"] = today.AddDate(0, 0, n).Unix()
		}
		records = append(records, r)
	}
	return portaltest.NewWithRecords(t, records...)
}

// board returns the count and the PBX names of each bucket on the page.
func board(d *goquery.Document) map[string]string {
	found := map[string]string{}
	d.Find("[data-bucket]").Each(func(_ int, b *goquery.Selection) {
		names := []string{b.AttrOr("data-count", strings.TrimSpace(b.Find(".count").First().Text()))}
		b.Find("li a bdi, li a").Each(func(_ int, a *goquery.Selection) {
			if text := strings.TrimSpace(a.Text()); strings.HasPrefix(text, "PBX ") && names[len(names)-1] != text {
				names = append(names, text)
			}
		})
		found[b.AttrOr("data-bucket", "")] = strings.Join(names, ", ")
	})
	return found
}

// TestBuckets checks the boundaries of the buckets.
func TestBuckets(t *testing.T) {
	t.Parallel()
	b := boardOf(t, -400, -1, 0, 1, 7, 8, 30, 31, 60, 61, 90, 91, 4000, 999)
	d := b.As("viewer").Get("/expiries").Doc(t)
	want := map[string]string{
		"overdue": "2, PBX 00, PBX 01", "today": "1, PBX 02", "7d": "2, PBX 03, PBX 04", "30d": "2, PBX 05, PBX 06",
		"60d": "2, PBX 07, PBX 08", "90d": "2, PBX 09, PBX 10",
		"later": "4, PBX 11, PBX 12", // the count includes the subscription's two dates
	}
	if diff := cmp.Diff(want, board(d)); diff != "" {
		t.Errorf("buckets (-want +got):\n%s", diff)
	}
	text := strings.Join(strings.Fields(d.Find("main").Text()), " ")
	if !strings.Contains(text, "Mar 2026, from today") {
		t.Errorf("the months don't begin with this one:\n%s", text)
	}
}

// TestFullBuckets checks that a full bucket shows six PBXs and a link to all of them.
func TestFullBuckets(t *testing.T) {
	t.Parallel()
	var days []int
	for i := range 20 {
		days = append(days, 7-i%7) // 1 to 7
	}
	b := boardOf(t, days...)
	viewer := b.As("viewer")
	bucket := viewer.Get("/expiries").Doc(t).Find(`[data-bucket="7d"]`)
	all := bucket.Find("a").FilterFunction(func(_ int, a *goquery.Selection) bool {
		return strings.TrimSpace(a.Text()) == "Show all (20)"
	})
	if n := bucket.Find("li").Length(); n != 6 || all.Length() != 1 {
		t.Fatalf("bucket shows %d PBXs with %d links to all, want 6 and 1", n, all.Length())
	}
	list := viewer.Get(portaltest.Attr(all, "href"))
	if rows := list.Doc(t).Find("tr[data-pbx-id]").Length(); list.StatusCode != http.StatusOK || rows != 20 {
		t.Errorf("the link leads to %d with %d rows, want the 20 PBXs", list.StatusCode, rows)
	}
}

// TestExpiryExport checks that the export lists valid dates in order, including the subscription's own dates, followed
// by PBXs without a valid date.
func TestExpiryExport(t *testing.T) {
	t.Parallel()
	b := boardOf(t, 10, -5, 999, 200)
	ids := b.YCM.IDs()
	b.YCM.Edit(ids[2], func(r map[string]any) { r["name"] = "Never" })
	b.YCM.Edit(ids[3], func(r map[string]any) { r["planExpirationDate"] = "soon" })
	malformed := b.YCM.Add(map[string]any{
		"name": "Odd", "url": "odd", "expirationDate": "31.12.2026", "pbxStatus": "Running",
	})
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	r := b.As("viewer").Get("/expiries.csv")
	records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	b.Must(err)
	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}
	var got []string
	for _, record := range records[1:] {
		var parts []string
		for _, name := range []string{"bucket", "day", "date", "cloudPbxId", "notUnderstood"} {
			parts = append(parts, record[column[name]])
		}
		got = append(got, strings.Join(parts, " "))
	}
	want := []string{
		fmt.Sprintf("overdue 2026-03-12 expirationDate %d ", ids[1]),
		fmt.Sprintf("30d 2026-03-27 expirationDate %d ", ids[0]),
		"later 2026-06-30 expirationTime  ", // this row and the next are the subscription's own dates
		"later 2026-08-24 recordingExpireDate  ",
		fmt.Sprintf("later 2026-10-03 expirationDate %d planExpirationDate: soon", ids[3]),
		fmt.Sprintf("none   %d ", ids[2]),
		fmt.Sprintf("not-understood  expirationDate %d ", malformed),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, shown := board(b.As("viewer").Get("/expiries").Doc(t))["not-understood"]; !shown {
		t.Error("the board hides the date that isn't understood")
	}
}

// TestExpiryBoard checks that each PBX and each subscription date is counted once, and that the counts agree with the
// lists that they link to and with the CSV file.
func TestExpiryBoard(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 480)
	viewer := b.As(store.RoleViewer)
	doc := viewer.Get("/expiries").Doc(t)
	sum, counts := 0, map[string]int{}
	doc.Find("[data-bucket]").Each(func(_ int, bucket *goquery.Selection) {
		n, err := strconv.Atoi(portaltest.Attr(bucket, "data-count"))
		b.Must(err)
		counts[portaltest.Attr(bucket, "data-bucket")] = n
		sum += n
	})
	none := b.Fleet.Mirror.Index().Board(0, b.Clock.Now(), time.UTC).None
	if sum+none != 482 {
		t.Errorf(
			"the buckets have %d entries and %d have no date, want 480 PBXs, the subscription and its recording",
			sum,
			none,
		)
	}
	checked := 0
	doc.Find("#expiries #board a, #expiries .tabs a").Each(func(_ int, link *goquery.Selection) {
		words := strings.Fields(link.Text())
		number := strings.ReplaceAll(strings.Trim(words[len(words)-1], "()"), ",", "")
		href := portaltest.Attr(link, "href")
		if _, err := strconv.Atoi(number); err != nil || !strings.HasPrefix(href, "/expiries?") {
			return
		}
		checked++
		found := viewer.Get(href).Doc(t).Find("#result-count")
		if got := portaltest.Attr(found, "data-count"); got != number {
			t.Errorf("%q leads to %s, which has %s PBXs", link.Text(), href, got)
		}
	})
	if checked < 18 {
		t.Errorf("got %d links with a count, want at least 18", checked)
	}
	if n := doc.Find(`a[href="/subscription"]`).
		FilterFunction(func(_ int, s *goquery.Selection) bool { return s.Text() == "P-Series Hosting Package" }).
		Length(); n != 1 {
		t.Errorf("the subscription appears %d times, want once", n)
	}
	r := viewer.Get("/expiries.csv")
	records, err := csv.NewReader(strings.NewReader(portaltest.WithoutBOM(t, r.Text))).ReadAll()
	b.Must(err)
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
	if e := b.Events("expiries"); !slices.Equal(e, []string{"expiries.export done"}) {
		t.Errorf("events = %v", e)
	}
}

// TestBoardCountsTheReadersDays checks that days are counted in the reader's time zone, and that the page names it.
func TestBoardCountsTheReadersDays(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	// In New York, this instant and the test's current time are both still on the 17th.
	at := time.Date(2026, 3, 18, 3, 0, 0, 0, time.UTC)
	b.YCM.Edit(b.YCM.IDs()[0], func(r map[string]any) { r["planExpirationDate"], r["expirationDate"] = at.Unix(), nil })
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	newYork, err := time.LoadLocation("America/New_York")
	b.Must(err)
	for zone, want := range map[*time.Location]string{time.UTC: "7d", newYork: "today"} {
		b.Site.Config.TimeZone = zone
		doc := b.As(store.RoleViewer).Get("/expiries").Doc(t)
		if got := portaltest.Attr(doc.Find(fmt.Sprintf(`[data-bucket=%q]`, want)), "data-count"); got != "1" {
			t.Errorf("in %s, %s PBXs are in bucket %s, want 1", zone, got, want)
		}
		if !strings.Contains(doc.Find(".page-title").Text(), zone.String()) {
			t.Errorf("the page doesn't name the time zone: %s", doc.Find(".page-title").Text())
		}
	}
}

// TestDatesThatNoCalendarHas checks that the board shows an impossible date exactly as YCM sent it, that a date in the
// distant future counts as later, and that the other pages can handle such dates.
func TestDatesThatNoCalendarHas(t *testing.T) {
	t.Parallel()
	for at, bucket := range map[int64]string{
		math.MaxInt64: list.NotUnderstood,
		1796083200000: list.NotUnderstood,
		1e15:          list.NotUnderstood,
		999999999999:  "later",
	} {
		b := portaltest.NewWith(t, 2, ycmtest.Config{ThreeResources: true})
		b.YCM.Edit(b.YCM.IDs()[0], func(r map[string]any) { r["planExpirationDate"], r["expirationDate"] = at, nil })
		b.YCM.Inject(
			ycmtest.Fault{
				Op:   "getSubscription",
				Kind: ycmtest.Body,
				Body: []byte(
					fmt.Sprintf(
						`{"status":"Success","data":{"capacity":{
							"total":{"extensionCapacity":50,"concurrentCallCapacity":50,"recordingCapacity":500},
							"used":{"extensionCapacity":30,"concurrentCallCapacity":20,"recordingCapacity":200,
								"frozenExtensionCapacity":0,"assignedToResellerExtensionCapacity":20,
								"assignedToResellerConcurrentCallCapacity":10,"assignedToResellerRecordingCapacity":150},
							"available":{"extensionCapacity":20,"concurrentCallCapacity":30,"recordingCapacity":300}},
							"expirationTime":%d,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`,
						at,
					),
				),
			},
		)
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
		viewer := b.As(store.RoleViewer)
		card := viewer.Get("/expiries").Doc(t).Find(fmt.Sprintf("[data-bucket=%q]", bucket))
		if n, _ := strconv.Atoi(
			portaltest.Attr(card, "data-count"),
		); n < 2 || !strings.Contains(card.Text(), "P-Series Hosting Package") ||
			(bucket == list.NotUnderstood && !strings.Contains(card.Text(), strconv.FormatInt(at, 10))) {
			t.Errorf("date %d: %s entries: %s", at, portaltest.Attr(card, "data-count"), card.Text())
		}
		r := viewer.Get("/expiries.csv")
		lines := 4 // the header, the subscription and two PBXs
		if bucket == list.NotUnderstood {
			lines = 3
		}
		if r.StatusCode != http.StatusOK || strings.Count(r.Text, "\n") != lines {
			t.Errorf("date %d: GET /expiries.csv = %d\n%s", at, r.StatusCode, r.Text)
		}
		for _, path := range []string{"/", "/subscription", "/pbxs", fmt.Sprintf("/pbxs/%d", b.YCM.IDs()[0])} {
			if r := viewer.Get(path); r.StatusCode != http.StatusOK || strings.Contains(r.Text, "292277") {
				t.Errorf("date %d: GET %s = %d", at, path, r.StatusCode)
			}
		}
	}
}
