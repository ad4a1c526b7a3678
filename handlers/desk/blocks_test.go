package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestNewsLink checks that the news lead to all changes since the last visit, and that these are on the page.
func TestNewsLink(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 2)
	viewer := b.As(store.RoleViewer)
	link := viewer.Get("/").Doc(t).Find(`[data-block="news"] .card-head a`)
	if link.Length() != 1 {
		t.Fatalf("%d links in the head of the news", link.Length())
	}
	href := portaltest.Attr(link, "href")
	if tab := viewer.Get(href).Doc(t).Find(`.tab[aria-current="page"]`); href != "/changes" ||
		strings.TrimSpace(tab.Text()) != "Last 7 days" {
		t.Errorf("the news lead to %s, %q", href, tab.Text())
	}
}

// TestNewsSums checks how the overview counts changes by kind, and what it shows if there are none.
func TestNewsSums(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 12)
	viewer := b.As(store.RoleViewer)
	if _, _, text := overview(viewer, "news"); !strings.Contains(text, "In the last 24 hours: no changes.") {
		t.Errorf("news of nothing: %s", text)
	}
	b.Clock.Add(time.Minute)
	ids := b.YCM.IDs()
	for i, id := range ids[:5] {
		b.YCM.Edit(id, func(r map[string]any) {
			r["pbxStatus"] = "Restoring"
			if i < 3 {
				r["name"] = fmt.Sprint("New name ", i)
			}
			r["lastBackupTime"] = b.Clock.Now().Unix() // changes every day, so it isn't news
		})
	}
	b.YCM.Add(map[string]any{"name": "Newcomer", "url": "newcomer"})
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	_, _, text := overview(viewer, "news")
	for _, want := range []string{"1 first seen", "Status: 5", "Name: 3", "Newcomer", "Restoring"} {
		if !strings.Contains(text, want) {
			t.Errorf("the news lack %q: %s", want, text)
		}
	}
	if strings.Contains(text, "backup") || strings.Contains(text, "Backup") {
		t.Errorf("the news count backups: %s", text)
	}
}

// TestFreshnessBlock checks what the overview says about the age of its data, and about the subscription's end date.
func TestFreshnessBlock(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	_, _, text := overview(viewer, "freshness")
	for _, want := range []string{"Fleet", "3 PBXs", "0 s ago", "Subscription date 30 Jun 2026, in 3 months"} {
		if !strings.Contains(text, want) {
			t.Errorf("the block lacks %q: %s", want, text)
		}
	}
	b.Clock.Add(20 * time.Minute)
	b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Error500})
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err == nil {
		t.Fatal("the sync succeeded")
	}
	block := viewer.Get("/").Doc(t).Find("[data-block=freshness]")
	if ages := strings.Join(strings.Fields(block.Text()), " "); !strings.Contains(ages, "20 min ago") ||
		block.Find(".tone-warn").Length() == 0 {
		t.Errorf("the block of a failing sync: %s", ages)
	}
	never := portaltest.New(t, 0)
	_, _, text = overview(never.As(store.RoleViewer), "freshness")
	if !strings.Contains(text, "End date not reported") {
		t.Errorf("the block before the first sync: %s", text)
	}
}

// TestCapacityBlock checks the overview's lines about the subscription: the share in use, and what is left or
// exceeded.
func TestCapacityBlock(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	reading := `{"status":"Success","data":{"capacity":{` +
		`"total":{"extensionCapacity":100,"concurrentCallCapacity":50,"recordingCapacity":0},` +
		`"used":{"extensionCapacity":96,"concurrentCallCapacity":60,"recordingCapacity":0,` +
		`"assignedToResellerExtensionCapacity":0,"assignedToResellerConcurrentCallCapacity":0,` +
		`"assignedToResellerRecordingCapacity":0},` +
		`"available":{"extensionCapacity":4,"concurrentCallCapacity":-10,"recordingCapacity":0}},` +
		`"expirationTime":1774915199,"highAvailability":"Enabled","whiteLabel":"Subscribed"}}`
	b.YCM.Inject(ycmtest.Fault{Op: "getSubscription", Kind: ycmtest.Body, Body: []byte(reading)})
	_, _, err := b.Fleet.Subscriptions.Read(t.Context(), time.Minute)
	b.Must(err)
	_, err = b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	block := b.As(store.RoleViewer).Get("/").Doc(t).Find("[data-block=capacity]")
	for resource, want := range map[string][]string{
		"extensionCapacity":      {"96", "100", "96%", "4 left"},
		"concurrentCallCapacity": {"60", "50", "10 over", "−10 left"},
		"recordingCapacity":      {"no capacity", "0 left"},
	} {
		line := strings.Join(strings.Fields(block.Find("[data-resource="+resource+"]").Text()), " ")
		for _, part := range want {
			if !strings.Contains(line, part) {
				t.Errorf("%s: %q lacks %q", resource, line, part)
			}
		}
	}
	if n := block.Find("[data-resource]").Length(); n != 3 {
		t.Errorf("%d resources, want only the three that YCM reports", n)
	}
}

// TestOperationsThatNeedAttention checks which operations the overview shows, for how long, and to whom.
func TestOperationsThatNeedAttention(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	add := func(id string, state store.OperationState) {
		t.Helper()
		_, err := b.Store.AddOperation(t.Context(), store.Operation{
			ID: id, Account: "default", Kind: "rename", Target: store.Target{Key: id, Name: "PBX of " + id},
			Request: store.OperationRequest{Body: []byte(`{}`)}, By: store.Actor{ID: b.User(store.RoleOperator).ID},
		}, func(*store.Operation, store.Pending) error { return nil }, func(*store.Operation) store.Event {
			return store.Event{Action: "pbx.rename", Outcome: store.OutcomeAsked}
		})
		b.Must(err)
		_, err = b.Store.ChangeOperation(t.Context(), id, store.Actor{}, func(o *store.Operation) (store.Event, error) {
			o.State = state
			return store.Event{}, nil
		})
		b.Must(err)
	}
	add("old-refused", store.StateRefused)
	add("old-unknown", store.StateUnknown)
	b.Clock.Add(30 * 24 * time.Hour)
	add("refused", store.StateRefused)
	add("done", store.StateDone)
	add("queued", store.StateSubmitted)
	count, _, text := overview(b.As(store.RoleOperator), "attempts")
	if count != "2" {
		t.Errorf("%s operations need attention, want 2: %s", count, text)
	}
	for part, want := range map[string]bool{
		"PBX of old-unknown": true, "PBX of refused": true, "PBX of old-refused": false, "PBX of done": false,
		"PBX of queued": false, "Unknown, checking": true, "Refused by YCM": true,
	} {
		if strings.Contains(text, part) != want {
			t.Errorf("the block has %q: %t, want %t: %s", part, !want, want, text)
		}
	}
	if _, _, text := overview(b.As(store.RoleViewer), "attempts"); text != "" {
		t.Errorf("a viewer sees %s", text)
	}
}
