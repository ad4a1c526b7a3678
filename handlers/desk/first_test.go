package desk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"cordboard/handlers/portaltest"
	"cordboard/store"
	"cordboard/ycm/ycmtest"
)

// TestFirstSteps follows a new portal: before YCM responds, while it doesn't, after the first sync of an account
// without PBXs, and when the first admin has a colleague.
func TestFirstSteps(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	words := func(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }
	steps := func(role string) (all []string, page *goquery.Document) {
		page = b.As(role).Get("/").Doc(t)
		page.Find("[data-step]").Each(func(_ int, s *goquery.Selection) {
			state := "open"
			if _, done := s.Attr("data-done"); done {
				state = "done"
			}
			all = append(all, portaltest.Attr(s, "data-step")+" "+state)
		})
		return all, page
	}
	expect := func(when, role, want string) *goquery.Document {
		t.Helper()
		got, page := steps(role)
		if strings.Join(got, ", ") != want {
			t.Errorf("%s, the steps of the %s are %q, want %q", when, role, got, want)
		}
		return page
	}
	page := expect("before the first sync", store.RoleViewer, "connect open, read open")
	if text := words(page.Find("main")); strings.Contains(text, "All clear") || strings.Contains(text, "0 PBXs") ||
		!strings.Contains(text, "The fleet hasn’t been read yet.") {
		t.Errorf("before the first sync, the overview says %s", text)
	}
	if got := words(page.Find("[data-here]")); got != "" {
		t.Errorf("the navigation counts %s PBXs before the first sync", got)
	}
	expect("before the first sync", store.RoleAdmin, "connect open, read open, invite done")

	b.YCM.Inject(ycmtest.Fault{Kind: ycmtest.Error500})
	if _, err := b.Fleet.Mirror.Sync(t.Context()); err == nil {
		t.Fatal("the sync succeeded")
	}
	page = expect("while YCM fails", store.RoleOperator, "connect open, read open")
	if text := words(page.Find("[data-step=connect]")); !strings.Contains(text, "Cordboard keeps trying.") {
		t.Errorf("while YCM fails, the first step says %s", text)
	}

	b.YCM.Clear()
	_, err := b.Fleet.Mirror.Sync(t.Context())
	b.Must(err)
	page = expect("after the first sync", store.RoleOperator, "")
	if text := words(page.Find("main")); strings.Contains(text, "All clear") || !strings.Contains(text, "No PBXs") {
		t.Errorf("the overview of an account without PBXs says %s", text)
	}
	if got := words(page.Find("[data-here]")); got != "0" {
		t.Errorf("the navigation counts %q PBXs of an account without any", got)
	}
	if page := b.As(store.RoleOperator).Get("/pbxs").Doc(t); page.Find("#filter-form").Length() != 1 {
		t.Error("the list of an account without PBXs has no search")
	}
}

// TestInvitingIsAStep checks that an admin who is alone is led to the team, and that nobody else is.
func TestInvitingIsAStep(t *testing.T) {
	t.Parallel()
	b := portaltest.Prepare(t, 3)
	b.Serve()
	b.AddUsers(store.RoleAdmin)
	page := b.As(store.RoleAdmin).Get("/").Doc(t)
	link := page.Find("[data-step=invite] a")
	if to := portaltest.Attr(link, "href"); to != "/team" || page.Find("[data-step][data-done]").Length() != 2 {
		t.Errorf("an admin who is alone is led to %q", to)
	}
	b.AddUsers(store.RoleViewer)
	for _, role := range []string{store.RoleAdmin, store.RoleViewer} {
		r := b.As(role).Get("/")
		if r.StatusCode != http.StatusOK || r.Doc(t).Find("[data-step]").Length() != 0 {
			t.Errorf("with a colleague, the %s still sees the first steps", role)
		}
	}
}

// TestNothingToFilterYet checks that the list offers no filters and exports before the first sync.
func TestNothingToFilterYet(t *testing.T) {
	t.Parallel()
	b := portaltest.New(t, 0)
	page := b.As(store.RoleViewer).Get("/pbxs").Doc(t)
	if page.Find("#filter-form, #export-menu, #result-count").Length() != 0 {
		t.Errorf("before the first sync, the list has %s", page.Find(".list-tools").Text())
	}
}
