package desk_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"cordboard/handlers/portaltest"
	"cordboard/store"
)

func TestEventsTellOfWhatIsNew(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 60)
	viewer := b.As(store.RoleViewer)
	page := viewer.Get("/pbxs").Doc(t)
	s := viewer.Stream()
	first, _ := s.Next()
	if shown, _ := page.Find("#pbxs").
		Attr("data-snapshot"); first.Snapshot != shown || first.State != "current" ||
		first.Here != "60" {
		t.Errorf("the first message is %+v, and the page shows snapshot %s", first, shown)
	}
	if !strings.Contains(first.Fresh, "0 s ago") {
		t.Errorf("freshness = %s", first.Fresh)
	}
	b.YCM.Edit(b.YCM.IDs()[5], func(r map[string]any) { r["name"] = "Changed" })
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	for {
		n, over := s.Next()
		if over != "" {
			t.Fatal("the stream ended without a message about the pass")
		}
		if n.Snapshot != first.Snapshot {
			break
		}
	}
	if resp := viewer.Get(
		"/pbxs",
		"HX-Request",
		"true",
		"Cordboard-Background",
		"1",
	); resp.Header.Get("HX-Push-Url") != "" ||
		!strings.Contains(resp.Text, "Changed") {
		t.Errorf(
			"the page's background request pushes %q, want no URL and the changed list",
			resp.Header.Get("HX-Push-Url"),
		)
	}
}

// TestEventsOfOperations checks that users who may create PBXs get events about open operations, and that viewers
// don't.
func TestEventsOfOperations(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 20)
	operator, viewer := b.As(store.RoleOperator), b.As(store.RoleViewer)
	mine, theirs := operator.Stream(), viewer.Stream()
	before, _ := mine.Next()
	if n, _ := theirs.Next(); n.Operations != "" || n.Open != "" {
		t.Errorf("a viewer gets %+v, want no operations", n)
	}
	b.Submit(operator, portaltest.GoodForm("acme"))
	if after, _ := mine.Next(); after.Open != "1 open" || after.Operations == before.Operations {
		t.Errorf("an operator gets %+v, want 1 open operation", after)
	}
	if n, _ := theirs.Next(); n.Operations != "" || n.Open != "" {
		t.Errorf("a viewer gets %+v, want no operations", n)
	}
}

func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	if got := b.Browser().Get("/events"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET /events signed out = %d, want 401", got.StatusCode)
	}
	viewer := b.As(store.RoleViewer)
	s := viewer.Stream()
	s.Next()
	viewer.Post("/signout", nil)
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	over := ""
	for over == "" {
		_, over = s.Next()
	}
	if over != "signedout" {
		t.Errorf("the stream after signing out ends with %s, want signedout", over)
	}
}

func TestEventsEndWhenWeStop(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	s := b.As(store.RoleViewer).Stream()
	s.Next()
	b.Server.Stopping()
	if _, over := s.Next(); over != "end" {
		t.Errorf("the stream after stopping ends with %q, want end", over)
	}
}

// TestAPageAloneIsNoUse checks that a page's background requests don't prevent its session from becoming idle.
func TestAPageAloneIsNoUse(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	viewer.Get("/pbxs")
	for range 4 {
		b.Clock.Add(10 * time.Minute)
		viewer.Get("/pbxs", "HX-Request", "true", "Cordboard-Background", "1")
	}
	if got := viewer.Get("/events"); got.StatusCode != http.StatusUnauthorized {
		t.Errorf("GET /events of an idle session = %d, want 401", got.StatusCode)
	}
	if got := viewer.Get("/pbxs"); got.StatusCode != http.StatusSeeOther {
		t.Errorf("GET /pbxs of an idle session = %d, want 303", got.StatusCode)
	}
}

func TestStreamsOfASessionAreFew(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 3)
	viewer := b.As(store.RoleViewer)
	for range 8 {
		viewer.Stream().Next()
	}
	if got := viewer.Get("/events"); got.StatusCode != http.StatusTooManyRequests {
		t.Errorf("GET /events with one stream too many = %d, want 429", got.StatusCode)
	}
}
