package pbx_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

func TestTimelinePage(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	id := b.YCM.IDs()[1]
	pass := func(edit func(map[string]any)) {
		t.Helper()
		b.Clock.Add(10 * time.Minute)
		b.YCM.Edit(id, edit)
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	pass(func(r map[string]any) {
		r["pbxStatus"] = "Running"
		r["name"] = "Alder"
		r["expirationDate"] = nil
		r["activeCalls"] = 1
	})
	pass(func(r map[string]any) { r["pbxStatus"] = "Stopped"; r["name"] = "<b>Birch</b>"; r["activeCalls"] = 7 })
	pass(func(r map[string]any) { r["expirationDate"] = time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC).Unix() })
	b.Must(
		b.Store.Audit(
			t.Context(),
			store.Actor{Name: "Ines"},
			store.Event{Action: "pbx.start", Target: fmt.Sprint(id), Outcome: "done", YCMRequestID: "abc123"},
		),
	)
	page := b.As(store.RoleViewer).Get(fmt.Sprintf("/pbxs/%d", id)).Doc(t)
	var got []string
	page.Find("#timeline li").Slice(0, 4).Each(func(_ int, li *goquery.Selection) {
		got = append(got, strings.Join(strings.Fields(li.Text()), " "))
	})
	want := []string{
		"PBX expires not reportedto 24 Dec 2026Seen between 13:52 and 14:02 UTC",
		"Start PBX: Done In Cordboard, by Ines at 14:02 UTC · requestId abc123",
		"Name Alderto <b>Birch</b>Outside Cordboard, between 13:42 and 13:52 UTC",
		"Status Runningto StoppedOutside Cordboard, between 13:42 and 13:52 UTC",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got): %s", diff)
	}
	chart := page.Find("[data-counter=activeCalls]")
	if label, _ := chart.Find("svg").Attr("aria-label"); !strings.Contains(label, "peak 7, latest 7") {
		t.Errorf("the chart's label = %q", label)
	}
	if n := page.Find("#timeline [data-field=activeCalls]").Length(); n > 0 {
		t.Error("the timeline contains a counter")
	}
}

func TestTimelineGoesOnOnOlderPages(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 1)
	id := b.YCM.IDs()[0]
	for i := range 50 + 5 {
		b.Clock.Add(time.Minute)
		b.YCM.Edit(id, func(r map[string]any) { r["name"] = fmt.Sprint("Name ", i) })
		_, err := b.Fleet.Mirror.Sync(t.Context())
		b.Must(err)
	}
	viewer := b.As(store.RoleViewer)
	first := viewer.Get(fmt.Sprintf("/pbxs/%d", id)).Doc(t)
	if n := first.Find("#timeline [data-event=changed]").Length(); n != 50 {
		t.Errorf("the first page has %d changes, want %d", n, 50)
	}
	older, _ := first.Find("#timeline a.btn").Attr("href")
	second := viewer.Get(strings.TrimSuffix(older, "#timeline")).Doc(t)
	if n := second.Find("#timeline [data-event=changed]").Length(); n != 5 {
		t.Errorf("the second page %s has %d changes, want 5", older, n)
	}
	if !strings.Contains(second.Find("#timeline").Text(), "First seen") {
		t.Error("the timeline's beginning is missing")
	}
}

// TestModifiersOfOneMoment checks that a change is attributed to everybody whom YCM named for its time, and to nobody
// else.
func TestModifiersOfOneMoment(t *testing.T) {
	t.Parallel()
	b := newPage(t, "Running")
	b.Clock.Add(10 * time.Minute)
	now := b.Clock.Now()
	b.Must(b.Store.AddModifiers(t.Context(), "default", []store.Modifier{
		{CloudPBXID: b.id, At: now, By: "leo@example.com"},
		{CloudPBXID: b.id, At: now.Add(-time.Minute), By: "zoe@example.com"},
		{CloudPBXID: b.id, At: now.Add(-time.Hour), By: "early@example.com"},
		{CloudPBXID: b.id, At: now.Add(2 * time.Minute), By: "late@example.com"},
	}))
	b.edit(map[string]any{"region": "Elsewhere"})
	entry := b.operator.Get(b.path()).Doc(t).Find(`#timeline [data-field="region"] .meta`).Text()
	if !strings.Contains(entry, "Changed in YCM by leo@example.com or zoe@example.com,") {
		t.Errorf("the timeline says %q", entry)
	}
}
