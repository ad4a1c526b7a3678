package capacity_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"cordboard/handlers/portaltest"
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
	if rows := list.Doc(t).Find("#rows tbody tr, tbody tr").Length(); list.StatusCode != http.StatusOK || rows != 20 {
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
